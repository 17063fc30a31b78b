#include "tests/support/fake_discord_gateway.hpp"

#include <algorithm>
#include <boost/beast/http/write.hpp>

namespace reweave::test::fake {
namespace {

using namespace std::chrono_literals;
namespace beast_http = boost::beast::http;

constexpr std::size_t kMostBytes = 4096, kMostSends = 120;
constexpr std::chrono::seconds kSendsIn = 60s, kIdentifiesIn = 24h, kConcurrencyIn = 5s, kGoesAfter = 5s;
constexpr std::size_t kDuplicates = 3, kBuffered = 10'000;
constexpr std::uint64_t kPrivileged = 1U << 1 | 1U << 8 | kMessageContent;
constexpr std::uint64_t kKnownIntents = 0x1ffffU | 1U << 20 | 1U << 21 | 1U << 24 | 1U << 25;

/// Codes after which a session cannot be resumed.
bool ends_session(int code) {
    return code == 1000 || code == 1001 || code == 4003 || code == 4004 || code == 4006 || code == 4007 ||
           (code >= 4009 && code <= 4014);
}

/// Without the privileged intent, but for what is said to the bot or by it.
json redacted(const World& world, const json& message) {
    if (!message.contains("guild_id") || message["author"]["id"] == world.bot) return message;
    for (const json& who : message["mentions"])
        if (who["id"] == world.bot) return message;
    json blank = message;
    blank["content"] = "";
    for (const char* field : {"embeds", "attachments", "components"}) blank[field] = json::array();
    if (blank.contains("referenced_message") && blank["referenced_message"].is_object()) {
        json& inner = blank["referenced_message"];
        if (inner["author"]["id"] != world.bot) inner["content"] = "";
    }
    return blank;
}

void forget_older(std::deque<TimePoint>& times, MonotonicClock::duration than) {
    while (!times.empty() && MonotonicClock::now() - times.front() >= than) times.pop_front();
}

}  // namespace

Gateway::Gateway(asio::io_context& io, World& world, std::function<void(Awaitable<void>)> spawn)
    : io_(io), world_(world), spawn_(std::move(spawn)) {}

Awaitable<void> Gateway::serve(Socket socket, Upgrade request) {
    GatewayPlan plan;
    if (!plans.empty()) {
        plan = plans.front();
        plans.pop_front();
    }
    ++world_.counters.connections;
    if (plan.refuse != 0) {
        beast_http::response<beast_http::string_body> response(static_cast<beast_http::status>(plan.refuse), 11);
        response.prepare_payload();
        co_await beast_http::async_write(socket, response, nothrow);
        co_return;
    }
    const std::string target(request.target());
    const bool compressed = target.find("compress=zlib-stream") != std::string::npos;
    const auto peer = std::make_shared<Peer>(std::move(socket), plan, compressed, io_.get_executor());
    if (!co_await peer->wire.accept(std::move(request))) co_return;
    peers_.insert(peer);
    spawn_(write_all(peer));
    if (target.find("v=10") == std::string::npos)
        close(peer, 4012);
    else
        spawn_(watch(peer));
    for (;;) {
        const std::optional<std::string> text = co_await peer->wire.read();
        if (!text) break;
        if (!peer->wire.closing()) take(peer, *text);
    }
    leave(peer, ends_session(peer->wire.client_code()));
    peer->over = true;
    peer->watch.cancel();
    if (!peer->wire.silent()) peers_.erase(peer);
}

Awaitable<void> Gateway::write_all(PeerPtr peer) {
    co_await peer->wire.write_all();
}

Awaitable<void> Gateway::watch(PeerPtr peer) {
    if (peer->plan.reconnect_first) {
        say(peer, 7, nullptr);
        spawn_(close_later(peer));
        co_return;
    }
    if (!peer->plan.hello) co_return;
    if (peer->plan.hello_after.count() > 0) {
        peer->watch.expires_after(peer->plan.hello_after);
        co_await peer->watch.async_wait(nothrow);
        if (peer->over) co_return;
    }
    json hello = {{"heartbeat_interval", world_.options.heartbeat.count()}};
    say(peer, 10, hello);
    peer->last_beat = MonotonicClock::now();
    const auto patience = world_.options.heartbeat * 3 / 2;
    for (;;) {
        peer->watch.expires_at(peer->last_beat + patience);
        co_await peer->watch.async_wait(nothrow);
        if (peer->over || peer->wire.closing()) co_return;
        if (MonotonicClock::now() < peer->last_beat + patience) continue;
        world_.complain("heartbeats stayed out");
        close(peer, 4009);
        co_return;
    }
}

Awaitable<void> Gateway::cut_later(PeerPtr peer) {
    peer->watch.expires_after(kGoesAfter);
    co_await peer->watch.async_wait(nothrow);
    if (!peer->over) peer->wire.cut();
}

Awaitable<void> Gateway::close_later(PeerPtr peer) {
    Timer wait(io_.get_executor(), kGoesAfter);
    co_await wait.async_wait(nothrow);
    if (!peer->over) close(peer, 0);
}

void Gateway::take(const PeerPtr& peer, const std::string& text) {
    forget_older(peer->sends, kSendsIn);
    peer->sends.push_back(MonotonicClock::now());
    if (peer->sends.size() > kMostSends) {
        world_.complain("the gateway was sent more than 120 messages in 60 s");
        return close(peer, 4008);
    }
    if (text.size() > kMostBytes) {
        world_.complain("the gateway was sent a message of more than 4096 bytes");
        return close(peer, 4002);
    }
    const json message = json::parse(text, nullptr, false);
    if (!message.is_object() || !message.contains("op") || !message["op"].is_number_integer()) return close(peer, 4002);
    const int op = message["op"].get<int>();
    const json d = message.value("d", json());
    if (op == 1) {
        ++world_.counters.heartbeats;
        peer->last_beat = MonotonicClock::now();
        if (!d.is_null() && !d.is_number_integer()) return close(peer, 4002);
        if (peer->plan.acks) say(peer, 11, nullptr);
    } else if (op == 2) {
        identify(peer, d);
    } else if (op == 6) {
        resume(peer, d);
    } else if (op != 3 && op != 4 && op != 8 && op != 31) {
        close(peer, 4001);
    } else if (peer->session.empty()) {
        close(peer, 4003);
    }
}

bool Gateway::goes_wrong(const PeerPtr& peer) {
    if (peer->plan.invalid_session) {
        say(peer, 9, *peer->plan.invalid_session);
        return true;
    }
    if (peer->plan.close_code == 0 || peer->plan.close_after > 0) return false;
    close(peer, peer->plan.close_code);
    return true;
}

void Gateway::identify(const PeerPtr& peer, const json& d) {
    ++world_.counters.identifies;
    if (!peer->session.empty()) return close(peer, 4005);
    if (!d.is_object() || !d.contains("intents") || !d["intents"].is_number_unsigned() || !d.contains("token") ||
        !d["token"].is_string() || !d.contains("properties") || !d["properties"].is_object())
        return close(peer, 4002);
    if (world_.token_is_reset || d["token"] != world_.options.token) return close(peer, 4004);
    forget_older(identifies_, kIdentifiesIn);
    if (identifies_.size() >= static_cast<std::size_t>(world_.options.identifies_left)) {
        world_.complain("more IDENTIFYs than there are in a day: the token is reset");
        world_.token_is_reset = true;
        sessions_.clear();
        return close_all(4004);
    }
    const auto now = MonotonicClock::now();
    const auto recent = std::count_if(
        identifies_.begin(), identifies_.end(), [&](const TimePoint& at) { return now - at < kConcurrencyIn; });
    identifies_.push_back(now);
    if (recent >= world_.options.max_concurrency) return say(peer, 9, false);
    const std::uint64_t intents = d["intents"].get<std::uint64_t>();
    if (intents & ~kKnownIntents) return close(peer, 4013);
    const std::uint64_t allowed = world_.options.message_content ? kMessageContent : 0;
    if (intents & kPrivileged & ~allowed) return close(peer, 4014);
    const json shard = d.value("shard", json::array({0, 1}));
    if (!shard.is_array() || shard.size() != 2 || shard[0] != 0 || shard[1] != 1) return close(peer, 4010);
    if (goes_wrong(peer)) return;

    Session session;
    session.id = "session-" + world_.new_id();
    session.intents = intents;
    session.peer = peer;
    peer->session = session.id;
    Session& made = sessions_[session.id] = session;
    json ready = {{"v", 10}, {"user", world_.self_json()}, {"session_id", made.id}, {"shard", shard}};
    ready["guilds"] = json::array();
    for (const auto& [id, guild] : world_.guilds)
        if (guild.with_bot) ready["guilds"].push_back({{"id", id}, {"unavailable", true}});
    ready["resume_gateway_url"] = "ws://127.0.0.1:" + std::to_string(world_.port) + "/resume";
    ready["application"] = {{"id", world_.bot}, {"flags", world_.options.message_content ? 1 << 19 : 0}};
    for (const char* list : {"private_channels", "relationships", "presences", "geo_ordered_rtc_regions", "_trace"})
        ready[list] = json::array();
    ready["user_settings"] = json::object();
    ready["session_type"] = "normal";
    push(made, "READY", ready);
    if (!(intents & kGuilds)) return;
    for (const auto& [id, guild] : world_.guilds)
        if (guild.with_bot && sessions_.count(session.id)) push(made, "GUILD_CREATE", world_.guild_json(guild));
}

void Gateway::resume(const PeerPtr& peer, const json& d) {
    ++world_.counters.resumes;
    if (!peer->session.empty()) return close(peer, 4005);
    if (!d.is_object() || !d.value("seq", json()).is_number_integer() || !d.value("session_id", json()).is_string())
        return close(peer, 4002);
    if (world_.token_is_reset || d.value("token", json()) != world_.options.token) return close(peer, 4004);
    if (goes_wrong(peer)) return;
    drop_expired();
    const auto found = sessions_.find(d["session_id"].get<std::string>());
    if (found == sessions_.end()) return say(peer, 9, false);
    Session& session = found->second;
    const auto seq = d["seq"].get<std::int64_t>();
    if (seq > session.seq) {
        sessions_.erase(found);
        return close(peer, 4007);
    }
    if (!session.sent.empty() && seq + 1 < session.sent.front().first) return say(peer, 9, false);
    if (const PeerPtr before = session.peer.lock()) {
        before->session.clear();
        before->wire.cut();
    }
    session.peer = peer;
    peer->session = session.id;
    const auto from = peer->plan.duplicates ? seq - static_cast<std::int64_t>(kDuplicates) : seq;
    const auto missed = session.sent;
    for (const auto& [number, text] : missed)
        if (number > from) deliver(peer, text);
    if (!peer->wire.closing()) push(session, "RESUMED", {{"_trace", json::array()}});
}

void Gateway::close(const PeerPtr& peer, int code) {
    if (peer->wire.closing()) return;
    peer->wire.close(code);
    leave(peer, ends_session(code));
    spawn_(cut_later(peer));
}

void Gateway::leave(const PeerPtr& peer, bool ends) {
    const auto found = sessions_.find(peer->session);
    peer->session.clear();
    if (found == sessions_.end()) return;
    if (ends) {
        sessions_.erase(found);
        return;
    }
    found->second.left = MonotonicClock::now();
    found->second.peer.reset();
}

void Gateway::say(const PeerPtr& peer, int op, const json& d) {
    const json message = {{"op", op}, {"d", d}, {"s", nullptr}, {"t", nullptr}};
    peer->wire.send(message.dump());
}

void Gateway::push(Session& session, const std::string& event, const json& data) {
    const json message = {{"op", 0}, {"t", event}, {"s", ++session.seq}, {"d", data}};
    session.sent.emplace_back(session.seq, message.dump());
    if (session.sent.size() > kBuffered) session.sent.pop_front();
    const std::string text = session.sent.back().second;
    if (const PeerPtr peer = session.peer.lock()) deliver(peer, text);
}

void Gateway::deliver(const PeerPtr& peer, const std::string& text) {
    peer->wire.send(text);
    if (peer->plan.close_code != 0 && ++peer->events == peer->plan.close_after) close(peer, peer->plan.close_code);
}

void Gateway::dispatch(const std::string& event, const json& data, std::uint64_t intents) {
    drop_expired();
    const bool message = event == "MESSAGE_CREATE" || event == "MESSAGE_UPDATE";
    std::vector<std::string> ids;
    for (const auto& [id, session] : sessions_)
        if (intents == 0 || (session.intents & intents)) ids.push_back(id);
    for (const std::string& id : ids) {
        const auto found = sessions_.find(id);
        if (found == sessions_.end()) continue;
        const bool whole = !message || !data.contains("author") || (found->second.intents & kMessageContent);
        push(found->second, event, whole ? data : redacted(world_, data));
    }
}

json Gateway::about() const {
    const auto now = MonotonicClock::now();
    int used = 0;
    milliseconds reset{0};
    for (const TimePoint& at : identifies_) {
        if (now - at >= kIdentifiesIn) continue;
        if (++used == 1) reset = std::chrono::duration_cast<milliseconds>(at + kIdentifiesIn - now);
    }
    const int left = world_.options.identifies_left;
    json limit = {{"total", std::max(left, 1000)}, {"remaining", std::max(0, left - used)}};
    limit.update({{"reset_after", reset.count()}, {"max_concurrency", world_.options.max_concurrency}});
    return {{"url", "ws://127.0.0.1:" + std::to_string(world_.port) + "/gateway"},
            {"shards", 1},
            {"session_start_limit", limit}};
}

void Gateway::drop_expired() {
    for (auto session = sessions_.begin(); session != sessions_.end();) {
        const bool gone =
            session->second.peer.expired() && MonotonicClock::now() - session->second.left > world_.options.resumable;
        session = gone ? sessions_.erase(session) : std::next(session);
    }
}

std::vector<Gateway::PeerPtr> Gateway::live() const {
    std::vector<PeerPtr> all;
    for (const PeerPtr& peer : peers_)
        if (!peer->wire.closing()) all.push_back(peer);
    return all;
}

bool Gateway::connected() const {
    const std::vector<PeerPtr> all = live();
    return std::any_of(all.begin(), all.end(), [](const PeerPtr& peer) { return !peer->session.empty(); });
}

void Gateway::ask_reconnect() {
    for (const PeerPtr& peer : live()) {
        say(peer, 7, nullptr);
        spawn_(close_later(peer));
    }
}

void Gateway::ask_heartbeat() {
    for (const PeerPtr& peer : live()) say(peer, 1, nullptr);
}

void Gateway::invalidate(bool resumable) {
    for (const PeerPtr& peer : live()) {
        if (peer->session.empty()) continue;
        say(peer, 9, resumable);
        leave(peer, !resumable);
    }
}

void Gateway::close_all(int code) {
    for (const PeerPtr& peer : live()) close(peer, code);
}

void Gateway::cut_all() {
    const std::set<PeerPtr> all = peers_;  // the silent ones, too
    for (const PeerPtr& peer : all) {
        leave(peer, false);
        peer->wire.cut();
        peer->over = true;
        peer->watch.cancel();
    }
    peers_.clear();
}

void Gateway::silence_all() {
    for (const PeerPtr& peer : live()) peer->wire.silence();
}

void Gateway::stop_acks() {
    for (const PeerPtr& peer : live()) peer->plan.acks = false;
}

void Gateway::forget_sessions() {
    sessions_.clear();
}

void Gateway::send_raw(const std::string& bytes) {
    for (const PeerPtr& peer : live()) peer->wire.send(bytes);
}

}  // namespace reweave::test::fake
