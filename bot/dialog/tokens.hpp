#pragma once
/// \file A typed number, length or time cut into tokens: "1h 30" -> 1, h, 30.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bot/dialog/language.hpp"

namespace reweave::dialog {

struct Token {
    enum class Kind {
        number,
        word,
        mark  ///< one of : / - .
    } kind = Kind::word;
    std::string text;      ///< a word without apostrophes; a number as it was typed
    double value = 0;      ///< number
    bool decimal = false;  ///< a number typed with a point

    [[nodiscard]] bool is_number() const { return kind == Kind::number; }
    [[nodiscard]] bool is_mark(char c) const { return kind == Kind::mark && text.front() == c; }
    [[nodiscard]] bool is_whole() const { return is_number() && !decimal; }
};

/// Number words become numbers ("twenty five" -> 25), fractions too ("1 1/2", "1½" -> 1.5). Empty for a text with more
/// tokens than a number or a time needs.
[[nodiscard]] std::vector<Token> tokens_of(std::string_view text, const LanguagePack& pack);

/// A length as it is said: whole days keep the time of the day, the rest does not.
struct SpokenLength {
    std::int64_t days = 0;
    std::int64_t seconds = 0;
};

/// Reads the longest length that starts at `at` ("an hour and a half", "20 to 30 minutes", "1h 30") and moves `at`
/// behind it. Leaves `at` alone and returns false if there is none. A number without a unit is not one.
[[nodiscard]] bool read_length(const std::vector<Token>& tokens,
                               std::size_t& at,
                               const LanguagePack& pack,
                               SpokenLength& length);

}  // namespace reweave::dialog
