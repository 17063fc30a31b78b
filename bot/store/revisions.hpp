#pragma once
/// \file The published revisions and how many conversations live on them, for reports.

#include <filesystem>
#include <vector>

#include "bot/engine/records.hpp"

namespace reweave::store {

struct LivingRevision {
    engine::RevisionRecord record;
    bool newest = false;     ///< new conversations begin on it
    std::int64_t alive = 0;  ///< conversations on it that have not ended; not those that reach it by a CALL
};

/// Every revision, by script and newest first. Goes through all conversations (there is no index over what changes with
/// every turn), so it reads on a connection of its own: any thread but the engine's, while turns go on. The database
/// must be open somewhere, or have been closed cleanly. \throws engine::StoreError
[[nodiscard]] std::vector<LivingRevision> living_revisions(const std::filesystem::path& database);

}  // namespace reweave::store
