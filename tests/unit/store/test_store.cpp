// The contract of engine::Store, function by function.

#include "bot/store/sqlite_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/store_fixture.hpp"

namespace test_store {

using namespace reweave::engine;
using reweave::store::SqliteStore;
using reweave::test::store_options;
using reweave::test::TempFolder;

namespace {

TimePoint at(std::int64_t ms) {
    return TimePoint(TimePoint::duration(ms));
}

struct Fixture {
    TempFolder folder;
    SqliteStore sqlite{store_options(folder.path())};
    Store& store = sqlite;

    PersonId add_person() {
        Person person;
        person.created = at(1000);
        return store.add_person(person);
    }
    IdentityId add_identity(PersonId person, const std::string& channel, const std::string& handle) {
        return store.add_identity({{}, channel, handle, person, at(1), false});
    }
    /// An event of the person, chained and counted in their hot row as the engine does it.
    EventId add_event(PersonId person, TimePoint when, const std::string& body = "{}") {
        Hot hot = store.hot(person);
        EventRecord event;
        event.person = person;
        event.seq = ++hot.seq;
        event.prev = hot.last_event;
        event.at = when;
        event.body = body;
        hot.last_event = store.add_event(event);
        store.save(hot);
        return hot.last_event;
    }
    WordsRef add_words(PersonId person, const std::string& text) {
        Hot hot = store.hot(person);
        hot.last_words = store.add_words(person, text, hot.last_words);
        store.save(hot);
        return hot.last_words;
    }
};

}  // namespace

TEST_CASE("a person is read as it was saved", "[store]") {
    Fixture f;
    f.store.begin();
    const PersonId id = f.add_person();
    f.store.commit();

    Person person = f.store.person(id).value();
    REQUIRE(person.id == id);
    REQUIRE(person.created == at(1000));
    REQUIRE(person.language == "en");
    REQUIRE(person.time_zone == "UTC");
    REQUIRE(person.day_from == 9 * 60);
    REQUIRE_FALSE(person.adult.has_value());

    person.language = "pt-PT";
    person.time_zone = "Europe/Lisbon";
    person.day_from = 1;
    person.day_to = 2;
    person.country = "PT";
    person.adult = true;
    person.name = {7};
    person.pronouns = "they";
    person.joint_locked_until = at(99);
    f.store.begin();
    f.store.save(person);
    f.store.commit();

    const Person again = f.store.person(id).value();
    REQUIRE(again.language == "pt-PT");
    REQUIRE(again.time_zone == "Europe/Lisbon");
    REQUIRE(again.day_from == 1);
    REQUIRE(again.day_to == 2);
    REQUIRE(again.country == "PT");
    REQUIRE(again.adult == std::optional<bool>(true));
    REQUIRE(again.name == WordsRef{7});
    REQUIRE(again.pronouns == "they");
    REQUIRE(again.joint_locked_until == at(99));
    REQUIRE_FALSE(f.store.person({id.value + 1}).has_value());
    REQUIRE(f.store.all_people() == std::vector<PersonId>{id});
}

TEST_CASE("the hot row is fresh at first and keeps lists in their order", "[store]") {
    Fixture f;
    const PersonId person{5};
    Hot hot = f.store.hot(person);
    REQUIRE(hot.person == person);
    REQUIRE(hot.seq == 0);
    REQUIRE(hot.marks.empty());

    hot.seq = 3;
    hot.last_event = {10};
    hot.last_words = {11};
    hot.focus = {12};
    hot.waiting = {{9}, {2}, {30}};
    hot.offered = {13};
    hot.marks = {{{4}, 9007199254740991}, {{1}, 0}};
    hot.last_notice = at(14);
    for (int round = 0; round < 2; ++round) {
        f.store.begin();
        f.store.save(hot);
        f.store.commit();
        const Hot again = f.store.hot(person);
        REQUIRE(again.seq == hot.seq);
        REQUIRE(again.last_event == hot.last_event);
        REQUIRE(again.last_words == hot.last_words);
        REQUIRE(again.focus == hot.focus);
        REQUIRE(again.waiting == hot.waiting);
        REQUIRE(again.offered == hot.offered);
        REQUIRE(again.marks == hot.marks);
        REQUIRE(again.last_notice == hot.last_notice);
        hot.seq = 4;
        hot.waiting.clear();
        hot.marks.pop_back();
    }
}

TEST_CASE("an identity is found by its id, by channel and handle, and by person", "[store]") {
    Fixture f;
    f.store.begin();
    const PersonId ana = f.add_person();
    const PersonId ben = f.add_person();
    const IdentityId first = f.add_identity(ana, "web", "h1");
    const IdentityId second = f.add_identity(ana, "console", "h1");
    f.add_identity(ben, "web", "h2");
    f.store.commit();

    REQUIRE(f.store.identity("web", "h1").value().id == first);
    REQUIRE(f.store.identity("console", "h1").value().id == second);
    REQUIRE_FALSE(f.store.identity("web", "h3").has_value());
    REQUIRE(f.store.identities(ana).size() == 2);

    Identity moved = f.store.identity(second).value();
    REQUIRE(moved.channel == "console");
    REQUIRE(moved.created == at(1));
    moved.person = ben;
    moved.ended = true;
    f.store.begin();
    f.store.save(moved);
    f.store.commit();
    REQUIRE(f.store.identity(second).value().person == ben);
    REQUIRE(f.store.identity(second).value().ended);
    REQUIRE(f.store.identities(ana).size() == 1);
}

TEST_CASE("words are read back, whatever is in them", "[store]") {
    Fixture f;
    f.store.begin();
    const PersonId person = f.add_person();
    const WordsRef plain = f.add_words(person, "I was frightened");
    const WordsRef empty = f.add_words(person, "");
    const WordsRef odd = f.add_words(person, std::string("a\0b", 3) + "\xF0\x9F\x99\x82");
    REQUIRE(f.store.words(plain) == "I was frightened");  // before the commit too
    f.store.commit();
    REQUIRE(f.store.words(plain) == "I was frightened");
    REQUIRE(f.store.words(empty) == "");
    REQUIRE(f.store.words(odd) == std::string("a\0b", 3) + "\xF0\x9F\x99\x82");
    REQUIRE_FALSE(f.store.words({odd.id + 1}).has_value());
    REQUIRE_FALSE(f.store.words({}).has_value());
}

TEST_CASE("a conversation is read as it was saved", "[store]") {
    Fixture f;
    f.store.begin();
    const PersonId person = f.add_person();
    Conversation conversation;
    conversation.person = person;
    conversation.revision = "abc";
    conversation.state = R"({"frames":[]})";
    conversation.created = at(1);
    conversation.updated = at(2);
    conversation.id = f.store.add_conversation(conversation);
    const ConversationId other = f.store.add_conversation(conversation);
    conversation.revision = "def";
    conversation.status = Conversation::Status::ended;
    conversation.outcome = "done";
    conversation.state = "{}";
    conversation.updated = at(3);
    f.store.save(conversation);
    f.store.commit();

    const Conversation again = f.store.conversation(conversation.id).value();
    REQUIRE(again.person == person);
    REQUIRE(again.revision == "def");
    REQUIRE(again.status == Conversation::Status::ended);
    REQUIRE(again.outcome == "done");
    REQUIRE(again.state == "{}");
    REQUIRE(again.created == at(1));
    REQUIRE(again.updated == at(3));
    REQUIRE(f.store.conversation(other).value().status == Conversation::Status::running);
    REQUIRE(f.store.conversations(person) == std::vector<ConversationId>{conversation.id, other});
    REQUIRE_FALSE(f.store.conversation({99}).has_value());
}

TEST_CASE("events are a chain that is walked from the newest", "[store]") {
    Fixture f;
    f.store.begin();
    EventRecord event;
    event.person = {1};
    event.conversation = {8};
    event.at = at(5);
    event.seed = 0xFFFFFFFFFFFFFFFFU;
    event.body = R"({"say":[]})";
    event.seq = 1;
    const EventId first = f.store.add_event(event);
    event.seq = 2;
    event.prev = first;
    const EventId second = f.store.add_event(event);
    f.store.commit();

    const EventRecord newest = f.store.event(second).value();
    REQUIRE(newest.person == PersonId{1});
    REQUIRE(newest.conversation == ConversationId{8});
    REQUIRE(newest.at == at(5));
    REQUIRE(newest.seed == 0xFFFFFFFFFFFFFFFFU);
    REQUIRE(newest.body == event.body);
    REQUIRE(newest.seq == 2);
    REQUIRE(f.store.event(newest.prev).value().seq == 1);
    REQUIRE_FALSE(f.store.event({}).has_value());
}

TEST_CASE("due timers come earliest first and stay until removed", "[store]") {
    Fixture f;
    f.store.begin();
    const PersonId ana = f.add_person();
    const PersonId ben = f.add_person();
    REQUIRE_FALSE(f.store.next_timer().has_value());
    TimerRecord timer{{}, at(300), ana, {7}, TimerRecord::Kind::follow_up, 4, 2, R"({"script":"x"})"};
    const TimerId late = f.store.add_timer(timer);
    timer.due = at(100);
    timer.person = ben;
    const TimerId early = f.store.add_timer(timer);
    timer.due = at(200);
    const TimerId middle = f.store.add_timer(timer);
    f.store.commit();

    REQUIRE(f.store.next_timer() == at(100));
    REQUIRE(f.store.due_timers(at(99), 10).empty());
    const auto due = f.store.due_timers(at(200), 10);
    REQUIRE(due.size() == 2);
    REQUIRE(due[0].id == early);
    REQUIRE(due[1].id == middle);
    REQUIRE(f.store.due_timers(at(999), 1).size() == 1);
    const TimerRecord read = f.store.timers(ana).at(0);
    REQUIRE(read.id == late);
    REQUIRE(read.due == at(300));
    REQUIRE(read.conversation == ConversationId{7});
    REQUIRE(read.kind == TimerRecord::Kind::follow_up);
    REQUIRE(read.wait == 4);
    REQUIRE(read.index == 2);
    REQUIRE(read.body == R"({"script":"x"})");

    f.store.begin();
    f.store.remove_timer(early);
    f.store.remove_timer(early);  // again: nothing happens
    f.store.commit();
    REQUIRE(f.store.next_timer() == at(200));
    REQUIRE(f.store.timers(ben).size() == 1);
}

TEST_CASE("a cursor and its inbounds are stored whole or not at all", "[store]") {
    Fixture f;
    REQUIRE(f.store.cursor("matrix").empty());
    InboxRecord record;
    record.channel = "matrix";
    record.key = "$1";
    record.body = "{}";

    f.store.begin();
    f.store.save_cursor("matrix", "s1");
    REQUIRE(f.store.add_inbox(record).has_value());
    f.store.rollback();
    REQUIRE(f.store.cursor("matrix").empty());
    REQUIRE(f.store.pending_inbox(10).empty());

    f.store.begin();
    f.store.save_cursor("matrix", "s1");
    REQUIRE(f.store.add_inbox(record).has_value());
    f.store.commit();
    REQUIRE(f.store.cursor("matrix") == "s1");
    REQUIRE(f.store.cursor("discord").empty());
    REQUIRE(f.store.pending_inbox(10).size() == 1);
}

TEST_CASE("an inbound that comes twice is taken once per channel", "[store]") {
    Fixture f;
    InboxRecord record;
    record.channel = "matrix";
    record.key = "$1";
    record.at = at(5);
    record.body = R"({"kind":"text"})";
    record.person = {3};
    f.store.begin();
    record.id = f.store.add_inbox(record).value();
    REQUIRE_FALSE(f.store.add_inbox(record).has_value());
    InboxRecord other = record;
    other.channel = "discord";
    REQUIRE(f.store.add_inbox(other).has_value());
    f.store.commit();

    const InboxRecord pending = f.store.pending_inbox(10).at(0);
    REQUIRE(pending.id == record.id);
    REQUIRE(pending.channel == "matrix");
    REQUIRE(pending.key == "$1");
    REQUIRE(pending.person == PersonId{3});
    REQUIRE(pending.at == at(5));
    REQUIRE(pending.body == record.body);

    f.store.begin();
    record.attempts = 2;
    f.store.save(record);
    REQUIRE(f.store.pending_inbox(1).at(0).attempts == 2);
    record.state = InboxRecord::State::done;
    f.store.save(record);
    REQUIRE(f.store.pending_inbox(10).size() == 1);
    REQUIRE_FALSE(f.store.add_inbox(record).has_value());  // done, and still known
    f.store.commit();
}

TEST_CASE("outbounds wait by channel, oldest first, until they are sent or refused", "[store]") {
    Fixture f;
    f.store.begin();
    const PersonId person = f.add_person();
    OutboxRecord record;
    record.event = f.add_event(person, at(50));
    record.identity = f.add_identity(person, "matrix", "@a");
    record.next_try = at(60);
    const OutboxId first = f.store.add_outbox(record);
    const OutboxId second = f.store.add_outbox(record);
    record.identity = f.add_identity(person, "discord", "1");
    f.store.add_outbox(record);
    f.store.commit();

    auto pending = f.store.pending_outbox("matrix");
    REQUIRE(pending.size() == 2);
    REQUIRE(pending[0].id == first);
    REQUIRE(pending[1].id == second);
    REQUIRE(pending[0].event == record.event);
    REQUIRE(pending[0].next_try == at(60));

    f.store.begin();
    pending[0].state = OutboxRecord::State::sent;
    pending[0].channel_message = "$reply";
    f.store.save(pending[0]);
    pending[1].attempts = 3;
    pending[1].next_try = at(70);
    f.store.save(pending[1]);
    f.store.commit();
    REQUIRE(f.store.outbox(first).value().state == OutboxRecord::State::sent);
    REQUIRE(f.store.outbox(first).value().channel_message == "$reply");
    REQUIRE(f.store.pending_outbox("matrix").at(0).attempts == 3);
    REQUIRE(f.store.pending_outbox("matrix").at(0).next_try == at(70));
    REQUIRE_FALSE(f.store.outbox({99}).has_value());
}

TEST_CASE("a code is taken once", "[store]") {
    Fixture f;
    f.store.begin();
    const PersonId person = f.add_person();
    f.store.add_code({"hash", "device", person, at(70)});
    REQUIRE_FALSE(f.store.take_code("other").has_value());
    const CodeRecord code = f.store.take_code("hash").value();
    f.store.commit();
    REQUIRE(code.hash == "hash");
    REQUIRE(code.kind == "device");
    REQUIRE(code.person == person);
    REQUIRE(code.expires == at(70));
    REQUIRE_FALSE(f.store.take_code("hash").has_value());
}

TEST_CASE("the newest revision of a script is the one published last", "[store]") {
    Fixture f;
    f.store.begin();
    const RevisionId one = f.store.add_revision({{}, "cooldown", "h1", "{1}", at(1)});
    const RevisionId two = f.store.add_revision({{}, "cooldown", "h2", "{2}", at(2)});
    f.store.add_revision({{}, "own-part", "h3", "{3}", at(3)});
    f.store.commit();
    REQUIRE(f.store.newest_revisions().size() == 2);
    REQUIRE(f.store.newest_revisions()[0].id == two);
    REQUIRE(f.store.revision("h1").value().json == "{1}");
    REQUIRE(f.store.revision("h1").value().published == at(1));
    REQUIRE_FALSE(f.store.revision("h9").has_value());

    f.store.begin();
    REQUIRE(f.store.recalled_revisions().empty());
    f.store.recall("h2", at(5));
    REQUIRE(f.store.recalled_revisions() == std::vector<std::string>{"h2"});
    REQUIRE(f.store.revision("h2").value().recalled == at(5));
    REQUIRE(f.store.revisions("cooldown").size() == 2);
    REQUIRE(f.store.revisions("cooldown").front().hash == "h2");
    f.store.make_newest("h1");
    f.store.commit();
    REQUIRE(f.store.newest_revisions()[0].hash == "h1");

    f.store.begin();
    REQUIRE(f.store.add_revision({{}, "cooldown", "h2", "{2}", at(9)}) == two);  // published again, same row
    f.store.commit();
    REQUIRE(one != two);
    REQUIRE(f.store.newest_revisions()[0].hash == "h2");
    REQUIRE(f.store.revision("h2").value().published == at(2));
}

TEST_CASE("what is rolled back is forgotten, keys too", "[store]") {
    Fixture f;
    f.store.begin();
    const PersonId person = f.add_person();
    const WordsRef words = f.add_words(person, "never mind");
    f.add_event(person, at(1));
    f.store.rollback();
    REQUIRE(f.store.all_people().empty());
    REQUIRE_FALSE(f.store.words(words).has_value());
    REQUIRE(f.store.hot(person).seq == 0);

    f.store.begin();
    const PersonId again = f.add_person();
    const WordsRef kept = f.add_words(again, "this stays");
    f.store.commit();
    REQUIRE(f.store.words(kept) == "this stays");
}

TEST_CASE("forgetting takes old done rows only, and no more than it may", "[store]") {
    Fixture f;
    f.store.begin();
    const PersonId person = f.add_person();
    const IdentityId identity = f.add_identity(person, "matrix", "@a");
    InboxRecord inbox;
    inbox.channel = "matrix";
    OutboxRecord outbox;
    outbox.identity = identity;
    for (const std::int64_t when : {10, 20, 200}) {
        inbox.at = at(when);
        inbox.key = "done" + std::to_string(when);
        inbox.state = InboxRecord::State::done;
        f.store.add_inbox(inbox);
        outbox.event = f.add_event(person, at(when));
        outbox.state = OutboxRecord::State::sent;
        f.store.add_outbox(outbox);
    }
    inbox.at = at(10);
    inbox.key = "pending";
    inbox.state = InboxRecord::State::pending;
    f.store.add_inbox(inbox);
    outbox.state = OutboxRecord::State::pending;
    f.store.add_outbox(outbox);
    f.store.add_code({"old", "device", person, at(10)});
    f.store.add_code({"new", "device", person, at(200)});

    REQUIRE(f.store.forget(at(100), 3) == 3);
    REQUIRE(f.store.forget(at(100), 10) == 2);
    REQUIRE(f.store.forget(at(100), 10) == 0);
    REQUIRE(f.store.pending_inbox(10).size() == 1);
    REQUIRE(f.store.pending_outbox("matrix").size() == 1);
    REQUIRE_FALSE(f.store.take_code("old").has_value());
    REQUIRE(f.store.take_code("new").has_value());
    inbox.key = "done10";
    REQUIRE(f.store.add_inbox(inbox).has_value());  // forgotten
    inbox.key = "done200";
    REQUIRE_FALSE(f.store.add_inbox(inbox).has_value());  // not yet
    f.store.commit();
}

TEST_CASE("everything is there after closing and opening", "[store]") {
    TempFolder folder;
    PersonId person;
    WordsRef words;
    {
        SqliteStore store(store_options(folder.path()));
        store.begin();
        person = store.add_person({});
        words = store.add_words(person, "kept", {});
        store.commit();
    }
    SqliteStore store(store_options(folder.path()));
    REQUIRE(store.person(person).has_value());
    REQUIRE(store.words(words) == "kept");
    store.begin();
    const WordsRef next = store.add_words(person, "more", words);
    store.commit();
    REQUIRE(next != words);
    REQUIRE(store.words(words) == "kept");
    REQUIRE(store.words(next) == "more");
}

}  // namespace test_store
