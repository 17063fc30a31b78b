#pragma once
/// \file When a request may go to Discord: turns within a bucket, the limit over all of them, and two breakers. Pure:
/// no clock and no waiting, time comes in.
///
/// Rules: https://docs.discord.com/developers/topics/rate-limits (read 2026-11). Limits are learned from answers and
/// never written down here, but for the one over all requests.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "bot/deps/asio.hpp"

namespace reweave::discord {

/// What shares a limit, as far as a path shows it.
struct Lane {
    std::string route;         ///< "POST /channels/:id/messages"
    std::string major;         ///< "channels/1": the channel, guild or webhook (with its token) that it is about
    bool interaction = false;  ///< outside the limit over all requests
};

/// Without a query; ids and tokens become ":id".
[[nodiscard]] Lane lane_of(std::string_view method, std::string_view path);

/// What an answer says about limits.
struct Reply {
    enum class Limited {
        no,
        bucket,  ///< this bot was too fast
        shared,  ///< somebody else was: not our fault
        global,  ///< everything waits, but interactions
        blocked  ///< the address is blocked at the door, before Discord: everything waits
    };
    int status = 0;
    Limited limited = Limited::no;
    std::string bucket;            ///< empty: it did not say
    std::optional<int> remaining;  ///< requests, until `reset_after` is over
    MonotonicClock::duration reset_after{};
    MonotonicClock::duration retry_after{};  ///< if it is limited
};

/// Requests of one bucket go one at a time and in the order in which they came; so they stay in order when one has to
/// be tried again, and the first answer teaches before the second request goes. Buckets do not wait for each other.
class Limits {
 public:
    using Time = MonotonicClock::time_point;
    using Ticket = std::uint64_t;

    static constexpr std::size_t kGlobal = 50;  ///< requests in kGlobalWindow
    static constexpr auto kGlobalWindow = std::chrono::seconds(1);
    /// Discord bans an address for a while at 10,000.
    static constexpr std::size_t kInvalid = 500;
    static constexpr auto kInvalidWindow = std::chrono::minutes(10);
    static constexpr auto kForgotten = std::chrono::minutes(10);  ///< a bucket that nobody used

    Limits() = default;
    /// What a process before this one has spent of the limit over all is not known: this one begins when that is over.
    explicit Limits(Time started) : global_(started + kGlobalWindow) {}

    /// Queues up; until leave().
    [[nodiscard]] Ticket enter(Lane lane, Time now);
    /// When a try may begin: now or before, if it may. Time::max(): somebody else has the turn, see next().
    [[nodiscard]] Time may_begin(Ticket ticket, Time now) const;
    void begun(Ticket ticket, Time now);
    /// A try is over. Also of one that was lost: with an empty reply. True if turns changed: everybody asks again.
    [[nodiscard]] bool answered(Ticket ticket, const Reply& reply, Time now);
    /// Who has the turn in that ticket's bucket after it, if anybody.
    [[nodiscard]] std::optional<Ticket> leave(Ticket ticket, Time now);

    /// Until when a breaker stops everything, if one does.
    [[nodiscard]] std::optional<Time> closed_until(Time now) const;
    /// 401, 403 and 429 that count, in the window.
    [[nodiscard]] std::size_t invalid(Time now) const;
    [[nodiscard]] std::size_t queued() const { return tickets_.size(); }
    [[nodiscard]] std::size_t buckets() const { return buckets_.size(); }

 private:
    struct Bucket {
        std::set<Ticket> queue;  ///< tickets count up: the first one has the turn
        std::optional<int> remaining;
        Time reset{};
        Time limited{};
        Time used{};
    };
    [[nodiscard]] std::string key(const Lane& lane) const;
    Bucket& bucket_of(Ticket ticket) { return buckets_[key(tickets_.at(ticket))]; }
    bool learn(const std::string& route, const std::string& name);
    void forget(Time now);

    std::map<Ticket, Lane> tickets_;
    std::map<std::string, Bucket> buckets_;
    std::map<std::string, std::string> names_;  ///< of a route's bucket
    Ticket last_ = 0;
    std::deque<Time> recent_;   ///< what counts in the limit over all
    std::deque<Time> invalid_;  ///< kInvalid at most
    Time global_{};
    Time blocked_{};
    Time forgot_{};
};

}  // namespace reweave::discord
