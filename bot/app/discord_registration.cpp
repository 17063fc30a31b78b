// `reweave discord commands`.
#include <nlohmann/json.hpp>
#include <ostream>

#include "adapters/common/fields.hpp"
#include "adapters/discord/commands.hpp"
#include "bot/app/discord_commands.hpp"
#include "bot/app/discord_http.hpp"
#include "bot/app/discord_options.hpp"
#include "bot/app/report.hpp"

namespace reweave::app {

using discord::Answer;
using nlohmann::json;

int discord_commands(const Config& config, const DiscordCommandsOptions& options, std::ostream& out) {
    const discord::Account account = discord_account(config);
    DiscordSession session(config, account.token);
    const std::string path = "/applications/" + account.application + "/commands";
    const Answer answer = options.do_register ? session.call("PUT", path, discord::commands())
                                              : session.call("GET", path + "?with_localizations=true");
    if (answer.kind == Answer::Kind::signed_out)
        throw std::runtime_error(
            "Discord does not take the token any more. Run `reweave discord login` with a new one.");
    if (!answer.ok()) throw std::runtime_error(answer.failure + ".");
    const json registered = answer.json();
    const std::vector<std::string> drift = discord::drift(registered);
    if (options.json) {
        json names = json::array();
        for (const json& one : registered) names.push_back(text_at(one, "name"));
        out << json({{"registered", names}, {"drift", drift}}).dump(2) << "\n";
        return drift.empty() ? 0 : 1;
    }
    for (const json& one : registered)
        out << "/" << text_at(one, "name") << "  " << text_at(one, "description") << "\n";
    out << count(registered.size(), "command is", "commands are") << " registered"
        << (drift.empty() ? ", as they should be.\n" : ".\n");
    for (const std::string& line : drift) out << "differs: " << line << "\n";
    if (!drift.empty()) out << "Run `reweave discord commands --register`. People see it within minutes.\n";
    return drift.empty() ? 0 : 1;
}

}  // namespace reweave::app
