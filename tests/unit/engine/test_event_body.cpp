#include "bot/engine/event_body.hpp"
#include "tests/support/catch.hpp"

namespace test_event_body {

using namespace reweave;
using namespace reweave::engine;

TEST_CASE("an event's body comes back as it was written", "[engine][event_body]") {
    EventBody body;
    body.from = {3};
    body.number = 41;
    body.said.id = 7;
    dialog::Bubble first{"aaaa",
                         {1, 2, -1, 0},
                         dialog::Bubble::Part::text,
                         0,
                         1,
                         {{"heat", std::int64_t{6}}, {"act", dialog::WordsRef{7}}}};
    dialog::Bubble second{"bbbb", {0, 3, 1, 2}, dialog::Bubble::Part::nudge, 1, 0, {}};
    body.bubbles = {first, second, first};
    body.question = OpenQuestion{ConversationId{12}, {"aaaa", {1, 3, -1, 0}, 5, {0, 2}}};

    REQUIRE(decode_event_body(encode(body)) == body);
    REQUIRE(ask_id(*body.question, false) == "12.5");
    REQUIRE(ask_id(*body.question, true) == "12.room.5");
    const auto id = parse_ask_id("12.room.5");
    REQUIRE((id && id->conversation.value == 12 && id->room && id->wait == 5));
    REQUIRE((parse_ask_id("12.5") && !parse_ask_id("12.5")->room));
    for (const char* text : {"", "12", "12.", ".5", "12.room", "12.room.", "12.5x", "12.rooms.5"}) {
        CAPTURE(text);
        REQUIRE_FALSE(parse_ask_id(text));
    }

    REQUIRE(began_with(encode(body), {3}, 41));
    REQUIRE_FALSE(began_with(encode(body), {3}, 4));
    REQUIRE_FALSE(began_with(encode(body), {4}, 41));

    body.room = {12};
    body.heard = HeardWords{dialog::Picked{"partner", "partner"}, {9}, {"Yes"}};
    REQUIRE(decode_event_body(encode(body)) == body);

    EventBody pressed;
    pressed.pressed = {"Calm"};
    REQUIRE(decode_event_body(encode(pressed)) == pressed);
    pressed.pressed = {R"(,"n":[3,41])"};
    REQUIRE_FALSE(began_with(encode(pressed), {3}, 41));
}

TEST_CASE("a body of another shape is refused with a sentence", "[engine][event_body]") {
    for (const char* text : {"", "[]", "{}", R"({"o":[[0]],"r":["a"]})", R"({"o":[],"r":[],"q":[0,0,0,0,0,1,[],1]})"}) {
        REQUIRE_THROWS_AS(decode_event_body(text), std::invalid_argument);
    }
}

}  // namespace test_event_body
