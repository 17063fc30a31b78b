#include "bot/server/deadlines.hpp"

namespace reweave::server {

void Deadlines::set(Limited& what, Timer::duration limit) {
    clear(what);
    what.deadline_ = Timer::clock_type::now() + limit;
    queue_.emplace(what.deadline_, &what);
    if (queue_.begin()->second == &what) timer_.cancel();  // it is the next one now
}

void Deadlines::clear(Limited& what) {
    if (what.deadline_ == Timer::time_point()) return;
    queue_.erase({what.deadline_, &what});
    what.deadline_ = {};
}

Awaitable<void> Deadlines::run() {
    while (!stopped_) {
        timer_.expires_at(queue_.empty() ? Timer::time_point::max() : queue_.begin()->first);
        co_await timer_.async_wait(nothrow);
        const auto now = Timer::clock_type::now();
        while (!stopped_ && !queue_.empty() && queue_.begin()->first <= now) {
            Limited& due = *queue_.begin()->second;
            clear(due);
            due.on_time_up();
        }
    }
}

void Deadlines::stop() {
    stopped_ = true;
    timer_.cancel();
}

}  // namespace reweave::server
