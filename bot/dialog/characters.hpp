#pragma once
/// \file Bytes of ASCII, whatever the locale.

namespace reweave::dialog {

[[nodiscard]] constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

[[nodiscard]] constexpr bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}

[[nodiscard]] constexpr bool is_letter(char c) {
    return is_capital(c) || (c >= 'a' && c <= 'z');
}

}  // namespace reweave::dialog
