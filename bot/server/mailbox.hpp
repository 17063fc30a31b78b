#pragma once
/// \file A bounded queue between coroutines of one thread. It ends a loop by being closed, never by cancellation.

#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

#include "bot/deps/asio.hpp"

namespace reweave::server {

/// Frames for one writer. Bounded in bytes as well as in number: a thousand acknowledgements and ten long messages
/// weigh the same.
template <class Item>
class Mailbox {
 public:
    enum class Push { accepted, full, closed };

    Mailbox(const Executor& executor, std::size_t max_items, std::size_t max_bytes)
        : wake_(executor, Timer::time_point::max()), max_items_(max_items), max_bytes_(max_bytes) {}

    /// Never blocks; the caller decides what `full` means.
    [[nodiscard]] Push push(Item item) {
        if (closed_) return Push::closed;
        if (items_.size() >= max_items_ || bytes_ + item.size() > max_bytes_) return Push::full;
        bytes_ += item.size();
        items_.push_back(std::move(item));
        wake_.cancel_one();
        return Push::accepted;
    }

    /// Waits until there is something and takes all of it. Empty once the mailbox is closed and drained: the writer's
    /// signal to end. At most one coroutine may wait.
    Awaitable<std::vector<Item>> take() {
        while (items_.empty() && !closed_) {
            co_await wake_.async_wait(nothrow);  // an "error" here only means: woken, look again
        }
        bytes_ = 0;
        co_return std::exchange(items_, {});
    }

    void close() {
        closed_ = true;
        wake_.cancel();
    }

    /// Closes, and forgets what was not taken yet.
    void discard() {
        items_.clear();
        close();
    }

    [[nodiscard]] bool closed() const { return closed_; }

 private:
    Timer wake_;  // a condition variable: never expires, is cancelled to wake the writer
    std::vector<Item> items_;
    std::size_t max_items_;
    std::size_t max_bytes_;
    std::size_t bytes_ = 0;
    bool closed_ = false;
};

}  // namespace reweave::server
