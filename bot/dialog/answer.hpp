#pragma once
/// \file From a reply to an answer: what a typed text or a press means at a question of a given kind.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/dialog/language.hpp"
#include "bot/dialog/script.hpp"
#include "bot/dialog/state.hpp"

namespace reweave::dialog {

struct Reading {
    Answer answer;
    int branch = -1;  ///< one_of: index of the choice taken
};

struct ReadContext {
    TimePoint now{};
    std::string_view time_zone;
    const LanguagePack* pack = nullptr;
};

/// True for the kinds that are answered by picking from a few things.
[[nodiscard]] bool shows_buttons(AskKind kind);

/// True for always-on words that an open choice may use for itself (back, change, skip ...).
[[nodiscard]] bool yields_to_choice(Command command);

/// What a typed text means, or empty if it was not understood. `offered`: indexes of the choices on show.
[[nodiscard]] std::optional<Reading> read_typed(
    const Ask& ask, const std::vector<int>& offered, WordsRef words, std::string_view text, const ReadContext& context);

/// Only the label or an ALSO phrase of a choice, word for word.
[[nodiscard]] std::optional<Reading> read_exact_choice(const Ask& ask,
                                                       const std::vector<int>& offered,
                                                       std::string_view text);

/// What pressed buttons mean; empty if one of them was not on show.
[[nodiscard]] std::optional<Reading> read_picks(const Ask& ask,
                                                const std::vector<int>& offered,
                                                const std::vector<std::string>& picks,
                                                const LanguagePack& pack);

}  // namespace reweave::dialog
