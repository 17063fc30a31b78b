#pragma once
/// \file What translators are given: a translation file made from a script, and brought up to date when it changes.

#include <vector>

#include "bot/dialog/formerly.hpp"
#include "bot/dialog/po.hpp"
#include "bot/dialog/script_texts.hpp"

namespace reweave::dialog {

/// A file with every text of the script and no translation. Without a language it is a template for any (NAME.pot).
[[nodiscard]] PoFile po_from(const Script& script, const std::string& language);

/// For each text, the entry of the file that translates it: the one of its context, or else, where lines came before
/// it, one of its step. Null where there is none with the same words.
[[nodiscard]] std::vector<const PoEntry*> entries_of(const std::vector<ScriptText>& texts, const PoFile& file);

struct Merged {
    PoFile file;
    int kept = 0;     ///< translated, and the text is the same
    int changed = 0;  ///< the text has changed: marked to be looked at again, with what it was
    int added = 0;    ///< new, or still without a translation
    int dropped = 0;  ///< no longer in the script: kept at the end, in case it comes back
};
/// `old` brought to what the script says now. What translators wrote is never lost; texts of a step that was renamed
/// (`former`) are the same texts.
[[nodiscard]] Merged merge(const PoFile& old,
                           const Script& script,
                           const std::string& language,
                           const FormerSteps& former = {});

}  // namespace reweave::dialog
