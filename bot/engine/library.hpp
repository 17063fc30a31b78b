#pragma once
/// \file The published scripts: the newest revision of each, and any older one that a conversation still runs on. Each
/// is read from the store when it is needed first.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bot/engine/ports.hpp"
#include "bot/engine/translations.hpp"

namespace reweave::engine {

class Library {
 public:
    /// Learns from the store which revisions are the newest.
    explicit Library(Store& store);

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
    /// `translations` take the place of those that these revisions had.
    void publish(const std::vector<std::shared_ptr<dialog::Revision>>& revisions,
                 const std::vector<dialog::Translation>& translations,
                 TimePoint now);

 private:
    dialog::RevisionPtr load(const RevisionRecord& record);

    Store& store_;
    std::map<std::string, dialog::RevisionPtr, std::less<>> by_hash_;
    std::map<std::string, std::string, std::less<>> newest_;  ///< script -> hash; read when it is needed first
    Translations translations_;
};

}  // namespace reweave::engine
