#pragma once
/// \file The address of a gateway that Discord named, in the parts that a connection needs. Pure.

#include <optional>
#include <string>
#include <string_view>

namespace reweave::discord {

struct GatewayAddress {
    std::string base_url;  ///< of the server: https://gateway.discord.gg, http://127.0.0.1:8080
    std::string target;    ///< path and query of the upgrade
    bool secure = true;    ///< wss
};

/// Nothing if `url` is no address of a WebSocket, or one in plain text to another machine.
[[nodiscard]] std::optional<GatewayAddress> gateway_address(std::string_view url, bool compress);

}  // namespace reweave::discord
