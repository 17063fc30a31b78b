#pragma once
/// \file A message as plain lines, for a channel that has no buttons: choices become numbered lines.

#include <string>

#include "bot/engine/messages.hpp"

namespace reweave::console {

/// One line a bubble; then, for an open question, what may be answered. Ends without a line break.
[[nodiscard]] std::string to_lines(const engine::Message& message);

}  // namespace reweave::console
