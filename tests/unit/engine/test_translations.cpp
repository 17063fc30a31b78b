// Scripts in other languages, as the engine publishes and keeps them.
#include "bot/dialog/po_merge.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/english.hpp"
#include "tests/support/test_bot.hpp"

namespace test_translations {

using namespace reweave;
using namespace reweave::tests;

namespace {

constexpr const char* kFirst =
    "# Talk\nDraft: test\n\n## One\nHow are you?\n* Well\n* Not well\nEND\nThank you.\nFINISH: done\n";
constexpr const char* kSecond =
    "# Talk\nDraft: test\n\n## One\nHow is it today?\n* Well\n* Not well\nEND\nThank you.\nFINISH: done\n";

engine::CoreOptions options() {
    engine::CoreOptions core;
    core.first_script = "talk";
    core.packs["es"] = test::spanish();
    return core;
}

using Words = std::vector<std::pair<std::string, std::string>>;

/// A new revision of the script, with these words in Spanish.
void publish(TestBot& bot, const char* text, const Words& words) {
    dialog::CompiledSet set = dialog::compile_all({{"dialogs/talk.script", text}}, {{"en", english()}});
    REQUIRE(set.revisions.size() == 1);
    dialog::PoFile file = dialog::po_from(set.revisions.front()->script, "es");
    for (dialog::PoEntry& entry : file.entries) {
        for (const auto& [source, translation] : words) {
            if (entry.source == source) entry.translation = translation;
        }
    }
    std::vector<dialog::Translation> translations;
    if (!words.empty()) {
        translations.push_back(
            check_translation(*set.revisions.front(), {"talk.es.po", write_po(file)}, *test::spanish(), false)
                .translation);
    }
    (void)bot.run(engine::Publish{set.revisions, translations});
}

const Words kWords = {
    {"How are you?", "¿Cómo estás?"}, {"Well", "Bien"}, {"Not well", "Mal"}, {"Thank you.", "Gracias."}};

/// Comes in with a device that speaks that language, and reads what is there.
std::string hello(TestBot& bot, const std::string& device, const std::string& language) {
    engine::Hello hello;
    hello.channel = "web";
    hello.handle = device;
    hello.language = language;
    const std::string read = said(reply_of(bot.run(std::move(hello))));
    (void)bot.hello(device);
    return read;
}

}  // namespace

TEST_CASE("each person reads and types in their own language", "[engine][translation]") {
    TestBot bot({{"talk", kFirst}}, options());
    publish(bot, kFirst, kWords);
    REQUIRE(hello(bot, "ana", "es-MX") == "¿Cómo estás?\n");
    REQUIRE(hello(bot, "ben", "en-GB") == "How are you?\n");
    REQUIRE(hello(bot, "chi", "fr") == "How are you?\n");
    REQUIRE(said(bot.say("ana", "mal")) == "Gracias.\n");
    REQUIRE(said(bot.say("ben", "not well")) == "Thank you.\n");
}

TEST_CASE("a conversation keeps the translation of the revision that it began with", "[engine][translation]") {
    TestBot bot({{"talk", kFirst}}, options());
    publish(bot, kFirst, kWords);
    REQUIRE(hello(bot, "ana", "es") == "¿Cómo estás?\n");
    publish(bot, kSecond, {{"How is it today?", "¿Qué tal hoy?"}, {"Thank you.", "Gracias por venir."}});
    bot.restart();
    (void)bot.hello("ana");
    REQUIRE(said(bot.say("ana", "mal")) == "Gracias.\n");
    REQUIRE(hello(bot, "ben", "es") == "¿Qué tal hoy?\n");
}

TEST_CASE("a mended translation takes the place of what was there, and one that is gone leaves the script's words",
          "[engine][translation]") {
    TestBot bot({{"talk", kFirst}}, options());
    publish(bot, kFirst, kWords);
    REQUIRE(hello(bot, "ana", "es") == "¿Cómo estás?\n");
    publish(bot, kFirst, {{"How are you?", "¿Qué tal estás?"}});
    REQUIRE(hello(bot, "ben", "es") == "¿Qué tal estás?\n");
    publish(bot, kFirst, {});
    bot.restart();
    REQUIRE(hello(bot, "chi", "es") == "How are you?\n");
}

TEST_CASE("whoever changes their language reads what was said before in it, too", "[engine][translation]") {
    TestBot bot({{"talk", kFirst}}, options());
    publish(bot, kFirst, kWords);
    REQUIRE(hello(bot, "ana", "en") == "How are you?\n");
    REQUIRE(hello(bot, "ana", "es") == "¿Cómo estás?\n");
    REQUIRE(said(bot.say("ana", "bien")) == "Gracias.\n");
}

}  // namespace test_translations
