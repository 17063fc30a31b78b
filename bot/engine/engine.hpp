#pragma once
/// \file The engine's thread and its bounded queue: all that arrived while a batch was being committed makes the next
/// batch.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "bot/engine/core.hpp"

namespace reweave::engine {

class Engine {
 public:
    static constexpr std::size_t kQueue = 8192;     ///< requests that may wait; then submit() says no
    static constexpr std::size_t kMaxBatch = 1024;  ///< requests in one transaction

    struct Handlers {
        /// After each commit, on the engine's thread; must not block.
        std::function<void(std::vector<Output>&&)> outputs;
        /// The environment failed, on the engine's thread; no turn is taken any more. The sentence is for the operator.
        std::function<void(const std::string&)> failed;
        /// Size of a batch and how long it took, for the metrics.
        std::function<void(std::size_t, std::chrono::nanoseconds)> batch;
        /// So many turns of a batch were undone by a fault of ours.
        std::function<void(std::uint64_t)> turns_failed;
    };

    Engine(Core& core, const Clock& clock, Handlers handlers);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    void start();
    /// Takes no more, runs what is queued, joins the thread.
    void stop();

    /// Any thread. False when the queue is full or the engine has stopped: nothing was taken.
    [[nodiscard]] bool submit(Request&& request);
    /// Any thread.
    [[nodiscard]] std::size_t queued() const;
    [[nodiscard]] CoreCounters counters() const;

 private:
    void loop();
    [[nodiscard]] std::vector<Request> next_batch();

    Core& core_;
    const Clock& clock_;
    Handlers handlers_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Request> queue_;
    CoreCounters counters_;
    bool stopping_ = false;
    bool failed_ = false;
    std::thread thread_;
};

}  // namespace reweave::engine
