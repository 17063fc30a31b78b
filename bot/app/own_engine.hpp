#pragma once
/// \file Who answers the commands of the terminal: the bot that serves this data, or an engine of our own if none does.

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "bot/app/clock.hpp"
#include "bot/app/config.hpp"
#include "bot/app/content.hpp"
#include "bot/engine/core.hpp"
#include "bot/store/sqlite_store.hpp"

namespace reweave::app {

/// Asks the bot that serves this data, if one does. \throws std::runtime_error with its sentence if it refuses.
[[nodiscard]] std::optional<nlohmann::json> ask_running(const Config& config, const nlohmann::json& request);

/// Whether a bot serves this data.
[[nodiscard]] bool is_served(const Config& config);

/// An engine on the database, which nobody serves while it lives.
class OwnEngine {
 public:
    /// \throws std::runtime_error if there is no database.
    explicit OwnEngine(const Config& config);

    /// One request; due timers run with it, as in any batch.
    [[nodiscard]] engine::Reply ask(engine::RequestBody body);
    [[nodiscard]] const Content& content() const { return content_; }

 private:
    Content content_;
    SystemClock clock_;
    store::SqliteStore store_;
    std::optional<engine::Core> core_;
};

}  // namespace reweave::app
