// The process is killed at random instants while it commits; what it acknowledged must be there, and whole.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/store_fixture.hpp"
#include "tests/support/turns.hpp"

namespace test_kill {

using namespace reweave::engine;
using namespace reweave::store;
using namespace reweave::test;

namespace {

StoreOptions options_in(const TempFolder& folder) {
    StoreOptions options = store_options(folder.path());
    options.checkpoint = {20, 60};  // so that kills fall into checkpoints too
    return options;
}

/// Runs `work` in a child, which reports numbers into a pipe, and kills it up to `most` after its first report.
/// \returns the last number it reported.
template <class Work>
std::int64_t run_and_kill(std::chrono::microseconds after, Work work) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        try {
            work([&](std::int64_t number) {
                if (::write(ends[1], &number, sizeof number) != sizeof number) ::_exit(3);
            });
        } catch (...) {
            ::_exit(2);
        }
        ::pause();  // done: wait to be killed
        ::_exit(0);
    }
    ::close(ends[1]);
    std::int64_t last = 0;
    std::int64_t number = 0;
    const bool started = ::read(ends[0], &number, sizeof number) == sizeof number;
    if (started) last = number;
    std::this_thread::sleep_for(after);
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    while (::read(ends[0], &number, sizeof number) == sizeof number) last = number;
    ::close(ends[0]);
    REQUIRE(started);
    REQUIRE(WIFSIGNALED(status));
    return last;
}

}  // namespace

TEST_CASE("killed during commits, a store has every acknowledged turn, once and whole", "[store][kill]") {
    TempFolder folder;
    const StoreOptions options = options_in(folder);
    std::vector<PersonId> people;
    {
        SqliteStore store(options);
        store.begin();
        for (int i = 0; i < 8; ++i) people.push_back(add_talker(store));
        store.commit();
    }
    std::mt19937 random(std::random_device{}());
    std::int64_t before = 0;
    for (int round = 0; round < 20; ++round) {
        CAPTURE(round);
        const std::int64_t acknowledged =
            run_and_kill(std::chrono::microseconds(random() % 40000), [&](const auto& report) {
                SqliteStore store(options);
                for (std::int64_t turns = before;;) {
                    report(turns);
                    store.begin();
                    for (std::size_t i = 0; i < 4; ++i, ++turns) {
                        const PersonId person = people[static_cast<std::size_t>(turns) % people.size()];
                        take_turn(store, person, store.hot(person).focus);
                    }
                    const PersonId newcomer = add_talker(store);  // and their key, in the other file
                    store.add_words(newcomer, "hello", {});
                    store.commit();
                }
            });
        SqliteStore store(options);
        std::int64_t total = 0;
        for (const auto& [person, seq] : check_invariants(store)) total += seq;
        REQUIRE(total >= acknowledged);
        REQUIRE(total <= acknowledged + 4);  // at most the transaction that nobody was told of
        before = total;
    }
    REQUIRE(before > 0);
}

TEST_CASE("killed while erasing, a store has each person whole or not at all", "[store][kill]") {
    TempFolder folder;
    const StoreOptions options = options_in(folder);
    std::mt19937 random(std::random_device{}());
    for (int round = 0; round < 6; ++round) {
        CAPTURE(round);
        std::vector<PersonId> people;
        {
            SqliteStore store(options);
            store.begin();
            for (int i = 0; i < 30; ++i) {
                people.push_back(add_talker(store));
                for (int turn = 0; turn < 5; ++turn) take_turn(store, people.back(), store.hot(people.back()).focus);
            }
            store.commit();
        }
        const std::int64_t erased = run_and_kill(std::chrono::microseconds(random() % 40000), [&](const auto& report) {
            SqliteStore store(options);
            report(0);
            for (std::size_t i = 0; i < people.size(); ++i) {
                store.erase(people[i]);
                report(static_cast<std::int64_t>(i) + 1);
            }
        });
        SqliteStore store(options);
        const auto newest = check_invariants(store);
        for (std::size_t i = 0; i < people.size(); ++i) {
            CAPTURE(i, erased);
            if (static_cast<std::int64_t>(i) < erased) REQUIRE_FALSE(newest.contains(people[i]));
            if (static_cast<std::int64_t>(i) > erased) REQUIRE(newest.at(people[i]) == 5);
        }
    }
}

}  // namespace test_kill
