#pragma once
/// \file Small tools that the recognisers share: the words of a reply as they are compared with phrases.

#include <string>
#include <string_view>
#include <vector>

#include "bot/dialog/language.hpp"

namespace reweave::dialog {

using Words = std::vector<std::string>;

/// As much of a text as is looked at: more than any reply that means a choice, a number or a time.
inline constexpr std::size_t kMostBytesRead = 4096;

/// Folded words without their apostrophes: "don't" and "dont" are one. Of a longer text, those in kMostBytesRead.
[[nodiscard]] Words plain_words(std::string_view text);
/// `count` words from `first` on, joined by one space.
[[nodiscard]] std::string joined(const Words& words, std::size_t first, std::size_t count);
[[nodiscard]] std::string joined(const Words& words);

/// The words without those that carry nothing ("maybe", "the", "one").
[[nodiscard]] Words without_fillers(const Words& words, const LanguagePack& pack);
[[nodiscard]] bool is_filler(std::string_view word, const LanguagePack& pack);
/// True if `phrase` is one of the pack's words for `name` ("and", "pm", "tomorrow").
[[nodiscard]] bool means(std::string_view phrase, std::string_view name, const LanguagePack& pack);
/// True if a word of the clause that begins at `clause`, before the words from `from` to `to`, or one of the two after
/// them, turns their meaning round: "I don't really feel like I'm safe", "safe, not". Better to ask again than to take
/// someone for safe.
[[nodiscard]] bool negated(
    const Words& words, std::size_t clause, std::size_t from, std::size_t to, const LanguagePack& pack);

/// The same but for letters said several times in a row: "stoppp" and "stop".
[[nodiscard]] bool same_but_for_stretching(std::string_view a, std::string_view b);
/// The same words but for one typo in each that has five letters or more.
[[nodiscard]] bool same_but_for_typos(const Words& words, const Words& phrase);

}  // namespace reweave::dialog
