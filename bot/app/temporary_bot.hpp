#pragma once
/// \file A bot for one sitting: the real engine on the real store, in a folder that goes with it.

#include <memory>

#include "bot/app/content.hpp"
#include "bot/app/temporary_folder.hpp"
#include "bot/engine/core.hpp"
#include "bot/store/sqlite_store.hpp"

namespace reweave::app {

using Revisions = std::vector<std::shared_ptr<dialog::Revision>>;

class TemporaryBot {
 public:
    /// Publishes `revisions`; people who are new begin `options.first_script`. Packs and help lines are the content's.
    /// `clock` and `content` must outlive the bot.
    TemporaryBot(const engine::Clock& clock,
                 const Content& content,
                 const Revisions& revisions,
                 const std::vector<dialog::Translation>& translations,
                 engine::CoreOptions options);

    /// Closes the database and opens it again, as a restart does.
    void reopen();

    [[nodiscard]] engine::Core& core() { return *core_; }
    [[nodiscard]] store::SqliteStore& store() { return *store_; }
    /// Runs one request, under the ticket 1.
    std::vector<engine::Output> run(engine::RequestBody body);

 private:
    const engine::Clock& clock_;
    engine::CoreOptions options_;
    TemporaryFolder folder_{"reweave-bot"};
    std::unique_ptr<store::SqliteStore> store_;
    std::unique_ptr<engine::Core> core_;
};

/// A clock that stands still until it is set.
class SetClock final : public engine::Clock {
 public:
    [[nodiscard]] engine::TimePoint now() const override { return now_; }
    void set(engine::TimePoint to) { now_ = to; }

 private:
    engine::TimePoint now_{};
};

}  // namespace reweave::app
