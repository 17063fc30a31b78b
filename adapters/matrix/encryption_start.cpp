// The start of the encryption: the keys of the device, and the identity that signs it.
#include <boost/asio/post.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <system_error>

#include "adapters/common/fields.hpp"
#include "adapters/matrix/encryption.hpp"
#include "adapters/matrix/login.hpp"

namespace reweave::matrix {
namespace {

using nlohmann::json;

std::string random_passphrase() {
    constexpr std::string_view kHex = "0123456789abcdef";
    constexpr int kDigits = 64;
    std::random_device random;
    std::string out;
    for (int i = 0; i < kDigits; ++i) out += kHex[random() % kHex.size()];
    return out;
}

std::string on_server(const json& status, const char* what) {
    return text_at(object_at(status, "on_server"), what);
}

}  // namespace

std::filesystem::path keys_folder(const std::filesystem::path& all, const std::string& device) {
    std::string name;
    for (const char c : escaped(device)) name += c == '.' ? std::string("%2E") : std::string(1, c);
    return all / name;
}

/// The homeserver has other keys of this device than are here.
void Encryption::lose() {
    set(State::lost,
        "the homeserver has other keys of this device than are here. Run `reweave matrix new-device`; rooms without "
        "encryption go on meanwhile, and what is for encrypted ones waits");
}

Awaitable<bool> Encryption::begin() {
    try {
        json status;
        const bool opened = co_await open();
        bool answered = co_await look_up_ourselves();
        if (!answered) co_return false;
        status = co_await engine_->call("status", json::object());
        const bool stale = co_await is_stale(opened, status);
        if (stale) {
            // The homeserver has forgotten the device: whoever kept these keys would wait for ours in vain.
            engine_.reset();
            std::error_code none;
            std::filesystem::remove_all(keys_folder(options_.folder, device_), none);
            (void)co_await open();
            answered = co_await look_up_ourselves();
            if (!answered) co_return false;
            status = co_await engine_->call("status", json::object());
        }
        if (on_server(status, "device") == "different") {
            lose();
            co_return true;
        }
        answered = co_await see_to_identity(std::move(status));
        co_return answered;
    } catch (const std::runtime_error& failure) {  // of the engine, or the account cannot be stored
        set(State::broken, failure.what());
    }
    co_return true;
}

/// \return whether there were no keys yet.
Awaitable<bool> Encryption::open() {
    Account account = api_.account();
    if (engine_ && device_ == account.device_id) co_return false;
    if (account.keys_passphrase.empty()) {
        account.keys_passphrase = random_passphrase();
        use(account);
    }
    engine_ = std::make_unique<E2ee>([this](std::function<void()> done) { asio::post(io_, std::move(done)); });
    device_ = account.device_id;
    json input = {{"dir", keys_folder(options_.folder, device_).string()},
                  {"user", account.user_id},
                  {"device", device_},
                  {"passphrase", account.keys_passphrase}};
    const json opened = co_await engine_->call("open", std::move(input));
    co_return opened.value("new", false);
}

/// Asks what the homeserver has of the account itself.
Awaitable<bool> Encryption::look_up_ourselves() {
    json input = {{"users", json::array({api_.account().user_id})}};
    json query = co_await engine_->call("query_users", std::move(input));
    const bool sent = co_await send(std::move(query["request"]));
    co_return sent;
}

/// The keys of the device were uploaded once, and the homeserver has them no more: it was deleted and made anew.
Awaitable<bool> Encryption::is_stale(bool is_new, const json& status) {
    if (is_new || on_server(status, "device") != "absent") co_return false;
    const json wanted = co_await engine_->call("outgoing", json::object());
    for (const json& request : list_at(wanted, "requests")) {
        const bool uploads = text_at(request, "type") == "keys_upload";
        if (uploads && member(object_at(request, "body"), "device_keys")) co_return false;
    }
    co_return true;
}

Awaitable<bool> Encryption::see_to_identity(json status) {
    const std::string identity = text_at(status, "identity");
    bool answered = co_await drain(true);
    if (!answered) co_return false;
    const bool reset = options_.identity == EncryptionOptions::Identity::reset;
    const bool recovers = identity == "foreign" || options_.identity == EncryptionOptions::Identity::recover;
    if (recovers && on_server(status, "identity") == "present" && !reset) {
        if (!api_.account().recovery_key.empty()) answered = co_await recover();
    } else if (reset || identity != "ours" || on_server(status, "identity") == "absent" ||
               !status.value("device_signed", false)) {
        if (Account account = api_.account(); (reset || identity != "ours") && !account.recovery_key.empty()) {
            account.recovery_key.clear();  // it is that of an identity that is gone
            use(std::move(account));
        }
        answered = co_await make_identity(reset);
    }
    if (!answered) co_return false;
    answered = co_await look_up_ourselves();
    if (!answered) co_return false;
    status = co_await engine_->call("status", json::object());
    if (text_at(status, "identity") == "ours" && api_.account().recovery_key.empty()) {
        answered = co_await make_recovery_key();
        if (!answered) co_return false;
    }
    if (status.value("device_signed", false)) {
        set(State::ready);
    } else if (text_at(status, "identity") == "foreign") {
        set(State::unsigned_device,
            "the account has an identity that another client made, and the bot's device is not signed by it, so strict "
            "clients neither write to it nor read it. Give its recovery key: `reweave matrix login --recovery-key`");
    } else {
        set(State::unsigned_device,
            "the homeserver did not take the bot's identity or its signature, so strict clients neither write to it "
            "nor "
            "read it. Stop the bot and run `reweave matrix login`, which proves to the homeserver who it is; if that "
            "does "
            "not help, `reweave matrix new-device`");
    }
    co_return true;
}

Awaitable<bool> Encryption::make_identity(bool reset) {
    json how = {{"reset", reset}};
    json made = co_await engine_->call("bootstrap_cross_signing", std::move(how));
    for (json& request : made["requests"]) {
        const bool identity = text_at(request, "type") == "signing_keys_upload";
        json again = identity ? request : json();
        const bool sent = co_await send(std::move(request));
        if (sent) continue;
        const auto refused = refused_.find("signing_keys_upload");
        const bool wants_proof = identity && refused != refused_.end() && refused->second.status == 401;
        if (!wants_proof || options_.password.empty()) {
            // Without it the rest makes no sense. That it is missing is seen by what the homeserver has then.
            if (wants_proof) refused_.clear();
            co_return wants_proof;
        }
        again["body"]["auth"] = proof(api_.account(), options_.password, refused->second.json());
        const bool proved = co_await send(std::move(again));
        if (!proved) co_return false;
    }
    co_return true;
}

/// Whoever has it can sign the devices of the account to come. Kept last: what was made half is made anew.
Awaitable<bool> Encryption::make_recovery_key() {
    const json made = co_await engine_->call("create_recovery", json::object());
    for (const json& data : list_at(made, "account_data")) {
        std::string path =
            "/client/v3/user/" + escaped(api_.account().user_id) + "/account_data/" + text_at(data, "type");
        const Answer answer = co_await api_.call("PUT", std::move(path), data.value("content", json::object()).dump());
        if (answer.kind == Answer::Kind::refused) {
            options_.report("encryption: no recovery key could be made: " + answer.failure, false);
            co_return true;
        }
        if (!answer.ok()) co_return false;
    }
    Account account = api_.account();  // its tokens may be new
    account.recovery_key = text_at(made, "recovery_key");
    use(account);
    options_.report("the recovery key of the bot's encryption is in its account file: keep a copy of it elsewhere",
                    false);
    co_return true;
}

/// A new device of an account whose identity we have made before.
Awaitable<bool> Encryption::recover() {
    const Account account = api_.account();
    json all = json::object();
    std::vector<std::string> types = {"m.secret_storage.default_key",
                                      "m.cross_signing.master",
                                      "m.cross_signing.self_signing",
                                      "m.cross_signing.user_signing"};
    for (std::size_t i = 0; i < types.size(); ++i) {
        const std::string type = types[i];
        std::string path = "/client/v3/user/" + escaped(account.user_id) + "/account_data/" + escaped(type);
        const Answer answer = co_await api_.call("GET", std::move(path));
        if (!answer.ok() && answer.kind != Answer::Kind::refused) co_return false;
        if (!answer.ok()) continue;
        all[type] = answer.json();
        if (i == 0) types.push_back("m.secret_storage.key." + text_at(all[type], "key"));
    }
    json input = {{"recovery_key", account.recovery_key}, {"account_data", std::move(all)}};
    try {
        json recovered = co_await engine_->call("recover", std::move(input));
        const bool sent = co_await send_all(std::move(recovered["requests"]));
        co_return sent;
    } catch (const E2eeFailure& failure) {
        failed(failure);
    }
    co_return true;
}

}  // namespace reweave::matrix
