#pragma once
/// \file What can be wrong with a script although each of its lines can be read.

#include "bot/dialog/faults.hpp"
#include "bot/dialog/language.hpp"
#include "bot/dialog/parser.hpp"

namespace reweave::dialog {

/// All checks. What depends on a line that could not be read is left out, so that one slip is not reported twice.
void check(const Parsed& parsed, const LanguagePack& pack, Faults& faults);

/// Ways through the script: ends, side steps, loops, steps and lines that nobody reaches.
void check_flow(const Parsed& parsed, Faults& faults);
/// Each turn: words before a question, one question at a time.
void check_turns(const Parsed& parsed, Faults& faults);
/// Answers: what they are, whether they are used as that, and choices that conditions name.
void check_answers(const Parsed& parsed, const LanguagePack& pack, Faults& faults);
/// Answers used where no question can have asked for them yet.
void check_order(const Parsed& parsed, Faults& faults);
/// In a script for several people: that nothing of one person's private part reaches another but what they share.
void check_consent(const Parsed& parsed, Faults& faults);

/// True if the script never goes on behind this node: all its ways lead elsewhere.
[[nodiscard]] bool always_leaves(const Node& node);

/// Where each step may go: indexes of steps, with the next one if the step may fall through to it.
using StepGraph = std::vector<std::vector<std::size_t>>;
[[nodiscard]] StepGraph step_graph(const Script& script);
/// Which steps can be reached from the first.
[[nodiscard]] std::vector<bool> reachable_steps(const StepGraph& graph);

}  // namespace reweave::dialog
