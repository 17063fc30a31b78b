#pragma once
/// \file Making disguised words plain: "k1ll", "k i l l", "кill", "kiiill" and "KILL" are one word to the rules.
///
/// Differs from dialog's fold on purpose: that makes equal what a person would call the same, this makes equal what a
/// person may use to slip a word past a filter.

#include <string>
#include <string_view>
#include <vector>

namespace reweave::safety {

/// A word as it was typed, lower-case, without accents, look-alike letters made Latin. Marks inside it are kept: they
/// may stand for letters ("k!ll", "k*ll").
struct RawWord {
    std::string text;
    bool letter_follows = false;  ///< a lone letter, with only a space, point or dash before the next lone letter
};

/// The words between two marks that end a thought.
struct RawClause {
    std::vector<RawWord> words;
    bool ends_sentence = false;
};

/// Never throws but for lack of memory; takes any bytes.
[[nodiscard]] std::vector<RawClause> clauses_of(std::string_view typed);

/// Digits and signs that look like letters, as those letters: "k1ll", "$uicid3". Empty if there are none, or no letter.
[[nodiscard]] std::string without_leet(std::string_view word);
/// Three and more of one letter in a row cut to `keep`. Empty if there is no such run.
[[nodiscard]] std::string unstretched(std::string_view word, std::size_t keep);
/// True if both are equal where `word` has no mark for a hidden letter: "k*ll" and "kill".
[[nodiscard]] bool matches_hidden(std::string_view word, std::string_view plain);
/// At most one letter added, dropped, changed or two swapped; the first letter must be the same.
[[nodiscard]] bool one_typo_apart(std::string_view a, std::string_view b);

}  // namespace reweave::safety
