#include <nlohmann/json.hpp>

#include "bot/dialog/json_text.hpp"
#include "bot/server/wire.hpp"
#include "tests/support/catch.hpp"

namespace test_wire_encode {

using namespace reweave::server;
using namespace reweave;
using dialog::RenderedBubble;
using dialog::RenderedQuestion;
using nlohmann::json;

namespace {

engine::TimePoint at(std::int64_t seconds) {
    return engine::TimePoint(std::chrono::seconds(seconds));
}

json encoded(const engine::Message& message) {
    return json::parse(wire::encode(message, "Only you"));
}

RenderedBubble bubble(RenderedBubble::Kind kind, std::string text, std::string target = {}) {
    RenderedBubble out;
    out.kind = kind;
    out.text = std::move(text);
    out.target = std::move(target);
    return out;
}

json encoded_ask(const RenderedQuestion& question) {
    engine::Message message;
    message.ask = question;
    message.ask_id = "12.5";
    return encoded(message).at("ask");
}

}  // namespace

TEST_CASE("a message carries what was said by both, the question and who can read it", "[server][wire]") {
    engine::Message message;
    message.seq = 18;
    message.at = at(1'795'514'400) + std::chrono::milliseconds(999);
    message.you_text = "It was \"my\" fault\n\x01 \\ 🙂";
    message.bubbles.push_back(bubble(RenderedBubble::Kind::text, "Thank you."));
    message.ask = RenderedQuestion();
    message.ask_id = "12.5";
    CHECK(encoded(message) == json::parse(R"({"type":"message","seq":18,"at":"2026-11-24T10:00:00Z",
        "you":{"text":"It was \"my\" fault\n\u0001 \\ 🙂"},"bubbles":[{"kind":"text","text":"Thank you."}],
        "ask":{"id":"12.5","kind":"words","long":false,"limit":280,"skip":true},"readers":"Only you"})"));
}

TEST_CASE("what was pressed is shown by its labels", "[server][wire]") {
    engine::Message message;
    message.you_picks = {"Calm", "Tired"};
    CHECK(encoded(message).at("you") == json::parse(R"({"picks":["Calm","Tired"]})"));
    CHECK_FALSE(encoded(engine::Message()).contains("you"));
    CHECK_FALSE(encoded(engine::Message()).contains("ask"));
    CHECK(encoded(engine::Message()).at("bubbles") == json::array());
}

TEST_CASE("every kind of bubble has its form", "[server][wire]") {
    engine::Message message;
    message.bubbles.push_back(bubble(RenderedBubble::Kind::link, "Read more", "https://example.org/?a=1&b=2"));
    message.bubbles.push_back(bubble(RenderedBubble::Kind::picture, "A river", "a b/ä.png"));
    message.bubbles.push_back(bubble(RenderedBubble::Kind::recording, "Breathe.", "slow.mp3"));
    message.bubbles.push_back(bubble(RenderedBubble::Kind::pace, ""));
    message.bubbles.back().times = 12;
    message.bubbles.back().beats = {{"Breathe in", 4}, {"Breathe out", 6}};
    message.bubbles.push_back(bubble(RenderedBubble::Kind::help, "Help now"));
    message.bubbles.push_back(bubble(RenderedBubble::Kind::help, "More help"));
    message.bubbles.push_back(bubble(RenderedBubble::Kind::calendar, "Check-in"));
    message.bubbles.back().at = at(86'400);
    message.help = {
        {{"Line", "116 123", "", "https://example.org", "24/7", "2026-11"}, {"Other", "", "HELLO to 5", "", "", ""}}};
    CHECK(encoded(message).at("bubbles") == json::parse(R"([
        {"kind":"link","url":"https://example.org/?a=1&b=2","text":"Read more"},
        {"kind":"picture","url":"/media/a%20b%2F%C3%A4.png","text":"A river"},
        {"kind":"recording","url":"/media/slow.mp3","text":"Breathe."},
        {"kind":"pace","times":12,"beats":[{"words":"Breathe in","seconds":4},{"words":"Breathe out","seconds":6}]},
        {"kind":"help","title":"Help now","lines":[
            {"name":"Line","call":"116 123","web":"https://example.org","hours":"24/7","checked":"2026-11"},
            {"name":"Other","text":"HELLO to 5"}]},
        {"kind":"help","title":"More help","lines":[]},
        {"kind":"calendar","at":"1970-01-02T00:00:00Z","title":"Check-in"}])"));
}

TEST_CASE("every kind of question has its form", "[server][wire]") {
    RenderedQuestion question;
    question.kind = RenderedQuestion::Kind::choice;
    question.choices = {{"at-least-part", "At least part"}, {"none", "None of it"}};
    CHECK(encoded_ask(question) == json::parse(R"({"id":"12.5","kind":"choice","choices":[
        {"id":"at-least-part","label":"At least part"},{"id":"none","label":"None of it"}],"max":1,"skip":true})"));

    question.kind = RenderedQuestion::Kind::done;
    question.choices = {{"done", "Done"}};
    CHECK(encoded_ask(question) ==
          json::parse(R"({"id":"12.5","kind":"choice","choices":[{"id":"done","label":"Done"}],"max":1,"skip":true})"));

    question.kind = RenderedQuestion::Kind::country;
    question.choices = {{"PT", "Portugal"}};
    CHECK(encoded_ask(question) ==
          json::parse(
              R"({"id":"12.5","kind":"country","choices":[{"id":"PT","label":"Portugal"}],"max":1,"skip":true})"));

    question = RenderedQuestion();
    question.kind = RenderedQuestion::Kind::scale;
    question.low = "calm";
    question.high = "boiling";
    question.choices = {{"7", "Numb or checked out"}};
    CHECK(encoded_ask(question) ==
          json::parse(R"({"id":"12.5","kind":"scale","from":0,"to":10,"low":"calm","high":"boiling",
        "choices":[{"id":"7","label":"Numb or checked out"}],"skip":true})"));

    question = RenderedQuestion();
    question.long_text = true;
    CHECK(encoded_ask(question) == json::parse(R"({"id":"12.5","kind":"words","long":true,"limit":4000,"skip":true})"));

    question.kind = RenderedQuestion::Kind::number;
    CHECK(encoded_ask(question) == json::parse(R"({"id":"12.5","kind":"number","skip":true})"));
    question.bounded = true;
    question.from = 1;
    question.to = 7;
    CHECK(encoded_ask(question) == json::parse(R"({"id":"12.5","kind":"number","from":1,"to":7,"skip":true})"));

    question.kind = RenderedQuestion::Kind::length;
    CHECK(encoded_ask(question) == json::parse(R"({"id":"12.5","kind":"length","skip":true})"));
    question.kind = RenderedQuestion::Kind::moment;
    CHECK(encoded_ask(question) == json::parse(R"({"id":"12.5","kind":"moment","skip":true})"));

    question.kind = RenderedQuestion::Kind::feelings;
    question.max = 3;
    question.groups = {{"sad", "Sad", {{"lonely", "Lonely"}}}};
    const auto groups =
        R"("max":3,"groups":[{"id":"sad","label":"Sad","choices":[{"id":"lonely","label":"Lonely"}]}],"skip":true})";
    CHECK(encoded_ask(question) == json::parse(R"({"id":"12.5","kind":"feelings",)" + std::string(groups)));
    question.kind = RenderedQuestion::Kind::needs;
    CHECK(encoded_ask(question) == json::parse(R"({"id":"12.5","kind":"needs",)" + std::string(groups)));
}

TEST_CASE("the small frames", "[server][wire]") {
    CHECK(wire::encode(wire::Welcome{17, 12, "", "Only you"}) ==
          R"({"type":"welcome","protocol":1,"seq":17,"person":12,"readers":"Only you"})");
    CHECK(wire::encode(wire::Welcome{0, 3, "abc", "Only you"}) ==
          R"({"type":"welcome","protocol":1,"seq":0,"person":3,"token":"abc","readers":"Only you"})");
    CHECK(wire::encode_ack(12, false) == R"({"type":"ack","id":12})");
    CHECK(wire::encode_ack(12, true) == R"({"type":"ack","id":12,"again":true})");
    CHECK(wire::encode_pong() == R"({"type":"pong"})");
    CHECK(wire::encode_linked() == R"({"type":"linked"})");
    CHECK(wire::encode_code("ABCD-EFGH-JKLM", at(0)) ==
          R"({"type":"code","code":"ABCD-EFGH-JKLM","expires":"1970-01-01T00:00:00Z"})");
    CHECK(wire::encode_bye(wire::Bye::drain, std::chrono::seconds(2)) ==
          R"({"type":"bye","reason":"drain","retry_after":2})");
    CHECK(wire::encode_bye(wire::Bye::deleted) == R"({"type":"bye","reason":"deleted"})");
    CHECK(wire::encode(wire::Error{wire::Code::bad_field, "text is missing", 3, "text"}) ==
          R"({"type":"error","code":"bad_field","message":"text is missing","id":3,"field":"text"})");
    CHECK(wire::encode_history({}, "Only you") == R"({"type":"history","messages":[]})");
    const std::vector<engine::Message> two(2);
    CHECK(json::parse(wire::encode_history(two, "Only you")).at("messages").size() == 2);
}

TEST_CASE("whatever bytes a string holds, what is written is JSON in UTF-8", "[server][wire]") {
    const auto round_trip = [](std::string_view text) {
        std::string out;
        dialog::append_json_string(out, text);
        return json::parse(out).get<std::string>();
    };
    for (const std::string_view whole : {"", "plain", "\"\\/\b\f\n\r\t\x1f\x7f", "é€😀", "\xF4\x8F\xBF\xBF", "\u2028"}) {
        CHECK(round_trip(whole) == whole);
    }
    for (const std::string_view broken :
         {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8", "\xE2\x82", "\xC3"}) {
        const std::string read = round_trip("a" + std::string(broken) + "z");
        CHECK(read.front() == 'a');
        CHECK(read.back() == 'z');
        CHECK(read.find("\xEF\xBF\xBD") == 1);
    }
}

}  // namespace test_wire_encode
