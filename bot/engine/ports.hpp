#pragma once
/// \file What the engine needs from outside: a store and a clock.

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bot/engine/records.hpp"

namespace reweave::engine {

/// The environment failed: disk full, a corrupt or newer database. After it no further turn may be taken.
struct StoreError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Clock {
 public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual TimePoint now() const = 0;
};

/// Where everything durable lives. One thread only (the engine's). Every function throws StoreError if the environment
/// fails.
///
/// Writes happen between begin() and commit(); reads see them at once. rollback() forgets them. Nothing is promised to
/// anyone before commit() has returned.
class Store {
 public:
    virtual ~Store() = default;

    virtual void begin() = 0;
    virtual void commit() = 0;
    virtual void rollback() noexcept = 0;

    // people -----------------------------------------------------------------------------------------
    virtual PersonId add_person(const Person& person) = 0;
    [[nodiscard]] virtual std::optional<Person> person(PersonId id) = 0;
    virtual void save(const Person& person) = 0;
    [[nodiscard]] virtual Hot hot(PersonId id) = 0;  ///< a fresh one if there is none
    virtual void save(const Hot& hot) = 0;
    virtual IdentityId add_identity(const Identity& identity) = 0;
    [[nodiscard]] virtual std::optional<Identity> identity(std::string_view channel, std::string_view handle) = 0;
    [[nodiscard]] virtual std::optional<Identity> identity(IdentityId id) = 0;
    [[nodiscard]] virtual std::vector<Identity> identities(PersonId person) = 0;
    virtual void save(const Identity& identity) = 0;
    /// Deletes the person's key first, durably, then every row of theirs: words, events, conversations, timers, outbox,
    /// identities, person. Their words are unreadable in every back-up from then on. A conversation in which others
    /// have a seat stays, without theirs. Called outside a transaction.
    virtual void erase(PersonId person) = 0;
    [[nodiscard]] virtual std::vector<PersonId> all_people() = 0;
    /// Those whose newest event is from before `before`; unless `channel` is empty, only whom that channel knows, or
    /// has known.
    [[nodiscard]] virtual std::vector<PersonId> silent_since(TimePoint before, std::string_view channel, int limit) = 0;

    // words ------------------------------------------------------------------------------------------
    /// Seals `text` with the author's key (made at their first words) and stores it; `previous` is the author's chain.
    virtual WordsRef add_words(PersonId author, std::string_view text, WordsRef previous) = 0;
    /// The author wants them gone: only that there were some is known from now on.
    virtual void forget_words(WordsRef ref) = 0;
    /// Empty if the words or their author's key were deleted.
    [[nodiscard]] virtual std::optional<std::string> words(WordsRef ref) = 0;
    /// None if they were deleted.
    [[nodiscard]] virtual PersonId author(WordsRef ref) = 0;

    // conversations, events, timers ------------------------------------------------------------------
    virtual ConversationId add_conversation(const Conversation& conversation) = 0;
    [[nodiscard]] virtual std::optional<Conversation> conversation(ConversationId id) = 0;
    virtual void save(const Conversation& conversation) = 0;
    [[nodiscard]] virtual std::vector<ConversationId> conversations(PersonId person) = 0;
    virtual EventId add_event(const EventRecord& event) = 0;
    [[nodiscard]] virtual std::optional<EventRecord> event(EventId id) = 0;
    virtual TimerId add_timer(const TimerRecord& timer) = 0;
    virtual void remove_timer(TimerId id) = 0;
    /// Those of the person's timers that are left: all, or of one conversation.
    [[nodiscard]] virtual std::vector<TimerRecord> timers(PersonId person) = 0;
    /// Due at or before `now`, earliest first.
    [[nodiscard]] virtual std::vector<TimerRecord> due_timers(TimePoint now, int limit) = 0;
    [[nodiscard]] virtual std::optional<TimePoint> next_timer() = 0;

    // several people ---------------------------------------------------------------------------------
    /// Gives the seat to that person, whoever had it before.
    virtual void save(const Participant& participant) = 0;
    /// By lane; seats that nobody has are missing.
    [[nodiscard]] virtual std::vector<Participant> participants(ConversationId conversation) = 0;
    [[nodiscard]] virtual std::vector<Participant> seats(PersonId person) = 0;
    virtual void remove_seat(ConversationId conversation, int lane) = 0;
    virtual std::int64_t add_consent(const Consent& consent) = 0;
    /// `shown` and `ended`; the rest of a consent never changes.
    virtual void save(const Consent& consent) = 0;
    [[nodiscard]] virtual std::vector<Consent> consents(ConversationId conversation) = 0;
    virtual void add_block(PersonId person, PersonId blocked, TimePoint at) = 0;
    [[nodiscard]] virtual bool has_blocked(PersonId person, PersonId blocked) = 0;
    /// `by` asked that person to meet.
    virtual void add_asked(PersonId person, PersonId by, TimePoint at) = 0;
    /// How often since `since`, either of them.
    [[nodiscard]] virtual int times_asked(PersonId one, PersonId other, TimePoint since) = 0;
    /// They have met.
    virtual void forget_asked(PersonId one, PersonId other) = 0;

    // channels ---------------------------------------------------------------------------------------
    [[nodiscard]] virtual std::string cursor(std::string_view channel) = 0;
    virtual void save_cursor(std::string_view channel, std::string_view cursor) = 0;
    /// Empty if that key of that channel is known already (remembered for 30 days).
    virtual std::optional<InboxId> add_inbox(const InboxRecord& record) = 0;
    virtual void save(const InboxRecord& record) = 0;
    [[nodiscard]] virtual std::vector<InboxRecord> pending_inbox(int limit) = 0;
    virtual OutboxId add_outbox(const OutboxRecord& record) = 0;
    virtual void save(const OutboxRecord& record) = 0;
    [[nodiscard]] virtual std::optional<OutboxRecord> outbox(OutboxId id) = 0;
    /// Pending ones for a channel, oldest first.
    [[nodiscard]] virtual std::vector<OutboxRecord> pending_outbox(std::string_view channel) = 0;
    /// The newest of that event; empty if it has none.
    [[nodiscard]] virtual std::optional<OutboxRecord> outbox_of(EventId event) = 0;
    [[nodiscard]] virtual std::optional<InboxRecord> inbox(std::string_view channel, std::string_view key) = 0;
    [[nodiscard]] virtual std::vector<ChannelRow> channel_rows(std::string_view channel) = 0;
    virtual void save_channel_row(std::string_view channel, const ChannelRow& row) = 0;
    virtual void save(const UndoRecord& undo) = 0;
    [[nodiscard]] virtual std::optional<UndoRecord> undo(PersonId person) = 0;
    virtual void remove_undo(PersonId person) = 0;
    virtual void add_code(const CodeRecord& code) = 0;
    /// Takes the code out and returns it, expired or not; empty if there is none.
    virtual std::optional<CodeRecord> take_code(std::string_view hash) = 0;
    virtual void remove_codes(PersonId person, std::string_view kind) = 0;
    /// How many codes of that kind the person has made that have not expired.
    [[nodiscard]] virtual int open_codes(PersonId person, std::string_view kind, TimePoint now) = 0;

    // revisions --------------------------------------------------------------------------------------
    virtual RevisionId add_revision(const RevisionRecord& revision) = 0;
    [[nodiscard]] virtual std::optional<RevisionRecord> revision(std::string_view hash) = 0;
    /// The newest of every script.
    [[nodiscard]] virtual std::vector<RevisionRecord> newest_revisions() = 0;
    /// Makes a known revision the newest of its script again.
    virtual void make_newest(std::string_view hash) = 0;
    /// The script has no revision any more that may begin.
    virtual void forget_newest(std::string_view script) = 0;
    /// All of a script, the newest first.
    [[nodiscard]] virtual std::vector<RevisionRecord> revisions(std::string_view script) = 0;
    /// From now on it counts as recalled; which one is the newest stays.
    virtual void recall(std::string_view hash, TimePoint at) = 0;
    /// Hashes of those that were recalled.
    [[nodiscard]] virtual std::vector<std::string> recalled_revisions() = 0;
    /// A revision's translations: language -> JSON of dialog::Translation.
    [[nodiscard]] virtual std::map<std::string, std::string> translations(std::string_view hash) = 0;
    /// These instead of those that it had.
    virtual void save_translations(std::string_view hash, const std::map<std::string, std::string>& by_language) = 0;

    // safety -----------------------------------------------------------------------------------------
    virtual void add_safety_event(const SafetyEvent& event) = 0;
    [[nodiscard]] virtual std::vector<SafetyEvent> safety_events() = 0;

    // upkeep -----------------------------------------------------------------------------------------
    /// Forgets inbox keys of what had no words, used codes, sent outbox rows and safety events from before `before`; at
    /// most `limit` rows a call.
    virtual int forget(TimePoint before, int limit) = 0;
};

}  // namespace reweave::engine
