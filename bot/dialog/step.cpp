#include "bot/dialog/step.hpp"

#include "bot/dialog/walk.hpp"

namespace reweave::dialog {

std::optional<Bubble> phrase(const RevisionPtr& phrases, std::string_view id, std::uint64_t seed, Answers shown) {
    if (!phrases) return std::nullopt;
    const int index = step_index(phrases->script, id);
    const Place place{index, 0, -1, 0};
    const Node* node = index < 0 ? nullptr : node_at(phrases->script, place);
    const auto* said = node ? std::get_if<Say>(&node->what) : nullptr;
    if (!said) return std::nullopt;
    const int chosen = static_cast<int>(mix(seed, static_cast<std::uint64_t>(index)) % said->text.alternates.size());
    return Bubble{phrases->hash, place, Bubble::Part::text, 0, chosen, std::move(shown)};
}

std::string plain_phrase(const RevisionPtr& phrases, std::string_view id) {
    const Node* node = phrases ? node_at(phrases->script, Place{step_index(phrases->script, id), 0, -1, 0}) : nullptr;
    const auto* say = node ? std::get_if<Say>(&node->what) : nullptr;
    if (!say || say->text.alternates.front().empty()) return std::string(id);
    return say->text.alternates.front().front().literal;
}

State initial_state(const RevisionPtr& root) {
    State state;
    state.frames.push_back(Frame{root->hash, {}, {}, {}, {}});
    return state;
}

Turn step(const RevisionPtr& root, State state, const Event& event, const Context& context) {
    return Walk(root, std::move(state), event, context).take();
}

}  // namespace reweave::dialog
