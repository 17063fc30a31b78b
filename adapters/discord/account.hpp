#pragma once
/// \file Who the bot is on Discord, as `reweave discord login` has learnt it: one file that only its owner may read.

#include <filesystem>
#include <optional>
#include <string>

namespace reweave::discord {

struct Account {
    std::string token;        ///< empty: it is not kept here, and comes from the environment
    std::string application;  ///< id
    std::string user;         ///< id of the bot's user
    bool operator==(const Account&) const = default;
};

/// Nothing if there is no such file. \throws std::runtime_error with a sentence if it cannot be read or understood, or
/// if others may read it.
[[nodiscard]] std::optional<Account> load_account(const std::filesystem::path& file);

/// Whole or not at all, durably, for its owner only. \throws std::runtime_error with a sentence.
void save_account(const std::filesystem::path& file, const Account& account);

}  // namespace reweave::discord
