#include "bot/deps/asio.hpp"

namespace reweave {

MonotonicClock::time_point MonotonicClock::now() noexcept {
    return std::chrono::steady_clock::now();
}

}  // namespace reweave
