// login, new-device.
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "adapters/matrix/oauth.hpp"
#include "bot/app/matrix_commands.hpp"
#include "bot/app/matrix_http.hpp"
#include "bot/app/matrix_options.hpp"
#include "bot/app/own_engine.hpp"
#include "bot/app/random.hpp"
#include "bot/app/storage.hpp"
#include "bot/app/terminal.hpp"
#include "bot/store/data_lock.hpp"

namespace reweave::app {
namespace {

using matrix::Account;

const std::string& homeserver_of(const Config& config) {
    if (config.matrix.homeserver.empty())
        throw std::runtime_error(
            "the settings name no homeserver. Set matrix.homeserver to where it is reached, such "
            "as https://matrix.example.org, and try again.");
    return config.matrix.homeserver;
}

std::string new_device_id() {
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::string id;
    for (std::uint64_t bits = secure_random(); id.size() < 10; bits /= kLetters.size())
        id += kLetters[bits % kLetters.size()];
    return id;
}

std::string password_of(const std::string& user) {
    if (auto password = process_environment("REWEAVE_MATRIX_PASSWORD"); password && !password->empty())
        return *password;
    return read_secret("Password of " + user + ": ");
}

/// One login at the homeserver, in the way that is asked for or that it offers.
class Login {
 public:
    Login(const Config& config, std::optional<Account> stored, std::ostream& out)
        : config_(config),
          ask_(ask_matrix(config)),
          homeserver_(homeserver_of(config)),
          stored_(std::move(stored)),
          out_(out) {}

    /// \param device_id to be kept; empty: a new one
    Account by_password(std::string user, const std::string& device_id) {
        if (user.empty() && stored_) user = stored_->user_id;
        if (user.empty()) throw std::runtime_error("whose login? Name the bot's account: `--user NAME`.");
        (void)matrix::takes_passwords(ask_, homeserver_);  // a wrong address shows before anything is typed
        password_ = password_of(user);
        return matrix::log_in_by_password(ask_, homeserver_, {user, password_, device_id});
    }

    Account by_token() const {
        Account account;
        account.access_token = read_secret("Access token of the bot: ");
        matrix::introduce(ask_, homeserver_, account);
        return account;
    }

    Account by_consent(const std::string& device_id) {
        const auto server = matrix::oauth_server(ask_, homeserver_);
        if (!server)
            throw std::runtime_error(
                "the homeserver has no OAuth server. Log in by password: `reweave matrix login "
                "--user NAME`.");
        matrix::Consent consent;
        consent.device_id = device_id.empty() ? new_device_id() : device_id;
        if (stored_ && stored_->oauth_token_endpoint == server->token_endpoint)
            consent.client_id = stored_->oauth_client_id;
        consent.page = config_.web.public_url;
        consent.show = [this](const std::string& address, const std::string& code) {
            out_ << "Open this page, sign in there as the bot, and agree if it shows the code " << code << ":\n  "
                 << address << "\nWaiting …" << std::endl;
        };
        consent.wait = [](std::chrono::seconds time) { std::this_thread::sleep_for(time); };
        return matrix::log_in_by_consent(ask_, homeserver_, *server, consent);
    }

    /// As the homeserver has it. A name was given: by password, if it takes any.
    Account by_offer(const std::string& user, const std::string& device_id) {
        const auto server = matrix::oauth_server(ask_, homeserver_);
        if (user.empty() && server && !server->device_endpoint.empty()) {
            out_ << "The homeserver logs programs in by consent on a page (OAuth).\n";
            return by_consent(device_id);
        }
        if (!matrix::takes_passwords(ask_, homeserver_))
            throw std::runtime_error(
                "the homeserver takes neither a password nor a login for devices from programs. "
                "Use `reweave matrix login --token` with an access token of the bot.");
        if (user.empty()) out_ << "The homeserver logs programs in by password.\n";
        return by_password(user, device_id);
    }

    /// The session is not wanted after all.
    void take_back(const Account& account) const {
        const auto server =
            account.oauth_token_endpoint.empty() ? std::nullopt : matrix::oauth_server(ask_, homeserver_);
        if (!server || !matrix::revoke(ask_, *server, account)) matrix::log_out(ask_, homeserver_, account);
    }

    /// The last one that was typed; empty if none was.
    [[nodiscard]] const std::string& password() const { return password_; }

    void delete_device(const Account& now, const Account& old) const {
        const auto server = old.oauth_token_endpoint.empty() ? std::nullopt : matrix::oauth_server(ask_, homeserver_);
        if (server && matrix::revoke(ask_, *server, old)) return;
        matrix::delete_device(ask_, homeserver_, now, old.device_id, password_);
    }

 private:
    const Config& config_;
    matrix::Ask ask_;
    std::string homeserver_;
    std::optional<Account> stored_;
    std::ostream& out_;
    std::string password_;  ///< the last one, which proves once more who we are
};

void store(const Config& config, const Account& account) {
    matrix::save_account(matrix_account_file(config), account);
    give_to_owner(config);
}

std::string other_user(const Account& stored, const std::string& user) {
    return "this bot is logged in as " + stored.user_id + ", and people know it by that name; " + user +
           " is another account. If you mean it, stop the bot and add --replace: its rooms of now are forgotten then.";
}

using Identity = matrix::EncryptionOptions::Identity;

/// What `serve` does by itself, as far as it can without a password. A recovery key that is made here is shown here.
/// \return whether the device is signed.
bool set_up_encryption(
    const Config& config, const Account& account, const std::string& password, Identity identity, std::ostream& out) {
    const store::DataLock lock(config.data);
    MatrixSession session(config, account, false);
    bool fits = true;
    matrix::EncryptionOptions options;
    options.folder = matrix_keys(config);
    options.save = [&config](const Account& changed) { matrix::save_account(matrix_account_file(config), changed); };
    // The engine's call is named in what it says.
    options.report = [&fits](const std::string& line, bool) {
        fits = fits && line.find("recover:") == std::string::npos;
    };
    options.identity = identity;
    options.password = password;
    const matrix::EncryptionStatus status = session.set_up_encryption(std::move(options));
    give_to_owner(config);
    const bool ready = status.state == matrix::EncryptionStatus::State::ready;
    if (identity == Identity::recover && !fits)
        throw std::runtime_error("that is not the recovery key of " + account.user_id + ".");
    out << "Encryption: " << (ready ? "the bot's device is signed by its own identity" : status.why) << ".\n";
    const std::string& key = session.account().recovery_key;
    if (!key.empty() && key != account.recovery_key)
        out << "This is its recovery key, shown once. Keep it where the bot's own files are not:\n  " << key << "\n";
    return ready;
}

/// Only the identity of the encryption.
int matrix_identity(const Config& config, const MatrixLoginOptions& options, std::ostream& out) {
    if (!matrix_encrypts(config))
        throw std::runtime_error(
            "the bot has no encryption: this build or the settings (matrix.encryption) are without it.");
    if (is_served(config)) throw std::runtime_error("the bot is running on this data. Stop it first.");
    const Account before = matrix_account(config);
    Account account = before;
    if (options.recovery_key) {
        account.recovery_key = read_secret("Recovery key of the bot's account: ");
        bool fits = false;
        try {
            fits = set_up_encryption(config, account, {}, Identity::recover, out);
        } catch (const std::runtime_error&) {
            store(config, before);
            throw;
        }
        if (fits) store(config, account);
        return fits ? 0 : 1;
    }
    const std::string password = password_of(account.user_id);
    if (set_up_encryption(config, account, password, Identity::reset, out)) return 0;
    throw std::runtime_error("the identity was not replaced; the line above says why.");
}

}  // namespace

int matrix_login(const Config& config, const MatrixLoginOptions& options, std::ostream& out) {
    (void)homeserver_of(config);
    prepare_data_folder(config);
    const std::optional<Account> stored = matrix::load_account(matrix_account_file(config));
    if (options.recovery_key || options.reset_identity) return matrix_identity(config, options, out);
    const bool another = stored && !options.user.empty() && !matrix::may_be(options.user, stored->user_id);
    if (another && !options.replace) throw std::runtime_error(other_user(*stored, options.user));
    const std::string device = stored && !another ? stored->device_id : std::string();
    Login login(config, stored, out);
    Account account = options.token          ? login.by_token()
                      : options.oauth        ? login.by_consent(device)
                      : options.user.empty() ? login.by_offer({}, device)
                                             : login.by_password(options.user, device);
    const bool same = stored && stored->user_id == account.user_id;
    if (stored && !same) {
        if (!options.replace || is_served(config)) {
            if (!options.token) login.take_back(account);
            throw std::runtime_error(options.replace ? "the bot is running on this data. Stop it first, then log "
                                                       "another user in."
                                                     : other_user(*stored, account.user_id));
        }
        forget_channel(config, matrix::kChannel);  // place in the stream and rooms are those of the old user
    }
    if (same) matrix::keep_encryption(*stored, account);
    store(config, account);
    out << "Logged in as " << account.user_id << ", device " << account.device_id
        << (same && stored->device_id == account.device_id ? " as before" : "") << ".\n";
    const bool running = is_served(config);
    if (!running && matrix_encrypts(config))
        (void)set_up_encryption(config, account, login.password(), Identity::keep, out);
    const bool moved = same && stored->device_id != account.device_id;
    if (moved)
        out << "It was device " << stored->device_id << " before: log that one out in another client of the account.\n";
    if (!running) {
        out << "The bot uses this login from its next start on: start it now.\n";
    } else {
        out << (same && !moved ? "The running bot uses it by itself as soon as it needs it.\n"
                               : "Restart the bot: it goes on as before until then.\n");
    }
    return 0;
}

int matrix_new_device(const Config& config,
                      const MatrixNewDeviceOptions& options,
                      std::istream& in,
                      std::ostream& out) {
    const Account old = matrix_account(config);
    const bool consent = options.oauth || !old.oauth_token_endpoint.empty();
    out << "This logs " << old.user_id << " in once more, as a new device, and deletes the old one, " << old.device_id
        << ".\nDo it only if the keys of the old device are lost: what was sent to it encrypted cannot be read by the "
           "new one. The bot may run meanwhile.\n";
    if (!options.sure && !agrees("Go on?", in, out)) {
        out << "Nothing was changed.\n";
        return 1;
    }
    Login login(config, old, out);
    Account account = consent ? login.by_consent({}) : login.by_password(old.user_id, {});
    if (account.user_id != old.user_id) {
        login.take_back(account);
        throw std::runtime_error("that was the login of " + account.user_id + ", but this bot is " + old.user_id +
                                 ". Nothing was changed.");
    }
    matrix::keep_encryption(old, account);
    store(config, account);
    out << "Logged in as " << account.user_id << ", device " << account.device_id << ".\n";
    login.delete_device(account, old);
    std::filesystem::remove_all(matrix::keys_folder(matrix_keys(config), old.device_id));  // of no use to anybody now
    out << "The old device is deleted. A running bot goes on with the new one within seconds.\n";
    return 0;
}

}  // namespace reweave::app
