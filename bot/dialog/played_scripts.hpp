#pragma once
/// \file What a player of transcripts runs on: the scripts, and what people typed.

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bot/dialog/parser.hpp"
#include "bot/dialog/step.hpp"

namespace reweave::dialog {

struct PlayedScripts {
    /// `revisions` must hold the script `phrases`. `trace` as in Context.
    PlayedScripts(const std::vector<RevisionPtr>& revisions,
                  const LanguagePack& pack,
                  std::function<void(std::string_view, const Place&)> trace) {
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
        context.trace = std::move(trace);
    }
    PlayedScripts(const PlayedScripts&) = delete;
    PlayedScripts& operator=(const PlayedScripts&) = delete;

    /// Null if there is no such script.
    [[nodiscard]] RevisionPtr script(std::string_view id) const { return find(by_id, id); }

    using Revisions = std::map<std::string, RevisionPtr, std::less<>>;
    Revisions by_hash;
    Revisions by_id;
    std::vector<std::string> words;  ///< a WordsRef is a position, from 1
    Context context;

 private:
    static RevisionPtr find(const Revisions& map, std::string_view key) {
        const auto it = map.find(key);
        return it == map.end() ? nullptr : it->second;
    }
};

}  // namespace reweave::dialog
