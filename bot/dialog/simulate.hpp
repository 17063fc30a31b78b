#pragma once
/// \file Plays a script again and again with people who answer by chance, on a clock that jumps to whatever comes next.
///
/// Pure: the same seed gives the same report. It looks for what no transcript was written for: conversations that stand
/// still although nobody is asked and nothing is due, people whom a room forgets, and lines that nobody ever comes to.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bot/dialog/coverage.hpp"
#include "bot/dialog/language.hpp"
#include "bot/dialog/script.hpp"

namespace reweave::dialog {

struct SimulationOptions {
    std::uint64_t seed = 1;
    int conversations = 1000;
};

struct Simulation {
    /// Something that must not happen. `seed` of the conversation: a simulation of one conversation with that seed
    /// shows it again.
    struct Trouble {
        std::uint64_t seed = 0;
        std::string script;  ///< id
        Span span;           ///< where they stand
        std::string what;
    };
    struct Longest {
        std::int64_t turns = 0;
        std::uint64_t seed = 0;
        Seconds time{};  ///< that went by in it
    };
    int conversations = 0;
    std::int64_t turns = 0;                   ///< of all: what somebody did, and what came due
    int met = 0;                              ///< of several people: conversations whose room opened
    std::map<std::string, int> outcomes;      ///< of each person; "" is none, "left open" an unanswered question
    std::vector<Trouble> dead_ends, starved;  ///< the first of each kind
    Longest longest;
    Coverage::Report coverage;

    [[nodiscard]] bool is_well() const { return dead_ends.empty() && starved.empty(); }
};

/// Simulates conversations `seed`, `seed` + 1, … of `root`. `scripts` must hold what it calls, and the script
/// `phrases`. `path` is the file of `root`, for the report. For a script for several, each role has as many people as
/// it needs.
[[nodiscard]] Simulation simulate(const RevisionPtr& root,
                                  const std::string& path,
                                  const std::vector<RevisionPtr>& scripts,
                                  const LanguagePack& pack,
                                  const SimulationOptions& options);

}  // namespace reweave::dialog
