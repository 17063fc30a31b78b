#pragma once
/// \file The log: one line per event, key=value fields, never a word that someone typed, a token or an address of
/// theirs.

#include <filesystem>
#include <string>

namespace reweave::app {

/// Begins logging to `file` (empty: standard error) at `level` ("error", "warn", "info", "debug"). The queue drops its
/// oldest lines rather than make a thread wait. \throws std::runtime_error if the file cannot be written.
void start_logging(const std::filesystem::path& file, const std::string& level);
/// Writes out what is queued; last thing before the program ends.
void stop_logging();

void log_error(const std::string& line);  ///< a person should act
void log_warning(const std::string& line);
void log_info(const std::string& line);  ///< the life of the process

}  // namespace reweave::app
