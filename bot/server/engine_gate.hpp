#pragma once
/// \file The server's only way to the engine.

#include "bot/engine/messages.hpp"

namespace reweave::server {

class EngineGate {
 public:
    virtual ~EngineGate() = default;

    /// Puts a request into the engine's bounded queue; never blocks. False if it is full: `request` is then as it was.
    /// The outputs come back in batches to WebServer::on_outputs, on the I/O thread.
    [[nodiscard]] virtual bool submit(engine::Request&& request) = 0;
};

/// The server's tickets are below this; whoever else asks the engine takes theirs from here on.
inline constexpr std::uint64_t kFirstForeignTicket = std::uint64_t{1} << 63;

}  // namespace reweave::server
