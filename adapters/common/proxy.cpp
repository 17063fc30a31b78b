// Which proxy the environment names; the rules are those of curl.

#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "adapters/common/http_client.hpp"
#include "adapters/common/url.hpp"

namespace reweave::http {
namespace {

using boost::system::error_code;
using Environment = std::function<std::optional<std::string>(const char* name)>;

std::string first_set(const Environment& environment, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        if (auto value = environment(name); value && !value->empty()) return *std::move(value);
    }
    return {};
}

/// `entry` is an address, or one with the length of its network: 10.0.0.0/8.
bool covers(const std::string& entry, const asio::ip::address& host) {
    error_code error;
    const auto one = asio::ip::make_address(entry, error);
    if (!error) return one == host;
    if (host.is_v4()) {
        const auto network = asio::ip::make_network_v4(entry, error);
        return !error && asio::ip::network_v4(host.to_v4(), network.prefix_length()).canonical() == network.canonical();
    }
    const auto network = asio::ip::make_network_v6(entry, error);
    return !error && asio::ip::network_v6(host.to_v6(), network.prefix_length()).canonical() == network.canonical();
}

std::string_view without_dots(std::string_view name) {
    while (!name.empty() && name.front() == '.') name.remove_prefix(1);
    while (!name.empty() && name.back() == '.') name.remove_suffix(1);
    return name;
}

bool matches(std::string_view entry, std::string_view host) {
    error_code error;
    const auto address = asio::ip::make_address(std::string(host), error);
    if (!error) {
        if (entry.size() > 2 && entry.front() == '[' && entry.back() == ']') entry = entry.substr(1, entry.size() - 2);
        return covers(std::string(entry), address);
    }
    entry = without_dots(entry);
    host = without_dots(host);
    if (entry.empty() || host.size() < entry.size()) return false;
    const std::size_t rest = host.size() - entry.size();
    return host.substr(rest) == entry && (rest == 0 || host[rest - 1] == '.');
}

bool excepted(std::string_view list, std::string_view host) {
    if (list == "*") return true;
    while (!list.empty()) {
        const std::size_t end = std::min(list.find_first_of(", \t"), list.size());
        if (matches(list.substr(0, end), host)) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

}  // namespace

std::string proxy_for(std::string_view base_url, const Environment& environment) {
    const auto url = parse_url(base_url);
    if (!url || excepted(lower(first_set(environment, {"no_proxy", "NO_PROXY"})), url->host)) return {};
    // HTTP_PROXY in big letters is what a CGI program gets from a request's "Proxy" header.
    std::string proxy = url->scheme == "https" ? first_set(environment, {"https_proxy", "HTTPS_PROXY"})
                                               : first_set(environment, {"http_proxy"});
    return proxy.empty() ? first_set(environment, {"all_proxy", "ALL_PROXY"}) : proxy;
}

}  // namespace reweave::http
