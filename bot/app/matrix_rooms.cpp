// rooms, invites.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <ostream>

#include "bot/app/matrix_commands.hpp"
#include "bot/app/matrix_http.hpp"
#include "bot/app/matrix_invites.hpp"
#include "bot/app/matrix_options.hpp"
#include "bot/app/matrix_report.hpp"
#include "bot/app/report.hpp"

namespace reweave::app {
namespace {

using nlohmann::json;

void print_table(const std::vector<std::vector<std::string>>& table, std::ostream& out) {
    std::vector<std::size_t> widths;
    for (const auto& row : table) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    for (const auto& row : table) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i)
            line += row[i] + std::string(i + 1 < row.size() ? widths[i] - row[i].size() + 2 : 0, ' ');
        out << line << "\n";
    }
}

matrix::Answer must(matrix::Answer answer, const Config& config) {
    if (!answer.ok()) throw std::runtime_error(matrix::sentence_of(answer, config.matrix.homeserver));
    return answer;
}

}  // namespace

int matrix_rooms(const Config& config, bool as_json, std::ostream& out) {
    const json report = matrix_report(config);
    const json& rooms = report["rooms"];
    if (as_json) {
        out << rooms.dump(2) << "\n";
        return 0;
    }
    std::vector<std::vector<std::string>> table{{"KIND", "STAGE", "WHO", "MARKS", "ROOM"}};
    for (const json& room : rooms)
        table.push_back({room.value("kind", std::string()),
                         room.value("stage", std::string()),
                         who_is_in(room),
                         marks_of(room),
                         room.value("id", std::string())});
    if (rooms.empty()) {
        out << (matrix::load_account(matrix_account_file(config))
                    ? "The bot is in no room yet. Who may invite it is the key matrix.invites.\n"
                    : "The bot is in no room: nobody has logged it in yet. Run `reweave matrix login`.\n");
    } else {
        print_table(table, out);
    }
    if (!report["serving"].get<bool>()) out << "The bot is not running; this is how it was when it last ran.\n";
    return 0;
}

int matrix_switch_invites(const Config& config, bool on, std::ostream& out) {
    const matrix::Account account = matrix_account(config);
    MatrixSession session(config, account, matrix_report(config)["serving"].get<bool>());
    const json versions = must(session.call("GET", "/client/versions"), config).json();
    const InviteBlock block = invite_block(versions);
    const json content = on ? json::object() : json{{"default_action", "block"}};
    const std::string path = "/client/v3/user/" + matrix::escaped(account.user_id) + "/account_data/" + block.type;
    (void)must(session.call("PUT", path, content.dump()), config);
    if (on) {
        out << "The homeserver lets invitations through again. Which of them the bot accepts is the key "
               "matrix.invites, now \""
            << config.matrix.invites << "\".\n";
    } else if (block.known) {
        out << "The homeserver refuses every invitation of " << account.user_id
            << " from now on. Rooms that it is in go on. `reweave matrix invites on` takes that back.\n";
    } else {
        out << "It is set, but the homeserver does not say that it heeds it. To be sure set matrix.invites to "
               "\"nobody\" and restart the bot: it then declines them itself.\n";
    }
    return 0;
}

int matrix_list_invites(const Config& config, bool as_json, std::ostream& out) {
    const matrix::Account account = matrix_account(config);
    MatrixSession session(config, account, matrix_report(config)["serving"].get<bool>());
    const json sync = must(session.call("GET", invites_sync_path()), config).json();
    const std::vector<PendingInvite> pending =
        pending_invites(sync, matrix_options(config).invites, account.user_id, matrix_encrypts(config));
    if (as_json) {
        json all = json::array();
        for (const PendingInvite& invite : pending)
            all.push_back({{"room", invite.room},
                           {"user", invite.user},
                           {"encrypted", invite.encrypted},
                           {"accepted", invite.accepted},
                           {"why", invite.why}});
        out << all.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
        return 0;
    }
    if (pending.empty()) {
        out << "No invitation is waiting. matrix.invites is \"" << config.matrix.invites << "\".\n";
        return 0;
    }
    std::vector<std::vector<std::string>> table{{"WHO INVITES", "ENCRYPTED", "THE BOT", "ROOM"}};
    for (const PendingInvite& invite : pending)
        table.push_back({invite.user,
                         invite.encrypted ? "yes" : "no",
                         (invite.accepted ? "joins: " : "declines: ") + invite.why,
                         invite.room});
    print_table(table, out);
    return 0;
}

}  // namespace reweave::app
