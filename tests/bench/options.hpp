#pragma once
/// \file What the load generator is told on its command line.

#include <cstdint>
#include <string>

namespace reweave::bench {

extern const char* const kUsage;

struct Options {
    enum class Speak { reweave, node, echo } speak = Speak::reweave;
    enum class Mode { turns, idle, resume, history } mode = Mode::turns;
    std::uint16_t port = 0;
    std::string talk, people, save_people;
    std::size_t users = 64;
    std::size_t at_once = 0;  ///< 0: everyone
    double seconds = 5, warm = 1, hold = 2;
    std::int64_t turns = 0;
    int pid = 0;
};

/// \throws std::invalid_argument naming the option that is wrong.
[[nodiscard]] Options parse(int argc, char** argv);

}  // namespace reweave::bench
