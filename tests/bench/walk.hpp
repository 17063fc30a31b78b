#pragma once
/// \file Walks through a script the way a willing person would, and keeps every turn, to be run again and timed.

#include <string>
#include <vector>

#include "bot/dialog/render.hpp"
#include "bot/dialog/step.hpp"

namespace reweave::bench {

/// One turn as `step` is given it.
struct Recorded {
    dialog::State before;
    dialog::Event event;
};

/// Turns from the start to the end of the conversation, at most `limit`. `way` chooses among the answers, so that
/// several walks see several branches. What is typed is `typed`, under any id.
[[nodiscard]] std::vector<Recorded> walk(const dialog::RevisionPtr& script,
                                         const dialog::Context& context,
                                         std::size_t way,
                                         std::size_t limit);

/// What the walker types wherever words are asked for.
[[nodiscard]] std::optional<std::string_view> typed(dialog::WordsRef ref);

}  // namespace reweave::bench
