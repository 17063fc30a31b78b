#pragma once
/// \file One connection to Discord's gateway, from looking up its name to the end. Whatever belongs to a connection
/// (socket, inflate context, heartbeats, deadlines, what is to be sent) is in here and ends with it; what outlives it
/// belongs to the Owner. One thread, the I/O thread.

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/common/web_socket.hpp"
#include "adapters/discord/close_codes.hpp"
#include "adapters/discord/gateway_address.hpp"
#include "adapters/discord/inflate.hpp"
#include "adapters/discord/session.hpp"
#include "bot/deps/asio.hpp"

namespace reweave::discord {

struct GatewayOptions;

enum class GatewayState {
    waiting,      ///< until another IDENTIFY may be sent
    looking_up,   ///< the gateway's address, and the IDENTIFYs that are left
    connecting,   ///< name, TCP, TLS, upgrade
    hello,        ///< connected; the gateway has yet to say something
    identifying,  ///< a new session is on its way
    resuming,     ///< events that were missed are on their way
    ready,
    closing,      ///< what was the connection is no more
    backing_off,  ///< after a loss
    refused,      ///< for good: the operator must change something
};

/// What happened, as Discord says it.
struct Event {
    std::string name;                            ///< MESSAGE_CREATE, READY, …
    std::shared_ptr<const nlohmann::json> data;  ///< never null
    Session session;        ///< as it is after this event: to be stored in the commit that stores what the event meant
    bool replayed = false;  ///< it came between RESUME and RESUMED: it is older than it looks
    MonotonicClock::time_point received;
    std::size_t bytes = 0;  ///< of its JSON
};

/// How a connection was lost.
struct Ending {
    After then = After::resume;
    std::string what;                                 ///< for the operator, without contents
    int close_code = 0;                               ///< of Discord; 0: none
    bool invalid = false;                             ///< Discord said that there is no such session
    bool greeted = false;                             ///< a gateway was there
    std::optional<MonotonicClock::time_point> ready;  ///< since when it was
};

class GatewayConnection {
 public:
    class Owner {
     public:
        virtual ~Owner() = default;
        [[nodiscard]] virtual const Session& session() const = 0;
        /// Books an IDENTIFY. False: it may not be sent.
        [[nodiscard]] virtual Awaitable<bool> may_identify() = 0;
        /// For one more event.
        [[nodiscard]] virtual bool has_room() const = 0;
        virtual void entered(GatewayState state) = 0;
        virtual void took(Event event) = 0;
    };

    static constexpr std::size_t kMessageBytes = 16 * 1024 * 1024;  ///< of one that comes, packed and unpacked
    static constexpr std::size_t kPayloadBytes = 4096;              ///< of one that is sent; Discord's limit

    GatewayConnection(const Executor& executor, const GatewayOptions& options, Owner& owner);

    /// Once. \param resume the owner's session; otherwise a new one begins
    [[nodiscard]] Awaitable<Ending> run(std::string url, bool resume);

    /// The owner has room again.
    void wake();
    /// Closes so that Discord keeps the session.
    void leave();

    [[nodiscard]] std::optional<std::chrono::milliseconds> latency() const { return latency_; }

 private:
    using Clock = MonotonicClock;

    [[nodiscard]] Awaitable<void> live(GatewayAddress address);
    [[nodiscard]] Awaitable<void> read();
    [[nodiscard]] Awaitable<void> write();
    [[nodiscard]] Awaitable<void> beat();
    [[nodiscard]] Awaitable<void> watch();

    [[nodiscard]] Awaitable<void> on_bytes(http::WebSocket::Message message);
    [[nodiscard]] Awaitable<void> on_payload(nlohmann::json payload, std::size_t bytes);
    [[nodiscard]] Awaitable<void> on_hello(const nlohmann::json& data);
    void on_dispatch(nlohmann::json& payload, std::size_t bytes);
    void on_invalid_session(bool resumable);

    void on_close_frame();

    void enter(GatewayState state);
    void limit_state();
    void allow(Clock::duration time);
    void send(std::string text);
    void send_heartbeat();
    /// How long until something may be sent.
    [[nodiscard]] Clock::duration send_wait(bool heartbeat);
    /// The first reason counts.
    void end(After then, std::string what);
    void over();

    const GatewayOptions& options_;
    Owner& owner_;
    http::WebSocket socket_;
    Inflate inflate_;
    bool resume_ = false;
    Ending ending_;
    bool ending_known_ = false;
    bool closing_ = false;  ///< Discord is about to end it, or it is broken
    bool over_ = false;     ///< no loop goes on
    GatewayState state_ = GatewayState::connecting;

    Timer deadline_;  ///< of the state
    Timer room_;      ///< cancelled to wake the reader
    Timer outgoing_;  ///< cancelled to wake the writer
    Timer pulse_;     ///< the next heartbeat

    Clock::duration interval_{0};
    Clock::time_point beat_at_;
    bool heard_ = true;  ///< the last heartbeat was answered, or could not be as nothing was read
    Clock::time_point beat_sent_;
    std::optional<std::chrono::milliseconds> latency_;

    bool heartbeat_due_ = false;  ///< goes before `outbox_`
    std::deque<std::string> outbox_;
    std::deque<Clock::time_point> sent_;  ///< in the last minute
};

}  // namespace reweave::discord
