#pragma once
/// \file Codes that people type, or send with the link around them. Pure, from any thread.

#include <string>
#include <string_view>

namespace reweave::text {

/// A code as the bot makes them, alone or at the end of its link; empty if it is neither.
[[nodiscard]] std::string code_in(std::string_view said);

}  // namespace reweave::text
