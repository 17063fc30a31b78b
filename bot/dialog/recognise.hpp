#pragma once
/// \file Understanding a typed reply: which choice, number, yes or no, length of time or moment it means.
///
/// Pure. Everything is compared folded (fold.hpp). Order of attempts for choices: exact label or ALSO phrase; id or
/// number in the list ("2", "2."), ordinal ("the second one"), emoji; label contained as whole words; one typo for
/// words of five letters or more. A reply that fits two choices equally well fits none.

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "bot/dialog/language.hpp"
#include "bot/dialog/script.hpp"
#include "bot/dialog/state.hpp"

namespace reweave::dialog {

/// What a person sees and may type; `id` is what an answer keeps.
struct Option {
    std::string_view id;
    std::string_view label;
    const std::vector<std::string>* also = nullptr;  ///< may be null
};

/// Index of the option meant, or empty.
[[nodiscard]] std::optional<std::size_t> recognise_choice(std::string_view text,
                                                          const std::vector<Option>& options,
                                                          const LanguagePack& pack);
/// Indexes meant by "1, 3 and 4" or "hurt, lonely"; empty vector if nothing was understood. At most `max`, in order of
/// mention.
[[nodiscard]] std::vector<std::size_t> recognise_several(std::string_view text,
                                                         const std::vector<Option>& options,
                                                         std::size_t max,
                                                         const LanguagePack& pack);
/// "6", "maybe 6", "6ish", "six", "6/10", "6-7" or "6 or 7" (a range gives its higher end). Synonyms first.
[[nodiscard]] std::optional<std::int64_t> recognise_number(std::string_view text,
                                                           const std::vector<Synonyms>& also,
                                                           const LanguagePack& pack);
[[nodiscard]] std::optional<bool> recognise_yes_no(std::string_view text,
                                                   const std::vector<Synonyms>& also,
                                                   const LanguagePack& pack);
/// "20 minutes", "half an hour", "1h 30", "an hour and a half", "20" (minutes).
[[nodiscard]] std::optional<Seconds> recognise_length(std::string_view text, const LanguagePack& pack);
/// "in 20 minutes", "tomorrow at 8", "at 9:30 pm", "tonight", "on friday at noon": the next such moment after `now` in
/// `time_zone` (IANA name; unknown ones count as UTC). A bare hour takes the next time the clock shows it.
[[nodiscard]] std::optional<TimePoint> recognise_moment(std::string_view text,
                                                        TimePoint now,
                                                        std::string_view time_zone,
                                                        const LanguagePack& pack);
/// The always-on command that the whole text is ("stop", "Stop!", "start over"), or empty.
[[nodiscard]] std::optional<Command> recognise_command(std::string_view text, const LanguagePack& pack);
/// ISO 3166 alpha-2 for a country's name or code.
[[nodiscard]] std::optional<std::string> recognise_country(std::string_view text, const LanguagePack& pack);

}  // namespace reweave::dialog
