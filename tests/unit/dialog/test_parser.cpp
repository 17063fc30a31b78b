#include "bot/dialog/compile.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/dialog/dialog_support.hpp"

namespace test_parser {

using namespace reweave::dialog;
using namespace reweave::dialog::test;

namespace {

const std::string kTop = "# Test\nDraft: for a test\n";

Script good(const std::string& body) {
    const Compiled compiled = compile_text(kTop + body);
    INFO(in_words(compiled.diagnostics));
    REQUIRE(compiled.script);
    return *compiled.script;
}

template <class What>
const What& what(const Script& script, std::size_t node, std::size_t step = 0) {
    const auto* found = std::get_if<What>(&script.steps.at(step).body.at(node).what);
    REQUIRE(found != nullptr);
    return *found;
}

/// The one condition of a script that asks for heat, act, my part, done, whose, feelings and pause.
Expr condition(const std::string& text) {
    const Script script = good(
        "## A\nHow hot?\nASK: heat, from 0 to 10\nWhat?\nASK: act, one line\nAnd?\nASK: my part, long text\nDone?\n"
        "ASK: done, yes or no\nWhose?\nASK: whose, one of\n* Mine\n* It’s theirs\nEND\nFeelings?\nASK: felt, feelings\n"
        "How long?\nASK: pause, a length of time\nIF: " +
        text + "\nYes.\nEND\nFINISH: done\n");
    return what<If>(script, 14).branches.front().when;
}

Expr compare(Expr::Op op, std::string name, decltype(Expr::value) value) {
    Expr expr;
    expr.op = op;
    expr.name = std::move(name);
    expr.value = std::move(value);
    return expr;
}

Expr join(Expr::Op op, std::vector<Expr> args) {
    Expr expr;
    expr.op = op;
    expr.args = std::move(args);
    return expr;
}

using Op = Expr::Op;

}  // namespace

TEST_CASE("the top of a script is read into its fields", "[dialog][parser]") {
    const Compiled compiled = compile_text(
        "# Own my part\nAbout: One person: finds their piece.\nMinutes: 8\nLanguage: en-GB\nReviewed: Ana, 2026-11-02\n"
        "Given: heat, my part\nCredit: someone\n\n## Begin {#start}\nA {heat}, {my part}.\nFINISH: done\n",
        nullptr,
        "dialogs/en/own-part.script");
    INFO(in_words(compiled.diagnostics));
    REQUIRE(compiled.script);
    const Script& script = *compiled.script;
    REQUIRE(script.id == "own-part");
    REQUIRE(script.title == "Own my part");
    REQUIRE(script.about == "One person: finds their piece.");
    REQUIRE(script.minutes == 8);
    REQUIRE(script.language == "en-GB");
    REQUIRE(script.review == Review{Review::Kind::reviewed, "Ana, 2026-11-02"});
    REQUIRE(script.given == std::vector<std::string>{"heat", "my part"});
    REQUIRE(script.credit == "someone");
    REQUIRE(script.steps.front().id == "start");
    REQUIRE(script.steps.front().title == "Begin");
}

TEST_CASE("bubbles keep their alternates, insertions, plurals and braces", "[dialog][parser]") {
    const Script script = good(
        "Given: n, my part\n## A\nHello {My Part}.\nOR: Hi, {{you}}.\nBack in {n: # minute | # minutes}.\n\\GO TO: "
        "said\nFINISH: done\n");
    const Text& hello = what<Say>(script, 0).text;
    REQUIRE(hello.alternates.size() == 2);
    REQUIRE(hello.alternates[0] == Template{{"Hello ", "", {}, {}}, {"", "my part", {}, {}}, {".", "", {}, {}}});
    REQUIRE(hello.alternates[0][1].span == Span{5, 7, 9});
    REQUIRE(hello.alternates[1] == Template{{"Hi, {you}.", "", {}, {}}});
    REQUIRE(what<Say>(script, 1).text.alternates[0][1] == Piece{"", "n", {"# minute", "# minutes"}, {}});
    REQUIRE(what<Say>(script, 2).text.alternates[0] == Template{{"GO TO: said", "", {}, {}}});
}

TEST_CASE("a question takes its kind, its bounds and the lines below it", "[dialog][parser]") {
    const Script script = good(
        "## A\nHow hot?\nASK: Heat, from 0 “calm, cool” to 10 \"boiling\", up to 2 days\nALSO: numb, “checked out, "
        "gone” = 7\n"
        "RETRY: A number, please.\nTRIES: 1\nIF STUCK: B\nNUDGE: if heat is 9 or more: Very hot: \"really\"?\n"
        "REMIND: after 4 hours: Still here.\nIF NOT: Late\nA {heat}.\nFINISH: done\n"
        "## B\nFine.\nFINISH: stuck\n## Late\nLate.\nFINISH: late\n");
    const Ask& ask = what<Ask>(script, 1);
    REQUIRE(ask.name == "heat");
    REQUIRE(ask.kind == AskKind::scale);
    REQUIRE(ask.from == 0);
    REQUIRE(ask.to == 10);
    REQUIRE(ask.low == "calm, cool");
    REQUIRE(ask.high == "boiling");
    REQUIRE(ask.up_to == Seconds(2 * 86400));
    REQUIRE(ask.also == std::vector<Synonyms>{{{"numb", "checked out, gone"}, 7}});
    REQUIRE(ask.retry.size() == 1);
    REQUIRE(ask.tries == 1);
    REQUIRE(ask.if_stuck == "b");
    REQUIRE(ask.nudges.size() == 1);
    REQUIRE(ask.nudges[0].when == compare(Op::more_or_equal, "heat", std::int64_t{9}));
    REQUIRE(ask.nudges[0].text.alternates[0] == Template{{"Very hot: \"really\"?", "", {}, {}}});
    REQUIRE(ask.reminders.at(0).after == Seconds(4 * 3600));
    REQUIRE(ask.if_not == "late");
    REQUIRE(script.steps[1].side);
    REQUIRE_FALSE(script.steps[0].side);
}

TEST_CASE("every kind of question is read", "[dialog][parser]") {
    const auto ask = [](const std::string& kind) {
        return what<Ask>(good("## A\nSo?\nASK: x, " + kind + "\n{x}\nFINISH: done\n"), 1);
    };
    REQUIRE(ask("one line").kind == AskKind::one_line);
    REQUIRE(ask("long  text").kind == AskKind::long_text);
    REQUIRE(ask("yes or no").kind == AskKind::yes_no);
    REQUIRE(ask("a number").kind == AskKind::number);
    REQUIRE(ask("a number from −1 to 7").from == -1);
    REQUIRE(ask("a length of time from 20 minutes to 24 hours").to == 86400);
    REQUIRE(ask("a moment from 20 minutes to 1 week from now").to == 604800);
    REQUIRE(ask("feelings").max == 3);
    REQUIRE(ask("needs, up to 2, up to 3 days").max == 2);
    REQUIRE(ask("needs, up to 2, up to 3 days").up_to == Seconds(3 * 86400));
    REQUIRE(ask("a country").kind == AskKind::country);
    const Ask several =
        what<Ask>(good("## A\nSo?\nASK: x, several\n* One\n* Two\n* Three\nEND\n{x}\nFINISH: done\n"), 1);
    REQUIRE(several.max == 3);
    REQUIRE(what<Ask>(good("## A\nSo?\nASK: one line\nFINISH: done\n"), 1).name.empty());
}

TEST_CASE("choices hold their words, conditions, ids and branches", "[dialog][parser]") {
    const Script script = good(
        "Given: heat\n## A\nWhose?\n* At least part of it (if heat is 3 or less) {#part}\nALSO: mine, my "
        "fault\nGood.\nThen on.\n"
        "* It was all them\nGO TO: B\n* **I don’t know**\nEND\nDone.\nFINISH: done\n## B\nOh.\nFINISH: not mine\n");
    const Ask& ask = what<Ask>(script, 1);
    REQUIRE(ask.kind == AskKind::one_of);
    REQUIRE(ask.name.empty());
    REQUIRE(ask.choices.size() == 3);
    REQUIRE(ask.choices[0].id == "part");
    REQUIRE(ask.choices[0].label == "At least part of it");
    REQUIRE(ask.choices[0].also == std::vector<std::string>{"mine", "my fault"});
    REQUIRE(ask.choices[0].only_if == compare(Op::less_or_equal, "heat", std::int64_t{3}));
    REQUIRE(ask.choices[0].then.size() == 2);
    REQUIRE(std::get<GoTo>(ask.choices[1].then.at(0).what).step == "b");
    REQUIRE(ask.choices[2].id == "i-dont-know");
    REQUIRE(ask.choices[2].label == "I don’t know");
    REQUIRE(what<Finish>(script, 3).outcome == "done");
}

TEST_CASE("the bot's own forks, jumps, calls, waits and follow-ups are read", "[dialog][parser]") {
    const Titles titles{{"cooldown", "Cool down"}, {"later", "Two days later, gently"}};
    const Compiled compiled = compile_text(
        kTop +
            "## A\nHot?\nASK: heat, from 0 to 10\nAgain?\nASK: pause, a length of time\nIF: heat is 5 or "
            "more\nHot.\nOTHERWISE IF: heat is 2\nTwo.\n"
            "OTHERWISE:\nCool.\nEND\nGO TO: Yes, that’s it, at most 2 times\nCALL: Cool down, with heat\nCALL: "
            "cooldown\n"
            "FOLLOW UP: after 2 days, with heat: Two days later, gently\nWAIT: 20 minutes\nWAIT: until pause\n"
            "HELP LINES: suicide, sexual violence\nPACE: 6 times, Breathe in for 4 seconds, Breathe out for 6 seconds\n"
            "PICTURE: hands.png, “Two hands”\nRECORDING: a.mp3, \"Breathe.\"\nLINK: https://example.org, "
            "\"More\"\nFINISH: owned\n"
            "## Yes, that's it\nYes.\nFINISH: yes\n",
        &titles);
    INFO(in_words(compiled.diagnostics));
    REQUIRE(compiled.script);
    const Script& script = *compiled.script;
    REQUIRE(what<If>(script, 4).branches.size() == 2);
    REQUIRE(what<If>(script, 4).otherwise.size() == 1);
    REQUIRE(what<GoTo>(script, 5).step == "yes-thats-it");
    REQUIRE(what<GoTo>(script, 5).at_most == 2);
    REQUIRE(what<Call>(script, 6).script == "cooldown");
    REQUIRE(what<Call>(script, 6).with == std::vector<std::string>{"heat"});
    REQUIRE(what<Call>(script, 7).with.empty());
    REQUIRE(what<FollowUp>(script, 8).script == "later");
    REQUIRE(what<FollowUp>(script, 8).after == Seconds(2 * 86400));
    REQUIRE(what<Wait>(script, 9).length == Seconds(1200));
    REQUIRE(what<Wait>(script, 10).until == "pause");
    REQUIRE(what<HelpLines>(script, 11).topics == std::vector<std::string>{"suicide", "sexual-violence"});
    REQUIRE(what<Pace>(script, 12).times == 6);
    REQUIRE(what<Pace>(script, 12).beats == std::vector<Beat>{{"Breathe in", 4}, {"Breathe out", 6}});
    REQUIRE(what<Media>(script, 13).target == "hands.png");
    REQUIRE(what<Media>(script, 15).target == "https://example.org");
}

TEST_CASE("comparisons are read in all their forms", "[dialog][expression]") {
    REQUIRE(condition("heat is 5") == compare(Op::equal, "heat", std::int64_t{5}));
    REQUIRE(condition("heat is 5 or more") == compare(Op::more_or_equal, "heat", std::int64_t{5}));
    REQUIRE(condition("heat is 5 or less") == compare(Op::less_or_equal, "heat", std::int64_t{5}));
    REQUIRE(condition("heat is more than 5") == compare(Op::more, "heat", std::int64_t{5}));
    REQUIRE(condition("heat is less than 5") == compare(Op::less, "heat", std::int64_t{5}));
    REQUIRE(condition("heat is between 3 and 5") == join(Op::all,
                                                         {compare(Op::more_or_equal, "heat", std::int64_t{3}),
                                                          compare(Op::less_or_equal, "heat", std::int64_t{5})}));
    REQUIRE(condition("pause is more than 20 minutes") == compare(Op::more, "pause", std::int64_t{1200}));
    REQUIRE(condition("act is my part") == compare(Op::equal, "act", Expr::Name{"my part"}));
    REQUIRE(condition("done is yes") == compare(Op::equal, "done", true));
    // Of a missing answer no comparison holds, not even this one.
    REQUIRE(condition("done is not yes") == join(Op::all,
                                                 {join(Op::negate, {compare(Op::missing, "done", {})}),
                                                  join(Op::negate, {compare(Op::equal, "done", true)})}));
    REQUIRE(condition("done is not missing") == join(Op::negate, {compare(Op::missing, "done", {})}));
    REQUIRE(condition("My Part is missing") == compare(Op::missing, "my part", {}));
    REQUIRE(condition("whose is “It's theirs”") == compare(Op::equal, "whose", std::string("It's theirs")));
    REQUIRE(condition("whose is one of \"Mine\" or \"It's theirs\"") ==
            join(Op::any,
                 {compare(Op::equal, "whose", std::string("Mine")),
                  compare(Op::equal, "whose", std::string("It's theirs"))}));
    REQUIRE(condition("act has more than 90 words") == compare(Op::longer_than, "act", std::int64_t{90}));
    Expr has = compare(Op::has, "act", {});
    has.words = {"always", "made me"};
    REQUIRE(condition("act has \"always\", \"made me\"") == has);
}

TEST_CASE("a comparison binds tighter than not, then and, then or", "[dialog][expression]") {
    const Expr hot = compare(Op::more_or_equal, "heat", std::int64_t{5});
    const Expr done = compare(Op::equal, "done", true);
    const Expr none = compare(Op::missing, "act", {});
    REQUIRE(condition("not heat is 5 or more and done is yes or act is missing") ==
            join(Op::any, {join(Op::all, {join(Op::negate, {hot}), done}), none}));
    REQUIRE(condition("not (heat is 5 or more and (done is yes or act is missing))") ==
            join(Op::negate, {join(Op::all, {hot, join(Op::any, {done, none})})}));
}

TEST_CASE("conditions nested without end are refused, not followed", "[dialog][expression]") {
    const Compiled compiled =
        compile_text(kTop + "## A\nIF: " + std::string(20'000, '(') + "\nYes.\nEND\nFINISH: done\n");
    REQUIRE_FALSE(compiled.script);
    REQUIRE(compiled.diagnostics.front().code == "R061");
}

}  // namespace test_parser
