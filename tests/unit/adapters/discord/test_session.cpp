#include "adapters/discord/close_codes.hpp"
#include "adapters/discord/gateway_address.hpp"
#include "adapters/discord/session.hpp"
#include "tests/support/catch.hpp"

namespace test_session {

using namespace reweave::discord;

TEST_CASE("a session that was stored is the same when it is read", "[discord][gateway]") {
    const Session read = session_from_text(to_text({"abc\"1", "wss://gateway-us-east1-b.discord.gg", 42}));
    CHECK(read.id == "abc\"1");
    CHECK(read.resume_url == "wss://gateway-us-east1-b.discord.gg");
    CHECK(read.seq == 42);
}

TEST_CASE("a text that is no session is none", "[discord][gateway]") {
    for (const char* text :
         {"", "nonsense", "[]", "null", R"({"id":"a"})", R"({"id":"a","seq":"1"})", R"({"id":7,"seq":1})"}) {
        CAPTURE(text);
        CHECK(session_from_text(text).id.empty());
    }
}

TEST_CASE("a close code says whether the session goes on, is over, or the operator must act", "[discord][gateway]") {
    for (const int code : {0, 1000, 1001, 1006, 4000, 4001, 4002, 4005, 4008, 4999}) {
        CAPTURE(code);
        CHECK(after_close(code) == After::resume);
    }
    for (const int code : {4003, 4006, 4007, 4009}) {
        CAPTURE(code);
        CHECK(after_close(code) == After::new_session);
    }
    for (const int code : {4004, 4010, 4011, 4012, 4013, 4014}) {
        CAPTURE(code);
        CHECK(after_close(code) == After::never);
        CHECK(refusal_sentence(code, 0).find("; ") != std::string::npos);
    }
}

TEST_CASE("when an intent is not allowed, the operator reads which one", "[discord][gateway]") {
    const std::string content = refusal_sentence(4014, (1 << 0) | (1 << 15));
    CHECK(content.find("Message Content Intent") != std::string::npos);
    CHECK(content.find("Members") == std::string::npos);
    CHECK(content.find("Privileged Gateway Intents") != std::string::npos);
    CHECK(refusal_sentence(4014, (1 << 1) | (1 << 8)).find("Server Members Intent and Presence Intent") !=
          std::string::npos);
}

TEST_CASE("the address of a gateway keeps its host, port and path", "[discord][gateway]") {
    const auto plain = gateway_address("wss://gateway.discord.gg", false);
    REQUIRE(plain);
    CHECK(plain->base_url == "https://gateway.discord.gg");
    CHECK(plain->target == "/?v=10&encoding=json");
    const auto full = gateway_address("WSS://Gate-1.discord.gg:8443/a/b/?v=9&x=y", true);
    REQUIRE(full);
    CHECK(full->base_url == "https://gate-1.discord.gg:8443");
    CHECK(full->target == "/a/b/?v=10&encoding=json&compress=zlib-stream");
}

TEST_CASE("plain text goes to a gateway on this machine only", "[discord][gateway]") {
    for (const char* url : {"ws://127.0.0.1:9000", "ws://localhost:9000/", "ws://[::1]:9000"}) {
        CAPTURE(url);
        const auto address = gateway_address(url, false);
        REQUIRE(address);
        CHECK_FALSE(address->secure);
    }
    for (const char* url : {"ws://gateway.discord.gg",
                            "http://127.0.0.1",
                            "https://gateway.discord.gg",
                            "gateway.discord.gg",
                            "wss://user:word@gateway.discord.gg",
                            "wss://",
                            "",
                            "wss://gateway discord.gg"}) {
        CAPTURE(url);
        CHECK_FALSE(gateway_address(url, false));
    }
}

}  // namespace test_session
