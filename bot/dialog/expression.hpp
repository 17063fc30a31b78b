#pragma once
/// \file Conditions: `heat is 5 or more and (act is missing or not act has "always", "never")`.
///
/// A comparison binds tighter than `not`, then `and`, then `or`. A name is the longest run of words that is one.

#include <optional>

#include "bot/dialog/script.hpp"
#include "bot/dialog/template.hpp"

namespace reweave::dialog {

/// Reports what is wrong; empty if it could not be read at all.
[[nodiscard]] std::optional<Expr> read_expression(Slice text, const Known& known);

}  // namespace reweave::dialog
