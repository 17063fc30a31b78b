#pragma once
/// \file A token bucket: so many at once, so many per second on average. Time is handed in.

#include <algorithm>
#include <chrono>

namespace reweave::server {

/// `per_second` 0 means no limit.
struct Rate {
    double per_second = 0;
    double burst = 1;
};

class TokenBucket {
 public:
    using Time = std::chrono::steady_clock::time_point;

    TokenBucket(Rate rate, Time now) : rate_(rate), left_(rate.burst), at_(now) {}

    /// Takes one if there is one.
    [[nodiscard]] bool take(Time now) {
        if (!has(now)) return false;
        if (rate_.per_second > 0) left_ -= 1;
        return true;
    }

    [[nodiscard]] bool has(Time now) {
        left_ = level(now);
        at_ = std::max(at_, now);
        return rate_.per_second <= 0 || left_ >= 1;
    }

    /// Nothing was taken for so long that a new bucket would be the same.
    [[nodiscard]] bool full(Time now) const { return level(now) >= rate_.burst; }

 private:
    [[nodiscard]] double level(Time now) const {
        const double seconds = std::chrono::duration<double>(now - at_).count();
        return std::min(rate_.burst, left_ + std::max(0.0, seconds) * rate_.per_second);
    }

    Rate rate_;
    double left_;
    Time at_;
};

}  // namespace reweave::server
