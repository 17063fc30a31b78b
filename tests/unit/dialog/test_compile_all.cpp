#include "tests/support/catch.hpp"
#include "tests/support/english.hpp"
#include "tests/unit/dialog/dialog_support.hpp"

namespace test_compile_all {

using namespace reweave::dialog;
using namespace reweave::dialog::test;

namespace {

const std::string kTop = "# Title\nDraft: for a test\n## Begin\nHello.\n";

CompiledSet compile_set(const std::vector<Source>& sources) {
    return compile_all(sources, {{"en", std::make_shared<LanguagePack>(reweave::test::english())}});
}

std::vector<std::string> ids(const CompiledSet& set) {
    std::vector<std::string> result;
    for (const auto& revision : set.revisions) result.push_back(revision->script.id);
    return result;
}

}  // namespace

TEST_CASE("scripts come after those that they call, and pin them by their hashes", "[dialog][compile_all]") {
    const CompiledSet set = compile_set({{"a.script", kTop + "CALL: b\nFINISH: done\n"},
                                         {"b.script", kTop + "CALL: c\nFINISH: done\n"},
                                         {"c.script", kTop + "FINISH: done\n"}});
    INFO(in_words(set.diagnostics));
    REQUIRE(ids(set) == std::vector<std::string>{"c", "b", "a"});
    REQUIRE(set.revisions[2]->script.calls.at("b") == set.revisions[1]->hash);
    REQUIRE(set.revisions[1]->script.calls.at("c") == set.revisions[0]->hash);
}

TEST_CASE("a changed word changes the hash of every script that can come to it, and of no other",
          "[dialog][compile_all]") {
    const auto hashes = [](const std::string& word) {
        const CompiledSet set = compile_set({{"a.script", kTop + "CALL: b\nFINISH: done\n"},
                                             {"b.script", kTop + word + "\nFINISH: done\n"},
                                             {"c.script", kTop + "FINISH: done\n"}});
        std::map<std::string, std::string> result;
        for (const auto& revision : set.revisions) result[revision->script.id] = revision->hash;
        return result;
    };
    const auto before = hashes("One.");
    const auto after = hashes("Two.");
    REQUIRE(before.at("a") != after.at("a"));
    REQUIRE(before.at("b") != after.at("b"));
    REQUIRE(before.at("c") == after.at("c"));
}

TEST_CASE("a script with faults takes those that call it with it, and leaves the others", "[dialog][compile_all]") {
    const CompiledSet set = compile_set({{"a.script", kTop + "CALL: b\nFINISH: done\n"},
                                         {"b.script", kTop + "CALL: c\nFINISH: done\n"},
                                         {"c.script", kTop},
                                         {"d.script", kTop + "FINISH: done\n"}});
    REQUIRE(ids(set) == std::vector<std::string>{"d"});
    REQUIRE(places(set.diagnostics) == std::vector<std::string>{"R080 5:1", "R080 5:1", "R070 4:1"});
}

TEST_CASE("a script for several people cannot be called by one for one", "[dialog][compile_all]") {
    const std::string several = "# Several\nDraft: for a test\nPeople: a, b\n## Begin\nFOR: each, alone\nHello.\n";
    const CompiledSet set =
        compile_set({{"a.script", kTop + "CALL: b\nFINISH: done\n"}, {"b.script", several + "FINISH: done\n"}});
    REQUIRE(ids(set) == std::vector<std::string>{"b"});
    REQUIRE(places(set.diagnostics) == std::vector<std::string>{"R013 5:1"});
}

TEST_CASE("a script for one begins one for several, and no other", "[dialog][compile_all]") {
    const std::string several = "# Several\nDraft: for a test\nPeople: a, b\n## Begin\nFOR: each, alone\nHello.\n";
    const CompiledSet set = compile_set({{"a.script", kTop + "BEGIN: b\n"},
                                         {"b.script", several + "FINISH: done\n"},
                                         {"c.script", kTop + "BEGIN: a\n"},
                                         {"d.script", kTop + "FOLLOW UP: after 2 days: b\nFINISH: done\n"}});
    REQUIRE(places(set.diagnostics) == std::vector<std::string>{"R013 5:1", "R013 5:1"});
    REQUIRE(set.diagnostics[0].path == "c.script");
    REQUIRE(set.diagnostics[1].path == "d.script");
}

TEST_CASE("a circle of calls is an error in each script of it", "[dialog][compile_all]") {
    const CompiledSet set = compile_set({{"a.script", kTop + "CALL: b\nFINISH: done\n"},
                                         {"b.script", kTop + "CALL: a\nFINISH: done\n"},
                                         {"c.script", kTop + "CALL: c\nFINISH: done\n"}});
    REQUIRE(set.revisions.empty());
    REQUIRE(places(set.diagnostics) == std::vector<std::string>{"R079 5:1", "R079 5:1", "R079 5:1"});
    REQUIRE(set.diagnostics[0].message.find("a → b → a") != std::string::npos);
}

TEST_CASE("a follow-up may be the script itself: it is a new conversation", "[dialog][compile_all]") {
    const CompiledSet set = compile_set({{"a.script", kTop + "FOLLOW UP: after 2 days: a\nFINISH: done\n"}});
    INFO(in_words(set.diagnostics));
    REQUIRE(ids(set) == std::vector<std::string>{"a"});
}

}  // namespace test_compile_all
