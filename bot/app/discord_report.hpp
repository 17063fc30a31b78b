#pragma once
/// \file What the bot knows of itself on Discord, for its operator: state and counts; no contents.

#include <nlohmann/json_fwd.hpp>

#include "adapters/discord/channel.hpp"
#include "bot/app/config.hpp"

namespace reweave::app {

/// Of the running bot: {"state":"ready","needs_operator":"","unsent":0,"sent":7,"refused":0,"pointed":2,
/// "identifies":1,"resumes":3,"last_close":0,"contacts":12,"closed":1,"talks":2}. The state is "off" without a channel.
[[nodiscard]] nlohmann::json discord_report(const discord::Channel* channel);

/// The same from the bot that serves this data, with "serving": true; if none does, {"serving": false}. Both with what
/// the database has: "identifies", and "places", where on servers talks are said: [{"guild":"1","channel":"2"}…].
/// \throws std::runtime_error with a sentence.
[[nodiscard]] nlohmann::json discord_report(const Config& config);

}  // namespace reweave::app
