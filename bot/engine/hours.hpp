#pragma once
/// \file Allowed hours: when the bot may come up to someone by itself.

#include "bot/engine/records.hpp"

namespace reweave::engine {

/// `at` itself if it falls into the person's allowed hours in their time zone, otherwise the next moment that does.
/// An empty range (from equal to to) allows every hour; a range over midnight is fine.
[[nodiscard]] TimePoint next_allowed(TimePoint at, const Person& person);

}  // namespace reweave::engine
