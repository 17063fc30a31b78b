#pragma once
/// \file The gateway of the fake Discord: sessions, and the connections they have just now. Internal.

#include "tests/support/fake_discord_wire.hpp"

namespace reweave::test::fake {

class Gateway {
 public:
    /// \param spawn runs a coroutine and keeps this alive meanwhile
    Gateway(asio::io_context& io, World& world, std::function<void(Awaitable<void>)> spawn);

    /// Talks until the connection ends.
    [[nodiscard]] Awaitable<void> serve(Socket socket, Upgrade request);
    void dispatch(const std::string& event, const json& data, std::uint64_t intents);
    [[nodiscard]] json about() const;  ///< GET /gateway/bot

    std::deque<GatewayPlan> plans;
    [[nodiscard]] bool connected() const;
    void ask_reconnect();
    void ask_heartbeat();
    void invalidate(bool resumable);
    void close_all(int code);
    void cut_all();
    void silence_all();
    void stop_acks();
    void forget_sessions();
    void send_raw(const std::string& bytes);

 private:
    struct Peer {
        Peer(Socket socket, GatewayPlan p, bool compressed, const Executor& executor)
            : plan(std::move(p)),
              wire(std::move(socket), compressed, plan.split, plan.answers_close),
              watch(executor) {}
        GatewayPlan plan;
        Wire wire;
        Timer watch;
        std::string session = {};
        TimePoint last_beat{};
        std::deque<TimePoint> sends = {};
        int events = 0;
        bool over = false;
    };
    struct Session {
        std::string id;
        std::uint64_t intents = 0;
        std::int64_t seq = 0;
        std::deque<std::pair<std::int64_t, std::string>> sent = {};
        std::weak_ptr<Peer> peer = {};
        TimePoint left{};
    };
    using PeerPtr = std::shared_ptr<Peer>;

    [[nodiscard]] Awaitable<void> write_all(PeerPtr peer);
    [[nodiscard]] Awaitable<void> watch(PeerPtr peer);  ///< says HELLO and waits for heartbeats
    [[nodiscard]] Awaitable<void> cut_later(PeerPtr peer);
    [[nodiscard]] Awaitable<void> close_later(PeerPtr peer);
    void take(const PeerPtr& peer, const std::string& text);
    void identify(const PeerPtr& peer, const json& d);
    void resume(const PeerPtr& peer, const json& d);
    /// What was planned in place of READY or RESUMED; true: that was it.
    bool goes_wrong(const PeerPtr& peer);
    void close(const PeerPtr& peer, int code);
    void leave(const PeerPtr& peer, bool ends_session);
    void say(const PeerPtr& peer, int op, const json& d);
    void push(Session& session, const std::string& event, const json& data);
    void deliver(const PeerPtr& peer, const std::string& text);
    void drop_expired();
    [[nodiscard]] std::vector<PeerPtr> live() const;

    asio::io_context& io_;
    World& world_;
    std::function<void(Awaitable<void>)> spawn_;
    std::set<PeerPtr> peers_;
    std::map<std::string, Session> sessions_;
    std::deque<TimePoint> identifies_;
};

}  // namespace reweave::test::fake
