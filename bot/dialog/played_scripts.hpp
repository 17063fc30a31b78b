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

/// What people may speak besides the language that the scripts are in.
struct Languages {
    std::map<std::string, LanguagePackPtr> packs;
    std::vector<Translation> translations;
};

struct PlayedScripts {
    /// `revisions` must hold the script `phrases`.
    PlayedScripts(const std::vector<RevisionPtr>& revisions, const LanguagePack& pack, const Languages& languages = {})
        : packs(languages.packs) {
        for (const RevisionPtr& revision : revisions) {
            by_hash[revision->hash] = revision;
            by_id[revision->script.id] = revision;
        }
        for (const Translation& translation : languages.translations) {
            if (const RevisionPtr source = find(by_hash, translation.revision))
                in_language[translation.language][source->hash] = translated(*source, translation);
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
        const auto pack = packs.find(language);
        if (pack == packs.end()) return std::nullopt;
        spoken.pack = pack->second.get();
        spoken.revision = [this, language](std::string_view hash) {
            const auto all = in_language.find(language);
            const RevisionPtr found = all == in_language.end() ? nullptr : find(all->second, hash);
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

    using Revisions = std::map<std::string, RevisionPtr, std::less<>>;
    Revisions by_hash;
    Revisions by_id;
    std::map<std::string, Revisions> in_language;  ///< by hash
    std::map<std::string, LanguagePackPtr> packs;
    std::vector<std::string> words;  ///< a WordsRef is a position, from 1
    Context context;

 private:
    static RevisionPtr find(const Revisions& map, std::string_view key) {
        const auto it = map.find(key);
        return it == map.end() ? nullptr : it->second;
    }
};

}  // namespace reweave::dialog
