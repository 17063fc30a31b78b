// Several people in one script: lanes that meet, the room, the floor, what is shared, and every way it can fall apart.
#include "bot/dialog/transcript.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/joint_table.hpp"

namespace test_joint {

using namespace reweave::dialog;
using namespace reweave::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kRepair = R"(# Repairing
Draft: for tests
People: starter, partner

## Alone first
FOR: each, alone
CALL: Safety gate
What did you do that you'd want back?
ASK: my part, one line
SHARE: my part, with the other

## Ready
WAIT: for both, up to 2 days
IF NOT: Not this time

## Together
FOR: both
Hello to you both.
FLOOR: each, 10 minutes
SHOW: my part, if shared
{speaker}, begin with your own part.
ASK: said, long text
TO: listener
What did you hear?
ASK: heard, long text
TO: speaker
Did they get it? You said "{said}", they heard "{heard}".
* Yes, that's it
* Not quite
GO TO: Once more, at most 1 time
END
FLOOR: next
Thank you both.
FINISH: repaired

## Once more
TO: speaker
Say the piece that was missing.
ASK: left out, long text
You added "{left out}".
FLOOR: next
Thank you both.
FINISH: repaired

## Not this time
Not this time, and that's nobody's doing.
FINISH: not now
)";

RevisionPtr repair() {
    static const RevisionPtr revision = revision_of("repair.script", kRepair, {small_gate()});
    return revision;
}

JointTable two() {
    return JointTable(repair(), {"starter", "partner"});
}

/// Through the lane: the gate, what they did, and what becomes of it.
void prepare(JointTable& table, int lane, const std::string& part, const std::string& share) {
    REQUIRE(table.says(lane, "yes") == Turn::Result::accepted);
    REQUIRE(table.says(lane, part) == Turn::Result::accepted);
    if (!share.empty()) REQUIRE(table.says(lane, share) == Turn::Result::accepted);
}

}  // namespace

TEST_CASE("two people prepare alone and meet when both have come", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "I read your message out loud", "share it as it is");
    CHECK_FALSE(table.open());
    CHECK(table.saw(0, "If it doesn't, I'll say so"));
    prepare(table, 1, "I slammed the door", "keep it private");
    REQUIRE(table.open());
    for (const int lane : {0, 1}) {
        CHECK(table.saw(lane, "room Hello to you both."));
        CHECK(table.saw(lane, "room From starter: \"I read your message out loud\""));
        CHECK(table.saw(lane, "room starter, begin with your own part."));
    }
    CHECK_FALSE(table.saw(0, "slammed"));

    REQUIRE(table.says(0, "I shouted") == Turn::Result::accepted);
    CHECK(table.saw(1, "starter: I shouted"));
    REQUIRE(table.says(1, "that you shouted") == Turn::Result::accepted);
    CHECK(table.saw(0, "You said \"I shouted\", they heard \"that you shouted\"."));
    REQUIRE(table.presses(0, {"yes-thats-it"}) == Turn::Result::accepted);
    CHECK(table.saw(1, "starter: Yes, that's it"));

    // The other one's turn: kept private and nothing written read the same.
    CHECK(table.saw(0, "room partner brings their own words, or none."));
    CHECK(table.saw(0, "room partner, begin with your own part."));
    table.says(1, "I left");
    table.says(0, "that you left");
    table.says(1, "not quite");
    CHECK(table.saw(0, "Say the piece that was missing."));
    table.says(1, "and I was scared");
    CHECK(table.saw(0, "ends: repaired"));
    CHECK(table.saw(1, "ends: repaired"));
    CHECK(table.out(0));
}

TEST_CASE("out of turn, nobody else sees it", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "a", "keep it private");
    prepare(table, 1, "b", "keep it private");
    REQUIRE(table.says(1, "but you started it") == Turn::Result::accepted);
    CHECK_FALSE(table.saw(0, "you started"));
    CHECK(table.saw(1, "Hold that for your turn. Nobody else has seen it."));
    CHECK_FALSE(table.saw(0, "Hold that"));
}

TEST_CASE("what is shared can be changed first, and taken back until it is shown", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "I was awful and you too", "change it first");
    CHECK(table.saw(0, "Write it the way you'd want it read"));
    table.says(0, "I was loud");
    CHECK(table.saw(0, "exactly this: \"I was loud\""));
    table.says(0, "share it as it is");
    CHECK(table.state().lanes[0].shared.size() == 1);
    table.says(0, "keep private");
    CHECK(table.saw(0, "Taken back."));
    CHECK(table.state().lanes[0].shared.empty());
    prepare(table, 1, "b", "keep it private");
    REQUIRE(table.open());
    CHECK_FALSE(table.saw(1, "loud"));
    CHECK_FALSE(table.saw(1, "awful"));
    CHECK(table.saw(1, "room starter brings their own words, or none."));
}

TEST_CASE("an answer changed after consent needs consent again", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "first words", "share it as it is");
    table.says(0, "back");
    table.says(0, "second words");
    CHECK(table.state().lanes[0].shared.empty());
    table.says(0, "keep it private");
    prepare(table, 1, "b", "keep it private");
    REQUIRE(table.open());
    CHECK_FALSE(table.saw(1, "first words"));
    CHECK_FALSE(table.saw(1, "second words"));
}

TEST_CASE("skipping the question of sharing keeps it private", "[dialog][joint]") {
    for (const std::string way : {"skip", "no", "pass", "keep private", "i don't know"}) {
        JointTable table = two();
        prepare(table, 0, "mine alone", way);
        INFO(way << "\n" << table.all(0));
        CHECK(table.state().lanes[0].shared.empty());
        CHECK_FALSE(table.saw(0, "It will be shown"));
    }
}

TEST_CASE("who waits in vain is told neutrally, at a time that tells nothing", "[dialog][joint]") {
    std::vector<std::vector<JointTable::Seen>> runs;
    for (const int what : {0, 1, 2, 3, 4}) {
        JointTable table = two();
        prepare(table, 0, "a", "keep it private");
        if (what == 1) table.says(1, "stop");
        if (what == 2) table.leaves(1);
        if (what == 3) table.says(1, "no");  // not safe
        if (what == 4) table.pass(30h);
        if (what == 4) table.says(1, "yes");
        table.pass(what == 4 ? 30h : 60h);
        CHECK(table.saw(0, "Not this time"));
        CHECK(table.saw(0, "ends: not now"));
        runs.push_back(table.seen(0));
    }
    for (const auto& run : runs) CHECK(run == runs.front());
    const auto told = runs.front().back().at - runs.front().front().at;
    CHECK(told >= 48h);
    CHECK(told <= 48h + 20min);
}

TEST_CASE("a pause freezes the room for both, and it goes on when both are ready", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "a", "keep it private");
    prepare(table, 1, "b", "keep it private");
    REQUIRE(table.says(1, "pause") == Turn::Result::accepted);
    CHECK(table.saw(0, "room Let's pause here. Take 30 minutes."));
    table.says(0, "I shouted");
    CHECK_FALSE(table.saw(1, "I shouted"));
    table.says(0, "ready");
    CHECK_FALSE(table.saw(1, "Everyone is back"));
    CHECK_FALSE(table.saw(1, "You're ready"));
    table.pass(1h);
    table.says(1, "ready");
    for (const int lane : {0, 1}) CHECK(table.saw(lane, "room Everyone is back. We go on where we were."));
    table.says(0, "I shouted");
    CHECK(table.saw(1, "starter: I shouted"));
}

TEST_CASE("a stop, an exit of the other and a freeze read alike, whoever caused them", "[dialog][joint]") {
    const auto run = [](auto&& cause) {
        JointTable table = two();
        prepare(table, 0, "a", "keep it private");
        prepare(table, 1, "b", "keep it private");
        cause(table);
        return table.seen(1);
    };
    const auto by_self = run([](JointTable& t) { t.says(1, "stop"); });
    const auto by_other = run([](JointTable& t) { t.says(0, "stop"); });
    const auto left = run([](JointTable& t) { t.leaves(0); });
    CHECK(by_self == by_other);
    CHECK(left == by_other);
    const auto paused = run([](JointTable& t) { t.says(0, "pause"); });
    const auto frozen = run([](JointTable& t) { t.freezes(); });
    CHECK(paused == frozen);
}

TEST_CASE("help is private, in the room too", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "a", "keep it private");
    prepare(table, 1, "b", "keep it private");
    const auto before = table.seen(0);
    REQUIRE(table.says(1, "help") == Turn::Result::accepted);
    CHECK(table.seen(0) == before);
}

TEST_CASE("who leaves by exit or delete is seen to ask for a pause, as anyone", "[dialog][joint]") {
    const auto run = [](const char* word) {
        JointTable table = two();
        prepare(table, 0, "a", "keep it private");
        prepare(table, 1, "b", "keep it private");
        table.says(1, word);
        table.pass(3 * 24h);
        return table.all(0);
    };
    const std::string paused = run("pause");
    CHECK(paused.find("room Let's pause here.") != std::string::npos);
    CHECK(run("exit") == paused);
    CHECK(run("delete") == paused);
}

TEST_CASE("the third pause of two people ends their talk for today, whoever asked for it", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "I shouted", "keep private");
    prepare(table, 1, "I walked out", "keep private");
    for (const int lane : {0, 1}) {
        table.says(lane, "pause");
        CHECK(table.open());
        table.says(0, "ready");
        table.says(1, "ready");
    }
    table.freezes();

    CHECK_FALSE(table.open());
    for (const int lane : {0, 1}) CHECK(table.saw(lane, "room We stop here for today."));
}

TEST_CASE("a pause that lasts a day ends the room", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "a", "keep it private");
    prepare(table, 1, "b", "keep it private");
    table.says(0, "pause");
    table.says(0, "ready");
    table.pass(23h);
    CHECK(table.open());
    table.says(1, "ready");
    CHECK(table.saw(1, "room Everyone is back."));
    table.says(0, "pause");
    table.pass(23h);
    CHECK(table.open());
    table.pass(2h);
    CHECK_FALSE(table.open());
    CHECK(table.out(0));
    CHECK(table.out(1));
}

TEST_CASE("nobody can tell whether the other has come in", "[dialog][joint]") {
    const auto run = [](bool joins) {
        JointTable table(repair());
        table.joins(0);
        if (joins) {
            table.joins(1);
            prepare(table, 1, "b", "share it as it is");
        }
        table.says(0, "yes");
        table.says(0, "a");
        return table.all(0);
    };
    CHECK(run(true) == run(false));
    CHECK(run(true).find("partner would read exactly this") != std::string::npos);
}

TEST_CASE("a seat is taken once, and again when it is free", "[dialog][joint]") {
    JointTable table(repair());
    REQUIRE(table.joins(0) == Turn::Result::accepted);
    CHECK(table.joins(0) == Turn::Result::not_open);
    CHECK(table.says(1, "yes") == Turn::Result::not_open);
    REQUIRE(table.joins(1) == Turn::Result::accepted);
    table.says(1, "stop");
    REQUIRE(table.joins(1) == Turn::Result::accepted);
    prepare(table, 0, "a", "keep it private");
    prepare(table, 1, "b", "keep it private");
    CHECK(table.open());
    table.says(0, "stop");
    CHECK(table.joins(0) == Turn::Result::not_open);
}

TEST_CASE("a consent to show words lasts for a day", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "I shouted", "share it as it is");
    table.pass(23h);
    prepare(table, 1, "I left", "share it as it is");
    CHECK(table.saw(1, "I shouted"));
    JointTable late = two();
    prepare(late, 0, "I shouted", "share it as it is");
    late.pass(25h);
    prepare(late, 1, "I left", "share it as it is");
    CHECK(late.open());
    CHECK_FALSE(late.saw(1, "I shouted"));
}

TEST_CASE("the room's question is there again after help, and help outlasts the room", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "a", "keep it private");
    prepare(table, 1, "b", "keep it private");
    REQUIRE(table.asked(0));
    REQUIRE(table.interrupts(0, small_gate()) == Turn::Result::accepted);
    REQUIRE(table.says_alone(0, "yes") == Turn::Result::accepted);
    REQUIRE(table.asked(0));
    REQUIRE(table.says(0, "I shouted") == Turn::Result::accepted);
    CHECK(table.saw(1, "room starter: I shouted"));
    REQUIRE(table.interrupts(0, small_gate()) == Turn::Result::accepted);
    table.says(1, "stop");
    CHECK(table.out(1));
    CHECK_FALSE(table.outcome(0));
    REQUIRE(table.says_alone(0, "yes") == Turn::Result::accepted);
    CHECK(table.out(0));
    CHECK(table.outcome(0));
}

TEST_CASE("what is written in private while the room is open goes nowhere", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "a", "keep it private");
    prepare(table, 1, "b", "keep it private");
    const auto before = table.seen(1);
    for (const std::string words : {"I did it", "done", "skip", "back", "yes"}) table.says_alone(0, words);
    CHECK(table.seen(1) == before);
    table.says_alone(0, "pause");
    CHECK(table.saw(1, "room Let's pause here."));
    table.says_alone(0, "ready");
    table.says_alone(1, "ready");
    CHECK(table.saw(1, "room Everyone is back."));
}

TEST_CASE("after a pause the floor has its time again", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "a", "keep it private");
    prepare(table, 1, "b", "keep it private");
    table.says(1, "pause");
    table.pass(1h);
    table.says(0, "ready");
    table.says(1, "ready");
    CHECK_FALSE(table.saw(1, "That was starter's time"));
    table.pass(11min);
    CHECK(table.saw(1, "room That was starter's time."));
}

TEST_CASE("when the time of the floor is up, it goes on", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "a", "keep it private");
    prepare(table, 1, "b", "keep it private");
    table.pass(11min);
    CHECK(table.saw(1, "room That was starter's time."));
    CHECK_FALSE(table.saw(1, "What did you hear?"));
    CHECK(table.saw(1, "room partner, begin with your own part."));
}

TEST_CASE("a line for one person is not shown to the others", "[dialog][joint]") {
    const auto revision =
        revision_of("aside.script",
                    "# Aside\nDraft: for tests\nPeople: a, b\n## Begin\nFOR: each, alone\nCALL: Safety "
                    "gate\nWAIT: for both, up to 1 day\nIF NOT: Out\n## Room\nFOR: both\nTO: b, "
                    "alone\nOnly b reads this.\nTO: a\nSay it.\nASK: it, one line\nIF: it has "
                    "\"but\"\nTO: a, alone\nTry it without but.\nEND\n{other} is listening. "
                    "\"{it}\"\nFINISH: done\n## Out\nNo.\nFINISH: out\n",
                    {small_gate()});
    JointTable table(revision, {"a", "b"});
    table.says(0, "yes");
    table.says(1, "yes");
    REQUIRE(table.open());
    CHECK(table.saw(1, "Only b reads this."));
    CHECK_FALSE(table.saw(0, "Only b reads this."));
    table.says(0, "but you");
    CHECK(table.saw(0, "Try it without but."));
    CHECK_FALSE(table.saw(1, "Try it without but."));
    CHECK(table.saw(0, "b is listening."));
    CHECK(table.saw(1, "a is listening."));
}

TEST_CASE("a circle: each has the floor once, people come late and leave, counts have five answers",
          "[dialog][joint]") {
    const auto revision =
        revision_of("circle.script",
                    "# Circle\nDraft: for tests\nPeople: keeper, 3 to 12 members\n## Begin\nFOR: each, "
                    "alone\nHow are you?\nASK: mood, one of\n* Fine\n* Low\nEND\nWAIT: for all, up to "
                    "1 day\nIF NOT: Out\n## Room\nFOR: everyone\nSHOW: mood, counted\nTO: "
                    "keeper\nShall we begin?\n* Begin\nEND\nFLOOR: each, 5 minutes\n{speaker}, one "
                    "word.\nASK: word, one line\nFLOOR: next\nThank you.\nFINISH: done\n## Out\nNo "
                    "round today.\nFINISH: out\n");
    JointTable table(revision, {"keeper", "members", "members", "members", "members"});
    for (const int lane : {1, 2, 3}) table.says(lane, "fine");
    table.says(4, "low");
    CHECK_FALSE(table.open());
    table.says(0, "fine");
    REQUIRE(table.open());
    CHECK(table.saw(2, "Without names: Fine: 4 and Low: 1."));
    table.says(0, "begin");
    table.says(1, "warm");
    CHECK(table.saw(4, "members 1: warm"));
    table.leaves(2);
    CHECK(table.saw(4, "members has left."));
    table.says(3, "skip");
    table.says(4, "tired");
    CHECK(table.saw(0, "room Thank you."));
    CHECK(table.saw(0, "ends: done"));
}

TEST_CASE("a script for several people is the same after its JSON was read", "[dialog][joint]") {
    const auto several =
        revision_of("every-cue-for-several.script", read_source("tests/schema/scripts/every-cue-for-several.script"));
    for (const RevisionPtr& revision : {repair(), RevisionPtr(several)}) {
        const std::string text = to_canonical_json(revision->script);
        CHECK(to_canonical_json(script_from_json(nlohmann::json::parse(text))) == text);
    }
}

TEST_CASE("a consent is exact: words around it are none", "[dialog][joint]") {
    for (const std::string words : {"why would I share it as it is",
                                    "I refuse to share it as it is",
                                    "I'd rather die than share it as it is",
                                    "maybe share it",
                                    "yes"}) {
        JointTable table = two();
        prepare(table, 0, "mine", words);
        INFO(words << "\n" << table.all(0));
        CHECK(table.state().lanes[0].shared.empty());
        CHECK(table.saw(0, "so nothing is shared"));
    }
    for (const std::string words : {"Share it as it is", "share", "yes, share it"}) {
        JointTable table = two();
        prepare(table, 0, "mine", words);
        INFO(words << "\n" << table.all(0));
        CHECK(table.state().lanes[0].shared.size() == 1);
    }
}

TEST_CASE("a gate that is not clear ends the way to the room, whatever the script says next", "[dialog][joint]") {
    JointTable table = two();
    table.says(0, "no");
    CHECK(table.out(0));
    CHECK(table.saw(0, "A joint session isn't available right now"));
    prepare(table, 1, "b", "keep it private");
    table.pass(72h);
    CHECK(table.openings().empty());
}

TEST_CASE("what was shared can be taken back in the room, until it is shown", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "a", "keep it private");
    prepare(table, 1, "I slammed the door", "share it as it is");
    table.says(1, "keep private");
    CHECK(table.saw(1, "Taken back."));
    CHECK_FALSE(table.saw(0, "keep private"));
    table.says(0, "I shouted");
    table.says(1, "you shouted");
    table.says(0, "yes, that's it");
    CHECK(table.saw(0, "room partner, begin with your own part."));
    CHECK_FALSE(table.saw(0, "slammed"));
}

TEST_CASE("someone whose own part ends while they are in the room has left it", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "a", "keep it private");
    prepare(table, 1, "b", "keep it private");
    REQUIRE(table.interrupts(0, small_gate()) == Turn::Result::accepted);
    table.says(0, "no");
    CHECK_FALSE(table.open());
    CHECK(table.saw(1, "room We stop here for today."));
    CHECK(table.says(0, "and another thing") == Turn::Result::not_open);
}

TEST_CASE("what one person has shared is not shown before they have come", "[dialog][joint]") {
    const auto revision =
        revision_of("any.script",
                    "# Any\nDraft: for tests\nPeople: 3 to 12 members\n## Begin\nFOR: each, alone\nYour "
                    "line?\nASK: line, one line\nSHARE: line, with everyone\nWAIT: for 3, up to 1 "
                    "day\nIF NOT: Out\n## Room\nFOR: everyone\nSHOW: line, if shared\nTO: members, "
                    "alone\nHm.\nFLOOR: each\nOne word?\nASK: one line\nFLOOR: next\nFINISH: done\n## "
                    "Out\nNo.\nFINISH: out\n");
    JointTable table(revision, {"members", "members", "members", "members", "members"});
    table.says(4, "late words");
    table.says(4, "share");
    table.says(3, "early words");
    table.presses(3, {"share-it"});
    for (const int lane : {0, 1}) {
        table.says(lane, "x");
        table.says(lane, "keep it private");
    }
    CHECK(table.open());
    CHECK(table.saw(0, "early words"));
    // The fifth had come, too; whoever is still alone is shown to nobody.
    table.says(2, "slow words");
    CHECK_FALSE(table.saw(0, "slow words"));
}

TEST_CASE("a room answer that was nudged about and not said again is told by no other line", "[dialog][joint]") {
    const auto revision =
        revision_of("nudge.script",
                    "# Nudge\nDraft: for tests\nPeople: a, b\n## Begin\nFOR: each, alone\nCALL: Safety "
                    "gate\nWAIT: for both, up to 1 day\nIF NOT: Out\n## Room\nFOR: both\nTO: a\nWhat did "
                    "you do?\nASK: said, one line\nNUDGE: if said has \"you\": Try again?\nYou said "
                    "\"{said}\".\nFINISH: done\n## Out\nNo.\nFINISH: out\n",
                    {small_gate()});
    JointTable table(revision, {"a", "b"});
    table.says(0, "yes");
    table.says(1, "yes");
    table.says(0, "you are a monster");
    CHECK(table.saw(0, "Try again?"));
    table.says(0, "skip");
    CHECK(table.saw(1, "ends: done"));
    CHECK_FALSE(table.saw(1, "monster"));
}

TEST_CASE("keeping it private while changing the words keeps it private", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "mine", "change it first");
    table.says(0, "keep private");
    CHECK(table.saw(0, "It stays with you."));
    CHECK_FALSE(table.saw(0, "exactly this: \"keep private\""));
    CHECK(table.state().lanes[0].shared.empty());
}

TEST_CASE("a choice in the room is heard by its label, also when it was typed as a number", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "mine", "share it");
    prepare(table, 1, "other", "share it");
    table.says(0, "I shouted");
    table.says(1, "that you shouted");
    table.says(0, "1");
    CHECK(table.saw(1, "starter: Yes, that's it"));
    CHECK_FALSE(table.saw(1, ": 1"));
}

TEST_CASE("a transcript of several people says who does and sees what", "[dialog][joint][transcript]") {
    const Transcripts parsed = parse_transcripts({"dialogs/repair.test", R"(# The partner never comes
starter says: yes
starter sees: What did you do that you'd want back?
starter says: I read your message out loud
starter chooses: keep it private
starter sees: That's all from you
partner never sees: I read your message
partner sees: Are you safe with them?
after 3 days
starter sees: Not this time
starter ends: not now

# Both come
starter says: yes
starter says: I read your message out loud
starter chooses: Share it as it is
partner says: yes
partner says: I slammed the door
partner chooses: Keep
partner sees: From starter: "I read your message out loud"
starter never sees: slammed
starter says: I was loud
partner sees: starter: I was loud
partner leaves
starter sees: We stop here for today
starter ends: stopped

# Somebody who is not there
facilitator says: hello
)"});
    REQUIRE(parsed.diagnostics.empty());
    REQUIRE(parsed.all.size() == 3);
    JointPlayer player(
        {small_gate(), shipped_phrases(), repair()}, std::make_shared<LanguagePack>(english()), 7, nullptr);
    for (const int i : {0, 1}) {
        const auto failure = run(parsed.all[static_cast<std::size_t>(i)], player);
        INFO((failure ? std::to_string(failure->span.line) + " " + failure->message + failure->mend : ""));
        CHECK_FALSE(failure);
    }
    const auto failure = run(parsed.all[2], player);
    REQUIRE(failure);
    CHECK(failure->code == "T005");
}

TEST_CASE("people are spoken of with the pronouns that they asked for, once they have met", "[dialog][joint]") {
    const RevisionPtr script = revision_of("talk.script",
                                           "# Talk\nDraft: for tests\nGiven: my pronouns\nPeople: starter, partner\n"
                                           "## Alone\nFOR: each, alone\nCALL: Safety gate\n"
                                           "This is for {partner: her | him | them}.\n"
                                           "WAIT: for both, up to 2 days\n## Together\nFOR: both\nFLOOR: starter\n"
                                           "It is {speaker: her | his | their} turn.\n"
                                           "You can ask {other: her | him | them}.\nASK: one line\nFINISH: done\n",
                                           {small_gate()});
    JointTable table(script);
    table.joins(0, {{"my pronouns", Picked{"she", "She"}}});
    table.joins(1);
    table.says(0, "yes");
    table.says(1, "yes");

    REQUIRE(table.saw(0, "This is for them."));
    REQUIRE(table.saw(0, "It is her turn."));
    REQUIRE(table.saw(1, "It is her turn."));
    REQUIRE(table.saw(0, "You can ask them."));
    REQUIRE(table.saw(1, "You can ask her."));
}

TEST_CASE("somebody's pronouns are written in three forms", "[dialog][joint]") {
    const Compiled compiled = compile({"talk.script",
                                       "# Talk\nDraft: for tests\nPeople: starter, partner\n## Alone\nFOR: each, "
                                       "alone\nThis is for {partner: her | them}.\nFINISH: done\n"},
                                      english());
    const auto fault = std::find_if(compiled.diagnostics.begin(), compiled.diagnostics.end(), [](const Diagnostic& d) {
        return d.code == code_of(Fault::plural_forms);
    });
    REQUIRE(fault != compiled.diagnostics.end());
    REQUIRE(fault->span.line == 6);
}

TEST_CASE("who comes late does not open again the room that the others have left", "[dialog][joint]") {
    const RevisionPtr script = revision_of("talk.script",
                                           "# Talk\nDraft: for tests\nPeople: keeper, member\n## Alone\nFOR: each, "
                                           "alone\nCALL: Safety gate\nWAIT: for any, up to 2 days\nIF NOT: Not this "
                                           "time\n## First\nFOR: both\nThis is the first.\nTO: keeper\nOn?\nASK: "
                                           "one line\n## Then\nFOR: each, alone\nWould you rest?\nASK: one "
                                           "line\nFINISH: done\n## Not this time\nNot this "
                                           "time.\nFINISH: not now\n",
                                           {small_gate()});
    JointTable table(script, {"keeper", "member"});
    table.says(0, "yes");
    table.says(0, "on");
    REQUIRE(table.saw(0, "Would you rest?"));

    table.says(1, "yes");
    CHECK_FALSE(table.saw(1, "This is the first."));
    table.pass(3 * 24h);
    CHECK(table.saw(1, "Not this time."));
}

TEST_CASE("that somebody leaves after the room does not show in how the other is told of them", "[dialog][joint]") {
    const RevisionPtr script =
        revision_of("talk.script",
                    "# Talk\nDraft: for tests\nGiven: my pronouns\nPeople: starter, partner\n"
                    "## Alone\nFOR: each, alone\nCALL: Safety gate\nWAIT: for both, up to 2 days\n"
                    "## Together\nFOR: both\nTO: starter\nWell?\nASK: one line\n"
                    "## Afterwards\nFOR: each, alone\nHow was it?\nASK: one line\n"
                    "You can tell {other: her | him | them}.\nFINISH: done\n",
                    {small_gate()});
    const auto run = [&](bool leaves) {
        JointTable table(script);
        table.joins(0);
        table.joins(1, {{"my pronouns", Picked{"she", "She"}}});
        for (const int lane : {0, 1}) table.says(lane, "yes");
        table.says(0, "well");
        if (leaves) table.leaves(1);
        table.says(0, "good");
        return table.all(0);
    };
    REQUIRE(run(false).find("You can tell her.") != std::string::npos);
    REQUIRE(run(true) == run(false));
}

TEST_CASE("pauses of another day do not count towards the third", "[dialog][joint]") {
    JointTable table = two();
    prepare(table, 0, "I shouted", "keep private");
    prepare(table, 1, "I walked out", "keep private");
    for (int i = 0; i < 2; ++i) {
        table.says(0, "pause");
        table.pass(20h);
        table.says(0, "ready");
        table.says(1, "ready");
        REQUIRE(table.open());
    }
    table.says(0, "pause");
    CHECK(table.open());
}

}  // namespace test_joint
