#include "bot/app/storage.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "bot/app/content.hpp"
#include "bot/store/backup.hpp"
#include "bot/store/data_lock.hpp"
#include "bot/store/sqlite.hpp"

namespace reweave::app {

namespace fs = std::filesystem;

fs::path database_file(const Config& config) {
    return config.data / "reweave.db";
}

fs::path keys_file(const Config& config) {
    return config.data / "keys.db";
}

fs::path matrix_keys(const Config& config) {
    return config.data / "matrix-keys";
}

fs::path control_socket(const Config& config) {
    return config.data / "control.sock";
}

store::StoreOptions store_options(const Config& config) {
    store::StoreOptions options;
    options.path = database_file(config);
    options.keys_path = keys_file(config);
    options.master_key.digits = config.keys.master_key;
    options.master_key.file =
        config.keys.master_key_file.empty() ? config.data / "master.key" : config.keys.master_key_file;
    options.migrations = shipped_migrations();
    return options;
}

void prepare_data_folder(const Config& config) {
    std::error_code error;
    if (fs::create_directories(config.data, error)) fs::permissions(config.data, fs::perms::owner_all, error);
    if (error)
        throw std::runtime_error("cannot make the data folder " + config.data.string() +
                                 " (key data): " + error.message());
    if (access(config.data.c_str(), W_OK | X_OK) != 0) {
        throw std::runtime_error("cannot write to the data folder " + config.data.string() +
                                 " (key data); is it owned by another user?");
    }
}

void give_to_owner(const Config& config) {
    struct stat folder {};
    if (geteuid() != 0 || ::stat(config.data.c_str(), &folder) != 0 || folder.st_uid == 0) return;
    const auto give = [&](const fs::directory_entry& entry) {
        if (entry.is_symlink()) return;  // master.key may be a link to root's own
        if (::lchown(entry.path().c_str(), folder.st_uid, folder.st_gid) != 0)
            throw std::runtime_error("cannot give " + entry.path().string() + " to the owner of its folder");
    };
    for (const fs::directory_entry& entry : fs::directory_iterator(config.data)) {
        if (entry.is_regular_file()) give(entry);
        if (entry.path() != matrix_keys(config) || entry.is_symlink()) continue;
        give(entry);
        for (const fs::directory_entry& key : fs::recursive_directory_iterator(entry)) give(key);
    }
}

void forget_channel(const Config& config, std::string_view channel) {
    if (!fs::exists(database_file(config))) return;
    const store::DataLock lock(config.data);
    store::Database database(database_file(config), store::Database::Mode::write);
    database.execute("BEGIN IMMEDIATE");
    for (const char* sql : {"DELETE FROM channel_rows WHERE channel = ?", "DELETE FROM cursors WHERE channel = ?"})
        database.run(sql, channel);
    database.execute("COMMIT");
}

void copy_database(const Config& config, const BackupOptions& options) {
    if (fs::create_directories(options.to)) fs::permissions(options.to, fs::perms::owner_all);
    store::BackupOptions copy;
    copy.database = database_file(config);
    copy.keys = keys_file(config);
    copy.to = options.to / database_file(config).filename();
    if (options.keys) copy.keys_to = options.to / keys_file(config).filename();
    (void)store::back_up(copy);
}

double wal_bytes(const Config& config) {
    std::error_code error;
    const auto size = fs::file_size(database_file(config).string() + "-wal", error);
    return error ? 0.0 : static_cast<double>(size);
}

}  // namespace reweave::app
