#pragma once
/// \file What stands after `ASK:` — the name of the answer, the kind of the question, its bounds and its time.

#include "bot/dialog/template.hpp"

namespace reweave::dialog {

/// Reports what is wrong. `people` is true in a script for two people, which may ask for a person.
[[nodiscard]] Ask read_ask_line(Slice body, Faults& faults, bool people);

}  // namespace reweave::dialog
