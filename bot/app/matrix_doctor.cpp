// `reweave matrix doctor`.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/common/fields.hpp"
#include "adapters/common/url.hpp"
#include "bot/app/findings.hpp"
#include "bot/app/matrix_commands.hpp"
#include "bot/app/matrix_http.hpp"
#include "bot/app/matrix_invites.hpp"
#include "bot/app/matrix_options.hpp"
#include "bot/app/matrix_report.hpp"
#include "bot/app/report.hpp"
#include "bot/app/storage.hpp"

namespace reweave::app {
namespace {

using matrix::Account;
using matrix::Answer;
using nlohmann::json;
using State = Finding::State;

constexpr std::size_t kNamed = 3;  ///< rooms that a finding names, at most
constexpr const char* kMatrixLogIn = "Log in again: `reweave matrix login`. Nothing is lost meanwhile.";

std::string named(const std::vector<std::string>& rooms) {
    std::string names;
    for (std::size_t i = 0; i < std::min(rooms.size(), kNamed); ++i) names += (i == 0 ? "" : ", ") + rooms[i];
    return names + (rooms.size() > kNamed ? " …" : "");
}

class MatrixDoctor {
 public:
    explicit MatrixDoctor(const Config& config) : config_(config), homeserver_(config.matrix.homeserver) {}

    std::vector<Finding> look() {
        if (homeserver_.empty()) {
            add(State::broken,
                "settings",
                "the bot is not on Matrix: matrix.homeserver is empty",
                "Set it to where the homeserver is reached, such as https://matrix.example.org.");
            return std::move(findings_);
        }
        const bool there = look_at_homeserver();
        const std::optional<Account> account = look_at_login();
        look_at_bot();
        std::unique_ptr<MatrixSession> session;
        if (there && account) {
            session = std::make_unique<MatrixSession>(config_, *account, serving_);
            if (!look_at_token(*session)) session.reset();
        }
        look_at_rate(account);
        look_at_rooms(session.get());
        look_at_invites(session.get());
        look_at_encryption(account);
        return std::move(findings_);
    }

 private:
    void add(State state, std::string what, std::string says, std::string mend = {}) {
        findings_.push_back({state, std::move(what), std::move(says), std::move(mend)});
    }

    /// What https://SERVER/.well-known/matrix/client says; empty if it says nothing.
    std::string better_address() const {
        http::Request request;
        request.target = "/.well-known/matrix/client";
        const json known = json::parse(ask_(homeserver_, std::move(request)).body, nullptr, false);
        if (!known.is_object()) return {};
        return text_at(known.value("m.homeserver", json()), "base_url");
    }

    bool look_at_homeserver() {
        Answer answer;
        try {
            answer = matrix::call(ask_, homeserver_, "GET", "/client/versions");
        } catch (const std::exception& e) {
            add(State::broken, "homeserver", e.what(), "Look at matrix.homeserver and matrix.authorities.");
            return false;
        }
        const bool proxy = !matrix_homeserver(config_).proxy.empty();
        if (answer.status == 0) {
            add(State::broken, "homeserver", answer.failure, way_to_it(matrix_homeserver(config_).proxy));
            return false;
        }
        versions_ = answer.ok() ? answer.json() : json();
        const json numbers = versions_.is_object() ? versions_.value("versions", json()) : json();
        if (!numbers.is_array()) {
            const std::string better = better_address();
            add(State::broken,
                "homeserver",
                homeserver_ + " answers, but not as a Matrix homeserver (status " + std::to_string(answer.status) + ")",
                better.empty() ? "Set matrix.homeserver to the address that clients use, not to a web page of it."
                               : "Set matrix.homeserver to " + better + ", which it names for clients.");
            return false;
        }
        if (answer.server_time != 0) findings_.push_back(compare_clocks("the homeserver", answer.server_time));
        std::string newest;
        for (const json& number : numbers) {
            if (number.is_string() && number.get_ref<const std::string&>().starts_with("v1."))
                newest = number.get<std::string>();
        }
        if (newest.empty()) {
            add(State::broken,
                "homeserver",
                "it speaks no version of Matrix from 1.1 on",
                "Ask its administrator to bring it up to date.");
            return false;
        }
        const auto url = http::parse_url(homeserver_);
        const bool near = url && (url->host.starts_with("127.") || url->host == "localhost" || url->host == "::1");
        if (url && url->scheme == "http" && !near) {
            add(State::warning,
                "homeserver",
                homeserver_ + " is reached without TLS: the token and what people write can be read on the way",
                "Use its https address.");
        } else {
            add(State::fine, "homeserver", homeserver_ + ", Matrix " + newest + (proxy ? ", through a proxy" : ""));
        }
        return true;
    }

    std::optional<Account> look_at_login() {
        const std::filesystem::path file = matrix_account_file(config_);
        try {
            auto account = matrix::load_account(file);
            if (!account) {
                add(State::broken, "login", "nobody has logged the bot in", "Run `reweave matrix login`.");
                return std::nullopt;
            }
            const auto strange = belongs_to_another(config_, file);
            if (strange) findings_.push_back(*strange);
            if (!strange) add(State::fine, "login", account->user_id + ", device " + account->device_id);
            return account;
        } catch (const std::exception& e) {
            add(State::broken, "login", e.what());
            return std::nullopt;
        }
    }

    void look_at_bot() {
        try {
            report_ = matrix_report(config_);
        } catch (const std::exception& e) {
            serving_ = true;
            return add(State::warning, "bot", e.what(), "Restart it if people get no answers.");
        }
        serving_ = report_.value("serving", false);
        if (!serving_) return add(State::warning, "bot", "not running", "Start it: `reweave serve`.");
        const std::string state = report_.value("state", std::string());
        if (state == "off")
            return add(State::broken, "bot", "running, but without Matrix", "Restart it: it has older settings.");
        if (state == name(matrix::ChannelStatus::State::running)) return add(State::fine, "bot", "running");
        add(state == name(matrix::ChannelStatus::State::starting) ? State::warning : State::broken,
            "bot",
            "its state is: " + state,
            "Its log says why, in a line that begins with matrix state=.");
    }

    /// \return whether the account can be used.
    bool look_at_token(MatrixSession& session) {
        const Account before = session.account();
        const Answer answer = session.call("GET", "/client/v3/account/whoami");
        if (answer.kind == Answer::Kind::signed_out) {
            add(State::broken,
                "token",
                answer.soft ? "it has ended; the device is still there"
                            : "the homeserver does not know it any more: the device was logged out or deleted",
                kMatrixLogIn);
            return false;
        }
        if (!answer.ok()) {
            add(State::broken, "token", matrix::sentence_of(answer, homeserver_));
            return false;
        }
        const json who = answer.json();
        const std::string user = text_at(who, "user_id");
        const std::string device = text_at(who, "device_id");
        if (user != before.user_id || (!device.empty() && device != before.device_id)) {
            add(State::broken,
                "token",
                "it belongs to " + user + ", device " + device + ", but the login says " + before.user_id +
                    ", device " + before.device_id,
                kMatrixLogIn);
            return false;
        }
        // There can be no such room: what comes back says only whether the account may act at all.
        const Answer acts = session.call("POST", "/client/v3/rooms/!reweave-doctor:invalid/join", "{}");
        if (acts.errcode == "M_USER_SUSPENDED") {
            add(State::broken, "token", matrix::sentence_of(acts, homeserver_));
            return true;
        }
        const Answer known = session.call("GET", "/client/v3/devices/" + matrix::escaped(before.device_id));
        if (known.status == 404) {
            add(State::broken, "token", "its device " + before.device_id + " was deleted", kMatrixLogIn);
            return true;
        }
        add(State::fine, "token", before.refresh_token.empty() ? "taken" : "taken, and renewed before it ends");
        return true;
    }

    void look_at_rate(const std::optional<Account>& account) {
        const std::string user = account ? account->user_id : "@BOT:SERVER";
        const std::string mend =
            "On a Synapse of your own take the limit away: curl -X POST -H 'Authorization: Bearer ADMIN_TOKEN' -d "
            "'{\"messages_per_second\":0,\"burst_count\":0}' '" +
            homeserver_.substr(0, homeserver_.find_last_not_of('/') + 1) + "/_synapse/admin/v1/users/" + user +
            "/override_ratelimit'";
        if (!report_.contains("slowed"))
            return add(State::fine, "rate limit", "seen only while the bot runs; ten messages at once are usual", mend);
        const auto slowed = report_.value("slowed", std::uint64_t{0});
        if (slowed == 0) return add(State::fine, "rate limit", "not slowed down since the start");
        add(State::warning,
            "rate limit",
            "the homeserver has asked the bot to slow down " + count(slowed, "time", "times") +
                " since its start; people wait for its answers",
            mend);
    }

    void look_at_rooms(MatrixSession* session) {
        std::vector<std::string> joined, muted, lost;
        for (const json& room : report_.value("rooms", json::array())) {
            if (room.value("stage", std::string()) != "joined") continue;
            joined.push_back(room.value("id", std::string()));
            if (room.value("muted", false)) muted.push_back(joined.back());
        }
        const json there = session ? session->call("GET", "/client/v3/joined_rooms").json() : json();
        const json ids = there.is_object() ? there.value("joined_rooms", json()) : json();
        for (const std::string& id : joined) {
            if (ids.is_array() && std::find(ids.begin(), ids.end(), json(id)) == ids.end()) lost.push_back(id);
        }
        if (!muted.empty())
            add(State::warning,
                "rooms",
                "the bot may not speak in " + count(muted.size(), "room", "rooms") + ": " + named(muted),
                "Somebody with the power to must raise that of the bot there, or lower what a message needs. What it "
                "has to say waits.");
        if (!lost.empty())
            add(State::warning,
                "rooms",
                "the bot was removed from " + count(lost.size(), "room", "rooms") + ": " + named(lost),
                "Nothing to do, unless it was a mistake: then somebody there invites it again.");
        if (muted.empty() && lost.empty()) add(State::fine, "rooms", count(joined.size(), "room", "rooms") + " joined");
    }

    void look_at_invites(MatrixSession* session) {
        const Account* account = session ? &session->account() : nullptr;
        const Answer answer = account ? session->call("GET",
                                                      "/client/v3/user/" + matrix::escaped(account->user_id) +
                                                          "/account_data/" + invite_block(versions_).type)
                                      : Answer();
        const json block = answer.ok() ? answer.json() : json();
        if (block.is_object() && block.value("default_action", json()) == json("block"))
            return add(State::warning,
                       "invitations",
                       "the homeserver refuses all of them",
                       "If that is not meant any more: `reweave matrix invites on`.");
        const std::string& from = config_.matrix.invites;
        if (from == "nobody")
            return add(State::warning,
                       "invitations",
                       "of nobody are accepted, so nobody new can reach the bot",
                       "Set matrix.invites to allowed, same-server or anyone.");
        if (from == "allowed" && config_.matrix.allowed.empty())
            return add(State::warning,
                       "invitations",
                       "only of those in matrix.allowed are accepted, and that is empty",
                       "Name people there, such as \"@ana:example.org\", or \":example.org\" for a whole server.");
        add(State::fine, "invitations", "accepted: " + from);
    }

    void look_at_encryption(const std::optional<Account>& account) {
        if (!matrix_encrypts(config_)) return look_at_deafness();
        const json seen = report_.value("encryption", json::object());
        const std::string state = text_at(seen, "state");
        using enum matrix::EncryptionStatus::State;
        const bool had_keys = account && !account->keys_passphrase.empty();
        if (!serving_ && had_keys &&
            !std::filesystem::exists(matrix::keys_folder(matrix_keys(config_), account->device_id))) {
            add(State::broken,
                "encryption",
                "the keys of the bot's device are gone from " + matrix_keys(config_).string(),
                "Run `reweave matrix new-device`.");
        } else if (state.empty() || state == matrix::name(starting)) {
            add(State::fine, "encryption", "looked at only while the bot runs");
        } else if (state == matrix::name(ready)) {
            add(State::fine,
                "encryption",
                "the bot's device is signed by its own identity" +
                    std::string(config_.matrix.encryption == "strict" ? "; it heeds verified devices alone" : ""));
        } else {
            add(state == matrix::name(unsigned_device) ? State::warning : State::broken,
                "encryption",
                text_at(seen, "why"));
        }
        if (account && !account->recovery_key.empty())
            add(State::fine,
                "recovery key",
                "in " + matrix_account_file(config_).string() +
                    "; with a copy of it elsewhere the bot can be signed again after that file is lost");
        look_at_unreadable(seen.value("unreadable", json::object()));
    }

    void look_at_unreadable(const json& unreadable) {
        std::string causes;
        for (const auto& [cause, times] : unreadable.items())
            causes += (causes.empty() ? "" : ", ") + cause + " (" + std::to_string(times.get<std::uint64_t>()) + ")";
        if (causes.empty()) return;
        const bool withheld = causes.find("m.unverified") != std::string::npos;
        add(State::warning,
            "unreadable",
            "messages that could not be read at once since the start, by cause: " + causes,
            withheld
                ? "m.unverified: clients that write to verified devices alone do not take the bot's for one; see "
                  "encryption above."
                : "Their senders are told after a minute. A few are usual: a key was late, or its device is gone.");
    }

    void look_at_deafness() {
        std::vector<std::string> encrypted;
        for (const json& room : report_.value("rooms", json::array())) {
            if (room.value("encrypted", false) && room.value("stage", std::string()) == "joined")
                encrypted.push_back(room.value("id", std::string()));
        }
        const std::string who = matrix::E2ee::built_in() ? "the bot, by its settings," : "this build";
        if (encrypted.empty())
            return add(State::fine,
                       "encryption",
                       who + " cannot read encrypted rooms; invitations into them are declined with a reason");
        add(State::warning,
            "encryption",
            "the bot is deaf in " + count(encrypted.size(), "room", "rooms") +
                " that somebody encrypted: " + named(encrypted),
            "Encryption cannot be switched off again: make a new room without it.");
    }

    const Config& config_;
    const std::string& homeserver_;
    matrix::Ask ask_ = ask_matrix(config_);
    json versions_;
    json report_ = json::object();
    bool serving_ = false;
    std::vector<Finding> findings_;
};

}  // namespace

int matrix_doctor(const std::function<Config()>& load, bool as_json, std::ostream& out) {
    std::vector<Finding> findings;
    try {
        const Config config = load();
        findings = MatrixDoctor(config).look();
    } catch (const ConfigError& e) {
        findings.push_back(bad_settings(e));
    }
    return print_findings(findings, as_json, out);
}

}  // namespace reweave::app
