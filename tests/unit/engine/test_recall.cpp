// A revision that is recalled: what becomes of those who are in it, wherever they stand, and what may begin after it.
#include "tests/support/catch.hpp"
#include "tests/support/test_bot.hpp"
#include "tests/unit/engine/talk_for_two.hpp"

namespace test_recall {

using namespace reweave;
using namespace reweave::engine;
using namespace reweave::tests;
using namespace std::chrono_literals;

namespace {

constexpr const char* kAlone = R"(# Alone
Draft: test

## One
What was it?
ASK: thing, one line
REMIND: after 1 hour: Still there?
You said {thing}.
WAIT: 2 hours
Awake again.
What else?
ASK: more, one line
And {more}.
FINISH: done
)";

const std::string kWords = "This was taken back.\n";
const std::string kRoomWords =
    "We stop here for today. That's always all right. You can each write to me whenever you like. If something left "
    "you uneasy, type help. Nobody sees that you did.\n" +
    kWords;

Reply recall(TestBot& bot, const std::string& script, std::vector<std::string> required = {}) {
    return reply_of(bot.run(Recall{script, {}, std::move(required)}));
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// One person in the script `alone`.
struct Single {
    TestBot bot;
    PersonId ana;
    Single() : bot({{"alone", kAlone}}, options()) { ana = bot.hello("ana").person; }
    static CoreOptions options() {
        CoreOptions core;
        core.first_script = "alone";
        return core;
    }
};

/// Ana began, and Ben came by her code.
struct Pair {
    TestBot bot{{{"welcome", kBegins}, {"talk", kTalk}}};
    PersonId ana, ben;
    ConversationId talk;
    Pair() {
        ana = bot.hello("ana").person;
        ben = bot.hello("ben").person;
        bot.say("ana", "Ana");
        talk = ConversationId{bot.store().seats(ana).at(0).conversation};
        const Reply code = reply_of(bot.run(MakeInvitation{bot.identity("ana"), talk, {}}));
        bot.run(UseCode{bot.identity("ben"), code.text});
        bot.say("ben", "yes");
    }
    void prepare(const std::string& who, const std::string& part) {
        bot.say(who, "yes");
        bot.say(who, part);
        bot.say(who, "share it");
    }
    void meet() {
        prepare("ana", "I shouted");
        prepare("ben", "I walked out");
    }
    Conversation::Status status() { return bot.store().conversation(talk)->status; }
};

}  // namespace

TEST_CASE("after a recall the next turn brings the words for it once, and then the menu", "[engine][recall]") {
    Single single;
    TestBot& bot = single.bot;
    REQUIRE(recall(bot, "alone").code == Reply::Code::ok);
    SECTION("typed") {
        REQUIRE(said(bot.say("ana", "a cup")) == kWords);
    }
    SECTION("after a new start") {
        bot.restart();
        bot.hello("ana");
        REQUIRE(said(bot.say("ana", "a cup")) == kWords);
    }
    SECTION("a due reminder") {
        REQUIRE(said(bot.advance(90min)) == kWords);
    }
    SECTION("something that cannot be read") {
        Inbound inbound;
        inbound.kind = Inbound::Kind::unreadable;
        inbound.identity = bot.identity("ana");
        inbound.number = 1;
        REQUIRE(has(said(bot.run(Batch{"web", std::nullopt, {inbound}})), kWords));
        bot.say("ana", "a number that was used");
    }
    REQUIRE(said(bot.say("ana", "and now?")) == "This is the menu.\n");
    REQUIRE(said(bot.advance(48h)).empty());
}

TEST_CASE("the bot's own words do what they say in a script that was recalled", "[engine][recall]") {
    Single single;
    TestBot& bot = single.bot;
    recall(bot, "alone");
    SECTION("help comes first, and then what became of the script") {
        REQUIRE(said(bot.say("ana", "help")).starts_with("Here is help.\n"));
    }
    SECTION("delete") {
        REQUIRE(said(bot.say("ana", "delete")) == "Erase it all?\n");
        REQUIRE(has(said(bot.say("ana", "wipe it all")), "is erased"));
    }
    SECTION("delete, and then not") {
        bot.say("ana", "delete");
        REQUIRE(said(bot.say("ana", "keep")) == kWords);
    }
    SECTION("stop is no lecture") {
        REQUIRE(has(said(bot.say("ana", "stop")), "top"));
        REQUIRE(said(bot.say("ana", "hello")) == "This is the menu.\n");
    }
    SECTION("exit signs the device out") {
        REQUIRE(has(said(bot.say("ana", "exit")), "signed out"));
    }
    SECTION("what may be a sign of danger is asked about first") {
        REQUIRE(said(bot.say("ana", "I don't want to wake up tomorrow")).starts_with("One check"));
        REQUIRE(said(bot.say("ana", "fine")) == kWords);
    }
    SECTION("a sign of danger is answered before anything else") {
        const std::string answer = said(bot.say("ana", "i want to kill myself"));
        REQUIRE(has(answer, "Stopping here"));
        REQUIRE_FALSE(has(answer, kWords));
    }
}

TEST_CASE("what was paused or resting in a recalled script is not gone on with", "[engine][recall]") {
    Single single;
    TestBot& bot = single.bot;
    SECTION("paused") {
        bot.say("ana", "pause");
        recall(bot, "alone");
        REQUIRE(said(bot.say("ana", "back")) == kWords);
    }
    SECTION("paused, and offered when it was recalled") {
        bot.say("ana", "pause");
        bot.say("ana", "hello");
        recall(bot, "alone");
        REQUIRE(said(bot.say("ana", "now")) == kWords);
    }
    SECTION("at rest until a timer") {
        bot.say("ana", "a cup");
        recall(bot, "alone");
        REQUIRE(said(bot.advance(3h)) == kWords);
    }
    REQUIRE(said(bot.say("ana", "hello")) == "This is the menu.\n");
    REQUIRE(said(bot.advance(48h)).empty());
}

TEST_CASE("help that is open in front of a recalled script is heard out", "[engine][recall]") {
    Single single;
    TestBot& bot = single.bot;
    bot.say("ana", "delete");
    recall(bot, "alone");
    const std::string answer = said(bot.say("ana", "keep"));
    REQUIRE(answer == kWords);  // and not the question that stood open below
}

TEST_CASE("in their own part, each hears of a recall at their own next turn, and nothing of the other",
          "[engine][recall]") {
    Pair pair;
    TestBot& bot = pair.bot;
    pair.prepare("ana", "I shouted");  // she waits at the barrier
    REQUIRE(recall(bot, "talk").code == Reply::Code::ok);
    auto out = bot.say("ben", "yes");
    REQUIRE(said_to(pair.ben, out) == kWords);
    REQUIRE(said_to(pair.ana, out).empty());
    REQUIRE(pair.status() != Conversation::Status::ended);
    SECTION("typed") {
        out = bot.say("ana", "still there?");
    }
    SECTION("by the barrier's time") {
        out = bot.advance(72h);
    }
    REQUIRE(said_to(pair.ana, out).ends_with(kWords));  // after days, the notice that this is a program comes first
    REQUIRE(said_to(pair.ben, out).empty());
    REQUIRE(pair.status() == Conversation::Status::ended);
    for (const Consent& consent : bot.store().consents(pair.talk))
        REQUIRE((consent.kind != Consent::Kind::shared || consent.ended != TimePoint{}));
    REQUIRE(said(bot.advance(96h)).empty());
}

TEST_CASE("a check or help that is open in a part or a room is heard out before the words for a recall",
          "[engine][recall]") {
    Pair pair;
    TestBot& bot = pair.bot;
    SECTION("in their own part") {
        bot.say("ana", "delete");
        recall(bot, "talk");
        const auto out = bot.say("ana", "keep");
        REQUIRE(said_to(pair.ana, out) == kWords);
        REQUIRE(said_to(pair.ben, out).empty());
    }
    SECTION("while the room is open") {
        pair.meet();
        bot.say("ana", "delete");
        recall(bot, "talk");
        auto out = bot.say_in(pair.talk, "ben", "so");
        REQUIRE(said_to(pair.ben, out) == kRoomWords);
        REQUIRE(kRoomWords == said_to(pair.ana, out) + kWords);  // she sees that it closed; the rest comes after hers
        out = bot.say("ana", "keep");
        REQUIRE(said_to(pair.ana, out) == kWords);
        REQUIRE(said_to(pair.ben, out).empty());
        REQUIRE(pair.status() == Conversation::Status::ended);
    }
    SECTION("by the one whose turn closes the room") {
        pair.meet();
        bot.say("ana", "delete");
        recall(bot, "talk");
        const auto out = bot.say("ana", "keep");
        REQUIRE(said_to(pair.ana, out) == kRoomWords);
        REQUIRE(said_to(pair.ben, out) == kRoomWords);
        REQUIRE(pair.status() == Conversation::Status::ended);
    }
    REQUIRE(said(bot.say("ana", "hello")) == "This is the menu.\n");
}

TEST_CASE("whoever has set a recalled conversation of several aside is told of it when they come back",
          "[engine][recall]") {
    Pair pair;
    TestBot& bot = pair.bot;
    pair.prepare("ana", "I shouted");
    bot.say("ana", "pause");
    recall(bot, "talk");
    REQUIRE(said(bot.say("ana", "hello")) == kWords);
    REQUIRE(said(bot.say("ana", "hello")) == "This is the menu.\n");
    REQUIRE(said_to(pair.ben, bot.say("ben", "yes")) == kWords);
}

TEST_CASE("a follow-up that was not begun before its script was recalled is dropped without a word",
          "[engine][recall]") {
    const char* first =
        "# First\nDraft: test\n\n## One\nHow?\nASK: one line\nFOLLOW UP: after 1 day: alone\nFINISH: done\n";
    CoreOptions options;
    options.first_script = "first";
    TestBot bot({{"alone", kAlone}, {"first", first}}, options);
    bot.hello("ana");
    bot.say("ana", "well");
    SECTION("before it was due") {
        recall(bot, "alone");
        REQUIRE(said(bot.advance(48h)).empty());
    }
    SECTION("while it was offered") {
        REQUIRE(said(bot.advance(25h)).ends_with("Something is ready.\n"));
        recall(bot, "alone");
        REQUIRE(said(bot.say("ana", "now")).empty());
    }
    REQUIRE(said(bot.say("ana", "hello")).ends_with("This is the menu.\n"));
}

TEST_CASE("an open room that is recalled ends for both at one moment, with the same words", "[engine][recall]") {
    Pair pair;
    TestBot& bot = pair.bot;
    pair.meet();
    recall(bot, "talk");
    std::vector<Output> out;
    std::string own = kRoomWords;
    SECTION("said in the room") {
        out = bot.say_in(pair.talk, "ana", "I am sorry");
    }
    SECTION("said by the one who listens") {
        out = bot.say_in(pair.talk, "ben", "what");
    }
    SECTION("a timer of the room") {
        out = bot.advance(11min);
    }
    SECTION("help in the room") {
        out = bot.say_in(pair.talk, "ana", "help");
        own.insert(own.size() - kWords.size(), "Here is help.\n\n");
    }
    REQUIRE(said_to(pair.ana, out) == own);
    REQUIRE(said_to(pair.ben, out) == kRoomWords);
    REQUIRE(pair.status() == Conversation::Status::ended);
    out = bot.say_in(pair.talk, "ben", "are you there?");
    REQUIRE(said_to(pair.ana, out).empty());
    REQUIRE(said(bot.say("ana", "hello")) == "This is the menu.\n");
    REQUIRE(said(bot.advance(96h)).empty());
}

TEST_CASE("what may be a sign of danger in a recalled room is asked about first, and closes the room",
          "[engine][recall]") {
    Pair pair;
    TestBot& bot = pair.bot;
    pair.meet();
    recall(bot, "talk");
    auto out = bot.say_in(pair.talk, "ana", "I don't want to wake up tomorrow");
    REQUIRE(said_to(pair.ana, out).starts_with("One check"));
    REQUIRE(said_to(pair.ben, out) == kRoomWords);
    out = bot.say("ana", "fine");
    REQUIRE(said_to(pair.ana, out) == kWords);
    REQUIRE(said_to(pair.ben, out).empty());
}

TEST_CASE("somebody who is erased out of a recalled room leaves the other with words for a recall alone",
          "[engine][recall]") {
    Pair pair;
    pair.meet();
    recall(pair.bot, "talk");
    const auto out = pair.bot.run(ErasePerson{{std::to_string(pair.ana.value)}});
    REQUIRE(said_to(pair.ben, out) == kRoomWords);
}

TEST_CASE("an invitation into a recalled script opens nothing", "[engine][recall]") {
    TestBot bot({{"welcome", kBegins}, {"talk", kTalk}});
    const PersonId ana = bot.hello("ana").person;
    bot.hello("ben");
    bot.say("ana", "Ana");
    const ConversationId talk{bot.store().seats(ana).at(0).conversation};
    const Reply made = reply_of(bot.run(MakeInvitation{bot.identity("ana"), talk, {}}));
    REQUIRE(made.code == Reply::Code::ok);
    recall(bot, "talk");
    REQUIRE(reply_of(bot.run(UseCode{bot.identity("ben"), made.text})).code == Reply::Code::bad_code);
    REQUIRE(reply_of(bot.run(MakeInvitation{bot.identity("ana"), talk, {}})).code == Reply::Code::unavailable);
}

TEST_CASE("new conversations begin on the newest revision that was not recalled", "[engine][recall]") {
    Single single;
    TestBot& bot = single.bot;
    const std::string first = bot.store().newest_revisions().front().hash;
    std::string text = kAlone;
    text.replace(text.find("What was it?"), 12, "What is it?");
    bot.publish({{"alone", text}});
    REQUIRE(said(bot.hello("ben")) == "What is it?\n");
    REQUIRE(has(recall(bot, "alone").text, "begins with revision " + first.substr(0, 12) + " again"));
    REQUIRE(said(bot.hello("chi")) == "What was it?\n");
    REQUIRE(said(bot.say("ana", "a cup")).starts_with("You said a cup."));  // not on the one that was recalled
    REQUIRE(said(bot.say("ben", "a cup")) == kWords);

    SECTION("it cannot be published again") {
        dialog::CompiledSet set = dialog::compile_all({{"dialogs/alone.script", text}}, {{"en", english()}});
        const Reply again = reply_of(bot.run(Publish{set.revisions}));
        REQUIRE(has(again.text, "alone: this is revision " + set.revisions.front()->hash.substr(0, 12)));
        REQUIRE(has(again.text, "recalled on 2026-11-24"));
        bot.restart();
        REQUIRE(said(bot.hello("dov")) == "What was it?\n");
    }
    SECTION("and not be recalled again") {
        Recall again{"alone", {}, {}};
        again.revision = bot.store().recalled_revisions().front();
        REQUIRE(reply_of(bot.run(again)).code == Reply::Code::refused);
    }
}

TEST_CASE("a recall takes what calls the script with it, but nothing that the bot needs", "[engine][recall]") {
    const char* outer = "# Outer\nDraft: test\n\n## One\nBefore.\nCALL: alone\nFINISH: done\n";
    CoreOptions options;
    options.first_script = "outer";
    TestBot bot({{"alone", kAlone}, {"outer", outer}}, options);
    bot.hello("ana");
    const Reply refused = recall(bot, "alone", {"outer"});
    REQUIRE(refused.code == Reply::Code::refused);
    REQUIRE(has(refused.text, "cannot do without the script 'outer'"));
    REQUIRE(said(bot.say("ana", "a cup")).starts_with("You said"));
    REQUIRE(has(recall(bot, "alone").text, "'outer' cannot begin"));
    REQUIRE(said(bot.say("ana", "now")) == kWords);
    REQUIRE(bot.core().unpublished({"outer", "alone", "menu"}) == std::vector<std::string>{"outer", "alone"});
    REQUIRE(recall(bot, "nothing").code == Reply::Code::refused);

    // What calls what was left out is left out, also where none of it is known yet.
    const auto source = [](const std::string& id, const std::string& calls) {
        return dialog::Source{"dialogs/" + id + ".script",
                              "# " + id + "\nDraft: test\n\n## One\nNew.\nCALL: " + calls + "\nFINISH: done\n"};
    };
    const dialog::CompiledSet set = dialog::compile_all(
        {{"dialogs/alone.script", kAlone}, source("middle", "alone"), source("top", "middle")}, {{"en", english()}});
    REQUIRE(set.revisions.size() == 3);
    const Reply published = reply_of(bot.run(Publish{set.revisions}));
    REQUIRE(has(published.text, "alone: this is revision"));
    REQUIRE(has(published.text, "middle: it calls alone"));
    REQUIRE(has(published.text, "top: it calls middle"));
    REQUIRE(bot.core().unpublished({"middle", "top"}).size() == 2);
}

TEST_CASE("whoever is still alone does not close a recalled room under those who are in it", "[engine][recall]") {
    std::string any = kTalk;
    any.replace(any.find("WAIT: for both"), 14, "WAIT: for any");
    TestBot bot({{"welcome", kBegins}, {"talk", any}});
    const PersonId ana = bot.hello("ana").person;
    bot.hello("ben");
    bot.say("ana", "Ana");
    const ConversationId talk{bot.store().seats(ana).at(0).conversation};
    const Reply code = reply_of(bot.run(MakeInvitation{bot.identity("ana"), talk, {}}));
    bot.run(UseCode{bot.identity("ben"), code.text});
    bot.say("ben", "yes");
    bot.say("ana", "yes");
    bot.say("ana", "I shouted");
    bot.say("ana", "share it");
    recall(bot, "talk");
    REQUIRE(said_to(ana, bot.say("ben", "yes")).empty());
    REQUIRE(said_to(ana, bot.say_in(talk, "ana", "I was loud")) == kRoomWords);
}

}  // namespace test_recall
