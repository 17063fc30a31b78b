#pragma once
/// \file Copies of a database that is in use, and starting again from one.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "bot/store/sqlite_store.hpp"

namespace reweave::store {

struct BackupOptions {
    std::filesystem::path database;  ///< may be in use, by this process or another
    std::filesystem::path keys;      ///< the keys file
    std::filesystem::path to;        ///< a file that does not exist yet
    /// Where the keys go, if asked for. Whoever has them, the copy and the master key can read what people wrote.
    std::optional<std::filesystem::path> keys_to;
    int step_pages = 256;                ///< copied at a time
    std::chrono::milliseconds pause{2};  ///< between steps, so that the disk is left to the engine
};

struct BackupReport {
    std::uintmax_t bytes = 0;
};

/// Copies one moment of the database, in small steps from a connection of its own; commits go on meanwhile.
/// The file appears under its name only when it is whole and on the disk.
/// \throws StoreError if a file is in the way or cannot be read or written.
BackupReport back_up(const BackupOptions& options);

struct RestoreOptions {
    std::filesystem::path from;  ///< a back-up of the database
    /// Its keys: a back-up of them, or the keys file that was in use. Without them no words can be read, and the store
    /// does not open until they are put beside the database.
    std::optional<std::filesystem::path> keys_from;
    /// A later keys file, if there is one: who was erased since the back-up is erased again.
    std::optional<std::filesystem::path> tombstones_from;
    StoreOptions into;  ///< where to; neither file may exist yet
};

struct RestoreReport {
    std::int64_t people = 0;
    std::int64_t erased_again = 0;
    bool with_keys = false;
};

/// Checks the back-up, copies it into the new place, brings its schema up to date and erases again who was erased.
/// \throws StoreError if the back-up is damaged or newer, or something is in the way; then nothing is left behind.
RestoreReport restore(const RestoreOptions& options);

}  // namespace reweave::store
