#pragma once
/// \file What the bot knows of itself on Matrix, for its operator: state, counts and rooms; no contents.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "adapters/matrix/channel.hpp"
#include "bot/app/config.hpp"

namespace reweave::app {

/// Of the running bot: {"state":"running","last_sync_seconds":2.5,"unsent":0,"sent":7,"refused":0,"slowed":0,
/// "rooms":[{"id":…,"kind":"direct","stage":"joined","user":…,"talk":12,"muted":true,"encrypted":false}…]}. The state
/// is "off" without a channel.
[[nodiscard]] nlohmann::json matrix_report(const matrix::Channel* channel);

/// The same from the bot that serves this data, with "serving": true; if none does, {"serving": false, "rooms":[…]}
/// from the database. \throws std::runtime_error with a sentence.
[[nodiscard]] nlohmann::json matrix_report(const Config& config);

/// The column of a table: "direct", "@ana:example.org", "muted, encrypted".
[[nodiscard]] std::string who_is_in(const nlohmann::json& room);
[[nodiscard]] std::string marks_of(const nlohmann::json& room);

}  // namespace reweave::app
