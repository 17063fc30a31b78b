#pragma once
/// \file A script as a picture: what it looks like from above, for coaches who would rather see it than read it.
///
/// Pure, and the same text for the same script. The positions are its own: Graphviz only draws (`neato -n2`), so that
/// lanes stay columns and everything reads from top to bottom.

#include <string>

#include "bot/dialog/script.hpp"

namespace reweave::dialog {

/// The source text for `neato -n2`. Private parts stand in a column for each role, barriers across them, the room below
/// in the middle; side steps on the right. Ways to another step run between the two, shared words on the left.
[[nodiscard]] std::string to_dot(const Script& script);

}  // namespace reweave::dialog
