#include "bot/engine/library.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bot/dialog/compile.hpp"

namespace reweave::engine {
namespace {

/// "2026-11-24", in UTC.
std::string day_of(TimePoint at) {
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(at));
    const auto two = [](unsigned number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    return std::to_string(static_cast<int>(day.year())) + "-" + two(static_cast<unsigned>(day.month())) + "-" +
           two(static_cast<unsigned>(day.day()));
}

std::string short_hash(std::string_view hash) {
    return std::string(hash.substr(0, 12));
}

}  // namespace

Library::Library(Store& store, const std::vector<dialog::RevisionPtr>& known) : store_(store), translations_(store) {
    for (const dialog::RevisionPtr& revision : known) known_[revision->hash] = revision;
    reload();
}

void Library::reload() {
    by_hash_.clear();
    newest_.clear();
    translations_.clear();
    reaches_recalled_.clear();
    recalled_.clear();
    for (std::string& hash : store_.recalled_revisions()) recalled_.insert(std::move(hash));
    for (RevisionRecord& record : store_.newest_revisions()) newest_[record.script] = std::move(record.hash);
}

dialog::RevisionPtr Library::load(RevisionRecord record) {
    if (const auto it = known_.find(record.hash); it != known_.end()) return by_hash_[record.hash] = it->second;
    auto revision = std::make_shared<dialog::Revision>();
    revision->hash = record.hash;
    revision->json = std::move(record.json);
    try {
        revision->script = dialog::script_from_json(nlohmann::json::parse(revision->json));
    } catch (const std::exception& e) {
        throw StoreError("the stored revision " + record.hash.substr(0, 12) + " of the script '" + record.script +
                         "' cannot be read: " + e.what());
    }
    by_hash_[record.hash] = revision;
    return revision;
}

dialog::RevisionPtr Library::by_hash(std::string_view hash) {
    if (const auto it = by_hash_.find(hash); it != by_hash_.end()) return it->second;
    auto record = store_.revision(hash);
    return record ? load(std::move(*record)) : nullptr;
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

std::vector<std::string> Library::publish(const std::vector<std::shared_ptr<dialog::Revision>>& revisions,
                                          const std::vector<dialog::Translation>& translations,
                                          TimePoint now) {
    std::vector<std::string> left_out;
    for (const auto& revision : revisions) {
        const std::string& script = revision->script.id;
        if (std::string why = why_not(*revision); !why.empty()) {
            left_out.push_back(script + ": " + why);
            reaches_recalled_[revision->hash] = true;  // not stored, so what calls it is left out as well
            continue;
        }
        std::string& newest = newest_[script];
        if (newest == revision->hash) continue;
        newest = revision->hash;
        if (store_.revision(revision->hash)) {
            store_.make_newest(revision->hash);
            continue;
        }
        store_.add_revision({{}, script, revision->hash, revision->json, now});
        by_hash_[revision->hash] = revision;
    }
    for (const auto& revision : revisions) {
        if (newest_.find(revision->script.id) != newest_.end() && newest_[revision->script.id] == revision->hash)
            translations_.replace(*revision, translations);
    }
    return left_out;
}

/// Empty if it may be published.
std::string Library::why_not(const dialog::Revision& revision) {
    if (recalled_.empty()) return {};
    if (recalled_.contains(revision.hash)) {
        const auto record = store_.revision(revision.hash);
        return "this is revision " + short_hash(revision.hash) + ", which was recalled on " +
               day_of(record ? record->recalled : TimePoint{}) +
               " and is not published again. Change what was wrong in the script, then publish.";
    }
    for (const auto& [script, hash] : revision.script.calls) {
        if (is_recalled(hash))
            return "it calls " + script + ", which is out because of a recall. Change " + script +
                   ", then publish; until then its older revision stays, if it has one.";
    }
    return {};
}

bool Library::is_recalled(std::string_view hash) {
    if (recalled_.empty()) return false;
    if (const auto it = reaches_recalled_.find(hash); it != reaches_recalled_.end()) return it->second;
    bool reaches = recalled_.contains(hash);
    if (const dialog::RevisionPtr revision = reaches ? nullptr : by_hash(hash)) {
        const auto& calls = revision->script.calls;
        reaches = std::any_of(calls.begin(), calls.end(), [&](const auto& call) { return is_recalled(call.second); });
    }
    return reaches_recalled_[std::string(hash)] = reaches;
}

/// \throws std::invalid_argument if no revision is meant, or more than one.
RevisionRecord Library::to_recall(const Recall& wanted) {
    std::vector<RevisionRecord> all = store_.revisions(wanted.script);
    if (all.empty())
        throw std::invalid_argument("there is no script '" + wanted.script +
                                    "'; `reweave revisions` lists those that there are");
    const auto newest = newest_.find(wanted.script);
    if (wanted.revision.empty() && newest == newest_.end())
        throw std::invalid_argument("all revisions of '" + wanted.script + "' are out of use already");
    const std::string& prefix = wanted.revision.empty() ? newest->second : wanted.revision;
    std::erase_if(all, [&](const RevisionRecord& record) { return !record.hash.starts_with(prefix); });
    if (all.size() != 1) {
        throw std::invalid_argument((all.empty() ? "no revision" : "more than one revision") + std::string(" of '") +
                                    wanted.script + "' begins with " + prefix + "; `reweave revisions " +
                                    wanted.script + "` lists them");
    }
    if (all.front().recalled != TimePoint{})
        throw std::invalid_argument("that revision was recalled already, on " + day_of(all.front().recalled));
    return std::move(all.front());
}

std::string Library::recall(const Recall& wanted, TimePoint now) {
    const RevisionRecord record = to_recall(wanted);
    recalled_.insert(record.hash);
    reaches_recalled_.clear();
    std::vector<std::pair<std::string, std::string>> falls;  // script -> hash, or nothing
    for (const auto& [script, hash] : newest_) {
        if (!is_recalled(hash)) continue;
        const std::vector<RevisionRecord> all = store_.revisions(script);
        const auto older =
            std::find_if(all.begin(), all.end(), [&](const RevisionRecord& r) { return !is_recalled(r.hash); });
        falls.emplace_back(script, older == all.end() ? std::string() : older->hash);
    }
    for (const auto& [script, hash] : falls) {
        const auto& required = wanted.required;
        if (!hash.empty() || std::find(required.begin(), required.end(), script) == required.end()) continue;
        recalled_.erase(record.hash);
        reaches_recalled_.clear();
        throw std::invalid_argument(
            "nothing was recalled: the bot cannot do without the script '" + script + "', and every revision of it " +
            (script == record.script ? "would be gone" : "calls this one") + ". Change '" + record.script +
            "' and publish first; then: reweave recall " + record.script + " --revision " + short_hash(record.hash));
    }
    store_.recall(record.hash, now);
    std::string done = "Revision " + short_hash(record.hash) + " of '" + record.script + "' is recalled.";
    for (const auto& [script, hash] : falls) {
        if (hash.empty()) {
            newest_.erase(newest_.find(script));
            store_.forget_newest(script);
            done += " '" + script + "' cannot begin until a changed one is published.";
        } else {
            newest_[script] = hash;
            store_.make_newest(hash);
            done += " '" + script + "' begins with revision " + short_hash(hash) + " again.";
        }
    }
    return done;
}

}  // namespace reweave::engine
