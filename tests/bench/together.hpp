#pragma once
/// \file What conversations of several people cost on the engine with its database: one thread's time, each turn with
/// its own commit.

namespace reweave::bench {

/// Microseconds of one turn of two people who prepare, share, meet and take turns to their end. A turn is what one of
/// them does and all that both see of it.
[[nodiscard]] double turn_of_a_pair();

/// Milliseconds of one round of a circle: each of 12 has the floor once, and all 13 hear it.
[[nodiscard]] double round_of_twelve();

}  // namespace reweave::bench
