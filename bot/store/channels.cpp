// Cursors, inbox, outbox, codes.

#include "bot/store/sqlite_store.hpp"

namespace reweave::store {

using engine::CodeRecord;
using engine::InboxId;
using engine::InboxRecord;
using engine::OutboxId;
using engine::OutboxRecord;

namespace {

OutboxRecord read_outbox(const Rows& row) {
    OutboxRecord record;
    record.id = {row.number(0)};
    record.event = {row.number(1)};
    record.identity = {row.number(2)};
    record.next_try = row.time(3);
    record.attempts = static_cast<int>(row.number(4));
    record.state = static_cast<OutboxRecord::State>(row.number(5));
    record.channel_message = row.text(6);
    return record;
}

}  // namespace

std::string SqliteStore::cursor(std::string_view channel) {
    Rows row = database_.query("SELECT cursor FROM cursors WHERE channel = ?", channel);
    return row.next() ? row.text(0) : std::string();
}

void SqliteStore::save_cursor(std::string_view channel, std::string_view cursor) {
    database_.run("REPLACE INTO cursors (channel, cursor) VALUES (?, ?)", channel, cursor);
}

std::optional<InboxId> SqliteStore::add_inbox(const InboxRecord& record) {
    const int added = database_.run(
        "INSERT INTO inbox (channel, key, person, at, state, attempts, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (channel, key) DO NOTHING",
        record.channel,
        record.key,
        record.person,
        record.at,
        static_cast<int>(record.state),
        record.attempts,
        record.body);
    if (added == 0) return std::nullopt;
    return InboxId{database_.last_id()};
}

/// Of one that is done only the key is still needed.
void SqliteStore::save(const InboxRecord& record) {
    const bool done = record.state == InboxRecord::State::done;
    database_.run("UPDATE inbox SET person = ?, state = ?, attempts = ?, body = ? WHERE id = ?",
                  record.person,
                  static_cast<int>(record.state),
                  record.attempts,
                  done ? std::string_view() : std::string_view(record.body),
                  record.id);
}

std::vector<InboxRecord> SqliteStore::pending_inbox(int limit) {
    std::vector<InboxRecord> records;
    Rows row = database_.query(
        "SELECT id, channel, key, person, at, attempts, body FROM inbox WHERE state = 0 ORDER BY id LIMIT ?", limit);
    while (row.next()) {
        InboxRecord record;
        record.id = {row.number(0)};
        record.channel = row.text(1);
        record.key = row.text(2);
        record.person = {row.number(3)};
        record.at = row.time(4);
        record.attempts = static_cast<int>(row.number(5));
        record.body = row.text(6);
        records.push_back(std::move(record));
    }
    return records;
}

OutboxId SqliteStore::add_outbox(const OutboxRecord& record) {
    database_.run(
        "INSERT INTO outbox (event, identity, channel, at, next_try, attempts, state, channel_message) VALUES (?1, ?2,"
        " (SELECT channel FROM identities WHERE id = ?2), (SELECT at FROM events WHERE id = ?1), ?3, ?4, ?5, ?6)",
        record.event,
        record.identity,
        record.next_try,
        record.attempts,
        static_cast<int>(record.state),
        record.channel_message);
    return {database_.last_id()};
}

void SqliteStore::save(const OutboxRecord& record) {
    database_.run("UPDATE outbox SET next_try = ?, attempts = ?, state = ?, channel_message = ? WHERE id = ?",
                  record.next_try,
                  record.attempts,
                  static_cast<int>(record.state),
                  record.channel_message,
                  record.id);
}

std::optional<OutboxRecord> SqliteStore::outbox(OutboxId id) {
    Rows row = database_.query(
        "SELECT id, event, identity, next_try, attempts, state, channel_message FROM outbox WHERE id = ?", id);
    if (!row.next()) return std::nullopt;
    return read_outbox(row);
}

std::vector<OutboxRecord> SqliteStore::pending_outbox(std::string_view channel, int limit) {
    std::vector<OutboxRecord> records;
    Rows row = database_.query(
        "SELECT id, event, identity, next_try, attempts, state, channel_message FROM outbox"
        " WHERE channel = ? AND state = 0 ORDER BY id LIMIT ?",
        channel,
        limit);
    while (row.next()) records.push_back(read_outbox(row));
    return records;
}

void SqliteStore::add_code(const CodeRecord& code) {
    database_.run("INSERT INTO codes (hash, kind, person, expires, conversation, role) VALUES (?, ?, ?, ?, ?, ?)",
                  code.hash,
                  code.kind,
                  code.person,
                  code.expires,
                  code.conversation,
                  code.role);
}

void SqliteStore::remove_codes(engine::PersonId person, std::string_view kind) {
    database_.run("DELETE FROM codes WHERE person = ? AND kind = ?", person, kind);
}

int SqliteStore::open_codes(engine::PersonId person, std::string_view kind, engine::TimePoint now) {
    Rows row =
        database_.query("SELECT count(*) FROM codes WHERE person = ? AND kind = ? AND expires >= ?", person, kind, now);
    return row.next() ? static_cast<int>(row.number(0)) : 0;
}

std::optional<CodeRecord> SqliteStore::take_code(std::string_view hash) {
    std::optional<CodeRecord> code;
    {
        Rows row =
            database_.query("SELECT hash, kind, person, expires, conversation, role FROM codes WHERE hash = ?", hash);
        if (!row.next()) return std::nullopt;
        code = CodeRecord{row.text(0), row.text(1), {row.number(2)}, row.time(3), {row.number(4)}, row.text(5)};
    }
    database_.run("DELETE FROM codes WHERE hash = ?", hash);
    return code;
}

}  // namespace reweave::store
