// How the store works: which statements scan, and that the log is moved and starts over.

#include <sqlite3.h>

#include <chrono>
#include <set>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/store_fixture.hpp"
#include "tests/support/turns.hpp"

namespace test_work {

using namespace reweave::engine;
using namespace reweave::store;
using namespace reweave::test;

namespace {

std::vector<sqlite3*> opened;

/// SQLite calls it for every new connection, so that the statements of one can be looked at.
int note_connection(sqlite3* connection, char**, const sqlite3_api_routines*) {
    opened.push_back(connection);
    return SQLITE_OK;
}

/// Every function of the port, so that every statement has been prepared.
void use_everything(Store& store) {
    const TimePoint now{};
    store.begin();
    const PersonId person = add_talker(store);
    take_turn(store, person, store.hot(person).focus);
    store.save(store.person(person).value());
    Identity identity{{}, "matrix", "h", person, now, false};
    identity.id = store.add_identity(identity);
    store.save(identity);
    (void)store.identity("matrix", "h");
    (void)store.identity(identity.id);
    (void)store.identities(person);
    (void)store.conversations(person);
    store.remove_timer(store.add_timer({{}, now, person, {}, TimerRecord::Kind::wake, 0, 0, ""}));
    (void)store.timers(person);
    (void)store.due_timers(now, 1);
    (void)store.next_timer();
    store.save_cursor("matrix", "s");
    (void)store.cursor("matrix");
    InboxRecord inbox;
    inbox.id = store.add_inbox(inbox).value();
    store.save(inbox);
    (void)store.pending_inbox(1);
    OutboxRecord outbox;
    outbox.event = store.hot(person).last_event;
    outbox.identity = identity.id;
    outbox.id = store.add_outbox(outbox);
    store.save(outbox);
    (void)store.outbox(outbox.id);
    (void)store.pending_outbox("matrix");
    store.add_code({"h", "device", person, now});
    (void)store.take_code("h");
    store.add_revision({{}, "s", "h", "{}", now});
    (void)store.revision("h");
    (void)store.event(store.hot(person).last_event);
    (void)store.words(store.hot(person).last_words);
    store.commit();
    store.erase(person);
}

}  // namespace

TEST_CASE("no statement of a turn, of a channel or of erasing reads a whole table", "[store]") {
    TempFolder folder;
    opened.clear();
    // The cast is how SQLite's own documentation registers one.
    auto* const hook = reinterpret_cast<void (*)()>(note_connection);
    REQUIRE(sqlite3_auto_extension(hook) == SQLITE_OK);
    SqliteStore store(store_options(folder.path()));
    sqlite3_cancel_auto_extension(hook);
    use_everything(store);

    sqlite3* const database = opened.at(0);
    std::set<std::string> statements;
    for (sqlite3_stmt* s = sqlite3_next_stmt(database, nullptr); s != nullptr; s = sqlite3_next_stmt(database, s)) {
        statements.insert(sqlite3_sql(s));
    }
    // Run once at the start; the first row ends it.
    statements.erase("SELECT 1 FROM words WHERE author <> 0 LIMIT 1");
    statements.erase("SELECT 1 FROM sqlite_schema LIMIT 1");
    statements.erase("SELECT seq FROM sqlite_sequence WHERE name = 'people'");  // one row per table
    REQUIRE(statements.size() > 45);
    for (const std::string& sql : statements) {
        if (sql.starts_with("PRAGMA")) continue;
        sqlite3_stmt* plan = nullptr;
        REQUIRE(sqlite3_prepare_v2(database, ("EXPLAIN QUERY PLAN " + sql).c_str(), -1, &plan, nullptr) == SQLITE_OK);
        while (sqlite3_step(plan) == SQLITE_ROW) {
            const std::string step = reinterpret_cast<const char*>(sqlite3_column_text(plan, 3));
            CAPTURE(sql, step);
            CHECK(step.find("TEMP B-TREE") == std::string::npos);
            CHECK((!step.starts_with("SCAN ") || step == "SCAN CONSTANT ROW"));
        }
        sqlite3_finalize(plan);
    }
}

TEST_CASE("the log is moved into the database and starts over, however busy the writer", "[store]") {
    TempFolder folder(TempFolder::Where::memory);
    StoreOptions options = store_options(folder.path());
    options.checkpoint = {10, 40};
    SqliteStore store(options);
    store.begin();
    const PersonId person = add_talker(store);
    store.commit();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::int64_t longest = 0;
    bool started_over = false;
    while (!started_over && std::chrono::steady_clock::now() < deadline) {
        store.begin();
        take_turn(store, person, store.hot(person).focus);
        store.commit();
        const std::int64_t pages = store.counters().checkpoints.log_pages;
        started_over = longest > 40 && pages < longest / 2;
        longest = std::max(longest, pages);
    }
    REQUIRE(started_over);
    REQUIRE(store.counters().checkpoints.passive > 0);
    REQUIRE(store.counters().checkpoints.failures == 0);
    REQUIRE(store.counters().commits > 1);
    check_invariants(store);
}

TEST_CASE("the gate lets a waiting checkpoint in although the writer comes back at once", "[store]") {
    Gate gate;
    std::atomic<bool> held{false};
    gate.enter();
    std::thread checkpoint([&] {
        gate.hold();
        held = true;
        gate.release();
    });
    while (!held) {
        gate.leave();
        gate.enter();
    }
    gate.leave();
    checkpoint.join();
    REQUIRE(held);
}

}  // namespace test_work
