#include <nlohmann/json.hpp>

#include "bot/dialog/compile.hpp"
#include "bot/dialog/coverage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/english.hpp"

namespace test_coverage {

using namespace reweave::dialog;

namespace {

RevisionPtr revision_of(const std::string& text) {
    const Compiled compiled = compile({"dialogs/small.script", text}, reweave::test::english());
    REQUIRE(compiled.script);
    return make_revision(*compiled.script);
}

constexpr auto kSmall = R"(# Small
Draft: yes
Given: heat

## Ask
Which one?
* Left
ALSO: l
* Right
GO TO: Other
END
IF: heat is 5 or more
One.
OTHERWISE:
Two.
END
FINISH: done

## Other
FINISH: other
)";

}  // namespace

TEST_CASE("coverage counts steps, choices and branches, and names what never ran with its line", "[dialog][coverage]") {
    const RevisionPtr small = revision_of(kSmall);
    Coverage coverage;
    coverage.add("dialogs/small.script", small);
    coverage.visit(small->hash, Place{0, 1, 0, 0});
    coverage.visit(small->hash, Place{0, 2, 1, 0});
    coverage.visit("another", Place{1, 0, -1, 0});

    const Coverage::Report report = coverage.report();
    REQUIRE(report.steps.ran == 1);
    REQUIRE(report.steps.of == 2);
    REQUIRE(report.branches.ran == 2);
    REQUIRE(report.branches.of == 4);
    REQUIRE(report.reaches(50));
    REQUIRE_FALSE(report.reaches(51));
    REQUIRE(render_text(report) ==
            "Steps 1 of 2 (50 %), branches 2 of 4 (50 %)\n"
            "dialogs/small.script:9: the choice “Right” never ran\n"
            "dialogs/small.script:12: this branch of IF never ran\n"
            "dialogs/small.script:19: the step “Other” never ran\n");
    REQUIRE(render_json(report)["missed"].size() == 3);
    REQUIRE(render_json(report)["steps"]["percent"] == 50);
}

TEST_CASE("what people go through alone is counted for each role that it is for", "[dialog][coverage]") {
    const RevisionPtr two = revision_of(R"(# Two
Draft: yes
People: starter, partner

## Alone
FOR: each, alone
CALL: Safety gate
Ready?
* Yes
ALSO: y
* No
GO TO: Not now
END

## A link
FOR: starter, alone
INVITE: partner

## Ready
FOR: each, alone
WAIT: for both, up to 1 day
IF NOT: Not now

## Room
FOR: both
Here you are.
GO TO: After

## After
FOR: each, alone
Bye.
FINISH: met

## Not now
Another day.
FINISH: not-now
)");
    const Walker starter{"starter", {"en", "es"}};
    Coverage coverage;
    coverage.add("dialogs/two.script", two, {"es"});
    coverage.visit(two->hash, Place{0, 3, 0, 0}, starter);
    coverage.visit(two->hash, Place{1, 1, -1, 0}, starter);
    coverage.visit(two->hash, Place{1, 0, -1, 0}, {"partner", {"es", "en"}});  // passes by
    coverage.visit(two->hash, Place{2, 1, -1, 0}, {"partner", {"es", "en"}});
    coverage.visit(two->hash, Place{3, 1, -1, 0}, starter);  // in the room the others read it, too
    coverage.visit(two->hash, Place{4, 1, -1, 0}, starter);

    const Coverage::Report report = coverage.report();
    // Alone, Ready, After and Not now for both, the link for one; the two choices for both.
    REQUIRE(report.roles.of == 13);
    REQUIRE(report.roles.ran == 5);
    REQUIRE(report.languages.of == 6);
    REQUIRE(report.languages.ran == 3);
    REQUIRE(report.reaches(50, 38, 50));
    REQUIRE_FALSE(report.reaches(50, 39));
    REQUIRE_FALSE(report.reaches(50, 0, 51));
    REQUIRE(render_text(report) ==
            "Steps 5 of 6 (83 %), branches 1 of 2 (50 %), by role 5 of 13 (38 %), by language 3 of 6 (50 %)\n"
            "dialogs/two.script:5: the step “Alone” never ran for partner\n"
            "dialogs/two.script:5: the step “Alone” never ran in es\n"
            "dialogs/two.script:9: the choice “Yes” never ran for partner\n"
            "dialogs/two.script:11: the choice “No” never ran\n"
            "dialogs/two.script:19: the step “Ready” never ran for starter\n"
            "dialogs/two.script:29: the step “After” never ran for partner\n"
            "dialogs/two.script:29: the step “After” never ran in es\n"
            "dialogs/two.script:34: the step “Not now” never ran\n");
    REQUIRE(render_json(report)["roles"]["percent"] == 38);
    REQUIRE(render_json(report)["languages"]["percent"] == 50);
    REQUIRE(render_json(report)["missed"][0]["role"] == "partner");
    REQUIRE(render_json(report)["missed"][1]["language"] == "es");
}

TEST_CASE("a set with nothing to count is covered", "[dialog][coverage]") {
    REQUIRE(Coverage().report().reaches(100));
}

}  // namespace test_coverage
