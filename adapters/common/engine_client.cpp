#include "adapters/common/engine_client.hpp"

namespace reweave::adapters {
namespace {

using namespace std::chrono_literals;

constexpr auto kTryAgain = 20ms;  ///< when the engine's queue is full

/// All adapters run on one thread and take their tickets here, so that each knows which answers are its own.
std::uint64_t next_ticket() {
    static std::uint64_t next = engine::kFirstChannelTicket;
    return next++;
}

engine::Reply failed() {
    engine::Reply reply;
    reply.code = engine::Reply::Code::failed;
    return reply;
}

/// If not, the request is as it was.
bool takes(engine::EngineGate& gate, engine::Request& request) {
    return gate.submit(std::move(request));
}

}  // namespace

EngineClient::EngineClient(asio::io_context& io, engine::EngineGate& gate) : io_(io), gate_(gate) {}

Awaitable<engine::Reply> EngineClient::ask(engine::RequestBody body) {
    std::vector<engine::Reply> replies = co_await wait_for(std::move(body), 1);
    co_return std::move(replies.front());
}

Awaitable<std::vector<engine::Reply>> EngineClient::hand_over(engine::Batch batch) {
    const std::size_t expected = std::max<std::size_t>(1, batch.inbounds.size());
    engine::RequestBody body = std::move(batch);
    std::vector<engine::Reply> replies = co_await wait_for(std::move(body), expected);
    co_return replies;
}

Awaitable<std::vector<engine::Reply>> EngineClient::wait_for(engine::RequestBody body, std::size_t expected) {
    const auto waiting = std::make_shared<Waiting>(io_);
    waiting->expected = expected;
    engine::Request request;
    request.ticket = next_ticket();
    request.body = std::move(body);
    const std::uint64_t ticket = request.ticket;
    waiting_.emplace(ticket, waiting);
    while (!stopped_ && !takes(gate_, request)) {
        Timer pause(io_.get_executor(), kTryAgain);
        co_await pause.async_wait(nothrow);
    }
    while (!stopped_ && waiting->replies.size() < expected) co_await waiting->wake.async_wait(nothrow);
    waiting_.erase(ticket);
    waiting->replies.resize(expected, failed());
    co_return std::move(waiting->replies);
}

bool EngineClient::tell(const engine::Delivered& delivered) {
    engine::Request request;
    request.ticket = next_ticket();
    request.body = delivered;
    return gate_.submit(std::move(request));
}

void EngineClient::on_outputs(const std::vector<engine::Output>& outputs) {
    for (const engine::Output& output : outputs) {
        const auto* reply = std::get_if<engine::Reply>(&output);
        if (!reply) continue;
        const auto found = waiting_.find(reply->ticket);
        if (found == waiting_.end()) continue;
        Waiting& waiting = *found->second;
        waiting.replies.push_back(*reply);
        if (waiting.replies.size() >= waiting.expected) waiting.wake.cancel();
    }
}

void EngineClient::stop() {
    stopped_ = true;
    for (const auto& [ticket, waiting] : waiting_) waiting->wake.cancel();
}

}  // namespace reweave::adapters
