#pragma once
/// \file Plays transcripts on the engine with its store, closed and opened again between turns.

#include <memory>

#include "bot/app/content.hpp"
#include "bot/dialog/player.hpp"

namespace reweave::app {

/// `content` and `revisions` must outlive the player.
[[nodiscard]] std::unique_ptr<dialog::Player> make_core_player(
    const Content& content, const std::vector<std::shared_ptr<dialog::Revision>>& revisions, std::uint64_t seed);

}  // namespace reweave::app
