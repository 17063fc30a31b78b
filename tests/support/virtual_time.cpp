#include "tests/support/virtual_time.hpp"

#include <atomic>
#include <thread>

namespace reweave {
namespace {

std::atomic<MonotonicClock::rep> ahead{0};

}  // namespace

/// In place of the one in bot/deps: what stands in the program itself is linked before what stands in its libraries.
MonotonicClock::time_point MonotonicClock::now() noexcept {
    return std::chrono::steady_clock::now() + duration(ahead.load());
}

namespace test {

void move_clock(MonotonicClock::duration by) {
    ahead += by.count();
}

bool run_until(asio::io_context& io,
               const std::function<bool()>& done,
               MonotonicClock::duration limit,
               MonotonicClock::duration step) {
    using namespace std::chrono_literals;
    const auto end = MonotonicClock::now() + limit;
    while (!done()) {
        // The reactor looks at the timers when its own alarm rings, which was set by the clock as it was. Only a timer
        // before all others, also those that are due, sets it anew.
        Timer look(io.get_executor(), MonotonicClock::time_point::min());
        look.async_wait([](const boost::system::error_code&) {});
        io.restart();
        std::size_t ran = io.poll();
        if (ran <= 1) {  // bytes may be on their way through the kernel
            std::this_thread::sleep_for(50us);
            io.restart();
            ran = io.poll();
        }
        if (ran > 1) continue;
        if (MonotonicClock::now() >= end) return done();
        move_clock(step);
    }
    return true;
}

void run_for(asio::io_context& io, MonotonicClock::duration time, MonotonicClock::duration step) {
    (void)run_until(
        io, [] { return false; }, time, step);
}

}  // namespace test
}  // namespace reweave
