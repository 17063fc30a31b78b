#include "bot/dialog/script.hpp"
#include "tests/support/catch.hpp"

namespace test_script {

using namespace reweave::dialog;

TEST_CASE("a place names a node at step level and inside a branch, and nothing past the end", "[dialog][script]") {
    Script script;
    Step step;
    step.id = "one";
    Ask ask;
    ask.kind = AskKind::one_of;
    Choice choice;
    choice.then.push_back(Node{Finish{"done"}, {}});
    ask.choices.push_back(choice);
    step.body.push_back(Node{ask, {}});
    script.steps.push_back(step);

    REQUIRE(node_at(script, Place{0, 0, -1, 0}) != nullptr);
    REQUIRE(std::holds_alternative<Finish>(node_at(script, Place{0, 0, 0, 0})->what));
    REQUIRE(node_at(script, Place{0, 0, 0, 1}) == nullptr);
    REQUIRE(node_at(script, Place{0, 0, 1, 0}) == nullptr);
    REQUIRE(node_at(script, Place{0, 1, -1, 0}) == nullptr);
    REQUIRE(node_at(script, Place{1, 0, -1, 0}) == nullptr);
    REQUIRE(step_index(script, "one") == 0);
    REQUIRE(step_index(script, "two") == -1);
}

}  // namespace test_script
