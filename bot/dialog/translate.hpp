#pragma once
/// \file A script in another language: what of a translation file can be used, what is wrong with the rest, and the
/// script with the translated words in the place of its own.
///
/// A translated script has the steps, places, ids and hash of the revision it was made of; only words differ. So it
/// stands in for that revision wherever somebody who speaks its language is spoken to or listened to, and a state or
/// an event means the same in both. Words without a usable translation are the script's own.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/dialog/po.hpp"

namespace reweave::dialog {

/// The usable words of one revision in one language.
struct Translation {
    std::string revision;  ///< hash
    std::string language;
    std::map<std::string, std::string> texts;  ///< by context, as written in the translation file
    bool operator==(const Translation&) const = default;
};

/// JSON of the texts alone.
[[nodiscard]] std::string to_text(const Translation& translation);
/// \throws std::invalid_argument if it is not JSON of texts.
[[nodiscard]] Translation translation_from(std::string revision, std::string language, std::string_view json);

[[nodiscard]] RevisionPtr translated(const Revision& revision, const Translation& translation);

/// What a translation file's path says: "dialogs/own-part.es.po" is of the script own-part, in es.
struct PoName {
    std::string script;
    std::string language;
};
[[nodiscard]] std::optional<PoName> po_name(std::string_view path);

struct CheckedTranslation {
    Translation translation;
    std::vector<Diagnostic> diagnostics;  ///< codes L001 … (dialogs/translations.md), and R… for what people may type
    int texts = 0;                        ///< in the script
    int missing = 0;                      ///< without a translation
    int stale = 0;                        ///< marked to be looked at again
};

/// Checks a translation file against the script it translates. `guarded`: all of the script's lines are about safety;
/// of those, and of the lines about consent, a translation that may say something else than the script is an error.
/// Entries with an error, and those to be looked at again, are not usable.
[[nodiscard]] CheckedTranslation check_translation(const Revision& revision,
                                                   const Source& po,
                                                   const LanguagePack& pack,
                                                   bool guarded);

/// Whether all of a script's lines are about safety, by the folder it stands in.
[[nodiscard]] bool is_about_safety(std::string_view path);

/// Of each file that translates one of the revisions into a language of `packs`; `found` gets what is wrong.
[[nodiscard]] std::vector<Translation> translations_of(const std::vector<Source>& files,
                                                       const std::vector<Source>& scripts,
                                                       const std::vector<std::shared_ptr<Revision>>& revisions,
                                                       const std::map<std::string, LanguagePackPtr>& packs,
                                                       std::vector<Diagnostic>& found);

}  // namespace reweave::dialog
