#include "bot/app/discord_report.hpp"

#include <chrono>
#include <nlohmann/json.hpp>

#include "adapters/discord/identifies.hpp"
#include "adapters/discord/places.hpp"
#include "bot/app/own_engine.hpp"
#include "bot/app/storage.hpp"
#include "bot/store/sqlite.hpp"

namespace reweave::app {

using nlohmann::json;

json discord_report(const discord::Channel* channel) {
    if (!channel) return {{"state", "off"}};
    const discord::ChannelStatus status = channel->status();
    return {{"state", name(status.gateway.state)},
            {"needs_operator", status.needs_operator},
            {"unsent", status.unsent},
            {"sent", status.posting.sent},
            {"refused", status.posting.refused},
            {"pointed", status.posting.pointed},
            {"identifies", status.gateway.identifies},
            {"resumes", status.gateway.resumes},
            {"last_close", status.gateway.last_close},
            {"contacts", status.contacts},
            {"closed", status.closed},
            {"talks", status.talks}};
}

json discord_report(const Config& config) {
    json report = {{"serving", false}, {"identifies", 0}, {"places", json::array()}};
    if (std::filesystem::exists(database_file(config))) {
        store::Database database(database_file(config), store::Database::Mode::read);
        std::vector<engine::ChannelRow> all;
        store::Rows rows = database.query("SELECT key, value FROM channel_rows WHERE channel = ?", discord::kChannel);
        while (rows.next()) all.push_back({rows.text(0), rows.text(1)});
        discord::Places places;
        places.restore(all);
        for (const auto& [talk, place] : places.talks()) {
            if (!place.lost && !place.guild.empty())
                report["places"].push_back({{"guild", place.guild}, {"channel", place.channel}});
        }
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        for (const engine::ChannelRow& row : all) {
            if (row.key != discord::kLedgerRow) continue;
            report["identifies"] = discord::Identifies::from_text(row.value).count(
                std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
        }
    }
    const json request = {{"command", "discord"}};
    if (auto answer = ask_running(config, request)) {
        answer->erase("ok");
        report.update(*answer);
        report["serving"] = true;
    }
    return report;
}

}  // namespace reweave::app
