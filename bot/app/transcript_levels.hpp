#pragma once
/// \file A transcript on every level: the step function, the engine with its database, and WebSockets.

#include <cstdint>
#include <optional>
#include <vector>

#include "bot/app/temporary_bot.hpp"
#include "bot/dialog/transcript.hpp"

namespace reweave::app {

/// Runs a transcript on `step`, which plays the step function alone, then with a database, and then over WebSockets,
/// one for each person. All of them must show everybody the same: T108.
[[nodiscard]] std::optional<dialog::Diagnostic> run_at_all_levels(const dialog::Transcript& transcript,
                                                                  dialog::Player& step,
                                                                  const Content& content,
                                                                  const Revisions& revisions,
                                                                  const std::vector<dialog::Translation>& translations,
                                                                  std::uint64_t seed);

}  // namespace reweave::app
