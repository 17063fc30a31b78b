#pragma once
/// \file Plays transcripts as a client does: over a real WebSocket, with nothing but the protocol's frames.

#include <memory>

#include "bot/app/temporary_bot.hpp"
#include "bot/dialog/player.hpp"

namespace reweave::app {

/// The server listens on a free port of 127.0.0.1. `content`, `revisions` and `translations` must outlive the player.
/// \throws std::runtime_error from any call if the connection does not answer within 30 seconds.
[[nodiscard]] std::unique_ptr<dialog::Player> make_socket_player(const Content& content,
                                                                 const Revisions& revisions,
                                                                 const std::vector<dialog::Translation>& translations,
                                                                 std::uint64_t seed);

}  // namespace reweave::app
