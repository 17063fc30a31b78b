#include <array>
#include <charconv>
#include <chrono>

#include "bot/dialog/json_text.hpp"
#include "bot/server/wire.hpp"

// Written by hand and not through a JSON document: the message frame is on the path of every turn, and building a tree
// of it first costs several times as much as writing it down.

namespace reweave::server::wire {
namespace {

using dialog::append_json_number;
using dialog::append_json_string;
using dialog::RenderedBubble;
using dialog::RenderedChoice;
using dialog::RenderedQuestion;
using QuestionKind = RenderedQuestion::Kind;

void append_two(std::string& out, unsigned number) {
    out += static_cast<char>('0' + number / 10 % 10);
    out += static_cast<char>('0' + number % 10);
}

/// "2026-11-24T10:00:00Z", with its quotes.
void append(std::string& out, engine::TimePoint at) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
    out += '"';
    append_json_number(out, static_cast<int>(date.year()));
    out += '-';
    append_two(out, static_cast<unsigned>(date.month()));
    out += '-';
    append_two(out, static_cast<unsigned>(date.day()));
    out += 'T';
    append_two(out, static_cast<unsigned>(time.hours().count()));
    out += ':';
    append_two(out, static_cast<unsigned>(time.minutes().count()));
    out += ':';
    append_two(out, static_cast<unsigned>(time.seconds().count()));
    out += "Z\"";
}

/// Appends `,"key":`; keys are ours and need no escaping.
void key(std::string& out, std::string_view name) {
    out += ",\"";
    out += name;
    out += "\":";
}

void field(std::string& out, std::string_view name, std::string_view text) {
    key(out, name);
    append_json_string(out, text);
}

void field(std::string& out, std::string_view name, std::int64_t number) {
    key(out, name);
    append_json_number(out, number);
}

void field_if(std::string& out, std::string_view name, std::string_view text) {
    if (!text.empty()) field(out, name, text);
}

/// Appends an array, each item by `one(item)`.
template <class Items, class One>
void list(std::string& out, const Items& items, One one) {
    out += '[';
    bool first = true;
    for (const auto& item : items) {
        if (!first) out += ',';
        first = false;
        one(item);
    }
    out += ']';
}

/// A file name as one segment of a path.
void append_segment(std::string& out, std::string_view name) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '.' || c == '~';
        if (plain) {
            out += c;
        } else {
            out += '%';
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        }
    }
}

void append_help_line(std::string& out, const engine::HelpLine& line) {
    out += "{\"name\":";
    append_json_string(out, line.name);
    field_if(out, "call", line.call);
    field_if(out, "text", line.text);
    field_if(out, "web", line.web);
    field_if(out, "hours", line.hours);
    field_if(out, "checked", line.checked);
    out += '}';
}

void append_bubble(std::string& out,
                   const RenderedBubble& bubble,
                   std::int64_t conversation,
                   const std::vector<engine::HelpLine>* help) {
    switch (bubble.kind) {
        case RenderedBubble::Kind::text:
            out += R"({"kind":"text")";
            field(out, "text", bubble.text);
            break;
        case RenderedBubble::Kind::link:
            out += R"({"kind":"link")";
            field(out, "url", bubble.target);
            field(out, "text", bubble.text);
            break;
        case RenderedBubble::Kind::picture:
        case RenderedBubble::Kind::recording:
            out += bubble.kind == RenderedBubble::Kind::picture ? R"({"kind":"picture","url":"/media/)"
                                                                : R"({"kind":"recording","url":"/media/)";
            append_segment(out, bubble.target);
            out += '"';
            field(out, "text", bubble.text);
            break;
        case RenderedBubble::Kind::pace:
            out += R"({"kind":"pace")";
            field(out, "times", bubble.times);
            key(out, "beats");
            list(out, bubble.beats, [&](const dialog::Beat& beat) {
                out += "{\"words\":";
                append_json_string(out, beat.words);
                field(out, "seconds", beat.seconds);
                out += '}';
            });
            break;
        case RenderedBubble::Kind::help:
            out += R"({"kind":"help")";
            field(out, "title", bubble.text);
            key(out, "lines");
            list(out, help == nullptr ? std::vector<engine::HelpLine>() : *help, [&](const engine::HelpLine& line) {
                append_help_line(out, line);
            });
            break;
        case RenderedBubble::Kind::calendar:
            out += R"({"kind":"calendar","at":)";
            append(out, bubble.at);
            field(out, "title", bubble.text);
            break;
        case RenderedBubble::Kind::invite:
            out += R"({"kind":"invite")";
            field(out, "conversation", conversation);
            field(out, "role", bubble.role);
            field(out, "people", bubble.people);
            break;
    }
    out += '}';
}

void append_choices(std::string& out, const std::vector<RenderedChoice>& choices) {
    key(out, "choices");
    list(out, choices, [&](const RenderedChoice& choice) {
        out += "{\"id\":";
        append_json_string(out, choice.id);
        field(out, "label", choice.label);
        out += '}';
    });
}

/// The Done button of a paced exercise is a choice of one, so that a client needs to know nothing more to show it.
std::string_view kind_name(QuestionKind kind) {
    switch (kind) {
        case QuestionKind::choice:
        case QuestionKind::done:
            return "choice";
        case QuestionKind::scale:
            return "scale";
        case QuestionKind::words:
            return "words";
        case QuestionKind::number:
            return "number";
        case QuestionKind::length:
            return "length";
        case QuestionKind::moment:
            return "moment";
        case QuestionKind::feelings:
            return "feelings";
        case QuestionKind::needs:
            return "needs";
        case QuestionKind::country:
            return "country";
    }
    return "words";
}

void append_ask(std::string& out, const RenderedQuestion& ask, std::string_view id) {
    key(out, "ask");
    out += "{\"id\":";
    append_json_string(out, id);
    field(out, "kind", kind_name(ask.kind));
    switch (ask.kind) {
        case QuestionKind::choice:
        case QuestionKind::done:
        case QuestionKind::country:
            append_choices(out, ask.choices);
            field(out, "max", ask.max);
            break;
        case QuestionKind::scale:
            field(out, "from", ask.from);
            field(out, "to", ask.to);
            field_if(out, "low", ask.low);
            field_if(out, "high", ask.high);
            append_choices(out, ask.choices);
            break;
        case QuestionKind::words:
            key(out, "long");
            out += ask.long_text ? "true" : "false";
            field(out, "limit", static_cast<std::int64_t>(ask.long_text ? kMaxTextCharacters : kOneLineCharacters));
            break;
        case QuestionKind::number:
            if (ask.bounded) {
                field(out, "from", ask.from);
                field(out, "to", ask.to);
            }
            break;
        case QuestionKind::feelings:
        case QuestionKind::needs:
            field(out, "max", ask.max);
            key(out, "groups");
            list(out, ask.groups, [&](const dialog::RenderedGroup& group) {
                out += "{\"id\":";
                append_json_string(out, group.id);
                field(out, "label", group.label);
                append_choices(out, group.choices);
                out += '}';
            });
            break;
        case QuestionKind::length:
        case QuestionKind::moment:
            break;
    }
    out += R"(,"skip":true})";
}

void append_heard(std::string& out, const engine::Message::Heard& heard) {
    out += R"(,"heard":{"name":)";
    append_json_string(out, heard.name);
    if (heard.picks.empty()) {
        field(out, "text", heard.text);
    } else {
        key(out, "picks");
        list(out, heard.picks, [&](const std::string& label) { append_json_string(out, label); });
    }
    out += '}';
}

void append_room(std::string& out, const engine::RoomView& room) {
    out += R"({"id":)";
    append_json_number(out, room.id.value);
    field(out, "title", room.title);
    key(out, "with");
    list(out, room.others, [&](const std::string& name) { append_json_string(out, name); });
    out += room.open ? R"(,"open":true)" : R"(,"open":false)";
    if (room.paused) out += R"(,"paused":true)";
    if (!room.floor.empty()) {
        out += R"(,"floor":{"name":)";
        append_json_string(out, room.floor);
        out += room.floor_mine ? R"(,"mine":true)" : R"(,"mine":false)";
        if (room.floor_until != engine::TimePoint{}) {
            key(out, "until");
            append(out, room.floor_until);
        }
        out += '}';
    }
    field(out, "readers", room.readers);
    out += '}';
}

void append_message(std::string& out, const engine::Message& message, std::string_view readers) {
    out += R"({"type":"message","seq":)";
    append_json_number(out, message.seq);
    key(out, "at");
    append(out, message.at);
    if (message.you_text) {
        out += R"(,"you":{"text":)";
        append_json_string(out, *message.you_text);
        out += '}';
    } else if (!message.you_picks.empty()) {
        out += R"(,"you":{"picks":)";
        list(out, message.you_picks, [&](const std::string& label) { append_json_string(out, label); });
        out += '}';
    }
    if (message.heard) append_heard(out, *message.heard);
    key(out, "bubbles");
    auto help = message.help.begin();
    list(out, message.bubbles, [&](const RenderedBubble& bubble) {
        const bool takes_lines = bubble.kind == RenderedBubble::Kind::help && help != message.help.end();
        append_bubble(out, bubble, message.conversation.value, takes_lines ? &*help++ : nullptr);
    });
    if (message.ask) append_ask(out, *message.ask, message.ask_id);
    if (message.room) {
        key(out, "room");
        append_room(out, *message.room);
    }
    field(out, "readers", message.room ? std::string_view(message.room->readers) : readers);
    out += '}';
}

std::string_view name(Bye reason) {
    switch (reason) {
        case Bye::drain:
            return "drain";
        case Bye::exit:
            return "exit";
        case Bye::deleted:
            return "deleted";
        case Bye::replaced:
            return "replaced";
    }
    return "drain";
}

}  // namespace

std::string_view name(Code code) {
    switch (code) {
        case Code::bad_json:
            return "bad_json";
        case Code::bad_type:
            return "bad_type";
        case Code::bad_field:
            return "bad_field";
        case Code::too_long:
            return "too_long";
        case Code::not_first_hello:
            return "not_first_hello";
        case Code::hello_twice:
            return "hello_twice";
        case Code::bad_token:
            return "bad_token";
        case Code::bad_code:
            return "bad_code";
        case Code::too_many_tries:
            return "too_many_tries";
        case Code::stale_ask:
            return "stale_ask";
        case Code::unknown_ask:
            return "unknown_ask";
        case Code::unknown_room:
            return "unknown_room";
        case Code::bad_pick:
            return "bad_pick";
        case Code::id_not_rising:
            return "id_not_rising";
        case Code::ack_ahead:
            return "ack_ahead";
        case Code::rate_limited:
            return "rate_limited";
        case Code::not_allowed:
            return "not_allowed";
        case Code::unavailable:
            return "unavailable";
        case Code::internal:
            return "internal";
    }
    return "internal";
}

std::string encode(const Welcome& welcome) {
    std::string out = R"({"type":"welcome","protocol":1)";
    field(out, "seq", welcome.seq);
    field(out, "person", welcome.person);
    field_if(out, "token", welcome.token);
    field(out, "readers", welcome.readers);
    if (!welcome.rooms.empty()) {
        key(out, "rooms");
        list(out, welcome.rooms, [&](const engine::RoomView& room) { append_room(out, room); });
    }
    out += '}';
    return out;
}

std::string encode(const engine::Message& message, std::string_view readers) {
    std::string out;
    out.reserve(512);
    append_message(out, message, readers);
    return out;
}

std::string encode_history(std::span<const engine::Message> messages, std::string_view readers) {
    std::string out = R"({"type":"history","messages":)";
    list(out, messages, [&](const engine::Message& message) { append_message(out, message, readers); });
    out += '}';
    return out;
}

std::string encode(const Error& error) {
    std::string out = R"({"type":"error")";
    field(out, "code", name(error.code));
    field(out, "message", error.message);
    if (error.id) field(out, "id", *error.id);
    field_if(out, "field", error.field);
    out += '}';
    return out;
}

std::string encode_ack(std::int64_t id, bool again) {
    std::string out = R"({"type":"ack")";
    field(out, "id", id);
    out += again ? R"(,"again":true})" : "}";
    return out;
}

std::string encode_pong() {
    return R"({"type":"pong"})";
}

std::string encode_code(std::string_view code, engine::TimePoint expires, std::int64_t conversation) {
    std::string out = R"({"type":"code")";
    field(out, "code", code);
    key(out, "expires");
    append(out, expires);
    if (conversation != 0) field(out, "conversation", conversation);
    out += '}';
    return out;
}

std::string encode_seat(std::int64_t conversation) {
    std::string out = R"({"type":"seat")";
    field(out, "conversation", conversation);
    out += '}';
    return out;
}

std::string encode_linked() {
    return R"({"type":"linked"})";
}

std::string encode_bye(Bye reason, std::chrono::seconds retry_after) {
    std::string out = R"({"type":"bye")";
    field(out, "reason", name(reason));
    if (retry_after.count() > 0) field(out, "retry_after", retry_after.count());
    out += '}';
    return out;
}

}  // namespace reweave::server::wire
