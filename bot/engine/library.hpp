#pragma once
/// \file The published scripts: the newest revision of each, and any older one that a conversation still runs on. Each
/// is read from the store when it is needed first.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bot/engine/messages.hpp"
#include "bot/engine/ports.hpp"
#include "bot/engine/translations.hpp"

namespace reweave::engine {

class Library {
 public:
    /// Learns from the store which revisions are the newest. Those of it that are `known` are not read again.
    explicit Library(Store& store, const std::vector<dialog::RevisionPtr>& known = {});

    /// Forgets what was read: after a rollback what was published in it is not there.
    void reload();

    /// Null if there is no such revision.
    [[nodiscard]] dialog::RevisionPtr by_hash(std::string_view hash);
    [[nodiscard]] dialog::RevisionPtr newest(std::string_view script);
    /// Whether any revision of it is published.
    [[nodiscard]] bool has(std::string_view script) const;
    /// The same, in somebody's language as far as it is translated.
    [[nodiscard]] dialog::RevisionPtr by_hash(std::string_view hash, std::string_view language);
    [[nodiscard]] dialog::RevisionPtr newest(std::string_view script, std::string_view language);

    /// Stores those that are new, within the open transaction, and makes all of them the newest of their script.
    /// `translations` take the place of those that these revisions had. What was recalled, and what calls it, is left
    /// out: a sentence for each says so.
    [[nodiscard]] std::vector<std::string> publish(const std::vector<std::shared_ptr<dialog::Revision>>& revisions,
                                                   const std::vector<dialog::Translation>& translations,
                                                   TimePoint now);

    /// Whether this revision was recalled, or one that it can call.
    [[nodiscard]] bool is_recalled(std::string_view hash);

    /// Recalls a revision within the open transaction. Every script whose newest can reach it falls back to the newest
    /// that cannot, or has none. \returns what was done, as a sentence. \throws std::invalid_argument saying why not,
    /// and nothing has changed.
    [[nodiscard]] std::string recall(const Recall& wanted, TimePoint now);

 private:
    [[nodiscard]] std::string why_not(const dialog::Revision& revision);
    [[nodiscard]] RevisionRecord to_recall(const Recall& wanted);
    dialog::RevisionPtr load(RevisionRecord record);

    Store& store_;
    std::map<std::string, dialog::RevisionPtr, std::less<>> known_, by_hash_;
    std::map<std::string, std::string, std::less<>> newest_;  ///< script -> hash; read when it is needed first
    std::set<std::string, std::less<>> recalled_;
    std::map<std::string, bool, std::less<>> reaches_recalled_;  ///< by hash, as far as somebody asked
    Translations translations_;
};

}  // namespace reweave::engine
