#pragma once
/// \file What the doctors find, and how they show it.

#include <iosfwd>
#include <string>
#include <vector>

#include "bot/app/config.hpp"

namespace reweave::app {

struct Finding {
    enum class State { fine, warning, broken } state;
    std::string what;  ///< what was looked at
    std::string says;
    std::string mend;  ///< empty if there is nothing to do
};

/// The settings could not be read.
[[nodiscard]] Finding bad_settings(const ConfigError& why);

/// For people, or as JSON: [{"state","what","says","mend"}…]. \return the program's exit code: 1 if something is
/// broken.
int print_findings(const std::vector<Finding>& findings, bool as_json, std::ostream& out);

}  // namespace reweave::app
