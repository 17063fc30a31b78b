#pragma once
/// \file Plays transcripts on the engine with its store, closed and opened again between turns.

#include <memory>

#include "bot/app/temporary_bot.hpp"
#include "bot/dialog/player.hpp"

namespace reweave::app {

/// `content` and `revisions` must outlive the player.
[[nodiscard]] std::unique_ptr<dialog::Player> make_core_player(const Content& content,
                                                               const Revisions& revisions,
                                                               std::uint64_t seed);

}  // namespace reweave::app
