#pragma once
/// \file What the Matrix channel is told by the settings, and what it tells the metrics.

#include "adapters/matrix/channel.hpp"
#include "bot/app/config.hpp"
#include "bot/server/metrics.hpp"

namespace reweave::app {

[[nodiscard]] std::filesystem::path matrix_account_file(const Config& config);
/// Whether encrypted rooms are read and written; they are declined if not.
[[nodiscard]] bool matrix_encrypts(const Config& config);
/// \throws std::runtime_error telling the operator to log in, if nobody has.
[[nodiscard]] matrix::Account matrix_account(const Config& config);
/// How the homeserver is reached; the environment may name a proxy.
[[nodiscard]] http::ClientOptions matrix_homeserver(const Config& config);
/// Without what the bot itself gives: screen, report, give_up.
[[nodiscard]] matrix::ChannelOptions matrix_options(const Config& config);

void watch_matrix(server::Metrics& metrics, const matrix::Channel& channel);

}  // namespace reweave::app
