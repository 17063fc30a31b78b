#include "bot/app/matrix_options.hpp"

#include "bot/app/pages.hpp"
#include "bot/app/storage.hpp"

namespace reweave::app {

std::filesystem::path matrix_account_file(const Config& config) {
    return config.data / "matrix.json";
}

bool matrix_encrypts(const Config& config) {
    return matrix::E2ee::built_in() && config.matrix.encryption != "off";
}

matrix::Account matrix_account(const Config& config) {
    if (auto account = matrix::load_account(matrix_account_file(config))) return std::move(*account);
    throw std::runtime_error("the settings name a Matrix homeserver, but there is no " +
                             matrix_account_file(config).string() + " yet. Run `reweave matrix login` first.");
}

http::ClientOptions matrix_homeserver(const Config& config) {
    http::ClientOptions options;
    options.base_url = config.matrix.homeserver;
    options.proxy = http::proxy_for(config.matrix.homeserver, process_environment);
    options.ca_file = config.matrix.authorities.string();
    return options;
}

matrix::ChannelOptions matrix_options(const Config& config) {
    using From = matrix::InvitePolicy::From;
    matrix::ChannelOptions options;
    options.homeserver = matrix_homeserver(config);
    options.account_file = matrix_account_file(config);
    const std::string& from = config.matrix.invites;
    options.invites.from = from == "anyone"        ? From::anyone
                           : from == "same-server" ? From::same_server
                           : from == "allowed"     ? From::allowed
                                                   : From::nobody;
    options.invites.allowed = config.matrix.allowed;
    options.invites.rooms = config.matrix.rooms;
    using Encryption = matrix::ChannelOptions::Encryption;
    const std::string& encryption = config.matrix.encryption;
    options.encryption = encryption == "off"      ? Encryption::off
                         : encryption == "strict" ? Encryption::strict
                                                  : Encryption::usual;
    options.keys = matrix_keys(config);
    options.page = page_address(config);
    return options;
}

void watch_matrix(server::Metrics& metrics, const matrix::Channel& channel) {
    using State = matrix::ChannelStatus::State;
    metrics.gauge("reweave_matrix_up", "1 while the homeserver answers and takes the token.", [&channel] {
        return channel.status().state == State::running ? 1.0 : 0.0;
    });
    metrics.gauge("reweave_matrix_last_sync_seconds", "Since the homeserver last answered; -1: not yet.", [&channel] {
        const auto last = channel.status().last_sync;
        if (last == std::chrono::steady_clock::time_point{}) return -1.0;
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - last).count();
    });
    metrics.gauge(
        "reweave_matrix_rooms", "Rooms joined.", [&channel] { return static_cast<double>(channel.status().rooms); });
    metrics.gauge("reweave_matrix_unsent", "Messages waiting for the homeserver.", [&channel] {
        return static_cast<double>(channel.status().unsent);
    });
    metrics.counter("reweave_matrix_sent_total", "Messages that the homeserver took.", [&channel] {
        return static_cast<double>(channel.status().sending.sent);
    });
    metrics.counter("reweave_matrix_refused_total", "Messages that the homeserver refused for good.", [&channel] {
        return static_cast<double>(channel.status().sending.refused);
    });
    metrics.gauge("reweave_matrix_encryption_up", "1 while encrypted rooms can be read and written.", [&channel] {
        const auto state = channel.status().encryption.state;
        using Encryption = matrix::EncryptionStatus::State;
        return state == Encryption::ready || state == Encryption::unsigned_device ? 1.0 : 0.0;
    });
    metrics.counter(
        "reweave_matrix_unreadable_total", "Encrypted messages that could not be read at once.", [&channel] {
            double all = 0;
            for (const auto& [cause, times] : channel.status().unreadable) all += static_cast<double>(times);
            return all;
        });
    metrics.counter("reweave_matrix_slowed_total", "Times that the homeserver asked to slow down.", [&channel] {
        return static_cast<double>(channel.status().sending.slowed);
    });
}

}  // namespace reweave::app
