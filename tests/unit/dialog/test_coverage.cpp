#include <nlohmann/json.hpp>

#include "bot/dialog/compile.hpp"
#include "bot/dialog/coverage.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/english.hpp"

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

TEST_CASE("a set with nothing to count is covered", "[dialog][coverage]") {
    REQUIRE(Coverage().report().reaches(100));
}
