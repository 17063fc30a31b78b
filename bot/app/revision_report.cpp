#include "bot/app/revision_report.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <sstream>

#include "bot/app/report.hpp"
#include "bot/dialog/compile.hpp"
#include "bot/dialog/what_changed.hpp"

namespace reweave::app {
namespace {

using nlohmann::json;
using store::LivingRevision;

/// "2026-11-24 10:00", in UTC.
std::string in_words(engine::TimePoint at) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::minutes>(at - day));
    const auto two = [](auto number) {
        std::string digits = std::to_string(number);
        return digits.size() < 2 ? "0" + digits : digits;
    };
    return std::to_string(static_cast<int>(date.year())) + "-" + two(static_cast<unsigned>(date.month())) + "-" +
           two(static_cast<unsigned>(date.day())) + " " + two(time.hours().count()) + ":" + two(time.minutes().count());
}

std::string in_short(const json& hash) {
    return hash.get<std::string>().substr(0, 12);
}

/// Hash -> how many conversations can reach it.
std::map<std::string, std::int64_t> conversations_by_reach(const std::vector<LivingRevision>& stored) {
    std::map<std::string, std::vector<std::string>> calls;
    for (const LivingRevision& revision : stored) {
        const json script = json::parse(revision.record.json);
        const auto it = script.find("calls");
        if (it == script.end()) continue;
        for (const auto& [id, hash] : it->items()) calls[revision.record.hash].push_back(hash.get<std::string>());
    }
    std::map<std::string, std::int64_t> reached;
    for (const LivingRevision& revision : stored) {
        if (revision.alive == 0) continue;
        std::set<std::string> seen{revision.record.hash};
        std::vector<std::string> open{revision.record.hash};
        while (!open.empty()) {
            const std::string hash = std::move(open.back());
            open.pop_back();
            reached[hash] += revision.alive;
            for (const std::string& called : calls[hash]) {
                if (seen.insert(called).second) open.push_back(called);
            }
        }
    }
    return reached;
}

}  // namespace

json report_of(const Publication& publication, const std::vector<LivingRevision>& stored) {
    const auto reached = conversations_by_reach(stored);
    json report = {{"scripts", json::array()}, {"faults", publication.faults}, {"unchanged", 0}};
    for (const auto& revision : publication.revisions) {
        json entry = {{"script", revision->script.id}, {"to", revision->hash}, {"older", json::array()}};
        const LivingRevision* newest = nullptr;
        for (const LivingRevision& old : stored) {
            if (old.record.script != revision->script.id) continue;
            if (old.newest) newest = &old;
            const auto count = reached.find(old.record.hash);
            if (old.record.hash == revision->hash || count == reached.end()) continue;
            entry["older"].push_back({{"revision", old.record.hash},
                                      {"published", in_words(old.record.published)},
                                      {"conversations", count->second}});
        }
        entry["change"] = !newest ? "new" : newest->record.hash == revision->hash ? "unchanged" : "changed";
        if (entry["change"] == "changed") {
            entry["from"] = newest->record.hash;
            const auto former = publication.former.find(revision->script.id);
            const dialog::ScriptChange change =
                dialog::what_changed(dialog::script_from_json(json::parse(newest->record.json)),
                                     revision->script,
                                     former == publication.former.end() ? dialog::FormerSteps() : former->second);
            entry["added"] = change.added;
            entry["removed"] = change.removed;
            entry["renamed"] = json::array();
            for (const auto& [from, to] : change.renamed) entry["renamed"].push_back({{"from", from}, {"to", to}});
            entry["texts"] = change.texts;
            entry["questions"] = change.questions;
        }
        if (entry["change"] == "unchanged") report["unchanged"] = report["unchanged"].get<int>() + 1;
        if (entry["change"] != "unchanged" || !entry["older"].empty()) report["scripts"].push_back(std::move(entry));
    }
    return report;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

void print_publication(const json& report, std::ostream& out) {
    const auto list = [&](const json& entry, const char* what, const char* says) {
        if (entry.value(what, json::array()).empty()) return;
        out << "  " << says;
        for (const json& item : entry[what])
            out << " " << item.get<std::string>() << (&item == &entry[what].back() ? "" : ",");
        out << "\n";
    };
    for (const json& entry : report["scripts"]) {
        out << entry["script"].get<std::string>() << ": " << entry["change"].get<std::string>();
        if (entry["change"] == "changed") out << " from " << in_short(entry["from"]) << " to " << in_short(entry["to"]);
        out << "\n";
        list(entry, "added", "steps added:");
        list(entry, "removed", "steps removed:");
        for (const json& step : entry.value("renamed", json::array()))
            out << "  step renamed: " << step["from"].get<std::string>() << " is now " << step["to"].get<std::string>()
                << "\n";
        if (const int texts = entry.value("texts", 0); texts > 0) out << "  texts changed: " << texts << "\n";
        list(entry, "questions", "questions changed:");
        for (const json& older : entry["older"]) {
            out << "  " << count(older["conversations"].get<std::size_t>(), "conversation lives", "conversations live")
                << " on revision " << in_short(older["revision"]) << ", published "
                << older["published"].get<std::string>() << "\n";
        }
    }
    for (const json& fault : report["faults"]) out << "fault: " << fault.get<std::string>() << "\n";
    for (const json& sentence : report.value("left_out", json::array()))
        out << "left out: " << sentence.get<std::string>() << "\n";
    const auto changed = std::count_if(report["scripts"].begin(), report["scripts"].end(), [](const json& entry) {
        return entry["change"] != "unchanged";
    });
    out << (report.value("published", false) ? "Published: " : "Nothing was published: ")
        << count(static_cast<std::size_t>(changed), "script is", "scripts are") << " new or changed, "
        << report["unchanged"].get<int>() << " as before.\n";
}

json report_of(const std::vector<LivingRevision>& stored, const std::string& script) {
    const auto reached = conversations_by_reach(stored);
    json report = {{"revisions", json::array()}};
    for (const LivingRevision& revision : stored) {
        if (!script.empty() && revision.record.script != script) continue;
        const auto count = reached.find(revision.record.hash);
        json entry = {{"script", revision.record.script},
                      {"revision", revision.record.hash},
                      {"published", in_words(revision.record.published)},
                      {"newest", revision.newest},
                      {"conversations", count == reached.end() ? 0 : count->second}};
        if (revision.record.recalled != engine::TimePoint{}) entry["recalled"] = in_words(revision.record.recalled);
        report["revisions"].push_back(std::move(entry));
    }
    return report;
}

void print_revisions(const json& report, std::ostream& out) {
    std::string script;
    for (const json& entry : report["revisions"]) {
        if (entry["script"] != script) {
            script = entry["script"].get<std::string>();
            out << script << "\n";
        }
        out << "  " << in_short(entry["revision"]) << "  published " << entry["published"].get<std::string>() << "  "
            << count(entry["conversations"].get<std::size_t>(), "conversation", "conversations");
        if (entry["newest"].get<bool>()) out << ", the newest";
        if (entry.contains("recalled")) out << ", recalled " << entry["recalled"].get<std::string>();
        out << "\n";
    }
}

}  // namespace reweave::app
