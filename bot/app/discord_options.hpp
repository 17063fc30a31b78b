#pragma once
/// \file What the Discord channel is told by the settings, and what it tells the metrics.

#include "adapters/discord/channel.hpp"
#include "bot/app/config.hpp"
#include "bot/server/metrics.hpp"

namespace reweave::app {

/// \throws std::runtime_error with a sentence if it holds what no token holds: it goes into a header.
[[nodiscard]] std::string checked_token(std::string token);
[[nodiscard]] std::filesystem::path discord_account_file(const Config& config);
/// With the token that is in force. \throws std::runtime_error telling the operator to log in, if nobody has.
[[nodiscard]] discord::Account discord_account(const Config& config);
/// How Discord is reached; the environment may name a proxy.
[[nodiscard]] http::ClientOptions discord_api(const Config& config);
/// Without what the bot itself gives: screen, report, acknowledged.
[[nodiscard]] discord::ChannelOptions discord_options(const Config& config);

void watch_discord(server::Metrics& metrics, const discord::Channel& channel);
/// For ChannelOptions::acknowledged. `metrics` outlives it.
[[nodiscard]] std::function<void(std::chrono::milliseconds waited, bool late)> count_acknowledged(
    server::Metrics& metrics);

}  // namespace reweave::app
