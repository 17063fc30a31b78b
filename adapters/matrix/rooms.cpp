#include "adapters/matrix/rooms.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/common/codes.hpp"
#include "adapters/common/fields.hpp"

namespace reweave::matrix {
namespace {

using engine::Inbound;
using nlohmann::json;

/// An answer that is older has missed its question: the question is asked again instead.
constexpr std::int64_t kTooOld = 30 * kMinute;
/// Texts that come sooner after ours than anybody reads, so many in a row, are another bot's (milliseconds). No script
/// asks for so many answers.
constexpr std::int64_t kQuick = 1500;
constexpr int kMostQuick = 100;
constexpr std::int64_t kHour = 60 * kMinute;

/// The events below path.events, none if it is not there.
const json& events(const json& all, const char* key) {
    static const json none = json::array();
    const json* section = member(all, key);
    const json* list = section ? member(*section, "events") : nullptr;
    return list && list->is_array() ? *list : none;
}

const json& objects(const json& all, const char* key) {
    static const json none = json::object();
    const json* found = member(all, key);
    return found && found->is_object() ? *found : none;
}

std::string server_of(const std::string& user) {
    const auto colon = user.find(':');
    return colon == std::string::npos ? std::string() : user.substr(colon);
}

bool is_state(const json& event) {
    return member(event, "state_key") != nullptr;
}

bool takes_part(const Room& room, const std::string& user) {
    return std::find(room.people.begin(), room.people.end(), user) != room.people.end();
}

bool happens_too_often(std::deque<std::int64_t>& times, std::int64_t at, std::int64_t span, std::size_t most) {
    while (!times.empty() && at - times.front() >= span) times.pop_front();
    if (times.size() >= most) return true;
    times.push_back(at);
    return false;
}

}  // namespace

bool InvitePolicy::accepts(const std::string& inviter, const std::string& us) const {
    switch (from) {
        case From::nobody:
            return false;
        case From::anyone:
            return true;
        case From::same_server:
            return !server_of(us).empty() && server_of(inviter) == server_of(us);
        case From::allowed:
            return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& who) {
                return who == inviter || (who.starts_with(':') && who == server_of(inviter));
            });
    }
    return false;
}

/// One room while its part of a sync is read.
struct Rooms::Place {
    std::string id;
    Room room;
    Heard& heard;
    const Reading& reading;
    bool was_known = false;
    bool just_joined = false;
    std::int64_t people = 0;                ///< in it, as the homeserver counts them; 0: it did not say
    std::set<std::string> readers = {};     ///< those of them that we see, without us
    std::string our_join = {};              ///< the event by which we came in, if it is in this sync
    std::vector<Inbound> before_join = {};  ///< typed before we had come in
};

Rooms::Rooms(Ourselves us, InvitePolicy policy, bool can_encrypt)
    : us_(std::move(us)), policy_(std::move(policy)), can_encrypt_(can_encrypt) {}

void Rooms::restore(const std::vector<engine::ChannelRow>& rows) {
    for (const engine::ChannelRow& row : rows) {
        if (row.key.starts_with(kRoomRow)) rooms_[row.key.substr(kRoomRow.size())] = room_from_text(row.value);
    }
}

const Room* Rooms::find(const std::string& id) const {
    const auto found = rooms_.find(id);
    return found == rooms_.end() ? nullptr : &found->second;
}

engine::ChannelRow Rooms::save(const std::string& id, Room room) {
    engine::ChannelRow row{std::string(kRoomRow) + id, to_text(room)};
    rooms_[id] = std::move(room);
    return row;
}

std::optional<engine::ChannelRow> Rooms::asked(const std::string& letter,
                                               const std::string& room_id,
                                               const std::string& event) {
    const auto asking = asking_.extract(letter);
    const Room* known = find(room_id);
    if (asking.empty() || event.empty() || asking.mapped() == event || !known) return std::nullopt;
    Room room = *known;
    room.prompt = event;
    return save(room_id, std::move(room));
}

std::string Rooms::direct_room(const std::string& user) const {
    std::string aside;
    for (const auto& [id, room] : rooms_) {
        if (room.kind != Room::Kind::direct || room.stage != Room::Stage::joined || room.user != user) continue;
        if (!room.aside) return id;
        aside = id;
    }
    return aside;
}

std::string Rooms::talk_room(engine::ConversationId talk) const {
    for (const auto& [id, room] : rooms_) {
        if (room.talk == talk && room.stage == Room::Stage::joined) return id;
    }
    return {};
}

std::size_t Rooms::joined() const {
    return static_cast<std::size_t>(std::count_if(
        rooms_.begin(), rooms_.end(), [](const auto& entry) { return entry.second.stage == Room::Stage::joined; }));
}

std::vector<std::pair<std::string, std::string>> Rooms::gaps(const nlohmann::json& sync) const {
    std::vector<std::pair<std::string, std::string>> gaps;
    for (const auto& [id, joined] : objects(objects(sync, "rooms"), "join").items()) {
        const json& timeline = objects(joined, "timeline");
        const std::string before = text_at(timeline, "prev_batch");
        const Room* known = find(id);
        // What stood in a room before we came is none of our business.
        if (known && known->stage == Room::Stage::joined && flag_at(timeline, "limited") && !before.empty())
            gaps.emplace_back(id, before);
    }
    return gaps;
}

Heard Rooms::read(const nlohmann::json& sync, const Reading& reading) {
    Heard heard;
    const json& rooms = objects(sync, "rooms");
    // A name that is empty names no room.
    const auto each = [&](const char* how, auto read_one) {
        for (const auto& [id, room] : objects(rooms, how).items())
            if (!id.empty()) (this->*read_one)(id, room, reading, heard);
    };
    each("invite", &Rooms::read_invite);
    each("leave", &Rooms::read_left);
    each("join", &Rooms::read_joined);
    return heard;
}

void Rooms::add_task(Heard& heard, Task task) {
    heard.rows.push_back({std::string(kTaskRow) + task.id, to_text(task)});
    heard.tasks.push_back(std::move(task));
}

void Rooms::decline(const std::string& id, const std::string& why, Heard& heard) {
    Task task;
    task.kind = Task::Kind::leave;
    task.id = "leave:" + id;
    task.room = id;
    task.text = why;
    add_task(heard, std::move(task));
}

// ------------------------------------------------------------------------------------------------- invitations

void Rooms::read_invite(const std::string& id, const nlohmann::json& invite, const Reading& reading, Heard& heard) {
    Room room;
    room.stage = Room::Stage::invited;
    std::int64_t at = 0;
    for (const json& raw : events(invite, "invite_state")) {
        const std::string type = text_at(raw, "type");
        const json& content = objects(raw, "content");
        if (type == "m.room.encryption") room.encrypted = true;
        if (type == "m.room.create") room.predecessor = text_at(objects(content, "predecessor"), "room_id");
        if (type != "m.room.member" || text_at(raw, "state_key") != us_.user_id) continue;
        room.user = text_at(raw, "sender");
        if (flag_at(content, "is_direct")) room.kind = Room::Kind::direct;
        at = number_at(raw, "origin_server_ts", at);
    }
    // Times of events are whatever the sender's server says.
    if (reading.now > 0) at = reading.now;
    const Room* known = find(id);
    if (known && known->stage == Room::Stage::invited) return;  // it is on its way
    room.encrypted = room.encrypted || (known && known->encrypted);
    if (known && known->kind == Room::Kind::direct && known->user == room.user)
        room.kind = Room::Kind::direct;  // we have been here before
    if (known && known->stage == Room::Stage::joined)
        read_left(id, json(), reading, heard);  // and were removed meanwhile
    const Room* before = room.predecessor.empty() ? nullptr : find(room.predecessor);
    const bool expected = before && before->successor == id;
    if (room.user.empty()) return decline(id, "", heard);
    if (!expected && !policy_.accepts(room.user, us_.user_id)) {
        heard.reports.push_back("invitation declined by the policy user=" + room.user);
        return decline(id, "This bot joins rooms of people whom its operator has allowed.", heard);
    }
    if (room.encrypted && !can_encrypt_) {
        heard.reports.push_back("invitation declined room=" + id + ": it is encrypted, and this build cannot read it");
        return decline(
            id, "This bot cannot read encrypted rooms. Please make a room with encryption switched off.", heard);
    }
    std::erase_if(invites_,
                  [&](const auto& entry) { return entry.second.empty() || at - entry.second.back() >= kHour; });
    const auto has_us = std::count_if(rooms_.begin(), rooms_.end(), [](const auto& entry) {
        return entry.second.stage == Room::Stage::joined || entry.second.stage == Room::Stage::invited;
    });
    if (!expected && (happens_too_often(invites_[room.user], at, kHour, static_cast<std::size_t>(policy_.per_hour)) ||
                      has_us >= policy_.rooms)) {
        heard.reports.push_back("invitation declined user=" + room.user + ": too many");
        return decline(id, "Too many invitations at once. Please try again later.", heard);
    }
    Task task;
    task.kind = Task::Kind::join;
    task.id = "join:" + id;
    task.room = id;
    task.user = room.user;
    heard.rows.push_back(save(id, std::move(room)));
    add_task(heard, std::move(task));
}

void Rooms::read_left(const std::string& id, const nlohmann::json& left, const Reading& reading, Heard& heard) {
    const Room* known = find(id);
    if (!known) return;
    Room room = *known;
    const bool was_joined = room.stage == Room::Stage::joined;
    room.stage = Room::Stage::left;
    std::string by, event_id;
    for (const json& raw : events(left, "timeline")) {
        const RoomEvent event = parse_event(raw, us_);
        if (event.kind == RoomEvent::Kind::member && event.member && event.member->user == us_.user_id) {
            by = event.sender;
            event_id = event.event_id;
        }
    }
    if (was_joined && by != us_.user_id) heard.reports.push_back("removed from a room room=" + id);
    // Without an event its time tells it from an earlier leaving.
    if (event_id.empty()) event_id = "left:" + id + ":" + std::to_string(reading.now);
    heard.left.push_back(id);
    paces_.erase(id);
    const std::string user = was_joined && room.kind == Room::Kind::direct ? room.user : std::string();
    heard.rows.push_back(save(id, std::move(room)));
    if (!user.empty()) leaves_us(user, event_id, heard);
}

/// They have no room with us any more, unless there is another one.
void Rooms::leaves_us(const std::string& user, const std::string& event_id, Heard& heard) {
    if (!direct_room(user).empty()) return;
    Inbound inbound;
    inbound.kind = Inbound::Kind::left;
    inbound.handle = user;
    inbound.key = event_id;
    heard.inbounds.push_back(std::move(inbound));
}

// ------------------------------------------------------------------------------------------------ joined rooms

void Rooms::read_joined(const std::string& id, const nlohmann::json& joined, const Reading& reading, Heard& heard) {
    const Room* known = find(id);
    Place place{id, known ? *known : Room{}, heard, reading};
    place.was_known = known && known->stage == Room::Stage::joined;
    place.just_joined = !place.was_known;
    const Room before = place.room;
    place.room.stage = place.room.successor.empty() ? Room::Stage::joined : Room::Stage::replaced;
    // A timeline may go back to an earlier stay of ours: the newest joining is the one that counts.
    for (const char* part : {"state", "timeline"}) {
        for (const json& raw : events(joined, part)) {
            const std::string type = text_at(raw, "type");
            if (type == "m.room.create" && text_at(raw, "sender") == us_.user_id) place.room.ours = true;
            const bool about_us = type == "m.room.member" && text_at(raw, "state_key") == us_.user_id;
            if (about_us && text_at(objects(raw, "content"), "membership") == "join")
                place.our_join = text_at(raw, "event_id");
        }
    }
    look_who_reads(place, joined);
    for (const json& raw : events(joined, "state")) read_state(place, raw);
    if (const json* after = member(joined, "state_after")) {
        if (const json* list = member(*after, "events"); list && list->is_array()) {
            for (const json& raw : *list) read_state(place, raw);
        }
    }
    if (place.just_joined) not_alone(place, {});
    for (const json& raw : events(joined, "state")) {
        if (text_at(raw, "event_id") == place.our_join) read_event(place, raw);
    }
    if (const json* missed = reading.missed ? member(*reading.missed, id.c_str()) : nullptr) {
        for (const json& raw : *missed) read_event(place, raw);
    }
    for (const json& raw : events(joined, "timeline")) read_event(place, raw);
    not_alone(place, {});
    if (!place.was_known || place.room != before) heard.rows.push_back(save(id, std::move(place.room)));
}

/// Two people and no name is a direct room if nobody said what it is. And a room is not what was said of it if others
/// read it, whom a homeserver may count and not show.
void Rooms::look_who_reads(Place& place, const nlohmann::json& joined) {
    const json& summary = objects(joined, "summary");
    constexpr std::int64_t kMany = 1'000'000;  // whatever a homeserver says: more than that tell no more
    const auto count = [&](const char* key) { return std::clamp<std::int64_t>(number_at(summary, key), 0, kMany); };
    const json* heroes = member(summary, "m.heroes");
    const bool one = heroes && heroes->is_array() && heroes->size() == 1 && heroes->front().is_string();
    const std::string hero = one ? heroes->front().get<std::string>() : std::string();
    if (!hero.empty() && hero != us_.user_id) place.readers.insert(hero);
    place.people = count("m.joined_member_count");
    for (const json& raw : events(joined, "state")) {
        const RoomEvent event = parse_event(raw, us_);
        const bool joins = event.member && event.member->membership == "join" && event.member->user != us_.user_id;
        if (joins && place.just_joined) place.readers.insert(event.member->user);
    }
    Room& room = place.room;
    // Of a room that we have made ourselves we know what it is.
    if (room.kind != Room::Kind::unknown || summary.empty() || (room.ours && !place.reading.first)) return;
    const bool two = place.people + count("m.invited_member_count") == 2 && place.readers.contains(hero);
    room.kind = two ? Room::Kind::direct : Room::Kind::group;
    if (two) room.user = hero;
}

void Rooms::read_state(Place& place, const nlohmann::json& raw) {
    const std::string type = text_at(raw, "type");
    const json& content = objects(raw, "content");
    if (!text_at(raw, "state_key").empty()) return;  // of a member, or of nothing that has a meaning
    if (type == "m.room.encryption") place.room.encrypted = true;
    if (type == "m.room.create" && place.room.predecessor.empty())
        place.room.predecessor = text_at(objects(content, "predecessor"), "room_id");
    if (type == "m.room.tombstone") {
        const std::string successor = text_at(content, "replacement_room");
        if (successor.empty() || place.room.successor == successor) return;
        place.room.successor = successor;
        place.room.stage = Room::Stage::replaced;
        if (find(successor)) return;
        Task task;
        task.kind = Task::Kind::join;
        task.id = "join:" + successor;
        task.room = successor;
        task.user = text_at(raw, "sender");
        add_task(place.heard, std::move(task));
    }
    if (type != "m.room.power_levels") return;
    const std::int64_t ours =
        number_at(objects(content, "users"), us_.user_id.c_str(), number_at(content, "users_default"));
    const char* sends = place.room.encrypted ? "m.room.encrypted" : "m.room.message";
    const std::int64_t needed = number_at(objects(content, "events"), sends, number_at(content, "events_default"));
    const bool muted = ours < needed;
    if (place.room.muted && !muted) place.heard.freed.push_back(place.id);
    place.room.muted = muted;
}

void Rooms::read_event(Place& place, const nlohmann::json& raw) {
    if (is_state(raw)) read_state(place, raw);
    const RoomEvent event = parse_event(raw, us_);
    if (event.event_id.empty() || event.sender.empty()) return;
    if (event.kind == RoomEvent::Kind::member) return read_member(place, event);
    // A homeserver need not say so for people to do it.
    if (event.kind == RoomEvent::Kind::encrypted || member(raw, kWasSealed)) place.room.encrypted = true;
    if (event.kind == RoomEvent::Kind::encrypted && !can_encrypt_) {
        return decline(place.id,
                       "This room is encrypted, and this bot cannot read it. Please make one with encryption off.",
                       place.heard);
    }
    if (event.sender == us_.user_id) {
        paces_[place.id].spoke = event.origin_server_ts;
        // Noted here, too: a reaction to it is read after it, but perhaps before we know that it has arrived.
        const auto asking = asking_.find(event.transaction_id.substr(0, event.transaction_id.rfind('-')));
        if (asking != asking_.end())
            asking->second = place.room.prompt = event.kind == RoomEvent::Kind::edit ? event.target : event.event_id;
        return;
    }
    if (place.room.stage == Room::Stage::replaced) return;
    if (place.reading.first) return;  // history of an account that was somebody else's before
    if (event.membership == "leave" || event.membership == "ban") return;
    const std::int64_t age = place.reading.now > 0 ? place.reading.now - event.origin_server_ts : 0;
    const bool early = event.membership.empty() ? place.just_joined : event.membership != "join";
    if (early && (place.room.kind != Room::Kind::direct || event.sender != place.room.user || age > kBeforeJoin))
        return;
    switch (event.kind) {
        case RoomEvent::Kind::text:
        case RoomEvent::Kind::emote:
            return read_text(place, event);
        case RoomEvent::Kind::reaction:
            return read_reaction(place, event);
        case RoomEvent::Kind::media: {
            if (!is_theirs(place, event)) return;
            Inbound inbound;
            inbound.kind = Inbound::Kind::unreadable;
            inbound.handle = event.sender;
            inbound.key = event.event_id;
            return add_inbound(place, std::move(inbound));
        }
        case RoomEvent::Kind::edit:
        case RoomEvent::Kind::redaction: {
            if (event.target.empty()) return;
            Inbound inbound;
            const bool edit = event.kind == RoomEvent::Kind::edit;
            inbound.kind = edit ? Inbound::Kind::edited : Inbound::Kind::withdrawn;
            // What was said in a room stays said. What strangers do there is no business of ours.
            if (!is_theirs(place, event) && (edit || !place.room.talk)) return;
            inbound.handle = event.sender;
            inbound.key = event.event_id;
            inbound.target = event.target;
            inbound.text = event.text;
            const Room& room = place.room;
            if (!edit && (event.target == room.reaction || event.target == room.last_reaction)) {
                if (event.target != room.last_reaction) return;  // another one stands in its place
                inbound.target = room.reaction;
                place.room.answered.clear();
            }
            return add_inbound(place, std::move(inbound));
        }
        default:
            return;
    }
}

void Rooms::read_member(Place& place, const RoomEvent& event) {
    if (!event.member) return;
    const std::string& who = event.member->user;
    const std::string& membership = event.member->membership;
    if (who == us_.user_id) {
        if (membership == "join" && place.just_joined && event.event_id == place.our_join) comes_in(place, event);
        return;
    }
    const bool lives = place.room.stage != Room::Stage::replaced && !place.reading.first;
    if (lives && place.room.talk && membership == "join" && !place.room.provisional && !takes_part(place.room, who))
        return stop_talk(place, event.event_id);
    if (place.room.kind != Room::Kind::direct || !lives) return;
    if (who != place.room.user) {
        if (membership != "join") return;
        place.readers.insert(who);
        if (!place.just_joined) not_alone(place, event.event_id);
    } else if ((membership == "leave" || membership == "ban") && !place.just_joined) {
        // Nobody whom we know can come back to it.
        place.room.kind = Room::Kind::group;
        place.room.noticed = true;
        rooms_[place.id] = place.room;
        leaves_us(who, event.event_id, place.heard);
        (direct_room(who).empty() ? place.heard.left : place.heard.exposed).push_back(place.id);
        decline(place.id, {}, place.heard);
    }
}

/// Somebody else can read along: what was private is not said here any more.
void Rooms::not_alone(Place& place, const std::string& event_id) {
    Room& room = place.room;
    const bool alone = place.people <= 2 && std::all_of(place.readers.begin(),
                                                        place.readers.end(),
                                                        [&](const std::string& reader) { return reader == room.user; });
    if (alone || room.kind != Room::Kind::direct || room.stage == Room::Stage::replaced) return;
    room.kind = Room::Kind::group;
    if (place.just_joined) return place.heard.exposed.push_back(place.id);  // nothing private has been said
    room.noticed = true;
    place.heard.exposed.push_back(place.id);
    Task task;
    task.id = event_id.empty() ? "not-alone:" + place.id : event_id;
    task.room = place.id;
    task.user = room.user;
    task.text = "not-alone";
    add_task(place.heard, std::move(task));
}

/// Somebody who takes no part has come in: the talk goes on in another room.
void Rooms::stop_talk(Place& place, const std::string& event_id) {
    place.room.talk = {};
    place.room.kind = Room::Kind::group;
    place.heard.exposed.push_back(place.id);
    Task task;
    task.id = event_id;
    task.room = place.id;
    task.user = place.room.user;
    task.text = "not-here";
    add_task(place.heard, std::move(task));
}

/// We have come into the room.
void Rooms::comes_in(Place& place, const RoomEvent& event) {
    Room& room = place.room;
    place.heard.freed.push_back(place.id);
    if (place.reading.first || (room.ours && room.kind == Room::Kind::unknown)) {
        place.just_joined = false;
        return;
    }
    if (const Room* before = find(room.predecessor); before && before->successor == place.id) {
        // The room goes on here, with all that it was.
        Room old = *before;
        room.kind = old.kind;
        room.user = old.user;
        room.talk = old.talk;
        room.people = old.people;
        room.noticed = old.noticed;
        room.encrypted = room.encrypted || (old.encrypted && can_encrypt_);
        old.stage = Room::Stage::replaced;
        place.heard.rows.push_back(save(room.predecessor, std::move(old)));
        place.heard.replaced.emplace_back(room.predecessor, place.id);
    }
    const bool went_on = room.kind != Room::Kind::direct && !place.heard.replaced.empty() &&
                         place.heard.replaced.back().second == place.id;
    not_alone(place, {});
    place.just_joined = false;
    if (went_on) return;
    if (room.kind == Room::Kind::direct) {
        Inbound inbound;
        inbound.kind = Inbound::Kind::joined;
        inbound.handle = room.user;
        inbound.key = event.event_id;
        place.heard.inbounds.push_back(std::move(inbound));
        for (Inbound& early : place.before_join) place.heard.inbounds.push_back(std::move(early));
        place.before_join.clear();
        talks_here(place);
        return;
    }
    if (room.kind != Room::Kind::group || room.noticed) return;
    room.noticed = true;
    Task task;
    task.id = event.event_id;
    task.room = place.id;
    task.user = room.user;
    task.text = "group-notice";
    add_task(place.heard, std::move(task));
}

/// From now on what is private to them is said here, whichever other rooms they have made.
void Rooms::talks_here(Place& place) {
    place.room.aside = false;
    for (auto& [id, room] : rooms_) {
        if (room.kind != Room::Kind::direct || room.aside || room.user != place.room.user || id == place.id) continue;
        room.aside = true;
        place.heard.rows.push_back({std::string(kRoomRow) + id, to_text(room)});
    }
}

void Rooms::add_inbound(Place& place, Inbound inbound) {
    inbound.reachable = true;
    if (place.room.kind == Room::Kind::direct) talks_here(place);
    place.heard.receipts[place.id] = inbound.key;
    // What was typed before our joining is heard after the greeting.
    (place.just_joined && !place.was_known ? place.before_join : place.heard.inbounds).push_back(std::move(inbound));
}

/// Done in a direct room by whoever it is theirs.
bool Rooms::is_theirs(const Place& place, const RoomEvent& event) {
    return place.room.kind == Room::Kind::direct && event.sender == place.room.user;
}

bool Rooms::is_machine(const std::string& room, std::int64_t at) {
    Pace& pace = paces_[room];
    const bool quick = at >= pace.spoke && at - pace.spoke < kQuick;
    pace.quick = quick ? pace.quick + 1 : 0;
    return pace.quick > kMostQuick;
}

void Rooms::read_text(Place& place, const RoomEvent& event) {
    Room& room = place.room;
    if (event.text.empty()) return;
    const bool direct = room.kind == Room::Kind::direct;
    const bool in_talk = room.talk && !room.provisional && takes_part(room, event.sender);
    if (!direct && read_command(place, event)) return;
    if (direct ? !is_theirs(place, event) : !in_talk) {
        if (!event.mentions_us || room.kind != Room::Kind::group) return;
        Task task;
        task.id = event.event_id;
        task.room = place.id;
        task.user = event.sender;
        task.text = "group-notice";
        task.thread = event.thread_root;
        if (!is_machine(place.id, event.origin_server_ts)) add_task(place.heard, std::move(task));
        return;
    }
    if (is_machine(place.id, event.origin_server_ts)) {
        place.heard.reports.push_back("answers come faster than anybody reads, so they are not taken user=" +
                                      event.sender);
        return;
    }
    if (direct && read_command(place, event)) return;
    if (direct) room.thread = event.thread_root;
    room.answered.clear();  // what a reaction answered before is past
    Inbound inbound;
    inbound.handle = event.sender;
    inbound.key = event.event_id;
    inbound.text = event.text;
    inbound.room = direct ? engine::ConversationId{} : room.talk;
    inbound.seen = inbound.room && room.people.size() > 1;
    const std::string code = direct ? text::code_in(event.text) : std::string();
    if (!code.empty()) {
        inbound.kind = Inbound::Kind::code;
        inbound.text = code;
    } else if (place.reading.now > 0 && place.reading.now - event.origin_server_ts > kTooOld && !inbound.room) {
        inbound.kind = Inbound::Kind::late;
    }
    add_inbound(place, std::move(inbound));
}

/// What the adapter does by itself, in a direct room or in one of several people. False if it is none of that: then it
/// is what they say, whatever it begins with.
bool Rooms::read_command(Place& place, const RoomEvent& event) {
    const Room& room = place.room;
    const bool direct = room.kind == Room::Kind::direct;
    Task task;
    if (direct && event.text == "!browser") {
        task.kind = Task::Kind::browser;
    } else if (direct && event.text == "!link") {
        task.kind = Task::Kind::link;
    } else if (room.kind == Room::Kind::group && event.text == "!here") {
        task.kind = Task::Kind::here;
    } else if (room.kind == Room::Kind::group && room.talk && event.text == "!in") {
        task.kind = Task::Kind::in;
    } else {
        return false;
    }
    task.id = event.event_id;
    task.room = place.id;
    task.user = event.sender;
    task.thread = event.thread_root;
    place.heard.receipts[place.id] = event.event_id;
    add_task(place.heard, std::move(task));
    return true;
}

void Rooms::read_reaction(Place& place, const RoomEvent& event) {
    Room& room = place.room;
    if (!is_theirs(place, event) || event.target.empty() || event.text.empty()) return;
    Inbound inbound;
    inbound.handle = event.sender;
    inbound.text = event.text;
    inbound.key = event.event_id;
    if (event.target == room.answered) {  // another one on the same prompt: they have changed their mind
        inbound.kind = Inbound::Kind::edited;
        inbound.target = room.reaction;
        room.last_reaction = event.event_id;
    } else if (event.target == room.prompt) {
        room.answered = event.target;
        room.reaction = room.last_reaction = event.event_id;
    } else {
        return;  // on something that is long past
    }
    add_inbound(place, std::move(inbound));
}

}  // namespace reweave::matrix
