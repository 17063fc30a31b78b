#pragma once
/// \file A thin owner of an SQLite connection and its prepared statements. Every call is checked.
///
/// Failures are engine::StoreError with a sentence for the operator: the file, what is wrong and what to do, never a
/// bound value.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bot/engine/records.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace reweave::store {

using Bytes = std::vector<unsigned char>;
using BytesView = std::span<const unsigned char>;

/// One prepared statement, bound and run by one user at a time.
class Statement {
 public:
    Statement(sqlite3* database, const std::filesystem::path& file, std::string_view sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// With `keep` false the statement must be done with before the value dies.
    void bind(int index, std::string_view value, bool keep);
    void bind(int index, BytesView value, bool keep);
    void bind(int index, std::int64_t value, bool keep = false);
    void bind(int index, std::optional<bool> value, bool keep = false);

    /// True while there is a row.
    bool step();
    void reset() noexcept;

    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] BytesView bytes(int column) const;  ///< until the next step
    [[nodiscard]] bool null(int column) const;

 private:
    void check(int code) const;

    sqlite3* database_;
    const std::filesystem::path& file_;
    sqlite3_stmt* statement_ = nullptr;
};

// How the types of the records are bound.
[[nodiscard]] inline std::int64_t column_value(std::int64_t value) {
    return value;
}
[[nodiscard]] inline std::int64_t column_value(int value) {
    return value;
}
[[nodiscard]] inline std::int64_t column_value(bool value) {
    return value ? 1 : 0;
}
[[nodiscard]] inline std::int64_t column_value(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}
[[nodiscard]] inline std::int64_t column_value(engine::TimePoint value) {
    return value.time_since_epoch().count();
}
[[nodiscard]] inline std::int64_t column_value(engine::WordsRef value) {
    return value.id;
}
[[nodiscard]] inline std::optional<bool> column_value(std::optional<bool> value) {
    return value;
}
[[nodiscard]] inline std::string_view column_value(std::string_view value) {
    return value;
}
[[nodiscard]] inline std::string_view column_value(const std::string& value) {
    return value;
}
[[nodiscard]] inline std::string_view column_value(const char* value) {
    return value;
}
[[nodiscard]] inline BytesView column_value(BytesView value) {
    return value;
}
template <class Tag>
[[nodiscard]] std::int64_t column_value(engine::Id<Tag> value) {
    return value.value;
}

/// The rows of a query that is under way; resets its statement at the end.
class Rows {
 public:
    explicit Rows(Statement& statement) : statement_(&statement) {}
    ~Rows() {
        if (statement_ != nullptr) statement_->reset();
    }
    Rows(Rows&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    bool next() { return statement_->step(); }
    [[nodiscard]] std::int64_t number(int column) const { return statement_->number(column); }
    [[nodiscard]] std::string text(int column) const { return statement_->text(column); }
    [[nodiscard]] BytesView bytes(int column) const { return statement_->bytes(column); }
    [[nodiscard]] bool null(int column) const { return statement_->null(column); }
    [[nodiscard]] engine::TimePoint time(int column) const {
        return engine::TimePoint(engine::TimePoint::duration(number(column)));
    }

 private:
    Statement* statement_;
};

/// A connection, for one thread. Statements are prepared once per text and kept.
class Database {
 public:
    enum class Mode { create, write, read };

    /// `create` makes the file, readable by its owner only. `vfs` empty: SQLite's own.
    Database(std::filesystem::path file, Mode mode, const std::string& vfs = {});
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Any number of statements without parameters.
    void execute(const std::string& sql);

    /// One statement whose rows, if any, do not matter. Returns how many rows it changed.
    template <class... Values>
    int run(std::string_view sql, const Values&... values) {
        Rows rows = bound(sql, false, values...);
        while (rows.next()) {
        }
        return changed();
    }
    template <class... Values>
    [[nodiscard]] Rows query(std::string_view sql, const Values&... values) {
        return bound(sql, true, values...);
    }
    /// First column of the first row; empty if there is no row or it is null.
    template <class... Values>
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view sql, const Values&... values) {
        Rows rows = bound(sql, false, values...);
        if (!rows.next() || rows.null(0)) return std::nullopt;
        return rows.number(0);
    }

    [[nodiscard]] std::int64_t last_id() const;
    [[nodiscard]] bool in_transaction() const;
    [[nodiscard]] sqlite3* handle() { return database_; }
    [[nodiscard]] const std::filesystem::path& file() const { return file_; }

    /// \throws StoreError for `code`, with the sentence that fits.
    [[noreturn]] void fail(int code) const;

 private:
    template <class... Values>
    Rows bound(std::string_view sql, [[maybe_unused]] bool keep, const Values&... values) {
        Statement& statement = prepared(sql);
        Rows rows(statement);
        [[maybe_unused]] int index = 0;
        (statement.bind(++index, column_value(values), keep), ...);
        return rows;
    }
    struct HashOfView {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };

    Statement& prepared(std::string_view sql);
    [[nodiscard]] int changed() const;

    std::filesystem::path file_;
    sqlite3* database_ = nullptr;
    std::unordered_map<std::string, std::unique_ptr<Statement>, HashOfView, std::equal_to<>> statements_;
};

}  // namespace reweave::store
