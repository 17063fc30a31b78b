#include "adapters/matrix/encryption.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <random>
#include <system_error>

#include "adapters/matrix/fields.hpp"
#include "adapters/matrix/login.hpp"

namespace reweave::matrix {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr int kMostRounds = 5;  ///< of requests that one change of keys asks for
constexpr int kMostTries = 3;   ///< to take what a sync brings
constexpr auto kTimeout = 60s;  ///< other homeservers may have to be asked
constexpr auto kLater = 30s;    ///< what could not be sent is tried again
constexpr std::string_view kApi = "/_matrix";
constexpr std::string_view kInRoom = "room_message";  ///< type of a request
constexpr const char* kNewDevice =
    "Run `reweave matrix new-device`; rooms without encryption go on meanwhile, and what is for encrypted ones waits";

std::string random_passphrase() {
    constexpr std::string_view kHex = "0123456789abcdef";
    constexpr int kDigits = 64;
    std::random_device random;
    std::string out;
    for (int i = 0; i < kDigits; ++i) out += kHex[random() % kHex.size()];
    return out;
}

json list_of(const json& all, const char* key) {
    const json* found = member(all, key);
    return found && found->is_array() ? *found : json::array();
}

json object_of(const json& all, const char* key) {
    const json* found = member(all, key);
    return found && found->is_object() ? *found : json::object();
}

bool is_about_verification(const std::string& type) {
    return type.starts_with("m.key.verification.");
}

std::string on_server(const json& status, const char* what) {
    return text_at(object_of(status, "on_server"), what);
}

}  // namespace

std::string_view name(EncryptionStatus::State state) {
    using enum EncryptionStatus::State;
    switch (state) {
        case off:
            return "off";
        case starting:
            return "starting";
        case unsigned_device:
            return "unsigned";
        case ready:
            return "ready";
        case lost:
            return "lost";
        case broken:
            return "broken";
    }
    return {};
}

/// One at a time, in the order in which they came: what must not be interleaved with the same for another room.
class Encryption::Turn {
 public:
    explicit Turn(Encryption& encryption) : encryption_(encryption) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        if (!mine_) return;
        std::deque<Timer*>& waiting = encryption_.waiting_;
        encryption_.taken_ = !waiting.empty();  // by the next one, before anybody who comes later
        if (waiting.empty()) return;
        waiting.front()->cancel();
        waiting.pop_front();
    }
    [[nodiscard]] Awaitable<void> take() {
        if (encryption_.taken_) {
            Timer timer(encryption_.io_.get_executor(), Timer::time_point::max());
            encryption_.waiting_.push_back(&timer);
            co_await timer.async_wait(nothrow);
        }
        encryption_.taken_ = mine_ = true;
    }

 private:
    Encryption& encryption_;
    bool mine_ = false;
};

Encryption::Encryption(asio::io_context& io, Api& api, EncryptionOptions options)
    : io_(io), api_(api), options_(std::move(options)), wake_(io.get_executor(), Timer::time_point::max()) {
    status_.state = State::starting;
}

void Encryption::stop() {
    stopped_ = true;
    wake_.cancel();
}

void Encryption::set(State state, std::string why) {
    if (state == status_.state && why == status_.why) return;
    status_ = {state, std::move(why)};
    const bool act = state != State::ready && state != State::starting;
    options_.report("encryption=" + std::string(name(state)) + (status_.why.empty() ? "" : "; " + status_.why), act);
}

/// After a call that did not succeed. What is broken stays so until the bot starts again.
void Encryption::failed(const E2eeFailure& failure) {
    if (failure.broken())
        set(State::broken, failure.what());
    else
        options_.report(std::string("encryption: ") + failure.what(), false);
}

void Encryption::use(Account account) {
    options_.save(account);
    api_.use(std::move(account));
}

// ---------------------------------------------------------------------------------------------------- the start

Awaitable<bool> Encryption::start() {
    Turn turn(*this);
    co_await turn.take();
    held_ = false;
    refused_.clear();
    bool done = co_await begin();
    if (!done && !refused_.empty()) {
        const auto& [type, answer] = *refused_.begin();
        if (status_.state != State::lost) set(State::broken, type + " was refused: " + answer.failure);
        done = true;
    }
    co_return done;
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
            std::filesystem::remove_all(folder_of(device_), none);
            (void)co_await open();
            answered = co_await look_up_ourselves();
            if (!answered) co_return false;
            status = co_await engine_->call("status", json::object());
        }
        if (on_server(status, "device") == "different") {
            set(State::lost,
                std::string("the homeserver knows other keys of this device than are here. ") + kNewDevice);
            co_return true;
        }
        answered = co_await see_to_identity(std::move(status));
        co_return answered;
    } catch (const std::runtime_error& failure) {  // of the engine, or the account cannot be stored
        set(State::broken, failure.what());
    }
    co_return true;
}

/// One segment below the folder of the keys, whatever the homeserver calls the device.
std::filesystem::path Encryption::folder_of(const std::string& device) const {
    std::string name;
    for (const char c : escaped(device)) name += c == '.' ? std::string("%2E") : std::string(1, c);
    return options_.folder / name;
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
    json input = {{"dir", folder_of(device_).string()},
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
    for (const json& request : list_of(wanted, "requests")) {
        const bool uploads = text_at(request, "type") == "keys_upload";
        if (uploads && member(object_of(request, "body"), "device_keys")) co_return false;
    }
    co_return true;
}

Awaitable<bool> Encryption::see_to_identity(json status) {
    const std::string identity = text_at(status, "identity");
    bool answered = co_await drain(true);
    if (!answered) co_return false;
    if (identity == "foreign" && on_server(status, "identity") == "present" && !options_.reset) {
        if (!api_.account().recovery_key.empty()) answered = co_await recover();
    } else if (options_.reset || identity != "ours" || on_server(status, "identity") == "absent" ||
               !status.value("device_signed", false)) {
        if (Account account = api_.account(); (options_.reset || identity != "ours") && !account.recovery_key.empty()) {
            account.recovery_key.clear();  // it is that of an identity that is gone
            use(std::move(account));
        }
        answered = co_await make_identity(options_.reset);
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
    for (const json& data : list_of(made, "account_data")) {
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

// ---------------------------------------------------------------------------------------------------- requests

/// True: it was taken, or is no use to anybody. What was refused is in `refused_`.
Awaitable<bool> Encryption::send(json request) {
    if (held_) co_return false;
    const std::string type = text_at(request, "type");
    refused_.erase(type);
    std::string path = text_at(request, "path");
    if (path.starts_with(kApi)) path.erase(0, kApi.size());
    json body = object_of(request, "body");
    if (const std::string room = text_at(request, "room"); !room.empty() && is_encrypted(room)) {
        // About a verification, which in an encrypted room is said like everything else.
        auto readers = co_await readers_of(room);
        if (!readers) co_return false;
        std::string words = body.dump();
        std::string kind = text_at(request, "event_type");
        const auto sealed = co_await seal(room, std::move(*readers), std::move(kind), std::move(words));
        if (!sealed) co_return false;
        body = json::parse(*sealed);
        path = "/client/v3/rooms/" + escaped(room) + "/send/m.room.encrypted/" + escaped(text_at(request, "id"));
    }
    std::string text = body.dump();
    std::string method = text_at(request, "method");
    const Answer answer = co_await api_.call(std::move(method), std::move(path), std::move(text), kTimeout);
    json came = answer.json();
    // A room in which we may not speak any more needs no word about a verification.
    const bool useless = answer.kind == Answer::Kind::refused && type == kInRoom;
    if (useless) came = {{"event_id", "$none"}};
    if (useless || (answer.ok() && came.is_object())) {
        json sent = {{"id", text_at(request, "id")}, {"type", type}, {"body", std::move(came)}};
        (void)co_await engine_->call("mark_sent", std::move(sent));
        co_return true;
    }
    if (answer.kind == Answer::Kind::refused && type == "keys_upload" && answer.status == 400)
        set(State::lost, std::string("the homeserver has other keys of this device than are here. ") + kNewDevice);
    if (answer.kind == Answer::Kind::refused) {
        options_.report("encryption: " + type + " was refused: " + answer.failure, false);
        refused_[type] = answer;
    }
    co_return false;
}

Awaitable<bool> Encryption::send_all(json requests) {
    for (json& request : requests) {
        const bool sent = co_await send(std::move(request));
        if (!sent) co_return false;
    }
    co_return true;
}

/// Sends what the engine wants sent. False: some of it could not be.
/// \param in_rooms also what is said in rooms, which may have to be encrypted itself
Awaitable<bool> Encryption::drain(bool in_rooms) {
    for (int round = 0; round < kMostRounds && !stopped_; ++round) {
        const json wanted = co_await engine_->call("outgoing", json::object());
        json requests = json::array();
        for (const json& request : list_of(wanted, "requests")) {
            if (in_rooms || text_at(request, "type") != kInRoom) requests.push_back(request);
        }
        if (requests.empty()) co_return true;
        const bool sent = co_await send_all(std::move(requests));
        if (!sent) co_return false;
    }
    co_return true;
}

Awaitable<void> Encryption::work() {
    while (!stopped_) {
        if (!std::exchange(pending_, false)) {
            wake_.expires_at(Timer::time_point::max());
            co_await wake_.async_wait(nothrow);
            continue;
        }
        const bool done = co_await look_after_keys();
        if (done || stopped_) continue;
        pending_ = true;
        wake_.expires_after(kLater);
        co_await wake_.async_wait(nothrow);
    }
}

/// False: some of it must be tried again.
Awaitable<bool> Encryption::look_after_keys() {
    Turn turn(*this);
    co_await turn.take();
    if (!works()) co_return true;
    try {
        const bool done = co_await drain(true);
        if (done && std::exchange(asked_to_verify_, false)) co_await decline_verifications();
        co_return done;
    } catch (const E2eeFailure& failure) {
        failed(failure);
    }
    co_return !works();
}

/// Nobody is there to compare emoji: a refusal is kinder than silence.
Awaitable<void> Encryption::decline_verifications() {
    const json all = co_await engine_->call("verifications", json::object());
    for (const json& one : list_of(all, "verifications")) {
        const std::string state = text_at(one, "state");
        if (one.value("we_started", true) || state == "done" || state == "cancelled") continue;
        json input = {{"user", text_at(one, "user")}, {"flow", text_at(one, "flow")}, {"action", "cancel"}};
        try {
            json answer = co_await engine_->call("verify", std::move(input));
            const bool sent = co_await send_all(std::move(answer["requests"]));
            options_.report(std::string("a verification was declined user=") + text_at(one, "user") +
                                (sent ? "" : ", but not told so"),
                            false);
        } catch (const E2eeFailure& failure) {  // one that another client of the account has taken
            failed(failure);
        }
    }
}

// -------------------------------------------------------------------------------------------- rooms and messages

Awaitable<bool> Encryption::receive(const json& sync) {
    if (!works()) co_return true;
    const json* fallback = member(sync, "device_unused_fallback_key_types");
    json input = {{"to_device", list_of(object_of(sync, "to_device"), "events")},
                  {"device_lists", object_of(sync, "device_lists")},
                  {"one_time_key_counts", object_of(sync, "device_one_time_keys_count")},
                  {"unused_fallback_keys", fallback && fallback->is_array() ? *fallback : json()},
                  {"next_batch", text_at(sync, "next_batch")},
                  {"strict", options_.strict}};
    try {
        const json received = co_await engine_->call("receive_sync", std::move(input));
        not_received_ = 0;
        for (const json& key : list_of(received, "room_keys")) new_keys_.push_back(text_at(key, "session"));
        for (const json& event : list_of(received, "to_device"))
            asked_to_verify_ = asked_to_verify_ || is_about_verification(text_at(event, "type"));
        pending_ = true;
        wake_.cancel();
        co_return true;
    } catch (const E2eeFailure& failure) {
        failed(failure);
    }
    // One that can never be taken must not keep all others away.
    const bool give_up = !works() || ++not_received_ >= kMostTries;
    if (give_up) {
        not_received_ = 0;
        options_.report("encryption: what a sync brought could not be taken; some messages may stay unreadable", true);
    }
    co_return give_up;
}

Awaitable<json> Encryption::decrypt(std::string room, json event) {
    json answer = {{"unable", "no_engine"}, {"session", text_at(object_of(event, "content"), "session_id")}};
    if (!works()) co_return answer;
    json input = {{"room", std::move(room)}, {"event", std::move(event)}, {"strict", options_.strict}};
    try {
        answer = co_await engine_->call("decrypt", std::move(input));
        const json* read = member(answer, "event");
        const json content = read ? object_of(*read, "content") : json();
        const bool verifies = read && (is_about_verification(text_at(*read, "type")) ||
                                       is_about_verification(text_at(content, "msgtype")));
        if (verifies) {
            asked_to_verify_ = pending_ = true;
            wake_.cancel();
        }
    } catch (const E2eeFailure& failure) {
        failed(failure);
    }
    co_return answer;
}

Awaitable<std::optional<std::string>> Encryption::encrypt(std::string room,
                                                          std::vector<std::string> readers,
                                                          std::string type,
                                                          std::string content) {
    std::optional<std::string> sealed;
    Turn turn(*this);
    co_await turn.take();
    if (!works()) co_return sealed;
    try {
        sealed = co_await seal(std::move(room), std::move(readers), std::move(type), std::move(content));
    } catch (const E2eeFailure& failure) {
        failed(failure);
    }
    co_return sealed;
}

Awaitable<std::optional<std::string>> Encryption::seal(std::string room,
                                                       std::vector<std::string> readers,
                                                       std::string type,
                                                       std::string content) {
    std::optional<std::string> sealed;
    readers.push_back(api_.account().user_id);
    json users = {{"users", readers}};
    (void)co_await engine_->call("track_users", users);
    bool sent = co_await drain(false);
    if (!sent) co_return sealed;
    json missing = co_await engine_->call("missing_sessions", std::move(users));
    if (missing["request"].is_object()) {
        sent = co_await send(std::move(missing["request"]));
        // Whoever has no keys left is left out, and the others read it all the same.
        if (!sent && !refused_.contains("keys_claim")) co_return sealed;
    }
    json share = {{"room", room}, {"users", readers}, {"strict", options_.strict}};
    json shared = co_await engine_->call("share_room_key", std::move(share));
    sent = co_await send_all(std::move(shared["requests"]));
    if (!sent) co_return sealed;
    json input = {{"room", room}, {"type", std::move(type)}, {"content", json::parse(content)}};
    const json encrypted = co_await engine_->call("encrypt", std::move(input));
    sealed = encrypted.at("content").dump();
    co_return sealed;
}

/// An event that came as it is: it may be about a verification.
Awaitable<void> Encryption::look_at(std::string room, json event) {
    if (!works()) co_return;
    json input = {{"room", std::move(room)}, {"event", std::move(event)}};
    try {
        (void)co_await engine_->call("room_event", std::move(input));
        asked_to_verify_ = pending_ = true;
        wake_.cancel();
    } catch (const E2eeFailure& failure) {
        failed(failure);
    }
}

Awaitable<std::optional<bool>> Encryption::all_have_devices(std::vector<std::string> users) {
    std::optional<bool> all;
    if (!works()) co_return all;
    json wanted = json::object();
    for (const std::string& user : users) wanted[user] = json::array();
    const json body = {{"device_keys", std::move(wanted)}};
    const Answer answer = co_await api_.call("POST", "/client/v3/keys/query", body.dump(), kTimeout);
    if (!answer.ok()) co_return all;
    const json devices = object_of(answer.json(), "device_keys");
    all = std::all_of(
        users.begin(), users.end(), [&](const std::string& user) { return !object_of(devices, user.c_str()).empty(); });
    co_return all;
}

}  // namespace reweave::matrix
