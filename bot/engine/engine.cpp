#include "bot/engine/engine.hpp"

#include <algorithm>
#include <utility>

namespace reweave::engine {

using namespace std::chrono_literals;

Engine::Engine(Core& core, const Clock& clock, Handlers handlers)
    : core_(core), clock_(clock), handlers_(std::move(handlers)) {}

Engine::~Engine() {
    stop();
}

void Engine::start() {
    thread_ = std::thread([this] { loop(); });
}

void Engine::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

bool Engine::submit(Request&& request) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || failed_ || queue_.size() >= kQueue) return false;
        queue_.push_back(std::move(request));
        if (queue_.size() > 1) return true;  // the thread knows already
    }
    wake_.notify_one();
    return true;
}

std::size_t Engine::queued() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

CoreCounters Engine::counters() const {
    const std::lock_guard lock(mutex_);
    return counters_;
}

/// Waits for a request, a due timer or the end. Empty at the end, or when only timers are due.
std::vector<Request> Engine::next_batch() {
    std::unique_lock lock(mutex_);
    const auto something = [&] { return stopping_ || !queue_.empty(); };
    if (const auto due = core_.next_due()) {
        // At most a minute, so that a change of the machine's clock is noticed.
        const auto ahead = std::clamp<std::chrono::milliseconds>(*due - clock_.now(), 0ms, 60s);
        wake_.wait_for(lock, ahead, something);
    } else {
        wake_.wait_for(lock, 60s, something);
    }
    std::vector<Request> batch;
    const std::size_t count = std::min(queue_.size(), kMaxBatch);
    batch.reserve(count);
    std::move(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count), std::back_inserter(batch));
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
    return batch;
}

void Engine::loop() {
    for (;;) {
        std::vector<Request> batch = next_batch();
        const auto due = core_.next_due();
        const bool timers = due && *due <= clock_.now();
        if (batch.empty() && !timers) {
            const std::lock_guard lock(mutex_);
            if (stopping_ && queue_.empty()) return;
            continue;
        }
        const std::size_t size = batch.size();
        const auto begun = std::chrono::steady_clock::now();
        try {
            std::vector<Output> outputs = core_.run(std::move(batch));
            handlers_.outputs(std::move(outputs));
        } catch (const std::exception& e) {
            {
                const std::lock_guard lock(mutex_);
                failed_ = true;
                queue_.clear();
            }
            handlers_.failed(e.what());
            return;
        }
        if (handlers_.batch) handlers_.batch(size, std::chrono::steady_clock::now() - begun);
        const std::uint64_t failed = core_.counters().failed_turns - counters_.failed_turns;
        if (failed > 0 && handlers_.turns_failed) handlers_.turns_failed(failed);
        const std::lock_guard lock(mutex_);
        counters_ = core_.counters();
    }
}

}  // namespace reweave::engine
