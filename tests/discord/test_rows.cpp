// What others' bots on Discord have suffered from, row by row: those rows that concern the adapter as a whole. The
// gateway's rows are in test_gateway*.cpp, those of requests in test_rest.cpp.
#include "adapters/discord/instance_lock.hpp"
#include "tests/discord/scene.hpp"
#include "tests/support/catch.hpp"

namespace test_rows {

using namespace reweave;
using namespace reweave::tests;
using namespace std::chrono_literals;
using discord::PrivateWords;

namespace {

const std::string kWelcome =
    "# Welcome\nDraft: test\n\n## Hello\nI'm a program.\nWhat did you do?\nASK: act, one line\nYou wrote: {act}\n\n"
    "## Much\nHow much was yours?\n* Part of it\nGood.\n* None of it\nAll right.\nEND\nTake 20 minutes.\nWAIT: 20 "
    "minutes\nAnd how is it now?\nASK: now, one line\nFINISH: done\n";

std::size_t times(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

}  // namespace

TEST_CASE("the application did not respond: a second copy with the same token stays away", "[discord][rows]") {
    Scene scene({{"welcome", kWelcome}});
    const int identifies = scene.discord.counters().identifies;
    const discord::InstanceLock second(scene.discord.bot());
    CHECK_FALSE(second.held());
    const discord::InstanceLock other("another-application");
    CHECK(other.held());
    CHECK(scene.discord.counters().identifies == identifies);
}

TEST_CASE("a clock that is hours off refuses no interaction", "[discord][rows]") {
    for (const auto off : {-9h, 9h}) {
        Scene scene({{"welcome", kWelcome}}, PrivateWords::ephemeral);
        scene.clock_is_off = off;
        const std::string done = scene.discord.command(scene.room, scene.ana, "repair");
        scene.settle();
        CHECK(scene.discord.interaction(done).callback == 4);
        CHECK_FALSE(scene.discord.interaction(done).late);
        CHECK(has(scene.seen(scene.room, scene.ana), "What did you do?"));
    }
}

TEST_CASE("an answer that is due when its token has run out is said at the next contact", "[discord][rows]") {
    Scene scene({{"welcome", kWelcome}}, PrivateWords::ephemeral);
    scene.discord.command(scene.room, scene.ana, "repair");
    scene.settle();
    scene.write_into_form(scene.room, scene.ana, "I shouted");
    scene.settle();
    scene.press(scene.room, scene.ana, "Part of it");
    scene.settle();
    CHECK(has(scene.seen(scene.room, scene.ana), "Take 20 minutes."));
    scene.pass(25min, 1s);
    CHECK_FALSE(has(scene.seen(scene.room, scene.ana), "And how is it now?"));
    CHECK(scene.channel->status().unsent == 1);
    scene.discord.command(scene.room, scene.ana, "checkin");
    scene.settle();
    INFO(scene.seen(scene.room, scene.ana));
    CHECK(has(scene.seen(scene.room, scene.ana), "And how is it now?"));
    CHECK(scene.channel->status().unsent == 0);
    CHECK(scene.discord.complaints() == std::vector<std::string>{});
}

TEST_CASE("what is due within the token's quarter of an hour is added to what stands there", "[discord][rows]") {
    std::string soon = kWelcome;
    soon.replace(soon.find("WAIT: 20 minutes"), 16, "WAIT: 5 minutes");
    Scene scene({{"welcome", soon}}, PrivateWords::ephemeral);
    scene.discord.command(scene.room, scene.ana, "repair");
    scene.settle();
    scene.write_into_form(scene.room, scene.ana, "I shouted");
    scene.settle();
    scene.press(scene.room, scene.ana, "Part of it");
    scene.settle();
    scene.pass(6min, 1s);
    const auto newest = scene.discord.message(scene.last_message(scene.room, scene.ana));
    CHECK(has(newest.at("content").get<std::string>(), "Take 20 minutes."));
    CHECK(has(newest.at("content").get<std::string>(), "And how is it now?"));
}

TEST_CASE("in a direct chat the quarter of an hour does not matter", "[discord][rows]") {
    Scene scene({{"welcome", kWelcome}});
    const std::string dm = scene.ana_begins();
    scene.discord.write(dm, scene.ana, "I shouted");
    scene.settle();
    scene.press(dm, scene.ana, "Part of it");
    scene.settle();
    scene.pass(25min, 1s);
    CHECK(has(scene.seen(dm, scene.ana), "And how is it now?"));
}

TEST_CASE("after a time-out or a fault of the server no message stands there twice", "[discord][rows]") {
    for (const bool cut : {true, false}) {
        Scene scene({{"welcome", kWelcome}});
        const std::string dm = scene.discord.open_dm(scene.ana);
        scene.discord.write(dm, scene.ana, "hi");
        scene.settle();
        test::RestFault fault;
        fault.method = "POST";
        fault.path = "/channels/.*/messages";
        fault.after = true;
        fault.cut = cut;
        fault.status = cut ? 0 : 502;
        fault.times = 3;
        scene.discord.fault(fault);
        scene.discord.write(dm, scene.ana, "I shouted");
        scene.pass(2min);
        INFO(scene.seen(dm, scene.ana));
        CHECK(times(scene.seen(dm, scene.ana), "You wrote: I shouted") == 1);
        CHECK(scene.channel->status().unsent == 0);
    }
}

TEST_CASE("a message that was deleted before its answer came is not sent again", "[discord][rows]") {
    Scene scene({{"welcome", kWelcome}});
    const std::string dm = scene.ana_begins();
    test::RestFault fault;
    fault.method = "POST";
    fault.path = "/channels/.*/messages";
    fault.after = true;
    fault.cut = true;
    scene.discord.fault(fault);
    scene.discord.write(dm, scene.ana, "I shouted");
    REQUIRE(scene.until([&] { return has(scene.seen(dm, scene.ana), "You wrote: I shouted"); }));
    scene.discord.remove(scene.last_message(dm, scene.ana));
    scene.pass(1min);
    CHECK(times(scene.seen(dm, scene.ana), "You wrote: I shouted") == 0);
    CHECK(scene.channel->status().unsent == 0);
}

TEST_CASE("of what happens elsewhere on Discord nothing is kept", "[discord][rows]") {
    Scene scene({{"welcome", kWelcome}});
    const std::string padding(4000, 'x');
    for (int n = 0; n < 500; ++n) {
        nlohmann::json message = {{"id", std::to_string(1000 + n)},
                                  {"channel_id", scene.room},
                                  {"guild_id", scene.guild},
                                  {"type", 0},
                                  {"content", padding},
                                  {"author", {{"id", std::to_string(5000 + n)}, {"username", "x"}}},
                                  {"mentions", nlohmann::json::array()}};
        scene.discord.dispatch("MESSAGE_CREATE", message);
        scene.discord.dispatch("GUILD_CREATE", {{"id", std::to_string(9000 + n)}, {"name", padding}});
        scene.discord.dispatch("SOMETHING_NEW", {{"padding", padding}});
    }
    scene.settle();
    const auto status = scene.channel->status();
    CHECK(status.contacts == 0);
    CHECK(status.unsent == 0);
    CHECK(status.events == 0);
    CHECK(scene.bot.store().all_people().empty());
}

TEST_CASE("a channel that may not be written in any more loses its talk, and its people are told on the page",
          "[discord][rows]") {
    // 50013, 50001, 160005: the bot does not try again and again.
    Scene scene({{"welcome", kWelcome}});
    const std::string dm = scene.ana_begins();
    scene.discord.fault(test::RestFault::error("POST", "/channels/.*/messages", 403, 50001));
    scene.discord.write(dm, scene.ana, "I shouted");
    scene.pass(1min);
    int tries = 0;
    for (const auto& request : scene.discord.requests()) tries += request.status == 403 ? 1 : 0;
    CHECK(tries == 1);
    CHECK(scene.channel->status().unsent == 0);
    // They write, so that they are reached again.
    scene.discord.write(dm, scene.ana, "hello?");
    scene.settle();
    CHECK(has(scene.seen(dm, scene.ana), "[Part of it]"));
}

}  // namespace test_rows
