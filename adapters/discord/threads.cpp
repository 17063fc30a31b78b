#include "adapters/discord/threads.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/common/fields.hpp"
#include "adapters/common/safe_text.hpp"
#include "adapters/discord/content.hpp"

namespace reweave::discord {
namespace {

using nlohmann::json;

constexpr int kPrivateThread = 12;
constexpr int kWeek = 10080;             ///< minutes without a word after which Discord puts a thread away
constexpr std::size_t kTitle = 100;      ///< characters of a thread's name
constexpr std::size_t kTitleBytes = 90;  ///< of a title; the rest is for its number

/// Threads of one channel that have the same title are told apart by the talk's number.
std::string named(const std::string& title, engine::ConversationId talk) {
    const std::string safe = text::safe_text(title);
    std::string name(text::cut_bytes(safe, kTitleBytes));
    std::replace(name.begin(), name.end(), '\n', ' ');
    name += " " + std::to_string(talk.value);
    return name.size() > kTitle ? std::string(text::cut_bytes(name, kTitle)) : name;
}

std::vector<std::string> missing(const std::vector<std::string>& readers, const std::vector<std::string>& there) {
    std::vector<std::string> users;
    for (const std::string& user : readers) {
        if (std::find(there.begin(), there.end(), user) == there.end()) users.push_back(user);
    }
    return users;
}

}  // namespace

Awaitable<std::string> Threads::thread_for(const engine::Send& send, bool look_first, Answer& answer) {
    const engine::RoomView& room = *send.message.room;
    const engine::ConversationId talk = room.id;
    const TalkPlace* known = shared_.places.talk(talk);
    if (!known) co_return std::string();
    TalkPlace place = *known;
    const bool in_round = !room.round_id.empty();
    if (in_round ? place.round != room.round_id || place.round_thread.empty() : place.thread.empty()) {
        const std::string title = named(in_round ? room.round : room.title, talk);
        std::string made = co_await open(place, title, look_first, answer);
        if (made.empty()) co_return made;
        if (in_round) {
            place.round = room.round_id;
            place.round_thread = made;
            place.in_round.clear();
        } else {
            place.thread = made;
        }
        co_await store(talk, place);
    }
    const std::string thread = in_round ? place.round_thread : place.thread;
    if (place.now != thread) {
        place.now = thread;
        co_await store(talk, place);
    }
    std::vector<std::string>& there = in_round ? place.in_round : place.people;
    std::vector<std::string> users = missing(send.readers, there);
    if (users.empty()) co_return thread;
    const bool in = co_await let_in(thread, users, answer);
    if (!in) co_return std::string();
    there.insert(there.end(), users.begin(), users.end());
    co_await store(talk, place);
    co_return thread;
}

std::string Threads::before(const engine::Send& send) const {
    const engine::RoomView& room = *send.message.room;
    const TalkPlace* place = shared_.places.talk(room.id);
    if (!place) return {};
    const bool same_round = place->round == room.round_id;
    const std::string next = room.round_id.empty() ? place->thread : same_round ? place->round_thread : std::string();
    return place->now == next ? std::string() : place->now;
}

Awaitable<std::string> Threads::open(const TalkPlace& place, std::string title, bool look_first, Answer& answer) {
    if (look_first) {
        std::string found = co_await find(place, title);
        if (!found.empty()) co_return found;
    }
    const json body = {
        {"name", title}, {"type", kPrivateThread}, {"invitable", false}, {"auto_archive_duration", kWeek}};
    Call call{"POST", "/channels/" + place.channel + "/threads", body.dump()};
    answer = co_await shared_.rest.call(std::move(call));
    co_return answer.ok() ? text_at(answer.json(), "id") : std::string();
}

/// One that was made before a restart, or by a request whose answer was lost.
Awaitable<std::string> Threads::find(const TalkPlace& place, std::string title) {
    Call call{"GET", "/guilds/" + place.guild + "/threads/active", {}};
    const Answer active = co_await shared_.rest.call(std::move(call));
    if (!active.ok()) co_return std::string();
    for (const json& thread : list_at(active.json(), "threads")) {
        if (text_at(thread, "parent_id") == place.channel && text_at(thread, "name") == title)
            co_return text_at(thread, "id");
    }
    co_return std::string();
}

Awaitable<bool> Threads::let_in(std::string thread, std::vector<std::string> users, Answer& answer) {
    for (const std::string& user : users) {
        Call call{"PUT", "/channels/" + thread + "/thread-members/" + user, {}};
        answer = co_await shared_.rest.call(std::move(call));
        // Whoever has left the server, or may not see the channel, reads it nowhere; the others do.
        const bool never = answer.kind == Answer::Kind::refused && answer.code != 10003;
        if (!answer.ok() && !never) co_return false;
    }
    co_return true;
}

Awaitable<void> Threads::store(engine::ConversationId talk, TalkPlace place) {
    engine::Batch batch;
    batch.channel = kChannel;
    batch.rows.push_back(shared_.places.save(talk, std::move(place)));
    (void)co_await shared_.engine.hand_over(std::move(batch));
}

}  // namespace reweave::discord
