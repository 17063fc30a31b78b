#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <ostream>

#include "bot/app/commands.hpp"
#include "bot/app/content.hpp"
#include "bot/app/report.hpp"
#include "bot/dialog/parser.hpp"
#include "bot/dialog/simulate.hpp"

namespace reweave::app {
namespace {

using dialog::Simulation;
using nlohmann::json;

json to_json(const Simulation::Trouble& trouble) {
    return {{"seed", trouble.seed}, {"script", trouble.script}, {"line", trouble.span.line}, {"what", trouble.what}};
}

json to_json(const std::string& script, const Simulation& found) {
    json dead_ends = json::array(), starved = json::array();
    for (const Simulation::Trouble& trouble : found.dead_ends) dead_ends.push_back(to_json(trouble));
    for (const Simulation::Trouble& trouble : found.starved) starved.push_back(to_json(trouble));
    return {{"script", script},
            {"conversations", found.conversations},
            {"turns", found.turns},
            {"met", found.met},
            {"outcomes", found.outcomes},
            {"dead_ends", std::move(dead_ends)},
            {"starved", std::move(starved)},
            {"longest",
             {{"turns", found.longest.turns}, {"seed", found.longest.seed}, {"seconds", found.longest.time.count()}}},
            {"coverage", render_json(found.coverage)}};
}

void tell(const std::string& script, bool several, const Simulation& found, double seconds, std::ostream& out) {
    out << script << ": " << count(static_cast<std::size_t>(found.conversations), "conversation", "conversations")
        << ", " << found.turns / std::max(1, found.conversations) << " turns each";
    if (several) out << ", " << found.met << " met";
    if (seconds > 0) out << "; " << static_cast<std::int64_t>(found.conversations / seconds) << " a second";
    out << "\n  ended:";
    for (const auto& [outcome, often] : found.outcomes)
        out << " " << (outcome.empty() ? "without an outcome" : outcome) << " " << often;
    out << "\n  longest: " << found.longest.turns << " turns, "
        << std::chrono::duration_cast<std::chrono::hours>(found.longest.time).count() << " hours (seed "
        << found.longest.seed << ")\n";
    const auto list = [&](const char* kind, const std::vector<Simulation::Trouble>& all) {
        for (const Simulation::Trouble& trouble : all)
            out << "  " << kind << ": " << trouble.script << ", line " << trouble.span.line << ": " << trouble.what
                << " (seed " << trouble.seed << ")\n";
    };
    list("dead end", found.dead_ends);
    list("left out", found.starved);
    for (const dialog::Coverage::Missed& missed : found.coverage.missed)
        out << "  " << missed.path << ":" << missed.span.line << ": nobody came to " << missed.what << "\n";
}

}  // namespace

int simulate_scripts(const SimulateOptions& options, std::ostream& out) {
    Content content = load_content({}, {});
    std::vector<dialog::Source> own;
    for (const auto& path : options.paths) {
        auto found = read_sources(path);
        std::move(found.begin(), found.end(), std::back_inserter(own));
    }
    const auto set = dialog::compile_all(overlay(std::move(content.sources), own), content.packs);
    const std::vector<dialog::RevisionPtr> scripts(set.revisions.begin(), set.revisions.end());
    bool well = true;
    json all = json::array();
    for (const dialog::Source& source : own) {
        const std::string id = script_id(source.path);
        const auto root =
            std::find_if(scripts.begin(), scripts.end(), [&](const auto& r) { return r->script.id == id; });
        if (root == scripts.end())
            throw ContentError(source.path + " has errors, or calls a script that has; `reweave check` says which");
        if (id == dialog::kPhrases) continue;  // nobody goes through it
        const auto began = std::chrono::steady_clock::now();
        const Simulation found = dialog::simulate(
            *root, source.path, scripts, *content.packs.at("en"), {options.seed, options.conversations});
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
        well = well && found.is_well();
        if (options.json) {
            all.push_back(to_json(id, found));
        } else {
            tell(id, !(*root)->script.people.empty(), found, took.count(), out);
        }
    }
    if (options.json) out << all.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
    return well ? 0 : 1;
}

}  // namespace reweave::app
