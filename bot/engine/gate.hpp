#pragma once
/// \file The only way of the server and the adapters to the engine.

#include "bot/engine/messages.hpp"

namespace reweave::engine {

class EngineGate {
 public:
    virtual ~EngineGate() = default;

    /// Puts a request into the engine's bounded queue; never blocks. False if it is full: `request` is then as it was.
    /// The outputs come back in batches, on the I/O thread.
    [[nodiscard]] virtual bool submit(Request&& request) = 0;
};

/// Who asks takes tickets from a range of their own, and knows by them which replies are theirs.
inline constexpr std::uint64_t kFirstChannelTicket = std::uint64_t{1} << 62;
inline constexpr std::uint64_t kFirstControlTicket = std::uint64_t{1} << 63;

}  // namespace reweave::engine
