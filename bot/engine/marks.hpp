#pragma once
/// \file Which message numbers were taken from a person's devices: each device has one that only rises.

#include "bot/engine/ports.hpp"

namespace reweave::engine {

/// Whether the number is above all that were taken from that device.
[[nodiscard]] bool rises(const Hot& hot, IdentityId identity, std::int64_t number);

/// Whether a message with a number that does not rise is one that was taken, and sent again because its
/// acknowledgement was lost.
[[nodiscard]] bool was_taken(Store& store, const Hot& hot, IdentityId identity, std::int64_t number);

/// The device used last stands first, with the highest number taken from it.
void use_mark(Hot& hot, IdentityId identity, std::int64_t number);

/// Whether the person has typed or pressed anything.
[[nodiscard]] bool has_answered(const Hot& hot);

}  // namespace reweave::engine
