#pragma once
/// \file How the commands that check files show what they found.

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "bot/app/commands.hpp"
#include "bot/dialog/diagnostic.hpp"

namespace reweave::app {

/// "1 script", "2 scripts".
[[nodiscard]] std::string count(std::size_t n, const char* one, const char* many);

/// Writes the faults in the form that is asked for; for people each with its line of `texts` (by path), and under them
/// `summary` and how many there are. The program's exit code.
int report(const std::vector<dialog::Diagnostic>& found,
           const std::map<std::string, std::string>& texts,
           const std::string& summary,
           const CheckOptions& options,
           std::ostream& out);

}  // namespace reweave::app
