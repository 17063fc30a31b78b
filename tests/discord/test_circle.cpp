// A circle in a channel of a server, with the scripts that are shipped.
#include <algorithm>

#include "tests/discord/scene.hpp"
#include "tests/discord/shipped.hpp"
#include "tests/support/catch.hpp"

namespace test_circle {

using namespace reweave;
using namespace reweave::tests;
using namespace std::chrono_literals;
using discord::PrivateWords;

namespace {

void form(Scene& scene, const std::string& place, const std::string& user, const std::string& text) {
    scene.write_into_form(place, user, text);
    scene.settle();
}

void press(Scene& scene, const std::string& place, const std::string& user, const std::string& label) {
    scene.press(place, user, label);
    scene.settle();
}

}  // namespace

TEST_CASE("twelve go round in a channel, with a thread for each round that only they see", "[discord][circle]") {
    Scene::Options options;
    options.private_words = PrivateWords::ephemeral;
    Scene scene(shipped(), options);
    const std::string& room = scene.room;
    const std::string keeper = scene.discord.add_user("Kim");
    std::vector<std::string> members;
    for (int n = 0; n < 11; ++n) members.push_back(scene.discord.add_user("M" + std::to_string(n)));

    scene.discord.command(room, keeper, "circle");
    scene.settle();
    INFO(scene.seen(room, keeper));
    REQUIRE(has(scene.seen(room, members[0]), "keeps a circle here"));
    form(scene, room, keeper, "Kim");
    INFO(scene.seen(room, keeper));
    press(scene, room, keeper, "Skip");
    for (const char* answer : {"I agree", "No one", "To listen"}) press(scene, room, keeper, answer);
    for (std::size_t n = 0; n < members.size(); ++n) {
        const std::string& who = members[n];
        press(scene, room, who, "Take part");
        INFO(scene.seen(room, who));
        press(scene, room, who, "Yes, let's see");
        form(scene, room, who, "M" + std::to_string(n));
        press(scene, room, who, "Skip");
        for (const char* answer : {"I agree", "No one", "To be heard"}) press(scene, room, who, answer);
    }
    INFO(scene.seen(room, members[10]));
    std::vector<std::string> threads = scene.discord.threads(room);
    REQUIRE(threads.size() == 1);
    std::map<std::string, std::string> by_name{{"Kim", keeper}};
    for (std::size_t n = 0; n < members.size(); ++n) by_name["M" + std::to_string(n)] = members[n];
    std::map<std::string, int> turns;
    for (int step = 0; step < 80; ++step) {
        // The newest message that asks somebody by name.
        std::string newest, place, who;
        for (const std::string& thread : scene.discord.threads(room)) {
            for (const auto& message : scene.discord.messages(thread, keeper)) {
                const std::string text = message.at("content").get<std::string>();
                const std::string id = message.at("id").get<std::string>();
                if (message.at("components").empty() || (!newest.empty() && id < newest)) continue;
                for (const auto& [name, user] : by_name) {
                    if (!has(text, name + ", ") && !has(text, "<@" + user + ">")) continue;
                    newest = id;
                    place = thread;
                    who = name;
                }
            }
        }
        if (who.empty()) break;
        const std::string user = by_name.at(who);
        const std::string said = who + " says " + std::to_string(++turns[who]);
        const bool form_wanted = !scene.custom_id_of(scene.discord.message(newest), "Write").empty();
        if (form_wanted) {
            form(scene, place, user, said);
        } else {
            press(scene, place, user, "On to the close");
        }
        if (form_wanted) {
            INFO("said by " << who);
            CHECK(has(scene.seen(place, members[3]), said));
        }
        scene.pass(70s, 500ms);  // a quiet minute between
        std::string all;
        for (const std::string& thread : scene.discord.threads(room)) all += scene.seen(thread, keeper);
        if (has(all, "The circle is closed.")) break;
    }
    threads = scene.discord.threads(room);
    std::string all;
    for (const std::string& thread : threads) {
        all += "---- " + scene.discord.channel(thread).value("name", "") + "\n" + scene.seen(thread, keeper);
        CHECK(scene.discord.members(thread).size() >= 12);
        const auto in = scene.discord.members(thread);
        CHECK(std::find(in.begin(), in.end(), scene.ben) == in.end());
    }
    INFO(all);
    CHECK(has(all, "The circle is closed."));
    CHECK(threads.size() >= 4);
    for (const auto& [name, user] : by_name) CHECK(turns[name] >= 3);
    CHECK(scene.late == 0);
    CHECK(scene.discord.complaints() == std::vector<std::string>{});
}

}  // namespace test_circle
