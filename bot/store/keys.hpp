#pragma once
/// \file One key per person, in a file of its own, each sealed with the master key; and sealing words with them.
///
/// Deleting a person's key deletes their words everywhere, back-ups of the database too. A tombstone stays, so that
/// restoring an older back-up erases that person again.

#include <array>
#include <filesystem>
#include <list>
#include <unordered_map>
#include <vector>

#include "bot/engine/records.hpp"
#include "bot/store/sqlite.hpp"

namespace reweave::store {

/// 32 secret bytes, wiped from memory when dropped.
class Key {
 public:
    static constexpr std::size_t kBytes = 32;
    Key() = default;
    ~Key();
    Key(const Key&) = default;
    Key& operator=(const Key&) = default;
    [[nodiscard]] unsigned char* data() { return bytes_.data(); }
    [[nodiscard]] const unsigned char* data() const { return bytes_.data(); }

 private:
    std::array<unsigned char, kBytes> bytes_{};
};

/// Where the master key comes from.
struct MasterKeySource {
    std::filesystem::path file;  ///< 32 bytes, or 64 hexadecimal digits; also a systemd credential
    std::string digits;          ///< 64 hexadecimal digits, from an environment variable; wins over `file`
};

/// Reads the master key, or, if `may_create` and the file is missing, makes it (readable by its owner only).
/// \throws StoreError if it is missing, of the wrong size, or readable by everyone.
[[nodiscard]] Key load_master_key(const MasterKeySource& source, bool may_create);

/// XChaCha20-Poly1305 with a random nonce in front; `context` must be the same when it is opened.
[[nodiscard]] Bytes seal(const Key& key, BytesView plain, BytesView context);
/// Empty if the key or the context is another one, or the bytes were changed.
[[nodiscard]] std::optional<Bytes> open_sealed(const Key& key, BytesView sealed, BytesView context);

/// The keys file. For one thread.
class Keys {
 public:
    /// `pair` is written into a new file and must be in an old one: it says which database the keys belong to.
    /// \throws StoreError if the file is missing and not `may_create`, belongs elsewhere, or needs another master key.
    Keys(const std::filesystem::path& file,
         const Key& master,
         BytesView pair,
         bool may_create,
         std::size_t cached,
         const std::string& vfs);
    ~Keys();

    /// Null if there is none. Good until the next call.
    [[nodiscard]] const Key* find(engine::PersonId person);
    /// The person's key; a new one is durable after commit().
    [[nodiscard]] const Key& find_or_make(engine::PersonId person);
    void commit();
    void rollback() noexcept;

    /// Deletes the key and leaves a tombstone, durably.
    void erase(engine::PersonId person, engine::TimePoint at);
    [[nodiscard]] std::vector<engine::PersonId> erased();
    /// Highest person that has or had a key or a tombstone: ids up to it are taken, whatever the database says.
    [[nodiscard]] engine::PersonId highest_person();

 private:
    const Key& remember(engine::PersonId person, const Key& key);
    void forget(engine::PersonId person) noexcept;

    Database database_;
    Key master_;
    std::size_t cached_;
    std::vector<engine::PersonId> fresh_;  ///< made since the last commit
    using Entry = std::pair<std::int64_t, Key>;
    std::list<Entry> recent_;  ///< newest first
    std::unordered_map<std::int64_t, std::list<Entry>::iterator> cache_;
};

/// The tombstones in a keys file, without its master key. \throws StoreError if it is not one.
[[nodiscard]] std::vector<std::pair<engine::PersonId, engine::TimePoint>> read_tombstones(
    const std::filesystem::path& file);

}  // namespace reweave::store
