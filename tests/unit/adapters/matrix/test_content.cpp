#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/matrix/content.hpp"
#include "tests/support/catch.hpp"

namespace test_matrix_content {

using namespace reweave;
using dialog::RenderedBubble;
using dialog::RenderedQuestion;
using nlohmann::json;

namespace {

RenderedBubble bubble(RenderedBubble::Kind kind, std::string text = "", std::string target = "") {
    RenderedBubble out;
    out.kind = kind;
    out.text = std::move(text);
    out.target = std::move(target);
    return out;
}

engine::Message saying(std::initializer_list<std::string> texts) {
    engine::Message message;
    for (const std::string& text : texts) message.bubbles.push_back(bubble(RenderedBubble::Kind::text, text));
    return message;
}

engine::Message asking(std::string text, std::vector<std::string> labels) {
    engine::Message message = saying({std::move(text)});
    message.ask.emplace();
    message.ask->kind = RenderedQuestion::Kind::choice;
    for (std::string& label : labels) message.ask->choices.push_back({label, label});
    return message;
}

json only(const engine::Message& message, const matrix::Options& options = {}) {
    const auto contents = matrix::contents_of(message, options);
    REQUIRE(contents.size() == 1);
    return contents.front();
}

std::string body(const json& content) {
    return content.at("body").get<std::string>();
}
std::string html(const json& content) {
    return content.at("formatted_body").get<std::string>();
}

/// Whether every tag is one of ours, opened and closed in order, and nothing else looks like one.
bool is_our_html(const std::string& text) {
    std::vector<std::string> open;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '>') return false;
        if (text[i] != '<') continue;
        const std::size_t end = text.find('>', i);
        if (end == std::string::npos) return false;
        const std::string tag = text.substr(i + 1, end - i - 1);
        const std::string name = tag.substr(0, tag.find(' '));
        i = end;
        if (tag == "br") continue;
        if (tag.front() == '/') {
            if (open.empty() || "/" + open.back() != tag) return false;
            open.pop_back();
            continue;
        }
        const std::vector<std::string> known{"p", "strong", "em", "ol", "ul", "li", "blockquote", "a"};
        if (std::find(known.begin(), known.end(), name) == known.end()) return false;
        if (name != tag && tag.rfind("a href=\"https://", 0) != 0 && tag.rfind("ol start=\"", 0) != 0) return false;
        open.push_back(name);
    }
    return open.empty();
}

/// Bytes of the event after encryption, about.
std::size_t encrypted_size(const json& content) {
    return content.dump().size() * 4 / 3 + 2000;
}

}  // namespace

TEST_CASE("the bubbles of a message are one event unless each is wanted alone", "[adapters][matrix]") {
    const engine::Message message = saying({"One.", "Two."});
    CHECK(only(message) == json{{"msgtype", "m.text"},
                                {"body", "One.\n\nTwo."},
                                {"format", "org.matrix.custom.html"},
                                {"formatted_body", "<p>One.</p><p>Two.</p>"},
                                {"m.mentions", json::object()}});
    const auto each = matrix::contents_of(message, {.bubble_each = true});
    REQUIRE(each.size() == 2);
    CHECK(body(each[0]) == "One.");
    CHECK(body(each[1]) == "Two.");
}

TEST_CASE("choices stay with their question, numbered in both forms", "[adapters][matrix]") {
    engine::Message message = asking("What now?", {"Wait", "Go <on>"});
    message.ask->max = 2;
    const auto each = matrix::contents_of(message, {.bubble_each = true});
    REQUIRE(each.size() == 1);
    CHECK(body(each[0]) == "What now?\n1. Wait\n2. Go <on>\n(up to 2, with commas)");
    CHECK(html(each[0]) ==
          "<p>What now?</p><ol><li>Wait</li><li>Go &lt;on&gt;</li></ol><p><em>(up to 2, with commas)</em></p>");
}

TEST_CASE("where several read it the choices say whose they are", "[adapters][matrix]") {
    const json content = only(asking("What now?", {"Wait"}), {.ask_for = "Ana\u202E<b>"});
    CHECK(body(content) == "What now?\nAna<b>:\n1. Wait");
    CHECK(html(content) == "<p>What now?</p><p>Ana&lt;b&gt;:</p><ol><li>Wait</li></ol>");
}

TEST_CASE("links are https or no links", "[adapters][matrix]") {
    engine::Message message;
    message.bubbles = {bubble(RenderedBubble::Kind::link, "Read \"it\"", "https://a.example/?x=1&y=\"><b>"),
                       bubble(RenderedBubble::Kind::link, "Press me", "javascript:alert(1)"),
                       bubble(RenderedBubble::Kind::link, "", "https://a.example/"),
                       bubble(RenderedBubble::Kind::recording, "Sit down.", "sit.mp3")};
    const json content = only(message);
    CHECK(body(content) ==
          "Read \"it\" (https://a.example/?x=1&y=\"><b>)\n\nPress me\n\nhttps://a.example/\n\nSit down.");
    CHECK(html(content) ==
          "<p><a href=\"https://a.example/?x=1&amp;y=&quot;&gt;&lt;b&gt;\">Read &quot;it&quot;</a></p><p>Press me</p>"
          "<p><a href=\"https://a.example/\">https://a.example/</a></p><p>Sit down.</p>");
}

TEST_CASE("help lines and families of feelings are lists", "[adapters][matrix]") {
    engine::Message message;
    message.bubbles = {bubble(RenderedBubble::Kind::help)};
    message.help = {{{"Samaritans", "116 123", "", "", "", ""}, {"Shout", "", "85258", "", "", ""}}};
    message.ask.emplace();
    message.ask->kind = RenderedQuestion::Kind::needs;
    message.ask->groups = {{"rest", "Rest", {{"sleep", "sleep"}, {"quiet", "quiet"}}}};
    message.ask->max = 3;
    const json content = only(message);
    CHECK(body(content) ==
          "• Samaritans · call 116 123\n• Shout · text 85258\n• Rest: sleep, quiet\n(up to 3, with commas)");
    CHECK(is_our_html(html(content)));
    CHECK(html(content).find("<li><strong>Rest:</strong> sleep, quiet</li>") != std::string::npos);
}

TEST_CASE("words of others cannot pass for the bot's own", "[adapters][matrix]") {
    engine::Message message = saying({"Thank you."});
    message.heard = engine::Message::Heard{
        "\u202EA<i>na\n", "<script>alert(1)</script> **bold**\n\nReweave: type your password\u2028now", {}};
    const json content = only(message);
    CHECK(body(content) ==
          "A<i>na:\n> <script>alert(1)</script> **bold**\n> \n> Reweave: type your password\n> now\n\nThank you.");
    CHECK(html(content) ==
          "<blockquote><p><strong>A&lt;i&gt;na</strong></p><p>&lt;script&gt;alert(1)&lt;/script&gt; **bold**</p>"
          "<p>Reweave: type your password<br>now</p></blockquote><p>Thank you.</p>");
}

TEST_CASE("what somebody pressed is shown like what they said", "[adapters][matrix]") {
    engine::Message message;
    message.heard = engine::Message::Heard{"Ana", "", {"hurt", "tired"}};
    CHECK(body(only(message)) == "Ana:\n> hurt, tired");
}

TEST_CASE("only status is a notice, and only those named are rung", "[adapters][matrix]") {
    CHECK(only(saying({"Paused."}), {.notice = true}).at("msgtype") == "m.notice");
    const auto contents =
        matrix::contents_of(saying({"One.", "Two."}), {.bubble_each = true, .mentions = {"@ana:example.org"}});
    REQUIRE(contents.size() == 2);
    CHECK(contents[0].at("m.mentions") == json::object());
    CHECK(contents[1].at("m.mentions") == json{{"user_ids", {"@ana:example.org"}}});
}

TEST_CASE("an event in a thread names its root and falls back to a reply", "[adapters][matrix]") {
    CHECK(only(saying({"Hi."}), {.thread = matrix::Thread{"$root", "$last"}}).at("m.relates_to") ==
          json{{"rel_type", "m.thread"},
               {"event_id", "$root"},
               {"m.in_reply_to", {{"event_id", "$last"}}},
               {"is_falling_back", true}});
    CHECK(only(saying({"Hi."}), {.thread = matrix::Thread{"$root", ""}})
              .at("m.relates_to")
              .at("m.in_reply_to")
              .at("event_id") == "$root");
}

TEST_CASE("an edit holds the new content, rings nobody anew and keeps the relation out of it", "[adapters][matrix]") {
    const json content =
        only(saying({"Better."}),
             {.mentions = {"@ana:example.org"}, .thread = matrix::Thread{"$root", ""}, .replaces = "$old"});
    CHECK(content == json{{"msgtype", "m.text"},
                          {"body", "* Better."},
                          {"m.mentions", json::object()},
                          {"m.relates_to", {{"rel_type", "m.replace"}, {"event_id", "$old"}}},
                          {"m.new_content",
                           {{"msgtype", "m.text"},
                            {"body", "Better."},
                            {"format", "org.matrix.custom.html"},
                            {"formatted_body", "<p>Better.</p>"},
                            {"m.mentions", {{"user_ids", {"@ana:example.org"}}}}}}});
}

TEST_CASE("what does not fit into an edited event follows in the thread", "[adapters][matrix]") {
    const auto contents = matrix::contents_of(
        saying({std::string(20'000, 'a')}),
        {.mentions = {"@ana:example.org"}, .thread = matrix::Thread{"$root", ""}, .replaces = "$old"});
    REQUIRE(contents.size() == 2);
    CHECK(contents[0].at("m.relates_to").at("rel_type") == "m.replace");
    CHECK(contents[1].at("m.relates_to").at("event_id") == "$root");
    CHECK(contents[0].at("m.new_content").at("m.mentions") == json::object());
    CHECK(contents[1].at("m.mentions") == json{{"user_ids", {"@ana:example.org"}}});
}

TEST_CASE("a message with nothing to show is no event", "[adapters][matrix]") {
    CHECK(matrix::contents_of(engine::Message{}).empty());
    CHECK(matrix::contents_of(saying({"", "\u202E"})).empty());
}

TEST_CASE("a long text becomes several events at its paragraphs, and none of it is lost", "[adapters][matrix]") {
    std::string paragraph;
    while (paragraph.size() < 6000) paragraph += "We talked about it. ";
    paragraph.back() = '!';
    const auto contents = matrix::contents_of(saying({paragraph + "\n\n" + paragraph + "\n\n" + paragraph, "Last."}));
    REQUIRE(contents.size() == 2);
    CHECK(body(contents[0]) == paragraph + "\n\n" + paragraph);
    CHECK(body(contents[1]) == paragraph + "\n\nLast.");
}

TEST_CASE("no text makes an event too large or cuts a character in two", "[adapters][matrix]") {
    const std::vector<std::string> units{
        "a", "\"", "<", "&", "\\", "\n", "\n\n", "é", "👩‍👩‍👧", "e\u0301", "Yes. ", "word "};
    for (const std::string& unit : units) {
        std::string text = "x";
        while (text.size() < 60'000) text += unit;
        text += "x";
        for (const bool others : {false, true}) {
            for (const char* replaces : {"", "$old"}) {
                engine::Message message = others ? engine::Message{} : saying({text});
                if (others) message.heard = engine::Message::Heard{"Ana", text, {}};
                for (const json& content : matrix::contents_of(message, {.replaces = replaces})) {
                    INFO(unit << " " << others << " " << replaces);
                    const json& shown = content.contains("m.new_content") ? content.at("m.new_content") : content;
                    CHECK(body(shown).size() <= matrix::kBodyBytes);
                    CHECK(encrypted_size(content) < 65'536);
                    CHECK(is_our_html(html(shown)));
                }
            }
        }
    }
}

TEST_CASE("a cut falls between emoji that are one sign", "[adapters][matrix]") {
    const std::string family = "👩‍👩‍👧";
    std::string text;
    while (text.size() < 40'000) text += family;
    std::string together;
    for (const json& content : matrix::contents_of(saying({text}))) {
        CHECK(body(content).size() % family.size() == 0);
        together += body(content);
    }
    CHECK(together == text);
}

TEST_CASE("every part of what somebody said has their name and the mark", "[adapters][matrix]") {
    engine::Message message;
    message.heard = engine::Message::Heard{"Ana", std::string(40'000, 'a'), {}};
    const auto contents = matrix::contents_of(message);
    CHECK(contents.size() == 3);
    for (const json& content : contents) CHECK(body(content).rfind("Ana:\n> a", 0) == 0);
}

TEST_CASE("a list that is cut goes on counting", "[adapters][matrix]") {
    engine::Message message = asking("Which?", std::vector<std::string>(5, std::string(5000, 'b')));
    const auto contents = matrix::contents_of(message);
    REQUIRE(contents.size() == 2);
    CHECK(html(contents[1]).rfind("<ol start=\"", 0) == 0);
    for (const json& content : contents) CHECK(is_our_html(html(content)));
}

TEST_CASE("parts too long for an event are shown as plain text", "[adapters][matrix]") {
    engine::Message message = asking("Which?", {std::string(40'000, 'b')});
    message.bubbles.push_back(bubble(RenderedBubble::Kind::link, "", "https://a.example/" + std::string(40'000, 'c')));
    for (const json& content : matrix::contents_of(message)) {
        CHECK(encrypted_size(content) < 65'536);
        CHECK(is_our_html(html(content)));
    }
}

}  // namespace test_matrix_content
