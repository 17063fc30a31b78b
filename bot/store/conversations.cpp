// Conversations, events, timers, revisions.

#include "bot/store/sqlite_store.hpp"

namespace reweave::store {

using engine::Conversation;
using engine::ConversationId;
using engine::EventId;
using engine::EventRecord;
using engine::PersonId;
using engine::RevisionId;
using engine::RevisionRecord;
using engine::TimePoint;
using engine::TimerId;
using engine::TimerRecord;

namespace {

std::vector<TimerRecord> read_timers(Rows rows) {
    std::vector<TimerRecord> timers;
    while (rows.next()) {
        TimerRecord timer;
        timer.id = {rows.number(0)};
        timer.due = rows.time(1);
        timer.person = {rows.number(2)};
        timer.conversation = {rows.number(3)};
        timer.kind = static_cast<TimerRecord::Kind>(rows.number(4));
        timer.wait = rows.number(5);
        timer.index = static_cast<int>(rows.number(6));
        timer.body = rows.text(7);
        timers.push_back(std::move(timer));
    }
    return timers;
}

RevisionRecord read_revision(const Rows& row) {
    return {{row.number(0)}, row.text(1), row.text(2), row.text(3), row.time(4), row.time(5)};
}

}  // namespace

ConversationId SqliteStore::add_conversation(const Conversation& conversation) {
    database_.run(
        "INSERT INTO conversations (person, revision, status, outcome, state, created, updated)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        conversation.person,
        conversation.revision,
        static_cast<int>(conversation.status),
        conversation.outcome,
        conversation.state,
        conversation.created,
        conversation.updated);
    return {database_.last_id()};
}

std::optional<Conversation> SqliteStore::conversation(ConversationId id) {
    Rows row = database_.query(
        "SELECT person, revision, status, outcome, state, created, updated FROM conversations WHERE id = ?", id);
    if (!row.next()) return std::nullopt;
    Conversation conversation;
    conversation.id = id;
    conversation.person = {row.number(0)};
    conversation.revision = row.text(1);
    conversation.status = static_cast<Conversation::Status>(row.number(2));
    conversation.outcome = row.text(3);
    conversation.state = row.text(4);
    conversation.created = row.time(5);
    conversation.updated = row.time(6);
    return conversation;
}

/// Leaves `person` alone: it never changes, and naming it would make SQLite look at its index.
void SqliteStore::save(const Conversation& conversation) {
    database_.run("UPDATE conversations SET revision = ?, status = ?, outcome = ?, state = ?, updated = ? WHERE id = ?",
                  conversation.revision,
                  static_cast<int>(conversation.status),
                  conversation.outcome,
                  conversation.state,
                  conversation.updated,
                  conversation.id);
}

std::vector<ConversationId> SqliteStore::conversations(PersonId person) {
    std::vector<ConversationId> conversations;
    for (Rows row = database_.query("SELECT id FROM conversations WHERE person = ? ORDER BY id", person); row.next();) {
        conversations.push_back({row.number(0)});
    }
    return conversations;
}

EventId SqliteStore::add_event(const EventRecord& event) {
    database_.run("INSERT INTO events (person, seq, prev, conversation, at, seed, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
                  event.person,
                  event.seq,
                  event.prev,
                  event.conversation,
                  event.at,
                  event.seed,
                  event.body);
    return {database_.last_id()};
}

std::optional<EventRecord> SqliteStore::event(EventId id) {
    Rows row = database_.query(
        "SELECT person, seq, prev, conversation, at, seed, body FROM events WHERE id = ? AND person <> 0", id);
    if (!row.next()) return std::nullopt;
    EventRecord event;
    event.id = id;
    event.person = {row.number(0)};
    event.seq = row.number(1);
    event.prev = {row.number(2)};
    event.conversation = {row.number(3)};
    event.at = row.time(4);
    event.seed = static_cast<std::uint64_t>(row.number(5));
    event.body = row.text(6);
    return event;
}

TimerId SqliteStore::add_timer(const TimerRecord& timer) {
    database_.run(
        "INSERT INTO timers (due, person, conversation, kind, wait, number, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
        timer.due,
        timer.person,
        timer.conversation,
        static_cast<int>(timer.kind),
        timer.wait,
        timer.index,
        timer.body);
    return {database_.last_id()};
}

void SqliteStore::remove_timer(TimerId id) {
    database_.run("DELETE FROM timers WHERE id = ?", id);
}

std::vector<TimerRecord> SqliteStore::timers(PersonId person) {
    return read_timers(database_.query(
        "SELECT id, due, person, conversation, kind, wait, number, body FROM timers WHERE person = ? ORDER BY id",
        person));
}

std::vector<TimerRecord> SqliteStore::due_timers(TimePoint now, int limit) {
    return read_timers(
        database_.query("SELECT id, due, person, conversation, kind, wait, number, body FROM timers WHERE due <= ? "
                        "ORDER BY due, id LIMIT ?",
                        now,
                        limit));
}

std::optional<TimePoint> SqliteStore::next_timer() {
    const std::optional<std::int64_t> due = database_.number("SELECT min(due) FROM timers");
    if (!due) return std::nullopt;
    return TimePoint(TimePoint::duration(*due));
}

/// One that is known already keeps its row and becomes the newest again.
RevisionId SqliteStore::add_revision(const RevisionRecord& revision) {
    database_.run(
        "INSERT INTO revisions (script, hash, json, published) VALUES (?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING",
        revision.script,
        revision.hash,
        revision.json,
        revision.published);
    make_newest(revision.hash);
    return {database_.number("SELECT id FROM revisions WHERE hash = ?", revision.hash).value_or(0)};
}

std::optional<RevisionRecord> SqliteStore::revision(std::string_view hash) {
    Rows row =
        database_.query("SELECT id, script, hash, json, published, recalled FROM revisions WHERE hash = ?", hash);
    if (!row.next()) return std::nullopt;
    return read_revision(row);
}

std::vector<RevisionRecord> SqliteStore::newest_revisions() {
    std::vector<RevisionRecord> revisions;
    Rows row = database_.query(
        "SELECT r.id, r.script, r.hash, r.json, r.published, r.recalled FROM newest_revisions n JOIN revisions r ON "
        "r.id = "
        "n.revision"
        " ORDER BY n.script");
    while (row.next()) revisions.push_back(read_revision(row));
    return revisions;
}

void SqliteStore::make_newest(std::string_view hash) {
    database_.run("REPLACE INTO newest_revisions (script, revision) SELECT script, id FROM revisions WHERE hash = ?",
                  hash);
}

void SqliteStore::forget_newest(std::string_view script) {
    database_.run("DELETE FROM newest_revisions WHERE script = ?", script);
}

std::vector<RevisionRecord> SqliteStore::revisions(std::string_view script) {
    std::vector<RevisionRecord> revisions;
    Rows row = database_.query(
        "SELECT id, script, hash, json, published, recalled FROM revisions WHERE script = ? ORDER BY id DESC", script);
    while (row.next()) revisions.push_back(read_revision(row));
    return revisions;
}

void SqliteStore::recall(std::string_view hash, TimePoint at) {
    database_.run("UPDATE revisions SET recalled = ? WHERE hash = ?", at, hash);
}

std::vector<std::string> SqliteStore::recalled_revisions() {
    std::vector<std::string> hashes;
    Rows row = database_.query("SELECT hash FROM revisions WHERE recalled <> 0");
    while (row.next()) hashes.push_back(row.text(0));
    return hashes;
}

}  // namespace reweave::store
