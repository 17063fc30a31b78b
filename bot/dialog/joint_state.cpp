#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bot/dialog/joint.hpp"

namespace reweave::dialog {
namespace {

using json = nlohmann::json;

json to_json(const Place& place) {
    return {place.step, place.node, place.branch, place.sub};
}

Place place_from_json(const json& j) {
    return Place{j.at(0).get<int>(), j.at(1).get<int>(), j.at(2).get<int>(), j.at(3).get<int>()};
}

json to_json(const Lane& lane) {
    json shared = json::object();
    for (const auto& [name, s] : lane.shared) {
        shared[name] = {
            to_json(s.answer), static_cast<int>(s.with), s.role, s.at.time_since_epoch().count(), s.shown ? 1 : 0};
    }
    return {{"role", lane.role},
            {"name", to_json(lane.name)},
            {"pronouns", to_json(lane.pronouns)},
            {"state", json::parse(to_text(lane.state))},
            {"shared", std::move(shared)},
            {"part", lane.part},
            {"rooms", lane.rooms},
            {"held", lane.held_back},
            {"since", lane.since.time_since_epoch().count()},
            {"in", lane.in_room ? 1 : 0},
            {"out", lane.out ? 1 : 0}};
}

Lane lane_from_json(const json& j) {
    Lane lane;
    lane.role = j.at("role").get<std::string>();
    lane.name = answer_from_json(j.at("name"));
    if (const auto pronouns = j.find("pronouns"); pronouns != j.end()) lane.pronouns = answer_from_json(*pronouns);
    lane.state = state_from_json(j.at("state"));
    for (const auto& [name, s] : j.at("shared").items()) {
        lane.shared[name] = Shared{answer_from_json(s.at(0)),
                                   static_cast<Share::With>(s.at(1).get<int>()),
                                   s.at(2).get<std::string>(),
                                   TimePoint(std::chrono::milliseconds(s.at(3).get<std::int64_t>())),
                                   s.at(4).get<int>() != 0};
    }
    lane.part = j.at("part").get<int>();
    lane.rooms = j.value("rooms", 0);
    lane.held_back = j.value("held", std::int64_t{-1});
    lane.since = TimePoint(std::chrono::milliseconds(j.at("since").get<std::int64_t>()));
    lane.in_room = j.at("in").get<int>() != 0;
    lane.out = j.at("out").get<int>() != 0;
    return lane;
}

}  // namespace

JointState initial_joint_state(const std::vector<std::string>& roles, std::uint64_t seed) {
    JointState state;
    state.seed = seed;
    for (const std::string& role : roles) {
        Lane lane;
        lane.role = role;
        state.lanes.push_back(std::move(lane));
    }
    return state;
}

std::string to_text(const JointState& state) {
    json lanes = json::array();
    for (const Lane& lane : state.lanes) lanes.push_back(to_json(lane));
    const Room& room = state.room;
    json counted = json::object();
    for (const auto& [name, answer] : room.counted) counted[name] = to_json(answer);
    return json{{"v", JointState::kFormat},
                {"lanes", std::move(lanes)},
                {"room",
                 {{"state", json::parse(to_text(room.state))},
                  {"open", room.open ? 1 : 0},
                  {"over", room.over ? 1 : 0},
                  {"openings", room.openings},
                  {"barrier", to_json(room.barrier)},
                  {"counted", std::move(counted)},
                  {"frozen", room.frozen ? 1 : 0},
                  {"pauses", room.pauses},
                  {"paused", room.paused.time_since_epoch().count()},
                  {"ready", room.ready},
                  {"holder", room.holder},
                  {"still", room.still},
                  {"round", to_json(room.round)},
                  {"floors", room.floors},
                  {"for", room.floor_for.count()},
                  {"up", room.time_is_up ? 1 : 0},
                  {"until", room.until.time_since_epoch().count()}}},
                {"seed", state.seed}}
        .dump();
}

JointState joint_state_from_json(const json& j) {
    try {
        if (const int version = j.at("v").get<int>(); version != JointState::kFormat) {
            throw std::invalid_argument("the state of a conversation of several has format " + std::to_string(version) +
                                        "; this version of Reweave reads format " +
                                        std::to_string(JointState::kFormat));
        }
        JointState state;
        for (const json& lane : j.at("lanes")) state.lanes.push_back(lane_from_json(lane));
        const json& room = j.at("room");
        state.room.state = state_from_json(room.at("state"));
        state.room.open = room.at("open").get<int>() != 0;
        state.room.frozen = room.at("frozen").get<int>() != 0;
        state.room.pauses = room.value("pauses", 0);
        state.room.paused = TimePoint(std::chrono::milliseconds(room.value("paused", std::int64_t{0})));
        state.room.ready = room.at("ready").get<std::vector<int>>();
        state.room.holder = room.at("holder").get<int>();
        state.room.still = room.at("still").get<std::vector<int>>();
        state.room.round = place_from_json(room.at("round"));
        state.room.barrier = place_from_json(room.at("barrier"));
        state.room.over = room.at("over").get<int>() != 0;
        state.room.openings = room.at("openings").get<int>();
        for (const auto& [name, answer] : room.at("counted").items())
            state.room.counted[name] = answer_from_json(answer);
        state.room.floors = room.at("floors").get<std::int64_t>();
        state.room.floor_for = Seconds(room.at("for").get<std::int64_t>());
        state.room.time_is_up = room.at("up").get<int>() != 0;
        state.room.until = TimePoint(std::chrono::milliseconds(room.at("until").get<std::int64_t>()));
        state.seed = j.at("seed").get<std::uint64_t>();
        return state;
    } catch (const json::exception& e) {
        throw std::invalid_argument(std::string("the state of a conversation of several has a wrong shape: ") +
                                    e.what());
    }
}

}  // namespace reweave::dialog
