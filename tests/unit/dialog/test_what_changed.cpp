// What an author changed, in a report; and steps that were renamed.
#include "bot/dialog/po_merge.hpp"
#include "bot/dialog/what_changed.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/english.hpp"

namespace test_what_changed {

using namespace reweave::dialog;

namespace {

constexpr const char* kOld = R"(# Test
Draft: test
## The act
What did you do?
ASK: act, one line
"{act}"
## Heat
How hot is it?
ASK: heat, from 0 to 10
A {heat}.
## Gone
This goes.
FINISH: done
)";

constexpr const char* kNow = R"(# Test
Draft: test
## What you did
FORMERLY: The act
What was it that you did?
ASK: act, one line
"{act}"
## Heat
How hot is it?
ASK: heat, from 0 to 5
A {heat}.
## Another
This is new.
FINISH: done
)";

Script script(const std::string& text) {
    Compiled compiled = compile(Source{"dialogs/test.script", text}, reweave::test::english());
    REQUIRE(compiled.script);
    return *compiled.script;
}

std::string without_line(std::string text, const std::string& begin) {
    const std::size_t from = text.find(begin);
    return text.erase(from, text.find('\n', from) + 1 - from);
}

}  // namespace

TEST_CASE("a report tells steps that were renamed from those that came and went", "[dialog][what_changed]") {
    const ScriptChange change = what_changed(script(kOld), script(kNow), former_steps(kNow));
    REQUIRE(change.renamed == std::vector<std::pair<std::string, std::string>>{{"the-act", "what-you-did"}});
    REQUIRE(change.added == std::vector<std::string>{"another"});
    REQUIRE(change.removed == std::vector<std::string>{"gone"});
    REQUIRE(change.texts == 1);
    REQUIRE(change.questions == std::vector<std::string>{"heat"});

    const ScriptChange unnamed = what_changed(script(kOld), script(kNow), {});
    REQUIRE(unnamed.renamed.empty());
    REQUIRE(unnamed.added == std::vector<std::string>{"what-you-did", "another"});
    REQUIRE(unnamed.removed == std::vector<std::string>{"the-act", "gone"});

    const ScriptChange nothing = what_changed(script(kNow), script(kNow), former_steps(kNow));
    REQUIRE((nothing.added.empty() && nothing.removed.empty() && nothing.renamed.empty() && nothing.texts == 0 &&
             nothing.questions.empty()));
}

TEST_CASE("FORMERLY changes nothing of a script, not even its hash", "[dialog][what_changed]") {
    REQUIRE(make_revision(script(kNow))->hash == make_revision(script(without_line(kNow, "FORMERLY")))->hash);
}

TEST_CASE("translations of a renamed step are kept as they are", "[dialog][what_changed]") {
    PoFile old = po_from(script(kOld), "es");
    for (PoEntry& entry : old.entries) entry.translation = "(" + entry.source + ")";
    const auto of_the_step = [&](const FormerSteps& former) {
        const Merged merged = merge(old, script(kNow), "es", former);
        for (const PoEntry& entry : merged.file.entries) {
            if (entry.source == "\"{act}\"") return std::make_pair(entry.context, entry.fuzzy());
        }
        return std::make_pair(std::string(), true);
    };
    REQUIRE(of_the_step(former_steps(kNow)).first.starts_with("test/what-you-did/"));
    REQUIRE_FALSE(of_the_step(former_steps(kNow)).second);
    REQUIRE(of_the_step({}).second);  // found elsewhere by its words: somebody has to look at it
}

}  // namespace test_what_changed
