// `reweave discord login`.
#include <ostream>

#include "adapters/discord/permissions.hpp"
#include "bot/app/discord_commands.hpp"
#include "bot/app/discord_http.hpp"
#include "bot/app/discord_options.hpp"
#include "bot/app/own_engine.hpp"
#include "bot/app/storage.hpp"
#include "bot/app/terminal.hpp"

namespace reweave::app {
namespace {

using discord::Account;

std::uint64_t permissions() {
    std::uint64_t all = 0;
    for (const discord::Permission& one : discord::kNeeded) all |= one.bit;
    return all;
}

std::string token_of(const Config& config) {
    if (!config.discord.token.empty()) return checked_token(config.discord.token);
    std::string token = read_secret("Token of the bot: ");
    constexpr std::string_view kScheme = "Bot ";  // as it stands in examples
    if (token.starts_with(kScheme)) token.erase(0, kScheme.size());
    return checked_token(std::move(token));
}

void show_links(const Account& account, std::ostream& out) {
    const std::string link = "https://discord.com/oauth2/authorize?client_id=" + account.application;
    out << "Invite it into a server, with no more than it needs:\n  " << link
        << "&integration_type=0&scope=bot+applications.commands&permissions=" << permissions()
        << "\nWith this one people bring it along for themselves, into direct chats and groups:\n  " << link
        << "&integration_type=1&scope=applications.commands\n";
}

}  // namespace

int discord_login(const Config& config, const DiscordLoginOptions& options, std::ostream& out) {
    prepare_data_folder(config);
    const auto stored = discord::load_account(discord_account_file(config));
    const std::string token = token_of(config);
    auto [account, name] = introduce(config, token);
    const bool another = stored && stored->application != account.application;
    if (another && !options.replace)
        throw std::runtime_error("this bot is application " + stored->application +
                                 " on Discord, and this token is of " + account.application + " (" + name +
                                 "). If you mean it, stop the bot and add --replace: whom it knows there is forgotten "
                                 "then.");
    const bool running = is_served(config);
    if (another && running)
        throw std::runtime_error("the bot is running on this data. Stop it first, then log another one in.");
    if (another) forget_channel(config, "discord");
    const bool elsewhere = !config.discord.token.empty();
    if (elsewhere) account.token.clear();
    discord::save_account(discord_account_file(config), account);
    give_to_owner(config);

    out << "Logged in as " << name << ", application " << account.application << ".\n";
    if (elsewhere) out << "The token stays in REWEAVE_DISCORD_TOKEN, which the bot needs at every start.\n";
    show_links(account, out);
    if (!config.discord.enabled) {
        out << "The settings keep it off Discord: set discord.enabled to true, then start it.\n";
    } else {
        out << (running ? "Restart the bot: it goes on as before until then.\n" : "Start the bot now.\n");
    }
    return 0;
}

}  // namespace reweave::app
