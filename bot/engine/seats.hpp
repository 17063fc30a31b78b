#pragma once
/// \file Seats of conversations of several people: codes that invite to them, and who has them.

#include "bot/engine/deliveries.hpp"

namespace reweave::engine {

inline constexpr std::string_view kSeatCode = "seat";  ///< CodeRecord::kind

[[nodiscard]] Reply make_invitation(Desk& desk, const MakeInvitation& make);

/// They are asked in private whether they want the seat; whoever invited them is not told.
[[nodiscard]] Reply take_invitation(Desk& desk,
                                    Deliveries& deliveries,
                                    const CodeRecord& code,
                                    const Identity& identity);

[[nodiscard]] Reply get_talk(Desk& desk, const GetTalk& get);

}  // namespace reweave::engine
