#pragma once
/// \file Network addresses: whose they are behind a proxy, and how much each may ask for.

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bot/server/rate_limit.hpp"

namespace reweave::server {

using IpAddress = boost::asio::ip::address;

/// Networks from which X-Forwarded-For and X-Forwarded-Proto are believed.
class TrustedProxies {
 public:
    TrustedProxies() = default;
    /// Addresses or networks: "127.0.0.1", "10.0.0.0/8", "fd00::/8".
    /// \throws std::invalid_argument naming the entry that is neither.
    explicit TrustedProxies(const std::vector<std::string>& entries);

    [[nodiscard]] bool trusts(const IpAddress& address) const;

    /// Who is at the far end: the last address of `forwarded_for` that is not itself a trusted proxy, if `peer` is one;
    /// else `peer`.
    [[nodiscard]] IpAddress client(const IpAddress& peer, std::string_view forwarded_for) const;

 private:
    struct Network {
        std::vector<unsigned char> bytes;
        unsigned bits;
    };
    std::vector<Network> networks_;
};

struct AddressLimits {
    int connections = 100;
    Rate messages{50, 200};
    Rate new_people{60.0 / 3600, 60};
};

/// What one address (of IPv6: one /64, which one household has) uses at the moment.
struct AddressUse {
    int connections = 0;
    TokenBucket messages;
    TokenBucket new_people;
};

/// The addresses that have connections or used something lately. Bounded: forgets those whose buckets are full again.
class AddressBook {
 public:
    explicit AddressBook(AddressLimits limits) : limits_(limits) {}

    /// Counts a connection in; null if the address has all that it may. Valid until closed().
    [[nodiscard]] AddressUse* opened(const IpAddress& address, TokenBucket::Time now);
    void closed(AddressUse& use) { --use.connections; }

    [[nodiscard]] std::size_t size() const { return uses_.size(); }

 private:
    void forget_idle(TokenBucket::Time now);

    AddressLimits limits_;
    std::unordered_map<std::uint64_t, AddressUse> uses_;
    std::size_t forget_at_ = 1024;
};

}  // namespace reweave::server
