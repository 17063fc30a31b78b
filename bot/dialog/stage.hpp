#pragma once
/// \file What the walks of one turn of several people share: the state, what goes out, and who is who. Internal to
/// joint_step().

#include <string_view>
#include <utility>
#include <vector>

#include "bot/dialog/joint.hpp"

namespace reweave::dialog {

inline constexpr int kEveryone = -1;  ///< instead of a lane: all who are in the room

/// The place itself, or, past the end of a step, the beginning of the next.
inline Place settled(const Script& script, Place place) {
    while (!node_at(script, place) && place.branch < 0 && place.step < static_cast<int>(script.steps.size()))
        place = Place{place.step + 1, 0, -1, 0};
    return place;
}

/// What all walks of one turn share.
struct Stage {
    const RevisionPtr& root;
    const JointEvent& event;
    const Context& context;
    JointTurn turn;

    JointState& state() { return turn.state; }
    Room& room() { return turn.state.room; }
    Lane& lane(int index) { return turn.state.lanes[static_cast<std::size_t>(index)]; }
    [[nodiscard]] int lanes() const { return static_cast<int>(turn.state.lanes.size()); }

    void put(std::vector<int> to,
             bool in_room,
             std::variant<Effect, Spoken> what,
             std::vector<int> owners = {},
             bool aside = false) {
        turn.out.push_back({std::move(to), in_room, std::move(what), std::move(owners), aside});
    }

    /// In the language of the person in a lane; of nobody (-1), the script's.
    [[nodiscard]] const Context& context_of(int index) const {
        const auto i = static_cast<std::size_t>(index);
        return index >= 0 && i < context.lanes.size() && context.lanes[i] ? *context.lanes[i] : context;
    }
    [[nodiscard]] RevisionPtr root_of(int index) const {
        const Context& spoken = context_of(index);
        RevisionPtr translated = &spoken == &context ? nullptr : spoken.revision(root->hash);
        return translated ? translated : root;
    }

    /// What the others call the person in a lane.
    Answer name_of(int index) {
        const Lane& named = lane(index);
        if (!std::holds_alternative<std::monostate>(named.name)) return named.name;
        return Picked{named.role, named.role};
    }
    /// The first lane of a role; -1 if nobody has it.
    int lane_of(std::string_view role) {
        for (int i = 0; i < lanes(); ++i) {
            if (lane(i).role == role) return i;
        }
        return -1;
    }
    /// Between two, the other one.
    [[nodiscard]] int other_than(int index) const { return lanes() == 2 && index >= 0 ? 1 - index : -1; }

    /// What was to be shown, and is not yet, can be taken back by its author.
    bool take_back(int index) {
        return std::erase_if(lane(index).shared, [](const auto& named) { return !named.second.shown; }) > 0;
    }

    std::vector<int> present() {
        std::vector<int> all;
        for (int i = 0; i < lanes(); ++i) {
            if (lane(i).in_room && !lane(i).out) all.push_back(i);
        }
        return all;
    }
};

}  // namespace reweave::dialog
