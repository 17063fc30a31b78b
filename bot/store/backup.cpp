#include "bot/store/backup.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <memory>
#include <thread>

namespace reweave::store {

namespace {

namespace fs = std::filesystem;
using engine::StoreError;

void refuse_existing(const fs::path& file) {
    if (fs::exists(file)) {
        throw StoreError(file.string() +
                         " is there already and is not overwritten. Choose another name, or move it away.");
    }
}

/// Makes a rename last.
void sync_folder(const fs::path& file) {
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

void move_into_place(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::rename(from, to, error);
    if (error) throw StoreError(to.string() + " cannot be written: " + error.message() + ".");
    sync_folder(to);
}

/// A file that is being made; deleted, with SQLite's files beside it, unless it was moved into place.
class Draft {
 public:
    explicit Draft(const fs::path& target) : path_(target.string() + ".part") { remove(); }
    ~Draft() { remove(); }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;
    [[nodiscard]] const fs::path& path() const { return path_; }

 private:
    void remove() noexcept {
        std::error_code ignored;
        for (const char* end : {"", "-journal", "-wal", "-shm"}) fs::remove(path_.string() + end, ignored);
    }
    fs::path path_;
};

/// Copies `source` as it is at the first step.
void copy(Database& from, const fs::path& target, int step_pages, std::chrono::milliseconds pause) {
    Database to(target, Database::Mode::create);
    // An open read transaction holds the moment; without it every commit of the engine would start the copy anew.
    from.execute("BEGIN; SELECT count(*) FROM sqlite_schema");
    const std::unique_ptr<sqlite3_backup, decltype(&sqlite3_backup_finish)> backup(
        sqlite3_backup_init(to.handle(), "main", from.handle(), "main"), &sqlite3_backup_finish);
    if (backup == nullptr) to.fail(sqlite3_extended_errcode(to.handle()));
    for (;;) {
        const int code = sqlite3_backup_step(backup.get(), step_pages);
        if (code == SQLITE_DONE) break;
        if (code != SQLITE_OK) to.fail(code);
        std::this_thread::sleep_for(pause);
    }
}

/// One file without a log beside it, whole on the disk.
void close_copy(const fs::path& file) {
    Database(file, Database::Mode::write).execute("PRAGMA journal_mode = DELETE");
}

/// The copy is checked rather than `from`, which may stand on a slow disk.
void check_whole(const fs::path& copied, const fs::path& from) {
    Database database(copied, Database::Mode::read);
    Rows row = database.query("PRAGMA integrity_check(1)");
    if (row.next() && row.text(0) == "ok") return;
    throw StoreError("The back-up " + from.string() + " is damaged. Use an older one.");
}

void merge_tombstones(const fs::path& keys, const fs::path& later) {
    Database database(keys, Database::Mode::write);
    database.execute("PRAGMA secure_delete = ON");
    for (const auto& [person, at] : read_tombstones(later)) {
        database.run("INSERT OR IGNORE INTO erased (person, at) VALUES (?, ?)", person, at);
        database.run("DELETE FROM keys WHERE person = ?", person);
    }
}

/// Copies a back-up of the database into `into`. \returns how many people are in it.
std::int64_t restore_database(const fs::path& from, const StoreOptions& into) {
    const Draft draft(into.path);
    {
        Database source(from, Database::Mode::read);
        if (check_schema(source, static_cast<int>(into.migrations.size())) == 0) {
            throw StoreError(from.string() + " is empty, so it is not a back-up.");
        }
        copy(source, draft.path(), -1, {});
    }
    close_copy(draft.path());
    check_whole(draft.path(), from);
    const std::int64_t people =
        Database(draft.path(), Database::Mode::read).number("SELECT count(*) FROM people").value_or(0);
    move_into_place(draft.path(), into.path);
    return people;
}

void restore_keys(const RestoreOptions& options) {
    const Draft draft(options.into.keys_path);
    {
        Database source(*options.keys_from, Database::Mode::read);
        copy(source, draft.path(), -1, {});
    }
    close_copy(draft.path());
    if (options.tombstones_from) merge_tombstones(draft.path(), *options.tombstones_from);
    move_into_place(draft.path(), options.into.keys_path);
}

}  // namespace

BackupReport back_up(const BackupOptions& options) {
    refuse_existing(options.to);
    if (options.keys_to) refuse_existing(*options.keys_to);
    const Draft draft(options.to);
    {
        Database source(options.database, Database::Mode::write);
        copy(source, draft.path(), options.step_pages, options.pause);
    }
    close_copy(draft.path());
    if (options.keys_to) {
        // After the database: then the key of everyone who is in it is among them.
        const Draft keys(*options.keys_to);
        {
            Database source(options.keys, Database::Mode::write);
            copy(source, keys.path(), -1, {});
        }
        close_copy(keys.path());
        move_into_place(keys.path(), *options.keys_to);
    }
    move_into_place(draft.path(), options.to);
    return {fs::file_size(options.to)};
}

RestoreReport restore(const RestoreOptions& options) {
    RestoreReport report;
    // Held to the end: a bot that starts meanwhile must not find half of it, nor write what is then replaced.
    DataLock lock(options.into.path.parent_path());
    refuse_existing(options.into.path);
    refuse_existing(options.into.keys_path);
    try {
        report.people = restore_database(options.from, options.into);
        if (!options.keys_from) return report;
        restore_keys(options);
        report.with_keys = true;
        SqliteStore store(options.into, std::move(lock));  // migrates, and erases who was erased
        const auto left = static_cast<std::int64_t>(store.all_people().size());
        report.erased_again = report.people - left;
        report.people = left;
    } catch (...) {
        // Both were refused above if they had been there, so they are ours.
        std::error_code ignored;
        fs::remove(options.into.path, ignored);
        fs::remove(options.into.keys_path, ignored);
        throw;
    }
    return report;
}

}  // namespace reweave::store
