#include "adapters/discord/gateway_connection.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/common/fields.hpp"
#include "adapters/discord/gateway.hpp"

namespace reweave::discord {
namespace {

using namespace std::chrono_literals;
using asio::experimental::awaitable_operators::operator&&;
using nlohmann::json;

constexpr auto kConnectLimit = 30s;
constexpr auto kHelloLimit = 20s;
constexpr auto kReadyLimit = 60s;
constexpr auto kCloseLimit = 5s;

constexpr auto kSendWindow = 60s;
constexpr std::size_t kSends = 120;  ///< in a window; Discord's limit
constexpr std::size_t kBeats = 10;   ///< of these, for heartbeats alone

http::ClientOptions way_to(const GatewayAddress& address, const GatewayOptions& options) {
    http::ClientOptions way;
    way.base_url = address.base_url;
    way.ca_file = options.ca_file;
    if (address.secure) way.proxy = options.proxy;  // the other kind is on this machine
    return way;
}

json command(int op, json data) {
    json out;
    out["op"] = op;
    out["d"] = std::move(data);
    return out;
}

std::string identify_text(const GatewayOptions& options) {
    json data;
    data["token"] = options.token;
    data["intents"] = options.intents;
    data["properties"] = {{"os", "linux"}, {"browser", "reweave"}, {"device", "reweave"}};
    return command(2, std::move(data)).dump();
}

std::string resume_text(const GatewayOptions& options, const Session& session) {
    return command(6, {{"token", options.token}, {"session_id", session.id}, {"seq", session.seq}}).dump();
}

std::string heartbeat_text(const Session& session) {
    return command(1, session.seq > 0 ? json(session.seq) : json(nullptr)).dump();
}

}  // namespace

GatewayConnection::GatewayConnection(const Executor& executor, const GatewayOptions& options, Owner& owner)
    : options_(options),
      owner_(owner),
      socket_(executor, kMessageBytes, [this] { on_close_frame(); }),
      inflate_(kMessageBytes),
      deadline_(executor, Clock::time_point::max()),
      room_(executor, Clock::time_point::max()),
      outgoing_(executor, Clock::time_point::max()),
      pulse_(executor, Clock::time_point::max()) {}

Awaitable<Ending> GatewayConnection::run(std::string url, bool resume) {
    resume_ = resume;
    auto address = gateway_address(url, options_.compress);
    if (!address) {
        end(After::resume, "the address of Discord's gateway is none that can be used");
        co_return ending_;
    }
    enter(GatewayState::connecting);
    co_await (live(*std::move(address)) && watch());
    co_return ending_;
}

Awaitable<void> GatewayConnection::live(GatewayAddress address) {
    http::ClientOptions way = way_to(address, options_);
    std::string failure = co_await socket_.open(std::move(way), address.target, options_.user_agent, kConnectLimit);
    if (!failure.empty()) {
        end(After::resume, std::move(failure));
    } else {
        if (!ending_known_) enter(GatewayState::hello);
        co_await (read() && write() && beat());
    }
    over();
}

/// Ends when the connection does.
Awaitable<void> GatewayConnection::read() {
    while (!over_) {
        if (!ending_known_ && !owner_.has_room()) {
            if (!closing_) allow(Clock::duration::max());
            heard_ = true;
            co_await room_.async_wait(nothrow);
            // What answered the heartbeats meanwhile is still to be read.
            heard_ = true;
            limit_state();
            continue;
        }
        auto message = co_await socket_.read();
        if (!message) break;
        if (!ending_known_) co_await on_bytes(*std::move(message));
    }
    const int code = socket_.close_code();
    if (!ending_known_) {
        ending_.close_code = code;
        const After then = after_close(code);
        if (then == After::never)
            end(then, refusal_sentence(code, options_.intents));
        else if (code != 0)
            end(then, "Discord closed the connection (close code " + std::to_string(code) + ")");
        else
            end(then, "the connection to Discord broke");
    }
    over();
}

/// The only place that writes to the socket.
Awaitable<void> GatewayConnection::write() {
    while (!over_ && !ending_known_) {
        if (!heartbeat_due_ && outbox_.empty()) {
            outgoing_.expires_at(Clock::time_point::max());
            co_await outgoing_.async_wait(nothrow);
            continue;
        }
        if (const auto wait = send_wait(heartbeat_due_); wait > 0s) {
            outgoing_.expires_after(wait);
            co_await outgoing_.async_wait(nothrow);
            continue;
        }
        std::string text;
        if (std::exchange(heartbeat_due_, false)) {
            text = heartbeat_text(owner_.session());
            beat_sent_ = Clock::now();
        } else {
            text = std::move(outbox_.front());
            outbox_.pop_front();
        }
        sent_.push_back(Clock::now());
        const bool written = co_await socket_.write(std::move(text));
        if (!written) {
            on_close_frame();  // the reader learns why it broke, if there is anything to learn
            break;
        }
    }
    // No close frame: Discord keeps the session of a connection that was dropped, and Beast's close waits for ever if
    // the other side's close frame comes while a read and the close wait for each other (seen in 1 of 200 stops).
    if (ending_known_ && !over_) socket_.drop();
}

Awaitable<void> GatewayConnection::beat() {
    while (!over_ && !ending_known_) {
        const auto [woken] = co_await pulse_.async_wait(nothrow);
        if (woken || ending_known_ || over_) continue;
        if (!heard_) {
            end(After::resume, "Discord did not answer a heartbeat");
            break;
        }
        heard_ = !owner_.has_room();
        send_heartbeat();
        beat_at_ += interval_;
        pulse_.expires_at(beat_at_);
    }
}

/// Keeps the deadlines.
Awaitable<void> GatewayConnection::watch() {
    while (!over_) {
        const auto [woken] = co_await deadline_.async_wait(nothrow);
        if (woken || over_ || deadline_.expiry() > Clock::now()) continue;
        if (ending_known_ || closing_ || state_ == GatewayState::connecting) {
            allow(Clock::duration::max());
            socket_.drop();
        } else if (state_ == GatewayState::hello) {
            end(After::resume, "Discord's gateway said nothing for " + std::to_string(kHelloLimit.count()) + " s");
        } else {
            end(After::resume, "Discord did not let the bot in for " + std::to_string(kReadyLimit.count()) + " s");
        }
    }
}

Awaitable<void> GatewayConnection::on_bytes(http::WebSocket::Message message) {
    std::string text;
    if (message.text) {
        text = std::move(message.bytes);
    } else {
        const auto fed = inflate_.feed(message.bytes, text);
        if (fed == Inflate::Fed::incomplete) co_return;
        if (fed == Inflate::Fed::broken) {
            end(After::resume,
                "what Discord sent cannot be unpacked (after byte " + std::to_string(inflate_.offset()) + ")");
            co_return;
        }
    }
    std::size_t bad = 0;
    json payload;
    try {
        payload = json::parse(text);
    } catch (const json::parse_error& error) {
        bad = std::max<std::size_t>(1, error.byte);
    }
    if (bad != 0) {
        end(After::resume,
            "what Discord sent is no JSON (byte " + std::to_string(bad) + " of " + std::to_string(text.size()) + ")");
        co_return;
    }
    co_await on_payload(std::move(payload), text.size());
}

Awaitable<void> GatewayConnection::on_payload(json payload, std::size_t bytes) {
    switch (number_at(payload, "op", -1)) {
        case 0:
            on_dispatch(payload, bytes);
            break;
        case 1:
            send_heartbeat();
            break;
        case 7:
            end(After::resume, "Discord asked for another connection");
            break;
        case 9:
            on_invalid_session(flag_at(payload, "d"));
            break;
        case 10: {
            const json data = object_at(payload, "d");
            if (state_ == GatewayState::hello) co_await on_hello(data);
            break;
        }
        case 11:
            heard_ = true;
            latency_ = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - beat_sent_);
            break;
        default:  // what this version of the program does not know
            break;
    }
}

Awaitable<void> GatewayConnection::on_hello(const json& data) {
    const std::int64_t interval = number_at(data, "heartbeat_interval");
    if (interval <= 0) {
        end(After::resume, "Discord's gateway did not say how often it wants a heartbeat");
        co_return;
    }
    ending_.greeted = true;
    interval_ = std::chrono::milliseconds(std::clamp<std::int64_t>(interval, 1'000, 600'000));
    // Not all bots that were cut off together knock together.
    const auto first = std::chrono::duration<double>(interval_) * options_.chance();
    beat_at_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(first);
    pulse_.expires_at(beat_at_);
    enter(resume_ ? GatewayState::resuming : GatewayState::identifying);
    if (resume_) {
        send(resume_text(options_, owner_.session()));
        co_return;
    }
    const bool may = co_await owner_.may_identify();
    if (may)
        send(identify_text(options_));
    else
        end(After::new_session, "the bot may not log in to Discord now");
}

void GatewayConnection::on_dispatch(json& payload, std::size_t bytes) {
    Event event;
    event.name = text_at(payload, "t");
    if (event.name.empty()) return;
    json data = object_at(payload, "d");
    event.session = owner_.session();
    event.replayed = state_ == GatewayState::resuming;
    event.received = Clock::now();
    event.bytes = bytes;
    const bool ready = event.name == "READY", resumed = event.name == "RESUMED";
    const std::int64_t seq = number_at(payload, "s", -1);
    event.session.seq = ready ? std::max<std::int64_t>(0, seq) : std::max(event.session.seq, seq);
    if (ready) {
        event.session.id = text_at(data, "session_id");
        event.session.resume_url = text_at(data, "resume_gateway_url");
    }
    event.data = std::make_shared<const json>(std::move(data));
    owner_.took(std::move(event));
    if (ready || resumed) {
        ending_.ready = Clock::now();
        enter(GatewayState::ready);
    } else if (state_ == GatewayState::resuming) {
        limit_state();  // there is much to catch up with, and it comes
    }
}

void GatewayConnection::on_invalid_session(bool resumable) {
    ending_.invalid = true;
    end(resumable ? After::resume : After::new_session,
        resumable ? "Discord asked to try again to go on with the session" : "Discord has ended the session");
}

void GatewayConnection::enter(GatewayState state) {
    state_ = state;
    limit_state();
    owner_.entered(state);
}

void GatewayConnection::limit_state() {
    if (ending_known_ || closing_) return;
    if (state_ == GatewayState::connecting)
        allow(kConnectLimit);
    else if (state_ == GatewayState::hello)
        allow(kHelloLimit);
    else if (state_ == GatewayState::ready)
        allow(Clock::duration::max());
    else
        allow(kReadyLimit);
}

/// Some servers say that they close and then do not.
void GatewayConnection::on_close_frame() {
    closing_ = true;
    if (!ending_known_) allow(kCloseLimit);
}

void GatewayConnection::allow(Clock::duration time) {
    if (time == Clock::duration::max())
        deadline_.expires_at(Clock::time_point::max());
    else
        deadline_.expires_after(time);
}

void GatewayConnection::send(std::string text) {
    if (text.size() > kPayloadBytes) {
        end(After::resume, "what is to be sent to Discord is too long");
        return;
    }
    outbox_.push_back(std::move(text));
    outgoing_.cancel();
}

void GatewayConnection::send_heartbeat() {
    heartbeat_due_ = true;
    outgoing_.cancel();
}

GatewayConnection::Clock::duration GatewayConnection::send_wait(bool heartbeat) {
    const auto now = Clock::now();
    while (!sent_.empty() && now - sent_.front() >= kSendWindow) sent_.pop_front();
    const std::size_t most = heartbeat ? kSends : kSends - kBeats;
    if (sent_.size() < most) return {};
    return sent_[sent_.size() - most] + kSendWindow - now;
}

void GatewayConnection::wake() {
    room_.cancel();
}

void GatewayConnection::leave() {
    end(After::resume, "the bot stops");
}

void GatewayConnection::end(After then, std::string what) {
    if (ending_known_) return;
    ending_known_ = true;
    ending_.then = then;
    ending_.what = std::move(what);
    if (state_ == GatewayState::connecting)
        socket_.drop();
    else
        allow(kCloseLimit);
    owner_.entered(GatewayState::closing);
    room_.cancel();
    outgoing_.cancel();
    pulse_.cancel();
}

void GatewayConnection::over() {
    over_ = true;
    socket_.drop();
    deadline_.cancel();
    room_.cancel();
    outgoing_.cancel();
    pulse_.cancel();
}

}  // namespace reweave::discord
