// Back-ups taken while turns go on, and starting again from them.

#include <atomic>
#include <fstream>
#include <thread>

#include "bot/store/backup.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/store_fixture.hpp"
#include "tests/support/turns.hpp"

namespace test_backup {

using namespace reweave::engine;
using namespace reweave::store;
using namespace reweave::test;

TEST_CASE("a back-up taken while turns go on is one whole moment", "[store][backup]") {
    TempFolder folder, elsewhere;
    const StoreOptions options = store_options(folder.path());
    SqliteStore store(options);
    std::vector<PersonId> people;
    store.begin();
    for (int i = 0; i < 20; ++i) people.push_back(add_talker(store));
    for (std::size_t i = 0; i < 1000; ++i) take_turn(store, people[i % 20], store.hot(people[i % 20]).focus);
    store.commit();

    // A page at a time, so that commits surely fall between the steps.
    std::atomic<bool> copied{false};
    std::thread copier([&] {
        back_up({options.path, options.keys_path, folder.path() / "b.db", folder.path() / "k.db", 1});
        copied = true;
    });
    int commits = 0;
    while (!copied) {
        store.begin();
        for (const PersonId person : people) take_turn(store, person, store.hot(person).focus);
        store.commit();
        ++commits;
    }
    copier.join();
    REQUIRE(commits > 1);
    REQUIRE_FALSE(std::filesystem::exists(folder.path() / "b.db-wal"));
    REQUIRE_FALSE(std::filesystem::exists(folder.path() / "b.db.part"));

    StoreOptions into = store_options(elsewhere.path());
    into.master_key = options.master_key;
    const RestoreReport report = restore({folder.path() / "b.db", folder.path() / "k.db", {}, into});
    REQUIRE(report.people == 20);
    REQUIRE(report.erased_again == 0);
    SqliteStore restored(into);
    const auto newest = check_invariants(restored);
    for (const PersonId person : people) REQUIRE(newest.at(person) == newest.at(people[0]));
    REQUIRE(newest.at(people[0]) >= 50);
    restored.begin();
    take_turn(restored, people[0], restored.hot(people[0]).focus);
    restored.commit();
}

TEST_CASE("a back-up without its keys does not open until they are put beside it", "[store][backup]") {
    TempFolder folder, elsewhere;
    const StoreOptions options = store_options(folder.path());
    {
        SqliteStore store(options);
        store.begin();
        const PersonId person = add_talker(store);
        take_turn(store, person, store.hot(person).focus);
        store.commit();
        back_up({options.path, options.keys_path, folder.path() / "b.db", {}});
    }
    StoreOptions into = store_options(elsewhere.path());
    into.master_key = options.master_key;
    REQUIRE_FALSE(restore({folder.path() / "b.db", {}, {}, into}).with_keys);
    REQUIRE_THROWS_AS(SqliteStore(into), StoreError);
    std::filesystem::copy_file(options.keys_path, into.keys_path);
    SqliteStore restored(into);
    REQUIRE(check_invariants(restored).size() == 1);
}

TEST_CASE("a back-up or a restore never overwrites", "[store][backup]") {
    TempFolder folder;
    const StoreOptions options = store_options(folder.path());
    SqliteStore store(options);
    REQUIRE_THROWS_AS(back_up({options.path, options.keys_path, options.path, {}}), StoreError);
    REQUIRE_THROWS_AS(back_up({options.path, options.keys_path, folder.path() / "b.db", options.keys_path}),
                      StoreError);
    back_up({options.path, options.keys_path, folder.path() / "b.db", {}});
    REQUIRE_THROWS_AS(restore({folder.path() / "b.db", {}, {}, options}), StoreError);
    REQUIRE(std::filesystem::exists(options.path));
}

TEST_CASE("a damaged or foreign back-up is refused and leaves nothing behind", "[store][backup]") {
    TempFolder folder, elsewhere;
    const StoreOptions options = store_options(folder.path());
    {
        SqliteStore store(options);
        store.begin();
        const PersonId person = add_talker(store);
        for (int i = 0; i < 200; ++i) take_turn(store, person, store.hot(person).focus);
        store.commit();
    }
    back_up({options.path, options.keys_path, folder.path() / "b.db", {}});
    StoreOptions into = store_options(elsewhere.path());
    into.master_key = options.master_key;
    std::filesystem::path from = folder.path() / "b.db";

    SECTION("holes in the middle") {
        std::fstream file(from, std::ios::binary | std::ios::in | std::ios::out);
        for (int page = 4; page < 40; ++page) file.seekp(page * 4096).write("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8);
    }
    SECTION("not a database") {
        std::ofstream(from) << std::string(5000, 'x');
    }
    SECTION("empty") {
        std::ofstream(from, std::ios::trunc).flush();
    }
    SECTION("not there") {
        from = folder.path() / "none.db";
    }
    SECTION("the wrong master key") {
        into.master_key = {{}, std::string(64, 'a')};
    }

    REQUIRE_THROWS_AS(restore({from, options.keys_path, {}, into}), StoreError);
    REQUIRE_FALSE(std::filesystem::exists(into.path));
    REQUIRE_FALSE(std::filesystem::exists(into.keys_path));
}

}  // namespace test_backup
