#include "bot/app/temporary_folder.hpp"

#include <stdlib.h>

#include <stdexcept>

namespace reweave::app {

TemporaryFolder::TemporaryFolder(const std::string& prefix) {
    std::string name = (std::filesystem::temp_directory_path() / (prefix + "-XXXXXX")).string();
    if (!mkdtemp(name.data()))
        throw std::runtime_error("cannot make a folder in " + std::filesystem::temp_directory_path().string());
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace reweave::app
