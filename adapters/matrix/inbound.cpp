#include "adapters/matrix/inbound.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "adapters/common/safe_text.hpp"

namespace reweave::matrix {
namespace {

using nlohmann::json;
using EventKind = RoomEvent::Kind;

constexpr std::string_view kBlanks = " \t\r\n";

/// Null if there is no such thing or `in` is no object.
const json* at(const json* in, const char* key) {
    if (!in || !in->is_object()) return nullptr;
    const auto it = in->find(key);
    return it == in->end() ? nullptr : &*it;
}

const std::string* string_at(const json* in, const char* key) {
    const json* value = at(in, key);
    return value ? value->get_ptr<const std::string*>() : nullptr;
}

std::string copy_at(const json* in, const char* key) {
    const std::string* value = string_at(in, key);
    return value ? std::string(text::cut_bytes(*value, kTextBytes)) : std::string();
}

bool true_at(const json* in, const char* key) {
    const json* value = at(in, key);
    return value && value->is_boolean() && value->get<bool>();
}

std::int64_t time_at(const json* in, const char* key) {
    const json* value = at(in, key);
    if (!value || !value->is_number_integer()) return 0;
    if (value->is_number_unsigned() &&
        value->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return 0;
    return std::max<std::int64_t>(0, value->get<std::int64_t>());
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Letters of ASCII count as the same in both cases.
bool begins_with(std::string_view text, std::string_view beginning) {
    return text.size() >= beginning.size() &&
           std::equal(
               beginning.begin(), beginning.end(), text.begin(), [](char a, char b) { return lower(a) == lower(b); });
}

bool is_blank(char c) {
    return kBlanks.find(c) != std::string_view::npos;
}

std::string_view without_blanks_before(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    return text;
}

/// What replies once repeated of the message they answer: lines that begin with ">", the first with its sender.
std::string_view without_quote(std::string_view body) {
    constexpr std::string_view kEnd = "</mx-reply>";
    if (body.starts_with("<mx-reply>")) {
        const std::size_t end = body.find(kEnd);
        return end == std::string_view::npos ? body : without_blanks_before(body.substr(end + kEnd.size()));
    }
    if (!body.starts_with("> <@") && !body.starts_with("> * <@")) return body;
    while (body.starts_with('>')) body.remove_prefix(std::min(body.find('\n'), body.size() - 1) + 1);
    if (body.starts_with('\n')) body.remove_prefix(1);
    return body;
}

std::string percent_encoded(std::string_view user) {
    std::string out;
    for (const char c : user) {
        if (c == '@')
            out += "%40";
        else if (c == ':')
            out += "%3A";
        else
            out += c;
    }
    return out;
}

/// A link to us in it, outside what a reply repeats.
bool has_pill(std::string_view html, std::string_view user) {
    if (user.empty()) return false;
    if (const std::size_t end = html.rfind("</mx-reply>"); end != std::string_view::npos) html.remove_prefix(end);
    for (const std::string& id : {std::string(user), percent_encoded(user)}) {
        const std::string link = "https://matrix.to/#/" + id;
        for (std::size_t i = html.find(link); i != std::string_view::npos; i = html.find(link, i + 1)) {
            const std::string_view after = html.substr(i + link.size());
            if (!after.empty() && std::string_view("\"'?").find(after.front()) != std::string_view::npos) return true;
        }
    }
    return false;
}

bool is_listed(const json* mentions, const std::string& user) {
    const json* users = at(mentions, "user_ids");
    return users && users->is_array() && std::any_of(users->begin(), users->end(), [&](const json& one) {
               const auto* id = one.get_ptr<const std::string*>();
               return id && *id == user;
           });
}

/// What comes after our name at the beginning of a text; nothing if it does not begin with it. A bare name, as in "Rose
/// tinted", is one only if it is `known` that we are mentioned.
std::optional<std::string_view> after_our_name(std::string_view text, const Ourselves& us, bool known) {
    const std::string_view id = us.user_id;
    const std::string_view local = id.substr(0, id.find(':'));  // with its @
    const std::string at_name = us.name.empty() ? std::string() : "@" + us.name;
    text = without_blanks_before(text);
    for (const std::string_view name : {id, std::string_view(at_name), local, std::string_view(us.name)}) {
        if (name.empty() || !begins_with(text, name)) continue;
        std::string_view rest = text.substr(name.size());
        const bool colon = rest.starts_with(':') || rest.starts_with(',');
        if (colon) rest.remove_prefix(1);
        const bool ends = rest.empty() || is_blank(rest.front());
        // "@reweave:elsewhere.org" is somebody else.
        if (!ends && !(colon && name.front() != '@')) continue;
        if (!colon && name.front() != '@' && !known) continue;
        return without_blanks_before(rest);
    }
    return std::nullopt;
}

/// `relation`: of the event that the message is, or that it edits with new content.
void read_words(const json* message, const json* relation, const Ourselves& us, RoomEvent& out) {
    std::string_view body = *string_at(message, "body");
    if (const json* reply = at(relation, "m.in_reply_to"); string_at(reply, "event_id")) body = without_quote(body);
    const std::string* html = string_at(message, "formatted_body");
    out.mentions_us = is_listed(at(message, "m.mentions"), us.user_id) || (html && has_pill(*html, us.user_id));
    if (const auto rest = after_our_name(body, us, out.mentions_us)) {
        out.mentions_us = true;
        body = *rest;
    }
    out.text = text::cut_bytes(body, kTextBytes);
}

EventKind kind_of(std::string_view msgtype) {
    if (msgtype == "m.text") return EventKind::text;
    if (msgtype == "m.emote") return EventKind::emote;
    if (msgtype == "m.notice") return EventKind::notice;
    constexpr std::array<std::string_view, 5> kMedia{"m.image", "m.audio", "m.video", "m.file", "m.location"};
    return std::find(kMedia.begin(), kMedia.end(), msgtype) != kMedia.end() ? EventKind::media : EventKind::other;
}

EventKind read_message(const json* content, const Ourselves& us, RoomEvent& out) {
    const json* relation = at(content, "m.relates_to");
    const std::string* how = string_at(relation, "rel_type");
    const bool edit = how && *how == "m.replace";
    const json* message = edit ? at(content, "m.new_content") : content;
    const std::string* msgtype = string_at(message, "msgtype");
    if (!msgtype || !string_at(message, "body") || (edit && out.target.empty())) return EventKind::other;
    const EventKind kind = kind_of(*msgtype);
    const bool words = kind == EventKind::text || kind == EventKind::emote || kind == EventKind::notice;
    if (words) read_words(message, edit ? nullptr : relation, us, out);
    return !edit || kind == EventKind::notice ? kind : words ? EventKind::edit : EventKind::other;
}

void read_relation(const json* content, RoomEvent& out) {
    const json* relation = at(content, "m.relates_to");
    const std::string* how = string_at(relation, "rel_type");
    if (how && *how == "m.thread") {
        out.thread_root = copy_at(relation, "event_id");
        if (true_at(relation, "is_falling_back")) return;
    } else if (how) {
        out.target = copy_at(relation, "event_id");
        return;
    }
    out.target = copy_at(at(relation, "m.in_reply_to"), "event_id");
}

EventKind read_reaction(const json* content, RoomEvent& out) {
    const json* relation = at(content, "m.relates_to");
    const std::string* how = string_at(relation, "rel_type");
    const std::string* key = string_at(relation, "key");
    if (!how || *how != "m.annotation" || !key || out.target.empty()) return EventKind::other;
    out.text = reaction_text(*key);
    return out.text.empty() ? EventKind::other : EventKind::reaction;
}

/// In old rooms the server vouches only for the id at the top, so that one counts if there are two.
EventKind read_redaction(const json* event, RoomEvent& out) {
    out.target = copy_at(event, "redacts");
    if (out.target.empty()) out.target = copy_at(at(event, "content"), "redacts");
    return out.target.empty() ? EventKind::other : EventKind::redaction;
}

EventKind read_state(const json* content, const std::string& key, RoomEvent& out) {
    if (out.type == "m.room.member") {
        const std::string membership = copy_at(content, "membership");
        if (key.empty() || membership.empty()) return EventKind::other;
        out.member = {key, membership, true_at(content, "is_direct")};
        return EventKind::member;
    }
    if (!key.empty() || !content) return EventKind::other;
    if (out.type == "m.room.power_levels") return EventKind::power;
    if (out.type != "m.room.tombstone") return EventKind::other;
    out.target = copy_at(content, "replacement_room");
    return EventKind::tombstone;
}

}  // namespace

std::string reaction_text(std::string_view key) {
    constexpr std::string_view kVariation = "\uFE0F", kKeycap = "\u20E3", kTen = "\U0001F51F", kFullWidth = "\uFF10";
    key = text::cut_bytes(key, kTextBytes);
    std::string out;
    while (!key.empty()) {
        if (key.starts_with(kVariation)) {
            key.remove_prefix(kVariation.size());
        } else if (key.starts_with(kFullWidth.substr(0, 2)) && key.size() > 2 && key[2] >= kFullWidth[2] &&
                   key[2] <= kFullWidth[2] + 9) {
            out += static_cast<char>('0' + (key[2] - kFullWidth[2]));
            key.remove_prefix(kFullWidth.size());
        } else {
            out += key.front();
            key.remove_prefix(1);
        }
    }
    if (out == kTen) return "10";
    if (out.size() == 1 + kKeycap.size() && out.ends_with(kKeycap) && out[0] >= '0' && out[0] <= '9') out.resize(1);
    return out;
}

RoomEvent parse_event(const json& event, const Ourselves& us) {
    RoomEvent out;
    out.event_id = copy_at(&event, "event_id");
    out.sender = copy_at(&event, "sender");
    out.type = copy_at(&event, "type");
    out.origin_server_ts = time_at(&event, "origin_server_ts");
    const json* more = at(&event, "unsigned");
    out.membership = copy_at(more, "membership");
    out.transaction_id = copy_at(more, "transaction_id");
    const json* content = at(&event, "content");
    const json* taken_back = at(more, "redacted_because");
    if (out.event_id.empty() || out.sender.empty() || !content || !content->is_object()) return out;
    if (const json* key = at(&event, "state_key")) {
        if (const auto* text = key->get_ptr<const std::string*>()) out.kind = read_state(content, *text, out);
        return out;
    }
    if (out.type == "m.room.redaction") {
        out.kind = read_redaction(&event, out);
        return out;
    }
    if (taken_back && !taken_back->is_null()) return out;
    read_relation(content, out);
    if (out.type == "m.room.message")
        out.kind = read_message(content, us, out);
    else if (out.type == "m.reaction")
        out.kind = read_reaction(content, out);
    else if (out.type == "m.sticker")
        out.kind = EventKind::media;
    else if (out.type == "m.room.encrypted")
        out.kind = EventKind::encrypted;
    return out;
}

}  // namespace reweave::matrix
