#pragma once
/// \file The machine's clock.

#include "bot/engine/ports.hpp"

namespace reweave::app {

class SystemClock final : public engine::Clock {
 public:
    [[nodiscard]] engine::TimePoint now() const override {
        return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }
};

}  // namespace reweave::app
