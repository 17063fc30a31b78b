#pragma once
/// \file What a store holds, for `reweave doctor` and the metrics. Counts only.

#include <cstdint>
#include <filesystem>
#include <optional>

#include "bot/engine/records.hpp"

namespace reweave::store {

struct StoreFacts {
    int schema = 0;
    std::int64_t people = 0;
    std::int64_t conversations = 0;
    std::int64_t newest_event = 0;  ///< turns ever taken, nearly: counting them would read them all
    std::int64_t newest_words = 0;
    std::int64_t timers = 0;
    std::optional<engine::TimePoint> next_timer;
    std::int64_t pending_inbox = 0;
    std::int64_t set_aside_inbox = 0;  ///< inbounds that failed too often
    std::int64_t pending_outbox = 0;
    std::optional<engine::TimePoint> oldest_outbox;  ///< when the oldest pending outbound was said
    std::uintmax_t database_bytes = 0;
    std::uintmax_t log_bytes = 0;
    std::uintmax_t keys_bytes = 0;  ///< 0: there is no keys file
    std::uintmax_t free_bytes = 0;  ///< on the disk of the database
};

/// Reads through a connection of its own; the store may be in use. Takes milliseconds.
/// \throws StoreError if the database is missing or cannot be read.
[[nodiscard]] StoreFacts read_facts(const std::filesystem::path& database, const std::filesystem::path& keys);

}  // namespace reweave::store
