#include "adapters/common/back_off.hpp"

#include <algorithm>
#include <cstdint>
#include <random>

namespace reweave {

std::chrono::milliseconds back_off(int n) {
    static std::minstd_rand chance{std::random_device{}()};
    const std::int64_t longest = std::min<std::int64_t>(300'000, std::int64_t{1000} << std::clamp(n - 1, 0, 9));
    return std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(longest / 2, longest)(chance));
}

}  // namespace reweave
