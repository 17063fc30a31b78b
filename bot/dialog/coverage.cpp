#include "bot/dialog/coverage.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

namespace reweave::dialog {
namespace {

/// To its end, since people look for it.
std::string whole_in_quotes(std::string_view text) {
    return "“" + std::string(text) + "”";
}

/// What a node's branches are called, with the place of each in the file; empty for a node without branches.
std::vector<std::pair<std::string, Span>> branches_of(const Node& node) {
    std::vector<std::pair<std::string, Span>> out;
    const auto* ask = std::get_if<Ask>(&node.what);
    if (ask && ask->kind != AskKind::several) {  // of several nothing is gone into
        for (const Choice& choice : ask->choices)
            out.emplace_back("the choice " + whole_in_quotes(choice.label), choice.span);
    }
    if (const auto* fork = std::get_if<If>(&node.what)) {
        for (const Branch& branch : fork->branches) out.emplace_back("this branch of IF", branch.when.span);
        if (!fork->otherwise.empty()) out.emplace_back("this OTHERWISE", fork->otherwise.front().span);
    }
    return out;
}

std::string line_of(std::string_view what, const Coverage::Count& count) {
    return std::string(what) + " " + std::to_string(count.ran) + " of " + std::to_string(count.of) + " (" +
           std::to_string(count.percent()) + " %)";
}

}  // namespace

void Coverage::add(std::string path, RevisionPtr revision, std::vector<std::string> languages) {
    std::string hash = revision->hash;
    auto parts = parts_of(revision->script);
    scripts_.emplace(std::move(hash),
                     Counted{std::move(path), std::move(revision), std::move(languages), std::move(parts), {}, {}});
}

void Coverage::visit(std::string_view hash, const Place& place, const Walker& walker) {
    const auto it = scripts_.find(hash);
    if (it == scripts_.end()) return;
    Counted& script = it->second;
    const auto& parts = script.parts.at(static_cast<std::size_t>(place.step));
    const auto node = static_cast<std::size_t>(place.node);
    const std::optional<For> part = node < parts.size() ? parts[node] : std::nullopt;
    const bool room = part && part->who == For::Who::all;
    const auto note = [&](Ran& ran) {
        if (is_alone(part, walker.role)) ran.roles.insert(walker.role);
        // What runs in the room is read by all who are there.
        const auto& spoken = walker.languages;
        ran.languages.insert(spoken.begin(), room || spoken.empty() ? spoken.end() : spoken.begin() + 1);
    };
    note(script.steps[place.step]);
    if (place.branch >= 0) note(script.branches[Place{place.step, place.node, place.branch, 0}]);
}

/// Adds what there is in a script, and what of it has run.
void Coverage::count(Report& report, const Counted& script) {
    const auto count = [&](Count& all, const Ran* ran, const std::string& what, Span span, const auto& parts) {
        const auto one = [&](Count& into, bool did, const std::string& role, const std::string& language) {
            ++into.of;
            into.ran += did ? 1 : 0;
            // What never ran at all is not told once more for each role and language.
            if (!did && (ran || &into == &all)) report.missed.push_back({script.path, span, what, role, language});
        };
        one(all, ran != nullptr, {}, {});
        for (const Role& role : script.revision->script.people) {
            const bool alone =
                std::any_of(parts.begin(), parts.end(), [&](const auto& part) { return is_alone(part, role.name); });
            if (alone) one(report.roles, ran && ran->roles.contains(role.name), role.name, {});
        }
        if (&all != &report.steps) return;
        for (const std::string& language : script.languages)
            one(report.languages, ran && ran->languages.contains(language), {}, language);
    };
    const auto find = [](const auto& in, const auto& key) {
        const auto it = in.find(key);
        return it == in.end() ? nullptr : &it->second;
    };
    const std::vector<Step>& steps = script.revision->script.steps;
    for (int s = 0; s < static_cast<int>(steps.size()); ++s) {
        const Step& step = steps[static_cast<std::size_t>(s)];
        const auto& parts = script.parts[static_cast<std::size_t>(s)];
        count(report.steps, find(script.steps, s), "the step " + whole_in_quotes(step.title), step.span, parts);
        for (int n = 0; n < static_cast<int>(step.body.size()); ++n) {
            const std::vector here{parts[static_cast<std::size_t>(n)]};
            int branch = 0;
            for (const auto& [what, span] : branches_of(step.body[static_cast<std::size_t>(n)]))
                count(report.branches, find(script.branches, Place{s, n, branch++, 0}), what, span, here);
        }
    }
}

Coverage::Report Coverage::report() const {
    Report report;
    for (const auto& [hash, counted] : scripts_) count(report, counted);
    const auto place = [](const Missed& m) { return std::tie(m.path, m.span.line, m.span.column); };
    std::stable_sort(report.missed.begin(), report.missed.end(), [&](const Missed& a, const Missed& b) {
        return place(a) < place(b);
    });
    return report;
}

std::string render_text(const Coverage::Report& report) {
    std::string out = line_of("Steps", report.steps) + ", " + line_of("branches", report.branches);
    if (report.roles.of > 0) out += ", " + line_of("by role", report.roles);
    if (report.languages.of > 0) out += ", " + line_of("by language", report.languages);
    out += "\n";
    for (const Coverage::Missed& missed : report.missed) {
        out += missed.path + ":" + std::to_string(missed.span.line) + ": " + missed.what + " never ran";
        if (!missed.role.empty()) out += " for " + missed.role;
        if (!missed.language.empty()) out += " in " + missed.language;
        out += "\n";
    }
    return out;
}

nlohmann::json render_json(const Coverage::Report& report) {
    const auto count = [](const Coverage::Count& c) {
        return nlohmann::json{{"ran", c.ran}, {"of", c.of}, {"percent", c.percent()}};
    };
    nlohmann::json missed = nlohmann::json::array();
    for (const Coverage::Missed& m : report.missed) {
        nlohmann::json one = {{"path", m.path}, {"line", m.span.line}, {"column", m.span.column}, {"what", m.what}};
        if (!m.role.empty()) one["role"] = m.role;
        if (!m.language.empty()) one["language"] = m.language;
        missed.push_back(std::move(one));
    }
    return {{"steps", count(report.steps)},
            {"branches", count(report.branches)},
            {"roles", count(report.roles)},
            {"languages", count(report.languages)},
            {"missed", std::move(missed)}};
}

}  // namespace reweave::dialog
