#include <nlohmann/json.hpp>

#include "adapters/matrix/inbound.hpp"
#include "tests/support/catch.hpp"

namespace test_inbound {

using namespace reweave::matrix;
using nlohmann::json;
using Kind = RoomEvent::Kind;

namespace {

const Ourselves kUs{"@reweave:example.org", "Reweave"};

json event(const std::string& type, json content) {
    return {{"event_id", "$1"},
            {"sender", "@ana:example.org"},
            {"type", type},
            {"origin_server_ts", 1'795'946'400'000},
            {"content", std::move(content)}};
}

json words(const std::string& body) {
    return {{"msgtype", "m.text"}, {"body", body}};
}

RoomEvent read(const json& from) {
    return parse_event(from, kUs);
}

RoomEvent said(json content) {
    return read(event("m.room.message", std::move(content)));
}

RoomEvent reply(const std::string& body) {
    json content = words(body);
    content["m.relates_to"] = {{"m.in_reply_to", {{"event_id", "$prompt"}}}};
    return said(content);
}

}  // namespace

TEST_CASE("a message is taken with its words, sender and place", "[adapters][matrix]") {
    json from = event("m.room.message", words("Hi, it's me"));
    from["unsigned"] = {{"membership", "join"}, {"transaction_id", "t1"}};
    const RoomEvent got = read(from);
    CHECK(got.kind == Kind::text);
    CHECK(got.text == "Hi, it's me");
    CHECK(got.event_id == "$1");
    CHECK(got.sender == "@ana:example.org");
    CHECK(got.origin_server_ts == 1'795'946'400'000);
    CHECK(got.membership == "join");
    CHECK(got.transaction_id == "t1");
    CHECK_FALSE(got.mentions_us);
}

TEST_CASE("kinds of messages are told apart", "[adapters][matrix]") {
    const std::vector<std::pair<const char*, Kind>> kinds{{"m.text", Kind::text},
                                                          {"m.emote", Kind::emote},
                                                          {"m.notice", Kind::notice},
                                                          {"m.image", Kind::media},
                                                          {"m.audio", Kind::media},
                                                          {"m.video", Kind::media},
                                                          {"m.file", Kind::media},
                                                          {"m.location", Kind::media},
                                                          {"m.key.verification.request", Kind::other}};
    for (const auto& [type, kind] : kinds) CHECK(said({{"msgtype", type}, {"body", "x"}}).kind == kind);
    CHECK(read(event("m.sticker", {{"body", "x"}})).kind == Kind::media);
    CHECK(read(event("m.room.encrypted", {{"ciphertext", "x"}})).kind == Kind::encrypted);
    CHECK(read(event("m.poll.response", json::object())).kind == Kind::other);
    CHECK(read(event("org.matrix.msc3381.poll.response", json::object())).kind == Kind::other);
}

TEST_CASE("whatever is missing or of the wrong type makes an event of the kind other", "[adapters][matrix]") {
    for (const json& wrong : {json(), json(7), json("x"), json::array({1}), json::object()}) {
        CHECK(read(wrong).kind == Kind::other);
        for (const char* key : {"event_id", "sender", "type", "content"}) {
            json from = event("m.room.message", words("x"));
            from[key] = wrong;
            if (!wrong.is_string()) CHECK(read(from).kind == Kind::other);
        }
        for (const char* key : {"body", "msgtype"}) {
            json content = words("x");
            content[key] = wrong;
            if (!wrong.is_string()) CHECK(said(content).kind == Kind::other);
        }
        json odd = words("x");
        odd["m.relates_to"] = wrong;
        odd["m.mentions"] = wrong;
        odd["formatted_body"] = wrong;
        json from = event("m.room.message", odd);
        from["unsigned"] = wrong;
        from["origin_server_ts"] = wrong;
        CHECK(read(from).text == "x");
        for (const char* type : {"m.reaction", "m.room.redaction"})
            CHECK(read(event(type, {{"m.relates_to", wrong}, {"redacts", json::array()}})).kind == Kind::other);
        CHECK(said({{"msgtype", "m.text"},
                    {"body", "x"},
                    {"m.new_content", wrong},
                    {"m.relates_to", {{"rel_type", "m.replace"}, {"event_id", "$0"}}}})
                  .kind == Kind::other);
    }
}

TEST_CASE("a time that is none counts as not known", "[adapters][matrix]") {
    for (const json& wrong : {json(-5), json(1.5), json(18'446'744'073'709'551'615ULL), json("1")}) {
        json from = event("m.room.message", words("x"));
        from["origin_server_ts"] = wrong;
        CHECK(read(from).origin_server_ts == 0);
    }
}

TEST_CASE("a text is cut at 64 KiB, between characters", "[adapters][matrix]") {
    std::string text = "a";
    while (text.size() < 70'000) text += "é";
    const RoomEvent got = said(words(text));
    CHECK(got.text.size() == kTextBytes - 1);
    CHECK(got.text == text.substr(0, kTextBytes - 1));
}

TEST_CASE("what a reply repeats is not what was said", "[adapters][matrix]") {
    CHECK(reply("> <@reweave:example.org> How?\n> Really?\n\nBadly").text == "Badly");
    CHECK(reply("> * <@reweave:example.org> waves\n\nHi").text == "Hi");
    CHECK(reply("<mx-reply>quoted</mx-reply>Badly").text == "Badly");
    CHECK(reply("> <@reweave:example.org> How?").text.empty());
    CHECK(reply("Badly").text == "Badly");
    CHECK(reply("Badly").target == "$prompt");
    CHECK(reply("> is greater than <").text == "> is greater than <");
    CHECK(said(words("> <@reweave:example.org> How?\n\nBadly")).text == "> <@reweave:example.org> How?\n\nBadly");
}

TEST_CASE("a message in a thread has its root, and a target only if it is a reply in so many words",
          "[adapters][matrix]") {
    json content = words("Hi");
    content["m.relates_to"] = {{"rel_type", "m.thread"},
                               {"event_id", "$root"},
                               {"is_falling_back", true},
                               {"m.in_reply_to", {{"event_id", "$last"}}}};
    CHECK(said(content).thread_root == "$root");
    CHECK(said(content).target.empty());
    content["m.relates_to"]["is_falling_back"] = false;
    CHECK(said(content).target == "$last");
}

TEST_CASE("we are mentioned by id, by a link or by name at the beginning, and the name is taken off",
          "[adapters][matrix]") {
    for (const char* body : {"Reweave: hi",
                             "reweave, hi",
                             "@reweave hi",
                             "@Reweave: hi",
                             "@reweave:example.org hi",
                             "@reweave:example.org: hi",
                             " Reweave:hi"}) {
        INFO(body);
        CHECK(said(words(body)).mentions_us);
        CHECK(said(words(body)).text == "hi");
    }
    for (const char* body :
         {"Reweave hi", "Reweaver: hi", "@reweave:elsewhere.org hi", "@reweaver hi", "say @reweave hi", "reweave"}) {
        INFO(body);
        CHECK_FALSE(said(words(body)).mentions_us);
        CHECK(said(words(body)).text == body);
    }
    json content = words("Reweave hi");
    content["m.mentions"] = {{"user_ids", {7, "@reweave:example.org"}}};
    CHECK(said(content).mentions_us);
    CHECK(said(content).text == "hi");
    content["m.mentions"] = {{"user_ids", {"@bo:example.org"}}};
    CHECK_FALSE(said(content).mentions_us);
}

TEST_CASE("a link to us counts as a mention, but not in what a reply repeats", "[adapters][matrix]") {
    const auto mentioned = [](const std::string& html) {
        json content = words("Hi");
        content["formatted_body"] = html;
        return said(content).mentions_us;
    };
    CHECK(mentioned(R"(<a href="https://matrix.to/#/@reweave:example.org">Reweave</a> hi)"));
    CHECK(mentioned(R"(<a href='https://matrix.to/#/%40reweave%3Aexample.org'>Reweave</a> hi)"));
    CHECK_FALSE(mentioned(R"(<a href="https://matrix.to/#/@reweave:example.org.evil">Reweave</a>)"));
    CHECK_FALSE(mentioned(R"(<mx-reply><a href="https://matrix.to/#/@reweave:example.org">R</a></mx-reply>hi)"));
}

TEST_CASE("an edit has the new words and what it edits", "[adapters][matrix]") {
    json content = words("* Reweave: 5");
    content["m.relates_to"] = {{"rel_type", "m.replace"}, {"event_id", "$answer"}};
    content["m.new_content"] = words("Reweave: 5");
    CHECK(said(content).kind == Kind::edit);
    CHECK(said(content).text == "5");
    CHECK(said(content).target == "$answer");
    content["m.new_content"]["msgtype"] = "m.notice";
    CHECK(said(content).kind == Kind::notice);
    content["m.new_content"]["msgtype"] = "m.image";
    CHECK(said(content).kind == Kind::other);
    content["m.new_content"] = words("5");
    content["m.relates_to"].erase("event_id");
    CHECK(said(content).kind == Kind::other);
}

TEST_CASE("a reaction's key is a number in all forms that people's keyboards have", "[adapters][matrix]") {
    const std::vector<std::pair<const char*, const char*>> keys{{"1\uFE0F\u20E3", "1"},
                                                                {"1\u20E3", "1"},
                                                                {"9\uFE0F\u20E3", "9"},
                                                                {"0\uFE0F\u20E3", "0"},
                                                                {"\U0001F51F", "10"},
                                                                {"\U0001F51F\uFE0F", "10"},
                                                                {"３", "3"},
                                                                {"１０", "10"},
                                                                {"7", "7"},
                                                                {"👍", "👍"},
                                                                {"❤\uFE0F", "❤"},
                                                                {"👍🏽", "👍🏽"},
                                                                {"#\uFE0F\u20E3", "#\u20E3"},
                                                                {"\xEF\xBC", "\xEF\xBC"},
                                                                {"yes", "yes"}};
    for (const auto& [key, text] : keys) CHECK(reaction_text(key) == text);
    const RoomEvent got = read(
        event("m.reaction",
              {{"m.relates_to", {{"rel_type", "m.annotation"}, {"event_id", "$prompt"}, {"key", "2\uFE0F\u20E3"}}}}));
    CHECK(got.kind == Kind::reaction);
    CHECK(got.text == "2");
    CHECK(got.target == "$prompt");
}

TEST_CASE("a redaction names its event in rooms of every version", "[adapters][matrix]") {
    json old = event("m.room.redaction", json::object());
    old["redacts"] = "$bad";
    CHECK(read(old).kind == Kind::redaction);
    CHECK(read(old).target == "$bad");
    CHECK(read(event("m.room.redaction", {{"redacts", "$bad"}})).target == "$bad");
    // In an old room the content is only what its sender wrote.
    old["content"] = {{"redacts", "$other"}};
    CHECK(read(old).target == "$bad");
    CHECK(read(event("m.room.redaction", json::object())).kind == Kind::other);
}

TEST_CASE("what was taken back before it came is not acted on", "[adapters][matrix]") {
    json from = event("m.room.message", words("x"));
    from["unsigned"] = {{"redacted_because", {{"type", "m.room.redaction"}}}};
    CHECK(read(from).kind == Kind::other);
    CHECK(read(from).text.empty());
    CHECK(said(json::object()).kind == Kind::other);
}

TEST_CASE("changes of the room are told apart from messages that look like them", "[adapters][matrix]") {
    json member = event("m.room.member", {{"membership", "invite"}, {"is_direct", true}});
    CHECK(read(member).kind == Kind::other);
    member["state_key"] = "@reweave:example.org";
    CHECK(read(member).kind == Kind::member);
    CHECK(read(member).member == RoomEvent::Member{"@reweave:example.org", "invite", true});
    member["content"]["membership"] = 3;
    CHECK(read(member).kind == Kind::other);

    json tombstone = event("m.room.tombstone", {{"replacement_room", "!new"}});
    CHECK(read(tombstone).kind == Kind::other);
    tombstone["state_key"] = "";
    CHECK(read(tombstone).kind == Kind::tombstone);
    CHECK(read(tombstone).target == "!new");
    json power = event("m.room.power_levels", json::object());
    power["state_key"] = "";
    CHECK(read(power).kind == Kind::power);
    json state = event("m.room.message", words("x"));
    state["state_key"] = "";
    CHECK(read(state).kind == Kind::other);
}

}  // namespace test_inbound
