#include "adapters/discord/account.hpp"

#include <nlohmann/json.hpp>

#include "adapters/common/fields.hpp"
#include "adapters/common/secret_file.hpp"

namespace reweave::discord {

using nlohmann::json;

std::optional<Account> load_account(const std::filesystem::path& file) {
    const json all = read_secret_file(file, "Discord");
    if (all.is_null()) return std::nullopt;
    Account account{text_at(all, "token"), text_at(all, "application"), text_at(all, "user")};
    if (account.application.empty() || account.user.empty())
        throw bad_secret_file(file, "lacks application or user. Run `reweave discord login` again.");
    return account;
}

void save_account(const std::filesystem::path& file, const Account& account) {
    json all = {{"application", account.application}, {"user", account.user}};
    if (!account.token.empty()) all["token"] = account.token;
    write_secret_file(file, all);
}

}  // namespace reweave::discord
