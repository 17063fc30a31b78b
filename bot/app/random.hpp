#pragma once
/// \file The system's random numbers, for codes and the seeds of turns.

#include <cstdint>

namespace reweave::app {

/// 64 unpredictable bits. Any thread.
[[nodiscard]] std::uint64_t secure_random();

}  // namespace reweave::app
