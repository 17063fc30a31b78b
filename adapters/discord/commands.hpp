#pragma once
/// \file The commands that people find when they type a slash. Pure.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace reweave::discord {

/// All of them as Discord is told (PUT /applications/ID/commands), JSON.
[[nodiscard]] std::string commands();

/// Tells one set of commands from another: they are registered only when it changes.
[[nodiscard]] std::string commands_hash();

/// How those that are registered, as Discord lists them with their localizations, differ from ours: a line for each.
[[nodiscard]] std::vector<std::string> drift(const nlohmann::json& registered);

}  // namespace reweave::discord
