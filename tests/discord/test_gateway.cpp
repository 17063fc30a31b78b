#include <nlohmann/json.hpp>

#include "tests/discord/gateway_bot.hpp"

namespace test_gateway {

using namespace reweave;
using namespace reweave::test;

TEST_CASE("the bot is ready after one IDENTIFY, which was stored before, and hears what is written",
          "[discord][gateway]") {
    for (const bool compress : {true, false}) {
        CAPTURE(compress);
        Fixture f({}, [&](GatewayOptions& options) { options.compress = compress; });
        f.start();
        CHECK(f.discord.counters().identifies == 1);
        CHECK(f.bot.ledgers.size() == 1);
        CHECK(f.bot.asked == 1);
        CHECK(f.bot.gateway.status().identifies == 1);
        f.hears();
        CHECK_FALSE(f.bot.events.back().replayed);
        CHECK(text_at(*f.bot.events.back().data, "content") == "secret words");
        CHECK(f.bot.reports.empty());
        f.is_well();
    }
}

TEST_CASE("the first heartbeat comes after a chance part of the interval, the next after whole ones",
          "[discord][gateway]") {
    Fixture f;
    f.bot.chance = 0.25;
    f.start();
    f.bot.go_on(kBeat / 4 - 1s);
    CHECK(f.discord.counters().heartbeats == 0);
    f.bot.go_on(1s);
    CHECK(f.discord.counters().heartbeats == 1);
    f.bot.go_on(kBeat - 1s);
    CHECK(f.discord.counters().heartbeats == 1);
    f.bot.go_on(1s);
    CHECK(f.discord.counters().heartbeats == 2);
    CHECK(f.bot.gateway.status().latency.has_value());
    f.is_well();
}

TEST_CASE("a heartbeat that Discord asks for is sent at once and does not move the others", "[discord][gateway]") {
    Fixture f;
    f.start();
    f.bot.go_on(5s);
    f.discord.ask_heartbeat();
    f.bot.go_on(100ms);
    CHECK(f.discord.counters().heartbeats == 1);
    f.bot.go_on(kBeat / 2 - 5s);
    CHECK(f.discord.counters().heartbeats == 2);
    f.is_well();
}

TEST_CASE("a quiet day costs no connection and no IDENTIFY", "[discord][gateway]") {
    Fixture f;
    f.start();
    f.bot.go_on(24h, 5s);
    f.hears();
    CHECK(f.discord.counters().connections == 1);
    CHECK(f.discord.counters().identifies == 1);
    CHECK(f.bot.gateway.status().state == GatewayState::ready);
    f.is_well();
}

TEST_CASE("a restart goes on with the session and costs no IDENTIFY", "[discord][gateway]") {
    Fixture f;
    f.start();
    f.hears();
    const Session stored = session_from_text(to_text(f.bot.stored()));
    const std::string ledger = f.bot.ledgers.back();
    f.bot.gateway.stop();
    f.bot.go_on(1s);
    CHECK_FALSE(f.discord.connected());
    (void)f.discord.write(f.dm, f.user, "secret words");

    Bot next(f.io, f.discord);
    next.gateway.restore(stored, ledger);
    next.start();
    REQUIRE(next.until(GatewayState::ready));
    CHECK(next.count("MESSAGE_CREATE") == 1);
    CHECK(next.asked == 0);
    CHECK(f.discord.counters().identifies == 1);
    CHECK(f.discord.counters().resumes == 1);
}

TEST_CASE("a bot that stops ends soon, whatever it was about to do", "[discord][gateway]") {
    GatewayPlan mute;
    mute.hello = false;
    mute.answers_close = false;
    GatewayPlan away;
    away.refuse = 503;
    for (const GatewayPlan& plan : {GatewayPlan(), mute, away}) {
        for (const auto after : {0ms, 30ms, 3'000ms}) {
            Fixture f;
            f.discord.next_connections(plan, 100);
            f.bot.start();
            f.bot.go_on(after, 10ms);
            f.bot.gateway.stop();  // ~Bot waits for the end, for a minute at most
        }
    }
}

TEST_CASE("events that nobody takes stop the reading, not the heartbeats, and none is lost", "[discord][gateway]") {
    Fixture f;
    f.start();
    f.bot.taking = false;
    constexpr std::size_t kMany = 2'000;
    for (std::size_t i = 0; i < kMany; ++i) f.discord.dispatch("LATER", {{"n", i}});
    const int before = f.discord.counters().heartbeats;
    f.bot.go_on(10min, 500ms);
    CHECK(f.discord.counters().heartbeats >= before + 13);
    CHECK(f.discord.counters().connections == 1);
    CHECK(f.bot.count("LATER") < 300);
    f.bot.taking = true;
    REQUIRE(f.bot.until([&] { return f.bot.count("LATER") == kMany; }));
    f.bot.go_on(3min);
    CHECK(f.discord.counters().connections == 1);
    f.hears();
    f.is_well();
}

TEST_CASE("a gateway that asks for heartbeats without end gets no more than it allows", "[discord][gateway]") {
    Fixture f;
    f.start();
    for (int i = 0; i < 600; ++i) {
        f.discord.ask_heartbeat();
        f.bot.go_on(50ms);
    }
    CHECK(f.discord.counters().heartbeats <= 120);
    CHECK(f.discord.counters().connections == 1);
    f.is_well();
}

}  // namespace test_gateway
