#pragma once
/// \file A text with answers inserted: `A {heat}. Back in {pause: # minute | # minutes}.`

#include <string>
#include <string_view>

#include "bot/dialog/faults.hpp"
#include "bot/dialog/names.hpp"
#include "bot/dialog/source.hpp"

namespace reweave::dialog {

/// What is known while a line is read.
struct Known {
    const Names* names = nullptr;
    Faults* faults = nullptr;
    int plural_forms = 2;  ///< of the script's language
};

/// Reports what is wrong and returns what could be read.
[[nodiscard]] Template read_template(Slice text, const Known& known);

/// How many plural forms a language tag's language has; 0 if there is no such language.
[[nodiscard]] int plural_forms_of(const std::string& language);

/// Reports a name that no question of the script asks for.
void report_unknown_name(Slice name, const Known& known);

}  // namespace reweave::dialog
