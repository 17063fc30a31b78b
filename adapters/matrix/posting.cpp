#include "adapters/matrix/posting.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/common/back_off.hpp"
#include "adapters/common/fields.hpp"

namespace reweave::matrix {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr const char* kMore = "invite-more";  ///< says how to get another link

std::int64_t ms(engine::TimePoint at) {
    return at.time_since_epoch().count();
}

bool asks_for_a_link(const engine::Message& message) {
    return std::any_of(message.bubbles.begin(), message.bubbles.end(), [](const dialog::RenderedBubble& bubble) {
        return bubble.kind == dialog::RenderedBubble::Kind::invite;
    });
}

/// What is said aside to one person is not said where others of the talk read it.
bool goes_to_talk(const engine::Send& send) {
    return send.message.room && !(send.message.aside && send.readers.size() > 1);
}

std::string place_of(const engine::Send& send) {
    return goes_to_talk(send) ? "talk " + std::to_string(send.message.room->id.value) : send.handle;
}

json encryption_event() {
    return {{"type", "m.room.encryption"}, {"state_key", ""}, {"content", {{"algorithm", "m.megolm.v1.aes-sha2"}}}};
}

std::vector<std::string> written(const engine::Message& message, const Options& how) {
    std::vector<std::string> contents;
    for (const json& content : contents_of(message, how)) contents.push_back(content.dump());
    return contents;
}

}  // namespace

Posting::Posting(asio::io_context& io, Shared& shared, Outcomes& outcomes, adapters::Phrases& phrases, Tasks& tasks)
    : shared_(shared), outcomes_(outcomes), phrases_(phrases), tasks_(tasks), slow_(io) {}

std::string Posting::room_for(const engine::Send& send) const {
    return goes_to_talk(send) ? shared_.rooms.talk_room(send.message.room->id) : shared_.rooms.direct_room(send.handle);
}

/// What needs a room or a link first goes the slow way, and what comes for the same place then waits behind it.
void Posting::deliver(engine::Send send) {
    const std::string place = place_of(send);
    const std::string room = room_for(send);
    const Room* known = room.empty() ? nullptr : shared_.rooms.find(room);
    if (!known || known->provisional || slow_.has(place) || asks_for_a_link(send.message)) {
        slow_.add(place, std::move(send));
    } else {
        post(std::move(send), room);
    }
}

/// Whoever reads a talk on Matrix and is not in its room yet is asked in.
void Posting::ask_in(const engine::Send& send, const std::string& room_id) {
    const Room* room = shared_.rooms.find(room_id);
    if (!room || !room->talk) return;
    Room changed = *room;
    for (const std::string& user : send.readers) {
        if (std::find(room->people.begin(), room->people.end(), user) != room->people.end()) continue;
        changed.people.push_back(user);
        Task task;
        task.kind = Task::Kind::invite;
        task.id = "invite:" + user + ":" + room_id;
        task.room = room_id;
        task.user = user;
        tasks_.begin(std::move(task));
    }
    if (changed.people != room->people) outcomes_.note(shared_.rooms.save(room_id, std::move(changed)));
}

/// Into the thread of its round, which has begun by now.
std::string Posting::finished(const std::string& room_id, const Letter& letter, std::size_t n) const {
    const Room* room = shared_.rooms.find(room_id);
    if (letter.round.empty() || !room || room->round != letter.round || room->thread.empty())
        return letter.contents.at(n);
    json content = json::parse(letter.contents.at(n));
    if (!content.contains("m.relates_to"))
        content["m.relates_to"] = {{"rel_type", "m.thread"},
                                   {"event_id", room->thread},
                                   {"is_falling_back", true},
                                   {"m.in_reply_to", {{"event_id", room->thread}}}};
    return content.dump();
}

/// In a room that people brought, each round of a circle is a thread of its own.
void Posting::begin_round(const engine::RoomView& view, const std::string& room_id) {
    const Room* room = shared_.rooms.find(room_id);
    std::string& begun = rounds_[room_id];
    if (begun.empty() && room) begun = room->round;
    if (begun == view.round_id) return;
    begun = view.round_id;
    engine::Message heading;
    heading.bubbles.emplace_back().text = view.round;
    Letter letter;
    letter.id = "r" + std::to_string(view.id.value) + "-" + view.round_id;
    for (const json& content : contents_of(heading)) letter.contents.push_back(content.dump());
    letter.elsewhere = [] {};  // there the talk has no threads
    letter.done = [this, room_id, round = view.round_id](const Letter& done, bool sent, const std::string&) {
        const Room* now = shared_.rooms.find(room_id);
        if (!sent || !now || done.event_ids.empty()) return;
        Room changed = *now;
        changed.round = round;
        changed.thread = done.event_ids.front();
        outcomes_.note(shared_.rooms.save(room_id, std::move(changed)));
    };
    shared_.sending.add(room_id, std::move(letter));
}

void Posting::post(engine::Send send, const std::string& room_id) {
    const Room* room = shared_.rooms.find(room_id);
    Options how;
    how.reader.language = send.language;
    how.reader.time_zone = send.time_zone;
    how.replaces = send.replaces.substr(0, send.replaces.find(' '));
    if (room && room->kind == Room::Kind::direct && !room->thread.empty()) how.thread = Thread{room->thread, {}};
    const engine::Message& message = send.message;
    const bool in_talk = goes_to_talk(send);
    if (in_talk) ask_in(send, room_id);
    const bool in_round = in_talk && room && room->kind == Room::Kind::group && !message.room->round.empty();
    if (in_round) begin_round(*message.room, room_id);
    room = shared_.rooms.find(room_id);
    if (message.room && message.ask) {
        how.mentions.push_back(send.handle);
        how.ask_for = message.room->floor;
    }
    Letter letter;
    // The time is part of it: after a back-up was restored the same numbers come again, for other messages.
    letter.id = "o" + std::to_string(send.outbox.value) + "-" + std::to_string(ms(message.at));
    letter.made = ms(message.at);
    letter.contents = written(message, how);
    const engine::OutboxId outbox = send.outbox;
    letter.elsewhere = [this, send] { deliver(send); };
    if (letter.contents.empty()) return outcomes_.told(outbox, {}, true, {});
    if (in_round) letter.round = message.room->round_id;
    const auto place = std::make_shared<std::string>();
    if (!in_talk) places_[message.event.value] = place;
    if (const auto before = places_.find(message.replaces.value);
        message.replaces && how.replaces.empty() && before != places_.end()) {
        letter.write = [place, before = before->second, message, how]() mutable {
            *place = how.replaces = *before;
            return written(message, how);
        };
    } else {
        *place = how.replaces;
    }
    const std::string asks_in = message.ask && !message.room ? room_id : std::string();
    if (!asks_in.empty()) shared_.rooms.asks(letter.id);
    letter.done = [this, outbox, asks_in, place, event = message.event](
                      const Letter& done, bool sent, const std::string& why) {
        std::vector<std::string> events = done.event_ids;
        // People, and later edits, know an event that was replaced by its first id.
        if (!place->empty() && !events.empty()) events.front() = *place;
        if (!events.empty()) *place = events.front();
        // From now on the engine says where it stands.
        auto stored = [this, event] { places_.erase(event.value); };
        outcomes_.told(outbox, events, sent, why, {done.id, asks_in, std::move(stored)});
    };
    if (room && shared_.rooms.is_deaf_in(*room)) return outcomes_.told(outbox, {}, false, "the room is encrypted");
    shared_.sending.add(room_id, std::move(letter));
}

Awaitable<void> Posting::work() {
    for (;;) {
        Chores<engine::Send>::Chore* chore = co_await slow_.next();
        if (!chore) break;
        if (shared_.signed_out) {
            slow_.later(chore, kLookAgain);
            continue;
        }
        engine::Send send = chore->what;
        std::string room = room_for(send);
        const Room* known = room.empty() ? nullptr : shared_.rooms.find(room);
        if (known && known->provisional) {
            const bool settled = co_await tasks_.settle(room, send.readers, false);
            if (shared_.stopped) break;
            if (!settled) {
                slow_.later(chore, back_off(chore->lost + 1));
                continue;
            }
            room = room_for(send);
        }
        if (room.empty()) {
            std::chrono::milliseconds again{};
            room = co_await open_room(send, chore->lost, again);
            if (shared_.stopped) break;
            if (again > 0ms) {
                slow_.later(chore, again);
                continue;
            }
        }
        if (room.empty()) {
            slow_.done(chore);
            outcomes_.told(send.outbox, {}, false, "there is no room for it");
            continue;
        }
        for (dialog::RenderedBubble& bubble : send.message.bubbles) {
            if (bubble.kind != dialog::RenderedBubble::Kind::invite) continue;
            std::string more = bubble.people > 2 ? kMore : "";
            bubble.text =
                co_await phrases_.seat_link(send.handle, send.message.conversation, bubble.role, std::move(more));
            bubble.kind = dialog::RenderedBubble::Kind::text;
        }
        if (shared_.stopped) break;
        if (room_for(send) != room) {  // somebody came in meanwhile
            slow_.later(chore, 0ms);
            continue;
        }
        slow_.done(chore);
        post(std::move(send), room);
    }
}

/// Where all of its readers can decrypt what is said: whoever has an encrypted room with us can, whatever a homeserver
/// says. Nothing if it cannot be known now.
Awaitable<std::optional<bool>> Posting::is_to_be_encrypted(std::vector<std::string> readers) {
    std::optional<bool> encrypted = false;
    if (!shared_.encryption) co_return encrypted;
    const auto begin = std::remove_if(readers.begin(), readers.end(), [&](const std::string& user) {
        const Room* direct = shared_.rooms.find(shared_.rooms.direct_room(user));
        return direct && direct->encrypted;
    });
    const bool some_do = begin != readers.end();
    readers.erase(begin, readers.end());
    encrypted = some_do;
    if (readers.empty()) co_return encrypted;
    if (!shared_.encryption->works()) co_return encrypted;
    encrypted = co_await shared_.encryption->all_have_devices(std::move(readers));
    co_return encrypted;
}

/// Makes the room that a message is for. Its alias makes sure that there is one of it, whatever happens to us
/// between the homeserver's making it and our noting it down.
Awaitable<std::string> Posting::open_room(const engine::Send& send, int lost, std::chrono::milliseconds& again) {
    const bool talk = goes_to_talk(send);
    const std::vector<std::string> readers = send.readers;
    const std::string user = send.handle;
    const engine::ConversationId conversation = talk ? send.message.room->id : engine::ConversationId{};
    std::string alias =
        talk ? "reweave-talk-" + std::to_string(conversation.value) + "-" + std::to_string(ms(send.message.at))
             : "reweave-direct-" + std::to_string(send.outbox.value) + "-" + std::to_string(ms(send.message.at));
    json body = {{"preset", "trusted_private_chat"},
                 {"visibility", "private"},
                 {"is_direct", !talk},
                 {"room_alias_name", alias},
                 {"invite", json::array({user})}};
    if (talk) {
        body["preset"] = "private_chat";
        body["name"] = send.message.room->title;
        body["invite"] = send.readers;
        // Nobody else is let in by one of them, and whoever comes a little later still sees how it began.
        body["power_level_content_override"] = {{"invite", 50}};
        body["initial_state"] = json::array({{{"type", "m.room.history_visibility"},
                                              {"state_key", ""},
                                              {"content", {{"history_visibility", "invited"}}}}});
    }
    std::vector<std::string> who = readers;
    if (!talk) who.assign(1, user);
    const std::optional<bool> encrypted = co_await is_to_be_encrypted(std::move(who));
    if (!encrypted) {
        again = back_off(lost + 1);
        co_return std::string();
    }
    if (*encrypted) body["initial_state"].push_back(encryption_event());
    const Answer made = co_await shared_.api.call("POST", "/client/v3/createRoom", body.dump());
    std::string id = made.ok() ? text_at(made.json(), "room_id") : std::string();
    if (made.errcode == "M_ROOM_IN_USE") {
        std::string server = shared_.api.account().user_id;
        server = server.substr(server.find(':') + 1);
        const Answer found =
            co_await shared_.api.call("GET", "/client/v3/directory/room/" + escaped("#" + alias + ":" + server));
        if (found.ok()) id = text_at(found.json(), "room_id");
        // Whoever guessed the alias has made it to read along.
        if (const Room* known = shared_.rooms.find(id); known && !known->ours) id.clear();
    }
    if (id.empty()) {
        again = again_after(shared_.sending, made, lost);
        co_return id;
    }
    Room room;
    room.ours = true;
    room.kind = talk ? Room::Kind::talk : Room::Kind::direct;
    room.user = user;
    room.talk = conversation;
    const Room* known = shared_.rooms.find(id);  // it may have been made before, and read since
    room.encrypted = *encrypted || (known && known->encrypted);
    if (talk) room.people = readers;
    engine::Batch batch;
    batch.channel = kChannel;
    batch.rows.push_back(shared_.rooms.save(id, std::move(room)));
    (void)co_await shared_.engine.hand_over(std::move(batch));
    if (!talk) co_return id;
    const adapters::Phrases::Shown none;
    if (readers.size() > 1) {  // before anything else is said in it
        std::string line = co_await phrases_.phrase(user, "seen-at-once", none);
        engine::Message notice;
        notice.bubbles.emplace_back().text = std::move(line);
        Letter letter;
        letter.id = "seen-" + std::to_string(conversation.value);
        letter.contents = written(notice, {});
        letter.done = [](const Letter&, bool, const std::string&) {};
        shared_.sending.add(id, std::move(letter));
    }
    for (const std::string& reader : readers) {
        const std::string direct = shared_.rooms.direct_room(reader);
        if (!direct.empty()) tasks_.say_soon("made:" + reader + ":" + id, direct, reader, "room-made");
    }
    co_return id;
}

}  // namespace reweave::matrix
