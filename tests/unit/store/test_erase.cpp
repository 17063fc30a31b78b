// Erasing a person: nothing of theirs stays readable, here or in a back-up, and nobody inherits their ids.

#include <fstream>

#include "bot/store/backup.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/store_fixture.hpp"
#include "tests/support/turns.hpp"

namespace test_erase {

using namespace reweave::engine;
using namespace reweave::store;
using namespace reweave::test;

namespace {

constexpr const char* kMarker = "xylophone-in-the-rain";

/// One of everything that can belong to a person.
PersonId add_someone(Store& store, const std::string& handle) {
    store.begin();
    const PersonId person = add_talker(store);
    const ConversationId conversation = store.hot(person).focus;
    for (int i = 0; i < 3; ++i) take_turn(store, person, conversation);
    Hot hot = store.hot(person);
    hot.last_words = store.add_words(person, kMarker, hot.last_words);
    store.save(hot);
    const IdentityId identity = store.add_identity({{}, "matrix", handle, person, {}, false});
    store.add_timer({{}, TimePoint{}, person, conversation, TimerRecord::Kind::wake, 1, 0, ""});
    OutboxRecord outbox;
    outbox.event = hot.last_event;
    outbox.identity = identity;
    store.add_outbox(outbox);
    InboxRecord inbox;
    inbox.channel = "matrix";
    inbox.key = handle;
    inbox.person = person;
    inbox.body = "body of " + handle;
    store.add_inbox(inbox);
    store.add_code({"code of " + handle, "device", person, TimePoint{}});
    store.commit();
    return person;
}

bool appears(const std::filesystem::path& folder, const std::string& marker) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (read_file(entry.path()).find(marker) != std::string::npos) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("erasing takes every row of that person and none of another", "[store][erase]") {
    TempFolder folder;
    SqliteStore store(store_options(folder.path()));
    const PersonId ana = add_someone(store, "@ana");
    const PersonId ben = add_someone(store, "@ben");
    const Hot before = store.hot(ana);

    store.erase(ana);

    REQUIRE_FALSE(store.person(ana).has_value());
    REQUIRE(store.hot(ana).seq == 0);
    REQUIRE_FALSE(store.words(before.last_words).has_value());
    REQUIRE_FALSE(store.event(before.last_event).has_value());
    REQUIRE_FALSE(store.conversation(before.focus).has_value());
    REQUIRE(store.timers(ana).empty());
    REQUIRE(store.identities(ana).empty());
    REQUIRE_FALSE(store.identity("matrix", "@ana").has_value());
    REQUIRE_FALSE(store.take_code("code of @ana").has_value());
    REQUIRE(store.pending_outbox("matrix").size() == 1);
    REQUIRE(store.pending_inbox(9).size() == 1);
    InboxRecord again;
    again.channel = "matrix";
    again.key = "@ana";
    REQUIRE_FALSE(store.add_inbox(again).has_value());  // the key stays known, so a repeat does not bring anything back

    REQUIRE(check_invariants(store) == std::map<PersonId, std::int64_t>{{ben, 3}});
    REQUIRE(store.words(store.hot(ben).last_words) == kMarker);
    REQUIRE(store.timers(ben).size() == 1);
    REQUIRE(store.take_code("code of @ben").has_value());
}

TEST_CASE("ids of an erased person are not given to the next one", "[store][erase]") {
    TempFolder folder;
    const StoreOptions options = store_options(folder.path());
    PersonId ana;
    Hot before;
    std::vector<Identity> identities;
    {
        SqliteStore store(options);
        ana = add_someone(store, "@ana");
        before = store.hot(ana);
        identities = store.identities(ana);
        store.erase(ana);
    }
    SqliteStore store(options);
    const PersonId ben = add_someone(store, "@ben");
    REQUIRE(ben > ana);
    REQUIRE(store.hot(ben).last_event > before.last_event);
    REQUIRE(store.hot(ben).last_words.id > before.last_words.id);
    REQUIRE(store.hot(ben).focus > before.focus);
    REQUIRE(store.identities(ben)[0].id > identities[0].id);
}

TEST_CASE("what a person typed is in no file, and after erasing nothing of them is", "[store][erase]") {
    TempFolder folder;
    const StoreOptions options = store_options(folder.path());
    {
        SqliteStore store(options);
        const PersonId ana = add_someone(store, "@ana");
        REQUIRE_FALSE(appears(folder.path(), kMarker));
        REQUIRE(appears(folder.path(), "body of @ana"));  // the search does find what is there
        store.erase(ana);
    }
    REQUIRE_FALSE(appears(folder.path(), kMarker));
    REQUIRE_FALSE(appears(folder.path(), "body of @ana"));
    REQUIRE_FALSE(appears(folder.path(), "code of @ana"));
}

TEST_CASE("words of an erased person cannot be read in a back-up taken before", "[store][erase][backup]") {
    TempFolder folder, elsewhere;
    const StoreOptions options = store_options(folder.path());
    SqliteStore store(options);
    const PersonId ana = add_someone(store, "@ana");
    const PersonId ben = add_someone(store, "@ben");
    back_up({options.path, options.keys_path, folder.path() / "old.db", folder.path() / "old-keys.db"});
    store.erase(ana);
    const PersonId cleo = add_someone(store, "@cleo");

    SECTION("restored with the keys in use") {
        StoreOptions into = store_options(elsewhere.path());
        into.master_key = options.master_key;
        const RestoreReport report = restore({folder.path() / "old.db", options.keys_path, {}, into});
        REQUIRE(report.with_keys);
        REQUIRE(report.people == 1);
        REQUIRE(report.erased_again == 1);
        SqliteStore restored(into);
        REQUIRE(check_invariants(restored) == std::map<PersonId, std::int64_t>{{ben, 3}});
        // The back-up does not know Cleo, but her id has a key: it is not given away.
        restored.begin();
        REQUIRE(restored.add_person({}) > cleo);
        restored.rollback();
    }
    SECTION("restored with the old keys and the later tombstones") {
        StoreOptions into = store_options(elsewhere.path());
        into.master_key = options.master_key;
        const RestoreReport report =
            restore({folder.path() / "old.db", folder.path() / "old-keys.db", options.keys_path, into});
        REQUIRE(report.erased_again == 1);
        SqliteStore restored(into);
        REQUIRE(restored.all_people() == std::vector<PersonId>{ben});
        REQUIRE(restored.words(restored.hot(ben).last_words) == kMarker);
    }
}

TEST_CASE("an erasure that a crash cut short is finished at the next start", "[store][erase]") {
    TempFolder folder;
    const StoreOptions options = store_options(folder.path());
    PersonId ana;
    {
        SqliteStore store(options);
        ana = add_someone(store, "@ana");
    }
    {
        Database keys(options.keys_path, Database::Mode::write);
        keys.run("DELETE FROM keys WHERE person = ?", ana);
        keys.run("INSERT INTO erased (person, at) VALUES (?, 0)", ana);
    }
    SqliteStore store(options);
    REQUIRE_FALSE(store.person(ana).has_value());
    REQUIRE(read_tombstones(options.keys_path).size() == 1);
}

}  // namespace test_erase
