#include "adapters/matrix/account.hpp"

#include <nlohmann/json.hpp>

#include "adapters/common/fields.hpp"
#include "adapters/common/secret_file.hpp"

namespace reweave::matrix {

using nlohmann::json;

std::optional<Account> load_account(const std::filesystem::path& file) {
    const json all = read_secret_file(file, "Matrix");
    if (all.is_null()) return std::nullopt;
    Account account;
    account.user_id = text_at(all, "user_id");
    account.device_id = text_at(all, "device_id");
    account.access_token = text_at(all, "access_token");
    account.refresh_token = text_at(all, "refresh_token");
    account.oauth_token_endpoint = text_at(all, "oauth_token_endpoint");
    account.oauth_client_id = text_at(all, "oauth_client_id");
    account.keys_passphrase = text_at(all, "keys_passphrase");
    account.recovery_key = text_at(all, "recovery_key");
    account.expires_at = number_at(all, "expires_at", account.expires_at);
    if (account.user_id.empty() || account.device_id.empty() || account.access_token.empty())
        throw bad_secret_file(file, "lacks user_id, device_id or access_token. Run `reweave matrix login` again.");
    return account;
}

void save_account(const std::filesystem::path& file, const Account& account) {
    json all = {{"user_id", account.user_id}, {"device_id", account.device_id}, {"access_token", account.access_token}};
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty()) all[key] = value;
    };
    add("refresh_token", account.refresh_token);
    add("oauth_token_endpoint", account.oauth_token_endpoint);
    add("oauth_client_id", account.oauth_client_id);
    add("keys_passphrase", account.keys_passphrase);
    add("recovery_key", account.recovery_key);
    if (account.expires_at != 0) all["expires_at"] = account.expires_at;
    write_secret_file(file, all);
}

void keep_encryption(const Account& from, Account& to) {
    to.keys_passphrase = from.keys_passphrase;
    to.recovery_key = from.recovery_key;
}

}  // namespace reweave::matrix
