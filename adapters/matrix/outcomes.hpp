#pragma once
/// \file What is stored apart from a sync: how messages fared, and what was learnt of rooms meanwhile. One thread, the
/// I/O thread.

#include <deque>
#include <functional>
#include <string>

#include "adapters/matrix/shared.hpp"

namespace reweave::matrix {

/// What is to be noted when it is known how a message fared.
struct Said {
    std::string letter = {};
    std::string asks_in = {};           ///< room in which it asks something
    std::function<void()> stored = {};  ///< called when the engine knows it
};

class Outcomes {
 public:
    Outcomes(asio::io_context& io, Shared& shared);
    Outcomes(const Outcomes&) = delete;
    Outcomes& operator=(const Outcomes&) = delete;

    /// Stores it soon.
    void note(engine::ChannelRow row);

    /// How a message fared that has become `events`, in order; `why` is for the operator.
    void told(engine::OutboxId outbox,
              const std::vector<std::string>& events,
              bool sent,
              const std::string& why,
              Said said = {});

    /// Tells the engine, and notes the newest prompt of each room: reactions are answers to it. Ends after stop().
    [[nodiscard]] Awaitable<void> work();
    void stop() { wake_.cancel(); }

 private:
    struct Outcome {
        engine::Delivered delivered = {};  ///< outbox none: nothing was delivered
        engine::ChannelRow row = {};       ///< to be stored; key empty: none
        Said said = {};
        std::string prompt = {};  ///< event that asks it
    };
    void add(Outcome outcome);

    Shared& shared_;
    std::deque<Outcome> outcomes_;
    Timer wake_;
};

}  // namespace reweave::matrix
