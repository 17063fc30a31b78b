#pragma once
/// \file Forgets on Discord whom the engine has erased, or never got to know. One thread, the I/O thread.

#include "adapters/discord/shared.hpp"

namespace reweave::discord {

/// Looks through all contacts once. Who has done something in the last quarter of an hour is left alone: they may be
/// on their way.
[[nodiscard]] Awaitable<void> forget_strangers(Shared& shared);

}  // namespace reweave::discord
