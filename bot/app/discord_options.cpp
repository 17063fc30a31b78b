#include "bot/app/discord_options.hpp"

#include <algorithm>
#include <cctype>

#include "bot/app/clock.hpp"
#include "bot/app/pages.hpp"
#include "bot/app/random.hpp"

namespace reweave::app {
namespace {

std::int64_t wall_clock() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

/// 53 bits are what a double holds.
double chance() {
    return static_cast<double>(secure_random() >> 11) / static_cast<double>(std::uint64_t{1} << 53);
}

discord::PrivateWords place_of_private_words(const std::string& name) {
    if (name == "dm") return discord::PrivateWords::direct;
    return name == "ephemeral" ? discord::PrivateWords::ephemeral : discord::PrivateWords::browser;
}

}  // namespace

std::string checked_token(std::string token) {
    const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-'; };
    if (std::ranges::all_of(token, fits)) return token;
    throw std::runtime_error(
        "a token for Discord has only letters, digits, dots, dashes and underlines. Copy it again, "
        "without blanks, line breaks or quotes.");
}

std::filesystem::path discord_account_file(const Config& config) {
    return config.data / "discord.json";
}

discord::Account discord_account(const Config& config) {
    auto account = discord::load_account(discord_account_file(config));
    if (!account)
        throw std::runtime_error("the settings say that the bot is on Discord, but there is no " +
                                 discord_account_file(config).string() + " yet. Run `reweave discord login` first.");
    if (!config.discord.token.empty()) account->token = checked_token(config.discord.token);
    if (account->token.empty())
        throw std::runtime_error(
            "there is no token for Discord: the login was made with one in "
            "REWEAVE_DISCORD_TOKEN, which is not set now. Set it, or run `reweave discord login`.");
    return std::move(*account);
}

http::ClientOptions discord_api(const Config& config) {
    http::ClientOptions options;
    options.base_url = config.discord.api;
    options.proxy = http::proxy_for(config.discord.api, process_environment);
    options.ca_file = config.discord.authorities.string();
    return options;
}

discord::ChannelOptions discord_options(const Config& config) {
    discord::ChannelOptions options;
    options.api = discord_api(config);
    options.account = discord_account(config);
    options.private_words = place_of_private_words(config.discord.private_words);
    options.message_content = config.discord.message_content;
    options.page = page_address(config);
    options.privacy_policy = config.discord.privacy_policy;
    options.wall_clock = wall_clock;
    options.chance = chance;
    return options;
}

void watch_discord(server::Metrics& metrics, const discord::Channel& channel) {
    using Status = discord::ChannelStatus;
    const auto read = [&channel](auto number) {
        return [&channel, number] { return static_cast<double>(number(channel.status())); };
    };
    metrics.gauge(
        "reweave_discord_up", "1 while the bot is connected and hears what happens.", read([](const Status& s) {
            return s.needs_operator.empty() && s.gateway.state == discord::GatewayState::ready ? 1 : 0;
        }));
    metrics.gauge(
        "reweave_discord_unsent", "Messages waiting for Discord.", read([](const Status& s) { return s.unsent; }));
    metrics.counter("reweave_discord_sent_total", "Messages that Discord took.", read([](const Status& s) {
                        return s.posting.sent;
                    }));
    metrics.counter("reweave_discord_refused_total",
                    "Messages that Discord refused for good.",
                    read([](const Status& s) { return s.posting.refused; }));
    metrics.counter("reweave_discord_pointed_total",
                    "Messages that are on the page, and on Discord only that there is something.",
                    read([](const Status& s) { return s.posting.pointed; }));
    metrics.gauge("reweave_discord_identifies",
                  "Sessions begun in 24 hours; Discord takes the token of a bot that begins 1000.",
                  read([](const Status& s) { return s.gateway.identifies; }));
    metrics.counter("reweave_discord_resumes_total",
                    "Sessions that went on after a lost connection or a restart.",
                    read([](const Status& s) { return s.gateway.resumes; }));
    metrics.counter(
        "reweave_discord_rate_limited_total", "Times that Discord asked to slow down.", read([](const Status& s) {
            return s.rest.limited + s.rest.limited_shared + s.rest.limited_global + s.rest.blocked;
        }));
    metrics.gauge("reweave_discord_contacts", "People who are known on Discord.", read([](const Status& s) {
                      return s.contacts;
                  }));
    metrics.gauge("reweave_discord_closed", "Of them, those whom no direct message reaches.", read([](const Status& s) {
                      return s.closed;
                  }));
}

std::function<void(std::chrono::milliseconds, bool)> count_acknowledged(server::Metrics& metrics) {
    server::Histogram& seconds = metrics.histogram("reweave_discord_ack_seconds",
                                                   "How long people's commands and presses waited for a first answer.",
                                                   {0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 3});
    server::Counter& late =
        metrics.counter("reweave_discord_ack_late_total", "Those that Discord had shown as failed by then.");
    return [&seconds, &late](std::chrono::milliseconds waited, bool was_late) {
        seconds.observe(std::chrono::duration<double>(waited).count());
        if (was_late) late.add();
    };
}

}  // namespace reweave::app
