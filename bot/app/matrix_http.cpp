#include "bot/app/matrix_http.hpp"

#include "bot/app/matrix_options.hpp"
#include "bot/app/storage.hpp"
#include "bot/app/wait_for.hpp"

namespace reweave::app {
namespace {

matrix::Account without_refresh(matrix::Account account) {
    account.refresh_token.clear();
    return account;
}

}  // namespace

matrix::Ask ask_matrix(const Config& config) {
    return [&config](const std::string& base_url, http::Request request) {
        http::ClientOptions options = matrix_homeserver(config);
        options.base_url = base_url;
        options.proxy = http::proxy_for(base_url, process_environment);
        boost::asio::io_context io;
        http::Client client(io, std::move(options));
        return wait_for(io, client.send(std::move(request)));
    };
}

MatrixSession::MatrixSession(const Config& config, matrix::Account account, bool bot_runs)
    : api_(io_,
           matrix_homeserver(config),
           bot_runs ? without_refresh(std::move(account)) : std::move(account),
           [&config](const matrix::Account& renewed) {
               matrix::save_account(matrix_account_file(config), renewed);
               give_to_owner(config);
           }) {}

matrix::Answer MatrixSession::call(const std::string& method, const std::string& path, const std::string& body) {
    return wait_for(io_, api_.call(method, path, body));
}

matrix::EncryptionStatus MatrixSession::set_up_encryption(matrix::EncryptionOptions options) {
    matrix::Encryption encryption(io_, api_, std::move(options));
    encryption.is_encrypted = [](const std::string&) { return false; };
    if (wait_for(io_, encryption.start())) return encryption.status();
    return {matrix::EncryptionStatus::State::starting, "the homeserver did not answer"};
}

}  // namespace reweave::app
