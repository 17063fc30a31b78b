#include "adapters/matrix/login.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "adapters/common/fields.hpp"

namespace reweave::matrix {
namespace {

using nlohmann::json;

constexpr const char* kDisplayName = "Reweave";

}  // namespace

Answer call(const Ask& ask,
            const std::string& homeserver,
            const std::string& method,
            const std::string& path,
            const std::string& body,
            const std::string& token) {
    http::Request request;
    request.method = method;
    request.target = "/_matrix" + path;
    request.body = body;
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    return answer_of(ask(homeserver, std::move(request)));
}

std::string sentence_of(const Answer& answer, const std::string& homeserver) {
    if (answer.status == 0) return answer.failure;
    if (answer.kind == Answer::Kind::slow_down) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(answer.wait).count();
        return "the homeserver asks to wait. Try again in " + std::to_string(seconds) + " s.";
    }
    if (answer.errcode == "M_UNKNOWN_TOKEN")
        return "the homeserver does not take this token (any more). Log in with a new one: `reweave matrix login`.";
    if (answer.errcode == "M_USER_LOCKED")
        return "the homeserver's administrator has locked the account. Ask them to unlock it.";
    if (answer.errcode == "M_USER_SUSPENDED")
        return "the homeserver's administrator has suspended the account. Ask them to lift that.";
    if (answer.errcode == "M_USER_DEACTIVATED")
        return "the account was deactivated, for good. Make a new one for the bot.";
    if (answer.kind == Answer::Kind::lost)
        return homeserver + " does not answer as a Matrix homeserver does (status " + std::to_string(answer.status) +
               "). Look at matrix.homeserver in the settings, or let `reweave matrix doctor` do it.";
    return answer.failure + ". `reweave matrix doctor` looks closer.";
}

bool takes_passwords(const Ask& ask, const std::string& homeserver) {
    const Answer answer = call(ask, homeserver, "GET", "/client/v3/login");
    if (answer.kind == Answer::Kind::refused && answer.errcode == "M_UNRECOGNIZED") return false;
    if (!answer.ok()) throw std::runtime_error(sentence_of(answer, homeserver));
    const json all = answer.json();
    const auto flows = all.is_object() ? all.find("flows") : all.end();
    if (!all.is_object() || flows == all.end() || !flows->is_array()) return false;
    for (const json& flow : *flows) {
        if (text_at(flow, "type") == "m.login.password") return true;
    }
    return false;
}

Account log_in_by_password(const Ask& ask, const std::string& homeserver, const PasswordLogin& login) {
    json body = {{"type", "m.login.password"},
                 {"identifier", {{"type", "m.id.user"}, {"user", login.user}}},
                 {"password", login.password},
                 {"refresh_token", true},
                 {"initial_device_display_name", kDisplayName}};
    if (!login.device_id.empty()) body["device_id"] = login.device_id;
    const std::string text = body.dump(-1, ' ', false, json::error_handler_t::replace);
    const Answer answer = call(ask, homeserver, "POST", "/client/v3/login", text);
    if (answer.errcode == "M_FORBIDDEN")
        throw std::runtime_error(
            "the homeserver does not take this name with this password. Check both; `--user` is the account of the "
            "bot, "
            "not yours, and is best given without the server, as in `--user coach`.");
    if (answer.errcode == "M_UNKNOWN" || answer.errcode == "M_UNRECOGNIZED")
        throw std::runtime_error(
            "the homeserver takes no passwords from programs. Use `reweave matrix login --oauth`, "
            "or --token with an access token of the bot.");
    if (!answer.ok()) throw std::runtime_error(sentence_of(answer, homeserver));
    Account account;
    const json all = answer.json();
    account.user_id = text_at(all, "user_id");
    account.device_id = text_at(all, "device_id");
    if (!take_tokens(all, account) || account.user_id.empty() || account.device_id.empty())
        throw std::runtime_error(homeserver +
                                 " answered the login with neither token nor device: it is no Matrix "
                                 "homeserver. Look at matrix.homeserver in the settings.");
    return account;
}

void introduce(const Ask& ask, const std::string& homeserver, Account& account) {
    const Answer answer = call(ask, homeserver, "GET", "/client/v3/account/whoami", {}, account.access_token);
    if (!answer.ok()) throw std::runtime_error(sentence_of(answer, homeserver));
    const json who = answer.json();
    account.user_id = text_at(who, "user_id");
    account.device_id = text_at(who, "device_id");
    if (account.user_id.empty())
        throw std::runtime_error(homeserver +
                                 " does not say whose token it is: it is no Matrix homeserver. Look at "
                                 "matrix.homeserver in the settings.");
    if (account.device_id.empty())
        throw std::runtime_error(
            "this token belongs to no device, as those of application services and "
            "administrators do. Take one from a login of the bot's own account.");
}

void log_out(const Ask& ask, const std::string& homeserver, const Account& account) {
    (void)call(ask, homeserver, "POST", "/client/v3/logout", "{}", account.access_token);
}

nlohmann::json proof(const Account& account, const std::string& password, const nlohmann::json& challenge) {
    return {{"type", "m.login.password"},
            {"identifier", {{"type", "m.id.user"}, {"user", account.user_id}}},
            {"password", password},
            {"session", text_at(challenge, "session")}};
}

void delete_device(const Ask& ask,
                   const std::string& homeserver,
                   const Account& account,
                   const std::string& device_id,
                   const std::string& password) {
    const std::string path = "/client/v3/devices/" + escaped(device_id);
    Answer answer = call(ask, homeserver, "DELETE", path, "{}", account.access_token);
    if (answer.status == 401 && answer.kind != Answer::Kind::signed_out && !password.empty()) {
        const json auth = proof(account, password, answer.json());
        const std::string text = json{{"auth", auth}}.dump(-1, ' ', false, json::error_handler_t::replace);
        answer = call(ask, homeserver, "DELETE", path, text, account.access_token);
    }
    if (answer.ok() || answer.status == 404) return;
    throw std::runtime_error("the old device " + device_id +
                             " could not be deleted: " + sentence_of(answer, homeserver) +
                             " Or delete it in the list of sessions of another client of the account.");
}

bool may_be(const std::string& name, const std::string& user_id) {
    if (name.starts_with('@') && name.find(':') != std::string::npos) return name == user_id;
    const std::string local = name.starts_with('@') ? name.substr(1) : name;
    return user_id.starts_with("@" + local + ":");
}

}  // namespace reweave::matrix
