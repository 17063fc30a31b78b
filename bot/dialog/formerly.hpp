#pragma once
/// \file `FORMERLY: Old heading` below a step's heading: what the step was called before.
///
/// It says something of the script's history, and nothing of what the script does. So it stands in no Script, in no
/// JSON and in no hash: writing such a line, or taking it away again, makes no new revision.

#include <map>
#include <string>
#include <string_view>

namespace reweave::dialog {

/// Id that a step had -> id that it has now.
using FormerSteps = std::map<std::string, std::string, std::less<>>;

/// Of a script's source text. Lines that the checker would refuse are passed over.
[[nodiscard]] FormerSteps former_steps(std::string_view text);

}  // namespace reweave::dialog
