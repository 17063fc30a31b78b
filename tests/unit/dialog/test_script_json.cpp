#include <nlohmann/json.hpp>

#include "bot/dialog/compile.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/dialog/dialog_support.hpp"

namespace test_script_json {

using namespace reweave::dialog;
using namespace reweave::dialog::test;
using nlohmann::json;

namespace {

Script full_script() {
    const Titles titles{{"cooldown", "Cool down"}};
    const Compiled compiled = compile_text(
        "# Full\nAbout: all\nMinutes: 3\nLanguage: en\nDraft: test\nGiven: n\nCredit: us\n## A\nHi {n}, {n: # a | # "
        "b}.\nOR: Hello.\nHot?\n"
        "ASK: heat, from 0 \"low\" to 10 \"high\", up to 2 days\nALSO: numb = 7\nRETRY: Again.\nTRIES: 3\nIF STUCK: B\n"
        "NUDGE: if heat is 9 and not heat is missing: Hot.\nREMIND: after 4 hours: Here.\nIF NOT: B\nWhose?\n"
        "* Mine (if heat is n or heat is 3)\nALSO: me\nGood.\n* Theirs\nGO TO: B, at most 2 "
        "times\nMore.\nEND\nWhat?\nASK: act, one line\n"
        "IF: act has \"never\" or act has more than 90 words\nOh.\nOTHERWISE\nAh.\nEND\nCALL: Cool down, with "
        "heat\nWAIT: 20 minutes\n"
        "How long?\nASK: back, a moment\nWAIT: until back\nHELP LINES: ipv\nPACE: 2 times, In for 4 seconds\n"
        "PICTURE: a.png, \"A\"\nFOLLOW UP: after 2 days: Cool down\nFINISH: done\n## B\nBye.\nFINISH: side\n",
        &titles);
    INFO(in_words(compiled.diagnostics));
    REQUIRE(compiled.script);
    return *compiled.script;
}

std::string refusal(const json& value) {
    try {
        (void)script_from_json(value);
    } catch (const std::invalid_argument& e) {
        return e.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("a script and its canonical JSON are the same thing", "[dialog][json]") {
    const std::string text = to_canonical_json(full_script());
    const Script again = script_from_json(json::parse(text));
    REQUIRE(to_canonical_json(again) == text);
    REQUIRE(json::parse(text).dump() == text);
}

TEST_CASE("a script that only moved on its page keeps its hash, and a changed word changes it", "[dialog][json]") {
    const std::string top = "# T\nDraft: x\n";
    const auto hash = [&](const std::string& body) {
        Compiled compiled = compile_text(top + body);
        REQUIRE(compiled.script);
        return make_revision(*compiled.script)->hash;
    };
    const std::string first = hash("## A\nHi.\nFINISH: done\n");
    REQUIRE(first.size() == 64);
    REQUIRE(hash("\n\n## A\n\nNOTE: for me\nHi.\nFINISH:   done\n") == first);
    REQUIRE(hash("## A\nHi!\nFINISH: done\n") != first);
}

TEST_CASE("SHA-256 of a known text", "[dialog][json]") {
    REQUIRE(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("JSON that is not a script is refused with the place of what is wrong", "[dialog][json]") {
    const json good = json::parse(to_canonical_json(full_script()));
    const auto with = [&](const char* pointer, json value) {
        json changed = good;
        changed[json::json_pointer(pointer)] = std::move(value);
        return refusal(changed);
    };
    REQUIRE(refusal(good) == "accepted");
    REQUIRE(refusal(json::array()) == "script: an object is expected");
    REQUIRE(with("/format", 2) == "format: only 1 is known, not 2");
    REQUIRE(with("/colour", "red") == "script: unknown field colour");
    REQUIRE(with("/minutes", "eight") == "minutes: a whole number is expected");
    REQUIRE(with("/steps/0/body/0/do", "sing") == "steps[0].body[0].do: unknown value sing");
    REQUIRE(with("/steps/0/body/2/if_stuck", "nowhere") == "steps[0]: there is no step nowhere");
    REQUIRE(with("/steps/1/body/0/text", json::array()) ==
            "steps[1].body[0].text: an array with at least one text is expected");
    REQUIRE(with("/steps", json::array()) == "steps: at least one step is expected");
    json nested = good["steps"][0]["body"][4];
    REQUIRE(with("/steps/0/body/4/choices/0/then", json::array({nested})) ==
            "steps[0].body[4].choices[0].then[0].choices[0].then: a fork inside a fork");
}

}  // namespace test_script_json
