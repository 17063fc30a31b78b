#pragma once
/// \file Time that a test moves: all timers of the program run by it, and hours pass as soon as nothing else is to be
/// done.

#include <chrono>
#include <functional>

#include "bot/deps/asio.hpp"

namespace reweave::test {

/// Moves MonotonicClock on, for the whole program.
void move_clock(MonotonicClock::duration by);

/// Runs what is ready. When nothing is, moves the clock on by `step`, until `done` or until so much time has gone by;
/// true if it is done. What runs on other threads is not waited for.
[[nodiscard]] bool run_until(asio::io_context& io,
                             const std::function<bool()>& done,
                             MonotonicClock::duration limit,
                             MonotonicClock::duration step = std::chrono::milliseconds(10));

/// So much time goes by.
void run_for(asio::io_context& io,
             MonotonicClock::duration time,
             MonotonicClock::duration step = std::chrono::milliseconds(10));

}  // namespace reweave::test
