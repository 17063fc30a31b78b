#pragma once
/// \file Device tokens: made here, shown once, known to the engine only by their hash.

#include <string>
#include <string_view>

namespace reweave::server {

inline constexpr std::string_view kCookieName = "reweave_device";
/// Over TLS. Browsers take a cookie with this prefix from the very host only, over TLS: neither another page of the
/// same domain nor someone on the line can plant one (draft-ietf-httpbis-rfc6265bis, section 4.1.3.2).
inline constexpr std::string_view kSecureCookieName = "__Host-reweave_device";

/// 32 random bytes in base64url: 43 characters.
/// \throws std::runtime_error if the system has no random bytes to give.
[[nodiscard]] std::string new_token();

/// The handle under which the engine knows the token: SHA-256 in lower-case hex. The engine's database is no use to
/// someone who wants to be let in.
[[nodiscard]] std::string handle_of(std::string_view token);

/// The well-formed token in a Cookie header; empty if there is none. `secure`: the header came over TLS.
[[nodiscard]] std::string token_from_cookies(std::string_view header, bool secure);

/// The value of a Set-Cookie header. `secure`: the page came over TLS.
[[nodiscard]] std::string set_cookie(std::string_view token, bool secure);

}  // namespace reweave::server
