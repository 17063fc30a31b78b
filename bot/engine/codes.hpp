#pragma once
/// \file The codes that people hand on: for a second device, or for a seat of a conversation.

#include <functional>
#include <string>
#include <string_view>

namespace reweave::engine {

/// 60 random bits as "ABCD-EFGH-JKMN", in letters and digits that cannot be taken for one another.
[[nodiscard]] std::string make_code(const std::function<std::uint64_t()>& random);

/// What is stored of it. The same for everything that people may type for it: with or without dashes and capitals, O
/// for 0, I and L for 1.
[[nodiscard]] std::string code_hash(std::string_view code);

}  // namespace reweave::engine
