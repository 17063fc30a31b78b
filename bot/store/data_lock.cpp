#include "bot/store/data_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "bot/engine/ports.hpp"

namespace reweave::store {

using engine::StoreError;

DataLock::DataLock(const std::filesystem::path& folder) {
    std::error_code error;
    if (std::filesystem::create_directories(folder, error)) {
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    }
    const std::filesystem::path file = folder / "lock";
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor_ < 0) {
        throw StoreError("The data folder " + folder.string() + " cannot be written: " +
                         std::generic_category().message(errno) + ". Let the user that runs Reweave write it.");
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        std::string holder(32, '\0');
        const ssize_t size = ::pread(descriptor_, holder.data(), holder.size(), 0);
        holder.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        ::close(descriptor_);
        throw StoreError("Another Reweave" + (holder.empty() ? std::string() : " (process " + holder + ")") +
                         " is using " + folder.string() + ". Stop it first, or use another data folder.");
    }
    // For the message above only, so it does not matter if a full disk stops it.
    const std::string self = std::to_string(::getpid());
    if (::ftruncate(descriptor_, 0) == 0) {
        [[maybe_unused]] const ssize_t written = ::pwrite(descriptor_, self.data(), self.size(), 0);
    }
}

DataLock::~DataLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace reweave::store
