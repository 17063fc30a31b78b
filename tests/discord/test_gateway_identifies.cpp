#include <nlohmann/json.hpp>

#include "tests/discord/gateway_bot.hpp"

namespace test_gateway_identifies {

using namespace reweave;
using namespace reweave::test;

TEST_CASE("a network that is gone for a day is tried seldom, and costs nothing when it is back", "[discord][gateway]") {
    Fixture f;
    f.bot.answers = false;
    f.bot.start();
    f.bot.go_on(24h, 5s);
    CHECK(f.bot.asked > 200);
    CHECK(f.bot.asked < 310);
    CHECK(f.discord.counters().connections == 0);
    f.bot.answers = true;
    REQUIRE(f.bot.until(GatewayState::ready, 11min));
    CHECK(f.discord.counters().identifies == 1);
}

TEST_CASE("no fault makes more than 300 IDENTIFYs in a day", "[discord][gateway]") {
    Fixture f;
    f.bot.chance = 0.01;  // the most eager one
    GatewayPlan plan;
    SECTION("every session is invalid") {
        plan.invalid_session = false;
    }
    SECTION("every connection is closed at once") {
        plan.close_code = 4009;
    }
    SECTION("every connection is closed when all looks well") {
        plan.close_code = 4009;
        plan.close_after = 2;
    }
    f.discord.next_connections(plan, 10'000);
    f.bot.start();
    f.bot.go_on(24h, 5s);
    CHECK(f.discord.counters().identifies > 250);
    CHECK(f.discord.counters().identifies <= 300);
    CHECK(f.bot.gateway.status().identifies <= 300);
    CHECK(f.bot.told.size() >= 1);
    f.is_well();
}

TEST_CASE("sessions that end as soon as the bot is ready for a while make no more IDENTIFYs either",
          "[discord][gateway]") {
    Fixture f;
    f.bot.chance = 0.01;
    f.bot.start();
    const auto end = MonotonicClock::now() + 24h;
    while (MonotonicClock::now() < end) {
        REQUIRE(f.bot.until([&] { return f.discord.connected(); }, 2h, 2s));
        f.bot.go_on(61s, 2s);
        f.discord.close_gateway(4009);
        f.bot.go_on(1s);
    }
    CHECK(f.discord.counters().identifies > 250);
    CHECK(f.bot.gateway.status().identifies <= 300);
    f.is_well();
}

TEST_CASE("when Discord lets the bot log in no more, it waits and says so once", "[discord][gateway]") {
    test::FakeDiscordOptions options;
    options.identifies_left = 1;
    Fixture f(options);
    f.start();
    f.discord.close_gateway(4009);
    f.bot.go_on(3h, 1s);
    CHECK(f.discord.counters().identifies == 1);
    CHECK(f.bot.gateway.status().state == GatewayState::waiting);
    CHECK(f.bot.told.size() == 1);
    CHECK(f.bot.reported("does another program use the same token?"));
    f.is_well();
}

TEST_CASE("a ledger that is full makes the bot wait until it has room, and the operator is told once",
          "[discord][gateway]") {
    Fixture f;
    std::string ledger = "[";
    for (int i = 0; i < 950; ++i)
        ledger += (i == 0 ? "" : ",") + std::to_string(wall_clock() - 22 * 3'600'000 + i * 1'000);
    f.bot.gateway.restore({}, ledger + "]");
    f.bot.start();
    f.bot.go_on(119min, 1s);
    CHECK(f.discord.counters().connections == 0);
    CHECK(f.bot.gateway.status().state == GatewayState::waiting);
    CHECK(f.bot.gateway.status().identifies == 950);
    CHECK(f.bot.told.size() == 1);
    REQUIRE(f.bot.until(GatewayState::ready, 2min));
    CHECK(f.bot.gateway.status().identifies == 950);
}

TEST_CASE("an IDENTIFY that cannot be stored is not sent", "[discord][gateway]") {
    Fixture f;
    f.bot.notes = false;
    f.bot.start();
    f.bot.go_on(1min);
    CHECK(f.bot.ledgers.size() > 1);
    CHECK(f.discord.counters().identifies == 0);
    f.bot.notes = true;
    REQUIRE(f.bot.until(GatewayState::ready, 20min));
    f.is_well();
}

TEST_CASE("IDENTIFYs keep five seconds between them", "[discord][gateway]") {
    Fixture f;
    f.bot.chance = 0.0;
    GatewayPlan plan;
    plan.close_code = 4009;
    f.discord.next_connections(plan, 3);
    f.start();
    CHECK(f.discord.counters().identifies == 4);
    f.is_well();  // the fake complains of those that come closer
}

}  // namespace test_gateway_identifies
