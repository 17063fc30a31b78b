// Conversations of several people: seats, consents, blocks, and who asked whom.

#include <nlohmann/json.hpp>

#include "bot/store/sqlite_store.hpp"

namespace reweave::store {

using engine::Consent;
using engine::ConversationId;
using engine::Participant;
using engine::PersonId;

namespace {

std::vector<Participant> read_participants(Rows row) {
    std::vector<Participant> all;
    while (row.next()) all.push_back({{row.number(0)}, static_cast<int>(row.number(1)), {row.number(2)}, row.text(3)});
    return all;
}

}  // namespace

void SqliteStore::save(const Participant& participant) {
    database_.run("REPLACE INTO participants (conversation, lane, person, held) VALUES (?, ?, ?, ?)",
                  participant.conversation,
                  participant.lane,
                  participant.person,
                  participant.held);
}

std::vector<Participant> SqliteStore::participants(ConversationId conversation) {
    return read_participants(database_.query(
        "SELECT conversation, lane, person, held FROM participants WHERE conversation = ? ORDER BY lane",
        conversation));
}

std::vector<Participant> SqliteStore::seats(PersonId person) {
    return read_participants(database_.query(
        "SELECT conversation, lane, person, held FROM participants WHERE person = ? ORDER BY conversation, lane",
        person));
}

void SqliteStore::remove_seat(ConversationId conversation, int lane) {
    database_.run("DELETE FROM participants WHERE conversation = ? AND lane = ?", conversation, lane);
}

std::int64_t SqliteStore::add_consent(const Consent& consent) {
    database_.run(
        "INSERT INTO consents (conversation, lane, person, kind, name, what, readers, at, shown, ended)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        consent.conversation,
        consent.lane,
        consent.person,
        static_cast<int>(consent.kind),
        consent.name,
        dialog::to_json(consent.what).dump(),
        consent.readers,
        consent.at,
        consent.shown,
        consent.ended);
    return database_.last_id();
}

void SqliteStore::save(const Consent& consent) {
    database_.run("UPDATE consents SET shown = ?, ended = ? WHERE id = ?", consent.shown, consent.ended, consent.id);
}

std::vector<Consent> SqliteStore::consents(ConversationId conversation) {
    std::vector<Consent> all;
    Rows row = database_.query(
        "SELECT id, lane, person, kind, name, what, readers, at, shown, ended FROM consents WHERE conversation = ?"
        " ORDER BY id",
        conversation);
    while (row.next()) {
        Consent consent;
        consent.id = row.number(0);
        consent.conversation = conversation;
        consent.lane = static_cast<int>(row.number(1));
        consent.person = {row.number(2)};
        consent.kind = static_cast<Consent::Kind>(row.number(3));
        consent.name = row.text(4);
        consent.what = dialog::answer_from_json(nlohmann::json::parse(row.text(5)));
        consent.readers = row.text(6);
        consent.at = row.time(7);
        consent.shown = row.time(8);
        consent.ended = row.time(9);
        all.push_back(std::move(consent));
    }
    return all;
}

void SqliteStore::add_block(PersonId person, PersonId blocked, engine::TimePoint at) {
    database_.run("REPLACE INTO blocks (person, blocked, at) VALUES (?, ?, ?)", person, blocked, at);
}

bool SqliteStore::has_blocked(PersonId person, PersonId blocked) {
    return database_.number("SELECT 1 FROM blocks WHERE person = ? AND blocked = ?", person, blocked).has_value();
}

void SqliteStore::add_asked(PersonId person, PersonId by, engine::TimePoint at) {
    database_.run("INSERT INTO asked (asked, by, at) VALUES (?, ?, ?)", person, by, at);
}

int SqliteStore::times_asked(PersonId one, PersonId other, engine::TimePoint since) {
    const auto by = [&](PersonId person, PersonId asking) {
        return database_
            .number("SELECT count(*) FROM asked WHERE asked = ? AND by = ? AND at >= ?", person, asking, since)
            .value_or(0);
    };
    return static_cast<int>(std::max(by(one, other), by(other, one)));
}

void SqliteStore::forget_asked(PersonId one, PersonId other) {
    database_.run("DELETE FROM asked WHERE asked IN (?1, ?2) AND by IN (?1, ?2)", one, other);
}

/// A conversation in which others have a seat becomes theirs.
void SqliteStore::erase_seats(PersonId person) {
    database_.run("DELETE FROM consents WHERE person = ?", person);
    database_.run("DELETE FROM blocks WHERE person = ?1 OR blocked = ?1", person);
    database_.run("DELETE FROM asked WHERE asked = ?1 OR by = ?1", person);
    database_.run("DELETE FROM participants WHERE person = ?", person);
    database_.run(
        "UPDATE conversations SET person = (SELECT p.person FROM participants p WHERE p.conversation = "
        "conversations.id LIMIT 1) WHERE person = ?1 AND EXISTS (SELECT 1 FROM participants p WHERE p.conversation = "
        "conversations.id)",
        person);
    // Their own part of it went when they left; the timers of a room that nobody is in go with it.
    database_.run(
        "DELETE FROM timers WHERE person = 0 AND conversation IN (SELECT id FROM conversations WHERE person = ?)",
        person);
}

}  // namespace reweave::store
