#pragma once
/// \file How long to wait before something that was lost is tried again. One thread, the I/O thread.

#include <chrono>

namespace reweave {

/// Before the `n`th try again (from 1): 1 s, 2 s, 4 s … 5 minutes, less a chance part of it, so that those who wait do
/// not come back together.
[[nodiscard]] std::chrono::milliseconds back_off(int n);

}  // namespace reweave
