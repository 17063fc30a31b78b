#pragma once
/// \file One call of Discord's REST interface, and what came of it. Without a socket or a coroutine.
///
/// Neither tokens nor contents get into a failure: it names the route, Discord's error code and, for a body that was
/// not taken (50035), which fields. Specification: https://docs.discord.com/developers/reference (version 10, read
/// 2026-11).

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/common/http_client.hpp"
#include "adapters/discord/limits.hpp"

namespace reweave::discord {

inline constexpr std::size_t kBodyLimit = 25 * 1024 * 1024;  ///< bytes of a request

/// For requests and for the gateway: without one like it, Discord may close the door.
[[nodiscard]] std::string user_agent();

struct Call {
    std::string method;
    std::string path;  ///< "/channels/1/messages", behind the version; percent-encoded
    std::string body;  ///< empty, or as `content_type` says
    /// The path's token is all it needs: answers to interactions, and what follows them. Sent without the bot's token
    /// and over connections of its own, outside the limit over all requests.
    bool interaction = false;
    std::optional<MonotonicClock::time_point> deadline = {};  ///< no try begins after it
    std::string content_type = "application/json";
    std::string route = {};  ///< what shares a limit, if the path does not show it; empty: it does
};

/// What Discord answered to a call.
struct Answer {
    enum class Kind {
        ok,         ///< `body` is JSON, or empty (204)
        refused,    ///< it will not get better: see `code`
        gone,       ///< the token of an interaction or webhook is not taken any more
        lost,       ///< given up for now: ask again after `wait`
        stopped,    ///< the program is ending
        signed_out  ///< the bot's token is not taken
    };
    Kind kind = Kind::lost;
    int status = 0;       ///< of the last answer; 0: there was none
    int code = 0;         ///< Discord's own: 50013; 0: none
    std::string body;     ///< of a refused call, too
    std::string failure;  ///< a sentence for the operator
    std::chrono::milliseconds wait{};
    int tries = 0;  ///< more than 1: an earlier one may have worked, although nobody said so

    [[nodiscard]] bool ok() const { return kind == Kind::ok; }
    [[nodiscard]] nlohmann::json json() const;
};

/// What is wrong with a call on our side, so that it is not sent; empty: nothing. A message that does not say whom it
/// may mention is one: Discord would let it call everybody.
[[nodiscard]] std::string fault_of(const Call& call);

/// Whether it is the answer to an interaction, which has three seconds.
[[nodiscard]] bool is_callback(const Call& call);

/// The webhook, with its token, that a path is about ("webhooks/1/token"); empty: none.
[[nodiscard]] std::string webhook_of(std::string_view path);

/// What an answer says about limits.
[[nodiscard]] Reply reply_of(const http::Response& response);

/// Sorts what Discord answered. What is lost may be tried again at once, but if it says `wait`. `route` is for the
/// failure.
[[nodiscard]] Answer answer_of(http::Response response, const Call& call, std::string_view route);

}  // namespace reweave::discord
