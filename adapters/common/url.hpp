#pragma once
/// \file The address of a server or a proxy, in its parts.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reweave::http {

struct Url {
    std::string scheme;      ///< small letters; empty: none was written
    std::string user_info;   ///< before the @, percent-encoded; a secret
    std::string host;        ///< small letters, an IPv6 address without its brackets
    std::uint16_t port = 0;  ///< 0: none was written
    std::string path;        ///< begins with / or is empty

    /// As in a Host header: "example.org", "[::1]:8448".
    [[nodiscard]] std::string authority() const;
};

/// [scheme://][user:password@]host[:port][/path]; nothing if it is not that, or has a query or a fragment.
[[nodiscard]] std::optional<Url> parse_url(std::string_view text);

/// Small letters for ASCII, the rest as it is.
[[nodiscard]] std::string lower(std::string_view text);

/// %41 becomes A; what is no escape stays.
[[nodiscard]] std::string percent_decoded(std::string_view text);

}  // namespace reweave::http
