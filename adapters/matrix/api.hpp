#pragma once
/// \file The client-server API of a homeserver, as far as the bot uses it: requests as this account, answers sorted by
/// what to do about them. One thread, the I/O thread.
///
/// The token travels in the Authorization header only, and neither it nor contents get into a failure. Specification:
/// https://spec.matrix.org/v1.15/client-server-api/ (read 2026-11).

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/common/http_client.hpp"
#include "adapters/matrix/account.hpp"

namespace reweave::matrix {

/// What came back.
struct Answer {
    enum class Kind {
        ok,          ///< `body` is JSON
        lost,        ///< nothing, a fault of the server, or not JSON: ask again later, with the same transaction id
        slow_down,   ///< ask again after `wait`
        signed_out,  ///< the token is not taken any more
        refused      ///< any other error
    };
    Kind kind = Kind::lost;
    int status = 0;
    std::string body;
    std::string errcode;  ///< "M_FORBIDDEN"
    std::string failure;  ///< a sentence for the operator
    std::chrono::milliseconds wait{};
    bool soft = false;             ///< signed_out: the device and its keys are still there
    std::int64_t server_time = 0;  ///< milliseconds since 1970, by the server's clock; 0: it did not say

    [[nodiscard]] bool ok() const { return kind == Kind::ok; }
    [[nodiscard]] nlohmann::json json() const;
};

/// Sorts what a homeserver answered.
[[nodiscard]] Answer answer_of(http::Response response);

/// Takes the tokens and their end over from an answer of /login, /refresh or an OAuth token endpoint; one that names no
/// refresh token leaves the one that is there. False, and nothing is changed, if there is no access token in it.
[[nodiscard]] bool take_tokens(const nlohmann::json& body, Account& account);

/// Milliseconds since 1970, by our own clock.
[[nodiscard]] std::int64_t now_ms();

/// Who is in a room, or also asked into it, by the answer of /members.
[[nodiscard]] std::vector<std::string> members_of(const nlohmann::json& answer, bool also_asked = false);

/// %-escapes everything but letters, digits and -._~
[[nodiscard]] std::string escaped(std::string_view part);

class Api {
 public:
    /// `save` keeps an account whose tokens are new, before they are used.
    Api(asio::io_context& io, http::ClientOptions options, Account account, std::function<void(const Account&)> save);
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    [[nodiscard]] const Account& account() const { return account_; }
    /// Another login of the same user took the place of this one.
    void use(Account account) { account_ = std::move(account); }

    /// `path` begins behind /_matrix, with its query. A token that is about to end, or is refused as unknown, is
    /// refreshed once before.
    [[nodiscard]] Awaitable<Answer> call(std::string method,
                                         std::string path,
                                         std::string body = {},
                                         std::chrono::milliseconds timeout = std::chrono::seconds(30));
    void stop();

 private:
    [[nodiscard]] Awaitable<Answer> send(
        std::string method, std::string path, std::string body, std::chrono::milliseconds timeout, bool with_token);
    enum class Refreshed {
        yes,
        no,
        perhaps  ///< nobody answered: the old refresh token may count still
    };
    [[nodiscard]] Awaitable<Refreshed> refresh();
    [[nodiscard]] Awaitable<Answer> ask_for_tokens();
    [[nodiscard]] bool take_tokens(const nlohmann::json& body);

    asio::io_context& io_;
    http::ClientOptions options_;
    http::Client client_;
    Account account_;
    std::function<void(const Account&)> save_;
    http::Client* oauth_ = nullptr;  ///< while it is asked
    Timer refreshed_;
    Refreshed last_refresh_ = Refreshed::no;
    bool refreshing_ = false;
};

}  // namespace reweave::matrix
