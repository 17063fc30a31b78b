#include "bot/dialog/script.hpp"

#include <algorithm>

namespace reweave::dialog {
namespace {

const Node* at(const Block& block, int index) {
    return index >= 0 && static_cast<std::size_t>(index) < block.size() ? &block[static_cast<std::size_t>(index)]
                                                                        : nullptr;
}

const Block* branch_of(const Node& node, int branch) {
    const auto index = static_cast<std::size_t>(branch);
    if (const auto* fork = std::get_if<If>(&node.what)) {
        if (index < fork->branches.size()) return &fork->branches[index].then;
        return index == fork->branches.size() ? &fork->otherwise : nullptr;
    }
    if (const auto* ask = std::get_if<Ask>(&node.what)) {
        return index < ask->choices.size() ? &ask->choices[index].then : nullptr;
    }
    return nullptr;
}

}  // namespace

const Node* node_at(const Script& script, const Place& place) {
    if (place.step < 0 || static_cast<std::size_t>(place.step) >= script.steps.size()) return nullptr;
    const Node* node = at(script.steps[static_cast<std::size_t>(place.step)].body, place.node);
    if (!node || place.branch < 0) return node;
    const Block* block = branch_of(*node, place.branch);
    return block ? at(*block, place.sub) : nullptr;
}

int most_people(const Script& script) {
    int most = 0;
    for (const Role& role : script.people) most += role.most;
    return std::max(most, 1);
}

const Role* role_named(const Script& script, std::string_view name) {
    for (const Role& role : script.people) {
        if (role.name == name) return &role;
    }
    return nullptr;
}

bool is_person(const Script& script, std::string_view name) {
    return role_named(script, name) || (!script.people.empty() && (name == "speaker" || name == "other"));
}

int step_index(const Script& script, std::string_view id) {
    for (std::size_t i = 0; i < script.steps.size(); ++i) {
        if (script.steps[i].id == id) return static_cast<int>(i);
    }
    return -1;
}

}  // namespace reweave::dialog
