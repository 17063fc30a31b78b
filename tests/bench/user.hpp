#pragma once
/// \file One simulated person of the load generator.

#include <chrono>
#include <cstdint>
#include <string>

#include "tests/bench/socket.hpp"

namespace reweave::bench {

struct User {
    enum class Phase { connecting, greeting, ready, ack, answer, history, away };
    Socket socket;
    Phase phase = Phase::connecting;
    std::string token;
    std::int64_t head = 0;     ///< newest message seen
    std::int64_t welcome = 0;  ///< newest message there was when we came
    std::int64_t turn = 0;     ///< turns answered
    std::int64_t done = 0;     ///< of those, since we began
    std::int64_t id = 0;       ///< of the newest message sent
    std::int64_t goal = 0;     ///< resume: the number that the answer will have
    bool acked = false;
    bool resending = false;
    bool settled = false;  ///< past the greeting (idle: past the turn)
    std::string says, hears;
    std::chrono::steady_clock::time_point since;
    std::uint32_t watching = 0;  ///< what epoll was asked for
};

}  // namespace reweave::bench
