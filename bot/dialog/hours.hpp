#pragma once
/// \file Allowed hours: when the bot may come up to someone by itself.

#include <chrono>
#include <string>

#include "bot/dialog/script.hpp"

namespace reweave::dialog {

/// After so long without it, a person is told again that a program is talking (safety brief, section 13).
inline constexpr std::chrono::hours kProgramNotice{3};

/// Minutes after local midnight, `to` not included. Equal ends allow every hour; a range over midnight is fine.
struct AllowedHours {
    int from = 9 * 60;
    int to = 20 * 60;
};

/// `at` itself if it falls into the allowed hours of a time zone (IANA name), otherwise the next moment that does.
[[nodiscard]] TimePoint next_allowed(TimePoint at, const std::string& time_zone, AllowedHours hours = {});

}  // namespace reweave::dialog
