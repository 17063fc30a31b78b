#include "bot/server/hub.hpp"

#include <algorithm>

#include "bot/server/peer.hpp"

namespace reweave::server {
namespace {

static_assert(Peer::kHelloSlot < (1U << kSlotBits));

constexpr std::size_t kMaxSpent = 1024;

}  // namespace

HubMetrics::HubMetrics(Metrics& metrics)
    : frames(metrics.counter("reweave_frames_total", "Frames that clients sent.")),
      refusals(metrics.counter("reweave_refusals_total", "Frames that were answered with an error.")),
      rate_limited(metrics.counter("reweave_rate_limited_total", "Messages refused because there were too many.")),
      slow_readers(
          metrics.counter("reweave_slow_readers_total", "Connections closed because the client did not read.")),
      answer_seconds(metrics.histogram("reweave_answer_seconds",
                                       "From a message's arrival to its acknowledgement.",
                                       {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5})) {}

Hub::Hub(engine::EngineGate& gate, HubOptions options, Metrics& metrics)
    : gate_(&gate), options_(std::move(options)), metrics_(metrics) {}

void Hub::on_outputs(std::vector<engine::Output>&& outputs, Now now) {
    for (engine::Output& output : outputs) {
        if (auto* reply = std::get_if<engine::Reply>(&output)) {
            on(*reply, now);
        } else if (const auto* deliver = std::get_if<engine::Deliver>(&output)) {
            on(*deliver);
        } else if (const auto* close = std::get_if<engine::Close>(&output)) {
            on(*close, now);
        }
    }
    flush();
}

void Hub::on(engine::Reply& reply, Now now) {
    const auto found = peers_.find(reply.ticket >> kSlotBits);
    const std::size_t slot = reply.ticket & ((1U << kSlotBits) - 1);
    if (found != peers_.end() && !found->second->ended()) {
        found->second->on_reply(slot, reply, now);
    } else if (slot == Peer::kHelloSlot && reply.code == engine::Reply::Code::ok) {
        submit(0, engine::Gone{reply.person});  // it left before it was answered
    }
}

void Hub::on(const engine::Deliver& deliver) {
    const auto found = people_.find(deliver.message.person.value);
    if (found == people_.end()) return;
    const std::string frame = wire::encode(deliver.message, options_.readers);
    for (Peer* peer : found->second.peers) peer->on_message(deliver.message, frame);
}

void Hub::on(const engine::Close& close, Now now) {
    const auto found = people_.find(close.person.value);
    if (found == people_.end()) return;
    const std::vector<Peer*> peers = found->second.peers;  // a copy: they may leave the person while being told
    for (Peer* peer : peers) {
        if (!close.identity || close.identity == peer->identity_) peer->on_close(close.why, now);
    }
}

bool Hub::submit(std::uint64_t ticket, engine::RequestBody body) {
    if (gate_ == nullptr) return true;
    engine::Request request{ticket, std::move(body)};
    if (waiting_.empty() && gate_->submit(std::move(request))) return true;
    waiting_.push_back(std::move(request));  // NOLINT(bugprone-use-after-move): untouched if it was not taken
    return false;
}

bool Hub::flush() {
    while (!waiting_.empty()) {
        const std::uint64_t ticket = waiting_.front().ticket;
        if (gate_ != nullptr && !gate_->submit(std::move(waiting_.front()))) return false;
        waiting_.pop_front();
        const auto found = peers_.find(ticket >> kSlotBits);
        if (found != peers_.end()) found->second->resumed();
    }
    return true;
}

std::uint64_t Hub::add(Peer& peer) {
    const std::uint64_t number = ++next_peer_;
    peers_.emplace(number, &peer);
    return number;
}

void Hub::join(engine::PersonId person, Peer& peer, Now now) {
    const Present fresh{{}, TokenBucket(options_.person, now)};
    std::vector<Peer*>& peers = people_.try_emplace(person.value, fresh).first->second.peers;
    const auto open = std::count_if(peers.begin(), peers.end(), [](const Peer* p) { return !p->ended(); });
    if (static_cast<std::size_t>(open) >= options_.connections_per_person) {
        const auto oldest = std::find_if(peers.begin(), peers.end(), [](const Peer* p) { return !p->ended(); });
        (*oldest)->goodbye(wire::Bye::replaced);
    }
    peers.push_back(&peer);
}

void Hub::leave(engine::PersonId person, Peer& peer) {
    const auto found = people_.find(person.value);
    if (found == people_.end()) return;
    std::erase(found->second.peers, &peer);
    if (found->second.peers.empty()) people_.erase(found);
    submit(0, engine::Gone{person});
}

bool Hub::take_message(engine::PersonId person, Now now) {
    const auto found = people_.find(person.value);
    return found == people_.end() || found->second.bucket.take(now);
}

bool Hub::is_spent(const std::string& handle) const {
    return std::find(spent_.begin(), spent_.end(), handle) != spent_.end();
}

void Hub::remember_spent(std::string handle) {
    if (is_spent(handle)) return;
    if (spent_.size() == kMaxSpent) spent_.pop_front();
    spent_.push_back(std::move(handle));
}

}  // namespace reweave::server
