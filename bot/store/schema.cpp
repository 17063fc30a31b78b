#include "bot/store/schema.hpp"

#include <stdexcept>

#include "bot/engine/ports.hpp"

namespace reweave::store {

namespace {
constexpr int kApplicationId = 0x52775631;  // marks the file as Reweave's; see `man magic`
}

int check_schema(Database& database, int newest) {
    const auto version = static_cast<int>(database.number("PRAGMA user_version").value_or(0));
    const std::int64_t application = database.number("PRAGMA application_id").value_or(0);
    const bool empty = !database.number("SELECT 1 FROM sqlite_schema LIMIT 1");
    if (!empty && application != kApplicationId) {
        throw engine::StoreError(database.file().string() +
                                 " is a database of another program. Choose another folder for the data.");
    }
    if (version > newest) {
        throw engine::StoreError(database.file().string() +
                                 " was written by a newer version of Reweave (its schema is " +
                                 std::to_string(version) + ", this version knows " + std::to_string(newest) +
                                 "). Install that version again; nothing was changed.");
    }
    return version;
}

void migrate(Database& database, const std::vector<Migration>& migrations) {
    for (std::size_t i = 0; i < migrations.size(); ++i) {
        if (migrations[i].number != static_cast<int>(i) + 1) {
            throw std::invalid_argument("migrations must be numbered 1, 2, 3 … in order");
        }
    }
    const int version = check_schema(database, static_cast<int>(migrations.size()));
    for (const Migration& migration : migrations) {
        if (migration.number <= version) continue;
        database.execute("BEGIN IMMEDIATE");
        try {
            database.execute(migration.sql);
            database.execute("PRAGMA application_id = " + std::to_string(kApplicationId) +
                             "; PRAGMA user_version = " + std::to_string(migration.number) + "; COMMIT");
        } catch (...) {
            if (database.in_transaction()) database.execute("ROLLBACK");
            throw;
        }
    }
}

}  // namespace reweave::store
