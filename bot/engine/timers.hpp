#pragma once
/// \file Timers that are due.

#include <vector>

#include "bot/engine/deliveries.hpp"

namespace reweave::engine {

inline constexpr int kTimersPerBatch = 1024;

/// Each is a turn of its own. One whose turn throws is dropped and counted.
/// \returns who is to be erased now: their timer stays until their rows go with it, for a crash before their key is
/// gone must not lose the wish.
[[nodiscard]] std::vector<PersonId> fire_timers(Desk& desk, Deliveries& deliveries);

}  // namespace reweave::engine
