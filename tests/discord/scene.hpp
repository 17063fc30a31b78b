#pragma once
/// \file The bot and its Discord adapter in one thread with the fake Discord, in time that the test moves.

#include <memory>
#include <string>
#include <vector>

#include "adapters/discord/channel.hpp"
#include "tests/support/fake_discord.hpp"
#include "tests/support/test_bot.hpp"
#include "tests/support/virtual_time.hpp"

namespace reweave::tests {

class Scene final : public engine::EngineGate {
 public:
    using json = nlohmann::json;
    struct Options {
        discord::PrivateWords private_words = discord::PrivateWords::direct;
        bool message_content = false;
        bool start = true;
    };

    explicit Scene(Scripts scripts) : Scene(std::move(scripts), Options{}) {}
    Scene(Scripts scripts, discord::PrivateWords words) : Scene(std::move(scripts), Options{words}) {}
    Scene(Scripts scripts, Options options);
    ~Scene() override;
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    /// Begins to be on Discord, and waits until it is.
    void start();
    /// Ends the adapter as `serve` does.
    void stop();
    /// As if the process had been killed: nothing more is said or stored. What had been committed is there afterwards.
    void kill();

    /// Until it is so; false if it is not within a minute of the test's time.
    [[nodiscard]] bool until(const std::function<bool()>& done,
                             std::chrono::milliseconds limit = std::chrono::minutes(1));
    void pass(std::chrono::milliseconds time, std::chrono::milliseconds step = std::chrono::milliseconds(50));
    /// Until nothing waits to be said.
    void settle();

    /// Ana writes "hi" to the bot, and is answered; the channel of their chat.
    std::string ana_begins();

    /// All that this person sees in that channel, a message to a line; what can be pressed in brackets.
    [[nodiscard]] std::string seen(const std::string& channel, const std::string& user);
    [[nodiscard]] std::string last_message(const std::string& channel, const std::string& user);
    /// Presses what has that label in the newest message that has it; the interaction. Throws if there is none.
    std::string press(const std::string& channel, const std::string& user, const std::string& label);
    /// Opens the form of the newest message, and writes into it.
    std::string write_into_form(const std::string& channel, const std::string& user, const std::string& text);
    [[nodiscard]] std::string custom_id_of(const json& message, const std::string& label) const;

    asio::io_context io{1};
    test::FakeDiscord discord;
    TestBot bot;
    std::unique_ptr<discord::Channel> channel;
    std::chrono::milliseconds clock_is_off{0};  ///< the wall clock of the bot's machine
    std::chrono::milliseconds engine_takes{0};  ///< for each batch
    std::vector<std::chrono::milliseconds> acknowledged;
    int late = 0;
    std::vector<std::string> reports;
    std::string ana, ben, guild, room;

 private:
    bool submit(engine::Request&& request) override;
    [[nodiscard]] Awaitable<void> engine_loop();
    void run_engine();
    [[nodiscard]] std::int64_t wall_clock() const;

    Options options_;
    std::vector<engine::Request> queue_;
    Timer wake_{io.get_executor(), Timer::time_point::max()};
    MonotonicClock::time_point began_ = MonotonicClock::now();
    engine::TimePoint began_at_;
    int lives_ = 0;
    bool engine_stopped_ = false;
};

[[nodiscard]] bool has(const std::string& text, const std::string& part);

}  // namespace reweave::tests
