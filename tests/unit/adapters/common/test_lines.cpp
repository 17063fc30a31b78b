#include "adapters/common/lines.hpp"
#include "adapters/common/safe_text.hpp"
#include "adapters/common/wording.hpp"
#include "adapters/console/console_text.hpp"
#include "tests/support/catch.hpp"

namespace test_lines {

using namespace reweave;
using dialog::RenderedBubble;
using dialog::RenderedQuestion;
using text::Line;
using Kind = Line::Kind;

namespace {

RenderedBubble bubble(RenderedBubble::Kind kind, std::string text = "", std::string target = "") {
    RenderedBubble out;
    out.kind = kind;
    out.text = std::move(text);
    out.target = std::move(target);
    return out;
}

engine::Message saying(std::string text) {
    engine::Message message;
    message.bubbles.push_back(bubble(RenderedBubble::Kind::text, std::move(text)));
    return message;
}

RenderedQuestion scale() {
    RenderedQuestion ask;
    ask.kind = RenderedQuestion::Kind::scale;
    ask.low = "not at all";
    ask.high = "very";
    ask.choices = {{"-1", "Not sure"}};
    return ask;
}

std::vector<std::string> texts(const std::vector<Line>& lines) {
    std::vector<std::string> out;
    for (const Line& line : lines) out.push_back(line.text);
    return out;
}

}  // namespace

TEST_CASE("choices are numbered and belong to the bubble before them", "[adapters][lines]") {
    engine::Message message = saying("What now?");
    message.ask.emplace();
    message.ask->kind = RenderedQuestion::Kind::choice;
    message.ask->choices = {{"a", "Wait"}, {"b", "Go on"}, {"c", "Stop"}};
    message.ask->max = 2;
    CHECK(text::lines_of(message) == std::vector<Line>{
                                         {.text = "What now?"},
                                         {.kind = Kind::choice, .text = "Wait", .number = 1, .opens = false},
                                         {.kind = Kind::choice, .text = "Go on", .number = 2, .opens = false},
                                         {.kind = Kind::choice, .text = "Stop", .number = 3, .opens = false},
                                         {.kind = Kind::hint, .text = "up to 2, with commas", .opens = false},
                                     });
    CHECK(console::to_lines(message) == "What now?\n  1. Wait\n  2. Go on\n  3. Stop\n[up to 2, with commas]");
}

TEST_CASE("a scale is shown with its ends, in the language of who reads it", "[adapters][lines]") {
    engine::Message message;
    message.ask = scale();
    CHECK(text::lines_of(message).at(0).text == "0 not at all to 10 very, or \"Not sure\"");
    CHECK(text::lines_of(message, {.language = "es-MX"}).at(0).text == "de 0 not at all a 10 very, o «Not sure»");
    CHECK(text::lines_of(message, {.language = "tlh"}) == text::lines_of(message));
    CHECK(console::to_lines(message) == "[0 not at all to 10 very, or \"Not sure\"]");
}

TEST_CASE("feelings keep their families", "[adapters][lines]") {
    engine::Message message;
    message.ask.emplace();
    message.ask->kind = RenderedQuestion::Kind::feelings;
    message.ask->groups = {{"sad", "Sad", {{"hurt", "hurt"}, {"lonely", "lonely"}}},
                           {"calm", "Calm", {{"calm", "calm"}}}};
    message.ask->max = 3;
    const auto lines = text::lines_of(message);
    REQUIRE(lines.size() == 3);
    CHECK(lines[0] == Line{.kind = Kind::group, .name = "Sad", .items = {"hurt", "lonely"}, .opens = false});
    CHECK(console::to_lines(message) == "  Sad: hurt, lonely\n  Calm: calm\n[up to 3, with commas]");
}

TEST_CASE("a question for words adds nothing", "[adapters][lines]") {
    engine::Message message = saying("What happened?");
    message.ask.emplace();
    message.ask->long_text = true;
    CHECK(text::lines_of(message).size() == 1);
}

TEST_CASE("breathing, dates, invitations and help lines have words without buttons", "[adapters][lines]") {
    engine::Message message;
    message.bubbles = {bubble(RenderedBubble::Kind::pace),
                       bubble(RenderedBubble::Kind::help),
                       bubble(RenderedBubble::Kind::invite),
                       bubble(RenderedBubble::Kind::invite)};
    message.bubbles[0].times = 5;
    message.bubbles[0].beats = {{"in", 4}, {"out", 6}};
    message.bubbles[2].people = 2;
    message.bubbles[3].people = 5;
    message.help = {{{"Samaritans", "116 123", "", "samaritans.example", "", ""}, {"Shout", "", "85258", "", "", ""}}};
    const auto lines = text::lines_of(message);
    CHECK(texts(lines) ==
          std::vector<std::string>{"in for 4 seconds, out for 6 seconds; 5 times, about a minute in all",
                                   "",
                                   "",
                                   "An invitation for one other person.",
                                   "Invitations for up to 4 others."});
    CHECK(lines[1] ==
          Line{.kind = Kind::contact, .name = "Samaritans", .items = {"call 116 123", "web samaritans.example"}});
    CHECK(lines[2] == Line{.kind = Kind::contact, .name = "Shout", .items = {"text 85258"}, .opens = false});
    CHECK(console::to_lines(message) ==
          "(in for 4 seconds, out for 6 seconds; 5 times, about a minute in all)\n"
          "  Samaritans · call 116 123 · web samaritans.example\n"
          "  Shout · text 85258");
}

TEST_CASE("a date is told in the person's language and zone, or says that it is in UTC", "[adapters][lines]") {
    engine::Message message;
    message.bubbles = {bubble(RenderedBubble::Kind::calendar, "Check-in")};
    message.bubbles[0].at = engine::TimePoint(std::chrono::seconds(1'795'946'400));  // 2026-11-29 10:00 UTC
    const auto text = [&](const text::Reader& reader) { return text::lines_of(message, reader).at(0).text; };
    CHECK(text({}) == "Check-in: Sun, Nov 29, 10:00 AM UTC");
    CHECK(text({.time_zone = "Europe/Madrid"}) == "Check-in: Sun, Nov 29, 11:00 AM");
    CHECK(text({.language = "es", .time_zone = "Europe/Madrid"}).find("29 nov") != std::string::npos);
}

TEST_CASE("help without its lines leaves the rest whole", "[adapters][lines]") {
    engine::Message message;
    message.bubbles = {bubble(RenderedBubble::Kind::help), bubble(RenderedBubble::Kind::text, "Still here.")};
    CHECK(texts(text::lines_of(message)) == std::vector<std::string>{"Still here."});
}

TEST_CASE("who spoke and what they pressed comes first", "[adapters][lines]") {
    engine::Message message = saying("Thank you.");
    message.heard = engine::Message::Heard{"Ana\u202E\n", "", {"hurt", "tired"}};
    CHECK(text::lines_of(message).at(0) == Line{.kind = Kind::said, .name = "Ana", .text = "hurt, tired"});
}

TEST_CASE("a name hides nothing and turns nothing round", "[adapters][lines]") {
    CHECK(text::safe_name("Ana") == "Ana");
    CHECK(text::safe_name("  José   Luis ") == "José Luis");
    CHECK(text::safe_name("\u202Egnp.exe\u2066\u2069") == "gnp.exe");
    CHECK(text::safe_name("A\u200Bn\u200Da\uFEFF\u00AD\u2060") == "Ana");
    CHECK(text::safe_name("Ana\r\nReweave: give\tme\x1b[2J\x07") == "Ana Reweave: give me[2J");
    CHECK(text::safe_name("<b>Ana</b> *x*") == "<b>Ana</b> *x*");
    CHECK(text::safe_name("Ana\xff") == "Ana\uFFFD");
}

TEST_CASE("a name is never empty", "[adapters][lines]") {
    for (const char* nothing : {"", " \n ", "\u200B\u202E", "\u3164", "\u2800\u2800"})
        CHECK(text::safe_name(nothing) == "Someone");
    CHECK(text::safe_name("", text::wording("es").someone) == "Alguien");
}

TEST_CASE("a long name is cut at 40 code points, between what people see as characters", "[adapters][lines]") {
    CHECK(text::safe_name(std::string(500, 'a')) == std::string(40, 'a'));
    CHECK(text::safe_name(std::string(39, 'a') + "e\u0301x") == std::string(39, 'a'));
    const std::string spain = "\U0001F1EA\U0001F1F8";
    CHECK(text::safe_name(std::string(39, 'a') + spain) == std::string(39, 'a'));
    CHECK(text::safe_name(std::string(38, 'a') + spain + "b") == std::string(38, 'a') + spain);
    std::string marks = "z";
    for (int i = 0; i < 3000; ++i) marks += "\u0301";
    CHECK(text::safe_name(marks).size() == 1 + 2 * 39);
}

TEST_CASE("shown words have one kind of line break and no signs that act", "[adapters][lines]") {
    CHECK(text::safe_text("a\r\nb\rc\u2028d\u0085e\x0b") == "a\nb\nc\nd\ne\n");
    CHECK(text::safe_text("\x1b[31mred\u202E\u2067\t!") == "[31mred\t!");
    CHECK(text::safe_text("👩‍👩‍👧 می‌خواهم") == "👩‍👩‍👧 می‌خواهم");
    CHECK(text::safe_text("\xc3") == "\uFFFD");
}

TEST_CASE("a text is cut after a paragraph, else a sentence, else a word, else a visible character",
          "[adapters][lines]") {
    CHECK(text::cut_at("short", 5) == 5);
    CHECK(text::cut_at("One. Two.\n\nThree. Four. Five.", 24) == 11);
    CHECK(text::cut_at("One two. Three four. Five six.", 25) == 21);
    CHECK(text::cut_at("one two three four", 12) == 8);
    const std::string family = "👩‍👩‍👧";  // 18 bytes
    CHECK(text::cut_at(family + family + family, 40) == 36);
    CHECK(text::cut_at(family, 10) == 7);  // nowhere else to cut: between code points
    CHECK(text::cut_bytes("añb", 2) == "a");
}

TEST_CASE("what is filled in is not filled in again", "[adapters][lines]") {
    CHECK(text::filled("%1 and %2", "%2", "b") == "%2 and b");
    CHECK(text::filled("100 %", "a") == "100 %");
}

}  // namespace test_lines
