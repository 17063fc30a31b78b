#pragma once
/// \file A gateway that talks to the fake Discord, and somebody who takes its events.

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <nlohmann/json.hpp>

#include "adapters/common/fields.hpp"
#include "adapters/discord/gateway.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_discord.hpp"
#include "tests/support/virtual_time.hpp"

namespace reweave::test {

using namespace discord;
using namespace std::chrono_literals;

inline constexpr std::int64_t kWallClock = 1'800'000'000'000;
inline constexpr auto kBeat = 41'250ms;  ///< what the fake asks for

inline std::int64_t wall_clock() {
    static const auto began = MonotonicClock::now();
    return kWallClock + std::chrono::duration_cast<std::chrono::milliseconds>(MonotonicClock::now() - began).count();
}

inline Awaitable<std::optional<GatewayBot>> ask(http::Client& client, std::string token) {
    http::Request request;
    request.target = "/gateway/bot";
    request.headers = {{"Authorization", "Bot " + token}, {"User-Agent", "DiscordBot (https://example.org, 1)"}};
    const http::Response response = co_await client.send(std::move(request));
    if (response.status != 200) co_return std::nullopt;
    const auto body = nlohmann::json::parse(response.body), limit = body.at("session_start_limit");
    GatewayBot bot;
    bot.url = body.at("url").get<std::string>();
    bot.remaining = limit.at("remaining").get<int>();
    bot.reset_after = std::chrono::milliseconds(limit.at("reset_after").get<std::int64_t>());
    co_return bot;
}

/// A gateway that talks to the fake, and somebody who takes its events.
class Bot {
 public:
    explicit Bot(asio::io_context& io, FakeDiscord& discord, std::function<void(GatewayOptions&)> change = {})
        : io_(io), client_(io, client_options(discord)), gateway(io, options(change)) {}
    ~Bot() {
        gateway.stop();
        CHECK(run_until(
            io_, [this] { return running_ == 0; }, 1min));
    }
    Bot(const Bot&) = delete;
    Bot& operator=(const Bot&) = delete;

    void start() {
        spawn(gateway.run());
        spawn(take());
    }
    [[nodiscard]] bool until(const std::function<bool()>& done,
                             MonotonicClock::duration limit = 2min,
                             MonotonicClock::duration step = 50ms) {
        return run_until(io_, done, limit, step);
    }
    [[nodiscard]] bool until(GatewayState state, MonotonicClock::duration limit = 2min) {
        return until([&] { return gateway.status().state == state; }, limit);
    }
    void go_on(MonotonicClock::duration time, MonotonicClock::duration step = 50ms) { run_for(io_, time, step); }
    [[nodiscard]] std::size_t count(const std::string& event) const {
        return static_cast<std::size_t>(
            std::count_if(events.begin(), events.end(), [&](const Event& e) { return e.name == event; }));
    }
    [[nodiscard]] bool reported(const std::string& words) const {
        return std::any_of(reports.begin(), reports.end(), [&](const std::string& line) {
            return line.find(words) != std::string::npos;
        });
    }
    /// The session as it is stored: with the last event that was taken.
    [[nodiscard]] Session stored() const { return events.empty() ? Session() : events.back().session; }

    asio::io_context& io_;
    std::vector<Event> events;
    bool taking = true;
    std::vector<std::string> ledgers, reports, told, gave_up;  ///< `told`: somebody must act
    bool notes = true;                                         ///< the ledger can be stored
    bool answers = true;                                       ///< Discord can be asked for its gateway
    double chance = 0.5;
    int asked = 0;
    std::string url;  ///< said in place of the fake's; empty: that one

 private:
    static http::ClientOptions client_options(const FakeDiscord& discord) {
        http::ClientOptions out;
        out.base_url = discord.api();
        return out;
    }
    GatewayOptions options(const std::function<void(GatewayOptions&)>& change) {
        GatewayOptions out;
        out.token = "bot-token";
        out.intents = 1 | (1 << 9) | (1 << 12);
        out.user_agent = "DiscordBot (https://example.org, 1)";
        out.wall_clock = wall_clock;
        out.chance = [this] { return chance; };
        out.ask = [this] { return asks(); };
        out.note = [this](std::string ledger) { return note(std::move(ledger)); };
        out.report = [this](const std::string& line, bool act) {
            reports.push_back(line);
            if (act) told.push_back(line);
        };
        out.give_up = [this](const std::string& why) { gave_up.push_back(why); };
        if (change) change(out);
        token_ = out.token;
        return out;
    }
    Awaitable<std::optional<GatewayBot>> asks() {
        ++asked;
        if (!answers) co_return std::nullopt;
        auto bot = co_await ask(client_, token_);
        if (bot && !url.empty()) bot->url = url;
        co_return bot;
    }
    Awaitable<bool> note(std::string ledger) {
        ledgers.push_back(std::move(ledger));
        co_return notes;
    }
    Awaitable<void> take() {
        Timer look(io_.get_executor());
        for (;;) {
            while (!taking) {
                look.expires_after(100ms);
                co_await look.async_wait(nothrow);
            }
            auto event = co_await gateway.next();
            if (!event) co_return;
            events.push_back(*std::move(event));
        }
    }
    void spawn(Awaitable<void> what) {
        ++running_;
        asio::co_spawn(io_, std::move(what), [this](const std::exception_ptr& error) {
            --running_;
            if (error) std::rethrow_exception(error);
        });
    }

    http::Client client_;
    std::string token_;
    int running_ = 0;

 public:
    Gateway gateway;
};

/// Discord, and a bot that is ready.
struct Fixture {
    explicit Fixture(FakeDiscordOptions options = {}, std::function<void(GatewayOptions&)> change = {})
        : discord(io, std::move(options)), bot(io, discord, std::move(change)) {
        guild = discord.add_guild("Garden");
        channel = discord.add_channel(guild, "general");
        user = discord.add_user("Kim");
        dm = discord.open_dm(user);
    }
    ~Fixture() {
        for (const std::string& line : bot.reports) {
            CAPTURE(line);
            CHECK(line.find("bot-token") == std::string::npos);
            CHECK(line.find("secret words") == std::string::npos);
        }
    }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;

    void start() {
        bot.start();
        REQUIRE(bot.until(GatewayState::ready));
    }
    /// Somebody writes, and the bot hears it once.
    void hears() {
        const std::size_t before = bot.count("MESSAGE_CREATE");
        (void)discord.write(dm, user, "secret words");
        CHECK(bot.until([&] { return bot.count("MESSAGE_CREATE") > before; }));
        bot.go_on(200ms);
        CHECK(bot.count("MESSAGE_CREATE") == before + 1);
    }
    void is_well() const { CHECK(discord.complaints() == std::vector<std::string>()); }

    asio::io_context io{1};
    FakeDiscord discord;
    Bot bot;
    std::string guild, channel, user, dm;
};

}  // namespace reweave::test
