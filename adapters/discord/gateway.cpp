#include "adapters/discord/gateway.hpp"

#include <algorithm>
#include <utility>

namespace reweave::discord {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kEvents = 256;  ///< that wait for next()
constexpr std::size_t kEventsBytes = 8 * 1024 * 1024;

constexpr std::int64_t kLongestBackOff = 600'000;  ///< ms between two attempts
constexpr auto kStable = 60s;                      ///< ready for so long: what was lost before does not count any more
constexpr int kResumes = 3;                        ///< that are tried in a row
constexpr auto kSessionLife = 30min;               ///< without a connection; Discord forgets it after a few minutes
constexpr auto kShortestReset = 60s;
constexpr auto kLongestReset = 24h;

std::string in_seconds(std::chrono::milliseconds time) {
    return std::to_string((time.count() + 999) / 1000) + " s";
}

}  // namespace

std::string_view name(GatewayState state) {
    switch (state) {
        case GatewayState::waiting:
            return "waiting";
        case GatewayState::looking_up:
            return "looking up";
        case GatewayState::connecting:
            return "connecting";
        case GatewayState::hello:
            return "hello";
        case GatewayState::identifying:
            return "identifying";
        case GatewayState::resuming:
            return "resuming";
        case GatewayState::ready:
            return "ready";
        case GatewayState::closing:
            return "closing";
        case GatewayState::backing_off:
            return "backing off";
        case GatewayState::refused:
            return "refused";
    }
    return "";
}

Gateway::Gateway(asio::io_context& io, GatewayOptions options)
    : executor_(io.get_executor()),
      options_(std::move(options)),
      pause_(executor_),
      alive_(MonotonicClock::now()),
      arrived_(executor_, Timer::time_point::max()) {
    status_.since = MonotonicClock::now();
}

Gateway::~Gateway() = default;

void Gateway::restore(Session session, std::string_view ledger) {
    session_ = std::move(session);
    identifies_ = Identifies::from_text(ledger);
}

Awaitable<void> Gateway::run() {
    while (!stopped_) {
        const Target target = co_await next_target();
        std::chrono::milliseconds wait{0};
        if (stopped_) break;
        if (target.url.empty()) {
            wait = lost("Discord cannot be asked for its gateway", 0s);
        } else {
            Owner& self = *this;
            connection_ = std::make_unique<GatewayConnection>(executor_, options_, self);
            const Ending ending = co_await connection_->run(target.url, target.resume);
            connection_.reset();
            if (stopped_) break;
            unreached_ = !target.resume || ending.greeted ? 0 : unreached_ + 1;
            if (ending.then == After::never) {
                entered(GatewayState::refused);
                options_.give_up(ending.what);
                stopped_ = true;
                break;
            }
            wait = after(ending);
        }
        entered(GatewayState::backing_off);
        co_await pause(wait);
    }
    arrived_.cancel();
}

Awaitable<Gateway::Target> Gateway::next_target() {
    if (resumes_ >= kResumes || MonotonicClock::now() - alive_ >= kSessionLife) session_ = Session();
    Target target;
    target.resume = !session_.id.empty();
    if (target.resume)
        target.url = co_await resume_url();
    else
        target.url = co_await identify_url();
    co_return target;
}

/// The session's own address, then the usual one, then what Discord says now.
Awaitable<std::string> Gateway::resume_url() {
    if (unreached_ == 0 && !session_.resume_url.empty()) co_return session_.resume_url;
    if (unreached_ <= 1 && !usual_url_.empty()) co_return usual_url_;
    co_await ask();
    co_return usual_url_.empty() ? session_.resume_url : usual_url_;
}

/// Waits until an IDENTIFY may be sent, by the ledger and by Discord's own count.
Awaitable<std::string> Gateway::identify_url() {
    while (!stopped_) {
        if (const auto wait = identifies_.wait(options_.wall_clock()); wait > 0ms) {
            entered(GatewayState::waiting);
            if (wait > Identifies::kSpacing)
                tell_once("the bot has logged in to Discord " +
                          std::to_string(identifies_.count(options_.wall_clock())) +
                          " times in 24 hours and waits with the next for " + in_seconds(wait) +
                          ", so that Discord does not take its token away; look in the log for what keeps breaking the "
                          "connection");
            co_await pause(wait);
            continue;
        }
        const auto bot = co_await ask();
        if (!bot) break;
        if (bot->remaining > 0) co_return usual_url_;
        const auto reset = std::clamp<std::chrono::milliseconds>(bot->reset_after, kShortestReset, kLongestReset);
        tell_once("Discord lets the bot log in no more for " + in_seconds(reset) +
                  "; does another program use the same token?");
        entered(GatewayState::waiting);
        co_await pause(reset);
    }
    co_return std::string();
}

Awaitable<std::optional<GatewayBot>> Gateway::ask() {
    entered(GatewayState::looking_up);
    auto bot = co_await options_.ask();
    if (bot) usual_url_ = bot->url;
    co_return bot;
}

Awaitable<void> Gateway::pause(std::chrono::milliseconds time) {
    pause_.expires_after(time);
    while (!stopped_ && pause_.expiry() > MonotonicClock::now()) co_await pause_.async_wait(nothrow);
}

/// How long to wait after a connection.
std::chrono::milliseconds Gateway::after(const Ending& ending) {
    const auto now = MonotonicClock::now();
    if (ending.close_code != 0) status_.last_close = ending.close_code;
    if (ending.ready) {
        alive_ = now;
        if (now - *ending.ready >= kStable) losses_ = 0;
    }
    std::chrono::milliseconds at_least{0};
    if (ending.then == After::new_session) {
        session_ = Session();
        if (ending.invalid)  // Discord's wish
            at_least = 1s + std::chrono::milliseconds(static_cast<std::int64_t>(4000 * options_.chance()));
    }
    return lost(ending.what, at_least);
}

std::chrono::milliseconds Gateway::lost(const std::string& what, std::chrono::milliseconds at_least) {
    const std::int64_t most = std::min(kLongestBackOff, std::int64_t{1000} << std::min(losses_, 10));
    ++losses_;
    const std::chrono::milliseconds chance(static_cast<std::int64_t>(static_cast<double>(most) * options_.chance()));
    const auto wait = std::max(at_least, chance);
    options_.report(what + "; trying again in " + in_seconds(wait), false);
    return wait;
}

void Gateway::tell_once(const std::string& line) {
    if (!std::exchange(told_, true)) options_.report(line, true);
}

Awaitable<bool> Gateway::may_identify() {
    const auto now = options_.wall_clock();
    if (identifies_.wait(now) > 0ms) co_return false;
    identifies_.add(now);
    if (identifies_.count(now) == Identifies::kWarn)
        options_.report("the bot has logged in to Discord " + std::to_string(Identifies::kWarn) +
                            " times in 24 hours; Discord takes its token away after 1000",
                        true);
    std::string ledger = identifies_.to_text();
    const bool stored = co_await options_.note(std::move(ledger));
    co_return stored && !stopped_;
}

bool Gateway::has_room() const {
    return events_.size() < kEvents && events_bytes_ < kEventsBytes;
}

void Gateway::entered(GatewayState state) {
    if (state == GatewayState::resuming) ++resumes_;
    if (state == GatewayState::ready) {
        if (status_.state == GatewayState::resuming) ++status_.resumes;
        resumes_ = 0;
        told_ = false;
    }
    if (state == status_.state) return;
    status_.state = state;
    status_.since = MonotonicClock::now();
}

void Gateway::took(Event event) {
    session_ = event.session;
    events_bytes_ += event.bytes;
    events_.push_back(std::move(event));
    arrived_.cancel();
}

Awaitable<std::optional<Event>> Gateway::next() {
    while (events_.empty() && !stopped_) co_await arrived_.async_wait(nothrow);
    if (stopped_) co_return std::nullopt;
    std::optional<Event> event(std::move(events_.front()));
    events_.pop_front();
    events_bytes_ -= event->bytes;
    if (connection_) connection_->wake();
    co_return event;
}

void Gateway::stop() {
    stopped_ = true;
    pause_.cancel();
    arrived_.cancel();
    if (connection_) connection_->leave();
}

GatewayStatus Gateway::status() const {
    GatewayStatus status = status_;
    status.identifies = identifies_.count(options_.wall_clock());
    if (connection_) status.latency = connection_->latency();
    return status;
}

}  // namespace reweave::discord
