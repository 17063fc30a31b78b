// What channels other than the web need of the engine: rows that move with the cursor, answers that are edited or
// deleted where they stand, and rooms that several people read in one place.
#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/support/test_bot.hpp"

namespace test_channels {

using namespace reweave;
using namespace reweave::engine;
using namespace reweave::tests;
using namespace std::chrono_literals;

namespace {

const std::string kTalk =
    "# Talk\nDraft: test\n\n## Act\nWhat did you do?\nASK: act, one line\nYou wrote: {act}\n\n## Why\nHow much was "
    "yours?\n* Part of it\nGood.\n* None of it\nAll right.\nEND\nAnything else?\nASK: more, one line\nThanks.\n"
    "FOLLOW UP: after 2 days: later\nFINISH: done\n";
const std::string kLater = "# Later\nDraft: test\n\n## Then\nHow is it now?\nASK: now, one line\nFINISH: done\n";

/// Somebody on a channel where messages have ids.
class Account {
 public:
    Account(TestBot& bot, std::string name) : bot_(bot), name_(std::move(name)) {}

    std::vector<Output> joins() { return does(Inbound::Kind::joined, "join" + std::to_string(++joins_), {}, {}); }
    std::vector<Output> says(const std::string& key, const std::string& text, ConversationId room = {}) {
        return does(Inbound::Kind::text, key, text, {}, room);
    }
    std::vector<Output> edits(const std::string& key, const std::string& target, const std::string& text) {
        return does(Inbound::Kind::edited, key, text, target);
    }
    std::vector<Output> deletes(const std::string& key, const std::string& target) {
        return does(Inbound::Kind::withdrawn, key, {}, target);
    }
    std::vector<Output> does(Inbound::Kind kind,
                             const std::string& key,
                             const std::string& text,
                             const std::string& target,
                             ConversationId room = {}) {
        Inbound inbound;
        inbound.kind = kind;
        inbound.handle = name_;
        inbound.key = key;
        inbound.text = text;
        inbound.target = target;
        inbound.room = room;
        return bot_.run(Batch{"matrix", std::nullopt, {inbound}});
    }

 private:
    TestBot& bot_;
    std::string name_;
    int joins_ = 0;
};

std::vector<Send> sent(const std::vector<Output>& outputs) {
    std::vector<Send> all;
    for (const Output& output : outputs) {
        if (const auto* send = std::get_if<Send>(&output)) all.push_back(*send);
    }
    return all;
}

std::string text_of(const Send& send) {
    std::string text;
    for (const dialog::RenderedBubble& bubble : send.message.bubbles) text += bubble.text + "\n";
    return text;
}

std::string all_sent(const std::vector<Output>& outputs) {
    std::string text;
    for (const Send& send : sent(outputs)) text += text_of(send);
    return text;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("what a channel notes down is stored with its cursor and comes back when it begins", "[engine][channels]") {
    TestBot bot({{"welcome", kTalk}, {"later", kLater}});
    REQUIRE(reply_of(bot.run(Batch{"matrix", "s1", {}, {{"room:a", "one"}, {"room:b", "two"}}})).code ==
            Reply::Code::ok);
    (void)bot.run(Batch{"matrix", "s2", {}, {{"room:a", ""}, {"room:b", "three"}}});
    bot.restart();
    const Reply opened = reply_of(bot.run(OpenChannel{"matrix"}));
    REQUIRE(opened.text == "s2");
    REQUIRE(opened.rows.size() == 1);
    REQUIRE(opened.rows[0].key == "room:b");
    REQUIRE(opened.rows[0].value == "three");
    REQUIRE(reply_of(bot.run(OpenChannel{"discord"})).rows.empty());
}

TEST_CASE("an edited answer is taken anew, and the reply stands in for the one before", "[engine][channels]") {
    TestBot bot({{"welcome", kTalk}, {"later", kLater}});
    Account ana(bot, "@ana:example.org");
    (void)ana.joins();
    const auto first = sent(ana.says("$1", "I shouted"));
    REQUIRE(has(text_of(first.at(0)), "You wrote: I shouted"));
    (void)bot.run(Delivered{first[0].outbox, Delivered::Result::sent, "$reply", {}});
    bot.restart();  // it does not hang on what is in memory

    const auto again = sent(ana.edits("$2", "$1", "I slammed a door"));
    REQUIRE(again.size() == 1);
    REQUIRE(has(text_of(again[0]), "You wrote: I slammed a door"));
    REQUIRE(again[0].replaces == "$reply");
    REQUIRE(again[0].message.ask->choices.at(0).label == "Part of it");

    const auto twice = sent(ana.edits("$3", "$1", "I left"));
    REQUIRE(has(text_of(twice.at(0)), "You wrote: I left"));
    REQUIRE(has(text_of(sent(ana.says("$4", "Part of it")).at(0)), "Good."));  // one branch, and it goes on
}

TEST_CASE("an edit that comes too late changes nothing and says so", "[engine][channels]") {
    TestBot bot({{"welcome", kTalk}, {"later", kLater}});
    Account ana(bot, "@ana:example.org");
    Account ben(bot, "@ben:example.org");
    (void)ana.joins();
    (void)ben.joins();
    (void)ana.says("$1", "I shouted");
    REQUIRE(sent(ben.edits("$b", "$1", "I am not Ana")).empty());
    (void)ana.says("$2", "Part of it");
    REQUIRE(has(text_of(sent(ana.edits("$3", "$1", "I left")).at(0)), "past that point"));
    bot.clock.advance(11min);
    REQUIRE(has(text_of(sent(ana.edits("$4", "$2", "None of it")).at(0)), "past that point"));
    REQUIRE(has(text_of(sent(ana.says("$5", "nothing")).at(0)), "Thanks."));
}

TEST_CASE("a follow-up that an edited answer had planned is not planned twice", "[engine][channels]") {
    const std::string plans =
        "# Plans\nDraft: test\n\n## Act\nWhat did you do?\nASK: act, one line\nFOLLOW UP: after 2 days: later\n"
        "Anything else?\nASK: more, one line\nFINISH: done\n";
    TestBot bot({{"welcome", plans}, {"later", kLater}});
    Account ana(bot, "@ana:example.org");
    (void)ana.joins();
    (void)ana.says("$1", "I shouted");
    (void)ana.edits("$2", "$1", "I left");
    const PersonId person = bot.store().identity("matrix", "@ana:example.org")->person;
    const auto timers = bot.store().timers(person);
    REQUIRE(std::count_if(timers.begin(), timers.end(), [](const TimerRecord& timer) {
                return timer.kind == TimerRecord::Kind::follow_up;
            }) == 1);
}

TEST_CASE("a deleted answer is gone from the store, and asked for again if it was the newest", "[engine][channels]") {
    TestBot bot({{"welcome", kTalk}, {"later", kLater}});
    Account ana(bot, "@ana:example.org");
    (void)ana.joins();
    (void)ana.says("$1", "I shouted");
    const WordsRef words = bot.store().inbox("matrix", "$1")->words;
    REQUIRE(bot.store().words(words) == "I shouted");
    const auto asked = sent(ana.deletes("$2", "$1"));
    REQUIRE(has(text_of(asked.at(0)), "What did you do?"));
    REQUIRE_FALSE(bot.store().words(words).has_value());
    REQUIRE(bot.store().inbox("matrix", "$1")->words.id == 0);
    REQUIRE(sent(ana.deletes("$2", "$1")).empty());

    (void)ana.says("$3", "I left");
    const WordsRef kept = bot.store().inbox("matrix", "$3")->words;
    (void)ana.says("$4", "Part of it");
    REQUIRE(sent(ana.deletes("$5", "$3")).empty());  // the script is past it; the words go all the same
    REQUIRE_FALSE(bot.store().words(kept).has_value());
    REQUIRE(has(text_of(sent(ana.says("$6", "no")).at(0)), "Thanks."));
}

TEST_CASE("who was away from a channel and comes again is asked what is open", "[engine][channels]") {
    TestBot bot({{"welcome", kTalk}, {"later", kLater}});
    Account ana(bot, "@ana:example.org");
    (void)ana.joins();
    (void)ana.does(Inbound::Kind::left, "$kick", {}, {});
    REQUIRE(bot.store().identity("matrix", "@ana:example.org")->ended);
    const auto back = sent(ana.joins());
    REQUIRE(has(text_of(back.at(0)), "What did you do?"));
    REQUIRE_FALSE(bot.store().identity("matrix", "@ana:example.org")->ended);
}

TEST_CASE("exit on an account pauses, for there is no device to sign out", "[engine][channels]") {
    TestBot bot({{"welcome", kTalk}, {"later", kLater}});
    Account ana(bot, "@ana:example.org");
    (void)ana.joins();
    REQUIRE(has(text_of(sent(ana.says("$1", "exit")).at(0)), "Paused"));
    REQUIRE_FALSE(sent(ana.says("$2", "hello")).empty());
}

TEST_CASE("a line of the phrases is spoken in the person's language with what it inserts", "[engine][channels]") {
    TestBot bot({{"welcome", kTalk}, {"later", kLater}});
    Account ana(bot, "@ana:example.org");
    (void)ana.joins();
    const Reply line = reply_of(bot.run(GetPhrase{"matrix", "@ana:example.org", "you-and", {{"who", "Ben"}}}));
    REQUIRE(line.text == "You and Ben");
    REQUIRE(line.person);
    REQUIRE(reply_of(bot.run(GetPhrase{"matrix", "@new:example.org", "you-and", {{"who", "Ben"}}})).text ==
            "You and Ben");
}

TEST_CASE("danger that was written while the channel was away is answered where it was written", "[engine][channels]") {
    TestBot bot({{"welcome", kTalk}, {"later", kLater}});
    Account ana(bot, "@ana:example.org");
    (void)ana.joins();
    const IdentityId account = bot.store().identity("matrix", "@ana:example.org")->id;
    (void)bot.hello("browser");
    const std::string code = reply_of(bot.run(MakeCode{account})).text;
    REQUIRE(reply_of(bot.run(UseCode{bot.identity("browser"), code})).code == Reply::Code::ok);
    (void)bot.say("browser", "I shouted");  // the browser is what they used last
    Inbound late;
    late.kind = Inbound::Kind::late;
    late.handle = "@ana:example.org";
    late.key = "$late";
    late.text = "something grave";
    late.findings.items.push_back({safety::Category::self_harm, safety::Tier::stop, {}});
    REQUIRE_FALSE(sent(bot.run(Batch{"matrix", std::nullopt, {late}})).empty());
}

TEST_CASE("nobody becomes a person by going, by changing their own words or by talking among others",
          "[engine][channels]") {
    TestBot bot({{"welcome", kTalk}, {"later", kLater}});
    Account stranger(bot, "@stranger:example.org");
    CHECK(reply_of(stranger.edits("$2", "$1", "no")).code == Reply::Code::unknown_identity);
    CHECK(reply_of(stranger.deletes("$3", "$1")).code == Reply::Code::unknown_identity);
    CHECK(reply_of(stranger.does(Inbound::Kind::left, "$4", {}, {})).code == Reply::Code::unknown_identity);
    CHECK(reply_of(stranger.says("$5", "hi all", ConversationId{7})).code == Reply::Code::unknown_identity);
    CHECK_FALSE(bot.store().identity("matrix", "@stranger:example.org"));
    REQUIRE_FALSE(sent(stranger.says("$6", "hi")).empty());
}

TEST_CASE("what was not delivered before somebody left is not sent after them", "[engine][channels]") {
    TestBot bot({{"welcome", kTalk}, {"later", kLater}});
    Account ana(bot, "@ana:example.org");
    REQUIRE_FALSE(sent(ana.joins()).empty());
    (void)ana.does(Inbound::Kind::left, "$bye", {}, {});
    bot.restart();
    REQUIRE(sent(bot.run(OpenChannel{"matrix"})).empty());
    REQUIRE(bot.store().pending_outbox("matrix").empty());
    REQUIRE(sent(ana.joins()).size() == 1);  // and what is open is asked again when they come back
}

TEST_CASE("a batch that fails whole is answered for each of what was in it", "[engine][channels]") {
    TestBot bot({{"welcome", kTalk}, {"later", kLater}});
    Account ana(bot, "@ana:example.org");
    (void)ana.joins();
    const std::string key = "\xFF";  // no text that could be kept for another try
    (void)ana.says(key, "I shouted");
    UndoRecord undo = bot.store().undo(bot.store().identity("matrix", "@ana:example.org")->person).value();
    undo.state = "no state";
    bot.store().begin();
    bot.store().save(undo);
    bot.store().commit();
    Inbound edit;
    edit.kind = Inbound::Kind::edited;
    edit.handle = "@ana:example.org";
    edit.key = "$edit";
    edit.target = key;
    const auto outputs = bot.run(Batch{"matrix", "s1", {edit, edit, edit}});
    std::vector<int> failed;
    for (const Output& output : outputs) {
        const auto* reply = std::get_if<Reply>(&output);
        if (reply && reply->code == Reply::Code::failed) failed.push_back(reply->index);
    }
    REQUIRE(failed == std::vector<int>{0, 1, 2});
}

TEST_CASE("a channel's command leads through the menu, and what was open is kept for later", "[engine][channels]") {
    const std::string menu =
        "# Menu\nDraft: test\n\n## Doors\nWhat would help?\n* Cool down\nGO TO: Calm\n* Talk\nGO TO: Whom\nEND\n"
        "FINISH: done\n\n## Calm\nBreathe out.\nASK: how, one line\nFINISH: done\n\n## Whom\nWith whom?\n* One "
        "other\nFINISH: two\n* A circle\nGO TO: Many\nEND\nFINISH: done\n\n## Many\nHow many are you?\nASK: many, "
        "one line\nFINISH: done\n";
    TestBot bot({{"welcome", kTalk}, {"later", kLater}, {"menu", menu}});
    Account ana(bot, "@ana:x");
    const auto through = [&](const std::string& key, std::vector<std::string> picks) {
        Inbound inbound;
        inbound.kind = Inbound::Kind::door;
        inbound.handle = "@ana:x";
        inbound.key = key;
        inbound.picks = std::move(picks);
        return all_sent(bot.run(Batch{"discord", std::nullopt, {inbound}}));
    };
    // Somebody new meets the first script, whichever door they came by.
    CHECK(has(through("i1", {"cool-down"}), "What did you do?"));
    CHECK(has(through("i2", {"cool-down"}), "Breathe out."));
    // In the menu it is not begun anew for nothing, and a pick that it does not have ends the way there.
    CHECK(has(through("i3", {"talk", "a-circle"}), "How many are you?"));
    const std::string lost = through("i4", {"talk", "nobody"});
    CHECK(has(lost, "With whom?"));
    // The first question waits, and is offered when nothing else is open.
    Inbound stop;
    stop.kind = Inbound::Kind::command;
    stop.handle = "@ana:x";
    stop.key = "i5";
    stop.text = "stop";
    const std::string after = all_sent(bot.run(Batch{"discord", std::nullopt, {stop}}));
    INFO(after);
    CHECK(has(after, "Something is ready."));
}

TEST_CASE("a check-in that is due is told where somebody can be reached, if they are not at the page",
          "[engine][channels]") {
    TestBot bot({{"welcome", kTalk}, {"later", kLater}});
    const auto comes = [&](bool reachable) {
        Inbound joined;
        joined.kind = Inbound::Kind::joined;
        joined.handle = "@ana:x";
        joined.key = reachable ? "i2" : "i1";
        joined.reachable = reachable;
        return bot.run(Batch{"discord", std::nullopt, {joined}});
    };
    (void)comes(false);
    const Reply laptop = bot.hello("laptop");
    const Reply code = reply_of(bot.run(MakeCode{bot.store().identity("discord", "@ana:x")->id}));
    REQUIRE(reply_of(bot.run(UseCode{laptop.identity, code.text})).code == Reply::Code::ok);
    (void)bot.hello("laptop");  // it comes anew, as that person
    const PersonId person = bot.store().identity("discord", "@ana:x")->person;
    const auto done_at_the_page = [&] {
        for (const char* words : {"I shouted", "Part of it", "no"}) CHECK(sent(bot.say("laptop", words)).empty());
    };

    SECTION("once, and the questions that follow stay where they are answered") {
        (void)comes(true);
        done_at_the_page();
        bot.run(Gone{person});
        const auto due = sent(bot.advance(24h * 3));
        REQUIRE(due.size() == 1);
        CHECK(due[0].handle == "@ana:x");
        CHECK(has(text_of(due[0]), "Something is ready."));
        (void)bot.hello("laptop");
        CHECK(sent(bot.say("laptop", "now")).empty());
    }
    SECTION("also to whom the bot must not write where they were last") {
        Inbound joined;
        joined.kind = Inbound::Kind::joined;
        joined.handle = "@ana:y";
        joined.reachable = true;
        bot.run(Batch{"matrix", std::nullopt, {joined}});
        const Reply new_code = reply_of(bot.run(MakeCode{bot.store().identity("discord", "@ana:x")->id}));
        joined.kind = Inbound::Kind::code;
        joined.text = new_code.text;
        bot.run(Batch{"matrix", std::nullopt, {joined}});
        done_at_the_page();
        bot.run(Gone{person});
        Inbound here;
        here.kind = Inbound::Kind::joined;
        here.handle = "@ana:x";
        here.key = "i3";
        bot.run(Batch{"discord", std::nullopt, {here}});
        const auto due = sent(bot.advance(24h * 3));
        REQUIRE(due.size() == 1);
        CHECK(due[0].channel == "matrix");
    }
    SECTION("not while they are there") {
        (void)comes(true);
        done_at_the_page();
        CHECK(sent(bot.advance(24h * 3)).empty());
    }
    SECTION("not to whom the bot must not write first") {
        done_at_the_page();
        bot.run(Gone{person});
        CHECK(sent(bot.advance(24h * 3)).empty());
    }
}

}  // namespace test_channels
