#include "adapters/matrix/outcomes.hpp"

namespace reweave::matrix {

Outcomes::Outcomes(asio::io_context& io, Shared& shared)
    : shared_(shared), wake_(io.get_executor(), Timer::time_point::max()) {}

void Outcomes::add(Outcome outcome) {
    outcomes_.push_back(std::move(outcome));
    wake_.cancel();
}

void Outcomes::note(engine::ChannelRow row) {
    Outcome outcome;
    outcome.row = std::move(row);
    add(std::move(outcome));
}

void Outcomes::told(
    engine::OutboxId outbox, const std::vector<std::string>& events, bool sent, const std::string& why, Said said) {
    if (!sent) shared_.report("a message was refused outbox=" + std::to_string(outbox.value) + ": " + why, false);
    Outcome outcome;
    outcome.said = std::move(said);
    outcome.delivered.outbox = outbox;
    outcome.delivered.result = sent ? engine::Delivered::Result::sent : engine::Delivered::Result::refused;
    if (!events.empty()) {
        outcome.delivered.channel_message = events.front();
        if (sent) outcome.prompt = events.back();
    }
    add(std::move(outcome));
}

Awaitable<void> Outcomes::work() {
    while (!shared_.stopped) {
        if (outcomes_.empty()) {
            wake_.expires_at(Timer::time_point::max());
            co_await wake_.async_wait(nothrow);
            continue;
        }
        Outcome outcome = std::move(outcomes_.front());
        outcomes_.pop_front();
        engine::Batch batch;
        batch.channel = kChannel;
        if (auto row = shared_.rooms.asked(outcome.said.letter, outcome.said.asks_in, outcome.prompt))
            batch.rows.push_back(std::move(*row));
        if (!outcome.row.key.empty()) batch.rows.push_back(std::move(outcome.row));
        if (!batch.rows.empty()) (void)co_await shared_.engine.hand_over(std::move(batch));
        if (!outcome.delivered.outbox) continue;
        engine::RequestBody body = std::move(outcome.delivered);
        (void)co_await shared_.engine.ask(std::move(body));
        if (outcome.said.stored) outcome.said.stored();
    }
}

}  // namespace reweave::matrix
