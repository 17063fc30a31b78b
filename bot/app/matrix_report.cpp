#include "bot/app/matrix_report.hpp"

#include <nlohmann/json.hpp>

#include "bot/app/own_engine.hpp"
#include "bot/app/storage.hpp"
#include "bot/store/sqlite.hpp"

namespace reweave::app {
namespace {

using matrix::Rooms;
using nlohmann::json;

/// Of a row only what the operator is shown: the rest is about messages.
json room_of(const std::string& id, const std::string& row) {
    const json all = json::parse(matrix::to_text(matrix::room_from_text(row)));
    json room = {{"id", id}, {"muted", all.value("muted", false)}, {"encrypted", all.value("encrypted", false)}};
    for (const char* key : {"kind", "stage", "user", "talk"}) {
        if (const auto found = all.find(key); found != all.end()) room[key] = *found;
    }
    return room;
}

}  // namespace

json matrix_report(const matrix::Channel* channel) {
    if (!channel) return {{"state", "off"}, {"rooms", json::array()}};
    const matrix::ChannelStatus status = channel->status();
    json report = {{"state", matrix::name(status.state)},
                   {"unsent", status.unsent},
                   {"sent", status.sending.sent},
                   {"refused", status.sending.refused},
                   {"slowed", status.sending.slowed},
                   {"rooms", json::array()}};
    if (status.last_sync != std::chrono::steady_clock::time_point{}) {
        report["last_sync_seconds"] =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - status.last_sync).count();
    }
    report["encryption"] = {{"state", matrix::name(status.encryption.state)},
                            {"why", status.encryption.why},
                            {"unreadable", status.unreadable}};
    for (const auto& [id, room] : channel->rooms().all()) report["rooms"].push_back(room_of(id, matrix::to_text(room)));
    return report;
}

json matrix_report(const Config& config) {
    const json request = {{"command", "matrix"}};
    if (auto answer = ask_running(config, request)) {
        answer->erase("ok");
        (*answer)["serving"] = true;
        return std::move(*answer);
    }
    json report = {{"serving", false}, {"rooms", json::array()}};
    if (!std::filesystem::exists(database_file(config))) return report;
    store::Database database(database_file(config), store::Database::Mode::read);
    store::Rows rows = database.query("SELECT key, value FROM channel_rows WHERE channel = ? AND key LIKE ?",
                                      matrix::kChannel,
                                      std::string(Rooms::kRoomRow) + "%");
    while (rows.next()) report["rooms"].push_back(room_of(rows.text(0).substr(Rooms::kRoomRow.size()), rows.text(1)));
    return report;
}

std::string who_is_in(const json& room) {
    std::string user = room.value("user", std::string());
    if (!user.empty()) return user;
    return room.contains("talk") ? "conversation " + std::to_string(room.value("talk", 0)) : "several people";
}

std::string marks_of(const json& room) {
    std::string marks = room.value("muted", false) ? "muted" : "";
    if (room.value("encrypted", false)) marks += marks.empty() ? "encrypted" : ", encrypted";
    return marks;
}

}  // namespace reweave::app
