#include <cstdlib>
#include <map>
#include <regex>

#include "bot/dialog/compile.hpp"
#include "bot/dialog/graph.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/english.hpp"

namespace test_graph {

using namespace reweave::dialog;
using Catch::Matchers::Contains;

namespace {

std::string drawn(const std::string& text) {
    const Compiled compiled = compile({"dialogs/small.script", text}, reweave::test::english());
    REQUIRE(compiled.script);
    return to_dot(*compiled.script);
}

/// A box of the picture; in points, with y upwards.
struct Box {
    double x = 0, y = 0, width = 0, height = 0;
    std::string rest;  ///< of its attributes
    [[nodiscard]] double left() const { return x - width / 2; }
    [[nodiscard]] double right() const { return x + width / 2; }
};

/// Boxes with a border, by name.
std::map<std::string, Box> boxes_of(const std::string& dot) {
    static const std::regex kNode(
        "\"\\d+ ([^\"]*)\" \\[pos=\"(-?\\d+),(-?\\d+)\", width=([\\d.]+), height=([\\d.]+), (.*style=.*)\\]");
    std::map<std::string, Box> boxes;
    for (std::sregex_iterator it(dot.begin(), dot.end(), kNode), end; it != end; ++it) {
        const auto number = [&](std::size_t i) { return std::strtod((*it)[i].str().c_str(), nullptr); };
        boxes[(*it)[1]] = {number(2), number(3), number(4) * 72, number(5) * 72, (*it)[6]};
    }
    return boxes;
}

constexpr auto kTalk = R"(# Talk "it" over \o/ & out <now>
Draft: yes
People: starter, partner

## Alone
FOR: each, alone
CALL: Safety gate
What was yours?
ASK: my part, one line
SHARE: my part, with the other

## The link
FOR: starter, alone
Send this on.
INVITE: partner

## Ready
FOR: each, alone
Nearly there.
WAIT: for both, up to 2 days
IF NOT: Not this time

## Together
FOR: both
FLOOR: each, 10 minutes
SHOW: my part, if shared
{speaker}, what was it like for you, told in as many words as you would need to tell it to a friend of yours on a walk?
ASK: long text, up to 30 minutes
IF NOT: Gone quiet
TO: listener
What did you hear?
ASK: long text
FLOOR: next
FINISH: talked

## Not this time
Another time.
FINISH: not now

## Gone quiet
It has gone quiet.
GO TO: Afterwards

## Afterwards
FOR: each, alone
Goodbye.
FINISH: quiet
)";

}  // namespace

TEST_CASE("a picture has a column for each role, and what one role does alone stands only in theirs",
          "[dialog][graph]") {
    const auto boxes = boxes_of(drawn(kTalk));
    const Box& first = boxes.at("Alone (starter)");
    const Box& second = boxes.at("Alone (partner)");
    CHECK(first.y == second.y);
    CHECK(first.right() < second.left());
    CHECK(boxes.at("column of starter").left() < first.left());
    CHECK(boxes.at("column of starter").right() < second.left());
    CHECK(boxes.at("The link (starter)").x == first.x);
    CHECK(boxes.count("The link (partner)") == 0);
    CHECK(boxes.at("The link (starter)").y < first.y);
}

TEST_CASE("a barrier lies across all columns, and the room in the middle below it", "[dialog][graph]") {
    const auto boxes = boxes_of(drawn(kTalk));
    const Box& bar = boxes.at("Ready (goes on)");
    CHECK_THAT(bar.rest, Contains("wait for both, up to 2 days"));
    CHECK(bar.left() <= boxes.at("Ready (starter)").left());
    CHECK(bar.right() >= boxes.at("Ready (partner)").right());
    CHECK(bar.y < boxes.at("Ready (starter)").y);
    const Box& room = boxes.at("Together");
    CHECK(room.y < bar.y);
    CHECK(room.x == (boxes.at("Alone (starter)").x + boxes.at("Alone (partner)").x) / 2);
}

TEST_CASE("private and shared differ in colour and in their border, and another script has two", "[dialog][graph]") {
    const auto boxes = boxes_of(drawn(kTalk));
    CHECK_THAT(boxes.at("Alone (partner)").rest, Contains("dashed"));
    CHECK_THAT(boxes.at("Together").rest, !Contains("dashed"));
    CHECK(boxes.at("Alone (partner)").rest.find("#fff4dd") != std::string::npos);
    CHECK(boxes.at("Together").rest.find("#fff4dd") == std::string::npos);
    // A side step is for those who come there, unless it says so itself.
    CHECK_THAT(boxes.at("Not this time").rest, Contains("dashed"));
    CHECK_THAT(boxes.at("Gone quiet").rest, !Contains("dashed"));
    CHECK_THAT(boxes.at("Afterwards").rest, Contains("dashed"));
    CHECK_THAT(boxes.at("safety-gate").rest, Contains("peripheries=2"));
}

TEST_CASE("the ways of a picture say where they lead and why, and who is asked", "[dialog][graph]") {
    const std::string dot = drawn(kTalk);
    CHECK_THAT(dot, Contains("label=\"if not: Not this time\\l\""));
    CHECK_THAT(dot, Contains("label=\"no answer in 30 minutes\\l\""));
    CHECK_THAT(dot, Contains("label=\"the floor: each in turn, 10 minutes\\l\""));
    CHECK_THAT(dot, Contains("label=\"to the listener\\l\""));
    CHECK_THAT(dot, Contains("edgetooltip=\"my part\""));
    CHECK_THAT(dot, Contains("label=\"ends: talked\""));
}

TEST_CASE("a picture means the very letters of a script, and cuts what is too long for its box", "[dialog][graph]") {
    const std::string dot = drawn(kTalk);
    CHECK_THAT(dot, Contains("digraph \"Talk &quot;it&quot; over &#92;o/ &amp; out <now>\""));
    CHECK_THAT(dot, Contains("…\\l\""));
    CHECK(dot.find("on a walk?\\l") == std::string::npos);
    CHECK_THAT(dot, Contains("on a walk?\" [pos"));  // whole in the name, for whoever points at it
}

TEST_CASE("a script for one person is drawn with its side steps aside", "[dialog][graph]") {
    const auto script = R"(# One
Draft: yes

## Words
What would you say?
ASK: words, long text
TRIES: 1
IF STUCK: Later
Does it sound like you?
* Yes
* Not yet
GO TO: Words, at most 2 times
END
IF: words is missing
CALL: Cool down
GO TO: Later
END
FINISH: done

## Later
FINISH: not now
)";
    const std::string dot = drawn(script);
    const auto boxes = boxes_of(dot);
    CHECK(boxes.at("Words").right() < boxes.at("Later").left());
    CHECK_THAT(boxes.at("Words").rest, !Contains("dashed"));
    CHECK_THAT(dot, Contains("label=\"if stuck: Later\\l\""));
    CHECK_THAT(dot, Contains("label=\"at most 2×: Words\\l\""));
    CHECK_THAT(dot, Contains("label=\"if words is missing\\l\""));
    CHECK(dot == drawn(script));
}

}  // namespace test_graph
