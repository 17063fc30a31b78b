#include "adapters/matrix/encryption.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <random>
#include <system_error>

#include "adapters/common/fields.hpp"
#include "adapters/matrix/login.hpp"

namespace reweave::matrix {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr int kMostRounds = 5;      ///< of requests that one change of keys asks for
constexpr int kMostTries = 3;       ///< to take what a sync brings
constexpr auto kKeysTimeout = 60s;  ///< other homeservers may have to be asked
constexpr auto kLater = 30s;        ///< what could not be sent is tried again
constexpr std::string_view kApi = "/_matrix";
constexpr std::string_view kInRoom = "room_message";  ///< type of a request

bool is_about_verification(const std::string& type) {
    return type.starts_with("m.key.verification.");
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

// ---------------------------------------------------------------------------------------------------- requests

/// True: it was taken, or is no use to anybody. What was refused is in `refused_`.
Awaitable<bool> Encryption::send(json request) {
    if (held_) co_return false;
    const std::string type = text_at(request, "type");
    refused_.erase(type);
    std::string path = text_at(request, "path");
    if (path.starts_with(kApi)) path.erase(0, kApi.size());
    json body = object_at(request, "body");
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
    const Answer answer = co_await api_.call(std::move(method), std::move(path), std::move(text), kKeysTimeout);
    json came = answer.json();
    // A room in which we may not speak any more needs no word about a verification.
    const bool useless = answer.kind == Answer::Kind::refused && type == kInRoom;
    if (useless) came = {{"event_id", "$none"}};
    if (useless || (answer.ok() && came.is_object())) {
        json sent = {{"id", text_at(request, "id")}, {"type", type}, {"body", std::move(came)}};
        (void)co_await engine_->call("mark_sent", std::move(sent));
        co_return true;
    }
    if (answer.kind == Answer::Kind::refused && type == "keys_upload" && answer.status == 400) lose();
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
        for (const json& request : list_at(wanted, "requests")) {
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
    for (const json& one : list_at(all, "verifications")) {
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
    json input = {{"to_device", list_at(object_at(sync, "to_device"), "events")},
                  {"device_lists", object_at(sync, "device_lists")},
                  {"one_time_key_counts", object_at(sync, "device_one_time_keys_count")},
                  {"unused_fallback_keys", fallback && fallback->is_array() ? *fallback : json()},
                  {"next_batch", text_at(sync, "next_batch")},
                  {"strict", options_.strict}};
    try {
        const json received = co_await engine_->call("receive_sync", std::move(input));
        not_received_ = 0;
        for (const json& key : list_at(received, "room_keys")) new_keys_.push_back(text_at(key, "session"));
        for (const json& event : list_at(received, "to_device"))
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
    json answer = {{"unable", "no_engine"}, {"session", text_at(object_at(event, "content"), "session_id")}};
    if (!works()) co_return answer;
    json input = {{"room", std::move(room)}, {"event", std::move(event)}, {"strict", options_.strict}};
    try {
        answer = co_await engine_->call("decrypt", std::move(input));
        const json* read = member(answer, "event");
        const json content = read ? object_at(*read, "content") : json();
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
    const Answer answer = co_await api_.call("POST", "/client/v3/keys/query", body.dump(), kKeysTimeout);
    if (!answer.ok()) co_return all;
    const json devices = object_at(answer.json(), "device_keys");
    all = std::all_of(
        users.begin(), users.end(), [&](const std::string& user) { return !object_at(devices, user.c_str()).empty(); });
    co_return all;
}

}  // namespace reweave::matrix
