#pragma once
/// \file What a player of transcripts runs on: the scripts, and what people typed.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bot/dialog/parser.hpp"
#include "bot/dialog/step.hpp"
#include "bot/dialog/translate.hpp"

namespace reweave::dialog {

/// Scripts by their hash, or by their id.
using RevisionMap = std::map<std::string, RevisionPtr, std::less<>>;

/// What people may speak besides the language that the scripts are in. Made once for many players, as translating takes
/// longer than most plays.
struct Languages {
    Languages() = default;
    /// Translations of other scripts than `revisions` are passed over.
    Languages(const std::vector<RevisionPtr>& revisions,
              std::map<std::string, LanguagePackPtr> spoken,
              const std::vector<Translation>& translations)
        : packs(std::move(spoken)) {
        for (const Translation& translation : translations) {
            for (const RevisionPtr& source : revisions) {
                if (source->hash == translation.revision)
                    scripts[translation.language][source->hash] = translated(*source, translation);
            }
        }
    }

    std::map<std::string, LanguagePackPtr> packs;
    std::map<std::string, RevisionMap> scripts;  ///< by language, and by the hash of the script that was translated
};

struct PlayedScripts {
    /// `revisions` must hold the script `phrases`.
    PlayedScripts(const std::vector<RevisionPtr>& revisions, const LanguagePack& pack, Languages others = {})
        : languages(std::move(others)) {
        for (const RevisionPtr& revision : revisions) {
            by_hash[revision->hash] = revision;
            by_id[revision->script.id] = revision;
        }
        context.revision = [this](std::string_view hash) { return find(by_hash, hash); };
        context.words = [this](WordsRef ref) -> std::optional<std::string_view> {
            const auto index = static_cast<std::size_t>(ref.id - 1);
            return index < words.size() ? std::optional<std::string_view>(words[index]) : std::nullopt;
        };
        context.pack = &pack;
        context.phrases = find(by_id, kPhrases);
        context.time_zone = "UTC";
    }
    PlayedScripts(const PlayedScripts&) = delete;
    PlayedScripts& operator=(const PlayedScripts&) = delete;

    /// The context of somebody who speaks that language; empty if nobody could.
    [[nodiscard]] std::optional<Context> context_in(const std::string& language) const {
        Context spoken = context;
        if (language == context.pack->language) return spoken;
        const auto pack = languages.packs.find(language);
        if (pack == languages.packs.end()) return std::nullopt;
        spoken.pack = pack->second.get();
        spoken.revision = [this, language](std::string_view hash) {
            const auto all = languages.scripts.find(language);
            const RevisionPtr found = all == languages.scripts.end() ? nullptr : find(all->second, hash);
            return found ? found : find(by_hash, hash);
        };
        if (context.phrases) spoken.phrases = spoken.revision(context.phrases->hash);
        return spoken;
    }

    /// In the language of `context`. Null if there is no such script.
    [[nodiscard]] RevisionPtr script(std::string_view id) const {
        const RevisionPtr source = find(by_id, id);
        return source ? context.revision(source->hash) : nullptr;
    }

    RevisionMap by_hash;
    RevisionMap by_id;
    Languages languages;
    std::vector<std::string> words;  ///< a WordsRef is a position, from 1
    Context context;

 private:
    static RevisionPtr find(const RevisionMap& map, std::string_view key) {
        const auto it = map.find(key);
        return it == map.end() ? nullptr : it->second;
    }
};

}  // namespace reweave::dialog
