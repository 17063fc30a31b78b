// Every change of a file fails once, in turn, as on a full or a broken disk; the store must come back whole each time.

#include <sqlite3.h>

#include "tests/support/catch.hpp"
#include "tests/support/fault_vfs.hpp"
#include "tests/support/store_fixture.hpp"
#include "tests/support/turns.hpp"

namespace test_faults {

using namespace reweave::engine;
using namespace reweave::store;
using namespace reweave::test;

namespace {

constexpr int kMostFaults = 2000;  // more than there are changes: the loop ends when none is left to fail

struct Progress {
    PersonId talker, leaver;
    std::int64_t acknowledged = 0;
    bool cursor = false, erasing = false, erased = false;
};

/// Three turns in three transactions, each with somebody new; a cursor with its inbound; somebody leaves.
void work(SqliteStore& store, Progress& progress) {
    for (int i = 0; i < 3; ++i) {
        store.begin();
        take_turn(store, progress.talker, store.hot(progress.talker).focus);
        const PersonId newcomer = add_talker(store);
        take_turn(store, newcomer, store.hot(newcomer).focus);
        store.commit();
        ++progress.acknowledged;
    }
    store.begin();
    store.save_cursor("matrix", "s2");
    InboxRecord inbox;
    inbox.channel = "matrix";
    inbox.key = "$2";
    store.add_inbox(inbox);
    store.commit();
    progress.cursor = true;
    progress.erasing = true;
    store.erase(progress.leaver);
    progress.erased = true;
}

void check_after(const StoreOptions& options, const Progress& progress) {
    SqliteStore store(options);
    const auto newest = check_invariants(store);
    // What was acknowledged is there; what failed may be, whole.
    REQUIRE(newest.at(progress.talker) >= 1 + progress.acknowledged);
    REQUIRE(newest.at(progress.talker) <= 2 + progress.acknowledged);
    const bool cursor = store.cursor("matrix") == "s2";
    REQUIRE(cursor == !store.pending_inbox(9).empty());
    if (progress.cursor) REQUIRE(cursor);
    if (!progress.erasing) REQUIRE(newest.contains(progress.leaver));
    if (progress.erased) REQUIRE_FALSE(newest.contains(progress.leaver));
    // And it goes on.
    store.begin();
    take_turn(store, progress.talker, store.hot(progress.talker).focus);
    store.commit();
}

}  // namespace

TEST_CASE("a store whose disk fails at any change comes back whole", "[store][faults]") {
    FaultVfs vfs;
    const auto code = GENERATE(SQLITE_FULL, SQLITE_IOERR_WRITE);
    const auto lasting = GENERATE(false, true);

    int nth = 1;
    for (bool fired = true; fired; ++nth) {
        REQUIRE(nth < kMostFaults);
        CAPTURE(nth, code, lasting);
        TempFolder folder(TempFolder::Where::memory);
        const StoreOptions options = store_options(folder.path());
        Progress progress;
        {
            SqliteStore store(options);
            store.begin();
            progress.talker = add_talker(store);
            progress.leaver = add_talker(store);
            take_turn(store, progress.talker, store.hot(progress.talker).focus);
            take_turn(store, progress.leaver, store.hot(progress.leaver).focus);
            store.commit();
        }
        StoreOptions failing = options;
        failing.vfs = FaultVfs::kName;
        failing.checkpoint.step_pages = 0;  // a thread would make the count differ from run to run
        vfs.arm(nth, code, lasting);
        try {
            SqliteStore store(failing);
            work(store, progress);
        } catch (const StoreError& error) {
            REQUIRE(std::string(error.what()).find("turn ") == std::string::npos);  // no words
        }
        fired = vfs.fired();
        vfs.disarm();
        check_after(options, progress);
    }
    REQUIRE(nth > 30);
}

TEST_CASE("a first start that fails at any change can be repeated", "[store][faults]") {
    FaultVfs vfs;
    const auto lasting = GENERATE(false, true);
    int nth = 1;
    for (bool fired = true; fired; ++nth) {
        REQUIRE(nth < kMostFaults);
        CAPTURE(nth, lasting);
        TempFolder folder(TempFolder::Where::memory);
        const StoreOptions options = store_options(folder.path());
        StoreOptions failing = options;
        failing.vfs = FaultVfs::kName;
        failing.checkpoint.step_pages = 0;
        vfs.arm(nth, SQLITE_FULL, lasting);
        try {
            SqliteStore store(failing);
        } catch (const StoreError&) {
        }
        fired = vfs.fired();
        vfs.disarm();
        SqliteStore store(options);
        store.begin();
        const PersonId person = add_talker(store);
        take_turn(store, person, store.hot(person).focus);
        store.commit();
        REQUIRE(check_invariants(store).size() == 1);
    }
    REQUIRE(nth > 10);
}

TEST_CASE("a full or read-only disk is said in one sentence, and stopping loses nothing", "[store][faults]") {
    FaultVfs vfs;
    TempFolder folder(TempFolder::Where::memory);
    StoreOptions options = store_options(folder.path());
    options.vfs = FaultVfs::kName;
    options.checkpoint.step_pages = 0;
    const auto [code, words] = GENERATE(table<int, std::string>({{SQLITE_FULL, "is full. Free some space"},
                                                                 {SQLITE_READONLY, "cannot be written"},
                                                                 {SQLITE_IOERR_FSYNC, "The disk failed"}}));
    PersonId person;
    {
        SqliteStore store(options);
        store.begin();
        person = add_talker(store);
        store.commit();
        vfs.arm(1, code, true);
        std::string message;
        try {
            store.begin();
            take_turn(store, person, store.hot(person).focus);
            store.commit();
        } catch (const StoreError& error) {
            message = error.what();
        }
        CAPTURE(message, words);
        REQUIRE(message.find(words) != std::string::npos);
        REQUIRE(message.find(folder.path().string()) != std::string::npos);
    }
    vfs.disarm();
    SqliteStore store(options);
    REQUIRE(check_invariants(store).at(person) == 0);
}

}  // namespace test_faults
