#include "bot/dialog/state.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bot/dialog/json_text.hpp"

namespace reweave::dialog {
namespace {

using json = nlohmann::json;

Place place_from_json(const json& j) {
    return Place{j.at(0).get<int>(), j.at(1).get<int>(), j.at(2).get<int>(), j.at(3).get<int>()};
}

void append(std::string& out, const Picked& picked) {
    out += '[';
    append_json_string(out, picked.id);
    out += ',';
    append_json_string(out, picked.label);
    out += ']';
}

Picked picked_from_json(const json& j) {
    return Picked{j.at(0).get<std::string>(), j.at(1).get<std::string>()};
}

/// Appends a list, each item by `one(item)`.
template <class Items, class One>
void append_list(std::string& out, char open, const Items& items, char close, One one) {
    out += open;
    bool first = true;
    for (const auto& item : items) {
        if (!first) out += ',';
        first = false;
        one(item);
    }
    out += close;
}

void append(std::string& out, const Frame& frame) {
    out += R"({"h":)";
    append_json_string(out, frame.revision);
    out += R"(,"p":)";
    append_json(out, frame.at);
    if (!frame.answers.empty()) {
        out += R"(,"a":)";
        append_list(out, '{', frame.answers, '}', [&](const auto& named) {
            append_json_string(out, named.first);
            out += ':';
            append_json(out, named.second);
        });
    }
    if (!frame.used.empty()) {
        out += R"(,"u":)";
        append_list(out, '{', frame.used, '}', [&](const auto& used) {
            append_json_string(out, used.first);
            out += ':';
            append_json_number(out, used.second);
        });
    }
    if (!frame.trail.empty()) {
        out += R"(,"t":)";
        append_list(out, '[', frame.trail, ']', [&](const Place& place) { append_json(out, place); });
    }
    out += '}';
}

Frame frame_from_json(const json& j) {
    Frame frame;
    frame.revision = j.at("h").get<std::string>();
    frame.at = place_from_json(j.at("p"));
    if (const auto it = j.find("a"); it != j.end()) {
        for (const auto& [name, answer] : it->items()) frame.answers[name] = answer_from_json(answer);
    }
    if (const auto it = j.find("u"); it != j.end()) frame.used = it->get<std::map<std::string, int>>();
    if (const auto it = j.find("t"); it != j.end()) {
        for (const json& place : *it) frame.trail.push_back(place_from_json(place));
    }
    return frame;
}

}  // namespace

// The JSON of an answer is as small as its type allows: a bare number, true or false, null for missing, and otherwise
// an object of one letter: c (one choice), m (several), l (seconds), t (milliseconds since 1970), w (id in the words
// table).
void append_json(std::string& out, const Answer& answer) {
    struct Visitor {
        std::string& out;
        void tagged(std::string_view key, std::int64_t number) const {
            out += key;
            append_json_number(out, number);
            out += '}';
        }
        void operator()(std::monostate) const { out += "null"; }
        void operator()(std::int64_t n) const { append_json_number(out, n); }
        void operator()(bool b) const { out += b ? "true" : "false"; }
        void operator()(const Picked& p) const {
            out += R"({"c":)";
            append(out, p);
            out += '}';
        }
        void operator()(const PickedMany& many) const {
            out += R"({"m":)";
            append_list(out, '[', many.items, ']', [&](const Picked& p) { append(out, p); });
            out += '}';
        }
        void operator()(const Length& l) const { tagged(R"({"l":)", l.seconds.count()); }
        void operator()(const Moment& m) const { tagged(R"({"t":)", m.at.time_since_epoch().count()); }
        void operator()(const WordsRef& w) const { tagged(R"({"w":)", w.id); }
    };
    std::visit(Visitor{out}, answer);
}

void append_json(std::string& out, const Place& place) {
    // Put together first: a long conversation has many of them, and each is written at every turn.
    std::array<char, 64> text;
    char* end = text.data();
    for (const int n : {place.step, place.node, place.branch, place.sub}) {
        *end = end == text.data() ? '[' : ',';
        ++end;
        end = std::to_chars(end, text.data() + text.size(), n).ptr;
    }
    *end++ = ']';
    out.append(text.data(), end);
}

json to_json(const Answer& answer) {
    std::string text;
    append_json(text, answer);
    return json::parse(text);
}

Answer answer_from_json(const json& j) {
    if (j.is_null()) return std::monostate{};
    if (j.is_boolean()) return j.get<bool>();
    if (j.is_number_integer()) return j.get<std::int64_t>();
    if (!j.is_object() || j.size() != 1)
        throw std::invalid_argument("an answer in a stored state has an unknown shape");
    const std::string& key = j.begin().key();
    const json& value = j.begin().value();
    if (key == "c") return picked_from_json(value);
    if (key == "m") {
        PickedMany many;
        for (const json& item : value) many.items.push_back(picked_from_json(item));
        return many;
    }
    if (key == "l") return Length{Seconds(value.get<std::int64_t>())};
    if (key == "t") return Moment{TimePoint(std::chrono::milliseconds(value.get<std::int64_t>()))};
    if (key == "w") return WordsRef{value.get<std::int64_t>()};
    throw std::invalid_argument("an answer in a stored state has the unknown kind '" + key + "'");
}

std::string to_text(const State& state) {
    std::string out;
    out.reserve(512);
    const auto number = [&](std::string_view key, std::int64_t value) {
        out += key;
        append_json_number(out, value);
    };
    number(R"({"v":)", State::kFormat);
    out += R"(,"f":)";
    append_list(out, '[', state.frames, ']', [&](const Frame& frame) { append(out, frame); });
    number(R"(,"w":)", state.wait);
    number(R"(,"m":)", state.misses);
    number(R"(,"o":)", state.waiting ? 1 : 0);
    number(R"(,"r":)", state.resting ? 1 : 0);
    out += '}';
    return out;
}

State state_from_json(const json& j) {
    try {
        if (const int version = j.at("v").get<int>(); version != State::kFormat) {
            throw std::invalid_argument("the state of a conversation has format " + std::to_string(version) +
                                        "; this version of Reweave reads format " + std::to_string(State::kFormat));
        }
        State state;
        for (const json& frame : j.at("f")) state.frames.push_back(frame_from_json(frame));
        state.wait = j.at("w").get<std::int64_t>();
        state.misses = j.at("m").get<int>();
        state.waiting = j.at("o").get<int>() != 0;
        state.resting = j.at("r").get<int>() != 0;
        return state;
    } catch (const json::exception& e) {
        throw std::invalid_argument(std::string("the state of a conversation has a wrong shape: ") + e.what());
    }
}

}  // namespace reweave::dialog
