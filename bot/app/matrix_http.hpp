#pragma once
/// \file The homeserver as the command line asks it: one question, and wait for the answer.

#include "adapters/matrix/encryption.hpp"
#include "adapters/matrix/login.hpp"
#include "bot/app/config.hpp"

namespace reweave::app {

/// Reaches servers as the settings and the environment say (authorities, proxy).
[[nodiscard]] matrix::Ask ask_matrix(const Config& config);

/// The account's own calls. A token that has ended is refreshed first and stored, unless a running bot does that.
class MatrixSession {
 public:
    MatrixSession(const Config& config, matrix::Account account, bool bot_runs);

    [[nodiscard]] matrix::Answer call(const std::string& method, const std::string& path, const std::string& body = {});
    /// Opens the keys of encrypted rooms and sees to the identity that signs the device; nobody else may have them
    /// open.
    [[nodiscard]] matrix::EncryptionStatus set_up_encryption(matrix::EncryptionOptions options);
    [[nodiscard]] const matrix::Account& account() const { return api_.account(); }

 private:
    boost::asio::io_context io_;
    matrix::Api api_;
};

}  // namespace reweave::app
