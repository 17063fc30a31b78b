#pragma once
/// \file What happens on Discord, as it happens: a session with Discord's gateway that survives lost connections and
/// restarts of the bot. One thread, the I/O thread.
///
/// It is a loop over attempts. Each attempt is a GatewayConnection of its own, and nothing of it survives it; what
/// does is here: the session, the IDENTIFYs of the last 24 hours and the events that nobody has taken yet.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/common/http_client.hpp"
#include "adapters/discord/gateway_connection.hpp"
#include "adapters/discord/identifies.hpp"
#include "adapters/discord/session.hpp"
#include "bot/deps/asio.hpp"

namespace reweave::discord {

/// The answer to GET /gateway/bot.
struct GatewayBot {
    std::string url;
    int remaining = 0;                         ///< IDENTIFYs that Discord still takes
    std::chrono::milliseconds reset_after{0};  ///< until it takes all of them again
    int max_concurrency = 1;
};

struct GatewayOptions {
    std::string token;
    int intents = 0;
    bool compress = true;
    std::string user_agent;  ///< "DiscordBot (url, version)"
    std::string proxy;       ///< as in http::ClientOptions
    std::string ca_file;
    /// Milliseconds of the wall clock.
    std::function<std::int64_t()> wall_clock;
    /// Evenly from [0, 1).
    std::function<double()> chance;
    /// Nothing: it could not be asked.
    std::function<Awaitable<std::optional<GatewayBot>>()> ask;
    /// Stores the ledger of IDENTIFYs durably, before each of them. False: it could not.
    std::function<Awaitable<bool>(std::string ledger)> note;
    /// For the log: a line without contents, and whether somebody must act.
    std::function<void(const std::string& line, bool act)> report;
    /// The bot cannot go on like this: the sentence is for the operator.
    std::function<void(const std::string& why)> give_up;
};

struct GatewayStatus {
    GatewayState state = GatewayState::waiting;
    MonotonicClock::time_point since;
    std::size_t identifies = 0;                        ///< in 24 hours
    std::uint64_t resumes = 0;                         ///< sessions that went on after a lost connection
    int last_close = 0;                                ///< the last code with which Discord closed; 0: none
    std::optional<std::chrono::milliseconds> latency;  ///< of the last heartbeat
};
[[nodiscard]] std::string_view name(GatewayState state);

class Gateway final : private GatewayConnection::Owner {
 public:
    Gateway(asio::io_context& io, GatewayOptions options);
    ~Gateway() override;
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    /// What was stored, before run(): the session of the last event whose meaning was stored, and the last ledger.
    void restore(Session session, std::string_view ledger);

    /// Until stop(), or until Discord lets the bot in no more (give_up was called).
    [[nodiscard]] Awaitable<void> run();

    /// The next event, in order; nothing after stop(). At most one coroutine may wait. While the queue is full nothing
    /// more is read, but the connection is kept alive.
    [[nodiscard]] Awaitable<std::optional<Event>> next();

    /// Leaves so that Discord keeps the session: the next start goes on with it.
    void stop();

    [[nodiscard]] GatewayStatus status() const;

 private:
    struct Target {
        std::string url;  ///< empty: there is none now
        bool resume = false;
    };

    [[nodiscard]] Awaitable<Target> next_target();
    [[nodiscard]] Awaitable<std::string> resume_url();
    [[nodiscard]] Awaitable<std::string> identify_url();
    [[nodiscard]] Awaitable<std::optional<GatewayBot>> ask();
    [[nodiscard]] Awaitable<void> pause(std::chrono::milliseconds time);
    [[nodiscard]] std::chrono::milliseconds after(const Ending& ending);
    [[nodiscard]] std::chrono::milliseconds lost(const std::string& what, std::chrono::milliseconds at_least);
    void tell_once(const std::string& line);

    [[nodiscard]] const Session& session() const override { return session_; }
    [[nodiscard]] Awaitable<bool> may_identify() override;
    [[nodiscard]] bool has_room() const override;
    void entered(GatewayState state) override;
    void took(Event event) override;

    Executor executor_;
    GatewayOptions options_;
    bool stopped_ = false;
    Timer pause_;
    GatewayStatus status_;

    Session session_;
    Identifies identifies_;
    std::string usual_url_;             ///< from the last answer to ask()
    int losses_ = 0;                    ///< since the gateway was last ready for some time
    int resumes_ = 0;                   ///< that were tried since one went well
    int unreached_ = 0;                 ///< resumes in a row for which no gateway was found
    bool told_ = false;                 ///< that IDENTIFYs must wait
    MonotonicClock::time_point alive_;  ///< when the session was last seen alive

    std::deque<Event> events_;
    std::size_t events_bytes_ = 0;
    Timer arrived_;  ///< cancelled to wake next()
    std::unique_ptr<GatewayConnection> connection_;
};

}  // namespace reweave::discord
