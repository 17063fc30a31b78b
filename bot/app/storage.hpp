#pragma once
/// \file Where a configuration keeps its things.

#include "bot/app/config.hpp"
#include "bot/store/sqlite_store.hpp"

namespace reweave::app {

[[nodiscard]] std::filesystem::path database_file(const Config& config);
[[nodiscard]] std::filesystem::path keys_file(const Config& config);
[[nodiscard]] store::StoreOptions store_options(const Config& config);

/// Makes the data folder, for its owner only. \throws std::runtime_error saying why it cannot be used.
void prepare_data_folder(const Config& config);

/// 0 if there is none.
[[nodiscard]] double wal_bytes(const Config& config);

}  // namespace reweave::app
