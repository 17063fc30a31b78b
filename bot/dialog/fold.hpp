#pragma once
/// \file Folding text for comparison: case, accents, width, quotes and dashes made equal (ICU).

#include <string>
#include <string_view>
#include <vector>

namespace reweave::dialog {

/// NFKC, case-folded, accents removed, typographic quotes and dashes unified, zero-width characters dropped, white
/// space collapsed, punctuation at the ends of the text removed. "  C’est DÉJÀ fini! " -> "c'est deja fini".
/// Text that is not valid UTF-8 has its bad bytes replaced first.
[[nodiscard]] std::string fold(std::string_view text);

/// The words of a text, folded: runs of letters, digits and apostrophes. Emoji are words of their own.
[[nodiscard]] std::vector<std::string> folded_words(std::string_view text);

/// True if `phrase` (words, already folded by folded_words) occurs in `words` as consecutive whole words.
[[nodiscard]] bool contains_phrase(const std::vector<std::string>& words, const std::vector<std::string>& phrase);

/// Optimal string alignment distance of at most 1 (one letter added, dropped, changed or two swapped).
[[nodiscard]] bool within_one_typo(std::string_view a, std::string_view b);

/// Lower-case ASCII kebab-case of a heading or label: "I don't feel safe" -> "i-dont-feel-safe". Letters of other
/// scripts are transliterated. Empty if nothing is left.
[[nodiscard]] std::string kebab(std::string_view text);

}  // namespace reweave::dialog
