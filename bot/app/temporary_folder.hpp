#pragma once
/// \file A folder that goes when its owner goes.

#include <filesystem>
#include <string>

namespace reweave::app {

class TemporaryFolder {
 public:
    /// \throws std::runtime_error if none can be made.
    explicit TemporaryFolder(const std::string& prefix);
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
    std::filesystem::path path_;
};

}  // namespace reweave::app
