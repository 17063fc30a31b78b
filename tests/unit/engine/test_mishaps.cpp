// What the engine does when things go wrong around it, and with people whom it must not lose or keep.

#include "bot/dialog/compile.hpp"
#include "bot/store/sqlite.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_bot.hpp"

namespace test_mishaps {

using namespace reweave;
using namespace reweave::tests;
using namespace std::chrono_literals;
using engine::Reply;

namespace {

const std::string kAct =
    "# Act\nDraft: test\n\n## Act\nWhat did you do?\nASK: act, one line\nYou wrote: {act}\nAnything else?\nASK: more, "
    "one line\nThanks.\nFINISH: done\n";

const std::string kRest =
    "# Rest\nDraft: test\n\n## Hold\nHolding.\nWAIT: 20 minutes\nBack again. Ready?\nASK: ready, one line\nFine.\n"
    "FINISH: done\n";

const std::string kPromise =
    "# Promise\nDraft: x\n\n## A\nWhat will you do?\nASK: amend, one line\nFOLLOW UP: after 1 day, with amend: check\n"
    "Bye.\nFINISH: done\n";

const std::string kCheck =
    "# Check\nDraft: x\nGiven: amend\n\n## A\nYou planned: {amend}\nDid it happen?\nASK: did, one line\nNoted.\n"
    "FINISH: done\n";

const std::string kMinor =
    "# Minor\nDraft: x\n\n## One\nThis is for adults. Are you safe?\n* Yes\n* I'm an adult {#adult}\nFINISH: clear\n"
    "END\nFINISH: minor\n";

const char* const kUnclear = "I don't want to wake up tomorrow";

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// Gives a stored conversation a state that cannot be read or, if that is empty, a revision that is not there.
void spoil(TestBot& bot, engine::ConversationId id, const std::string& state) {
    bot.store().begin();
    auto conversation = *bot.store().conversation(id);
    if (state.empty()) {
        conversation.revision = std::string(64, '0');
    } else {
        conversation.state = state;
    }
    bot.store().save(conversation);
    bot.store().commit();
    bot.restart();
}

engine::Inbound from(const std::string& handle, const std::string& key, const std::string& text) {
    engine::Inbound inbound;
    inbound.handle = handle;
    inbound.key = key;
    inbound.text = text;
    return inbound;
}

/// All that channels are to deliver, a line for each bubble.
std::string written(const std::vector<engine::Output>& outputs) {
    std::string text;
    for (const engine::Output& output : outputs) {
        const auto* send = std::get_if<engine::Send>(&output);
        if (!send) continue;
        for (const dialog::RenderedBubble& bubble : send->message.bubbles) text += bubble.text + "\n";
    }
    return text;
}

/// Their first script begins.
Reply joins(TestBot& bot, const std::string& handle) {
    engine::Inbound inbound = from(handle, "join " + handle, {});
    inbound.kind = engine::Inbound::Kind::joined;
    return reply_of(bot.run(engine::Batch{"matrix", "s0", {inbound}}));
}

std::vector<Reply> replies(const std::vector<engine::Output>& outputs) {
    std::vector<Reply> all;
    for (const engine::Output& output : outputs) {
        if (const auto* reply = std::get_if<Reply>(&output)) all.push_back(*reply);
    }
    return all;
}

}  // namespace

TEST_CASE("the wish to be erased outlives a failure between the commit and the keys", "[engine][erase]") {
    TestBot bot({{"welcome", kAct}});
    const Reply hello = bot.hello("phone");
    bot.say("phone", "I shouted");
    const auto asked = bot.say("phone", "delete");
    const auto keys = [&](const char* sql) {
        store::Database(bot.folder() / "keys.db", store::Database::Mode::write).execute(sql);
    };
    keys("CREATE TRIGGER no BEFORE DELETE ON keys BEGIN SELECT RAISE(ABORT, 'the disk is full'); END");
    REQUIRE_THROWS_AS(bot.press("phone", ask_of(asked), {"erase"}), engine::StoreError);
    bot.restart();
    REQUIRE(bot.store().person(hello.person));
    keys("DROP TRIGGER no");
    bot.tick();
    REQUIRE_FALSE(bot.store().person(hello.person));
}

TEST_CASE("scripts published in a batch that is undone are published when it runs again", "[engine][publish]") {
    TestBot bot({{"welcome", kAct}});
    const Reply a = bot.hello("a");
    spoil(bot, bot.store().hot(a.person).focus, "");
    dialog::CompiledSet set = dialog::compile_all({{"dialogs/welcome.script", kRest}}, {{"en", english()}});
    const std::string hash = set.revisions.at(0)->hash;
    std::vector<engine::Request> requests;
    requests.push_back({1, engine::Publish{std::move(set.revisions)}});
    requests.push_back({2, bot.message("a", 1, "I shouted")});
    (void)bot.core().run(std::move(requests));
    REQUIRE(bot.core().counters().failed_turns > 0);
    REQUIRE(bot.store().revision(hash));
    REQUIRE(has(said(bot.hello("b")), "Holding."));
    bot.restart();
    REQUIRE(bot.hello("b").code == Reply::Code::ok);
}

TEST_CASE("what is stored of one person cannot be read: they are told, and nobody else notices", "[engine][core]") {
    TestBot bot({{"welcome", kAct}});
    const Reply a = bot.hello("a");
    bot.hello("b");
    spoil(bot, bot.store().hot(a.person).focus, R"({"format":99})");
    REQUIRE(reply_of(bot.say("a", "I shouted")).code == Reply::Code::failed);
    REQUIRE(bot.hello("a").code == Reply::Code::failed);
    REQUIRE(reply_of(bot.run(engine::GetHistory{a.person, 0, 20})).code == Reply::Code::failed);
    bot.hello("b");
    REQUIRE(has(said(bot.say("b", "I lied")), "You wrote: I lied"));
}

TEST_CASE("inbounds whose turns fail are kept, and stop and lose nothing else of their batch", "[engine][core]") {
    TestBot bot({{"welcome", kAct}});
    const Reply a = joins(bot, "@a");
    const Reply b = joins(bot, "@b");
    joins(bot, "@c");
    const auto focus = bot.store().hot(a.person).focus;
    const std::string good = bot.store().conversation(focus)->state;
    spoil(bot, focus, R"({"format":99})");
    spoil(bot, bot.store().hot(b.person).focus, "");
    const engine::Batch batch{"matrix",
                              "s1",
                              {from("@a", "$1", "I shouted"), from("@b", "$2", "I lied"), from("@c", "$3", "I hid it")},
                              {{"room:a", "one"}}};

    std::vector<Reply::Code> codes;
    for (const Reply& reply : replies(bot.run(batch))) codes.push_back(reply.code);
    REQUIRE(codes == std::vector{Reply::Code::failed, Reply::Code::failed, Reply::Code::ok});
    REQUIRE(bot.store().cursor("matrix") == "s1");
    REQUIRE(bot.store().channel_rows("matrix").size() == 1);
    REQUIRE(bot.store().pending_inbox(10).size() == 2);
    REQUIRE(replies(bot.run(batch))[0].code == Reply::Code::again);

    spoil(bot, focus, good);
    REQUIRE(has(written(bot.tick()), "You wrote: I shouted"));
}

TEST_CASE("words of a turn that failed go when they are deleted, before it is tried again and after",
          "[engine][core]") {
    TestBot bot({{"welcome", kAct}});
    const Reply a = joins(bot, "@a");
    const auto focus = bot.store().hot(a.person).focus;
    const std::string good = bot.store().conversation(focus)->state;
    spoil(bot, focus, R"({"format":99})");
    (void)bot.run(engine::Batch{"matrix", "s1", {from("@a", "$1", "I shouted")}});
    const engine::WordsRef kept = bot.store().hot(a.person).last_words;
    REQUIRE(bot.store().words(kept) == "I shouted");
    spoil(bot, focus, good);
    engine::Inbound deleted = from("@a", "$2", {});
    deleted.kind = engine::Inbound::Kind::withdrawn;
    deleted.target = "$1";
    SECTION("before") {
        REQUIRE_FALSE(has(written(bot.run(engine::Batch{"matrix", "s2", {deleted}})), "You wrote"));
    }
    SECTION("after") {
        REQUIRE(has(written(bot.tick()), "You wrote: I shouted"));
        const engine::WordsRef said = bot.store().hot(a.person).last_words;
        (void)bot.run(engine::Batch{"matrix", "s2", {deleted}});
        REQUIRE_FALSE(bot.store().words(said));
    }
    REQUIRE_FALSE(bot.store().words(kept));
}

TEST_CASE("a message that cannot be written out any more does not keep its channel from beginning", "[engine][core]") {
    TestBot bot({{"welcome", kAct}});
    const Reply a = joins(bot, "@a");
    joins(bot, "@b");
    spoil(bot, bot.store().hot(a.person).focus, R"({"format":99})");
    const auto outputs = bot.run(engine::OpenChannel{"matrix"});
    REQUIRE(reply_of(outputs).code == Reply::Code::ok);
    REQUIRE(reply_of(outputs).text == "s0");
    std::vector<std::string> handles;
    for (const engine::Output& output : outputs) {
        if (const auto* send = std::get_if<engine::Send>(&output)) handles.push_back(send->handle);
    }
    REQUIRE(handles == std::vector<std::string>{"@b"});
    REQUIRE(bot.store().pending_outbox("matrix").size() == 2);
}

TEST_CASE("somebody who cannot leave a conversation of several that cannot be read is erased all the same",
          "[engine][erase]") {
    TestBot bot({{"welcome", "# W\nDraft: x\n\n## A\nBegin?\nASK: yes or no\nBEGIN: talk\n"},
                 {"talk",
                  "# Talk\nDraft: x\nPeople: starter, partner\n\n## Alone\nFOR: each, alone\nWhat did you do?\nASK: "
                  "act, one line\nFINISH: done\n"}});
    const Reply a = bot.hello("a");
    const Reply b = bot.hello("b");
    bot.say("a", "yes");
    spoil(bot, bot.store().seats(a.person).at(0).conversation, R"({"format":99,"lanes":[]})");
    REQUIRE(reply_of(bot.run(engine::ErasePerson{{std::to_string(a.person.value)}})).code == Reply::Code::ok);
    REQUIRE_FALSE(bot.store().person(a.person));
    REQUIRE(bot.store().person(b.person));
}

TEST_CASE("danger in a turn that failed is answered when the turn is tried again", "[engine][core][safety]") {
    TestBot bot({{"welcome", kAct}});
    const Reply a = bot.hello("a");
    const auto focus = bot.store().hot(a.person).focus;
    const std::string good = bot.store().conversation(focus)->revision;
    spoil(bot, focus, "");
    REQUIRE(reply_of(bot.say("a", kUnclear)).code == Reply::Code::failed);
    REQUIRE(bot.store().pending_inbox(10).at(0).person == a.person);
    bot.store().begin();
    auto conversation = *bot.store().conversation(focus);
    conversation.revision = good;
    bot.store().save(conversation);
    bot.store().commit();
    bot.restart();
    bot.hello("a", 1);
    REQUIRE(has(said(bot.hello("a", 1)), "One check: check-self?"));
}

TEST_CASE("a break that ended while it was paused is over when it is taken up again", "[engine][timers]") {
    TestBot bot({{"welcome", kRest}});
    bot.hello("phone");
    bot.say("phone", "pause");
    SECTION("its time has passed") {
        const auto offered = bot.advance(20min);
        REQUIRE(has(said(offered), "Something is ready."));
        REQUIRE(has(said(bot.press("phone", ask_of(offered), {"now"})), "Back again. Ready?"));
    }
    SECTION("its time is still to come") {
        const auto offered = bot.say("phone", "hi");
        const auto back = bot.press("phone", ask_of(offered), {"now"});
        REQUIRE(has(said(back), "I'm holding this until"));
        REQUIRE(has(said(bot.advance(20min)), "Back again. Ready?"));
    }
}

TEST_CASE("an offer that nobody answers loses nothing", "[engine][timers]") {
    TestBot bot({{"welcome", kPromise}, {"check", kCheck}});
    bot.hello("phone");
    bot.say("phone", "fix the door");
    const auto offered = bot.advance(24h);
    REQUIRE(has(said(offered), "Something is ready."));
    bot.say("phone", "pause");
    const auto again = bot.say("phone", "hi");
    REQUIRE(has(said(again), "Something is ready."));
    REQUIRE(has(said(bot.press("phone", ask_of(again), {"now"})), "You planned: fix the door"));
}

TEST_CASE("a device whose person has answered anything is not linked over them", "[engine][codes]") {
    const std::string ready = "# W\nDraft: x\n\n## A\nReady?\n* Yes\nEND\nFINISH: done\n";
    TestBot bot({{"welcome", ready}});
    const Reply phone = bot.hello("phone");
    const Reply laptop = bot.hello("laptop");
    const Reply code = reply_of(bot.run(engine::MakeCode{phone.identity}));
    SECTION("a button counts") {
        bot.press("laptop", ask_of(laptop), {"yes"});
        REQUIRE(reply_of(bot.run(engine::UseCode{laptop.identity, code.text})).code == Reply::Code::has_history);
        REQUIRE(bot.store().person(laptop.person));
    }
    SECTION("its other windows are told that it is linked, before the empty person is gone") {
        const auto outputs = bot.run(engine::UseCode{laptop.identity, code.text});
        std::vector<engine::Close::Why> whys;
        for (const auto& output : outputs) {
            if (const auto* close = std::get_if<engine::Close>(&output)) whys.push_back(close->why);
        }
        REQUIRE(whys == std::vector{engine::Close::Why::linked, engine::Close::Why::erased});
        REQUIRE_FALSE(bot.store().person(laptop.person));
    }
}

TEST_CASE("a young person who does not answer is erased; an adult who was misread is not", "[engine][safety]") {
    TestBot bot({{"welcome", kAct}, {"stop-minor", kMinor}});
    const Reply hello = bot.hello("phone");
    bot.say("phone", "I shouted");
    const auto asked = bot.say("phone", "I'm 14");
    REQUIRE(has(said(asked), "This is for adults."));
    SECTION("silent") {
        bot.advance(59min);
        REQUIRE(bot.store().person(hello.person));
        bot.advance(1min);
        REQUIRE_FALSE(bot.store().person(hello.person));
    }
    SECTION("leaves") {
        bot.say("phone", "exit");
        bot.advance(1h);
        REQUIRE_FALSE(bot.store().person(hello.person));
    }
    SECTION("asks for help meanwhile, and stays a minor") {
        bot.say("phone", "help");
        bot.advance(1h);
        REQUIRE_FALSE(bot.store().person(hello.person));
    }
    SECTION("an adult") {
        bot.press("phone", ask_of(asked), {"adult"});
        bot.advance(2h);
        REQUIRE(bot.store().person(hello.person));
    }
}

TEST_CASE("nobody is asked the same check a third time in a day", "[engine][safety]") {
    TestBot bot({{"welcome", kAct}});
    bot.hello("phone");
    for (int i = 0; i < 2; ++i) {
        const auto check = bot.say("phone", kUnclear);
        REQUIRE(has(said(check), "One check: check-self?"));
        SECTION("what is typed at a check answers it: " + std::to_string(i)) {
            const auto answered = bot.say("phone", kUnclear);
            REQUIRE_FALSE(has(said(answered), "What did you do?"));
            REQUIRE(ask_of(answered) == ask_of(check));
        }
        REQUIRE(has(said(bot.say("phone", "fine")), "What did you do?"));
    }
    const auto third = bot.say("phone", kUnclear);
    REQUIRE_FALSE(has(said(third), "One check"));
    REQUIRE(has(said(third), "type help"));
    bot.clock.advance(24h);
    bot.say("phone", "pause");
    bot.say("phone", "hi");
    REQUIRE(has(said(bot.say("phone", kUnclear)), "One check: check-self?"));
}

TEST_CASE("a safety check is not passed by starting over, and stopping at it points to help", "[engine][safety]") {
    TestBot bot({{"welcome", kAct}});
    bot.hello("phone");
    bot.say("phone", kUnclear);
    SECTION("start over") {
        REQUIRE_FALSE(has(said(bot.say("phone", "start over")), "From the beginning"));
    }
    SECTION("stop") {
        REQUIRE(has(said(bot.say("phone", "stop")), "type help"));
    }
}

TEST_CASE("help is answered however often it is asked for", "[engine][safety]") {
    TestBot bot({{"welcome", kAct},
                 {"help", "# Help\nDraft: x\n\n## One\nWhich country?\nASK: land, one line\nFINISH: clear\n"}});
    bot.hello("phone");
    for (int i = 0; i < 30; ++i) REQUIRE_FALSE(said(bot.say("phone", "help")).empty());
}

TEST_CASE("what comes between leaves a question its reminders and its end", "[engine][timers]") {
    const std::string waits =
        "# W\nDraft: x\n\n## A\nFirst?\nASK: first, one line\nStill there?\nASK: act, one line, up to 1 day\nREMIND: "
        "after 1 hour: A reminder.\nIF NOT: Late\nGood.\nFINISH: done\n\n## Late\nToo late.\nFINISH: late\n";
    TestBot bot({{"welcome", waits}});
    bot.hello("phone");
    bot.say("phone", "here");
    SECTION("help") {
        bot.say("phone", "help");
    }
    SECTION("back and on again") {
        bot.say("phone", "back");
        bot.say("phone", "here again");
    }
    REQUIRE(said(bot.advance(1h)) == "A reminder.\n");
    REQUIRE(has(said(bot.advance(24h)), "Too late."));
}

TEST_CASE("a question with an end but no step for it is left like one that is skipped", "[engine][timers]") {
    const std::string ends =
        "# E\nDraft: x\n\n## A\nHow much?\nASK: heat, from 0 to 10, up to 2 hours\nOn we go.\nFINISH: done\n";
    TestBot bot({{"welcome", ends}});
    bot.hello("phone");
    REQUIRE(said(bot.advance(2h)) == "On we go.\n");
}

TEST_CASE("a break ends when it was to end, whatever is said in it", "[engine][timers]") {
    TestBot bot({{"welcome", kRest}});
    bot.hello("phone");
    bot.advance(10min);
    SECTION("help") {
        bot.say("phone", "help");
    }
    SECTION("a doubt") {
        REQUIRE(has(said(bot.say("phone", "I don't know")), "I'm holding this until"));
    }
    REQUIRE(said(bot.advance(9min)).empty());
    REQUIRE(has(said(bot.advance(1min)), "Back again. Ready?"));
}

TEST_CASE("starting over keeps what was handed in", "[engine]") {
    TestBot bot({{"welcome", kPromise}, {"check", kCheck}});
    bot.hello("phone");
    bot.say("phone", "fix the door");
    const auto offered = bot.advance(24h);
    bot.press("phone", ask_of(offered), {"now"});
    REQUIRE(has(said(bot.say("phone", "start over")), "You planned: fix the door"));
}

}  // namespace test_mishaps
