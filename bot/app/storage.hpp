#pragma once
/// \file Where a configuration keeps its things.

#include "bot/app/commands.hpp"
#include "bot/app/config.hpp"
#include "bot/store/sqlite_store.hpp"

namespace reweave::app {

[[nodiscard]] std::filesystem::path database_file(const Config& config);
[[nodiscard]] std::filesystem::path keys_file(const Config& config);
/// Folder of the keys of encrypted Matrix rooms.
[[nodiscard]] std::filesystem::path matrix_keys(const Config& config);
[[nodiscard]] std::filesystem::path control_socket(const Config& config);
[[nodiscard]] store::StoreOptions store_options(const Config& config);

/// Makes the data folder, for its owner only. \throws std::runtime_error saying why it cannot be used.
void prepare_data_folder(const Config& config);

/// What root made in the data folder goes to the user that the folder belongs to, or the bot could not open it. Does
/// nothing for anyone else. \throws std::runtime_error.
void give_to_owner(const Config& config);

/// What a channel has kept for itself, and how far it had read: the bot is somebody else there from now on.
/// \throws store::StoreError if somebody serves this data.
void forget_channel(const Config& config, std::string_view channel);

/// Copies the database, and the keys if asked, while the bot writes or not. \throws with one sentence.
void copy_database(const Config& config, const BackupOptions& options);

/// Size of the write-ahead log in bytes; 0 if there is none.
[[nodiscard]] double wal_bytes(const Config& config);

}  // namespace reweave::app
