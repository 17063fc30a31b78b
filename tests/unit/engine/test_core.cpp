#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/test_bot.hpp"

namespace test_core {

using namespace reweave;
using namespace reweave::tests;
using namespace std::chrono_literals;
using engine::Reply;

namespace {

const std::string kTalk =
    "# Talk\nDraft: test\n\n## Act\nWhat did you do?\nASK: act, one line\n\n## Why\nYou wrote: {act}\nHow much was "
    "yours?\n"
    "* Part of it\nGood.\n* None of it\nAll right.\nEND\n\n## Last\nAnything else?\nASK: more, one "
    "line\nThanks.\nFINISH: done\n";

const std::string kWait =
    "# Wait\nDraft: test\n\n## Hold\nHolding.\nWAIT: 20 minutes\nBack again. Ready?\nASK: ready, one line, up to 1 "
    "day\n"
    "REMIND: after 2 hours: Still here.\nIF NOT: Too late\nFine.\nFINISH: done\n\n## Too late\nToo late now.\nFINISH: "
    "late\n";

template <class T>
std::size_t count(const std::vector<engine::Output>& outputs) {
    std::size_t n = 0;
    for (const engine::Output& output : outputs) n += std::holds_alternative<T>(output) ? 1U : 0U;
    return n;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a new device makes a person and begins the first script; a known one gets only what it has not seen",
          "[engine][core]") {
    TestBot bot({{"welcome", kTalk}});
    const Reply first = bot.hello("phone");
    REQUIRE(first.code == Reply::Code::ok);
    REQUIRE(first.created);
    REQUIRE(first.seq == 1);
    REQUIRE(said(first) == "What did you do?\n");

    const Reply again = bot.hello("phone", 1);
    REQUIRE_FALSE(again.created);
    REQUIRE(again.person == first.person);
    REQUIRE(again.messages.empty());
    REQUIRE(bot.hello("phone", 0).messages.size() == 1);
    REQUIRE(bot.hello("other").person != first.person);
}

TEST_CASE("a turn answers with the person's own words, which stand in the store by reference only", "[engine][core]") {
    TestBot bot({{"welcome", kTalk}});
    const Reply hello = bot.hello("phone");
    const auto outputs = bot.say("phone", "I slammed the marker-7431 door");
    REQUIRE(reply_of(outputs).code == Reply::Code::ok);
    REQUIRE(has(said(outputs), "You wrote: I slammed the marker-7431 door"));

    const auto hot = bot.store().hot(hello.person);
    const auto event = bot.store().event(hot.last_event);
    REQUIRE(event);
    REQUIRE_FALSE(has(event->body, "marker-7431"));
    REQUIRE_FALSE(has(bot.store().conversation(hot.focus)->state, "marker-7431"));
}

TEST_CASE("an inbound that comes twice takes effect once, also after a restart", "[engine][core]") {
    TestBot bot({{"welcome", kTalk}});
    const Reply hello = bot.hello("phone");
    REQUIRE(reply_of(bot.run(bot.message("phone", 5, "I shouted"))).code == Reply::Code::ok);
    const auto repeated = bot.run(bot.message("phone", 5, "I shouted"));
    REQUIRE(reply_of(repeated).code == Reply::Code::again);
    REQUIRE(count<engine::Deliver>(repeated) == 0);
    bot.restart();
    REQUIRE(reply_of(bot.run(bot.message("phone", 5, "I shouted"))).code == Reply::Code::again);
    REQUIRE(bot.store().hot(hello.person).seq == 2);
}

TEST_CASE("only what was taken is called a repeat: a number that was passed over must be given anew",
          "[engine][core]") {
    TestBot bot({{"welcome", kTalk}});
    bot.hello("phone");
    REQUIRE(reply_of(bot.run(bot.message("phone", 5, "I shouted"))).code == Reply::Code::ok);
    REQUIRE(reply_of(bot.run(bot.message("phone", 9, "some of it"))).code == Reply::Code::ok);
    bot.restart();
    REQUIRE(reply_of(bot.run(bot.message("phone", 5, "I shouted"))).code == Reply::Code::again);
    const auto passed_over = bot.run(bot.message("phone", 7, "never taken"));
    REQUIRE(reply_of(passed_over).code == Reply::Code::not_rising);
    REQUIRE(count<engine::Deliver>(passed_over) == 0);
    REQUIRE(reply_of(bot.run(bot.message("phone", 10, "never taken"))).code == Reply::Code::ok);
}

TEST_CASE("a batch of another channel moves its cursor with its inbounds, and knows each key once", "[engine][core]") {
    TestBot bot({{"welcome", kTalk}});
    engine::Inbound inbound;
    inbound.handle = "@ana:example.org";
    inbound.kind = engine::Inbound::Kind::joined;
    inbound.key = "$1";
    engine::Inbound text = inbound;
    text.kind = engine::Inbound::Kind::text;
    text.key = "$2";
    text.text = "I shouted";
    const auto outputs = bot.run(engine::Batch{"matrix", "s12", {inbound, text}});
    REQUIRE(bot.store().cursor("matrix") == "s12");
    REQUIRE(count<engine::Send>(outputs) == 2);

    const auto repeated = bot.run(engine::Batch{"matrix", "s12", {inbound, text}});
    REQUIRE(count<engine::Send>(repeated) == 0);
    REQUIRE(reply_of(repeated).code == Reply::Code::again);
}

TEST_CASE("an outbound stays in the outbox with the channel's message id until its delivery is told",
          "[engine][core]") {
    TestBot bot({{"welcome", kTalk}});
    engine::Inbound inbound;
    inbound.handle = "@ana:example.org";
    inbound.kind = engine::Inbound::Kind::joined;
    inbound.key = "$1";
    const auto outputs = bot.run(engine::Batch{"matrix", "s1", {inbound}});
    const auto send = std::get<engine::Send>(outputs.back());
    bot.restart();
    const auto resent = bot.run(engine::OpenChannel{"matrix"});
    REQUIRE(resent.size() == 2);
    REQUIRE(std::get<Reply>(resent[0]).text == "s1");
    REQUIRE(std::get<engine::Send>(resent[1]).outbox == send.outbox);
    REQUIRE(std::get<engine::Send>(resent[1]).message.bubbles[0].text == "What did you do?");

    (void)bot.run(engine::Delivered{send.outbox, engine::Delivered::Result::retry, "", 30s});
    REQUIRE(count<engine::Send>(bot.run(engine::OpenChannel{"matrix"})) == 1);
    (void)bot.run(engine::Delivered{send.outbox, engine::Delivered::Result::sent, "$event", {}});
    REQUIRE(count<engine::Send>(bot.run(engine::OpenChannel{"matrix"})) == 0);
    REQUIRE(bot.store().outbox(send.outbox)->channel_message == "$event");
}

TEST_CASE("buttons answer the question they were shown with and no other", "[engine][core]") {
    TestBot bot({{"welcome", kTalk}});
    bot.hello("phone");
    const std::string ask = ask_of(bot.say("phone", "I shouted"));
    REQUIRE(reply_of(bot.press("phone", ask, {"made-up"})).code == Reply::Code::bad_pick);
    REQUIRE(reply_of(bot.press("phone", "1", {"part-of-it"})).code == Reply::Code::unknown_ask);
    const auto pressed = bot.press("phone", ask, {"part-of-it"});
    REQUIRE(reply_of(pressed).code == Reply::Code::ok);
    REQUIRE(said(pressed) == "Good.\nAnything else?\n");
    REQUIRE(std::get<engine::Deliver>(pressed.back()).message.you_picks == std::vector<std::string>{"Part of it"});
    REQUIRE(reply_of(bot.press("phone", ask, {"part-of-it"})).code == Reply::Code::stale_ask);
}

TEST_CASE("a turn that throws undoes itself alone, is told plainly, and is set aside after three tries",
          "[engine][core]") {
    Scripts scripts{{"welcome", kTalk}};
    TestBot bot(scripts);
    const Reply a = bot.hello("a");
    const Reply b = bot.hello("b");
    // A state that cannot be read makes every turn of that conversation throw.
    bot.store().begin();
    auto conversation = *bot.store().conversation(bot.store().hot(a.person).focus);
    conversation.revision = std::string(64, '0');
    bot.store().save(conversation);
    bot.store().commit();
    bot.restart();
    bot.hello("b", 1);

    std::vector<engine::Request> requests;
    requests.push_back({1, bot.message("a", 1, "I shouted")});
    requests.push_back({2, bot.message("b", 1, "I lied")});
    const auto outputs = bot.core().run(std::move(requests));
    REQUIRE(std::get<Reply>(outputs[0]).code == Reply::Code::failed);
    REQUIRE(bot.store().hot(b.person).seq == 2);
    REQUIRE(has(said(outputs), "You wrote: I lied"));
    REQUIRE(bot.store().pending_inbox(10).size() == 1);
    REQUIRE(reply_of(bot.run(bot.message("a", 1, "I shouted"))).code == Reply::Code::again);

    bot.advance(1min);
    REQUIRE(bot.store().pending_inbox(10).empty());
    REQUIRE(bot.core().counters().set_aside == 1);
    REQUIRE(reply_of(bot.run(bot.message("b", 2, "more"))).code == Reply::Code::ok);
}

TEST_CASE("a timer fires once, late rather than never, and not when its wait is over", "[engine][core]") {
    TestBot bot({{"welcome", kWait}});
    bot.hello("phone");
    SECTION("at its time, once") {
        REQUIRE(bot.advance(19min).empty());
        REQUIRE(said(bot.advance(1min)) == "Back again. Ready?\n");
        REQUIRE(bot.advance(1min).empty());
    }
    SECTION("late, after the bot was down") {
        bot.clock.advance(3h);
        bot.restart();
        (void)bot.tick();
        REQUIRE(has(said(bot.hello("phone", 1)), "Back again. Ready?"));
        REQUIRE(bot.tick().empty());
    }
    SECTION("not after the person has gone on by themselves") {
        REQUIRE(has(said(bot.say("phone", "what?")), "I'm holding this until"));
        REQUIRE(said(bot.say("phone", "now")) == "Back again. Ready?\n");
        REQUIRE(said(bot.advance(30min)).empty());
    }
}

TEST_CASE("reminders come within allowed hours, and a time-out leads where the script says", "[engine][core]") {
    TestBot bot({{"welcome", kWait}});
    bot.hello("phone");
    bot.advance(20min);  // asked at 10:20
    REQUIRE(said(bot.advance(2h)) == "Still here.\n");
    REQUIRE(has(said(bot.advance(24h)), "Too late now."));

    TestBot night({{"welcome", kWait}});
    night.clock.advance(8h);  // 18:00
    night.hello("phone");
    night.advance(20min);
    REQUIRE(said(night.advance(5h)).empty());  // due at 20:20, after hours
    REQUIRE(has(said(night.advance(10h)), "Still here."));
}

TEST_CASE("a follow-up waits for a quiet moment and is offered, later or not at all", "[engine][core]") {
    TestBot bot({{"welcome",
                  "# W\nDraft: x\n\n## A\nWhat will you do?\nASK: amend, one line\nFOLLOW UP: after 2 days, with "
                  "amend: check\nBye.\nFINISH: done\n"},
                 {"check",
                  "# Check\nDraft: x\nMinutes: 3\nGiven: amend\n\n## A\nYou planned: {amend}\nDid it happen?\nASK: "
                  "did, one line\nNoted.\nFINISH: done\n"}});
    bot.hello("phone");
    bot.say("phone", "fix the door");
    const auto offered = bot.advance(48h);
    REQUIRE(has(said(offered), "Something is ready."));
    SECTION("now") {
        const auto begun = bot.press("phone", ask_of(offered), {"now"});
        REQUIRE(has(said(begun), "This script is a draft"));
        REQUIRE(has(said(begun), "You planned: fix the door"));
        REQUIRE(has(said(bot.say("phone", "yes it did")), "Noted."));
    }
    SECTION("later") {
        bot.press("phone", ask_of(offered), {"later"});
        REQUIRE(has(said(bot.advance(25h)), "Something is ready."));
    }
    SECTION("not at all") {
        bot.press("phone", ask_of(offered), {"not-at-all"});
        REQUIRE(said(bot.advance(72h)).empty());
        REQUIRE(has(said(bot.say("phone", "hello")), "This is the menu."));
    }
}

TEST_CASE("pause keeps the place, and the conversation is offered again", "[engine][core]") {
    TestBot bot({{"welcome", kTalk}});
    bot.hello("phone");
    bot.say("phone", "I shouted");
    REQUIRE(has(said(bot.say("phone", "pause")), "Paused."));
    const auto offered = bot.say("phone", "hi");
    REQUIRE(said(offered) == "Something is ready.\n");
    const auto back = bot.press("phone", ask_of(offered), {"now"});
    REQUIRE(has(said(back), "How much was yours?"));
    REQUIRE(has(said(bot.press("phone", ask_of(back), {"none-of-it"})), "All right."));
}

TEST_CASE("help stands between and leads back to the open question", "[engine][core]") {
    TestBot bot({{"welcome", kTalk}});
    bot.hello("phone");
    const auto help = bot.say("phone", "help");
    REQUIRE(has(said(help), "Here is help."));
    REQUIRE(has(said(help), "What did you do?"));
    REQUIRE(has(said(bot.say("phone", "I shouted")), "You wrote: I shouted"));
}

TEST_CASE("clear danger stops the script, keeps no words and cancels what was planned", "[engine][core][safety]") {
    TestBot bot({{"welcome", kWait}});
    const Reply hello = bot.hello("phone");
    const auto stopped = bot.say("phone", "I want to kill myself");
    REQUIRE(has(said(stopped), "Stopping here: stop-self-harm."));
    REQUIRE_FALSE(std::get<engine::Deliver>(stopped.back()).message.you_text);
    REQUIRE(bot.store().hot(hello.person).last_words.id == 0);
    REQUIRE(bot.store().timers(hello.person).empty());
    REQUIRE(said(bot.advance(48h)).empty());
    const auto events = bot.store().safety_events();
    REQUIRE(events.size() == 1);
    REQUIRE(events[0].action == "stop-self-harm");
    REQUIRE(bot.store().person(hello.person)->joint_locked_until > bot.clock.now());
}

TEST_CASE("an unclear sign is asked about once: fine leads back, a risk ends the script", "[engine][core][safety]") {
    TestBot bot({{"welcome", kTalk}});
    bot.hello("phone");
    const auto check = bot.say("phone", "I don't want to wake up tomorrow");
    REQUIRE(has(said(check), "One check: check-self?"));
    SECTION("fine") {
        REQUIRE(has(said(bot.press("phone", ask_of(check), {"fine"})), "What did you do?"));
    }
    SECTION("not fine") {
        bot.press("phone", ask_of(check), {"not-fine"});
        REQUIRE(has(said(bot.say("phone", "hello")), "This is the menu."));
    }
}

TEST_CASE("delete asks once, then erases everything and says goodbye to every device", "[engine][core]") {
    TestBot bot({{"welcome", kTalk}});
    const Reply hello = bot.hello("phone");
    bot.say("phone", "I shouted");
    const auto asked = bot.say("phone", "delete");
    REQUIRE(has(said(asked), "Erase it all?"));
    SECTION("no") {
        const auto kept = bot.press("phone", ask_of(asked), {"keep"});
        REQUIRE(has(said(kept), "How much was yours?"));
        REQUIRE(bot.store().person(hello.person));
    }
    SECTION("yes") {
        const auto last = bot.store().hot(hello.person).last_words;
        const auto erased = bot.press("phone", ask_of(asked), {"erase"});
        REQUIRE(count<engine::Close>(erased) == 1);
        REQUIRE_FALSE(bot.store().person(hello.person));
        REQUIRE_FALSE(bot.store().words(last));
        REQUIRE(bot.hello("phone").created);
    }
    SECTION("yes, with more on its way") {
        engine::Batch batch = bot.message("phone", 100, "");
        batch.inbounds[0].kind = engine::Inbound::Kind::choice;
        batch.inbounds[0].ask = ask_of(asked);
        batch.inbounds[0].picks = {"erase"};
        batch.inbounds.push_back(bot.message("phone", 101, "one more thing").inbounds[0]);
        const auto outputs = bot.run(std::move(batch));
        REQUIRE(count<engine::Deliver>(outputs) == 1);
        REQUIRE(std::get<Reply>(outputs.at(0)).code == Reply::Code::ok);
        REQUIRE(std::get<Reply>(outputs.at(2)).code == Reply::Code::unknown_identity);
    }
}

TEST_CASE("exit ends the session of that device and keeps the conversation for the others", "[engine][core]") {
    TestBot bot({{"welcome", kTalk}});
    bot.hello("phone");
    const auto left = bot.say("phone", "exit");
    REQUIRE(count<engine::Close>(left) == 1);
    REQUIRE(bot.hello("phone").code == Reply::Code::unknown_identity);
}

TEST_CASE("a code lets a second device in once; wrong ones are counted", "[engine][core]") {
    TestBot bot({{"welcome", kTalk}});
    const Reply phone = bot.hello("phone");
    bot.say("phone", "I shouted");
    const Reply laptop = bot.hello("laptop");
    const Reply code = reply_of(bot.run(engine::MakeCode{phone.identity}));
    REQUIRE(code.text.size() == 14);

    SECTION("once, and the other devices are told") {
        std::string typed;
        for (const char c : code.text) typed += c == '-' ? ' ' : static_cast<char>(std::tolower(c));
        const auto used = bot.run(engine::UseCode{laptop.identity, typed});
        REQUIRE(reply_of(used).person == phone.person);
        REQUIRE(has(said(used), "Another device was just linked"));
        REQUIRE(bot.hello("laptop").messages.size() == 3);
        REQUIRE_FALSE(bot.store().person(laptop.person));
        const Reply third = bot.hello("third");
        REQUIRE(reply_of(bot.run(engine::UseCode{third.identity, code.text})).code == Reply::Code::bad_code);
    }
    SECTION("who opens a link where they are already changes nothing, and another device can use it") {
        (void)bot.hello("phone");  // in another tab
        for (int i = 0; i < 6; ++i)
            REQUIRE(reply_of(bot.run(engine::UseCode{phone.identity, code.text})).person == phone.person);
        REQUIRE(reply_of(bot.run(engine::UseCode{laptop.identity, code.text})).person == phone.person);
        bot.run(engine::Gone{laptop.person});
        bot.run(engine::Gone{phone.person});
        REQUIRE(count<engine::Deliver>(bot.say("phone", "and left")) > 0);
    }
    SECTION("not once the device that showed it was left") {
        bot.say("phone", "exit");
        REQUIRE(reply_of(bot.run(engine::UseCode{laptop.identity, code.text})).code == Reply::Code::bad_code);
    }
    SECTION("not once there is a newer one") {
        const Reply newer = reply_of(bot.run(engine::MakeCode{phone.identity}));
        REQUIRE(reply_of(bot.run(engine::UseCode{laptop.identity, code.text})).code == Reply::Code::bad_code);
        REQUIRE(reply_of(bot.run(engine::UseCode{laptop.identity, newer.text})).code == Reply::Code::ok);
    }
    SECTION("not after ten minutes") {
        bot.clock.advance(10min + 1s);
        REQUIRE(reply_of(bot.run(engine::UseCode{laptop.identity, code.text})).code == Reply::Code::bad_code);
    }
    SECTION("not after five wrong ones") {
        for (int i = 0; i < 5; ++i) {
            REQUIRE(reply_of(bot.run(engine::UseCode{laptop.identity, "AAAA-AAAA-AAAA"})).code ==
                    Reply::Code::bad_code);
        }
        REQUIRE(reply_of(bot.run(engine::UseCode{laptop.identity, code.text})).code == Reply::Code::too_many_tries);
    }
    SECTION("not when this device has a conversation of its own: histories are never merged") {
        bot.say("laptop", "my own words");
        REQUIRE(reply_of(bot.run(engine::UseCode{laptop.identity, code.text})).code == Reply::Code::has_history);
    }
}

TEST_CASE("a conversation goes on on the revision it began with while new ones take the newest", "[engine][core]") {
    TestBot bot({{"welcome", kTalk}});
    bot.hello("old");
    std::string edited = kTalk;
    edited.replace(edited.find("You wrote:"), 10, "You said:");
    bot.publish({{"welcome", edited}});
    bot.hello("new");
    REQUIRE(has(said(bot.say("old", "I shouted")), "You wrote: I shouted"));
    REQUIRE(has(said(bot.say("new", "I shouted")), "You said: I shouted"));
    bot.restart();
    bot.hello("old", 2);
    REQUIRE(has(said(bot.say("old", "part of it")), "Good."));
}

TEST_CASE("an export holds both sides of the conversation, for that person alone", "[engine][core]") {
    TestBot bot({{"welcome", kTalk}});
    const Reply a = bot.hello("a");
    bot.hello("b");
    bot.say("a", "I shouted");
    bot.say("b", "I lied");
    const auto exported =
        nlohmann::json::parse(reply_of(bot.run(engine::ExportPerson{{std::to_string(a.person.value)}})).text);
    REQUIRE(exported["messages"].size() == 2);
    REQUIRE(exported["messages"][1]["you"] == "I shouted");
    REQUIRE(exported["messages"][1]["bot"][0] == "You wrote: I shouted");
    REQUIRE_FALSE(has(exported.dump(), "I lied"));
    REQUIRE(reply_of(bot.run(engine::ExportPerson{{"999"}})).code == Reply::Code::unknown_identity);
}

TEST_CASE("who has been silent for longer than chats are kept is erased", "[engine][core]") {
    engine::CoreOptions options;
    options.keep = std::chrono::days(30);
    TestBot bot({{"welcome", kTalk}}, options);
    const Reply silent = bot.hello("silent");
    bot.clock.advance(29 * 24h);
    bot.hello("busy");
    bot.clock.advance(2 * 24h);
    (void)bot.tick();
    REQUIRE_FALSE(bot.store().person(silent.person));
    REQUIRE_FALSE(bot.hello("busy").created);
}

TEST_CASE("a channel on which people are kept for a shorter time erases those whom it knows, and nobody else",
          "[engine][core]") {
    engine::CoreOptions options;
    options.keep = std::chrono::days(90);
    options.keep_on["discord"] = std::chrono::days(30);
    TestBot bot({{"welcome", kTalk}}, options);
    const auto came = [&bot](const char* channel, const char* handle) { return bot.store().identity(channel, handle); };
    (void)bot.run(engine::Hello{"discord", "silent", {}, {}});
    (void)bot.run(engine::Hello{"matrix", "silent", {}, {}});
    bot.clock.advance(29 * 24h);
    REQUIRE(came("discord", "silent"));
    bot.clock.advance(2 * 24h);
    (void)bot.tick();
    REQUIRE_FALSE(came("discord", "silent"));
    REQUIRE(came("matrix", "silent"));
    bot.clock.advance(60 * 24h);
    (void)bot.tick();
    REQUIRE_FALSE(came("matrix", "silent"));
}

TEST_CASE("history goes back page by page, newest first asked, oldest first given", "[engine][core]") {
    TestBot bot({{"welcome", kTalk}});
    const Reply hello = bot.hello("phone");
    for (int i = 0; i < 8; ++i) bot.say("phone", "back");
    Reply page = reply_of(bot.run(engine::GetHistory{hello.person, 0, 4}));
    REQUIRE(page.messages.size() == 4);
    REQUIRE(page.messages.front().seq == 6);
    REQUIRE(page.messages.back().seq == 9);
    page = reply_of(bot.run(engine::GetHistory{hello.person, 6, 20}));
    REQUIRE(page.messages.size() == 5);
    REQUIRE(page.messages.front().seq == 1);
}

TEST_CASE("what a minor wrote is erased, once they have had time to read who is there for them",
          "[engine][core][safety]") {
    TestBot bot({{"welcome", kTalk},
                 {"stop-minor", "# Minor\nDraft: x\n\n## One\nFor adults.\nHELP LINES: youth\nFINISH: minor\n"}});
    const Reply hello = bot.hello("phone");
    bot.say("phone", "I shouted");
    REQUIRE(has(said(bot.say("phone", "I'm 14")), "For adults."));
    REQUIRE(bot.store().person(hello.person));
    REQUIRE(count<engine::Close>(bot.advance(10min)) == 1);
    REQUIRE_FALSE(bot.store().person(hello.person));
}

TEST_CASE("a first script that ends without a word lets people in", "[engine][core]") {
    const std::string silent = "# Welcome\nDraft: test\n## One\nFINISH: done\n";
    TestBot bot({{"welcome", silent}});
    REQUIRE(bot.hello("ana").person);
}

}  // namespace test_core
