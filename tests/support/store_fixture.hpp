#pragma once
/// \file Folders that vanish, and stores in them.

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "bot/store/sqlite_store.hpp"

namespace reweave::test {

/// An empty folder, deleted at the end.
class TempFolder {
 public:
    enum class Where {
        disk,
        memory
    };  ///< memory: for tests that sync a thousand times; on the disk if there is no such
    explicit TempFolder(Where where = Where::disk) {
        const bool memory = where == Where::memory && std::filesystem::is_directory("/dev/shm");
        const std::filesystem::path parent = memory ? "/dev/shm" : std::filesystem::temp_directory_path();
        std::string name = (parent / "reweave-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
    std::filesystem::path path_;
};

inline std::string read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The migrations of the source tree.
inline std::vector<store::Migration> migrations() {
    std::vector<store::Migration> found;
    for (const auto& entry : std::filesystem::directory_iterator(REWEAVE_SOURCE_DIR "/data/migrations")) {
        found.push_back({std::stoi(entry.path().filename().string()), read_file(entry.path())});
    }
    std::ranges::sort(found, {}, &store::Migration::number);
    return found;
}

inline store::StoreOptions store_options(const std::filesystem::path& folder) {
    store::StoreOptions options;
    options.path = folder / "reweave.db";
    options.keys_path = folder / "keys.db";
    options.master_key.file = folder / "master.key";
    options.migrations = migrations();
    return options;
}

}  // namespace reweave::test
