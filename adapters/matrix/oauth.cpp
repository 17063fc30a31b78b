#include "adapters/matrix/oauth.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "adapters/common/fields.hpp"

namespace reweave::matrix {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr const char* kStableScope = "urn:matrix:client:";
constexpr const char* kOlderScope = "urn:matrix:org.matrix.msc2967.client:";
constexpr const char* kGrant = "urn:ietf:params:oauth:grant-type:device_code";
constexpr auto kInterval = 5s;       ///< of polling, if the server names none, and by so much slower when asked to be
constexpr auto kLongest = 15 * 60s;  ///< that a code is waited for, whatever the server says

std::chrono::seconds seconds_at(const json& all, const char* key, std::chrono::seconds otherwise) {
    const auto found = all.is_object() ? all.find(key) : all.end();
    if (!all.is_object() || found == all.end() || !found->is_number()) return otherwise;
    return std::chrono::seconds(static_cast<std::int64_t>(std::clamp(found->get<double>(), 1.0, 3600.0)));
}

/// What an OAuth server answered.
struct Reply {
    int status = 0;
    std::string text;
    std::string error;  ///< "authorization_pending", or why there is no answer

    /// Nothing that can be used, if it is not JSON.
    [[nodiscard]] json body() const { return json::parse(text, nullptr, false); }
    [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
};

Reply send(const Ask& ask, const std::string& endpoint, const char* type, std::string body) {
    http::Request request;
    request.method = "POST";
    request.headers.emplace_back("Content-Type", type);
    request.headers.emplace_back("Accept", "application/json");
    request.body = std::move(body);
    http::Response response = ask(endpoint, std::move(request));
    Reply reply;
    reply.status = response.status;
    reply.text = std::move(response.body);
    reply.error = response.status == 0 ? response.failure : text_at(reply.body(), "error");
    return reply;
}

Reply post_form(const Ask& ask,
                const std::string& endpoint,
                const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string form;
    for (const auto& [name, value] : fields) form += (form.empty() ? "" : "&") + name + "=" + escaped(value);
    return send(ask, endpoint, "application/x-www-form-urlencoded", std::move(form));
}

[[noreturn]] void refuse(const std::string& what, const Reply& reply, const std::string& mend) {
    const std::string why = !reply.error.empty() ? reply.error : "status " + std::to_string(reply.status);
    throw std::runtime_error("the homeserver's OAuth server " + what + " (" + why + "). " + mend);
}

std::string register_client(const Ask& ask, const OAuthServer& server, const std::string& page) {
    if (server.register_endpoint.empty())
        throw std::runtime_error(
            "the homeserver's OAuth server lets no program register itself. Ask its administrator "
            "for an access token of the bot, and use `reweave matrix login --token`.");
    json body = {{"client_name", "Reweave"},
                 {"application_type", "native"},
                 {"token_endpoint_auth_method", "none"},
                 {"grant_types", json::array({kGrant, "refresh_token"})},
                 {"response_types", json::array()}};
    if (!page.empty()) body["client_uri"] = page;
    const Reply reply = send(ask, server.register_endpoint, "application/json", body.dump());
    std::string id = reply.ok() ? text_at(reply.body(), "client_id") : std::string();
    if (id.empty())
        refuse("does not register the bot",
               reply,
               "Set web.public_url to the https address of the bot's page, which such servers ask for, and try again.");
    return id;
}

struct Code {
    std::string device_code;
    std::chrono::seconds interval{}, life{};
};

Code ask_for_code(const Ask& ask, const OAuthServer& server, const std::string& client_id, const Consent& consent) {
    const std::string scope = server.scope_prefix + "api:* " + server.scope_prefix + "device:" + consent.device_id;
    const Reply reply = post_form(ask, server.device_endpoint, {{"client_id", client_id}, {"scope", scope}});
    const json body = reply.body();
    Code code;
    code.device_code = text_at(body, "device_code");
    const std::string user_code = text_at(body, "user_code");
    std::string address = text_at(body, "verification_uri_complete");
    if (address.empty()) address = text_at(body, "verification_uri");
    if (!reply.ok() || code.device_code.empty() || user_code.empty() || address.empty())
        refuse("gives no code", reply, "Try again; if it stays so, use --token with an access token of the bot.");
    code.interval = seconds_at(body, "interval", kInterval);
    code.life = std::min(seconds_at(body, "expires_in", kLongest), std::chrono::seconds(kLongest));
    consent.show(address, user_code);
    return code;
}

}  // namespace

std::optional<OAuthServer> oauth_server(const Ask& ask, const std::string& homeserver) {
    OAuthServer server;
    server.scope_prefix = kStableScope;
    Answer answer = call(ask, homeserver, "GET", "/client/v1/auth_metadata");
    if (!answer.ok()) {
        answer = call(ask, homeserver, "GET", "/client/unstable/org.matrix.msc2965/auth_metadata");
        server.scope_prefix = kOlderScope;
    }
    if (!answer.ok()) return std::nullopt;
    const json all = answer.json();
    server.token_endpoint = text_at(all, "token_endpoint");
    server.device_endpoint = text_at(all, "device_authorization_endpoint");
    server.register_endpoint = text_at(all, "registration_endpoint");
    server.revoke_endpoint = text_at(all, "revocation_endpoint");
    if (server.token_endpoint.empty()) return std::nullopt;
    const auto scopes = all.find("scopes_supported");
    if (scopes != all.end() && scopes->is_array()) {
        const auto has = [&](std::string_view prefix) {
            return std::any_of(scopes->begin(), scopes->end(), [&](const json& scope) {
                return scope.is_string() && scope.get_ref<const std::string&>().starts_with(prefix);
            });
        };
        if (has(kOlderScope) && !has(kStableScope)) server.scope_prefix = kOlderScope;
    }
    return server;
}

Account log_in_by_consent(const Ask& ask,
                          const std::string& homeserver,
                          const OAuthServer& server,
                          const Consent& consent) {
    if (server.device_endpoint.empty())
        throw std::runtime_error(
            "the homeserver's OAuth server knows no login for devices without a browser. Use "
            "`reweave matrix login --token` with an access token of the bot.");
    Account account;
    account.oauth_token_endpoint = server.token_endpoint;
    account.oauth_client_id =
        consent.client_id.empty() ? register_client(ask, server, consent.page) : consent.client_id;
    Code code = ask_for_code(ask, server, account.oauth_client_id, consent);
    for (std::chrono::seconds waited{}; waited < code.life; waited += code.interval) {
        consent.wait(code.interval);
        const Reply reply = post_form(
            ask,
            server.token_endpoint,
            {{"grant_type", kGrant}, {"device_code", code.device_code}, {"client_id", account.oauth_client_id}});
        if (reply.ok()) {
            if (!take_tokens(reply.body(), account)) refuse("gives no token", reply, "Try again.");
            introduce(ask, homeserver, account);
            return account;
        }
        if (reply.error == "slow_down") {
            code.interval += kInterval;
        } else if (reply.error == "access_denied") {
            throw std::runtime_error(
                "the login was refused on the page. Nothing changed; try again if that was not "
                "meant.");
        } else if (reply.error == "expired_token") {
            break;
        } else if (reply.error != "authorization_pending" && reply.status >= 400 && reply.status < 500) {
            refuse("ended the login", reply, "Nothing changed; try again.");
        }
    }
    throw std::runtime_error(
        "nobody has agreed on the page while the code was good. Nothing changed; run `reweave "
        "matrix login` again for a new code.");
}

bool revoke(const Ask& ask, const OAuthServer& server, const Account& account) {
    if (server.revoke_endpoint.empty()) return false;
    const bool long_lived = !account.refresh_token.empty();
    const Reply reply = post_form(ask,
                                  server.revoke_endpoint,
                                  {{"token", long_lived ? account.refresh_token : account.access_token},
                                   {"token_type_hint", long_lived ? "refresh_token" : "access_token"},
                                   {"client_id", account.oauth_client_id}});
    return reply.status >= 200 && reply.status < 300;
}

}  // namespace reweave::matrix
