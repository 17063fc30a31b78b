#include "bot/engine/event_body.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bot/dialog/json_text.hpp"

namespace reweave::engine {
namespace {

using dialog::append_json_number;
using dialog::append_json_string;
using dialog::Bubble;
using dialog::Place;
using json = nlohmann::json;

/// The revisions of one event, each named once.
class Hashes {
 public:
    std::size_t index(const std::string& hash) {
        const auto it = std::find(all_.begin(), all_.end(), hash);
        if (it != all_.end()) return static_cast<std::size_t>(it - all_.begin());
        all_.push_back(hash);
        return all_.size() - 1;
    }
    [[nodiscard]] const std::vector<std::string>& all() const { return all_; }

 private:
    std::vector<std::string> all_;
};

void append_numbers(std::string& out, std::initializer_list<std::int64_t> numbers) {
    for (const std::int64_t n : numbers) {
        if (out.back() != '[') out += ',';
        append_json_number(out, n);
    }
}

void append_strings(std::string& out, const std::vector<std::string>& strings) {
    out += '[';
    for (const std::string& text : strings) {
        if (out.back() != '[') out += ',';
        append_json_string(out, text);
    }
    out += ']';
}

void append_bubble(std::string& out, const Bubble& b, std::size_t hash) {
    out += '[';
    append_numbers(out,
                   {static_cast<std::int64_t>(hash),
                    b.at.step,
                    b.at.node,
                    b.at.branch,
                    b.at.sub,
                    static_cast<int>(b.part),
                    b.index,
                    b.alternate});
    if (!b.shown.empty()) {
        out += ",{";
        for (const auto& [name, answer] : b.shown) {
            if (out.back() != '{') out += ',';
            append_json_string(out, name);
            out += ':';
            append_json(out, answer);
        }
        out += '}';
    }
    out += ']';
}

/// ,"n":[12,345] cannot stand inside a string of the body: there the quotes would be escaped.
std::string message_field(IdentityId from, std::int64_t number) {
    std::string out = R"(,"n":[)";
    append_numbers(out, {from.value, number});
    out += ']';
    return out;
}

dialog::Answers shown_from_json(const json& j) {
    dialog::Answers shown;
    for (const auto& [name, answer] : j.items()) shown[name] = dialog::answer_from_json(answer);
    return shown;
}

Place place_from(const json& row) {
    return Place{row.at(1).get<int>(), row.at(2).get<int>(), row.at(3).get<int>(), row.at(4).get<int>()};
}

}  // namespace

std::string encode(const EventBody& body) {
    Hashes hashes;
    std::string out;
    out.reserve(384);
    out += R"({"o":[)";
    for (const Bubble& b : body.bubbles) {
        if (out.back() != '[') out += ',';
        append_bubble(out, b, hashes.index(b.revision));
    }
    out += ']';
    if (body.number != 0) out += message_field(body.from, body.number);
    if (body.said.id != 0) {
        out += R"(,"i":{"w":)";
        append_json_number(out, body.said.id);
        if (body.stands) out += R"(,"s":1)";
        out += '}';
    } else if (!body.pressed.empty()) {
        out += R"(,"i":{"p":)";
        append_strings(out, body.pressed);
        out += '}';
    }
    if (body.question) {
        const dialog::Question& q = body.question->question;
        out += R"(,"q":[)";
        append_numbers(
            out,
            {static_cast<std::int64_t>(hashes.index(q.revision)), q.at.step, q.at.node, q.at.branch, q.at.sub, q.wait});
        out += ",[";
        for (const int choice : q.choices) append_numbers(out, {choice});
        out += "],";
        append_json_number(out, body.question->conversation.value);
        out += ']';
    }
    if (body.room) {
        out += R"(,"m":)";
        append_json_number(out, body.room.value);
    }
    if (!body.asides.empty()) {
        out += R"(,"a":[)";
        for (const std::size_t aside : body.asides) append_numbers(out, {static_cast<std::int64_t>(aside)});
        out += ']';
    }
    if (body.heard) {
        out += R"(,"h":[)";
        append_json(out, body.heard->name);
        out += ',';
        append_json_number(out, body.heard->words.id);
        out += ',';
        append_strings(out, body.heard->pressed);
        out += ']';
    }
    if (body.replaces) {
        out += R"(,"x":)";
        append_json_number(out, body.replaces.value);
    }
    out += R"(,"r":)";
    append_strings(out, hashes.all());
    out += '}';
    return out;
}

bool began_with(std::string_view text, IdentityId from, std::int64_t number) {
    return text.find(message_field(from, number)) != std::string_view::npos;
}

EventBody decode_event_body(const std::string& text) {
    try {
        const json j = json::parse(text);
        const auto hashes = j.at("r").get<std::vector<std::string>>();
        EventBody body;
        if (const auto it = j.find("n"); it != j.end()) {
            body.from.value = it->at(0).get<std::int64_t>();
            body.number = it->at(1).get<std::int64_t>();
        }
        if (const auto it = j.find("i"); it != j.end()) {
            if (const auto words = it->find("w"); words != it->end()) body.said.id = words->get<std::int64_t>();
            body.stands = it->contains("s");
            if (const auto pressed = it->find("p"); pressed != it->end())
                body.pressed = pressed->get<std::vector<std::string>>();
        }
        if (const auto it = j.find("a"); it != j.end()) body.asides = it->get<std::vector<std::size_t>>();
        if (const auto it = j.find("x"); it != j.end()) body.replaces.value = it->get<std::int64_t>();
        if (const auto it = j.find("m"); it != j.end()) body.room.value = it->get<std::int64_t>();
        if (const auto it = j.find("h"); it != j.end()) {
            body.heard = HeardWords{dialog::answer_from_json(it->at(0)),
                                    {it->at(1).get<std::int64_t>()},
                                    it->at(2).get<std::vector<std::string>>()};
        }
        for (const json& row : j.at("o")) {
            Bubble b;
            b.revision = hashes.at(row.at(0).get<std::size_t>());
            b.at = place_from(row);
            b.part = static_cast<Bubble::Part>(row.at(5).get<int>());
            b.index = row.at(6).get<int>();
            b.alternate = row.at(7).get<int>();
            if (row.size() > 8) b.shown = shown_from_json(row.at(8));
            body.bubbles.push_back(std::move(b));
        }
        if (const auto it = j.find("q"); it != j.end()) {
            OpenQuestion open;
            open.question.revision = hashes.at(it->at(0).get<std::size_t>());
            open.question.at = place_from(*it);
            open.question.wait = it->at(5).get<std::int64_t>();
            open.question.choices = it->at(6).get<std::vector<int>>();
            open.conversation.value = it->at(7).get<std::int64_t>();
            body.question = std::move(open);
        }
        return body;
    } catch (const std::exception& e) {
        throw std::invalid_argument(std::string("a stored event has a wrong shape: ") + e.what());
    }
}

std::string ask_id(const OpenQuestion& question, bool room) {
    return std::to_string(question.conversation.value) + (room ? ".room." : ".") +
           std::to_string(question.question.wait);
}

std::optional<AskId> parse_ask_id(std::string_view text) {
    AskId id;
    const auto take = [&](std::string_view digits, std::int64_t& number) {
        const char* end = digits.data() + digits.size();
        const auto [stop, error] = std::from_chars(digits.data(), end, number);
        return error == std::errc{} && stop == end;
    };
    const auto dot = text.find('.');
    if (dot == std::string_view::npos || !take(text.substr(0, dot), id.conversation.value)) return std::nullopt;
    text.remove_prefix(dot + 1);
    constexpr std::string_view kRoom = "room.";
    if (text.starts_with(kRoom)) {
        id.room = true;
        text.remove_prefix(kRoom.size());
    }
    if (!take(text, id.wait)) return std::nullopt;
    return id;
}

}  // namespace reweave::engine
