#pragma once
/// \file Published scripts in other languages: each revision's translations, read from the store when somebody needs
/// them.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bot/dialog/translate.hpp"
#include "bot/engine/ports.hpp"

namespace reweave::engine {

class Translations {
 public:
    explicit Translations(Store& store) : store_(store) {}

    /// The revision in a language, or in what it is a variety of (es-MX, then es); itself where it has no translation.
    /// Null stays null.
    [[nodiscard]] dialog::RevisionPtr in(const dialog::RevisionPtr& revision, std::string_view language);

    /// Within the open transaction: from now on these, and no others, are the revision's translations.
    void replace(const dialog::Revision& revision, const std::vector<dialog::Translation>& translations);

    /// Forgets what it has read: after a rollback.
    void clear() { read_.clear(); }

 private:
    using ByLanguage = std::map<std::string, dialog::RevisionPtr, std::less<>>;

    const ByLanguage& read(const dialog::Revision& revision);

    Store& store_;
    std::map<std::string, ByLanguage, std::less<>> read_;  ///< by hash
};

}  // namespace reweave::engine
