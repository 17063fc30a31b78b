#include <nlohmann/json.hpp>

#include "bot/server/wire.hpp"
#include "tests/support/catch.hpp"

namespace test_wire_parse {

using namespace reweave::server;
using nlohmann::json;

namespace {

template <class T>
T read_as(std::string_view frame) {
    const auto parsed = wire::parse(frame);
    REQUIRE(std::holds_alternative<wire::Frame>(parsed));
    REQUIRE(std::holds_alternative<T>(std::get<wire::Frame>(parsed)));
    return std::get<T>(std::get<wire::Frame>(parsed));
}

const std::string kToken = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE";

}  // namespace

TEST_CASE("every frame a client may send is understood", "[server][wire]") {
    CHECK(read_as<wire::Hello>(R"({"type":"hello","seen":17,"token":")" + kToken +
                               R"(","language":"en-GB","time_zone":"Europe/Lisbon"})") ==
          wire::Hello{17, kToken, "en-GB", "Europe/Lisbon"});
    CHECK(read_as<wire::Hello>(R"({"type":"hello","seen":0})") == wire::Hello{});
    CHECK(read_as<wire::Text>(R"({"type":"message","id":9007199254740991,"text":"Olá 🙂"})") ==
          wire::Text{9007199254740991, "Olá 🙂"});
    CHECK(read_as<wire::Choose>(R"({"type":"choose","id":13,"ask":"12.5","picks":["at-least-part","7"]})") ==
          wire::Choose{13, "12.5", {"at-least-part", "7"}});
    CHECK(read_as<wire::Choose>(R"({"type":"choose","id":1,"ask":"1.1","picks":[]})").picks.empty());
    CHECK(read_as<wire::Seen>(R"({"type":"seen","seq":17})") == wire::Seen{17});
    CHECK(read_as<wire::History>(R"({"type":"history","before":17,"limit":5})") == wire::History{17, 5});
    CHECK(read_as<wire::History>(R"({"type":"history"})") == wire::History{0, 20});
    CHECK(read_as<wire::Link>(R"({"type":"link","code":"ABCD-EFGH-JKLM"})") == wire::Link{"ABCD-EFGH-JKLM"});
    read_as<wire::Ping>(R"({"type":"ping"})");
    read_as<wire::MakeCode>(R"({"type":"code"})");
    read_as<wire::Exit>(R"({"type":"exit"})");
}

TEST_CASE("fields of a later version are passed over", "[server][wire]") {
    CHECK(read_as<wire::Seen>(R"({"type":"seen","seq":1,"mood":{"deep":[1,2]}})") == wire::Seen{1});
}

TEST_CASE("a frame that is wrong is refused with its code, its field and its id", "[server][wire]") {
    struct Row {
        const char* frame;
        const char* code;
        const char* field;
        std::int64_t id = 0;
    };
    const Row rows[] = {
        {"", "bad_json", ""},
        {"{", "bad_json", ""},
        {"hello", "bad_json", ""},
        {R"({"type":"ping"} x)", "bad_json", ""},
        {R"({"type":"ping",})", "bad_json", ""},
        {"{\"type\":\"message\",\"id\":1,\"text\":\"\xff\"}", "bad_json", ""},
        {"{\"type\":\"message\",\"id\":1,\"text\":\"\xed\xa0\x80\"}", "bad_json", ""},
        {"{\"type\":\"message\",\"id\":1,\"text\":\"a\nb\"}", "bad_json", ""},
        {R"({"type":"message","id":1,"text":"\u12"})", "bad_json", ""},
        {R"({"type":"message","id":1,"text":"\ud83d)", "bad_json", ""},
        {"17", "bad_type", ""},
        {"null", "bad_type", ""},
        {R"(["ping"])", "bad_type", ""},
        {"{}", "bad_type", "type"},
        {R"({"type":7})", "bad_type", "type"},
        {R"({"type":"Ping"})", "bad_type", "type"},
        {R"({"type":"shout","id":4})", "bad_type", "type"},
        {R"({"type":"hello"})", "bad_field", "seen"},
        {R"({"type":"hello","seen":-1})", "bad_field", "seen"},
        {R"({"type":"hello","seen":1.5})", "bad_field", "seen"},
        {R"({"type":"hello","seen":"1"})", "bad_field", "seen"},
        {R"({"type":"hello","seen":true})", "bad_field", "seen"},
        {R"({"type":"hello","seen":18446744073709551615})", "bad_field", "seen"},
        {R"({"type":"hello","seen":1e400})", "bad_json", ""},
        {R"({"type":"hello","seen":0,"token":"short"})", "bad_token", "token"},
        {R"({"type":"hello","seen":0,"token":7})", "bad_field", "token"},
        {R"({"type":"hello","seen":0,"language":"en GB"})", "bad_field", "language"},
        {R"({"type":"hello","seen":0,"language":"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"})",
         "too_long",
         "language"},
        {R"({"type":"hello","seen":0,"time_zone":"../../etc/passwd"})", "bad_field", "time_zone"},
        {R"({"type":"message","text":"hi"})", "bad_field", "id"},
        {R"({"type":"message","id":0,"text":"hi"})", "bad_field", "id"},
        {R"({"type":"message","id":-4,"text":"hi"})", "bad_field", "id"},
        {R"({"type":"message","id":9007199254740992,"text":"hi"})", "bad_field", "id"},
        {R"({"type":"message","id":3.0,"text":"hi"})", "bad_field", "id"},
        {R"({"type":"message","id":3})", "bad_field", "text", 3},
        {R"({"type":"message","id":3,"text":""})", "bad_field", "text", 3},
        {R"({"type":"message","id":3,"text":null})", "bad_field", "text", 3},
        {R"({"type":"message","id":3,"text":["a"]})", "bad_field", "text", 3},
        {R"({"type":"message","id":3,"text":"a\u0000b"})", "bad_field", "text", 3},
        {R"({"type":"message","id":3,"text":"\ud83d"})", "bad_field", "text", 3},
        {R"({"type":"message","id":3,"text":"a\ude00b"})", "bad_field", "text", 3},
        {R"({"type":"message","id":3,"text":"\ud83d\ud83d\ude00"})", "bad_field", "text", 3},
        {R"({"type":"choose","id":5,"picks":["a"]})", "bad_field", "ask", 5},
        {R"({"type":"choose","id":5,"ask":12,"picks":["a"]})", "bad_field", "ask", 5},
        {R"({"type":"choose","id":5,"ask":"1.1"})", "bad_field", "picks", 5},
        {R"({"type":"choose","id":5,"ask":"1.1","picks":"a"})", "bad_field", "picks", 5},
        {R"({"type":"choose","id":5,"ask":"1.1","picks":{"0":"a"}})", "bad_field", "picks", 5},
        {R"({"type":"choose","id":5,"ask":"1.1","picks":["a",7]})", "bad_field", "picks", 5},
        {R"({"type":"choose","id":5,"ask":"1.1","picks":[""]})", "bad_field", "picks", 5},
        {R"({"type":"seen"})", "bad_field", "seq"},
        {R"({"type":"seen","seq":-1})", "bad_field", "seq"},
        {R"({"type":"history","limit":0})", "bad_field", "limit"},
        {R"({"type":"history","limit":101})", "bad_field", "limit"},
        {R"({"type":"history","before":"17"})", "bad_field", "before"},
        {R"({"type":"link"})", "bad_field", "code"},
        {R"({"type":"link","code":""})", "bad_field", "code"},
    };
    for (const Row& row : rows) {
        INFO(row.frame);
        const auto parsed = wire::parse(row.frame);
        REQUIRE(std::holds_alternative<wire::Error>(parsed));
        const auto& error = std::get<wire::Error>(parsed);
        CHECK(wire::name(error.code) == row.code);
        CHECK(error.field == row.field);
        CHECK(error.id.value_or(0) == row.id);
        CHECK_FALSE(error.message.empty());
    }
}

TEST_CASE("a whole pair of surrogates is a character like any other", "[server][wire]") {
    CHECK(read_as<wire::Text>(R"({"type":"message","id":3,"text":"\ud83d\ude00"})").text == "😀");
}

TEST_CASE("a message may have 4000 characters, however many bytes they take", "[server][wire]") {
    std::string text;
    for (int i = 0; i < 3999; ++i) text += "é";
    const auto frame = [&] { return R"({"type":"message","id":1,"text":")" + text + "\"}"; };
    CHECK(read_as<wire::Text>(frame()).text == text);
    text += "€";
    CHECK(read_as<wire::Text>(frame()).text == text);
    text += "a";
    const auto parsed = wire::parse(frame());
    REQUIRE(std::holds_alternative<wire::Error>(parsed));
    CHECK(std::get<wire::Error>(parsed).code == wire::Code::too_long);
    CHECK(std::get<wire::Error>(parsed).field == "text");
}

TEST_CASE("huge and deeply nested frames are refused before they are parsed", "[server][wire]") {
    const auto huge = wire::parse(R"({"type":"ping","x":")" + std::string(wire::kMaxFrameBytes, 'x') + "\"}");
    REQUIRE(std::holds_alternative<wire::Error>(huge));
    CHECK(std::get<wire::Error>(huge).code == wire::Code::too_long);

    const auto nested = [](int levels) {
        const auto n = static_cast<std::size_t>(levels - 1);
        return wire::parse(R"({"type":"ping","x":)" + std::string(n, '[') + std::string(n, ']') + "}");
    };
    CHECK(std::holds_alternative<wire::Frame>(nested(wire::kMaxDepth)));
    for (const int levels : {wire::kMaxDepth + 1, 1000, 8000}) {
        REQUIRE(std::holds_alternative<wire::Error>(nested(levels)));
        CHECK(std::get<wire::Error>(nested(levels)).code == wire::Code::bad_json);
    }
    CHECK(std::holds_alternative<wire::Error>(wire::parse(std::string(1000, '['))));
    const std::string in_a_string = R"({"type":"message","id":1,"text":"\")" + std::string(1000, '[') + "\"}";
    CHECK(std::holds_alternative<wire::Frame>(wire::parse(in_a_string)));
}

TEST_CASE("an error never repeats what a person typed", "[server][wire]") {
    for (const char* frame : {R"({"type":"message","id":1,"text":["MARKER"]})",
                              R"({"type":"MARKER","id":1})",
                              R"({"type":"message","id":"MARKER","text":"MARKER"})",
                              R"({"type":"message","id":1,"text":"MARKER\ud800"})",
                              R"({"type":"message","id":1,"text":"MARKER)",
                              R"({"type":"hello","seen":0,"token":"MARKER","language":"MARKER MARKER"})"}) {
        INFO(frame);
        const auto parsed = wire::parse(frame);
        REQUIRE(std::holds_alternative<wire::Error>(parsed));
        CHECK(wire::encode(std::get<wire::Error>(parsed)).find("MARKER") == std::string::npos);
    }
}

}  // namespace test_wire_parse
