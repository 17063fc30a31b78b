#pragma once
/// \file People on real WebSockets, one for each, with nothing but the protocol's frames.

#include "bot/app/level_player.hpp"

namespace reweave::app {

/// The server listens on a free port of 127.0.0.1. `bot` must outlive the connections.
/// \throws std::runtime_error from any call if the bot does not answer within 30 seconds.
[[nodiscard]] std::unique_ptr<Connections> connect_over_sockets(TemporaryBot& bot);

}  // namespace reweave::app
