#include "bot/engine/translations.hpp"

#include <stdexcept>

namespace reweave::engine {

dialog::RevisionPtr Translations::in(const dialog::RevisionPtr& revision, std::string_view language) {
    if (!revision || language.empty() || language == revision->script.language) return revision;
    const ByLanguage& translated = read(*revision);
    while (!translated.empty()) {
        if (const auto it = translated.find(language); it != translated.end()) return it->second;
        const std::size_t hyphen = language.rfind('-');
        if (hyphen == std::string_view::npos) break;
        language = language.substr(0, hyphen);
    }
    return revision;
}

const Translations::ByLanguage& Translations::read(const dialog::Revision& revision) {
    const auto [it, is_new] = read_.try_emplace(revision.hash);
    if (!is_new) return it->second;
    for (const auto& [language, json] : store_.translations(revision.hash)) {
        try {
            it->second[language] =
                dialog::translated(revision, dialog::translation_from(revision.hash, language, json));
        } catch (const std::invalid_argument& e) {
            throw StoreError("the stored translation of the script '" + revision.script.id + "' into '" + language +
                             "' cannot be read: " + e.what());
        }
    }
    return it->second;
}

void Translations::replace(const dialog::Revision& revision, const std::vector<dialog::Translation>& translations) {
    std::map<std::string, std::string> by_language;
    for (const dialog::Translation& translation : translations) {
        if (translation.revision == revision.hash) by_language[translation.language] = to_text(translation);
    }
    if (store_.translations(revision.hash) == by_language) return;
    store_.save_translations(revision.hash, by_language);
    read_.erase(revision.hash);
}

}  // namespace reweave::engine
