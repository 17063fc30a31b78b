// `reweave discord doctor`.
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/common/fields.hpp"
#include "adapters/discord/commands.hpp"
#include "adapters/discord/identifies.hpp"
#include "adapters/discord/permissions.hpp"
#include "bot/app/discord_commands.hpp"
#include "bot/app/discord_http.hpp"
#include "bot/app/discord_options.hpp"
#include "bot/app/discord_report.hpp"
#include "bot/app/findings.hpp"
#include "bot/app/pages.hpp"
#include "bot/app/report.hpp"

namespace reweave::app {
namespace {

using discord::Account;
using discord::Answer;
using nlohmann::json;
using State = Finding::State;

constexpr const char* kDiscordLogIn =
    "In the developer portal: your application, Bot, Reset Token. Then `reweave discord login`. Nothing is lost "
    "meanwhile.";
constexpr int kRecommendedDays = 30;     ///< Discord, best practice for data of its users
constexpr std::size_t kMostPlaces = 20;  ///< channels that are asked for
constexpr std::int64_t kFewIdentifies = 50;
constexpr std::size_t kManyServers = 75;  ///< of 100, into which it comes without Discord's review

/// Privileged intents as the application's flags show them; the second bit of each is for bots in few servers.
struct Privileged {
    const char* name;
    std::int64_t flags;
};
constexpr Privileged kMessageContent = {"Message Content", 1 << 18 | 1 << 19};
constexpr std::array<Privileged, 2> kNeverNeeded = {
    {{"Presence", 1 << 12 | 1 << 13}, {"Server Members", 1 << 14 | 1 << 15}}};

std::int64_t number_at(const json& all, const char* key) {
    const json* found = member(all, key);
    return found && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

class DiscordDoctor {
 public:
    explicit DiscordDoctor(const Config& config) : config_(config) {}

    std::vector<Finding> look() {
        if (!config_.discord.enabled) {
            add(State::broken, "settings", "the bot is not on Discord: discord.enabled is false", "Set it to true.");
            return std::move(findings_);
        }
        look_at_bot();
        look_at_page();
        look_at_retention();
        const std::optional<Account> account = look_at_login();
        if (!account) return std::move(findings_);
        DiscordSession session(config_, account->token);
        if (!look_at_token(session, *account)) return std::move(findings_);
        look_at_application(session);
        look_at_commands(session, *account);
        look_at_identifies(session);
        look_at_servers(session);
        look_at_places(session, *account);
        return std::move(findings_);
    }

 private:
    void add(State state, std::string what, std::string says, std::string mend = {}) {
        findings_.push_back({state, std::move(what), std::move(says), std::move(mend)});
    }

    void look_at_bot() {
        try {
            report_ = discord_report(config_);
        } catch (const std::exception& e) {
            return add(State::warning, "bot", e.what(), "Restart it if people get no answers.");
        }
        if (!report_.value("serving", false))
            return add(State::warning, "bot", "not running", "Start it: `reweave serve`.");
        const std::string state = report_.value("state", std::string());
        const std::string why = report_.value("needs_operator", std::string());
        if (state == "off")
            return add(State::broken, "bot", "running, but without Discord", "Restart it: it has older settings.");
        if (!why.empty()) return add(State::broken, "bot", "it has given up: " + why, "Mend that, then restart it.");
        if (state == name(discord::GatewayState::ready)) return add(State::fine, "bot", "running");
        add(State::warning,
            "bot",
            "its state is: " + state,
            "If that lasts, its log says why, in lines that begin with discord.");
    }

    void look_at_page() {
        const std::string page = page_address(config_);
        const bool needed = config_.discord.private_words == "browser";
        if (config_.web.public_url.empty()) {
            return add(needed ? State::broken : State::warning,
                       "private words",
                       "people are sent to " + page + ", which only this machine can open",
                       "Set web.public_url to how people reach the page, such as https://chat.example.org.");
        }
        if (!page.starts_with("https://")) {
            return add(State::warning,
                       "private words",
                       "people are sent to " + page + ", and what they write there can be read on the way",
                       "Serve the page by https (web.tls, or a reverse proxy) and set web.public_url to that.");
        }
        add(State::fine,
            "private words",
            needed ? "on " + page + "; Discord does not see them"
                   : "in " +
                         std::string(config_.discord.private_words == "dm" ? "direct messages"
                                                                           : "answers that only their reader sees") +
                         ", which Discord the company can read");
    }

    void look_at_retention() {
        const std::string days = count(static_cast<std::size_t>(config_.discord.keep_days), "day", "days");
        if (config_.discord.keep_days <= kRecommendedDays)
            return add(State::fine, "retention", "people on Discord are erased after " + days + " of silence");
        add(State::warning,
            "retention",
            "people on Discord are kept for " + days + "; Discord recommends 30 at most",
            "Lower discord.keep_days, or say in your privacy policy why it must be longer.");
    }

    std::optional<Account> look_at_login() {
        try {
            const Account account = discord_account(config_);
            const auto strange = belongs_to_another(config_, discord_account_file(config_));
            if (strange) findings_.push_back(*strange);
            if (!strange) add(State::fine, "login", "application " + account.application);
            return account;
        } catch (const std::exception& e) {
            add(State::broken, "login", e.what());
            return std::nullopt;
        }
    }

    bool look_at_token(DiscordSession& session, const Account& account) {
        const Answer answer = session.call("GET", "/users/@me");
        if (session.server_time() != 0) findings_.push_back(compare_clocks("Discord", session.server_time()));
        if (answer.kind == Answer::Kind::signed_out) {
            add(State::broken, "token", "Discord does not take it any more", kDiscordLogIn);
            return false;
        }
        if (!answer.ok()) {
            add(State::broken, "token", answer.failure, way_to_it(discord_api(config_).proxy));
            return false;
        }
        if (text_at(answer.json(), "id") != account.user) {
            add(State::broken,
                "token",
                "it is the token of another bot than the one that is logged in",
                "Run `reweave discord login`.");
            return false;
        }
        add(State::fine, "token", "Discord takes it");
        return true;
    }

    void look_at_application(DiscordSession& session) {
        const Answer answer = session.call("GET", "/applications/@me");
        if (!answer.ok()) return add(State::warning, "portal", answer.failure, "Run this again in a minute.");
        const json application = answer.json();
        look_at_intents(number_at(application, "flags"));
        const std::string endpoint = text_at(application, "interactions_endpoint_url");
        if (endpoint.empty()) {
            add(State::fine, "interactions", "come to the bot");
        } else {
            add(State::broken,
                "interactions",
                "the portal sends commands and presses to a web address, so the bot never hears of them",
                "In the portal, General Information, empty Interactions Endpoint URL.");
        }
        const json ways = object_at(application, "integration_types_config");
        const json* installs = member(ways, "1");
        if (installs && !installs->is_null()) {
            add(State::fine, "install", "into servers, and by people for themselves");
        } else {
            add(State::warning,
                "install",
                "people cannot bring the bot along for themselves",
                "In the portal, Installation, tick User Install.");
        }
        look_at_policy(text_at(application, "privacy_policy_url"), text_at(application, "terms_of_service_url"));
    }

    void look_at_intents(std::int64_t flags) {
        const bool ticked = (flags & kMessageContent.flags) != 0;
        if (config_.discord.message_content && !ticked) {
            return add(State::broken,
                       "intents",
                       "the settings ask for Message Content, which is not ticked in the portal: Discord will not let "
                       "the bot in",
                       "In the portal, Bot, tick Message Content Intent; or set discord.message_content to false.");
        }
        std::string unneeded = ticked && !config_.discord.message_content ? kMessageContent.name : "";
        for (const Privileged& one : kNeverNeeded) {
            if ((flags & one.flags) != 0) unneeded += (unneeded.empty() ? "" : ", ") + std::string(one.name);
        }
        if (unneeded.empty()) {
            return add(State::fine,
                       "intents",
                       ticked ? "Message Content, as the settings ask" : "no privileged one, and none is needed");
        }
        add(State::warning,
            "intents",
            "ticked in the portal, and not needed: " + unneeded,
            "In the portal, Bot, untick it: what the bot does not get it cannot leak.");
    }

    void look_at_policy(const std::string& privacy, const std::string& terms) {
        const std::string& ours = config_.discord.privacy_policy;
        if (privacy.empty() || terms.empty() || ours.empty()) {
            return add(State::warning,
                       "privacy policy",
                       std::string("missing: ") + (ours.empty() ? "discord.privacy_policy in the settings; " : "") +
                           (privacy.empty() ? "Privacy Policy URL in the portal; " : "") +
                           (terms.empty() ? "Terms of Service URL in the portal" : ""),
                       "Discord wants people to find them. adapters/discord/README.md has a template.");
        }
        if (privacy == ours) return add(State::fine, "privacy policy", ours);
        add(State::warning,
            "privacy policy",
            "the portal names another one than discord.privacy_policy",
            "Let both name the same address.");
    }

    void look_at_commands(DiscordSession& session, const Account& account) {
        const Answer answer =
            session.call("GET", "/applications/" + account.application + "/commands?with_localizations=true");
        if (!answer.ok()) return add(State::warning, "commands", answer.failure, "Run this again in a minute.");
        const std::vector<std::string> drift = discord::drift(answer.json());
        if (drift.empty()) return add(State::fine, "commands", "registered as they should be");
        add(State::warning,
            "commands",
            drift.front() +
                (drift.size() > 1 ? ", and " + count(drift.size() - 1, "other difference", "other differences") : ""),
            "`reweave discord commands` shows all, and with --register mends it. A bot that was never started has none "
            "yet.");
    }

    void look_at_identifies(DiscordSession& session) {
        const Answer answer = session.call("GET", "/gateway/bot");
        const std::int64_t here = report_.value("identifies", std::int64_t{0});
        const json limit = object_at(answer.ok() ? answer.json() : json(), "session_start_limit");
        const std::int64_t left = number_at(limit, "remaining");
        const std::string began = count(static_cast<std::size_t>(here), "session", "sessions") + " begun in 24 hours";
        if (limit.empty()) return add(State::warning, "sessions", answer.failure, "Run this again in a minute.");
        const std::string says = began + "; Discord allows " + std::to_string(left) + " more today";
        if (left >= kFewIdentifies && here < static_cast<std::int64_t>(discord::Identifies::kWarn))
            return add(State::fine, "sessions", says);
        add(State::warning,
            "sessions",
            says + ". At 1000 it takes the token away",
            "Something begins them over and over: see the log, and whether another program uses the same token.");
    }

    void look_at_servers(DiscordSession& session) {
        const Answer answer = session.call("GET", "/users/@me/guilds");
        if (!answer.ok()) return add(State::warning, "servers", answer.failure, "Run this again in a minute.");
        const std::size_t servers = answer.json().size();
        const std::string says = "in " + count(servers, "server", "servers");
        if (servers < kManyServers) return add(State::fine, "servers", says);
        add(State::warning,
            "servers",
            says + "; without Discord's review a bot comes into 100 at most",
            "Apply for verification in the portal. The checklist is in adapters/discord/README.md.");
    }

    /// What of it the bot lacks where a talk is said: "View Channels, Send Messages"; empty: nothing, as far as known.
    static std::string lacking_in(DiscordSession& session, const Account& account, const json& place) {
        const std::string server = "/guilds/" + text_at(place, "guild");
        const Answer channel = session.call("GET", "/channels/" + text_at(place, "channel"));
        if (channel.kind == Answer::Kind::refused) return discord::kNeeded.front().name;
        const Answer guild = session.call("GET", server);
        const Answer member = session.call("GET", server + "/members/" + account.user);
        if (!channel.ok() || !guild.ok() || !member.ok()) return {};
        const std::uint64_t may = discord::permissions_in(guild.json(), member.json(), channel.json());
        std::string lacking;
        for (const discord::Permission& one : discord::kNeeded) {
            if ((may & one.bit) == 0) lacking += (lacking.empty() ? "" : ", ") + std::string(one.name);
        }
        return lacking;
    }

    void look_at_places(DiscordSession& session, const Account& account) {
        std::set<json> places;
        for (const json& one : list_at(report_, "places")) places.insert(one);
        const std::size_t found = findings_.size();
        std::size_t asked = 0;
        for (const json& place : places) {
            if (asked++ == kMostPlaces) break;
            const std::string lacking = lacking_in(session, account, place);
            if (lacking.empty()) continue;
            add(State::warning,
                "channels",
                "a talk is said in channel " + text_at(place, "channel") + ", where the bot lacks: " + lacking,
                "Give its role that in the channel's settings. People go on on the page meanwhile.");
        }
        if (findings_.size() == found)
            add(State::fine, "channels", "talks are said in " + count(places.size(), "channel", "channels"));
    }

    const Config& config_;
    json report_ = json::object();
    std::vector<Finding> findings_;
};

}  // namespace

int discord_doctor(const std::function<Config()>& load, bool as_json, std::ostream& out) {
    std::vector<Finding> findings;
    try {
        const Config config = load();
        findings = DiscordDoctor(config).look();
    } catch (const ConfigError& e) {
        findings.push_back(bad_settings(e));
    }
    return print_findings(findings, as_json, out);
}

}  // namespace reweave::app
