#pragma once
/// \file The Store port on SQLite.
///
/// Made for few dirty pages per turn: see data/migrations. Words are sealed with their author's key (keys.hpp); the key
/// is durable before the words are.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bot/engine/ports.hpp"
#include "bot/store/checkpoint.hpp"
#include "bot/store/data_lock.hpp"
#include "bot/store/keys.hpp"
#include "bot/store/schema.hpp"
#include "bot/store/sqlite.hpp"

namespace reweave::store {

struct StoreOptions {
    std::filesystem::path path;       ///< the database; its folder is the data folder and gets the lock
    std::filesystem::path keys_path;  ///< the keys file
    MasterKeySource master_key;
    std::vector<Migration> migrations;
    enum class Synchronous {
        full,
        normal
    } synchronous = Synchronous::full;  ///< normal may lose turns: benchmarks only
    CheckpointLimits checkpoint;
    int cache_kib = 16 * 1024;  ///< pages in memory
    std::size_t cached_keys = 4096;
    std::string vfs;  ///< SQLite's file layer, for tests; empty: its own
};

struct StoreCounters {
    CheckpointCounters checkpoints;
    std::uint64_t commits = 0;
};

class SqliteStore final : public engine::Store {
 public:
    /// Locks the data folder, migrates, and finishes erasures that were cut short or that a restored back-up undid.
    /// \throws StoreError with one sentence for the operator.
    explicit SqliteStore(const StoreOptions& options);
    /// With the lock of the folder already in hand.
    SqliteStore(const StoreOptions& options, DataLock lock);
    ~SqliteStore() override;

    [[nodiscard]] StoreCounters counters() const noexcept;  ///< from any thread

    void begin() override;
    void commit() override;
    void rollback() noexcept override;

    engine::PersonId add_person(const engine::Person& person) override;
    std::optional<engine::Person> person(engine::PersonId id) override;
    void save(const engine::Person& person) override;
    engine::Hot hot(engine::PersonId id) override;
    void save(const engine::Hot& hot) override;
    engine::IdentityId add_identity(const engine::Identity& identity) override;
    std::optional<engine::Identity> identity(std::string_view channel, std::string_view handle) override;
    std::optional<engine::Identity> identity(engine::IdentityId id) override;
    std::vector<engine::Identity> identities(engine::PersonId person) override;
    void save(const engine::Identity& identity) override;
    void erase(engine::PersonId person) override;
    std::vector<engine::PersonId> all_people() override;
    std::vector<engine::PersonId> silent_since(engine::TimePoint before, std::string_view channel, int limit) override;

    engine::WordsRef add_words(engine::PersonId author, std::string_view text, engine::WordsRef previous) override;
    void forget_words(engine::WordsRef ref) override;
    std::optional<std::string> words(engine::WordsRef ref) override;
    engine::PersonId author(engine::WordsRef ref) override;

    engine::ConversationId add_conversation(const engine::Conversation& conversation) override;
    std::optional<engine::Conversation> conversation(engine::ConversationId id) override;
    void save(const engine::Conversation& conversation) override;
    std::vector<engine::ConversationId> conversations(engine::PersonId person) override;
    engine::EventId add_event(const engine::EventRecord& event) override;
    std::optional<engine::EventRecord> event(engine::EventId id) override;
    engine::TimerId add_timer(const engine::TimerRecord& timer) override;
    void remove_timer(engine::TimerId id) override;
    std::vector<engine::TimerRecord> timers(engine::PersonId person) override;
    std::vector<engine::TimerRecord> due_timers(engine::TimePoint now, int limit) override;
    std::optional<engine::TimePoint> next_timer() override;

    void save(const engine::Participant& participant) override;
    std::vector<engine::Participant> participants(engine::ConversationId conversation) override;
    std::vector<engine::Participant> seats(engine::PersonId person) override;
    void remove_seat(engine::ConversationId conversation, int lane) override;
    std::int64_t add_consent(const engine::Consent& consent) override;
    void save(const engine::Consent& consent) override;
    std::vector<engine::Consent> consents(engine::ConversationId conversation) override;
    void add_block(engine::PersonId person, engine::PersonId blocked, engine::TimePoint at) override;
    bool has_blocked(engine::PersonId person, engine::PersonId blocked) override;
    void add_asked(engine::PersonId person, engine::PersonId by, engine::TimePoint at) override;
    int times_asked(engine::PersonId one, engine::PersonId other, engine::TimePoint since) override;
    void forget_asked(engine::PersonId one, engine::PersonId other) override;

    std::string cursor(std::string_view channel) override;
    void save_cursor(std::string_view channel, std::string_view cursor) override;
    std::optional<engine::InboxId> add_inbox(const engine::InboxRecord& record) override;
    void save(const engine::InboxRecord& record) override;
    std::vector<engine::InboxRecord> pending_inbox(int limit) override;
    engine::OutboxId add_outbox(const engine::OutboxRecord& record) override;
    void save(const engine::OutboxRecord& record) override;
    std::optional<engine::OutboxRecord> outbox(engine::OutboxId id) override;
    std::vector<engine::OutboxRecord> pending_outbox(std::string_view channel) override;
    std::optional<engine::OutboxRecord> outbox_of(engine::EventId event) override;
    std::optional<engine::InboxRecord> inbox(std::string_view channel, std::string_view key) override;
    std::vector<engine::ChannelRow> channel_rows(std::string_view channel) override;
    void save_channel_row(std::string_view channel, const engine::ChannelRow& row) override;
    void save(const engine::UndoRecord& undo) override;
    std::optional<engine::UndoRecord> undo(engine::PersonId person) override;
    void remove_undo(engine::PersonId person) override;
    void add_code(const engine::CodeRecord& code) override;
    std::optional<engine::CodeRecord> take_code(std::string_view hash) override;
    void remove_codes(engine::PersonId person, std::string_view kind) override;
    int open_codes(engine::PersonId person, std::string_view kind, engine::TimePoint now) override;

    engine::RevisionId add_revision(const engine::RevisionRecord& revision) override;
    std::optional<engine::RevisionRecord> revision(std::string_view hash) override;
    std::vector<engine::RevisionRecord> newest_revisions() override;
    void make_newest(std::string_view hash) override;
    void forget_newest(std::string_view script) override;
    std::vector<engine::RevisionRecord> revisions(std::string_view script) override;
    void recall(std::string_view hash, engine::TimePoint at) override;
    std::vector<std::string> recalled_revisions() override;
    [[nodiscard]] std::map<std::string, std::string> translations(std::string_view hash) override;
    void save_translations(std::string_view hash, const std::map<std::string, std::string>& by_language) override;

    void add_safety_event(const engine::SafetyEvent& event) override;
    std::vector<engine::SafetyEvent> safety_events() override;

    int forget(engine::TimePoint before, int limit) override;

 private:
    [[nodiscard]] Keys open_keys(const StoreOptions& options);
    void finish_erasures();
    void erase_rows(engine::PersonId person);
    void erase_words(engine::PersonId person);
    void erase_events(engine::PersonId person);
    void erase_seats(engine::PersonId person);

    DataLock lock_;
    Gate gate_;
    Database database_;
    Keys keys_;
    Checkpointer checkpointer_;
    std::int64_t next_words_ = 1;  ///< known before the row is written, since the seal is bound to it
    std::atomic<std::uint64_t> commits_{0};
};

}  // namespace reweave::store
