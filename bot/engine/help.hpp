#pragma once
/// \file Help lines by country and topic, from data/resources/*.json (safety brief, section 14).

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "bot/engine/messages.hpp"

namespace reweave::engine {

class HelpDirectory;
using HelpDirectoryPtr = std::shared_ptr<const HelpDirectory>;

/// One JSON document per country, plus "INT" for the directories that serve every country.
/// \throws std::invalid_argument naming the file's country and field.
[[nodiscard]] HelpDirectoryPtr help_directory_from_json(const std::vector<nlohmann::json>& countries);

/// One emergency line, then at most two services that match a topic, then the directories. Only entries that are
/// `active`, checked within 180 days before `now` and of medium confidence or better are shown; with none left: the
/// words "your local emergency number" and the directories. An empty `country` gives the same.
[[nodiscard]] std::vector<HelpLine> help_lines(const HelpDirectory& directory,
                                               std::string_view country,
                                               const std::vector<std::string>& topics,
                                               TimePoint now);

/// Countries with at least one service that would be shown at `now`.
[[nodiscard]] std::vector<std::string> countries_with_lines(const HelpDirectory& directory, TimePoint now);

}  // namespace reweave::engine
