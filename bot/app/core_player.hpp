#pragma once
/// \file Plays transcripts on the engine with its store, closed and opened again between turns.

#include <memory>

#include "bot/app/temporary_bot.hpp"
#include "bot/dialog/player.hpp"

namespace reweave::app {

/// `content`, `revisions` and `translations` must outlive the player.
[[nodiscard]] std::unique_ptr<dialog::Player> make_core_player(const Content& content,
                                                               const Revisions& revisions,
                                                               const std::vector<dialog::Translation>& translations,
                                                               std::uint64_t seed);

}  // namespace reweave::app
