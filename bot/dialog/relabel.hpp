#pragma once
/// \file What somebody picked, in the words of whoever reads it: an answer keeps the label that was on the button, and
/// they may not share a language.

#include <string_view>

#include "bot/dialog/language.hpp"
#include "bot/dialog/script.hpp"
#include "bot/dialog/state.hpp"

namespace reweave::dialog {

/// The answer `name` with the labels that its choices have in `script`, or in the vocabularies of `pack` (null: none).
/// What neither knows stays as it is.
[[nodiscard]] Answer relabelled(Answer answer, std::string_view name, const Script& script, const LanguagePack* pack);

}  // namespace reweave::dialog
