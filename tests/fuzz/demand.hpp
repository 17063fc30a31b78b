#pragma once
/// \file What a fuzz target holds the code to, beside not crashing.

#include <cstdio>
#include <cstdlib>

/// Ends the program, so that the fuzzer keeps the input, if `held` is false.
inline void demand(bool held, const char* what) {
    if (held) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}
