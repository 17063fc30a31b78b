#include "bot/store/facts.hpp"

#include "bot/store/sqlite.hpp"

namespace reweave::store {

namespace {

std::uintmax_t size_of(const std::filesystem::path& file) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    return error ? 0 : size;
}

}  // namespace

StoreFacts read_facts(const std::filesystem::path& database, const std::filesystem::path& keys) {
    Database db(database, Database::Mode::read);
    db.execute("BEGIN");  // all from one moment
    const auto count = [&db](std::string_view sql) { return db.number(sql).value_or(0); };
    const auto time = [&db](std::string_view sql) -> std::optional<engine::TimePoint> {
        const std::optional<std::int64_t> ms = db.number(sql);
        if (!ms) return std::nullopt;
        return engine::TimePoint(engine::TimePoint::duration(*ms));
    };
    StoreFacts facts;
    facts.schema = static_cast<int>(count("PRAGMA user_version"));
    facts.people = count("SELECT count(*) FROM people");
    facts.conversations = count("SELECT count(*) FROM conversations");
    facts.newest_event = count("SELECT max(id) FROM events");
    facts.newest_words = count("SELECT max(id) FROM words");
    facts.timers = count("SELECT count(*) FROM timers");
    facts.next_timer = time("SELECT min(due) FROM timers");
    facts.pending_inbox = count("SELECT count(*) FROM inbox WHERE state = 0");
    facts.set_aside_inbox = count("SELECT count(*) FROM inbox WHERE state = 2");
    facts.pending_outbox = count("SELECT count(*) FROM outbox WHERE state = 0");
    facts.oldest_outbox = time("SELECT min(at) FROM outbox WHERE state = 0");
    facts.database_bytes = size_of(database);
    facts.log_bytes = size_of(database.string() + "-wal");
    facts.keys_bytes = size_of(keys);
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(database, error);
    facts.free_bytes = error ? 0 : space.available;
    return facts;
}

}  // namespace reweave::store
