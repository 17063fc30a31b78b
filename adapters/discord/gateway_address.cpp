#include "adapters/discord/gateway_address.hpp"

#include "adapters/common/url.hpp"

namespace reweave::discord {
namespace {

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "::1" || host == "127.0.0.1";
}

}  // namespace

std::optional<GatewayAddress> gateway_address(std::string_view url, bool compress) {
    // What Discord names has no query; if it gets one, this client's own is what counts.
    const auto parts = http::parse_url(url.substr(0, url.find('?')));
    if (!parts || !parts->user_info.empty()) return std::nullopt;
    GatewayAddress out;
    out.secure = parts->scheme == "wss";
    if (!out.secure && (parts->scheme != "ws" || !is_loopback(parts->host))) return std::nullopt;
    out.base_url = (out.secure ? "https://" : "http://") + parts->authority();
    out.target = (parts->path.empty() ? "/" : parts->path) + "?v=10&encoding=json";
    if (compress) out.target += "&compress=zlib-stream";
    return out;
}

}  // namespace reweave::discord
