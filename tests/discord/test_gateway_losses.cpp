#include <nlohmann/json.hpp>

#include "tests/discord/gateway_bot.hpp"

namespace test_gateway_losses {

using namespace reweave;
using namespace reweave::test;

TEST_CASE("whatever breaks a connection, the session goes on and what was written meanwhile is heard once",
          "[discord][gateway]") {
    const std::vector<std::pair<std::string, std::function<void(FakeDiscord&)>>> faults{
        {"cut", [](FakeDiscord& d) { d.cut_gateway(); }},
        {"closed without a code", [](FakeDiscord& d) { d.close_gateway(0); }},
        {"4000", [](FakeDiscord& d) { d.close_gateway(4000); }},
        {"4001", [](FakeDiscord& d) { d.close_gateway(4001); }},
        {"4002", [](FakeDiscord& d) { d.close_gateway(4002); }},
        {"4005", [](FakeDiscord& d) { d.close_gateway(4005); }},
        {"4008", [](FakeDiscord& d) { d.close_gateway(4008); }},
        {"op 7", [](FakeDiscord& d) { d.ask_reconnect(); }},
        {"op 9 true", [](FakeDiscord& d) { d.invalidate(true); }},
        {"no JSON", [](FakeDiscord& d) { d.send_raw(R"({"op":0,"t":"X","d":"secret words)"); }},
        {"silence", [](FakeDiscord& d) { d.silence_gateway(); }},
        {"no acknowledgement", [](FakeDiscord& d) { d.stop_acks(); }},
    };
    for (const auto& [what, happens] : faults) {
        CAPTURE(what);
        Fixture f;
        f.start();
        f.hears();
        happens(f.discord);
        REQUIRE(f.bot.until([&] { return f.bot.gateway.status().state != GatewayState::ready; }, 3min));
        const std::size_t before = f.bot.count("MESSAGE_CREATE");
        (void)f.discord.write(f.dm, f.user, "secret words");
        REQUIRE(f.bot.until(GatewayState::ready));
        f.bot.go_on(1s);
        CHECK(f.bot.count("MESSAGE_CREATE") == before + 1);
        CHECK(f.discord.counters().resumes == 1);
        CHECK(f.discord.counters().identifies == 1);
        CHECK(f.bot.gateway.status().resumes == 1);
        CHECK(f.bot.reports.size() == 1);
        f.hears();
        f.bot.go_on(3min, 500ms);  // its heartbeats are its own
        CHECK(f.bot.gateway.status().state == GatewayState::ready);
        CHECK(f.discord.counters().connections == 2);
    }
}

TEST_CASE("what comes between RESUME and RESUMED is marked as older than it looks", "[discord][gateway]") {
    Fixture f;
    f.start();
    f.discord.cut_gateway();
    REQUIRE(f.bot.until([&] { return f.bot.gateway.status().state != GatewayState::ready; }));
    (void)f.discord.write(f.dm, f.user, "secret words");
    REQUIRE(f.bot.until([&] { return f.bot.count("RESUMED") == 1; }));
    const Event& message = *(f.bot.events.end() - 2);
    CHECK(message.name == "MESSAGE_CREATE");
    CHECK(message.replayed);
    CHECK(f.bot.events.back().name == "RESUMED");
    f.hears();
    CHECK_FALSE(f.bot.events.back().replayed);
}

TEST_CASE("a close code that ends the session costs one IDENTIFY", "[discord][gateway]") {
    for (const int code : {4003, 4006, 4007, 4009}) {
        CAPTURE(code);
        Fixture f;
        f.start();
        f.bot.go_on(10s);
        f.discord.close_gateway(code);
        REQUIRE(f.bot.until([&] { return f.bot.count("READY") == 2; }));
        CHECK(f.discord.counters().resumes == 0);
        CHECK(f.discord.counters().identifies == 2);
        CHECK(f.bot.asked == 2);
        CHECK(f.bot.gateway.status().last_close == code);
        f.hears();
        f.is_well();
    }
}

TEST_CASE("a close code that says that the bot is not let in stops it, with a sentence for the operator",
          "[discord][gateway]") {
    for (const int code : {4004, 4010, 4011, 4012, 4013, 4014}) {
        CAPTURE(code);
        Fixture f;
        GatewayPlan plan;
        plan.close_code = code;
        f.discord.next_connections(plan);
        f.bot.start();
        REQUIRE(f.bot.until(GatewayState::refused));
        REQUIRE(f.bot.gave_up.size() == 1);
        CHECK(f.bot.gave_up.front() == refusal_sentence(code, 1 | (1 << 9) | (1 << 12)));
        f.bot.go_on(1h, 10s);
        CHECK(f.discord.counters().connections == 1);
    }
}

TEST_CASE("an intent that is not ticked is named", "[discord][gateway]") {
    Fixture f({}, [](GatewayOptions& options) { options.intents |= 1 << 15; });
    f.bot.start();
    REQUIRE(f.bot.until(GatewayState::refused));
    REQUIRE(f.bot.gave_up.size() == 1);
    CHECK(f.bot.gave_up.front().find("Message Content Intent") != std::string::npos);
}

TEST_CASE("a session that Discord invalidates is left, and another begins one to five seconds later",
          "[discord][gateway]") {
    Fixture f;
    f.start();
    f.bot.go_on(10s);
    f.bot.chance = 0.0;
    f.discord.invalidate(false);
    REQUIRE(f.bot.until([&] { return f.bot.gateway.status().state != GatewayState::ready; }));
    f.bot.go_on(800ms);
    CHECK(f.discord.counters().connections == 1);
    REQUIRE(f.bot.until(GatewayState::ready, 5s));
    CHECK(f.discord.counters().identifies == 2);
    CHECK(f.discord.counters().resumes == 0);
    f.hears();
    f.is_well();
}

TEST_CASE("a session that Discord forgot is tried once, then another begins", "[discord][gateway]") {
    Fixture f;
    f.start();
    f.bot.go_on(10s);
    f.discord.forget_sessions();
    f.discord.cut_gateway();
    REQUIRE(f.bot.until([&] { return f.bot.count("READY") == 2; }));
    CHECK(f.discord.counters().resumes == 1);
    CHECK(f.discord.counters().identifies == 2);
    f.is_well();
}

TEST_CASE("a session that is never taken up again is tried three times, then another begins", "[discord][gateway]") {
    Fixture f;
    f.start();
    GatewayPlan plan;
    plan.close_code = 4000;
    f.discord.next_connections(plan, 3);
    f.discord.cut_gateway();
    REQUIRE(f.bot.until([&] { return f.bot.count("READY") == 2; }, 10min));
    CHECK(f.discord.counters().resumes == 3);
    CHECK(f.discord.counters().identifies == 2);
}

TEST_CASE("a session from which nothing was heard for long is not tried", "[discord][gateway]") {
    Fixture f;
    f.start();
    GatewayPlan plan;
    plan.refuse = 503;
    f.bot.chance = 0.9;
    f.discord.next_connections(plan, 12);
    f.discord.cut_gateway();
    REQUIRE(f.bot.until([&] { return f.bot.count("READY") == 2; }, 3h, 1s));
    CHECK(f.discord.counters().resumes == 0);
}

TEST_CASE("a gateway that asks for another connection before it says HELLO gets one", "[discord][gateway]") {
    Fixture f;
    GatewayPlan plan;
    plan.reconnect_first = true;
    f.discord.next_connections(plan);
    f.start();
    CHECK(f.discord.counters().connections == 2);
    CHECK(f.discord.counters().identifies == 1);
    f.is_well();
}

TEST_CASE("a gateway that says no HELLO, or says it late, is left for another try", "[discord][gateway]") {
    Fixture f;
    GatewayPlan never;
    never.hello = false;
    f.discord.next_connections(never);
    f.bot.start();
    REQUIRE(f.bot.until(GatewayState::hello));
    f.bot.go_on(19s);
    CHECK(f.bot.gateway.status().state == GatewayState::hello);
    REQUIRE(f.bot.until(GatewayState::ready));
    CHECK(f.bot.reported("said nothing for 20 s"));
    CHECK(f.discord.counters().connections == 2);
    CHECK(f.discord.counters().identifies == 1);

    GatewayPlan late;
    late.hello_after = 10s;
    f.discord.next_connections(late);
    f.discord.cut_gateway();
    REQUIRE(f.bot.until([&] { return f.bot.count("RESUMED") == 1; }));
    CHECK(f.discord.counters().connections == 3);
}

TEST_CASE("a server that does not answer the closing of a connection holds nothing up", "[discord][gateway]") {
    Fixture f;
    GatewayPlan plan;
    plan.answers_close = false;
    plan.acks = false;
    f.discord.next_connections(plan);
    f.start();
    REQUIRE(f.bot.until([&] { return f.bot.count("RESUMED") == 1; }));
    CHECK(f.discord.counters().connections == 2);
}

TEST_CASE("heartbeats that are not answered end a connection at the second beat, never at the first",
          "[discord][gateway]") {
    Fixture f;
    GatewayPlan plan;
    plan.acks = false;
    f.discord.next_connections(plan, 3);
    f.start();
    f.bot.go_on(kBeat);
    CHECK(f.discord.counters().heartbeats == 1);
    CHECK(f.discord.counters().connections == 1);
    REQUIRE(f.bot.until([&] { return f.bot.count("RESUMED") == 3; }, 10min));
    CHECK(f.discord.counters().connections == 4);
    f.bot.go_on(10min, 500ms);
    CHECK(f.discord.counters().connections == 4);
    CHECK(f.discord.counters().identifies == 1);
}

TEST_CASE("messages in pieces of any size are put together", "[discord][gateway]") {
    for (const std::size_t size : {std::size_t{1}, std::size_t{3}, std::size_t{100}}) {
        CAPTURE(size);
        Fixture f;
        GatewayPlan plan;
        plan.split = size;
        f.discord.next_connections(plan);
        f.start();
        f.hears();
        CHECK(f.bot.reports.empty());
    }
}

TEST_CASE("events that are played again twice leave the session where it was", "[discord][gateway]") {
    Fixture f;
    f.start();
    for (int i = 0; i < 5; ++i) f.hears();
    const Session before = f.bot.stored();
    GatewayPlan plan;
    plan.duplicates = true;
    f.discord.next_connections(plan);
    f.discord.cut_gateway();
    REQUIRE(f.bot.until([&] { return f.bot.count("RESUMED") == 1; }));
    std::int64_t seq = 0;
    for (const Event& event : f.bot.events) {
        CHECK(event.session.seq >= seq);
        seq = event.session.seq;
    }
    CHECK(f.bot.stored().id == before.id);
    CHECK(seq > before.seq);
}

TEST_CASE("what Discord invents later does no harm", "[discord][gateway]") {
    Fixture f;
    f.start();
    for (const char* text : {"[]",
                             "null",
                             "7",
                             R"({"op":99})",
                             R"({"op":null})",
                             R"({"op":"0"})",
                             R"({})",
                             R"({"op":0,"t":null,"s":null,"d":null})",
                             R"({"op":0,"t":"LATER","s":"x","d":[1]})",
                             R"({"op":11,"d":{"x":1}})"})
        f.discord.send_raw(text);
    f.bot.go_on(1s);
    f.discord.dispatch("LATER", {{"new", nullptr}});
    f.hears();
    CHECK(f.discord.counters().connections == 1);
    CHECK(f.bot.reports.empty());
}

TEST_CASE("what cannot be unpacked ends that connection only, and is reported without contents", "[discord][gateway]") {
    Fixture f({}, [](GatewayOptions& options) { options.compress = false; });
    f.start();
    f.discord.send_raw(R"({"op":0,"d":"secret words" x})");
    REQUIRE(f.bot.until([&] { return f.bot.count("RESUMED") == 1; }));
    CHECK(f.bot.reported("no JSON (byte 28 of 29)"));
    f.hears();
}

TEST_CASE("when the session's gateway is not there, the usual one is tried, then Discord is asked anew",
          "[discord][gateway]") {
    for (const int away : {1, 2, 5}) {
        CAPTURE(away);
        Fixture f;
        f.start();
        GatewayPlan plan;
        plan.refuse = 503;
        f.discord.next_connections(plan, away);
        f.discord.cut_gateway();
        REQUIRE(f.bot.until([&] { return f.bot.count("RESUMED") == 1; }));
        CHECK(f.bot.asked == 1 + std::max(0, away - 1));
        CHECK(f.bot.reported("it opens no WebSocket (status 503)"));
        CHECK(f.discord.counters().identifies == 1);
    }
}

TEST_CASE("a server that takes connections and says nothing is left after 30 s", "[discord][gateway]") {
    Fixture f;
    tcp::acceptor mute(f.io, {asio::ip::address_v4::loopback(), 0});
    f.bot.url = "ws://127.0.0.1:" + std::to_string(mute.local_endpoint().port());
    f.bot.start();
    REQUIRE(f.bot.until(GatewayState::connecting));
    f.bot.go_on(29s);
    CHECK(f.bot.gateway.status().state == GatewayState::connecting);
    f.bot.url.clear();
    REQUIRE(f.bot.until(GatewayState::ready, 5s));
    CHECK(f.bot.reported("no answer in 30 s"));
    CHECK(f.discord.counters().identifies == 1);
}

TEST_CASE("nothing is said to a gateway in plain text on another machine", "[discord][gateway]") {
    Fixture f;
    f.bot.url = "ws://gateway.example.org";
    f.bot.start();
    REQUIRE(f.bot.until([&] { return f.bot.reported("the address of Discord's gateway is none that can be used"); }));
    f.bot.url.clear();
    REQUIRE(f.bot.until(GatewayState::ready));
}

}  // namespace test_gateway_losses
