// What a store refuses to open, in words an operator can use, leaving everything as it was.

#include <sqlite3.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/store_fixture.hpp"
#include "tests/support/turns.hpp"

namespace test_opening {

using namespace reweave::engine;
using namespace reweave::store;
using namespace reweave::test;
namespace fs = std::filesystem;

namespace {

/// A closed store with somebody's words in it.
void fill(const StoreOptions& options) {
    SqliteStore store(options);
    store.begin();
    const PersonId person = add_talker(store);
    take_turn(store, person, store.hot(person).focus);
    store.commit();
}

std::string refusal(const StoreOptions& options) {
    try {
        SqliteStore store(options);
    } catch (const StoreError& error) {
        return error.what();
    }
    return "opened";
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

void set_version(const fs::path& file, int version) {
    Database(file, Database::Mode::write).execute("PRAGMA user_version = " + std::to_string(version));
}

}  // namespace

TEST_CASE("a store without its keys or its master key is refused, and nothing is changed", "[store][opening]") {
    TempFolder folder, other;
    const StoreOptions options = store_options(folder.path());
    fill(options);
    const std::string database = read_file(options.path);
    StoreOptions tried = options;

    SECTION("no keys file") {
        fs::rename(options.keys_path, other.path() / "keys.db");
        REQUIRE(has(refusal(tried), "The keys file " + options.keys_path.string() + " is missing"));
        REQUIRE_FALSE(fs::exists(options.keys_path));
        fs::rename(other.path() / "keys.db", options.keys_path);
    }
    SECTION("no database") {
        fs::rename(options.path, other.path() / "reweave.db");
        REQUIRE(has(refusal(tried), "but no database at " + options.path.string()));
        fs::rename(other.path() / "reweave.db", options.path);
    }
    SECTION("no master key") {
        fs::rename(options.master_key.file, other.path() / "master.key");
        REQUIRE(has(refusal(tried), "The master key " + options.master_key.file.string() + " is missing"));
        REQUIRE_FALSE(fs::exists(options.master_key.file));
        fs::rename(other.path() / "master.key", options.master_key.file);
    }
    SECTION("another master key") {
        tried.master_key.digits = std::string(64, '0');
        REQUIRE(has(refusal(tried), "The master key is not the one"));
    }
    SECTION("half a master key") {
        tried.master_key.digits = "abcdef";
        REQUIRE(has(refusal(tried), "64 hexadecimal digits"));
        REQUIRE_FALSE(has(refusal(tried), "abcdef"));
    }
    SECTION("a master key that everyone can read") {
        fs::permissions(options.master_key.file, fs::perms::others_read, fs::perm_options::add);
        REQUIRE(has(refusal(tried), "chmod 600 " + options.master_key.file.string()));
        fs::permissions(options.master_key.file, fs::perms::others_read, fs::perm_options::remove);
    }
    SECTION("keys of another database") {
        fill(store_options(other.path()));
        tried.keys_path = other.path() / "keys.db";
        tried.master_key.file = other.path() / "master.key";
        REQUIRE(has(refusal(tried), "belongs to another database"));
    }
    SECTION("keys from a newer version") {
        set_version(options.keys_path, 99);
        REQUIRE(has(refusal(tried), "newer version"));
        set_version(options.keys_path, 1);
    }

    REQUIRE(read_file(options.path) == database);
    SqliteStore store(options);
    REQUIRE(check_invariants(store).size() == 1);
}

TEST_CASE("a database from a newer version or another program is refused, byte for byte as it was",
          "[store][opening]") {
    TempFolder folder;
    const StoreOptions options = store_options(folder.path());
    fill(options);
    std::string words;
    SECTION("newer") {
        set_version(options.path, 99);
        words = "was written by a newer version of Reweave (its schema is 99";
    }
    SECTION("of another program") {
        fs::remove(options.path);
        fs::remove(options.keys_path);
        Database(options.path, Database::Mode::create).execute("CREATE TABLE theirs (a)");
        words = "is a database of another program";
    }
    SECTION("not a database at all") {
        std::ofstream(options.path, std::ios::trunc) << std::string(8192, 'x');
        words = "is damaged, or is not a database";
    }
    const std::string before = read_file(options.path);
    REQUIRE(has(refusal(options), words));
    REQUIRE(read_file(options.path) == before);
}

TEST_CASE("a second process on the same data is refused and told who is there", "[store][opening]") {
    TempFolder folder;
    const StoreOptions options = store_options(folder.path());
    SqliteStore store(options);
    REQUIRE(has(refusal(options), "Another Reweave (process " + std::to_string(::getpid()) + ")"));
}

TEST_CASE("a folder that cannot be written is refused", "[store][opening]") {
    REQUIRE(has(refusal(store_options("/proc/reweave")), "The data folder /proc/reweave cannot be written"));
    if (::geteuid() != 0) {  // root writes what is read-only
        TempFolder folder;
        const StoreOptions options = store_options(folder.path());
        fill(options);
        fs::permissions(options.path, fs::perms::owner_read);
        REQUIRE(has(refusal(options), options.path.string() + " cannot be written"));
    }
}

TEST_CASE("what the store makes, only its owner can read", "[store][opening]") {
    TempFolder folder;
    const fs::path data = folder.path() / "data";
    const StoreOptions options = store_options(data);
    SqliteStore store(options);
    store.begin();
    (void)store.add_words(add_talker(store), "x", {});
    store.commit();
    REQUIRE((fs::status(data).permissions() & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
    int files = 0;
    for (const auto& entry : fs::directory_iterator(data)) {
        CAPTURE(entry.path());
        REQUIRE((entry.status().permissions() & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
        ++files;
    }
    REQUIRE(files >= 6);  // database, log, index of the log, keys, master key, lock
}

TEST_CASE("a master key may be bytes, digits in a file, or digits from the environment", "[store][opening]") {
    TempFolder folder;
    StoreOptions options = store_options(folder.path());
    const std::string bytes = "0123456789abcdefghijklmnopqrstuv";
    std::string digits;
    for (const char c : bytes) {
        digits += "0123456789abcdef"[c / 16];
        digits += "0123456789abcdef"[c % 16];
    }
    options.master_key.digits = digits;
    fill(options);
    REQUIRE_FALSE(fs::exists(options.master_key.file));

    options.master_key.digits.clear();
    for (const std::string& content : {bytes, digits, digits + "\n"}) {
        std::ofstream(options.master_key.file, std::ios::trunc) << content;
        fs::permissions(options.master_key.file, fs::perms::owner_read | fs::perms::owner_write);
        SqliteStore store(options);
        REQUIRE(check_invariants(store).size() == 1);
    }
}

TEST_CASE("migrations run once, in order, each whole or not at all", "[store][opening]") {
    TempFolder folder;
    const fs::path file = folder.path() / "x.db";
    const Migration first{1, "CREATE TABLE a (x); INSERT INTO a VALUES (1)"};
    const Migration second{2, "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1"};
    const Migration broken{2, "UPDATE a SET x = 7; THIS IS NOT SQL"};
    Database database(file, Database::Mode::create);

    migrate(database, {first});
    migrate(database, {first});
    REQUIRE(database.number("SELECT count(*) FROM a") == 1);
    REQUIRE_THROWS_AS(migrate(database, {first, broken}), StoreError);
    REQUIRE(database.number("SELECT x FROM a") == 1);
    REQUIRE(database.number("PRAGMA user_version") == 1);
    migrate(database, {first, second});
    REQUIRE(database.number("SELECT y FROM a") == 2);
    REQUIRE(database.number("PRAGMA user_version") == 2);
    REQUIRE_THROWS_AS(migrate(database, {first}), StoreError);
    REQUIRE_THROWS_AS(migrate(database, {second}), std::invalid_argument);
}

TEST_CASE("a database of every released schema opens, words and all", "[store][opening]") {
    // Dumps of what that version wrote, by the sqlite3 program; the master key is 64 times the digit 1.
    TempFolder folder;
    StoreOptions options = store_options(folder.path());
    options.master_key.digits = std::string(64, '1');
    const std::string fixtures = REWEAVE_SOURCE_DIR "/tests/unit/store/schema_1";
    Database(options.path, Database::Mode::create).execute(read_file(fixtures + ".sql"));
    Database(options.keys_path, Database::Mode::create).execute(read_file(fixtures + "_keys.sql"));

    SqliteStore store(options);
    const Identity identity = store.identity("web", "handle").value();
    REQUIRE(store.words(store.person(identity.person).value().name) == "Ana");
    REQUIRE(check_invariants(store).at(identity.person) == 2);
    REQUIRE(store.hot(identity.person).marks == std::vector<Hot::Mark>{{identity.id, 2}});
    REQUIRE(store.timers(identity.person).size() == 1);
    REQUIRE(store.cursor("matrix") == "s1");
    REQUIRE(store.pending_inbox(9).at(0).key == "$1");
    REQUIRE(store.pending_outbox("matrix").size() == 1);
    REQUIRE(store.newest_revisions().at(0).hash == "h1");
    REQUIRE(store.take_code("code").has_value());
    REQUIRE(store.safety_events().size() == 1);
    REQUIRE(read_tombstones(options.keys_path).size() == 1);
}

}  // namespace test_opening
