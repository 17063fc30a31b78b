#pragma once
/// \file Discord as the command line asks it: one question, one try, and wait for the answer.

#include "adapters/common/http_client.hpp"
#include "adapters/discord/account.hpp"
#include "adapters/discord/call.hpp"
#include "bot/app/config.hpp"

namespace reweave::app {

class DiscordSession {
 public:
    DiscordSession(const Config& config, std::string token);

    [[nodiscard]] discord::Answer call(const std::string& method,
                                       const std::string& path,
                                       const std::string& body = {});
    /// Of the last answer, milliseconds since 1970; 0: it did not say.
    [[nodiscard]] std::int64_t server_time() const { return server_time_; }

 private:
    asio::io_context io_;
    http::Client client_;
    std::string token_;
    std::int64_t server_time_ = 0;
};

struct Introduction {
    discord::Account account;
    std::string name;  ///< of the bot, as people see it
};
/// Whom a token is of. \throws std::runtime_error with a sentence if it is nobody's, or a person's.
[[nodiscard]] Introduction introduce(const Config& config, const std::string& token);

}  // namespace reweave::app
