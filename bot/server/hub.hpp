#pragma once
/// \file Who is connected, and the way between connections and the engine. No sockets, one thread.
///
/// Requests leave in the order in which they came. When the engine's queue is full they wait here, at most a few for
/// each connection, and those connections are not read from until they are through.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bot/engine/gate.hpp"
#include "bot/server/metrics.hpp"
#include "bot/server/rate_limit.hpp"

namespace reweave::server {

class Peer;

inline constexpr unsigned kSlotBits =
    4;  ///< a ticket is the number of a peer and, in its last bits, which of its requests

using Now = TokenBucket::Time;
using Screen = std::function<safety::Findings(std::string_view text)>;

struct HubOptions {
    Rate person{5, 20};     ///< messages of one person
    Rate frames{20, 100};   ///< frames of any kind on one connection; more is a flood and ends it
    bool anonymous = true;  ///< whether someone new may begin
    std::size_t connections_per_person = 16;
    std::string readers = "Only you";  ///< who can read what is typed here, as people read it
    Screen screen = [](std::string_view) { return safety::Findings(); };
};

/// What is counted about connections.
struct HubMetrics {
    explicit HubMetrics(Metrics& metrics);
    Counter& frames;
    Counter& refusals;
    Counter& rate_limited;
    Counter& slow_readers;
    Histogram& answer_seconds;
};

class Hub {
 public:
    Hub(engine::EngineGate& gate, HubOptions options, Metrics& metrics);
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    /// Takes one batch of what the engine put out, in its order.
    void on_outputs(std::vector<engine::Output>&& outputs, Now now);

    /// Tries again what the engine had no room for. True if all is through.
    bool flush();
    [[nodiscard]] bool has_waiting() const { return !waiting_.empty(); }

    /// From now on nothing reaches the engine: it may be gone.
    void close_gate() { gate_ = nullptr; }

    [[nodiscard]] const HubOptions& options() const { return options_; }
    [[nodiscard]] HubMetrics& metrics() { return metrics_; }
    [[nodiscard]] std::size_t people() const { return people_.size(); }

    /// Whether the device of that handle was found to be ended: its browser gets a new cookie then.
    [[nodiscard]] bool is_spent(const std::string& handle) const;

 private:
    friend class Peer;
    struct Present {
        std::vector<Peer*> peers;
        TokenBucket bucket;
    };

    std::uint64_t add(Peer& peer);
    void remove(std::uint64_t number) { peers_.erase(number); }
    void join(engine::PersonId person, Peer& peer, Now now);
    void leave(engine::PersonId person, Peer& peer);
    /// False: the request waits, and resumed() will be called on the peer.
    bool submit(std::uint64_t ticket, engine::RequestBody body);
    [[nodiscard]] bool take_message(engine::PersonId person, Now now);
    void remember_spent(std::string handle);

    void on(engine::Reply& reply, Now now);
    void on(const engine::Deliver& deliver);
    void on(const engine::Close& close, Now now);

    engine::EngineGate* gate_;
    HubOptions options_;
    HubMetrics metrics_;
    std::unordered_map<std::uint64_t, Peer*> peers_;
    std::unordered_map<std::int64_t, Present> people_;
    std::deque<engine::Request> waiting_;
    std::deque<std::string> spent_;
    std::uint64_t next_peer_ = 0;
};

}  // namespace reweave::server
