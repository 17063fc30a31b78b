#pragma once
/// \file Calls of Discord's REST interface: each waits for its turn, is tried again while that can help, and comes back
/// as one answer. One thread, the I/O thread.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "adapters/common/http_client.hpp"
#include "adapters/discord/call.hpp"
#include "adapters/discord/limits.hpp"

namespace reweave::discord {

/// For the operator: numbers only.
struct RestStatus {
    std::uint64_t requests = 0;  ///< that were sent, tries again among them
    std::uint64_t limited = 0, limited_shared = 0, limited_global = 0, blocked = 0;  ///< answers 429, by who was meant
    std::size_t waiting = 0;                                                         ///< calls that have no answer yet
    std::size_t invalid = 0;  ///< 401, 403 and 429 of the last ten minutes; see Limits::kInvalid
    std::size_t buckets = 0;
    std::optional<MonotonicClock::time_point> closed_until;  ///< nothing is sent before
    bool signed_out = false;
};

/// Outlives its calls.
class Rest {
 public:
    /// \param options `base_url` is with the version: https://discord.com/api/v10
    /// \param report what the operator should know, in a sentence; at most once for each time that it happens
    /// \throws std::invalid_argument with a sentence if an address or `ca_file` cannot be read.
    Rest(asio::io_context& io,
         http::ClientOptions options,
         std::string token,
         std::function<void(const std::string& sentence)> report);
    Rest(const Rest&) = delete;
    Rest& operator=(const Rest&) = delete;

    /// Waits as long as limits want it, unless a deadline comes first. A fault of the server, a limit and a lost
    /// connection are tried again, kTries in all; also a POST: what must not be done twice carries an enforced nonce.
    [[nodiscard]] Awaitable<Answer> call(Call call);

    /// Keeps a connection open for interactions, since a TLS handshake is too slow for their three seconds. Until
    /// stop().
    [[nodiscard]] Awaitable<void> keep_warm();

    /// Another token, after `signed_out`.
    void use(std::string token);

    /// Ends every call with `stopped`, and all later ones.
    void stop();

    [[nodiscard]] RestStatus status() const;

 private:
    [[nodiscard]] Awaitable<Answer> tries(const Call& call, const std::string& route, Limits::Ticket ticket);
    /// Nothing: it may begin now.
    [[nodiscard]] Awaitable<std::optional<Answer>> turn(const Call& call,
                                                        Limits::Ticket ticket,
                                                        MonotonicClock::time_point not_before);
    [[nodiscard]] Awaitable<http::Response> send(const Call& call);
    [[nodiscard]] std::optional<Answer> unable(const Call& call) const;
    void take(const Reply& reply, Limits::Ticket ticket);
    void count(const Reply& reply);
    void sign_out();
    void bury(const std::string& webhook);
    void wake_all();

    asio::io_context& io_;
    http::Client client_;
    http::Client prompt_;  ///< for interactions, so that nothing else is ahead of them
    std::string token_;
    std::function<void(const std::string&)> report_;
    Limits limits_;
    std::map<Limits::Ticket, Timer*> waiting_;
    std::map<std::string, MonotonicClock::time_point> dead_webhooks_;  ///< until when they are remembered
    Timer warm_;
    RestStatus counted_;
    bool stopped_ = false;
    bool told_invalid_ = false, told_blocked_ = false;
};

}  // namespace reweave::discord
