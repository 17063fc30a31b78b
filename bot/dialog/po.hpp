#pragma once
/// \file Translation files as gettext's tools, Poedit and Weblate keep them (PO), read and written.
///
/// Pure. What a file holds is written back as it was, comments too, but for its line breaks: a text without line breaks
/// of its own stands on one line, so that a change of one text is a change of few lines.

#include <string>
#include <string_view>
#include <vector>

#include "bot/dialog/compile.hpp"

namespace reweave::dialog {

struct PoEntry {
    std::vector<std::string> notes;       ///< "# …": the translators' own
    std::vector<std::string> comments;    ///< "#. …": from the script
    std::vector<std::string> references;  ///< "#: …"
    std::vector<std::string> flags;       ///< "#, …"
    std::string previous;                 ///< "#| msgid": what the translation was made of, if that was something else
    std::string context;
    std::string source;
    std::string translation;
    bool obsolete = false;  ///< "#~": no longer in the script
    int line = 0;           ///< of msgid; 0: not from a file
    int translation_line = 0;

    /// Marked to be looked at again.
    [[nodiscard]] bool fuzzy() const;
    void set_fuzzy(bool fuzzy);
};

struct PoFile {
    PoEntry head;  ///< the entry without a text; its translation holds the fields
    std::vector<PoEntry> entries;

    /// "es" of "Language: es"; empty if there is no such field.
    [[nodiscard]] std::string field(std::string_view name) const;
    void set_field(std::string_view name, std::string_view value);
};

/// Reads what can be read; what cannot is added to `found` (code L001), with its line.
[[nodiscard]] PoFile read_po(const Source& source, std::vector<Diagnostic>& found);
[[nodiscard]] std::string write_po(const PoFile& file);

}  // namespace reweave::dialog
