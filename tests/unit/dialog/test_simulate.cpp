// People who answer by chance: what a simulation finds, and that it finds it again.
#include "bot/dialog/simulate.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/joint_table.hpp"

namespace test_simulate {

using namespace reweave::dialog;
using namespace reweave::test;

namespace {

Simulation simulated(const std::string& text, int conversations = 100) {
    const RevisionPtr root = revision_of("talk.script", text, {small_gate()});
    return simulate(root, "talk.script", {root, small_gate(), shipped_phrases()}, english(), {1, conversations});
}

constexpr const char* kLanes =
    "# Talk\nDraft: for tests\nPeople: starter, partner\n## Alone\nFOR: each, alone\nCALL: Safety gate\n"
    "WAIT: for both, up to 2 days\nIF NOT: Not this time\n## Room\nFOR: both\n";
constexpr const char* kNotThisTime = "## Not this time\nNot this time.\nFINISH: not now\n";

}  // namespace

TEST_CASE("a simulation of a sound script finds nothing, comes everywhere and says how it ended",
          "[dialog][simulate]") {
    const Simulation found = simulated(
        std::string(kLanes) + "FLOOR: each\n{speaker}?\nASK: one line\nFLOOR: next\nFINISH: talked\n" + kNotThisTime);
    CHECK(found.is_well());
    CHECK(found.met > 40);
    CHECK(found.outcomes.at("talked") > 80);
    CHECK(found.outcomes.at("not now") > 0);
    CHECK(found.coverage.missed.empty());
    CHECK(found.longest.turns > 4);
}

TEST_CASE("the same seed gives the same simulation", "[dialog][simulate]") {
    const std::string text = std::string(kLanes) + "TO: starter\nWell?\nASK: one line\nFINISH: talked\n" + kNotThisTime;
    const Simulation one = simulated(text), other = simulated(text);
    CHECK(one.turns == other.turns);
    CHECK(one.outcomes == other.outcomes);
    CHECK(one.longest.seed == other.longest.seed);
}

TEST_CASE("a simulation tells whom the room never asks, while it asks the other", "[dialog][simulate]") {
    const Simulation found =
        simulated(std::string(kLanes) + "TO: starter\nWell?\nASK: one line\nFINISH: talked\n" + kNotThisTime);
    REQUIRE(found.starved.size() == 1);
    CHECK(found.starved.front().what.find("partner") != std::string::npos);
    CHECK_FALSE(found.is_well());
}

TEST_CASE("a simulation tells where a script goes round without end, and with which seed", "[dialog][simulate]") {
    // Such a script is refused; it is made as a tool could make it.
    Script script = revision_of("talk.script", "# Talk\nDraft: for tests\n## A\nOne.\nFINISH: done\n", {})->script;
    script.steps.front().body.pop_back();
    script.steps.front().body.push_back(Node{GoTo{"a", std::nullopt}, {4, 1, 8}});
    const RevisionPtr root = make_revision(std::move(script));
    const Simulation found =
        simulate(root, "talk.script", {root, shipped_phrases()}, english(), SimulationOptions{7, 3});
    REQUIRE(found.dead_ends.size() == 1);
    CHECK(found.dead_ends.front().seed == 7);
    CHECK(found.dead_ends.front().what.find("loop") != std::string::npos);
}

}  // namespace test_simulate
