#pragma once
/// \file How the bot gets an account on a homeserver: by its password, or by a token that somebody has. Consent on a
/// page of the homeserver is in oauth.hpp.
///
/// For the command line: every call blocks until its answer is there. What is refused is a std::runtime_error with one
/// sentence that says what to do; passwords, tokens and codes are never in it.

#include <functional>
#include <string>

#include "adapters/common/http_client.hpp"
#include "adapters/matrix/account.hpp"
#include "adapters/matrix/api.hpp"

namespace reweave::matrix {

/// Sends one request to the server at `base_url`, and waits.
using Ask = std::function<http::Response(const std::string& base_url, http::Request request)>;

/// One call of the client-server API; `path` begins behind /_matrix. An empty token: none is sent.
[[nodiscard]] Answer call(const Ask& ask,
                          const std::string& homeserver,
                          const std::string& method,
                          const std::string& path,
                          const std::string& body = {},
                          const std::string& token = {});

/// Why an answer is not what was hoped for, and what to do.
[[nodiscard]] std::string sentence_of(const Answer& answer, const std::string& homeserver);

/// Whether the homeserver takes a name and a password.
[[nodiscard]] bool takes_passwords(const Ask& ask, const std::string& homeserver);

struct PasswordLogin {
    std::string user;  ///< "@bot:example.org", or only "bot"
    std::string password;
    std::string device_id;  ///< empty: the homeserver makes a new one
};
[[nodiscard]] Account log_in_by_password(const Ask& ask, const std::string& homeserver, const PasswordLogin& login);

/// Whose token it is. Of `account` the tokens count; user and device are filled in.
void introduce(const Ask& ask, const std::string& homeserver, Account& account);

/// Ends the session: its device is deleted with it. Best effort.
void log_out(const Ask& ask, const std::string& homeserver, const Account& account);

/// What "auth" is in a request that the homeserver has answered with a `challenge`: its answer of 401.
[[nodiscard]] nlohmann::json proof(const Account& account,
                                   const std::string& password,
                                   const nlohmann::json& challenge);

/// Deletes another device of the account, proving by password, where that is asked for, that it is allowed.
void delete_device(const Ask& ask,
                   const std::string& homeserver,
                   const Account& account,
                   const std::string& device_id,
                   const std::string& password);

/// Whether "bot" or "@bot:example.org" may be this user id.
[[nodiscard]] bool may_be(const std::string& name, const std::string& user_id);

}  // namespace reweave::matrix
