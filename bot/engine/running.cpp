#include "bot/engine/running.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace reweave::engine {

Participant* Together::in(int lane) {
    const auto it = std::find_if(people.begin(), people.end(), [&](const Participant& p) { return p.lane == lane; });
    return it == people.end() ? nullptr : &*it;
}

int Together::lane_of(PersonId person) const {
    const auto it =
        std::find_if(people.begin(), people.end(), [&](const Participant& p) { return p.person == person; });
    return it == people.end() ? -1 : it->lane;
}

int Together::free_seat(std::string_view role) {
    int asked = -1;
    for (int i = 1; i < static_cast<int>(state.lanes.size()); ++i) {
        if (!lane(i).out || (!role.empty() && lane(i).role != role)) continue;
        if (!in(i)) return i;
        if (lane(i).part == 0) asked = i;
    }
    return asked;
}

bool Together::has_seat(std::string_view role) const {
    return std::any_of(state.lanes.begin() + 1, state.lanes.end(), [&](const dialog::Lane& lane) {
        return role.empty() || lane.role == role;
    });
}

RunningPtr Conversations::get(ConversationId id) {
    if (const auto it = together_.find(id.value); it != together_.end()) {
        if (RunningPtr running = it->second.lock()) return running;
    }
    auto record = store_.conversation(id);
    if (!record) return nullptr;
    auto running = std::make_shared<Running>();
    running->record = std::move(*record);
    const auto state = nlohmann::json::parse(running->record.state);
    if (!state.contains("lanes")) {
        running->state = dialog::state_from_json(state);
        return running;
    }
    running->together = std::make_unique<Together>();
    running->together->state = dialog::joint_state_from_json(state);
    running->together->people = store_.participants(id);
    running->together->consents = store_.consents(id);
    add(running);
    return running;
}

void Conversations::refresh(ConversationId id) {
    const auto it = together_.find(id.value);
    const RunningPtr running = it == together_.end() ? nullptr : it->second.lock();
    const auto record = running ? store_.conversation(id) : std::nullopt;
    if (!record) return;
    running->record.person = record->person;
    running->together->people = store_.participants(id);
    running->together->consents = store_.consents(id);
}

void Conversations::add(const RunningPtr& running) {
    constexpr std::size_t kSweepAt = 1024;
    if (!running->together) return;
    if (together_.size() >= kSweepAt)
        std::erase_if(together_, [](const auto& entry) { return entry.second.expired(); });
    together_[running->record.id.value] = running;
}

}  // namespace reweave::engine
