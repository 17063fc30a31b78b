#pragma once
/// \file The engine on a real store in a temporary folder, with a clock that the test moves and scripts given as text.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bot/engine/core.hpp"
#include "bot/store/sqlite_store.hpp"

namespace reweave::tests {

class TemporaryFolder {
 public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
    std::filesystem::path path_;
};

class ManualClock final : public engine::Clock {
 public:
    [[nodiscard]] engine::TimePoint now() const override { return now_; }
    void advance(std::chrono::milliseconds by) { now_ += by; }
    void set(engine::TimePoint to) { now_ = to; }

 private:
    engine::TimePoint now_{std::chrono::seconds(1795514400)};  // Tuesday 2026-11-24 10:00 UTC
};

/// Scripts by file name ("own-part") and text. The system scripts are always there, in short forms.
using Scripts = std::map<std::string, std::string>;

class TestBot {
 public:
    explicit TestBot(Scripts scripts, engine::CoreOptions options = {});

    /// Compiles and publishes; \throws std::runtime_error with the faults.
    void publish(const Scripts& scripts);
    /// Closes the store and opens it again: what a restart sees.
    void restart();

    std::vector<engine::Output> run(engine::RequestBody body);
    /// Runs due timers only.
    std::vector<engine::Output> tick();
    /// Moves the clock to each due timer in turn until `by` has gone by; all that was put out.
    std::vector<engine::Output> advance(std::chrono::milliseconds by);

    /// A web device says hello; further calls with the same name are the same device.
    engine::Reply hello(const std::string& device, std::int64_t seen = 0);
    /// That device types or presses; the number rises by itself.
    std::vector<engine::Output> say(const std::string& device, const std::string& text);
    /// That device types in a room.
    std::vector<engine::Output> say_in(engine::ConversationId room, const std::string& device, const std::string& text);
    [[nodiscard]] engine::IdentityId identity(const std::string& device) const { return devices_.at(device); }
    std::vector<engine::Output> press(const std::string& device,
                                      const std::string& ask,
                                      std::vector<std::string> picks);
    engine::Batch message(const std::string& device, std::int64_t number, const std::string& text);

    [[nodiscard]] engine::Store& store() { return *store_; }
    [[nodiscard]] engine::Core& core() { return *core_; }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
    ManualClock clock;

 private:
    void open();
    engine::CoreOptions options_;
    TemporaryFolder folder_;
    std::unique_ptr<store::SqliteStore> store_;
    std::unique_ptr<engine::Core> core_;
    std::map<std::string, engine::IdentityId> devices_;
    std::map<std::string, std::int64_t> numbers_;
    std::uint64_t random_ = 1;
};

/// The English pack and rules that are shipped.
[[nodiscard]] dialog::LanguagePackPtr english();
[[nodiscard]] safety::RulesPtr english_rules();

/// All bubbles of the messages among `outputs`, one line each.
[[nodiscard]] std::string said(const std::vector<engine::Output>& outputs);
[[nodiscard]] std::string said(const engine::Reply& reply);
/// The same of one person; what others say in a room begins with their name.
[[nodiscard]] std::string said_to(engine::PersonId person, const std::vector<engine::Output>& outputs);
/// The reply among `outputs`; the first if there are several.
[[nodiscard]] engine::Reply reply_of(const std::vector<engine::Output>& outputs);
/// Id of the question that the last message asks, or empty.
[[nodiscard]] std::string ask_of(const std::vector<engine::Output>& outputs);
[[nodiscard]] std::string ask_of(const engine::Reply& reply);

}  // namespace reweave::tests
