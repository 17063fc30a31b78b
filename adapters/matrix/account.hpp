#pragma once
/// \file Who the bot is on Matrix, and the secrets that prove it: one file that only its owner may read.

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace reweave::matrix {

struct Account {
    std::string user_id;    ///< "@bot:example.org"
    std::string device_id;  ///< made at the first login and kept: a new one is a stranger to everybody's encryption
    std::string access_token;
    std::string refresh_token;         ///< empty: the access token does not end
    std::int64_t expires_at = 0;       ///< milliseconds since 1970; 0: never
    std::string oauth_token_endpoint;  ///< where to refresh, if it came from an OAuth server; empty: the homeserver
    std::string oauth_client_id;
    std::string keys_passphrase;  ///< opens the keys of the encryption; empty: there are none yet
    std::string recovery_key;     ///< of the encryption's identity; empty: none was made here
    bool operator==(const Account&) const = default;
};

/// Nothing if there is no such file. \throws std::runtime_error with a sentence if it cannot be read or understood, or
/// if others may read it.
[[nodiscard]] std::optional<Account> load_account(const std::filesystem::path& file);

/// Whole or not at all, durably, for its owner only. \throws std::runtime_error with a sentence.
void save_account(const std::filesystem::path& file, const Account& account);

/// A new login keeps what the encryption of the user needs.
void keep_encryption(const Account& from, Account& to);

}  // namespace reweave::matrix
