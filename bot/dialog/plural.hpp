#pragma once
/// \file How many forms a language has for things that are counted, and which of them a number takes (ICU).

#include <cstddef>
#include <cstdint>
#include <string>

namespace reweave::dialog {

/// The form for `n` among `forms`, written in the order zero, one, two, few, many, other as far as the language has
/// them. Never past the last.
[[nodiscard]] std::size_t plural_form(std::int64_t n, const std::string& language, std::size_t forms);

/// "one | many | other".
[[nodiscard]] std::string plural_categories(const std::string& language);

}  // namespace reweave::dialog
