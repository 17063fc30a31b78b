#include "bot/engine/library.hpp"

#include <nlohmann/json.hpp>

#include "bot/dialog/compile.hpp"

namespace reweave::engine {

Library::Library(Store& store) : store_(store), translations_(store) {
    reload();
}

void Library::reload() {
    by_hash_.clear();
    newest_.clear();
    translations_.clear();
    for (RevisionRecord& record : store_.newest_revisions()) newest_[record.script] = std::move(record.hash);
}

dialog::RevisionPtr Library::load(const RevisionRecord& record) {
    auto revision = std::make_shared<dialog::Revision>();
    revision->id = record.id.value;
    revision->hash = record.hash;
    try {
        revision->script = dialog::script_from_json(nlohmann::json::parse(record.json));
    } catch (const std::exception& e) {
        throw StoreError("the stored revision " + record.hash.substr(0, 12) + " of the script '" + record.script +
                         "' cannot be read: " + e.what());
    }
    by_hash_[record.hash] = revision;
    return revision;
}

dialog::RevisionPtr Library::by_hash(std::string_view hash) {
    if (const auto it = by_hash_.find(hash); it != by_hash_.end()) return it->second;
    const auto record = store_.revision(hash);
    return record ? load(*record) : nullptr;
}

dialog::RevisionPtr Library::newest(std::string_view script) {
    const auto it = newest_.find(script);
    return it == newest_.end() ? nullptr : by_hash(it->second);
}

bool Library::has(std::string_view script) const {
    return newest_.find(script) != newest_.end();
}

dialog::RevisionPtr Library::by_hash(std::string_view hash, std::string_view language) {
    return translations_.in(by_hash(hash), language);
}

dialog::RevisionPtr Library::newest(std::string_view script, std::string_view language) {
    return translations_.in(newest(script), language);
}

void Library::publish(const std::vector<std::shared_ptr<dialog::Revision>>& revisions,
                      const std::vector<dialog::Translation>& translations,
                      TimePoint now) {
    for (const auto& revision : revisions) {
        std::string& newest = newest_[revision->script.id];
        if (newest == revision->hash) continue;
        newest = revision->hash;
        if (store_.revision(revision->hash)) {
            store_.make_newest(revision->hash);
            continue;
        }
        revision->id =
            store_
                .add_revision(
                    {{}, revision->script.id, revision->hash, dialog::to_canonical_json(revision->script), now})
                .value;
        by_hash_[revision->hash] = revision;
    }
    for (const auto& revision : revisions) translations_.replace(*revision, translations);
}

}  // namespace reweave::engine
