#pragma once
/// \file What an author changed between two revisions of a script, in the words of a report.

#include <string>
#include <utility>
#include <vector>

#include "bot/dialog/formerly.hpp"
#include "bot/dialog/script.hpp"

namespace reweave::dialog {

struct ScriptChange {
    std::vector<std::string> added;                            ///< ids of steps
    std::vector<std::string> removed;                          ///< the same
    std::vector<std::pair<std::string, std::string>> renamed;  ///< from, to
    int texts = 0;                                             ///< changed, of the steps that are in both
    std::vector<std::string> questions;  ///< asked in another way, new or gone: the answer's name, or "one in STEP"
};

/// `former`: of `now`. Pure; neither script is changed.
[[nodiscard]] ScriptChange what_changed(const Script& old, const Script& now, const FormerSteps& former);

}  // namespace reweave::dialog
