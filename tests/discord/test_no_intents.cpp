// Without any privileged intent the bot gets no words that are typed where others are: every script must be gone
// through by pressing and by forms.
#include <random>

#include "tests/discord/scene.hpp"
#include "tests/discord/shipped.hpp"
#include "tests/support/catch.hpp"

namespace test_no_intents {

using namespace reweave;
using namespace reweave::tests;
using namespace std::chrono_literals;
using discord::PrivateWords;

namespace {

/// Presses and writes by chance what can be pressed in the newest message that asks; false if nothing can.
bool answer(Scene& scene, std::minstd_rand& chance) {
    const auto messages = scene.discord.messages(scene.room, scene.ana);
    for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
        std::vector<std::pair<std::string, bool>> buttons;  // custom id, whether it opens a form
        std::string menu, done;
        std::vector<std::string> options;
        for (const auto& row : message->at("components")) {
            for (const auto& part : row.at("components")) {
                const std::string id = part.value("custom_id", std::string());
                if (part.contains("options") && !part.at("options").empty()) {
                    menu = id;
                    for (const auto& option : part.at("options"))
                        options.push_back(option.at("value").get<std::string>());
                } else if (id.starts_with("chosen:")) {
                    done = id;
                } else if (!id.empty() && !id.starts_with("own:")) {
                    buttons.emplace_back(id, id.starts_with("write:"));
                }
            }
        }
        const std::string where = message->at("id").get<std::string>();
        if (!menu.empty()) {
            const std::string& value = options[chance() % options.size()];
            scene.discord.choose(where, menu, {value}, scene.ana);
            scene.settle();
            if (!done.empty()) scene.discord.press(where, done, scene.ana);
        } else if (!buttons.empty()) {
            const auto& [id, form] = buttons[chance() % buttons.size()];
            const std::string pressed = scene.discord.press(where, id, scene.ana);
            scene.settle();
            if (form) scene.discord.submit(pressed, {{"words", "something small"}});
        } else {
            continue;
        }
        scene.settle();
        return true;
    }
    return false;
}

}  // namespace

TEST_CASE("every script for one person is gone through with presses and forms alone", "[discord][intents]") {
    const Scripts all = shipped();
    int finished = 0;
    for (const auto& [id, text] : all) {
        if (has(text, "\nPeople:") || id == "welcome" || id == "phrases") continue;
        Scripts scripts = all;
        const std::string title = text.substr(2, text.find('\n') - 2);
        scripts["welcome"] =
            "# Welcome\nDraft: test\n\n## One\nHello.\nCALL: " + title + "\nThat was the script.\nFINISH: done\n";
        Scene::Options options;
        options.private_words = PrivateWords::ephemeral;
        Scene scene(scripts, options);
        scene.discord.command(scene.room, scene.ana, "repair");
        scene.settle();
        std::minstd_rand chance(7);
        int steps = 0;
        bool over = false;
        while (steps < 60 && !over) {
            over = has(scene.seen(scene.room, scene.ana), "That was the script.");
            if (over || !answer(scene, chance)) break;
            ++steps;
        }
        INFO(id << " after " << steps << " steps:\n" << scene.seen(scene.room, scene.ana));
        CHECK(steps + (over ? 1 : 0) > 0);
        // It ended, or still asks: it never stands still without anything to press.
        CHECK((over || has(scene.seen(scene.room, scene.ana), "[")));
        CHECK(scene.discord.complaints() == std::vector<std::string>{});
        CHECK(scene.late == 0);
        finished += over ? 1 : 0;
    }
    CHECK(finished > 5);
}

}  // namespace test_no_intents
