#include "bot/app/discord_http.hpp"

#include <nlohmann/json.hpp>

#include "adapters/common/fields.hpp"
#include "bot/app/discord_options.hpp"
#include "bot/app/wait_for.hpp"

namespace reweave::app {
namespace {

using discord::Answer;
using nlohmann::json;

constexpr const char* kNewToken =
    "In the developer portal open your application, Bot, Reset Token, and copy what it shows.";

json answer_to(DiscordSession& session, const char* path) {
    const Answer answer = session.call("GET", path);
    if (answer.kind == Answer::Kind::signed_out)
        throw std::runtime_error(std::string("Discord does not take this token: it was mistyped or reset, or it is not "
                                             "the token of a bot. ") +
                                 kNewToken);
    if (!answer.ok()) throw std::runtime_error(answer.failure + ". Nothing was changed.");
    return answer.json();
}

}  // namespace

DiscordSession::DiscordSession(const Config& config, std::string token)
    : client_(io_, discord_api(config)), token_(std::move(token)) {}

Answer DiscordSession::call(const std::string& method, const std::string& path, const std::string& body) {
    discord::Call call{method, path, body};
    http::Request request;
    request.method = method;
    request.target = path;
    request.body = body;
    request.headers = {{"User-Agent", discord::user_agent()}, {"Authorization", "Bot " + token_}};
    if (!body.empty()) request.headers.emplace_back("Content-Type", call.content_type);
    http::Response response = wait_for(io_, client_.send(std::move(request)));
    server_time_ = response.date();
    return discord::answer_of(std::move(response), call, method + " " + path);
}

Introduction introduce(const Config& config, const std::string& token) {
    DiscordSession session(config, token);
    const json user = answer_to(session, "/users/@me");
    const json* bot = member(user, "bot");
    if (!bot || *bot != true)
        throw std::runtime_error(std::string("this is the token of a person, with which programs may not act. ") +
                                 kNewToken);
    const json application = answer_to(session, "/applications/@me");
    discord::Account account{token, text_at(application, "id"), text_at(user, "id")};
    if (account.application.empty() || account.user.empty())
        throw std::runtime_error("what answers at the address in discord.api is not Discord. Nothing was changed.");
    return {std::move(account), text_at(user, "username")};
}

}  // namespace reweave::app
