#pragma once
/// \file Brings a database to the newest schema by numbered steps that only go forward.

#include <string>
#include <vector>

#include "bot/store/sqlite.hpp"

namespace reweave::store {

/// One step, run in its own transaction. Numbers are 1, 2, 3 … and a released step never changes.
struct Migration {
    int number = 0;
    std::string sql;
};

/// Runs the steps that the database has not had. `PRAGMA user_version` is the number of the last one.
/// \throws StoreError, having changed nothing, if the database is newer than the steps or is not one of Reweave's.
void migrate(Database& database, const std::vector<Migration>& migrations);

/// The checks of migrate() alone. \returns the schema's number, 0 for an empty database.
int check_schema(Database& database, int newest);

}  // namespace reweave::store
