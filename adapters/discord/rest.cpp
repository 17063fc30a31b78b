#include "adapters/discord/rest.hpp"

#include <algorithm>

#include "adapters/common/back_off.hpp"
#include "adapters/discord/errors.hpp"

namespace reweave::discord {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr int kTries = 5;
constexpr std::size_t kLongestQueue = 1000;  ///< of calls without an answer
constexpr auto kTimeout = 15s;
constexpr auto kCallbackTimeout = 2500ms;  ///< a second try still fits into three seconds
constexpr auto kWarm = 40s;                ///< less than http::ClientOptions::idle
constexpr auto kDeadWebhook = 15min;       ///< an interaction's token lives no longer
constexpr std::size_t kDeadWebhooks = 1000;

Answer answer_without_try(Answer::Kind kind, std::string failure) {
    Answer answer;
    answer.kind = kind;
    answer.failure = std::move(failure);
    return answer;
}

Answer too_late(MonotonicClock::duration wait) {
    Answer answer = answer_without_try(Answer::Kind::lost, "a call of Discord would have come too late");
    answer.wait = std::chrono::ceil<milliseconds>(std::max<MonotonicClock::duration>(wait, 0s));
    return answer;
}

milliseconds pause(const Call& call, int tries) {
    return is_callback(call) ? back_off(tries) / 10 : back_off(tries);
}

http::ClientOptions limited(http::ClientOptions options) {
    options.body_limit = std::min(options.body_limit, kBodyLimit);
    return options;
}

std::string minutes_of(MonotonicClock::duration time) {
    return std::to_string(std::chrono::ceil<std::chrono::minutes>(time).count()) + " minutes";
}

}  // namespace

Rest::Rest(asio::io_context& io,
           http::ClientOptions options,
           std::string token,
           std::function<void(const std::string&)> report)
    : io_(io),
      client_(io, limited(options)),
      prompt_(io, limited(std::move(options))),
      token_(std::move(token)),
      report_(std::move(report)),
      limits_(MonotonicClock::now()),
      warm_(io.get_executor()) {}

Awaitable<Answer> Rest::call(Call call) {
    std::string fault = fault_of(call);
    if (!fault.empty()) co_return answer_without_try(Answer::Kind::refused, std::move(fault));
    if (limits_.queued() >= kLongestQueue) {
        Answer busy = answer_without_try(Answer::Kind::lost, "too many calls of Discord are waiting");
        busy.wait = 10s;
        co_return busy;
    }
    Lane lane = lane_of(call.method, call.path);
    if (!call.route.empty()) lane.route = call.route;
    call.interaction = call.interaction || lane.interaction;
    lane.interaction = call.interaction;
    const std::string route = lane.route;
    const Limits::Ticket ticket = limits_.enter(std::move(lane), MonotonicClock::now());
    Answer answer = co_await tries(call, route, ticket);
    const auto next = limits_.leave(ticket, MonotonicClock::now());
    const auto sleeper = next ? waiting_.find(*next) : waiting_.end();
    if (sleeper != waiting_.end()) sleeper->second->cancel();
    co_return answer;
}

Awaitable<Answer> Rest::tries(const Call& call, const std::string& route, Limits::Ticket ticket) {
    const std::string webhook = webhook_of(call.path);
    Answer answer;
    auto not_before = MonotonicClock::time_point::min();
    while (answer.tries < kTries) {
        std::optional<Answer> ended = co_await turn(call, ticket, not_before);
        if (ended) {
            ended->tries = answer.tries;
            co_return *std::move(ended);
        }
        const std::string token = token_;
        limits_.begun(ticket, MonotonicClock::now());
        ++counted_.requests;
        http::Response response = co_await send(call);
        const Reply reply = reply_of(response);
        take(reply, ticket);
        const int n = answer.tries + 1;
        answer = answer_of(std::move(response), call, route);
        answer.tries = n;
        if (stopped_) answer.kind = Answer::Kind::stopped;
        if (answer.kind == Answer::Kind::signed_out && token == token_) sign_out();
        if (answer.kind == Answer::Kind::gone && !webhook.empty()) bury(webhook);
        // An earlier try was taken, only its answer was lost.
        if (answer.code == kAlreadyAcknowledged && n > 1) answer.kind = Answer::Kind::ok;
        const bool outdated = answer.kind == Answer::Kind::signed_out && token != token_;
        if (answer.kind != Answer::Kind::lost && !outdated) co_return answer;
        if (answer.wait > 0ms) co_return answer;  // not at once
        const bool limited = reply.limited != Reply::Limited::no;
        answer.kind = Answer::Kind::lost;
        answer.wait = limited ? std::chrono::ceil<milliseconds>(reply.retry_after) : pause(call, n);
        not_before = MonotonicClock::now() + answer.wait;
    }
    co_return answer;
}

std::optional<Answer> Rest::unable(const Call& call) const {
    if (stopped_) return answer_without_try(Answer::Kind::stopped, "stopped");
    if (counted_.signed_out)
        return answer_without_try(Answer::Kind::signed_out, "Discord does not take the bot's token");
    const auto dead = dead_webhooks_.find(webhook_of(call.path));
    if (dead != dead_webhooks_.end() && dead->second > MonotonicClock::now())
        return answer_without_try(Answer::Kind::gone, "a webhook that is gone was not asked again");
    return std::nullopt;
}

Awaitable<std::optional<Answer>> Rest::turn(const Call& call,
                                            Limits::Ticket ticket,
                                            MonotonicClock::time_point not_before) {
    using Time = MonotonicClock::time_point;
    Timer timer(io_.get_executor());
    for (;;) {
        std::optional<Answer> ended = unable(call);
        if (ended) co_return ended;
        const Time now = MonotonicClock::now();
        const Time at = std::max(limits_.may_begin(ticket, now), not_before);
        const Time deadline = call.deadline.value_or(Time::max());
        if (now > deadline) co_return too_late(0s);
        if (at <= now) co_return std::nullopt;
        if (at != Time::max() && at > deadline) co_return too_late(at - now);
        timer.expires_at(std::min(at, deadline == Time::max() ? deadline : deadline + 1ns));
        waiting_[ticket] = &timer;
        co_await timer.async_wait(nothrow);
        waiting_.erase(ticket);
    }
}

Awaitable<http::Response> Rest::send(const Call& call) {
    http::Request request;
    request.method = call.method;
    request.target = call.path;
    request.body = call.body;
    request.timeout = is_callback(call) ? milliseconds(kCallbackTimeout) : milliseconds(kTimeout);
    request.headers.emplace_back("User-Agent", user_agent());
    if (!call.interaction && webhook_of(call.path).empty())
        request.headers.emplace_back("Authorization", "Bot " + token_);
    if (!call.body.empty()) request.headers.emplace_back("Content-Type", call.content_type);
    http::Client& client = call.interaction ? prompt_ : client_;
    http::Response response = co_await client.send(std::move(request));
    co_return response;
}

void Rest::take(const Reply& reply, Limits::Ticket ticket) {
    const auto now = MonotonicClock::now();
    if (limits_.answered(ticket, reply, now)) wake_all();
    count(reply);
    const std::size_t invalid = limits_.invalid(now);
    if (invalid >= Limits::kInvalid && !told_invalid_) {
        told_invalid_ = true;
        report_(
            "Discord refused " + std::to_string(invalid) +
            " calls in ten minutes; no more are made until that is over, as it would block this address. Look at the "
            "bot's permissions");
    }
    if (invalid < Limits::kInvalid / 2) told_invalid_ = false;
    if (reply.limited == Reply::Limited::blocked && !told_blocked_) {
        told_blocked_ = true;
        report_("Discord blocks this address; nothing is sent for " + minutes_of(reply.retry_after));
    }
    if (reply.status != 0 && reply.limited != Reply::Limited::blocked) told_blocked_ = false;
}

void Rest::count(const Reply& reply) {
    switch (reply.limited) {
        case Reply::Limited::no:
            break;
        case Reply::Limited::bucket:
            ++counted_.limited;
            break;
        case Reply::Limited::shared:
            ++counted_.limited_shared;
            break;
        case Reply::Limited::global:
            ++counted_.limited_global;
            break;
        case Reply::Limited::blocked:
            ++counted_.blocked;
            break;
    }
}

void Rest::sign_out() {
    if (counted_.signed_out) return;
    counted_.signed_out = true;
    report_("Discord does not take the bot's token any more; no more calls are made until there is another");
    wake_all();
}

void Rest::use(std::string token) {
    token_ = std::move(token);
    counted_.signed_out = false;
}

void Rest::bury(const std::string& webhook) {
    const auto now = MonotonicClock::now();
    std::erase_if(dead_webhooks_, [now](const auto& entry) { return entry.second <= now; });
    if (dead_webhooks_.size() < kDeadWebhooks) dead_webhooks_[webhook] = now + kDeadWebhook;
}

void Rest::wake_all() {
    for (const auto& [ticket, timer] : waiting_) timer->cancel();
}

void Rest::stop() {
    stopped_ = true;
    client_.stop();
    prompt_.stop();
    warm_.cancel();
    wake_all();
}

Awaitable<void> Rest::keep_warm() {
    while (!stopped_) {
        Call cheap;
        cheap.method = "GET";
        cheap.path = "/gateway";
        cheap.interaction = true;
        cheap.deadline = MonotonicClock::now() + 5s;
        (void)co_await call(std::move(cheap));
        if (stopped_) break;
        warm_.expires_after(kWarm);
        co_await warm_.async_wait(nothrow);
    }
}

RestStatus Rest::status() const {
    const auto now = MonotonicClock::now();
    RestStatus status = counted_;
    status.waiting = limits_.queued();
    status.invalid = limits_.invalid(now);
    status.buckets = limits_.buckets();
    status.closed_until = limits_.closed_until(now);
    return status;
}

}  // namespace reweave::discord
