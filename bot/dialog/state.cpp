#include "bot/dialog/state.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace reweave::dialog {
namespace {

using json = nlohmann::json;

json place_to_json(const Place& p) {
    return json::array({p.step, p.node, p.branch, p.sub});
}

Place place_from_json(const json& j) {
    return Place{j.at(0).get<int>(), j.at(1).get<int>(), j.at(2).get<int>(), j.at(3).get<int>()};
}

json picked_to_json(const Picked& picked) {
    return json::array({picked.id, picked.label});
}

Picked picked_from_json(const json& j) {
    return Picked{j.at(0).get<std::string>(), j.at(1).get<std::string>()};
}

json frame_to_json(const Frame& frame) {
    json out = {{"h", frame.revision}, {"p", place_to_json(frame.at)}};
    if (!frame.answers.empty()) {
        json& answers = out["a"] = json::object();
        for (const auto& [name, answer] : frame.answers) answers[name] = to_json(answer);
    }
    if (!frame.used.empty()) out["u"] = frame.used;
    if (!frame.trail.empty()) {
        json& trail = out["t"] = json::array();
        for (const Place& place : frame.trail) trail.push_back(place_to_json(place));
    }
    return out;
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
json to_json(const Answer& answer) {
    struct Visitor {
        json operator()(std::monostate) const { return nullptr; }
        json operator()(std::int64_t n) const { return n; }
        json operator()(bool b) const { return b; }
        json operator()(const Picked& p) const { return {{"c", picked_to_json(p)}}; }
        json operator()(const PickedMany& many) const {
            json items = json::array();
            for (const Picked& p : many.items) items.push_back(picked_to_json(p));
            return {{"m", std::move(items)}};
        }
        json operator()(const Length& l) const { return {{"l", l.seconds.count()}}; }
        json operator()(const Moment& m) const { return {{"t", m.at.time_since_epoch().count()}}; }
        json operator()(const WordsRef& w) const { return {{"w", w.id}}; }
    };
    return std::visit(Visitor{}, answer);
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

json to_json(const State& state) {
    json frames = json::array();
    for (const Frame& frame : state.frames) frames.push_back(frame_to_json(frame));
    return {{"v", State::kFormat},
            {"f", std::move(frames)},
            {"w", state.wait},
            {"m", state.misses},
            {"o", state.waiting ? 1 : 0},
            {"r", state.resting ? 1 : 0}};
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
