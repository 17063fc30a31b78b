// The whole adapter on the fake Discord: what people do there, and what they see.
#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/discord/scene.hpp"
#include "tests/support/catch.hpp"

namespace test_channel {

using namespace reweave;
using namespace reweave::tests;
using namespace std::chrono_literals;
using discord::PrivateWords;

namespace {

const std::string kWelcome =
    "# Welcome\nDraft: test\n\n## Hello\nI'm a program.\nWhat did you do?\nASK: act, one line\nYou wrote: {act}\n\n"
    "## Much\nHow much was yours?\n* Part of it\nGood.\n* None of it\nAll right.\nEND\nHow loud was it?\nASK: loud, "
    "from 0 to 10\nLoud: {loud}\nFINISH: done\n";

/// Scripts that are for tests alone, shared with those on Matrix.
std::string script(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(std::string(REWEAVE_SOURCE_DIR) + "/tests/matrix/" + name + ".script").rdbuf();
    return text.str();
}
Scripts talks() {
    return {{"welcome", script("together")}, {"talk", script("talk")}, {"round", script("round")}};
}

/// Where somebody is private, in the mode of the test.
struct Seat {
    std::string user, place;
};

/// A code for a seat, as it is read in that place.
std::string code_in(Scene& scene, const Seat& seat) {
    const std::string seen = scene.seen(seat.place, seat.user);
    const std::size_t at = seen.rfind("#join=");
    if (at == std::string::npos) throw std::runtime_error("no link in:\n" + seen);
    std::string code = seen.substr(at + 6, 16);
    code.erase(std::remove(code.begin(), code.end(), '\\'), code.end());
    return code.substr(0, 14);
}

void form(Scene& scene, const Seat& seat, const std::string& text) {
    scene.write_into_form(seat.place, seat.user, text);
    scene.settle();
}

/// Ana begins, and Ben takes the other seat; both answer what they are asked alone.
void meet(Scene& scene, const Seat& ana, const Seat& ben) {
    scene.discord.command(ana.place, ana.user, "repair");
    scene.settle();
    form(scene, ana, "a pair");
    form(scene, ana, "Ana");
    scene.press(ana.place, ana.user, "Yes");
    scene.settle();
    scene.discord.command(ben.place, ben.user, "repair", {{"code", code_in(scene, ana)}});
    scene.settle();
}

}  // namespace

TEST_CASE("in a direct chat a script is gone through by writing and pressing", "[discord][channel]") {
    Scene scene({{"welcome", kWelcome}});
    const std::string dm = scene.ana_begins();
    INFO(scene.seen(dm, scene.ana));
    CHECK(has(scene.seen(dm, scene.ana), "What did you do?"));
    scene.discord.write(dm, scene.ana, "I *shouted*");
    scene.settle();
    CHECK(has(scene.seen(dm, scene.ana), "You wrote: I \\*shouted\\*"));
    CHECK(has(scene.seen(dm, scene.ana), "[Part of it] [None of it] [Skip]"));
    scene.press(dm, scene.ana, "Part of it");
    scene.settle();
    CHECK(has(scene.seen(dm, scene.ana), "Good."));
    scene.press(dm, scene.ana, "7");
    scene.settle();
    CHECK(has(scene.seen(dm, scene.ana), "Loud: 7"));
    CHECK(scene.late == 0);
    CHECK(scene.discord.complaints() == std::vector<std::string>{});
}

TEST_CASE("in a form somebody writes what nobody else sees, and it is shown to them", "[discord][channel]") {
    Scene scene({{"welcome", kWelcome}});
    const std::string dm = scene.discord.open_dm(scene.ana);
    scene.discord.command(dm, scene.ana, "repair");
    scene.settle();
    INFO(scene.seen(dm, scene.ana));
    scene.write_into_form(dm, scene.ana, "I left\nthe room");
    scene.settle();
    CHECK(has(scene.seen(dm, scene.ana), "> I left\n> the room"));
    CHECK(has(scene.seen(dm, scene.ana), "You wrote: I left"));
    CHECK(scene.discord.complaints() == std::vector<std::string>{});
}

TEST_CASE("what is private goes to the page: on Discord there is the way there and nothing else",
          "[discord][channel]") {
    Scene scene({{"welcome", kWelcome}}, PrivateWords::browser);
    const std::string interaction = scene.discord.command(scene.room, scene.ana, "repair");
    scene.settle();
    const std::string seen = scene.seen(scene.room, scene.ana);
    INFO(seen);
    CHECK(scene.discord.interaction(interaction).callback == 4);
    CHECK(has(seen, "[Go on in my browser]"));
    CHECK_FALSE(has(seen, "What did you do?"));
    CHECK(scene.seen(scene.room, scene.ben).empty());
    const std::string dm = scene.discord.open_dm(scene.ana);
    scene.discord.write(dm, scene.ana, "I shouted at Ben");
    scene.settle();
    CHECK(has(scene.seen(dm, scene.ana), "my own page"));
    CHECK_FALSE(has(scene.seen(dm, scene.ana), "What did you do?"));
    CHECK(scene.discord.complaints() == std::vector<std::string>{});
}

TEST_CASE("who asked for it is told in a direct message that a check-in is due, and can end that", "[discord][reach]") {
    const std::string plans =
        "# Welcome\nDraft: test\n\n## Act\nWhat did you do?\nASK: act, one line\nFOLLOW UP: after 2 hours: later\n"
        "FINISH: done\n";
    const std::string later = "# Later\nDraft: test\n\n## Then\nHow is it now?\nASK: now, one line\nFINISH: done\n";
    const auto words = GENERATE(PrivateWords::browser, PrivateWords::ephemeral);
    Scene scene({{"welcome", plans}, {"later", later}}, words);
    scene.discord.command(scene.room, scene.ana, "repair");
    scene.settle();
    const std::string dm = scene.discord.open_dm(scene.ana);
    const auto identity = [&] { return *scene.bot.store().identity("discord", scene.ana); };
    const auto plan_at_the_page = [&] {
        const engine::IdentityId tablet = scene.bot.hello("tablet").identity;
        const engine::Reply code = reply_of(scene.bot.run(engine::MakeCode{identity().id}));
        REQUIRE(reply_of(scene.bot.run(engine::UseCode{tablet, code.text})).code == engine::Reply::Code::ok);
        (void)scene.bot.hello("tablet");
        scene.bot.say("tablet", "I shouted");
        scene.bot.run(engine::Gone{identity().person});
    };
    REQUIRE_FALSE(identity().reachable);
    scene.discord.command(scene.room, scene.ana, "privacy");
    scene.settle();
    INFO(scene.seen(scene.room, scene.ana));
    CHECK_FALSE(has(scene.seen(scene.room, scene.ana), "No more direct messages"));
    CHECK(scene.seen(dm, scene.ana).empty());

    SECTION("nobody is written to who did not ask for it") {
        plan_at_the_page();
        scene.pass(150min, 1s);
        CHECK(scene.seen(dm, scene.ana).empty());
    }
    SECTION("once, and not what it is") {
        scene.press(scene.room, scene.ana, "Write to me when something waits");
        scene.settle();
        CHECK(identity().reachable);
        CHECK(has(scene.seen(scene.room, scene.ana), "I'll say so in a direct message"));
        plan_at_the_page();
        scene.pass(150min, 1s);
        INFO(scene.seen(dm, scene.ana));
        const std::string due = scene.seen(dm, scene.ana);
        CHECK(has(due, "Something for you alone is on my page."));
        CHECK(due.find("Something for") == due.rfind("Something for"));
        CHECK_FALSE(has(due, "Something is ready"));

        // It may be read much later: so the way to the page is made when it is taken.
        scene.press(dm, scene.ana, "Go on in my browser");
        scene.settle();
        CHECK(has(scene.seen(dm, scene.ana), "The button works once"));
    }
    SECTION("also if the bot was away, and only once") {
        scene.press(scene.room, scene.ana, "Write to me when something waits");
        scene.settle();
        plan_at_the_page();
        scene.kill();
        scene.pass(150min, 1s);
        for (int life = 0; life < 3; ++life) {
            scene.start();
            scene.pass(30min, 1s);
            const std::string due = scene.seen(dm, scene.ana);
            INFO(due);
            CHECK(has(due, "Something for you alone is on my page."));
            CHECK(due.find("Something for") == due.rfind("Something for"));
            scene.kill();
        }
    }
    SECTION("what waits does not stand before what answers them") {
        scene.press(scene.room, scene.ana, "Write to me when something waits");
        scene.settle();
        plan_at_the_page();
        scene.pass(150min, 1s);
        scene.discord.write(dm, scene.ana, "hi");
        scene.settle();
        CHECK(has(scene.seen(dm, scene.ana), "What is private is written on my own page"));
        scene.discord.write(dm, scene.ana, "I want to kill myself");
        scene.settle();
        INFO(scene.seen(dm, scene.ana));
        CHECK(has(scene.seen(dm, scene.ana), "Stopping here: stop-self-harm"));
    }
    SECTION("until they want that no more, whatever they look at afterwards") {
        scene.press(scene.room, scene.ana, "Write to me when something waits");
        scene.settle();
        scene.discord.command(dm, scene.ana, "privacy");
        scene.settle();
        scene.press(dm, scene.ana, "No more direct messages");
        scene.settle();
        CHECK(has(scene.seen(dm, scene.ana), "I won't write to you first"));
        CHECK_FALSE(identity().reachable);
        scene.discord.command(dm, scene.ana, "privacy");
        scene.discord.write(dm, scene.ana, "are you there?");
        scene.discord.command(dm, scene.ana, "repair");
        scene.settle();
        CHECK_FALSE(identity().reachable);
        // What they write is answered all the same: a code with the way to where it goes on, danger where it stands.
        const auto greetings = [&] {
            const std::string all = scene.seen(dm, scene.ana), part = "The button works once";
            int count = 0;
            for (auto at = all.find(part); at != std::string::npos; at = all.find(part, at + 1)) ++count;
            return count;
        };
        const int before = greetings();
        scene.discord.write(dm, scene.ana, "AAAA-AAAA-AAAA");
        scene.settle();
        CHECK(greetings() == before + 1);
        scene.discord.write(dm, scene.ana, "I want to kill myself");
        scene.settle();
        INFO(scene.seen(dm, scene.ana));
        CHECK(has(scene.seen(dm, scene.ana), "Stopping here: stop-self-harm"));
        CHECK_FALSE(identity().reachable);
        scene.press(dm, scene.ana, "Write to me when something waits");
        scene.settle();
        CHECK(identity().reachable);
    }
    CHECK(scene.discord.complaints() == std::vector<std::string>{});
}

TEST_CASE("danger is answered where it is written, wherever private words belong", "[discord][channel]") {
    Scene scene({{"welcome", kWelcome}}, PrivateWords::browser);
    const std::string dm = scene.ana_begins();
    scene.discord.write(dm, scene.ana, "I want to kill myself");
    scene.settle();
    INFO(scene.seen(dm, scene.ana));
    CHECK(has(scene.seen(dm, scene.ana), "Stopping here: stop-self-harm"));
}

TEST_CASE("in answers that only one sees, everything is said there", "[discord][channel]") {
    Scene scene({{"welcome", kWelcome}}, PrivateWords::ephemeral);
    scene.discord.command(scene.room, scene.ana, "repair");
    scene.settle();
    INFO(scene.seen(scene.room, scene.ana));
    scene.write_into_form(scene.room, scene.ana, "I shouted");
    scene.settle();
    CHECK(has(scene.seen(scene.room, scene.ana), "You wrote: I shouted"));
    scene.press(scene.room, scene.ana, "None of it");
    scene.settle();
    CHECK(has(scene.seen(scene.room, scene.ana), "All right."));
    CHECK(scene.seen(scene.room, scene.ben).empty());
    CHECK(scene.discord.complaints() == std::vector<std::string>{});
}

TEST_CASE("every interaction is acknowledged within three seconds, however slow the engine is", "[discord][ack]") {
    for (const PrivateWords words : {PrivateWords::browser, PrivateWords::direct, PrivateWords::ephemeral}) {
        Scene scene({{"welcome", kWelcome}}, words);
        const std::string dm = scene.discord.open_dm(scene.ben);
        scene.engine_takes = 8s;
        std::vector<std::string> interactions;
        for (const char* name :
             {"repair", "cooldown", "checkin", "circle", "pause", "stop", "privacy", "export", "delete", "help"}) {
            interactions.push_back(scene.discord.command(scene.room, scene.ana, name));
            interactions.push_back(scene.discord.command(dm, scene.ben, name));
        }
        scene.pass(3min);
        for (const std::string& id : interactions) {
            CHECK(scene.discord.interaction(id).callback != 0);
            CHECK_FALSE(scene.discord.interaction(id).late);
        }
        CHECK(scene.late == 0);
        CHECK(scene.discord.complaints() == std::vector<std::string>{});
    }
}

/// Both are through what they do alone; Ana shares her part.
void get_ready(Scene& scene, const Seat& ana, const Seat& ben) {
    scene.press(ben.place, ben.user, "Yes");
    scene.settle();
    form(scene, ana, "I shouted");
    scene.press(ana.place, ana.user, "Share it as it is");
    scene.settle();
    scene.press(ben.place, ben.user, "Yes");
    scene.settle();
    form(scene, ben, "I left");
    scene.press(ben.place, ben.user, "Keep it private");
    scene.settle();
}

TEST_CASE("two who talk in a group without a server agree to that, and both read all of it", "[discord][talk]") {
    Scene scene(talks(), PrivateWords::ephemeral);
    const std::string group = scene.discord.add_group_dm({scene.ana, scene.ben});
    const Seat ana{scene.ana, scene.room}, ben{scene.ben, scene.room};
    const Seat ana_there{scene.ana, group}, ben_there{scene.ben, group};
    meet(scene, ana, ben);
    scene.press(ben.place, ben.user, "Yes");
    scene.settle();
    scene.discord.command(group, scene.ana, "repair");
    scene.settle();
    CHECK(has(scene.seen(group, scene.ben), "would like your talk to happen in this group"));
    // One alone does not decide it.
    scene.press(group, scene.ana, "Yes, here");
    scene.settle();
    CHECK_FALSE(has(scene.seen(group, scene.ben), "is said here"));
    scene.press(group, scene.ben, "Yes, here");
    scene.settle();
    CHECK(has(scene.seen(group, scene.ana), "is said here"));
    form(scene, ana, "I shouted");
    scene.press(ana.place, ana.user, "Share it as it is");
    scene.settle();
    scene.press(ben.place, ben.user, "Yes");
    scene.settle();
    form(scene, ben, "I left");
    scene.press(ben.place, ben.user, "Keep it private");
    scene.settle();
    CHECK(has(scene.seen(group, scene.ben), "Here you both are."));
    // Between the presses the bot has no voice there: what is due waits for the next one.
    scene.pass(20min, 1s);
    form(scene, ana_there, "I was afraid");
    CHECK(has(scene.seen(group, scene.ben), "I was afraid"));
    CHECK(has(scene.seen(group, scene.ben), "Did you hear"));
    form(scene, ben_there, "I did");
    form(scene, ben_there, "I left you alone");
    form(scene, ana_there, "Yes");
    INFO(scene.seen(group, scene.ana));
    CHECK(has(scene.seen(group, scene.ana), "That was all of it."));
    CHECK(has(scene.seen(group, scene.ben), "That was all of it."));
    // What was kept private is nowhere but with its author.
    CHECK_FALSE(has(scene.seen(group, scene.ana), "I left\n"));
    CHECK(scene.discord.complaints() == std::vector<std::string>{});
}

TEST_CASE("two on Discord who chose no place for their talk have it on the page", "[discord][talk]") {
    Scene scene(talks());
    const Seat ana{scene.ana, scene.discord.open_dm(scene.ana)}, ben{scene.ben, scene.discord.open_dm(scene.ben)};
    meet(scene, ana, ben);
    get_ready(scene, ana, ben);
    INFO(scene.seen(ana.place, ana.user));
    INFO(scene.seen(ben.place, ben.user));
    CHECK_FALSE(has(scene.seen(ana.place, ana.user), "Here you both are."));
    CHECK(has(scene.seen(ana.place, ana.user) + scene.seen(ben.place, ben.user),
              "Something for you alone is on my page"));
}

TEST_CASE("a bot that was killed resumes its session, and says what it owed once", "[discord][crash]") {
    Scene scene({{"welcome", kWelcome}});
    const std::string dm = scene.ana_begins();
    const auto before = scene.discord.counters();
    // The message arrives and its answer is lost; then the bot is killed.
    test::RestFault lost;
    lost.method = "POST";
    lost.path = "/channels/.*/messages";
    lost.after = true;
    lost.cut = true;
    lost.times = 3;
    scene.discord.fault(lost);
    scene.discord.write(dm, scene.ana, "I shouted");
    REQUIRE(scene.until([&] { return has(scene.seen(dm, scene.ana), "You wrote: I shouted"); }));
    scene.kill();
    scene.discord.clear_faults();
    scene.discord.write(dm, scene.ana, "and I left");  // while it is away
    scene.start();
    scene.settle();
    scene.pass(30s);
    const std::string seen = scene.seen(dm, scene.ana);
    INFO(seen);
    CHECK(seen.find("You wrote: I shouted") == seen.rfind("You wrote: I shouted"));
    CHECK(scene.discord.counters().identifies == before.identifies);
    CHECK(scene.discord.counters().resumes > before.resumes);
    CHECK(has(seen, "Which is closer?"));  // what came meanwhile is heard, once
    CHECK(seen.find("Which is closer?") == seen.rfind("Which is closer?"));
    CHECK(scene.discord.complaints() == std::vector<std::string>{});
}

TEST_CASE("a first word that comes again with the session is no answer", "[discord][crash]") {
    Scene scene({{"welcome", script("welcome")}});
    const std::string dm = scene.discord.open_dm(scene.ana);
    test::RestFault slow;  // what Ben does is not done yet, so that all after it will come again
    slow.path = "/channels/" + scene.room + "/messages";
    slow.delay = 1min;
    scene.discord.fault(slow);
    scene.discord.command(scene.room, scene.ben, "circle");
    scene.discord.write(dm, scene.ana, "hi");
    REQUIRE(scene.until([&] { return has(scene.seen(dm, scene.ana), "Tell me something"); }));
    scene.kill();
    scene.start();
    scene.pass(30s);
    INFO(scene.seen(dm, scene.ana));
    CHECK_FALSE(has(scene.seen(dm, scene.ana), "I heard hi"));
    CHECK(scene.discord.counters().resumes > 0);
}

TEST_CASE("what the bot says twice in the same words stands there twice, also over a crash", "[discord][crash]") {
    Scene scene({{"welcome", script("welcome")}});
    const std::string dm = scene.ana_begins();
    for (const bool last : {false, true}) {
        scene.discord.write(dm, scene.ana, "the menu");
        scene.settle();
        if (last) {
            test::RestFault lost;  // it never arrives
            lost.method = "POST";
            lost.path = "/channels/.*/messages";
            lost.cut = true;
            lost.times = 20;
            scene.discord.fault(lost);
        }
        scene.press(dm, scene.ana, "Plums");
        if (!last) scene.settle();
    }
    scene.pass(500ms);
    scene.discord.write(dm, scene.ana, "and more");  // the question of the answer that is lost is closed by then
    scene.pass(500ms);
    scene.kill();
    scene.discord.clear_faults();
    scene.start();
    scene.pass(30s);
    const std::string seen = scene.seen(dm, scene.ana);
    INFO(seen);
    CHECK(seen.find("You picked Plums") != seen.rfind("You picked Plums"));
    CHECK(has(seen, "I heard and more"));
}

TEST_CASE("after longer than Discord remembers a nonce it is looked for before it is said again", "[discord][crash]") {
    Scene scene({{"welcome", kWelcome}});
    const std::string dm = scene.ana_begins();
    test::RestFault lost;
    lost.method = "POST";
    lost.path = "/channels/.*/messages";
    lost.after = true;
    lost.cut = true;
    lost.times = 1;
    scene.discord.fault(lost);
    scene.discord.write(dm, scene.ana, "I shouted");
    REQUIRE(scene.until([&] { return has(scene.seen(dm, scene.ana), "You wrote: I shouted"); }));
    scene.kill();
    scene.pass(20min, 1s);
    scene.start();
    scene.settle();
    const std::string seen = scene.seen(dm, scene.ana);
    INFO(seen);
    CHECK(seen.find("You wrote: I shouted") == seen.rfind("You wrote: I shouted"));
}

TEST_CASE("a press that comes again with the session is done once", "[discord][crash]") {
    Scene scene({{"welcome", kWelcome}});
    const std::string dm = scene.ana_begins();
    scene.discord.write(dm, scene.ana, "I shouted");
    scene.settle();
    test::GatewayPlan again;
    again.duplicates = true;
    scene.discord.next_connections(again);
    scene.press(dm, scene.ana, "Part of it");
    scene.settle();
    scene.discord.cut_gateway();
    scene.pass(1min);
    const std::string seen = scene.seen(dm, scene.ana);
    INFO(seen);
    CHECK(seen.find("How loud was it?") == seen.rfind("How loud was it?"));
    CHECK_FALSE(has(seen, "past that question"));
    CHECK(scene.discord.counters().resumes > 0);
}

TEST_CASE("commands that come one upon the other have an answer each, also if the first comes again",
          "[discord][crash]") {
    Scene scene({{"welcome", script("welcome")}});
    const std::string dm = scene.ana_begins();
    scene.engine_takes = 4s;
    scene.discord.command(dm, scene.ana, "repair", {{"say", "one"}});
    scene.discord.command(dm, scene.ana, "repair", {{"say", "two"}});
    scene.pass(30s);
    scene.engine_takes = 0s;
    // What somebody else did before is not done yet, so that Discord will say all of it again.
    test::RestFault slow;
    slow.path = "/channels/" + scene.room + "/messages";
    slow.delay = 1min;
    scene.discord.fault(slow);
    scene.discord.command(scene.room, scene.ben, "circle");
    scene.discord.command(dm, scene.ana, "repair", {{"say", "three"}});
    REQUIRE(scene.until([&] { return has(scene.seen(dm, scene.ana), "I heard three"); }));
    scene.kill();
    scene.discord.command(dm, scene.ana, "repair", {{"say", "four"}});
    scene.engine_takes = 1s;
    scene.start();
    scene.pass(30s);
    const std::string seen = scene.seen(dm, scene.ana);
    INFO(seen);
    for (const char* word : {"one", "two", "three", "four"}) {
        const std::string heard = std::string("I heard ") + word;
        CHECK(has(seen, heard));
        CHECK(seen.find(heard) == seen.rfind(heard));
    }
    constexpr int kLoading = 1 << 7;
    for (const nlohmann::json& message : scene.discord.messages(dm, scene.ana)) {
        CHECK((message.value("flags", 0) & kLoading) == 0);
    }
    CHECK_FALSE(has(seen, "my own page"));
    CHECK(scene.discord.counters().resumes > 0);
}

TEST_CASE("a command's answer that was on its way in a crash stands there once", "[discord][crash]") {
    Scene scene({{"welcome", script("welcome")}});
    const std::string dm = scene.ana_begins();
    for (const bool arrives : {true, false}) {
        const std::string word = arrives ? "one" : "two", heard = "I heard " + word;
        test::RestFault lost;
        lost.path = "/callback$|/@original$";
        lost.after = arrives;
        lost.cut = true;
        lost.times = 20;
        scene.discord.fault(lost);
        scene.discord.command(dm, scene.ana, "repair", {{"say", word}});
        REQUIRE(scene.until([&] { return !scene.bot.store().pending_outbox("discord").empty(); }));
        if (arrives) REQUIRE(scene.until([&] { return has(scene.seen(dm, scene.ana), heard); }));
        scene.pass(10s);  // so that Discord does not say the command again
        scene.kill();
        scene.discord.clear_faults();
        scene.start();
        scene.pass(30s);
        const std::string seen = scene.seen(dm, scene.ana);
        INFO(seen);
        CHECK(has(seen, heard));
        CHECK(seen.find(heard) == seen.rfind(heard));
        CHECK_FALSE(has(seen, "my own page"));
    }
    CHECK(scene.discord.complaints() == std::vector<std::string>{});
}

TEST_CASE("a command's answer stands below what was due before it, also if Discord shows early that it comes",
          "[discord][channel]") {
    Scene scene({{"welcome", script("welcome")}});
    const std::string dm = scene.ana_begins();
    test::RestFault slow;
    slow.method = "POST";
    slow.path = "/channels/.*/messages$";
    slow.delay = 4s;
    scene.discord.fault(slow);
    scene.discord.write(dm, scene.ana, "one");
    scene.discord.command(dm, scene.ana, "repair", {{"say", "two"}});
    scene.discord.command(dm, scene.ana, "repair", {{"say", "three"}});
    scene.pass(20s);
    const std::string seen = scene.seen(dm, scene.ana);
    INFO(seen);
    CHECK(seen.find("I heard one") < seen.find("I heard two"));
    CHECK(seen.find("I heard two") < seen.find("I heard three"));
    CHECK(has(seen, "I heard three"));
    for (const char* word : {"one", "two", "three"})
        CHECK(seen.find(std::string("I heard ") + word) == seen.rfind(std::string("I heard ") + word));
    constexpr int kLoading = 1 << 7;
    for (const nlohmann::json& message : scene.discord.messages(dm, scene.ana))
        CHECK((message.value("flags", 0) & kLoading) == 0);
    CHECK(scene.discord.complaints() == std::vector<std::string>{});
}

TEST_CASE("a command after a form has its answer, however late the form is acknowledged", "[discord][channel]") {
    Scene scene({{"welcome", script("welcome")}});
    const std::string dm = scene.ana_begins();
    const std::string opened = scene.press(dm, scene.ana, "Write");
    REQUIRE(scene.until([&] { return !scene.discord.interaction(opened).modal.is_null(); }));
    test::RestFault late;
    late.path = "/callback$";
    late.answer_delay = 2s;
    scene.discord.fault(late);
    scene.discord.submit(opened, {{"words", "one"}});
    REQUIRE(scene.until([&] { return has(scene.seen(dm, scene.ana), "I heard one"); }, 1s));
    scene.discord.command(dm, scene.ana, "repair", {{"say", "two"}});
    scene.pass(10s);
    INFO(scene.seen(dm, scene.ana));
    CHECK(has(scene.seen(dm, scene.ana), "I heard two"));
    CHECK_FALSE(has(scene.seen(dm, scene.ana), "my own page"));
}

TEST_CASE("who closes their direct messages is reached again as soon as they do something", "[discord][closed]") {
    Scene scene({{"welcome", kWelcome}});
    const std::string dm = scene.ana_begins();
    scene.discord.let_dm(scene.ana, false);
    scene.discord.write(dm, scene.ana, "I shouted");
    scene.settle();
    CHECK(scene.channel->status().closed == 1);
    CHECK(scene.channel->status().unsent == 0);
    scene.discord.command(scene.room, scene.ana, "repair");
    scene.settle();
    INFO(scene.seen(scene.room, scene.ana));
    CHECK(has(scene.seen(scene.room, scene.ana), "[Go on in my browser]"));
    scene.discord.let_dm(scene.ana, true);
    scene.discord.write(dm, scene.ana, "hello?");
    scene.settle();
    INFO(scene.seen(dm, scene.ana));
    CHECK(scene.channel->status().closed == 0);
    CHECK(has(scene.seen(dm, scene.ana), "[Part of it]"));
}

TEST_CASE("an answer that is edited or deleted on Discord is, too, in what the bot has", "[discord][edit]") {
    Scene scene({{"welcome", kWelcome}});
    const std::string dm = scene.ana_begins();
    const std::string answer = scene.discord.write(dm, scene.ana, "I shouted");
    scene.settle();
    scene.discord.edit(answer, "I whispered");
    scene.settle();
    INFO(scene.seen(dm, scene.ana));
    CHECK(has(scene.seen(dm, scene.ana), "You wrote: I whispered"));
    scene.discord.remove(answer);
    scene.settle();
    const std::string seen = scene.seen(dm, scene.ana);
    INFO(seen);
    CHECK_FALSE(has(seen, "whispered"));
    CHECK(has(seen, "What did you do?"));
}

TEST_CASE("what is deleted before the bot has taken it is taken back all the same", "[discord][edit]") {
    Scene scene({{"welcome", kWelcome}});
    const std::string dm = scene.ana_begins();
    scene.engine_takes = 1s;
    scene.discord.remove(scene.discord.write(dm, scene.ana, "I shouted"));
    scene.pass(10s);
    const std::string seen = scene.seen(dm, scene.ana);
    INFO(seen);
    CHECK_FALSE(has(seen, "shouted"));
    CHECK_FALSE(has(seen, "Which is closer?"));
    CHECK(scene.discord.complaints() == std::vector<std::string>{});
}

TEST_CASE("an hour later a question is still answered by its buttons, also after a restart", "[discord][buttons]") {
    Scene scene({{"welcome", kWelcome}}, PrivateWords::ephemeral);
    scene.discord.command(scene.room, scene.ana, "repair");
    scene.settle();
    scene.write_into_form(scene.room, scene.ana, "I shouted");
    scene.settle();
    scene.stop();
    scene.pass(1h, 10s);
    scene.start();
    scene.press(scene.room, scene.ana, "Part of it");
    scene.settle();
    INFO(scene.seen(scene.room, scene.ana));
    CHECK(has(scene.seen(scene.room, scene.ana), "Good."));
    CHECK(scene.late == 0);
}

TEST_CASE("whoever presses somebody else's button is told so, and nothing happens", "[discord][buttons]") {
    Scene scene({{"welcome", kWelcome}});
    const std::string dm = scene.ana_begins();
    scene.discord.write(dm, scene.ana, "I shouted");
    scene.settle();
    const std::string question = scene.last_message(dm, scene.ana);
    const std::string button = scene.custom_id_of(scene.discord.message(question), "Part of it");
    // Where Discord's own rules keep nobody else out: an interaction as a modified client might send it.
    const nlohmann::json forged = {{"id", "99"},
                                   {"token", "forged"},
                                   {"type", 3},
                                   {"version", 1},
                                   {"application_id", scene.discord.bot()},
                                   {"channel_id", scene.room},
                                   {"user", {{"id", scene.ben}}},
                                   {"message", {{"id", question}}},
                                   {"data", {{"custom_id", button}, {"component_type", 2}}}};
    scene.discord.dispatch("INTERACTION_CREATE", forged);
    scene.settle();
    CHECK_FALSE(has(scene.seen(dm, scene.ana), "Good."));
    scene.press(dm, scene.ana, "Part of it");
    scene.settle();
    CHECK(has(scene.seen(dm, scene.ana), "Good."));
}

TEST_CASE("what only one may read is never added to an answer that others see", "[discord][talk]") {
    Scene scene(talks(), PrivateWords::ephemeral);
    const std::string group = scene.discord.add_group_dm({scene.ana, scene.ben});
    const Seat ana{scene.ana, scene.room}, ben{scene.ben, scene.room};
    meet(scene, ana, ben);
    scene.press(ben.place, ben.user, "Yes");
    scene.settle();
    scene.discord.command(group, scene.ana, "repair");  // its answer is for both to see
    scene.settle();
    // What Ana is asked alone comes up again while that answer is her newest.
    const std::string before = scene.seen(group, scene.ben);
    scene.stop();
    scene.start();
    form(scene, ana, "I shouted");
    scene.settle();
    CHECK(scene.seen(group, scene.ben) == before);
    CHECK(has(scene.seen(scene.room, scene.ana), "would read exactly this"));
    // A form that comes too late shows its words to nobody else.
    scene.discord.command(group, scene.ana, "repair");
    scene.settle();
    CHECK_FALSE(has(scene.seen(group, scene.ben), "I shouted"));
    CHECK(scene.discord.complaints() == std::vector<std::string>{});
}

TEST_CASE("everything that is stored of somebody comes as a file that only they see, and is erased when they say so",
          "[discord][own]") {
    Scene scene({{"welcome", kWelcome}});
    const std::string dm = scene.ana_begins();
    scene.discord.write(dm, scene.ana, "I shouted");
    scene.settle();
    scene.discord.command(scene.room, scene.ana, "export");
    scene.settle();
    scene.press(scene.room, scene.ana, "Send it here");
    scene.settle();
    std::string file;
    for (const auto& request : scene.discord.requests()) {
        if (!request.files.empty()) file = request.files.front();
    }
    CHECK(has(file, "I shouted"));
    CHECK(scene.seen(scene.room, scene.ben).empty());
    scene.discord.command(scene.room, scene.ana, "privacy");
    scene.settle();
    CHECK(has(scene.seen(scene.room, scene.ana), "From the most private to the least"));
    scene.discord.command(scene.room, scene.ana, "delete");
    scene.settle();
    scene.press(scene.room, scene.ana, "Erase everything");
    scene.pass(5s);
    INFO(scene.seen(scene.room, scene.ana));
    CHECK(has(scene.seen(scene.room, scene.ana), "erased"));
    CHECK(scene.bot.store().all_people().empty());
    CHECK(scene.channel->status().contacts == 0);
    CHECK(scene.discord.complaints() == std::vector<std::string>{});
}

}  // namespace test_channel
