// People, their identities, their words, and erasing all of it.

#include <sodium.h>
#include <sqlite3.h>

#include <array>
#include <charconv>
#include <chrono>
#include <stdexcept>

#include "bot/store/sqlite_store.hpp"

namespace reweave::store {

using engine::ConversationId;
using engine::Hot;
using engine::Identity;
using engine::IdentityId;
using engine::Person;
using engine::PersonId;
using engine::WordsRef;

namespace {

// Lists of small numbers in the hot row: "12 14", "3:17 5:2". Read and written with every turn, so not JSON.

void append_number(std::string& text, std::int64_t number) {
    std::array<char, 24> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    text.append(digits.data(), end);
}

std::string format_waiting(const std::vector<ConversationId>& waiting) {
    std::string text;
    for (const ConversationId id : waiting) {
        if (!text.empty()) text += ' ';
        append_number(text, id.value);
    }
    return text;
}

std::string format_marks(const std::vector<Hot::Mark>& marks) {
    std::string text;
    for (const Hot::Mark& mark : marks) {
        if (!text.empty()) text += ' ';
        append_number(text, mark.identity.value);
        text += ':';
        append_number(text, mark.last);
    }
    return text;
}

/// All numbers in `text`, whatever stands between them.
std::vector<std::int64_t> parse_numbers(const std::string& text) {
    std::vector<std::int64_t> numbers;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
        std::int64_t number = 0;
        const auto [next, error] = std::from_chars(at, end, number);
        if (error == std::errc()) numbers.push_back(number);
        at = next + 1;
    }
    return numbers;
}

/// Binds sealed words to their row: moved to another row or author they do not open.
std::array<unsigned char, 16> words_context(std::int64_t id, PersonId author) {
    std::array<unsigned char, 16> context{};
    for (std::size_t i = 0; i < 8; ++i) {
        context[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(id) >> (8 * i));
        context[8 + i] = static_cast<unsigned char>(static_cast<std::uint64_t>(author.value) >> (8 * i));
    }
    return context;
}

constexpr const char* kIdentityColumns =
    "SELECT id, channel, handle, person, created, ended, reachable FROM identities ";

Identity read_identity(const Rows& row) {
    return {{row.number(0)},
            row.text(1),
            row.text(2),
            {row.number(3)},
            row.time(4),
            row.number(5) != 0,
            row.number(6) != 0};
}

}  // namespace

PersonId SqliteStore::add_person(const Person& person) {
    database_.run(
        "INSERT INTO people (created, language, time_zone, day_from, day_to, country, adult, name, pronouns,"
        " joint_locked_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        person.created,
        person.language,
        person.time_zone,
        person.day_from,
        person.day_to,
        person.country,
        person.adult,
        person.name,
        person.pronouns,
        person.joint_locked_until);
    return {database_.last_id()};
}

std::optional<Person> SqliteStore::person(PersonId id) {
    Rows row = database_.query(
        "SELECT created, language, time_zone, day_from, day_to, country, adult, name, pronouns, joint_locked_until"
        " FROM people WHERE id = ?",
        id);
    if (!row.next()) return std::nullopt;
    Person person;
    person.id = id;
    person.created = row.time(0);
    person.language = row.text(1);
    person.time_zone = row.text(2);
    person.day_from = static_cast<int>(row.number(3));
    person.day_to = static_cast<int>(row.number(4));
    person.country = row.text(5);
    if (!row.null(6)) person.adult = row.number(6) != 0;
    person.name = {row.number(7)};
    person.pronouns = row.text(8);
    person.joint_locked_until = row.time(9);
    return person;
}

void SqliteStore::save(const Person& person) {
    database_.run(
        "UPDATE people SET created = ?, language = ?, time_zone = ?, day_from = ?, day_to = ?, country = ?, adult = ?,"
        " name = ?, pronouns = ?, joint_locked_until = ? WHERE id = ?",
        person.created,
        person.language,
        person.time_zone,
        person.day_from,
        person.day_to,
        person.country,
        person.adult,
        person.name,
        person.pronouns,
        person.joint_locked_until,
        person.id);
}

Hot SqliteStore::hot(PersonId id) {
    Hot hot;
    hot.person = id;
    Rows row = database_.query(
        "SELECT seq, last_event, last_words, focus, waiting, offered, marks, last_notice FROM hot WHERE person = ?",
        id);
    if (!row.next()) return hot;
    hot.seq = row.number(0);
    hot.last_event = {row.number(1)};
    hot.last_words = {row.number(2)};
    hot.focus = {row.number(3)};
    for (const std::int64_t waiting : parse_numbers(row.text(4))) hot.waiting.push_back({waiting});
    hot.offered = {row.number(5)};
    const std::vector<std::int64_t> marks = parse_numbers(row.text(6));
    for (std::size_t i = 0; i + 1 < marks.size(); i += 2) hot.marks.push_back({{marks[i]}, marks[i + 1]});
    hot.last_notice = row.time(7);
    return hot;
}

void SqliteStore::save(const Hot& hot) {
    database_.run(
        "REPLACE INTO hot (person, seq, last_event, last_words, focus, waiting, offered, marks, last_notice)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        hot.person,
        hot.seq,
        hot.last_event,
        hot.last_words,
        hot.focus,
        format_waiting(hot.waiting),
        hot.offered,
        format_marks(hot.marks),
        hot.last_notice);
}

IdentityId SqliteStore::add_identity(const Identity& identity) {
    database_.run(
        "INSERT INTO identities (channel, handle, person, created, ended, reachable) VALUES (?, ?, ?, ?, ?, ?)",
        identity.channel,
        identity.handle,
        identity.person,
        identity.created,
        identity.ended,
        identity.reachable);
    return {database_.last_id()};
}

std::optional<Identity> SqliteStore::identity(std::string_view channel, std::string_view handle) {
    static const std::string sql = std::string(kIdentityColumns) + "WHERE channel = ? AND handle = ?";
    Rows row = database_.query(sql, channel, handle);
    if (!row.next()) return std::nullopt;
    return read_identity(row);
}

std::optional<Identity> SqliteStore::identity(IdentityId id) {
    static const std::string sql = std::string(kIdentityColumns) + "WHERE id = ?";
    Rows row = database_.query(sql, id);
    if (!row.next()) return std::nullopt;
    return read_identity(row);
}

std::vector<Identity> SqliteStore::identities(PersonId person) {
    static const std::string sql = std::string(kIdentityColumns) + "WHERE person = ? ORDER BY id";
    std::vector<Identity> identities;
    for (Rows row = database_.query(sql, person); row.next();) identities.push_back(read_identity(row));
    return identities;
}

void SqliteStore::save(const Identity& identity) {
    database_.run(
        "UPDATE identities SET channel = ?, handle = ?, person = ?, created = ?, ended = ?, reachable = ? WHERE id = ?",
        identity.channel,
        identity.handle,
        identity.person,
        identity.created,
        identity.ended,
        identity.reachable,
        identity.id);
}

std::vector<PersonId> SqliteStore::all_people() {
    std::vector<PersonId> people;
    for (Rows row = database_.query("SELECT id FROM people ORDER BY id"); row.next();)
        people.push_back({row.number(0)});
    return people;
}

std::vector<PersonId> SqliteStore::silent_since(engine::TimePoint before, std::string_view channel, int limit) {
    std::vector<PersonId> people;
    constexpr auto kSilent =
        "SELECT hot.person FROM hot JOIN events ON events.id = hot.last_event WHERE events.at < ?1 AND (?2 = '' OR "
        "EXISTS "
        "(SELECT 1 FROM identities WHERE identities.person = hot.person AND identities.channel = ?2)) LIMIT ?3";
    for (Rows row = database_.query(kSilent, before, channel, limit); row.next();) people.push_back({row.number(0)});
    return people;
}

WordsRef SqliteStore::add_words(PersonId author, std::string_view text, WordsRef previous) {
    const WordsRef ref{next_words_++};
    const BytesView plain(reinterpret_cast<const unsigned char*>(text.data()), text.size());
    const Bytes sealed = seal(keys_.find_or_make(author), plain, words_context(ref.id, author));
    database_.run(
        "INSERT INTO words (id, author, prev, sealed) VALUES (?, ?, ?, ?)", ref, author, previous, BytesView(sealed));
    return ref;
}

std::optional<std::string> SqliteStore::words(WordsRef ref) {
    Rows row = database_.query("SELECT author, sealed FROM words WHERE id = ?", ref);
    if (!row.next()) return std::nullopt;
    const PersonId author{row.number(0)};
    if (row.bytes(1).empty()) return std::nullopt;
    const Key* key = author ? keys_.find(author) : nullptr;
    if (key == nullptr) return std::nullopt;
    std::optional<Bytes> plain = open_sealed(*key, row.bytes(1), words_context(ref.id, author));
    if (!plain) {
        throw engine::StoreError("Words number " + std::to_string(ref.id) + " in " + database_.file().string() +
                                 " are damaged. Restore the newest back-up into an empty folder.");
    }
    std::string text(plain->begin(), plain->end());
    sodium_memzero(plain->data(), plain->size());
    return text;
}

/// The row stays: it is a link of its author's chain.
void SqliteStore::forget_words(WordsRef ref) {
    database_.run("UPDATE words SET sealed = x'' WHERE id = ?", ref);
    database_.run("UPDATE inbox SET words = 0 WHERE words = ?", ref);
}

PersonId SqliteStore::author(WordsRef ref) {
    return {database_.number("SELECT author FROM words WHERE id = ?", ref).value_or(0)};
}

void SqliteStore::erase(PersonId person) {
    if (database_.in_transaction()) throw std::logic_error("erase() inside a transaction");
    keys_.erase(person, std::chrono::time_point_cast<engine::TimePoint::duration>(std::chrono::system_clock::now()));
    erase_rows(person);
    checkpointer_.empty_log();
}

/// Also repeats, from the tombstones, what a crash cut short or a restored back-up brought back.
void SqliteStore::finish_erasures() {
    for (const PersonId person : keys_.erased()) {
        if (database_.number("SELECT 1 FROM people WHERE id = ?", person)) erase_rows(person);
    }
    // An older back-up may not know of people who came later; their ids, which tombstones and keys name, are taken.
    const PersonId highest = keys_.highest_person();
    if (database_.number("SELECT seq FROM sqlite_sequence WHERE name = 'people'").value_or(0) >= highest.value) return;
    database_.execute("BEGIN IMMEDIATE; DELETE FROM sqlite_sequence WHERE name = 'people'");
    database_.run("INSERT INTO sqlite_sequence (name, seq) VALUES ('people', ?)", highest);
    database_.execute("COMMIT");
}

void SqliteStore::erase_rows(PersonId person) {
    // FAST leaves what stood on a page that becomes free; here nothing may stay.
    database_.execute("PRAGMA secure_delete = ON");
    begin();
    try {
        erase_words(person);
        erase_events(person);
        database_.run("DELETE FROM timers WHERE person = ?", person);
        erase_seats(person);
        database_.run("DELETE FROM conversations WHERE person = ?", person);
        database_.run("DELETE FROM codes WHERE person = ?", person);
        database_.run(
            "UPDATE inbox SET state = 1, body = '', person = 0, words = 0 WHERE (state <> 1 OR words <> 0) AND person "
            "= ?",
            person);
        database_.run("DELETE FROM undo WHERE person = ?", person);
        database_.run("DELETE FROM identities WHERE person = ?", person);
        database_.run("DELETE FROM hot WHERE person = ?", person);
        database_.run("DELETE FROM people WHERE id = ?", person);
        commit();
    } catch (...) {
        rollback();
        throw;
    }
    database_.execute("PRAGMA secure_delete = FAST");
}

// The newest row of all is emptied rather than deleted, so that its id is never given to somebody else.

void SqliteStore::erase_words(PersonId person) {
    const WordsRef newest{database_.number("SELECT max(id) FROM words").value_or(0)};
    WordsRef next = hot(person).last_words;
    while (next.id != 0) {
        const WordsRef ref = next;
        next = {database_.number("SELECT prev FROM words WHERE id = ? AND author = ?", ref, person).value_or(0)};
        if (ref == newest) {
            database_.run(
                "UPDATE words SET author = 0, prev = 0, sealed = x'' WHERE id = ? AND author = ?", ref, person);
        } else {
            database_.run("DELETE FROM words WHERE id = ? AND author = ?", ref, person);
        }
    }
}

void SqliteStore::erase_events(PersonId person) {
    const engine::EventId newest{database_.number("SELECT max(id) FROM events").value_or(0)};
    engine::EventId next = hot(person).last_event;
    while (next) {
        const engine::EventId id = next;
        next = {database_.number("SELECT prev FROM events WHERE id = ? AND person = ?", id, person).value_or(0)};
        database_.run("DELETE FROM outbox WHERE event = ?", id);
        if (id == newest) {
            database_.run(
                "UPDATE events SET person = 0, seq = 0, prev = 0, conversation = 0, at = 0, seed = 0, body = ''"
                " WHERE id = ? AND person = ?",
                id,
                person);
        } else {
            database_.run("DELETE FROM events WHERE id = ? AND person = ?", id, person);
        }
    }
}

}  // namespace reweave::store
