#pragma once
/// \file Whom each line of a script for several people is for.

#include <optional>
#include <vector>

#include "bot/dialog/script.hpp"

namespace reweave::dialog {

/// By step, and by node of its body: the FOR that it stands under, which what stands inside it shares. Empty where
/// nobody comes, and everywhere in a script for one person. `script` has no faults: a step that can be reached from two
/// different parts begins with FOR.
[[nodiscard]] std::vector<std::vector<std::optional<For>>> parts_of(const Script& script);

/// Whether that role goes through the part alone.
[[nodiscard]] bool is_alone(const std::optional<For>& part, const std::string& role);

}  // namespace reweave::dialog
