// Cursors, rows of channels, inbox, outbox, codes.

#include "bot/store/sqlite_store.hpp"

namespace reweave::store {

using engine::ChannelRow;
using engine::CodeRecord;
using engine::InboxId;
using engine::InboxRecord;
using engine::OutboxId;
using engine::OutboxRecord;
using engine::UndoRecord;

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
    record.part = static_cast<OutboxRecord::Part>(row.number(7));
    return record;
}

const std::string kOutboxColumns =
    "SELECT id, event, identity, next_try, attempts, state, channel_message, part FROM outbox ";

const std::string kInboxColumns = "SELECT id, channel, key, person, at, state, attempts, body, words FROM inbox ";

InboxRecord read_inbox(const Rows& row) {
    InboxRecord record;
    record.id = {row.number(0)};
    record.channel = row.text(1);
    record.key = row.text(2);
    record.person = {row.number(3)};
    record.at = row.time(4);
    record.state = static_cast<InboxRecord::State>(row.number(5));
    record.attempts = static_cast<int>(row.number(6));
    record.body = row.text(7);
    record.words = {row.number(8)};
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

/// Of one that is done only the key and its words are still needed.
void SqliteStore::save(const InboxRecord& record) {
    const bool done = record.state == InboxRecord::State::done;
    database_.run("UPDATE inbox SET person = ?, state = ?, attempts = ?, body = ?, words = ? WHERE id = ?",
                  record.person,
                  static_cast<int>(record.state),
                  record.attempts,
                  done ? std::string_view() : std::string_view(record.body),
                  record.words,
                  record.id);
}

std::vector<InboxRecord> SqliteStore::pending_inbox(int limit) {
    static const std::string sql = kInboxColumns + "WHERE state = 0 ORDER BY id LIMIT ?";
    std::vector<InboxRecord> records;
    for (Rows row = database_.query(sql, limit); row.next();) records.push_back(read_inbox(row));
    return records;
}

std::optional<InboxRecord> SqliteStore::inbox(std::string_view channel, std::string_view key) {
    static const std::string sql = kInboxColumns + "WHERE channel = ? AND key = ?";
    Rows row = database_.query(sql, channel, key);
    if (!row.next()) return std::nullopt;
    return read_inbox(row);
}

OutboxId SqliteStore::add_outbox(const OutboxRecord& record) {
    database_.run(
        "INSERT INTO outbox (event, identity, channel, at, next_try, attempts, state, channel_message, part)"
        " VALUES (?1, ?2, (SELECT channel FROM identities WHERE id = ?2), (SELECT at FROM events WHERE id = ?1), ?3, "
        "?4,"
        " ?5, ?6, ?7)",
        record.event,
        record.identity,
        record.next_try,
        record.attempts,
        static_cast<int>(record.state),
        record.channel_message,
        static_cast<int>(record.part));
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
    static const std::string sql = kOutboxColumns + "WHERE id = ?";
    Rows row = database_.query(sql, id);
    if (!row.next()) return std::nullopt;
    return read_outbox(row);
}

std::optional<OutboxRecord> SqliteStore::outbox_of(engine::EventId event) {
    static const std::string sql = kOutboxColumns + "WHERE event = ? ORDER BY id DESC LIMIT 1";
    Rows row = database_.query(sql, event);
    if (!row.next()) return std::nullopt;
    return read_outbox(row);
}

std::vector<OutboxRecord> SqliteStore::pending_outbox(std::string_view channel) {
    static const std::string sql = kOutboxColumns + "WHERE channel = ? AND state = 0 ORDER BY id";
    std::vector<OutboxRecord> records;
    for (Rows row = database_.query(sql, channel); row.next();) records.push_back(read_outbox(row));
    return records;
}

std::vector<ChannelRow> SqliteStore::channel_rows(std::string_view channel) {
    std::vector<ChannelRow> rows;
    for (Rows row = database_.query("SELECT key, value FROM channel_rows WHERE channel = ? ORDER BY key", channel);
         row.next();)
        rows.push_back({row.text(0), row.text(1)});
    return rows;
}

void SqliteStore::save_channel_row(std::string_view channel, const ChannelRow& row) {
    if (row.value.empty()) {
        database_.run("DELETE FROM channel_rows WHERE channel = ? AND key = ?", channel, row.key);
    } else {
        database_.run("REPLACE INTO channel_rows (channel, key, value) VALUES (?, ?, ?)", channel, row.key, row.value);
    }
}

void SqliteStore::save(const UndoRecord& undo) {
    database_.run("REPLACE INTO undo (person, key, conversation, state, event, timer, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                  undo.person,
                  undo.key,
                  undo.conversation,
                  undo.state,
                  undo.event,
                  undo.timer,
                  undo.at);
}

std::optional<UndoRecord> SqliteStore::undo(engine::PersonId person) {
    Rows row = database_.query("SELECT key, conversation, state, event, timer, at FROM undo WHERE person = ?", person);
    if (!row.next()) return std::nullopt;
    return UndoRecord{person, row.text(0), {row.number(1)}, row.text(2), {row.number(3)}, {row.number(4)}, row.time(5)};
}

void SqliteStore::remove_undo(engine::PersonId person) {
    database_.run("DELETE FROM undo WHERE person = ?", person);
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
