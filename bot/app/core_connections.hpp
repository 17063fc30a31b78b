#pragma once
/// \file People on the engine with its store, which is closed and opened again between turns.

#include "bot/app/level_player.hpp"

namespace reweave::app {

/// `bot` must outlive the connections.
[[nodiscard]] std::unique_ptr<Connections> connect_to_core(TemporaryBot& bot);

}  // namespace reweave::app
