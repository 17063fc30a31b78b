#include "bot/server/addresses.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace reweave::server {
namespace {

namespace ip = boost::asio::ip;

/// An IPv4 address that came in through an IPv6 socket is that IPv4 address.
IpAddress plain(const IpAddress& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address.to_v6());
    return address;
}

std::vector<unsigned char> bytes_of(const IpAddress& address) {
    if (address.is_v4()) {
        const auto bytes = address.to_v4().to_bytes();
        return {bytes.begin(), bytes.end()};
    }
    const auto bytes = address.to_v6().to_bytes();
    return {bytes.begin(), bytes.end()};
}

std::uint64_t key_of(const IpAddress& address) {
    const std::vector<unsigned char> bytes = bytes_of(plain(address));
    std::uint64_t key = bytes.size() == 4 ? 0xFFFF : 0;  // a /64 that begins with zeros and ffff is given to nobody
    for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 8); ++i) key = (key << 8) | bytes[i];
    return key;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

}  // namespace

TrustedProxies::TrustedProxies(const std::vector<std::string>& entries) {
    for (const std::string& entry : entries) {
        const std::size_t slash = entry.find('/');
        boost::system::error_code error;
        const IpAddress address = ip::make_address(entry.substr(0, slash), error);
        Network network{bytes_of(address), 0};
        network.bits = static_cast<unsigned>(network.bytes.size() * 8);
        if (!error && slash != std::string::npos) {
            unsigned bits = 0;
            const char* const last = entry.data() + entry.size();
            const auto read = std::from_chars(entry.data() + slash + 1, last, bits);
            if (read.ec != std::errc() || read.ptr != last || bits > network.bits) {
                error = make_error_code(boost::system::errc::invalid_argument);
            }
            network.bits = bits;
        }
        if (error) {
            throw std::invalid_argument("trusted proxy \"" + entry +
                                        "\" is not an IP address or network such as 10.0.0.0/8");
        }
        networks_.push_back(std::move(network));
    }
}

bool TrustedProxies::trusts(const IpAddress& address) const {
    const std::vector<unsigned char> bytes = bytes_of(plain(address));
    return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
        if (network.bytes.size() != bytes.size()) return false;
        unsigned left = network.bits;
        for (std::size_t i = 0; i < bytes.size() && left > 0; ++i) {
            const unsigned here = std::min(left, 8U);
            const unsigned mask = (0xFFU << (8 - here)) & 0xFFU;
            if ((bytes[i] & mask) != (network.bytes[i] & mask)) return false;
            left -= here;
        }
        return true;
    });
}

IpAddress TrustedProxies::client(const IpAddress& peer, std::string_view forwarded_for) const {
    IpAddress client = peer;
    while (trusts(client) && !forwarded_for.empty()) {
        const std::size_t comma = forwarded_for.rfind(',');
        const std::string_view last = comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1);
        forwarded_for = comma == std::string_view::npos ? std::string_view() : forwarded_for.substr(0, comma);
        boost::system::error_code error;
        const IpAddress named = ip::make_address(std::string(trimmed(last)), error);
        if (error) break;  // what stands further left cannot be believed either
        client = named;
    }
    return plain(client);
}

AddressUse* AddressBook::opened(const IpAddress& address, TokenBucket::Time now) {
    if (uses_.size() >= forget_at_) forget_idle(now);
    const AddressUse fresh{0, TokenBucket(limits_.messages, now), TokenBucket(limits_.new_people, now)};
    AddressUse& use = uses_.try_emplace(key_of(address), fresh).first->second;
    if (use.connections >= limits_.connections) return nullptr;
    ++use.connections;
    return &use;
}

void AddressBook::forget_idle(TokenBucket::Time now) {
    std::erase_if(uses_, [now](const auto& entry) {
        const AddressUse& use = entry.second;
        return use.connections == 0 && use.messages.full(now) && use.new_people.full(now);
    });
    forget_at_ = std::max<std::size_t>(1024, uses_.size() * 2);
}

}  // namespace reweave::server
