#include "bot/dialog/coverage.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

namespace reweave::dialog {
namespace {

std::string in_quotes(std::string_view text) {
    return "“" + std::string(text) + "”";
}

/// What a node's branches are called, with the place of each in the file; empty for a node without branches.
std::vector<std::pair<std::string, Span>> branches_of(const Node& node) {
    std::vector<std::pair<std::string, Span>> out;
    const auto* ask = std::get_if<Ask>(&node.what);
    if (ask && ask->kind != AskKind::several) {  // of several nothing is gone into
        for (const Choice& choice : ask->choices)
            out.emplace_back("the choice " + in_quotes(choice.label), choice.span);
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

void Coverage::add(std::string path, RevisionPtr revision) {
    std::string hash = revision->hash;
    scripts_.emplace(std::move(hash), Counted{std::move(path), std::move(revision), {}, {}});
}

void Coverage::visit(std::string_view hash, const Place& place) {
    const auto it = scripts_.find(hash);
    if (it == scripts_.end()) return;
    it->second.steps.insert(place.step);
    if (place.branch >= 0) it->second.branches.insert(Place{place.step, place.node, place.branch, 0});
}

Coverage::Report Coverage::report() const {
    Report report;
    const auto count = [&](Count& into, bool ran, const Counted& script, Span span, std::string what) {
        ++into.of;
        if (ran) {
            ++into.ran;
        } else {
            report.missed.push_back({script.path, span, std::move(what)});
        }
    };
    for (const auto& [hash, counted] : scripts_) {
        const std::vector<Step>& steps = counted.revision->script.steps;
        for (int s = 0; s < static_cast<int>(steps.size()); ++s) {
            const Step& step = steps[static_cast<std::size_t>(s)];
            count(report.steps, counted.steps.contains(s), counted, step.span, "the step " + in_quotes(step.title));
            for (int n = 0; n < static_cast<int>(step.body.size()); ++n) {
                int branch = 0;
                for (auto& [what, span] : branches_of(step.body[static_cast<std::size_t>(n)])) {
                    const bool ran = counted.branches.contains(Place{s, n, branch++, 0});
                    count(report.branches, ran, counted, span, std::move(what));
                }
            }
        }
    }
    const auto place = [](const Missed& m) { return std::tie(m.path, m.span.line, m.span.column); };
    std::sort(report.missed.begin(), report.missed.end(), [&](const Missed& a, const Missed& b) {
        return place(a) < place(b);
    });
    return report;
}

std::string render_text(const Coverage::Report& report) {
    std::string out = line_of("Steps", report.steps) + ", " + line_of("branches", report.branches) + "\n";
    for (const Coverage::Missed& missed : report.missed)
        out += missed.path + ":" + std::to_string(missed.span.line) + ": " + missed.what + " never ran\n";
    return out;
}

nlohmann::json render_json(const Coverage::Report& report) {
    const auto count = [](const Coverage::Count& c) {
        return nlohmann::json{{"ran", c.ran}, {"of", c.of}, {"percent", c.percent()}};
    };
    nlohmann::json missed = nlohmann::json::array();
    for (const Coverage::Missed& m : report.missed)
        missed.push_back({{"path", m.path}, {"line", m.span.line}, {"column", m.span.column}, {"what", m.what}});
    return {{"steps", count(report.steps)}, {"branches", count(report.branches)}, {"missed", std::move(missed)}};
}

}  // namespace reweave::dialog
