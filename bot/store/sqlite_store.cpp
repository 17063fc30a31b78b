#include "bot/store/sqlite_store.hpp"

#include <sodium.h>
#include <sqlite3.h>

#include <stdexcept>

namespace reweave::store {

namespace {

Database& prepare(Database& database, const StoreOptions& options) {
    // Checked first, so that a database of someone else is not even switched to another journal.
    check_schema(database, static_cast<int>(options.migrations.size()));
    const bool full = options.synchronous == StoreOptions::Synchronous::full;
    database.execute(
        "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = FAST;"
        "PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864;"
        "PRAGMA cache_size = -" +
        std::to_string(options.cache_kib) + "; PRAGMA synchronous = " + (full ? "FULL" : "NORMAL"));
    migrate(database, options.migrations);
    return database;
}

}  // namespace

SqliteStore::SqliteStore(const StoreOptions& options) : SqliteStore(options, DataLock(options.path.parent_path())) {}

SqliteStore::SqliteStore(const StoreOptions& options, DataLock lock)
    : lock_(std::move(lock)),
      database_(options.path, Database::Mode::create, options.vfs),
      keys_(open_keys(options)),
      checkpointer_(options.path, options.vfs, options.checkpoint, gate_) {
    sqlite3_wal_hook(
        database_.handle(),
        [](void* self, sqlite3*, const char*, int pages) {
            static_cast<SqliteStore*>(self)->checkpointer_.log_has(pages);
            return SQLITE_OK;
        },
        this);
    next_words_ = database_.number("SELECT max(id) FROM words").value_or(0) + 1;
    finish_erasures();
}

SqliteStore::~SqliteStore() {
    rollback();
    sqlite3_wal_hook(database_.handle(), nullptr, nullptr);
}

Keys SqliteStore::open_keys(const StoreOptions& options) {
    if (database_.number("PRAGMA user_version") == 0 && std::filesystem::exists(options.keys_path)) {
        throw engine::StoreError("There is a keys file, " + options.keys_path.string() + ", but no database at " +
                                 options.path.string() +
                                 ". Restore the database from a back-up, or move the keys file away to start empty.");
    }
    prepare(database_, options);
    const auto pair = [this] { return database_.query("SELECT value FROM meta WHERE name = 'pair'"); };
    if (!pair().next()) {
        Bytes fresh(16);
        randombytes_buf(fresh.data(), fresh.size());
        database_.run("INSERT INTO meta (name, value) VALUES ('pair', ?)", BytesView(fresh));
    }
    Rows row = pair();
    row.next();
    // Once there are words, a new key would only hide that the old ones are lost.
    const bool first_start = !database_.number("SELECT 1 FROM words WHERE author <> 0 LIMIT 1");
    const bool new_master_key = first_start && !std::filesystem::exists(options.keys_path);
    return {options.keys_path,
            load_master_key(options.master_key, new_master_key),
            row.bytes(0),
            first_start,
            options.cached_keys,
            options.vfs};
}

StoreCounters SqliteStore::counters() const noexcept {
    return {checkpointer_.counters(), commits_};
}

void SqliteStore::begin() {
    gate_.enter();
    try {
        database_.run("BEGIN IMMEDIATE");
    } catch (...) {
        gate_.leave();
        throw;
    }
}

void SqliteStore::commit() {
    try {
        keys_.commit();
        database_.run("COMMIT");
    } catch (...) {
        rollback();
        throw;
    }
    commits_.fetch_add(1, std::memory_order_relaxed);
    gate_.leave();
}

void SqliteStore::rollback() noexcept {
    keys_.rollback();
    if (database_.in_transaction()) {
        try {
            database_.run("ROLLBACK");
        } catch (const engine::StoreError&) {
            // The log has no commit record, so it is forgotten when the database is opened again.
        }
    }
    gate_.leave();
}

int SqliteStore::forget(engine::TimePoint before, int limit) {
    int forgotten = database_.run(
        "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE at < ? AND state <> 0 AND words = 0"
        " ORDER BY at LIMIT ?)",
        before,
        limit);
    forgotten += database_.run(
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE at < ? AND state <> 0 ORDER BY at LIMIT ?)",
        before,
        limit - forgotten);
    forgotten += database_.run(
        "DELETE FROM asked WHERE id IN (SELECT id FROM asked WHERE at < ? LIMIT ?)", before, limit - forgotten);
    forgotten += database_.run("DELETE FROM codes WHERE hash IN (SELECT hash FROM codes WHERE expires < ? LIMIT ?)",
                               before,
                               limit - forgotten);
    forgotten +=
        database_.run("DELETE FROM safety_events WHERE id IN (SELECT id FROM safety_events WHERE day < ? LIMIT ?)",
                      std::chrono::floor<std::chrono::days>(before).time_since_epoch().count(),
                      limit - forgotten);
    return forgotten;
}

void SqliteStore::add_safety_event(const engine::SafetyEvent& event) {
    database_.run("INSERT INTO safety_events (day, category, tier, action, language) VALUES (?, ?, ?, ?, ?)",
                  event.day,
                  event.category,
                  event.tier,
                  event.action,
                  event.language);
}

std::vector<engine::SafetyEvent> SqliteStore::safety_events() {
    std::vector<engine::SafetyEvent> events;
    for (Rows row = database_.query("SELECT day, category, tier, action, language FROM safety_events ORDER BY id");
         row.next();) {
        events.push_back({row.number(0),
                          std::string(row.text(1)),
                          static_cast<int>(row.number(2)),
                          std::string(row.text(3)),
                          std::string(row.text(4))});
    }
    return events;
}

}  // namespace reweave::store
