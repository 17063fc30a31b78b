#pragma once
/// \file The published scripts: the newest revision of each, and any older one that a conversation still runs on.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bot/engine/ports.hpp"
#include "bot/engine/translations.hpp"

namespace reweave::engine {

class Library {
 public:
    /// Reads the newest revisions from the store.
    explicit Library(Store& store);

    /// Reads them again: after a rollback what was published in it is not there.
    void reload();

    /// Null if there is no such revision.
    [[nodiscard]] dialog::RevisionPtr by_hash(std::string_view hash);
    [[nodiscard]] dialog::RevisionPtr newest(std::string_view script) const;
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
    std::map<std::string, dialog::RevisionPtr, std::less<>> newest_;
    Translations translations_;
};

}  // namespace reweave::engine
