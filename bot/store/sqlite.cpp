#include "bot/store/sqlite.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "bot/engine/ports.hpp"

namespace reweave::store {

namespace {

using engine::StoreError;

constexpr int kBusyTimeoutMs = 5000;

/// `database` may be null when it could not even be allocated.
[[noreturn]] void throw_error(sqlite3* database, int code, const std::filesystem::path& file) {
    const std::string name = file.string();
    const int system_error = database != nullptr ? sqlite3_system_errno(database) : 0;
    const int kind = code & 0xff;
    const bool no_space = system_error == ENOSPC || system_error == EDQUOT;
    if (kind == SQLITE_FULL || ((kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN) && no_space)) {
        throw StoreError("The disk that holds " + name +
                         " is full. Free some space, then start again: nothing that was acknowledged is lost.");
    }
    if (kind == SQLITE_READONLY || kind == SQLITE_PERM || (kind == SQLITE_CANTOPEN && system_error == EROFS)) {
        throw StoreError(name + " cannot be written. Let the user that runs Reweave write the file and its folder.");
    }
    if (kind == SQLITE_CANTOPEN || kind == SQLITE_AUTH) {
        throw StoreError(
            name +
            " cannot be opened. Check that its folder exists and that the user that runs Reweave may read and "
            "write it.");
    }
    if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB) {
        throw StoreError(name + " is damaged, or is not a database. Restore the newest back-up into an empty folder.");
    }
    if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED) {
        throw StoreError("Another program holds " + name + ". Stop that program, then start again.");
    }
    if (kind == SQLITE_IOERR) {
        throw StoreError("The disk failed while " + name + " was read or written (SQLite code " + std::to_string(code) +
                         "). Check the disk, then start again.");
    }
    const char* detail = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    throw StoreError("The database " + name + " refused a request: " + detail + " (SQLite code " +
                     std::to_string(code) + ").");
}

/// SQLite would make the file readable by everyone. One that exists is not touched: closing a descriptor of it would
/// drop every lock that this process has on it.
void make_private_file(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0) ::close(descriptor);  // if not, SQLite's own attempt tells why
}

}  // namespace

Statement::Statement(sqlite3* database, const std::filesystem::path& file, std::string_view sql)
    : database_(database), file_(file) {
    check(sqlite3_prepare_v3(
        database, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

void Statement::check(int code) const {
    if (code != SQLITE_OK) throw_error(database_, code, file_);
}

void Statement::bind(int index, std::string_view value, bool keep) {
    // A null pointer would bind NULL, and an empty view may hold one.
    const char* data = value.data() != nullptr ? value.data() : "";
    check(sqlite3_bind_text64(
        statement_, index, data, value.size(), keep ? SQLITE_TRANSIENT : SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int index, BytesView value, bool keep) {
    if (value.empty()) return check(sqlite3_bind_zeroblob(statement_, index, 0));
    check(sqlite3_bind_blob64(statement_, index, value.data(), value.size(), keep ? SQLITE_TRANSIENT : SQLITE_STATIC));
}

void Statement::bind(int index, std::int64_t value, bool) {
    check(sqlite3_bind_int64(statement_, index, value));
}

void Statement::bind(int index, std::optional<bool> value, bool) {
    check(value ? sqlite3_bind_int64(statement_, index, *value ? 1 : 0) : sqlite3_bind_null(statement_, index));
}

bool Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) throw_error(database_, code, file_);
    return false;
}

void Statement::reset() noexcept {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string Statement::text(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (data == nullptr) return {};
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

BytesView Statement::bytes(int column) const {
    const auto* data = static_cast<const unsigned char*>(sqlite3_column_blob(statement_, column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Database::Database(std::filesystem::path file, Mode mode, const std::string& vfs) : file_(std::move(file)) {
    if (mode == Mode::create) make_private_file(file_);
    const int flags = (mode == Mode::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(file_.c_str(), &database_, flags, vfs.empty() ? nullptr : vfs.c_str());
    // The destructor does not run if the constructor throws.
    const auto closer = [](sqlite3* database) { sqlite3_close_v2(database); };
    std::unique_ptr<sqlite3, decltype(closer)> guard(database_, closer);
    if (code != SQLITE_OK) fail(code);
    sqlite3_extended_result_codes(database_, 1);
    sqlite3_busy_timeout(database_, kBusyTimeoutMs);
    // SQLite falls back to reading without a word when the file may not be written.
    if (mode != Mode::read && sqlite3_db_readonly(database_, "main") == 1) fail(SQLITE_READONLY);
    execute("PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY");
    static_cast<void>(guard.release());
}

Database::~Database() {
    statements_.clear();
    sqlite3_close_v2(database_);
}

void Database::fail(int code) const {
    throw_error(database_, code, file_);
}

void Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code);
}

Statement& Database::prepared(std::string_view sql) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
        found = statements_.emplace(std::string(sql), std::make_unique<Statement>(database_, file_, sql)).first;
    }
    return *found->second;
}

int Database::changed() const {
    return sqlite3_changes(database_);
}
std::int64_t Database::last_id() const {
    return sqlite3_last_insert_rowid(database_);
}
bool Database::in_transaction() const {
    return sqlite3_get_autocommit(database_) == 0;
}

}  // namespace reweave::store
