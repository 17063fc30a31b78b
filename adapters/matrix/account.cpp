#include "adapters/matrix/account.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "adapters/common/fields.hpp"

namespace reweave::matrix {
namespace {

using nlohmann::json;

std::runtime_error fault(const std::filesystem::path& file, const std::string& what) {
    return std::runtime_error(file.string() + " " + what);
}

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

std::optional<Account> load_account(const std::filesystem::path& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) {
        if (errno == ENOENT) return std::nullopt;
        throw fault(file, std::string("cannot be read: ") + std::strerror(errno));
    }
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        throw fault(
            file, "can be read by others, and it holds the bot's password to Matrix. Run: chmod 600 " + file.string());
    std::ifstream in(file);
    const json all = json::parse(in, nullptr, false);
    if (!all.is_object())
        throw fault(file, "is not what `reweave matrix login` writes. Move it away and log in again.");
    Account account;
    account.user_id = text_at(all, "user_id");
    account.device_id = text_at(all, "device_id");
    account.access_token = text_at(all, "access_token");
    account.refresh_token = text_at(all, "refresh_token");
    account.oauth_token_endpoint = text_at(all, "oauth_token_endpoint");
    account.oauth_client_id = text_at(all, "oauth_client_id");
    account.keys_passphrase = text_at(all, "keys_passphrase");
    account.recovery_key = text_at(all, "recovery_key");
    if (const auto at = all.find("expires_at"); at != all.end() && at->is_number_integer())
        account.expires_at = at->get<std::int64_t>();
    if (account.user_id.empty() || account.device_id.empty() || account.access_token.empty())
        throw fault(file, "lacks user_id, device_id or access_token. Run `reweave matrix login` again.");
    return account;
}

void save_account(const std::filesystem::path& file, const Account& account) {
    json all = {{"user_id", account.user_id}, {"device_id", account.device_id}, {"access_token", account.access_token}};
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty()) all[key] = value;
    };
    add("refresh_token", account.refresh_token);
    add("oauth_token_endpoint", account.oauth_token_endpoint);
    add("oauth_client_id", account.oauth_client_id);
    add("keys_passphrase", account.keys_passphrase);
    add("recovery_key", account.recovery_key);
    if (account.expires_at != 0) all["expires_at"] = account.expires_at;
    const std::filesystem::path fresh = file.string() + ".new";
    const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0) throw fault(fresh, std::string("cannot be written: ") + std::strerror(errno));
    try {
        // One that was left lying there may be open to others.
        if (::fchmod(descriptor, S_IRUSR | S_IWUSR) != 0) throw std::runtime_error(std::strerror(errno));
        write_all(descriptor, all.dump(2) + "\n");
        ::close(descriptor);
    } catch (const std::exception& why) {
        ::close(descriptor);
        throw fault(fresh, std::string("cannot be written: ") + why.what());
    }
    if (::rename(fresh.c_str(), file.c_str()) != 0)
        throw fault(file, std::string("cannot be replaced: ") + std::strerror(errno));
    const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
    const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return;
    (void)::fsync(directory);  // not every file system knows it
    ::close(directory);
}

void keep_encryption(const Account& from, Account& to) {
    to.keys_passphrase = from.keys_passphrase;
    to.recovery_key = from.recovery_key;
}

}  // namespace reweave::matrix
