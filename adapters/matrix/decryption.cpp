#include "adapters/matrix/decryption.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "adapters/common/fields.hpp"

namespace reweave::matrix {
namespace {

using nlohmann::json;

constexpr std::int64_t kPatience = kMinute;          ///< until somebody is told that we could not read it
constexpr std::int64_t kGiveUp = 24 * 60 * kMinute;  ///< no key comes any more
constexpr std::size_t kMostHeld = 1000;
constexpr std::size_t kMostHeldOfOne = 100;  ///< of one person
constexpr int kBits = 64;

json* events_at(json& all, const char* key) {
    if (!all.is_object()) return nullptr;
    const auto section = all.find(key);
    if (section == all.end() || !section->is_object()) return nullptr;
    const auto events = section->find("events");
    return events == section->end() || !events->is_array() ? nullptr : &*events;
}

/// What else may be there is replaced.
json& object_in(json& all, const char* key) {
    json& found = all[key];
    if (!found.is_object()) found = json::object();
    return found;
}

/// One that was taken back has no content any more.
bool is_encrypted(const json& event) {
    const json* content = member(event, "content");
    return text_at(event, "type") == "m.room.encrypted" && !member(event, "state_key") && content &&
           content->is_object() && !content->empty() && !text_at(event, "event_id").empty();
}

/// Why a key was withheld, as the specification has it; anything else is what somebody wrote, and not for a log.
std::string withheld_code(const std::string& code) {
    constexpr std::array<std::string_view, 6> kCodes{
        "m.blacklisted", "m.unverified", "m.unauthorised", "m.unavailable", "m.no_olm", "m.history_not_shared"};
    return std::find(kCodes.begin(), kCodes.end(), code) == kCodes.end() ? "for another reason" : code;
}

bool is_about_verification(const json& event) {
    constexpr std::string_view kVerification = "m.key.verification.";
    const json* content = member(event, "content");
    return text_at(event, "type").starts_with(kVerification) ||
           (content && text_at(*content, "msgtype").starts_with(kVerification));
}

/// Causes for which nothing helps but another device, or a verified one.
bool is_about_device(const std::string& cause) {
    return cause == "unsigned_device" || cause == "unknown_device" || cause == "insecure_source" ||
           cause == "mismatched_sender" || cause == "changed_identity";
}

}  // namespace

void Decryption::restore(const std::vector<engine::ChannelRow>& rows) {
    for (const engine::ChannelRow& row : rows) {
        const json all = json::parse(row.value, nullptr, false);
        if (row.key.starts_with(kSessionRow)) {
            heard_[row.key.substr(kSessionRow.size())] = {number_at(all, "last", -1),
                                                          static_cast<std::uint64_t>(number_at(all, "bits"))};
        } else if (row.key.starts_with(kHeldRow)) {
            Held held;
            held.room = text_at(all, "room");
            held.sender = text_at(all, "sender");
            held.session = text_at(all, "session");
            held.cause = text_at(all, "cause");
            held.event = text_at(all, "event");
            held.since = number_at(all, "since");
            held.order = number_at(all, "order");
            held.said = all.is_object() && all.value("said", false);
            next_order_ = std::max(next_order_, held.order + 1);
            held_[row.key.substr(kHeldRow.size())] = std::move(held);
        }
    }
    all_again_ = !held_.empty();
}

engine::ChannelRow Decryption::row(const std::string& id, const Held& held) {
    const json all = {{"room", held.room},
                      {"sender", held.sender},
                      {"session", held.session},
                      {"cause", held.cause},
                      {"event", held.event},
                      {"since", held.since},
                      {"order", held.order},
                      {"said", held.said}};
    return {std::string(kHeldRow) + id, all.dump()};
}

Awaitable<Decryption::Came> Decryption::read(json& sync, json& missed, const Reading& reading) {
    Came came;
    if (reading.first) co_return came;
    Late late = co_await try_again(reading, came);
    for (auto& [room, events] : missed.items()) co_await open_all(room, events, reading, came);
    json& joined = object_in(object_in(sync, "rooms"), "join");
    for (auto& [room, parts] : joined.items()) {
        json* events = events_at(parts, "timeline");
        if (events) co_await open_all(room, *events, reading, came);
    }
    for (auto& [room, events] : late) {
        json& before = missed[room];
        if (before.is_array()) events.insert(events.end(), before.begin(), before.end());
        before = std::move(events);
        joined.emplace(room, json::object());
    }
    co_return came;
}

Awaitable<void> Decryption::open_all(const std::string& room, json& events, const Reading& reading, Came& came) {
    const Room* known = rooms_.find(room);
    const bool encrypted = known && known->encrypted;
    for (json& event : events) {
        if (encrypted && strict_) drop_plain(room, event, came);
        if (is_about_verification(event)) co_await look_at_(room, event);
        take_back(room, event, came);
        if (!is_encrypted(event)) continue;
        std::string cause;
        const Result result = co_await open(room, event, came, cause);
        if (result == Result::held) hold(room, event, cause, reading, came);
    }
}

/// Replaces the event by what it says.
Awaitable<Decryption::Result> Decryption::open(const std::string& room, json& event, Came& came, std::string& cause) {
    const json answer = co_await decrypt_(room, event);
    cause = text_at(answer, "unable");
    if (!cause.empty()) {
        if (const std::string withheld = text_at(answer, "withheld"); !withheld.empty())
            cause += " " + withheld_code(withheld);
        co_return Result::held;
    }
    const json* inside = member(answer, "event");
    const std::string type = inside ? text_at(*inside, "type") : std::string();
    const std::string code = text_at(answer, "code");
    if (code == "mismatched_sender") {  // somebody at a homeserver writes in another one's name
        ++unreadable_[code];
        came.reports.push_back("an encrypted message is not from whom it says room=" + room);
        co_return Result::dropped;
    }
    const bool known_kind = type == "m.room.message" || type == "m.reaction" || type == "m.sticker";
    if (!known_kind || !member(*inside, "content")) co_return Result::dropped;
    if (!first_time(text_at(answer, "session"), number_at(answer, "index", -1), came)) {
        ++unreadable_["replay"];
        co_return Result::dropped;
    }
    event["type"] = type;
    event["content"] = inside->at("content");
    event[Rooms::kWasSealed] = true;
    co_return Result::read;
}

bool Decryption::first_time(const std::string& session, std::int64_t index, Came& came) {
    if (session.empty() || index < 0) return true;
    Heard& heard = heard_[session];
    if (index > heard.last) {
        const std::int64_t step = index - heard.last;
        heard.bits = heard.last < 0 || step >= kBits ? 1 : (heard.bits << static_cast<unsigned>(step)) | 1U;
        heard.last = index;
    } else {
        const std::int64_t back = heard.last - index;
        if (back >= kBits || ((heard.bits >> static_cast<unsigned>(back)) & 1U) != 0) return false;
        heard.bits |= std::uint64_t{1} << static_cast<unsigned>(back);
    }
    const json all = {{"last", heard.last}, {"bits", static_cast<std::int64_t>(heard.bits)}};
    came.rows.push_back({std::string(kSessionRow) + session, all.dump()});
    return true;
}

/// Keys have come, or it is time to say that they have not.
Awaitable<Decryption::Late> Decryption::try_again(const Reading& reading, Came& came) {
    std::vector<std::pair<std::int64_t, std::string>> order;
    for (const auto& [id, held] : held_) order.emplace_back(held.order, id);
    std::sort(order.begin(), order.end());
    Late read;
    for (const auto& [place, id] : order) {
        Held& held = held_.at(id);
        if (const Room* room = rooms_.find(held.room); !room || room->stage != Room::Stage::joined) {
            came.rows.push_back({std::string(kHeldRow) + id, {}});
            held_.erase(id);
            continue;
        }
        const bool has_key = all_again_ || std::find(reading.new_keys.begin(), reading.new_keys.end(), held.session) !=
                                               reading.new_keys.end();
        const bool due = !held.said && reading.now - held.since >= kPatience;
        if (has_key || due) {
            json event = json::parse(held.event, nullptr, false);
            std::string cause;
            const Result result = co_await open(held.room, event, came, cause);
            if (result != Result::held) {
                if (result == Result::read) {
                    if (!read[held.room].is_array()) read[held.room] = json::array();
                    read[held.room].push_back(std::move(event));
                }
                came.rows.push_back({std::string(kHeldRow) + id, {}});
                held_.erase(id);
                continue;
            }
            held.cause = cause;
        }
        if (due) tell(id, held, came);
        if (reading.now - held.since >= kGiveUp) {
            came.rows.push_back({std::string(kHeldRow) + id, {}});
            held_.erase(id);
        }
    }
    all_again_ = false;
    co_return read;
}

/// What its sender has deleted before it could be read is not read later, and nobody is told of it.
void Decryption::take_back(const std::string& room, const json& event, Came& came) {
    const RoomEvent redaction = parse_event(event, us_);
    if (redaction.kind != RoomEvent::Kind::redaction) return;
    const auto found = held_.find(redaction.target);
    if (found == held_.end() || found->second.room != room) return;
    came.rows.push_back({std::string(kHeldRow) + found->first, {}});
    held_.erase(found);
}

/// Keeps what its sender meant for us to read and can still matter.
void Decryption::hold(
    const std::string& room, const json& event, const std::string& cause, const Reading& reading, Came& came) {
    Held held;
    held.room = room;
    held.sender = text_at(event, "sender");
    const std::int64_t now = reading.server_now > 0 ? reading.server_now : reading.now;
    const std::int64_t age = now - std::max<std::int64_t>(0, number_at(event, "origin_server_ts", now));
    const json* more = member(event, "unsigned");
    const std::string membership = more ? text_at(*more, "membership") : std::string();
    const bool before_us = membership == "leave" || membership == "ban" || membership == "knock";
    if (held.sender == us_.user_id || before_us || age > (membership == "invite" ? kBeforeJoin : kGiveUp)) return;
    ++unreadable_[cause];
    const auto of_them = std::count_if(
        held_.begin(), held_.end(), [&](const auto& other) { return other.second.sender == held.sender; });
    if (held_.size() >= kMostHeld || of_them >= static_cast<std::ptrdiff_t>(kMostHeldOfOne)) {
        came.reports.push_back("too many messages that cannot be read room=" + room);
        return;
    }
    came.reports.push_back("a message cannot be read yet room=" + room + ": " + cause);
    held.session = text_at(event.at("content"), "session_id");
    held.cause = cause;
    held.event = event.dump(-1, ' ', false, json::error_handler_t::replace);
    held.since = reading.now;
    held.order = next_order_++;
    const std::string id = text_at(event, "event_id");
    came.rows.push_back(row(id, held));
    held_[id] = std::move(held);
}

/// In strict mode what is not encrypted could be anybody's.
void Decryption::drop_plain(const std::string& room, json& event, Came& came) {
    const std::string type = text_at(event, "type");
    if ((type != "m.room.message" && type != "m.reaction") || member(event, "state_key")) return;
    Held held;
    held.room = room;
    held.sender = text_at(event, "sender");
    held.cause = "unsigned_device";
    const bool notice = text_at(object_at(event, "content"), "msgtype") == "m.notice";  // never to be answered
    event["type"] = "m.room.encrypted.not";
    if (held.sender == us_.user_id || notice) return;
    ++unreadable_["not_encrypted"];
    tell(text_at(event, "event_id"), held, came);
}

bool Decryption::is_for_us(const std::string& room_id, const std::string& sender) const {
    const Room* room = rooms_.find(room_id);
    if (!room || room->stage != Room::Stage::joined) return false;
    if (room->kind == Room::Kind::direct) return room->user == sender;
    return room->talk && std::find(room->people.begin(), room->people.end(), sender) != room->people.end();
}

/// Once for one session of a sender.
void Decryption::tell(const std::string& id, const Held& told, Came& came) {
    bool is_told = false;
    for (auto& [other_id, other] : held_) {
        const bool same = !told.session.empty() && other.session == told.session && other.sender == told.sender;
        if (!same && other_id != id) continue;
        is_told = is_told || (other.said && other_id != id);
        if (other.said) continue;
        other.said = true;
        came.rows.push_back(row(other_id, other));
    }
    if (is_told || !is_for_us(told.room, told.sender)) return;
    Task task;
    task.id = "unread:" + id;
    task.room = told.room;
    task.user = told.sender;
    task.text = is_about_device(told.cause) ? "unverified" : "undecryptable";
    came.rows.push_back({std::string(Rooms::kTaskRow) + task.id, to_text(task)});
    came.reports.push_back("somebody was told that a message could not be read room=" + told.room + ": " + told.cause);
    came.tasks.push_back(std::move(task));
}

std::int64_t Decryption::next_due() const {
    std::int64_t due = std::numeric_limits<std::int64_t>::max();
    for (const auto& [id, held] : held_) {
        if (!held.said) due = std::min(due, held.since + kPatience);
    }
    return due;
}

}  // namespace reweave::matrix
