#include "adapters/matrix/api.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "adapters/common/fields.hpp"

namespace reweave::matrix {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr double kRefreshAt = 0.2;     ///< of a token's life that is left
constexpr double kLongestLife = 1e12;  ///< milliseconds
constexpr auto kLongestWait = 15min;
constexpr auto kOAuthTimeout = 30s;

std::chrono::milliseconds wait_of(const http::Response& response, const json& body) {
    std::chrono::milliseconds wait = 1s;
    if (const auto found = body.is_object() ? body.find("retry_after_ms") : body.end();
        body.is_object() && found != body.end() && found->is_number())
        wait = std::chrono::milliseconds(static_cast<std::int64_t>(std::clamp(found->get<double>(), 0.0, 1e9)));
    std::int64_t seconds = 0;
    const std::string_view header = response.header("Retry-After");
    const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
    seconds = std::clamp<std::int64_t>(seconds, 0, std::chrono::seconds(kLongestWait).count());
    // The header counts whole seconds: it says more only if it says much more.
    if (error == std::errc() && std::chrono::seconds(seconds) > wait + 1s) wait = std::chrono::seconds(seconds);
    return std::clamp<std::chrono::milliseconds>(wait, 50ms, kLongestWait);
}

}  // namespace

Answer answer_of(http::Response response) {
    Answer answer;
    answer.status = response.status;
    answer.server_time = response.date();
    if (response.status == 0) {
        answer.failure = std::move(response.failure);
        return answer;
    }
    if (response.status >= 200 && response.status < 300) {
        answer.kind = Answer::Kind::ok;
        answer.body = std::move(response.body);
        return answer;
    }
    const json body = parsed(response.body);
    answer.errcode = text_at(body, "errcode");
    answer.failure = "the homeserver answered " + std::to_string(response.status) +
                     (answer.errcode.empty() ? "" : " " + answer.errcode);
    if (response.status == 429) {
        answer.kind = Answer::Kind::slow_down;
        answer.wait = wait_of(response, body);
    } else if (response.status == 401 && answer.errcode == "M_UNKNOWN_TOKEN") {
        answer.kind = Answer::Kind::signed_out;
        answer.soft = flag_at(body, "soft_logout");
    } else if (response.status < 500 && (!answer.errcode.empty() || body.contains("flows"))) {  // or prove who you are
        answer.kind = Answer::Kind::refused;
        answer.body = std::move(response.body);
    }
    return answer;  // a proxy's page in HTML, or a fault of the server: lost
}

nlohmann::json Answer::json() const {
    return parsed(body);
}

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::vector<std::string> members_of(const nlohmann::json& answer, bool also_asked) {
    std::vector<std::string> users;
    for (const nlohmann::json& event : list_at(answer, "chunk")) {
        const std::string membership = text_at(object_at(event, "content"), "membership");
        if (membership == "join" || (also_asked && membership == "invite"))
            users.push_back(text_at(event, "state_key"));
    }
    return users;
}

std::string escaped(std::string_view part) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const char c : part) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        if (plain) {
            out += c;
        } else {
            out += '%';
            out += kHex[byte >> 4U];
            out += kHex[byte & 15U];
        }
    }
    return out;
}

bool take_tokens(const nlohmann::json& body, Account& account) {
    const std::string access = text_at(body, "access_token");
    if (access.empty()) return false;
    account.access_token = access;
    if (std::string refresh = text_at(body, "refresh_token"); !refresh.empty()) account.refresh_token = refresh;
    account.expires_at = 0;
    for (const auto& [key, unit] : {std::pair("expires_in_ms", 1.0), std::pair("expires_in", 1000.0)}) {
        const auto found = body.find(key);
        if (found == body.end() || !found->is_number()) continue;
        const double life = std::clamp(found->get<double>() * unit, 0.0, kLongestLife);
        account.expires_at = now_ms() + static_cast<std::int64_t>(life * (1 - kRefreshAt));
    }
    return true;
}

Api::Api(asio::io_context& io, http::ClientOptions options, Account account, std::function<void(const Account&)> save)
    : io_(io),
      options_(options),
      client_(io, std::move(options)),
      account_(std::move(account)),
      save_(std::move(save)),
      refreshed_(io.get_executor(), Timer::time_point::max()) {}

void Api::stop() {
    client_.stop();
    if (oauth_) oauth_->stop();
}

Awaitable<Answer> Api::call(std::string method, std::string path, std::string body, std::chrono::milliseconds timeout) {
    if (!account_.refresh_token.empty() && account_.expires_at != 0 && now_ms() >= account_.expires_at)
        (void)co_await refresh();
    const std::string token = account_.access_token;
    Answer answer = co_await send(method, path, body, timeout, true);
    if (answer.kind != Answer::Kind::signed_out) co_return answer;
    // Somebody else may have refreshed it while this was on the way.
    Refreshed refreshed = Refreshed::yes;
    if (account_.access_token == token) refreshed = co_await refresh();
    if (refreshed == Refreshed::yes) {
        answer = co_await send(std::move(method), std::move(path), std::move(body), timeout, true);
    } else if (refreshed == Refreshed::perhaps) {
        answer.kind = Answer::Kind::lost;
    }
    co_return answer;
}

Awaitable<Answer> Api::send(
    std::string method, std::string path, std::string body, std::chrono::milliseconds timeout, bool with_token) {
    http::Request request;
    request.method = std::move(method);
    request.target = "/_matrix" + path;
    request.body = std::move(body);
    request.timeout = timeout;
    if (with_token) request.headers.emplace_back("Authorization", "Bearer " + account_.access_token);
    if (!request.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    http::Response response = co_await client_.send(std::move(request));
    co_return answer_of(std::move(response));
}

/// One at a time: whoever comes while it is on the way waits for it.
Awaitable<Api::Refreshed> Api::refresh() {
    if (account_.refresh_token.empty()) co_return Refreshed::no;
    if (refreshing_) {
        co_await refreshed_.async_wait(nothrow);
        co_return last_refresh_;
    }
    refreshing_ = true;
    const Answer answer = co_await ask_for_tokens();
    refreshing_ = false;
    refreshed_.cancel();
    last_refresh_ = answer.ok() ? Refreshed::no : Refreshed::perhaps;
    if (answer.kind == Answer::Kind::refused || answer.kind == Answer::Kind::signed_out) last_refresh_ = Refreshed::no;
    if (answer.ok() && take_tokens(answer.json())) last_refresh_ = Refreshed::yes;
    co_return last_refresh_;
}

Awaitable<Answer> Api::ask_for_tokens() {
    if (account_.oauth_token_endpoint.empty()) {
        const json body = {{"refresh_token", account_.refresh_token}};
        std::string text = body.dump();
        Answer answer = co_await send("POST", "/client/v3/refresh", std::move(text), 30s, false);
        co_return answer;
    }
    http::ClientOptions options = options_;
    options.base_url = account_.oauth_token_endpoint;
    http::Client oauth(io_, std::move(options));
    http::Request request;
    request.method = "POST";
    request.timeout = kOAuthTimeout;
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = "grant_type=refresh_token&refresh_token=" + escaped(account_.refresh_token) +
                   "&client_id=" + escaped(account_.oauth_client_id);
    oauth_ = &oauth;
    http::Response response = co_await oauth.send(std::move(request));
    oauth_ = nullptr;
    // Errors of OAuth (RFC 6749, 5.2) have a field of another name.
    const json body = parsed(response.body);
    Answer answer = answer_of(std::move(response));
    if (answer.status == 400 && !text_at(body, "error").empty()) answer.kind = Answer::Kind::refused;
    co_return answer;
}

/// The new pair is stored before it is used: until then the old refresh token still works, whatever happens to us.
bool Api::take_tokens(const json& body) {
    Account account = account_;
    if (!matrix::take_tokens(body, account)) return false;
    save_(account);
    account_ = std::move(account);
    return true;
}

}  // namespace reweave::matrix
