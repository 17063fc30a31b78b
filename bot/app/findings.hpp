#pragma once
/// \file What the doctors find, and how they show it.

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
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

/// This machine's clock beside another's. \param there milliseconds since 1970
[[nodiscard]] Finding compare_clocks(const std::string& whose, std::int64_t there);

/// That a file of the data folder belongs to another user than the folder; nothing if not.
[[nodiscard]] std::optional<Finding> belongs_to_another(const Config& config, const std::filesystem::path& file);

/// How a server that did not answer is reached. \param proxy empty: none
[[nodiscard]] std::string way_to_it(const std::string& proxy);

/// For people, or as JSON: [{"state","what","says","mend"}…]. \return the program's exit code: 1 if something is
/// broken.
int print_findings(const std::vector<Finding>& findings, bool as_json, std::ostream& out);

}  // namespace reweave::app
