// Several people in one conversation, through the engine and its store: seats, rooms, consent, and all that can come
// between.
#include <functional>

#include "tests/support/catch.hpp"
#include "tests/support/test_bot.hpp"
#include "tests/unit/engine/talk_for_two.hpp"

namespace test_together {

using namespace reweave;
using namespace reweave::engine;
using namespace reweave::tests;
using namespace std::chrono_literals;

namespace {

/// Ana begins, and Ben has come by her code.
class Pair {
 public:
    explicit Pair(CoreOptions options = {}) : bot({{"welcome", kBegins}, {"talk", kTalk}}, std::move(options)) {
        ana = bot.hello("ana").person;
        ben = bot.hello("ben").person;
    }

    /// Ana's part begins; her conversation.
    ConversationId begin() {
        bot.say("ana", "Ana");
        return talk = ConversationId{bot.store().seats(ana).at(0).conversation};
    }
    std::string code() {
        const Reply reply = reply_of(bot.run(MakeInvitation{bot.identity("ana"), talk, {}}));
        REQUIRE(reply.code == Reply::Code::ok);
        return reply.text;
    }
    Reply use(const std::string& device, const std::string& code) {
        return reply_of(bot.run(UseCode{bot.identity(device), code}));
    }
    void join() {
        begin();
        REQUIRE(use("ben", code()).code == Reply::Code::ok);
        bot.say("ben", "yes");
    }
    void prepare(const std::string& who, const std::string& part, const std::string& share) {
        bot.say(who, "yes");
        bot.say(who, part);
        last = bot.say(who, share);
    }
    /// Both are in the room.
    void meet(const std::string& ana_shares = "share it", const std::string& ben_shares = "keep private") {
        join();
        prepare("ana", "I shouted", ana_shares);
        prepare("ben", "I walked out", ben_shares);
    }
    [[nodiscard]] std::string to_ana() const { return said_to(ana, last); }
    [[nodiscard]] std::string to_ben() const { return said_to(ben, last); }
    void in_room(const std::string& who, const std::string& text) { last = bot.say_in(talk, who, text); }
    [[nodiscard]] const Message& newest(PersonId person) const {
        const Message* found = nullptr;
        for (const Output& output : last) {
            const auto* deliver = std::get_if<Deliver>(&output);
            if (deliver && deliver->message.person == person) found = &deliver->message;
        }
        if (!found) throw std::runtime_error("nothing was delivered");
        return *found;
    }

    TestBot bot;
    PersonId ana, ben;
    ConversationId talk;
    std::vector<Output> last;
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("two people meet through the engine, and only what was shared is shown", "[engine][together]") {
    Pair pair;
    pair.meet();
    CHECK(has(pair.to_ben(), "From Ana: \"I shouted\""));
    CHECK(has(pair.to_ben(), "Ana, begin."));
    CHECK(has(pair.to_ana(), "From Ana: \"I shouted\""));
    CHECK_FALSE(has(pair.to_ana(), "walked out"));
    REQUIRE(pair.newest(pair.ana).room);
    CHECK(pair.newest(pair.ana).room->floor_mine);
    CHECK(pair.newest(pair.ana).ask);
    CHECK_FALSE(pair.newest(pair.ben).ask);
    CHECK(pair.newest(pair.ben).room->floor == "Ana");
    pair.in_room("ana", "It was me who began");
    CHECK(has(pair.to_ben(), "Ana: It was me who began"));
    CHECK(pair.newest(pair.ben).ask);
    CHECK_FALSE(pair.newest(pair.ana).heard);
    pair.in_room("ben", "You began");
    CHECK(has(pair.to_ana(), "starter: You began") == false);
    CHECK(has(pair.to_ana(), "partner: You began"));  // Ben was not asked for a name
    pair.in_room("ben", "It hurt");
    pair.in_room("ana", "It hurt you");
    CHECK(has(pair.to_ana(), "How near are you"));
    CHECK(has(pair.to_ben(), "How near are you"));
    CHECK_FALSE(pair.newest(pair.ben).room);
    pair.last = pair.bot.say("ben", "3");
    CHECK(has(pair.to_ben(), "Thank you."));
    CHECK(pair.to_ana().empty());
    pair.bot.say("ana", "7");
    CHECK(pair.bot.store().conversation(pair.talk)->status == Conversation::Status::ended);
    CHECK(pair.bot.core().counters().stopped == 0);
}

TEST_CASE("everything goes on after a restart at any moment", "[engine][together]") {
    Pair pair;
    const auto restart = [&] {
        pair.bot.restart();
        (void)pair.bot.hello("ana", 1000);
        (void)pair.bot.hello("ben", 1000);
    };
    pair.join();
    restart();
    pair.prepare("ana", "I shouted", "share it");
    restart();
    pair.prepare("ben", "I walked out", "share it");
    restart();
    pair.in_room("ana", "Me first");
    CHECK(has(pair.to_ben(), "Ana: Me first"));
    restart();
    pair.in_room("ben", "You first");
    restart();
    const Reply back = pair.bot.hello("ana", 0);
    REQUIRE(back.rooms.size() == 1);
    CHECK(back.rooms.front().others == std::vector<std::string>{"partner"});
    CHECK(has(said(back), "From partner: \"I walked out\""));
}

TEST_CASE("consents are kept: who, what exactly, when, taken back and shown", "[engine][together]") {
    Pair pair;
    pair.join();
    pair.bot.say("ana", "yes");
    pair.bot.say("ana", "I shouted");
    pair.bot.say("ana", "change it");
    pair.bot.say("ana", "I raised my voice");
    pair.bot.say("ana", "share it");
    const auto shared = [&] {
        std::vector<Consent> all;
        for (Consent& consent : pair.bot.store().consents(pair.talk)) {
            if (consent.kind == Consent::Kind::shared) all.push_back(std::move(consent));
        }
        return all;
    };
    REQUIRE(shared().size() == 1);
    CHECK(shared()[0].person == pair.ana);
    CHECK(shared()[0].name == "my part");
    CHECK(shared()[0].at == pair.bot.clock.now());
    CHECK(pair.bot.store().words(std::get<dialog::WordsRef>(shared()[0].what)) == "I raised my voice");
    CHECK(shared()[0].shown == TimePoint{});
    pair.bot.clock.advance(1min);
    pair.bot.say("ana", "keep private");
    CHECK(shared()[0].ended == pair.bot.clock.now());
    pair.prepare("ben", "I walked out", "share it");
    CHECK_FALSE(has(pair.to_ben(), "raised my voice"));
    REQUIRE(shared().size() == 2);
    CHECK(shared()[1].shown == TimePoint{});  // Ben's turn comes later
    pair.in_room("ana", "a");
    pair.in_room("ben", "b");
    CHECK(has(pair.to_ana(), "From partner: \"I walked out\""));
    CHECK(shared()[1].shown == pair.bot.clock.now());
}

TEST_CASE("an outbound whose reader has no consent is stopped and counted", "[engine][together]") {
    Pair pair;
    pair.join();
    pair.prepare("ana", "I shouted", "share it");
    // Behind the back of the step: what the store knows counts.
    for (Consent consent : pair.bot.store().consents(pair.talk)) {
        if (consent.kind != Consent::Kind::shared) continue;
        pair.bot.store().begin();
        consent.ended = pair.bot.clock.now();
        pair.bot.store().save(consent);
        pair.bot.store().commit();
    }
    pair.bot.restart();
    (void)pair.bot.hello("ana", 1000);
    (void)pair.bot.hello("ben", 1000);
    pair.prepare("ben", "I walked out", "keep private");
    CHECK_FALSE(has(pair.to_ben(), "I shouted"));
    CHECK(has(pair.to_ben(), "Ana, begin."));
    CHECK(has(pair.to_ana(), "I shouted"));  // her own words
    CHECK(pair.bot.core().counters().stopped == 1);
}

TEST_CASE("nothing tells whether the other has come, refused, or is in danger", "[engine][together]") {
    const auto run = [](const std::function<void(Pair&)>& does) {
        Pair pair;
        pair.begin();
        const std::string code = pair.code();
        std::string seen;
        const auto look = [&](const std::vector<Output>& outputs) { seen += said_to(pair.ana, outputs); };
        look(pair.bot.say("ana", "yes"));
        look(pair.bot.say("ana", "I shouted"));
        look(pair.bot.run(UseCode{pair.bot.identity("ben"), code}));
        does(pair);
        look(pair.last);
        look(pair.bot.say("ana", "share it"));
        look(pair.bot.advance(3 * 24h));
        return seen;
    };
    const std::string never = run([](Pair&) {});
    CHECK(has(never, "Not this time, and that's nobody's doing."));
    const auto says = [](std::vector<std::string> words) {
        return [words = std::move(words)](Pair& pair) {
            for (const std::string& text : words) {
                for (Output& output : pair.bot.say("ben", text)) pair.last.push_back(std::move(output));
            }
        };
    };
    CHECK(run(says({"no"})) == never);
    CHECK(run(says({"block"})) == never);
    CHECK(run(says({"later"})) == never);
    CHECK(run(says({"yes"})) == never);
    CHECK(run(says({"yes", "no"})) == never);
    CHECK(run(says({"yes", "yes", "I walked out", "stop"})) == never);
    CHECK(run(says({"yes", "yes", "he hit me"})) == never);
    CHECK(run(says({"yes", "yes", "I walked out", "exit"})) == never);
    CHECK(run([](Pair& pair) {
              pair.bot.say("ben", "yes");
              (void)pair.bot.run(ErasePerson{{std::to_string(pair.ben.value)}});
          }) == never);
}

TEST_CASE("a sign of danger in the room is held back, and the pause looks like any", "[engine][together]") {
    const auto run = [](const std::string& text) {
        Pair pair;
        pair.meet();
        pair.in_room("ana", text);
        std::string seen = pair.to_ben();
        CHECK_FALSE(has(seen, "Ana: "));
        return seen + said_to(pair.ben, pair.bot.advance(2 * 24h));
    };
    const std::string paused = run("pause");
    CHECK(has(paused, "Let's pause here. Take 30 minutes."));
    CHECK(has(paused, "We stop here for today."));
    CHECK(run("I want to kill myself") == paused);
    CHECK(run("I don't want to wake up tomorrow") == paused);

    Pair pair;
    pair.meet();
    pair.in_room("ana", "I want to kill myself");
    CHECK(has(pair.to_ana(), "Stopping here: stop-self-harm"));
    pair.in_room("ben", "ready");
    pair.in_room("ana", "ready");
    CHECK_FALSE(has(pair.to_ben(), "Everyone is back."));
    CHECK(has(pair.to_ana(), "We're pausing."));
    CHECK(pair.bot.store().person(pair.ana)->joint_locked_until > pair.bot.clock.now());
}

TEST_CASE("who leaves for good leaves the room, and their words go", "[engine][together]") {
    Pair pair;
    pair.meet();
    pair.in_room("ana", "It was me who began");
    (void)pair.bot.run(ErasePerson{{std::to_string(pair.ana.value)}});
    pair.last = pair.bot.tick();
    const Reply back = pair.bot.hello("ben", 0);
    CHECK(has(said(back), "We stop here for today."));
    CHECK_FALSE(has(said(back), "It was me who began"));
    CHECK(back.rooms.empty());
    CHECK(pair.bot.store().conversation(pair.talk)->person == pair.ben);
    (void)pair.bot.run(ErasePerson{{std::to_string(pair.ben.value)}});
    (void)pair.bot.tick();
    CHECK_FALSE(pair.bot.store().conversation(pair.talk));
}

TEST_CASE("somebody else's erasure does not part those who are in a room", "[engine][together]") {
    Pair pair;
    pair.meet();
    (void)pair.bot.hello("tablet");
    const Reply code = reply_of(pair.bot.run(MakeCode{pair.bot.identity("ana")}));
    REQUIRE(pair.use("tablet", code.text).code == Reply::Code::ok);
    (void)pair.bot.tick();  // the empty person that the tablet came with is erased
    pair.in_room("ana", "a");
    pair.in_room("ben", "b");
    pair.in_room("ben", "c");
    pair.in_room("ana", "d");
    CHECK(has(pair.to_ana(), "How near are you"));
    CHECK(has(pair.to_ben(), "How near are you"));
}

TEST_CASE("someone whose last device is gone pauses the room", "[engine][together]") {
    Pair pair;
    pair.meet();
    pair.last = pair.bot.run(EndDevice{pair.bot.identity("ana")});
    CHECK(has(pair.to_ben(), "Let's pause here. Take 30 minutes."));
}

TEST_CASE("nobody takes more from a room than their own words", "[engine][together]") {
    Pair pair;
    pair.meet();
    pair.in_room("ana", "It was me who began");
    pair.in_room("ben", "You say that you began");
    const std::string taken = reply_of(pair.bot.run(ExportPerson{{std::to_string(pair.ben.value)}})).text;
    CHECK(has(taken, "You say that you began"));
    CHECK(has(taken, "I walked out"));
    CHECK_FALSE(has(taken, "I shouted"));
    CHECK_FALSE(has(taken, "It was me"));
}

TEST_CASE("a code for a seat is good once, for 72 hours, and not for its maker", "[engine][together]") {
    Pair pair;
    pair.begin();
    const std::string code = pair.code();
    CHECK(pair.use("ana", code).code == Reply::Code::bad_code);
    (void)pair.bot.hello("eve");
    REQUIRE(pair.use("ben", code).code == Reply::Code::ok);
    CHECK(pair.use("eve", code).code == Reply::Code::bad_code);
    const std::string late = pair.code();
    pair.bot.clock.advance(73h);
    CHECK(pair.use("eve", late).code == Reply::Code::bad_code);
}

TEST_CASE("a seat goes to the one who takes it, and nobody else gets in", "[engine][together]") {
    Pair pair;
    pair.begin();
    (void)pair.bot.hello("eve");
    REQUIRE(pair.use("eve", pair.code()).code == Reply::Code::ok);  // asked, and has not answered
    REQUIRE(pair.use("ben", pair.code()).code == Reply::Code::ok);
    pair.bot.say("ben", "yes");
    pair.last = pair.bot.say("eve", "yes");
    CHECK(has(said(pair.last), "A joint session isn't available right now."));
    CHECK(pair.use("eve", pair.code()).code == Reply::Code::bad_code);
    const Reply other = reply_of(pair.bot.run(MakeInvitation{pair.bot.identity("ben"), pair.talk, {}}));
    CHECK(other.code == Reply::Code::unavailable);
    pair.last = pair.bot.say_in(pair.talk, "eve", "hello");
    CHECK(reply_of(pair.last).code == Reply::Code::unknown_room);
}

TEST_CASE("seats of a role are taken in the order in which people come", "[engine][together]") {
    TestBot bot({{"welcome", "# Welcome\nDraft: test\n\n## One\nBegin?\nASK: yes or no\nBEGIN: round\n"},
                 {"round",
                  "# Round\nDraft: test\nPeople: keeper, 2 to 12 members\n\n## Alone\nFOR: each, alone\nHow are "
                  "you?\nASK: mood, one line\nWAIT: for all, up to 1 day\nIF NOT: Out\n\n## Room\nFOR: "
                  "everyone\nFLOOR: each\n{speaker}?\nASK: one line\nFLOOR: next\nFINISH: done\n\n## Out\nFINISH: "
                  "out\n"}});
    const PersonId keeper = bot.hello("keeper").person;
    bot.say("keeper", "yes");
    const ConversationId round{bot.store().seats(keeper).at(0).conversation};
    for (const int lane : {1, 2, 3}) {
        const std::string name = "member " + std::to_string(lane);
        const PersonId person = bot.hello(name).person;
        const Reply code = reply_of(bot.run(MakeInvitation{bot.identity("keeper"), round, "members"}));
        REQUIRE(reply_of(bot.run(UseCode{bot.identity(name), code.text})).code == Reply::Code::ok);
        bot.say(name, "yes");
        REQUIRE(bot.store().seats(person).size() == 1);
        CHECK(bot.store().seats(person).at(0).lane == lane);
    }
}

TEST_CASE("someone who was blocked cannot ask again", "[engine][together]") {
    Pair pair;
    pair.begin();
    REQUIRE(pair.use("ben", pair.code()).code == Reply::Code::ok);
    pair.bot.say("ben", "block");
    CHECK(pair.use("ben", pair.code()).code == Reply::Code::bad_code);
}

TEST_CASE("where meeting is switched off, nobody begins and nobody is let in", "[engine][together]") {
    CoreOptions options;
    options.together = false;
    Pair pair(options);
    pair.last = pair.bot.say("ana", "Ana");
    CHECK(has(pair.to_ana(), "A joint session isn't available right now."));
    CHECK(pair.bot.store().seats(pair.ana).empty());
}

TEST_CASE("what happens while something else has the private room is heard when they come back", "[engine][together]") {
    Pair pair;
    pair.join();
    pair.prepare("ana", "I shouted", "share it");
    pair.bot.say("ana", "pause");
    pair.last = pair.bot.say("ana", "hello");
    CHECK(has(pair.to_ana(), "Something is ready."));
    pair.last = pair.bot.advance(3 * 24h);
    CHECK_FALSE(has(pair.to_ana(), "Not this time"));
    pair.last = pair.bot.say("ana", "now");
    CHECK(has(pair.to_ana(), "Not this time, and that's nobody's doing."));
}

TEST_CASE("how others should speak of somebody is kept, and known in every conversation", "[engine][together]") {
    TestBot bot({{"welcome",
                  "# Welcome\nDraft: test\n## One\nHow should others speak of you?\nASK: my pronouns, one of\n"
                  "* She\n* He\n* They\nEND\nBEGIN: talk\n"},
                 {"talk",
                  "# Talk\nDraft: test\nGiven: my pronouns\nPeople: starter, partner\n## Alone\nFOR: each, alone\n"
                  "CALL: Safety gate\nWAIT: for both, up to 2 days\n## Room\nFOR: both\nFLOOR: starter\n"
                  "It is {speaker: her | his | their} turn.\nASK: one line\nFINISH: done\n"}});
    const PersonId ana = bot.hello("ana").person;
    const PersonId ben = bot.hello("ben").person;
    bot.say("ana", "she");
    REQUIRE(bot.store().person(ana)->pronouns == "she");
    const ConversationId talk = bot.store().seats(ana).at(0).conversation;
    const Reply made = reply_of(bot.run(MakeInvitation{bot.identity("ana"), talk, {}}));
    REQUIRE(reply_of(bot.run(UseCode{bot.identity("ben"), made.text})).code == Reply::Code::ok);
    bot.say("ben", "yes");
    bot.say("ana", "yes");
    REQUIRE(has(said_to(ben, bot.say("ben", "yes")), "It is her turn."));
}

TEST_CASE("who is asked to meet again and again is left alone for a week, and neither is told", "[engine][together]") {
    Pair pair;
    pair.begin();
    for (int i = 0; i < 3; ++i) {
        REQUIRE(pair.use("ben", pair.code()).code == Reply::Code::ok);
        pair.bot.say("ben", "no");
    }
    REQUIRE(pair.use("ben", pair.code()).code == Reply::Code::bad_code);
    pair.bot.clock.advance(7 * 24h + 1min);
    REQUIRE(pair.use("ben", pair.code()).code == Reply::Code::ok);
}

TEST_CASE("who meets may be asked as often as they like", "[engine][together]") {
    Pair pair;
    pair.meet();
    REQUIRE(pair.bot.store().times_asked(pair.ana, pair.ben, TimePoint{}) == 0);
}

TEST_CASE("until two have met, who invited learns nothing by asking for the room or for another code",
          "[engine][together]") {
    Pair pair;
    pair.begin();
    const auto asks = [&] {
        const auto out = pair.bot.say_in(pair.talk, "ana", "anyone there?");
        const Reply made = reply_of(pair.bot.run(MakeInvitation{pair.bot.identity("ana"), pair.talk, {}}));
        return std::pair(reply_of(out).code, made.code);
    };
    const auto before = asks();
    REQUIRE(before == std::pair(Reply::Code::unknown_room, Reply::Code::ok));
    REQUIRE(pair.use("ben", pair.code()).code == Reply::Code::ok);
    REQUIRE(asks() == before);
    pair.bot.say("ben", "yes");
    REQUIRE(asks() == before);
    pair.prepare("ben", "I walked out", "share it");
    REQUIRE(asks() == before);
    pair.bot.run(ErasePerson{{std::to_string(pair.ben.value)}});
    REQUIRE(asks() == before);
}

TEST_CASE("nobody is brought together with somebody whose last device is gone", "[engine][together]") {
    Pair pair;
    pair.join();
    pair.prepare("ana", "I shouted", "share it");
    pair.bot.say("ana", "exit");
    pair.prepare("ben", "I walked out", "keep private");
    REQUIRE_FALSE(has(pair.to_ben(), "I shouted"));
    REQUIRE_FALSE(has(said_to(pair.ben, pair.bot.advance(3min)), "I shouted"));
    REQUIRE(has(said_to(pair.ben, pair.bot.advance(3 * 24h)), "Not this time"));
}

TEST_CASE("in a room that is closed the always-on words still do what they say", "[engine][together]") {
    Pair pair;
    pair.meet();
    pair.in_room("ben", "stop");
    pair.in_room("ana", "help");
    REQUIRE(has(pair.to_ana(), "Here is help."));
}

TEST_CASE("back in a room is no answer that the other reads", "[engine][together]") {
    Pair pair;
    pair.meet();
    pair.in_room("ana", "back");
    REQUIRE(has(pair.to_ana(), "stays said"));
    REQUIRE_FALSE(has(pair.to_ben(), "back"));
    pair.in_room("ana", "I was tired");
    REQUIRE(has(pair.to_ben(), "I was tired"));
}

TEST_CASE("a name is one short line, whatever was typed for it", "[engine][together]") {
    Pair pair;
    pair.bot.say("ana",
                 "  Ana from the very long street at the end of the town, where nobody goes\nhttps://example.org");
    const WordsRef name = pair.bot.store().person(pair.ana)->name;
    REQUIRE(pair.bot.store().words(name) == "Ana from the very long street at the end");
}

}  // namespace test_together
