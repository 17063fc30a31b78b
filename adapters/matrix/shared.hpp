#pragma once
/// \file What the parts of the channel work with. One thread, the I/O thread.

#include <functional>
#include <string>

#include "adapters/common/engine_client.hpp"
#include "adapters/matrix/api.hpp"
#include "adapters/matrix/encryption.hpp"
#include "adapters/matrix/rooms.hpp"
#include "adapters/matrix/sending.hpp"

namespace reweave::matrix {

struct Shared {
    Api& api;
    adapters::EngineClient& engine;
    Rooms& rooms;
    Sending& sending;
    Encryption* encryption;  ///< null: there is none
    /// For the log: a line without contents, and whether somebody must act.
    std::function<void(const std::string& line, bool act)> report;
    bool signed_out = false;  ///< the token is not taken: nothing is asked of the homeserver meanwhile
    bool stopped = false;
};

constexpr auto kLookAgain = std::chrono::seconds(5);  ///< whether the token is taken again

}  // namespace reweave::matrix
