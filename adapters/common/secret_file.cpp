#include "adapters/common/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace reweave {
namespace {

void write_all(int descriptor, const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t wrote = ::write(descriptor, text.data() + done, text.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) throw std::runtime_error(std::strerror(errno));
        done += static_cast<std::size_t>(wrote);
    }
    if (::fsync(descriptor) != 0) throw std::runtime_error(std::strerror(errno));
}

}  // namespace

std::runtime_error bad_secret_file(const std::filesystem::path& file, const std::string& what) {
    return std::runtime_error(file.string() + " " + what);
}

nlohmann::json read_secret_file(const std::filesystem::path& file, const std::string& service) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) {
        if (errno == ENOENT) return nullptr;
        throw bad_secret_file(file, std::string("cannot be read: ") + std::strerror(errno));
    }
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        throw bad_secret_file(file,
                              "can be read by others, and it holds the bot's password to " + service +
                                  ". Run: chmod 600 " + file.string());
    std::ifstream in(file);
    nlohmann::json all = nlohmann::json::parse(in, nullptr, false);
    if (!all.is_object())
        throw bad_secret_file(file, "is not what the login to " + service + " writes. Move it away and log in again.");
    return all;
}

void write_secret_file(const std::filesystem::path& file, const nlohmann::json& object) {
    const std::filesystem::path fresh = file.string() + ".new";
    const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0) throw bad_secret_file(fresh, std::string("cannot be written: ") + std::strerror(errno));
    try {
        // One that was left lying there may be open to others.
        if (::fchmod(descriptor, S_IRUSR | S_IWUSR) != 0) throw std::runtime_error(std::strerror(errno));
        write_all(descriptor, object.dump(2) + "\n");
        ::close(descriptor);
    } catch (const std::exception& why) {
        ::close(descriptor);
        throw bad_secret_file(fresh, std::string("cannot be written: ") + why.what());
    }
    if (::rename(fresh.c_str(), file.c_str()) != 0)
        throw bad_secret_file(file, std::string("cannot be replaced: ") + std::strerror(errno));
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return;
    (void)::fsync(directory);  // not every file system knows it
    ::close(directory);
}

}  // namespace reweave
