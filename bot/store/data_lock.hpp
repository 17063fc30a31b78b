#pragma once
/// \file One process at a time on a data folder.

#include <filesystem>
#include <utility>

namespace reweave::store {

/// Held until dropped; the system drops it when the process ends, however it ends.
class DataLock {
 public:
    /// Makes the folder (for its owner only) if it is missing.
    /// \throws StoreError if another process holds it, naming that process, or if it cannot be written.
    explicit DataLock(const std::filesystem::path& folder);
    ~DataLock();
    DataLock(DataLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    DataLock& operator=(DataLock&&) = delete;

 private:
    int descriptor_ = -1;
};

}  // namespace reweave::store
