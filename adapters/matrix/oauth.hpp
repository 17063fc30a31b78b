#pragma once
/// \file A login by consent on a page of the homeserver's OAuth server: the device authorisation grant (RFC 8628) as
/// Matrix uses it since v1.18 of its specification. Blocks, and fails, as login.hpp does.

#include <chrono>
#include <optional>
#include <string>

#include "adapters/matrix/login.hpp"

namespace reweave::matrix {

struct OAuthServer {
    std::string token_endpoint;
    std::string device_endpoint;    ///< empty: it has no such grant
    std::string register_endpoint;  ///< empty: programs cannot make themselves known to it
    std::string revoke_endpoint;
    std::string scope_prefix;  ///< "urn:matrix:client:", or an older name of it
};

/// Nothing if the homeserver knows its own logins only.
[[nodiscard]] std::optional<OAuthServer> oauth_server(const Ask& ask, const std::string& homeserver);

struct Consent {
    std::string device_id;  ///< to be kept, or a new one
    std::string client_id;  ///< of an earlier registration; empty: a new one is made
    std::string page;       ///< address of our own page, for the registration; may be empty
    /// The person is to open `address`, and to compare or type `code`.
    std::function<void(const std::string& address, const std::string& code)> show;
    std::function<void(std::chrono::seconds)> wait;
};
/// Waits until somebody has agreed, or until the code has ended.
[[nodiscard]] Account log_in_by_consent(const Ask& ask,
                                        const std::string& homeserver,
                                        const OAuthServer& server,
                                        const Consent& consent);

/// Ends the session that these tokens belong to: its device is deleted with it. False if the server did not take it.
[[nodiscard]] bool revoke(const Ask& ask, const OAuthServer& server, const Account& account);

}  // namespace reweave::matrix
