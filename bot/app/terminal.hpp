#pragma once
/// \file What the commands ask the person at the terminal.

#include <iosfwd>
#include <string>

namespace reweave::app {

/// A line of standard input. At a terminal it is asked for with `prompt`, and not shown while it is typed.
/// \throws std::runtime_error if there is none.
[[nodiscard]] std::string read_secret(const std::string& prompt);

/// Whether the person types yes; at the end of the input, no.
[[nodiscard]] bool agrees(const std::string& question, std::istream& in, std::ostream& out);

}  // namespace reweave::app
