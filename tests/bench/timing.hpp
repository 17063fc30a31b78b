#pragma once
/// \file A clock for the benchmarks in process.

#include <time.h>

namespace reweave::bench {

/// Microseconds of processor time that this thread has used: other work on the machine counts little.
inline double used() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

}  // namespace reweave::bench
