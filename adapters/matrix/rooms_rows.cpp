// Rooms and tasks as rows.
#include <array>
#include <nlohmann/json.hpp>

#include "adapters/common/fields.hpp"
#include "adapters/matrix/rooms.hpp"

namespace reweave::matrix {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 4> kKinds{"unknown", "direct", "talk", "group"};
constexpr std::array<std::string_view, 4> kStages{"invited", "joined", "left", "replaced"};
constexpr std::array<std::string_view, 8> kTasks{"join", "leave", "say", "invite", "here", "in", "browser", "link"};

template <std::size_t N>
std::size_t index_of(const std::array<std::string_view, N>& names, const json& all, const char* key, std::size_t none) {
    const auto found = all.find(key);
    for (std::size_t i = 0; found != all.end() && found->is_string() && i < N; ++i) {
        if (found->get_ref<const std::string&>() == names[i]) return i;
    }
    return none;
}

void put(json& all, const char* key, const std::string& value) {
    if (!value.empty()) all[key] = value;
}
void put(json& all, const char* key, bool value) {
    if (value) all[key] = true;
}
void take(const json& all, const char* key, std::string& value) {
    if (const auto found = all.find(key); found != all.end() && found->is_string()) value = found->get<std::string>();
}
void take(const json& all, const char* key, bool& value) {
    if (const auto found = all.find(key); found != all.end() && found->is_boolean()) value = found->get<bool>();
}

}  // namespace

std::string to_text(const Room& room) {
    json all = {{"kind", kKinds.at(static_cast<std::size_t>(room.kind))},
                {"stage", kStages.at(static_cast<std::size_t>(room.stage))}};
    put(all, "user", room.user);
    if (room.talk) all["talk"] = room.talk.value;
    put(all, "thread", room.thread);
    if (!room.people.empty()) all["people"] = room.people;
    put(all, "provisional", room.provisional);
    put(all, "round", room.round);
    put(all, "prompt", room.prompt);
    put(all, "answered", room.answered);
    put(all, "reaction", room.reaction);
    put(all, "last_reaction", room.last_reaction);
    put(all, "successor", room.successor);
    put(all, "predecessor", room.predecessor);
    put(all, "encrypted", room.encrypted);
    put(all, "muted", room.muted);
    put(all, "noticed", room.noticed);
    put(all, "ours", room.ours);
    put(all, "aside", room.aside);
    return all.dump();
}

Room room_from_text(const std::string& text) {
    Room room;
    const json all = json::parse(text, nullptr, false);
    if (!all.is_object()) return room;
    room.kind = static_cast<Room::Kind>(index_of(kKinds, all, "kind", 0));
    room.stage = static_cast<Room::Stage>(index_of(kStages, all, "stage", 1));
    take(all, "user", room.user);
    room.talk.value = number_at(all, "talk");
    take(all, "thread", room.thread);
    if (const auto people = all.find("people"); people != all.end() && people->is_array()) {
        for (const json& user : *people) {
            if (user.is_string()) room.people.push_back(user.get<std::string>());
        }
    }
    take(all, "provisional", room.provisional);
    take(all, "round", room.round);
    take(all, "prompt", room.prompt);
    take(all, "answered", room.answered);
    take(all, "reaction", room.reaction);
    take(all, "last_reaction", room.last_reaction);
    take(all, "successor", room.successor);
    take(all, "predecessor", room.predecessor);
    take(all, "encrypted", room.encrypted);
    take(all, "muted", room.muted);
    take(all, "noticed", room.noticed);
    take(all, "ours", room.ours);
    take(all, "aside", room.aside);
    return room;
}

std::string to_text(const Task& task) {
    json all = {{"kind", kTasks.at(static_cast<std::size_t>(task.kind))}, {"room", task.room}};
    put(all, "user", task.user);
    put(all, "text", task.text);
    put(all, "thread", task.thread);
    return all.dump();
}

std::optional<Task> task_from_text(const std::string& id, const std::string& text) {
    const json all = json::parse(text, nullptr, false);
    if (!all.is_object()) return std::nullopt;
    const std::size_t kind = index_of(kTasks, all, "kind", kTasks.size());
    if (kind == kTasks.size()) return std::nullopt;
    Task task;
    task.kind = static_cast<Task::Kind>(kind);
    task.id = id;
    take(all, "room", task.room);
    take(all, "user", task.user);
    take(all, "text", task.text);
    take(all, "thread", task.thread);
    return task;
}

}  // namespace reweave::matrix
