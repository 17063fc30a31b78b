// Faults in plenty: all of a file in one pass, each at its place.
#include <chrono>

#include "tests/support/catch.hpp"
#include "tests/support/english.hpp"
#include "tests/unit/dialog/dialog_support.hpp"

namespace test_recovery {

using namespace reweave::dialog;
using namespace reweave::dialog::test;

namespace {

std::vector<std::string> found_in(const std::string& text) {
    const Titles others{{"cooldown", "Cool down"}};
    return places(compile(Source{"dialogs/test.script", text}, reweave::test::english(), &others).diagnostics);
}

}  // namespace

TEST_CASE("a file with seven different faults has each reported at its place in one run", "[dialog][recovery]") {
    const std::string text =
        "# Own my part\n"            // 1
        "Draft: not reviewed\n"      // 2
        "## The act\n"               // 3
        "What did you do?\n"         // 4
        "ASC: act, one line\n"       // 5  unknown cue
        "Thank you, {nam}.\n"        // 6  unknown name
        "How hot is it?\n"           // 7
        "ASK: heat, from 10 to 0\n"  // 8  bounds
        "IF: heat is very hot\n"     // 9  condition
        "Hot.\n"                     // 10
        "END\n"                      // 11
        "Whose was it?\n"            // 12
        "* Mine\n"                   // 13
        "ALSO: me, stop\n"           // 14 always-on word
        "* Theirs\n"                 // 15
        "GO TO: A slise\n"           // 16 unknown step
        "END\n"                      // 17
        "CALL: Cool donw\n"          // 18 unknown script
        "FINISH: owned\n"            // 19
        "## A slice\n"               // 20
        "Is there a piece?\n"        // 21
        "FINISH: slice\n";           // 22
    REQUIRE(found_in(text) ==
            std::vector<std::string>{
                "R019 5:1", "R062 6:13", "R045 8:17", "R061 9:13", "R038 14:11", "R068 16:8", "R078 18:7"});
}

TEST_CASE("a file pasted from a word processor is read for what it means", "[dialog][recovery]") {
    const std::string text =
        "\xEF\xBB\xBF\\# Own my part\r\n"
        "**Draft:** not reviewed\r\n"
        "\r\n"
        "\\#\\# **The act**\r\n"
        "How hot is it?\xE2\x80\xA8**ASK:** heat, from\xC2\xA0"
        "0 “calm” to 10 „boiling“\r\n"
        "**IF: heat is 5 or more**\r\n"
        "It\\'s hot – {heat}.\xE2\x80\x8B\r\n"
        "END\r\n"
        "Whose was it?\r\n"
        "•\xC2\xA0Mine\r\n"
        "ALSO：me，my fault\r\n"
        "◦  Theirs\r\n"
        "GO\xC2\xA0TO: A slice\r\n"
        "END\r\n"
        "FINISH: owned\r\n"
        "## A slice\r\n"
        "Is there a piece?\r\n"
        "FINISH: slice\r\n";
    const Compiled compiled = compile(Source{"dialogs/test.script", text}, reweave::test::english());
    INFO(in_words(compiled.diagnostics));
    REQUIRE(compiled.diagnostics.empty());
    const Script& script = *compiled.script;
    REQUIRE(script.title == "Own my part");
    REQUIRE(script.steps.front().title == "The act");
    const Ask& heat = std::get<Ask>(script.steps.front().body[1].what);
    REQUIRE(heat.low == "calm");
    REQUIRE(heat.high == "boiling");
    const Ask& whose = std::get<Ask>(script.steps.front().body[4].what);
    REQUIRE(whose.choices[0].also == std::vector<std::string>{"me", "my fault"});
    REQUIRE(whose.choices[1].label == "Theirs");
}

TEST_CASE("faults in a file pasted from a word processor are shown where they stand in it", "[dialog][recovery]") {
    const std::string text =
        "\xEF\xBB\xBF\\# Own my part\r\n"
        "**Draft:** not reviewed\r\n"
        "\\#\\# **The act**\r\n"
        "\xC2\xA0\xC2\xA0**ASC:** heat\r\n"  // 4
        "It\\'s “hot” \\_ {haet}.\r\n"       // 5
        "Whose was it?\xE2\x80\xA8•\xC2\xA0Mine\xE2\x80\xA8"
        "ALSO: me, st\xE2\x80\x8Bop\r\n"  // 6: soft breaks
        "END\r\n"
        "FINISH: owned\r\n"
        "\\#\\# A\xC2\xA0slice \\{\\#A slice\\}\r\n"  // 9
        "FINISH: slice\r\n";
    REQUIRE(found_in(text) == std::vector<std::string>{"R019 4:5", "R062 5:17", "R038 6:32", "R017 9:18"});
}

TEST_CASE("a file that is damaged in any way is answered with faults, never with a crash", "[dialog][recovery]") {
    std::string text =
        "# T\nDraft: x\n## A\nHot {n: # a | # b}?\nASK: heat, from 0 \"a\" to 10 \"b\", up to 2 days\nALSO: numb = 7\n"
        "NUDGE: if heat is 9 or (heat is 2 and not heat is missing): Hot.\nREMIND: after 4 hours: Here.\n* A (if heat "
        "is 3) {#a}\n"
        "ALSO: b\nGO TO: A, at most 2 times\nEND\nIF: heat has \"x\"\nOTHERWISE\nOh.\nEND\nCALL: x, with heat\nFINISH: "
        "y\n";
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (const std::string& damage : {std::string(),
                                          std::string("\n"),
                                          std::string("\""),
                                          std::string("{"),
                                          std::string("\xFF"),
                                          std::string("* ")}) {
            std::string damaged = text;
            damaged.replace(at, 1, damage);
            const Compiled compiled = compile(Source{"dialogs/test.script", damaged}, small_pack());
            REQUIRE_FALSE(compiled.diagnostics.empty());  // the original has faults itself: {n} is unknown
        }
    }
}

TEST_CASE("a script of a thousand steps compiles", "[dialog][recovery]") {
    std::string text = "# Long\nDraft: for a test\n";
    for (int i = 1; i <= 1000; ++i) {
        const std::string n = std::to_string(i);
        text += "## Step " + n + "\nHow hot is it now, the time number " + n + "?\nASK: heat " + n +
                ", from 0 \"calm\" to 10 \"boiling\"\n" + "IF: heat " + n + " is 5 or more\nA {heat " + n +
                "}. Let's take that slowly.\nOTHERWISE\nA {heat " + n +
                "}. We can work with that.\nEND\nWhat now?\n* Go on\nALSO: on, yes\n* Jump\nGO TO: Step " +
                std::to_string(i % 1000 + 1) + "\nEND\n";
    }
    text += "FINISH: done\n";
    const auto start = std::chrono::steady_clock::now();
    const Compiled compiled = compile(Source{"dialogs/long.script", text}, small_pack());
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    UNSCOPED_INFO("took " << took.count() << " ms");
    INFO(in_words(compiled.diagnostics).substr(0, 500));
    REQUIRE(compiled.script);
    REQUIRE(compiled.diagnostics.empty());
    REQUIRE(compiled.script->steps.size() == 1000);
}

}  // namespace test_recovery
