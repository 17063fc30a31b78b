#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "bot/dialog/checker.hpp"
#include "bot/dialog/names.hpp"
#include "bot/dialog/reads.hpp"

namespace reweave::dialog {
namespace {

/// How a block ends: somewhere else, or with what follows it; or only a person who skips a question comes to its end.
enum class End { leaves, only_by_skipping, goes_on };

/// Of two steps with one id (a fault), the first.
using StepIndex = std::unordered_map<std::string_view, std::size_t>;

StepIndex index_of(const Script& script) {
    StepIndex index;
    for (std::size_t i = 0; i < script.steps.size(); ++i) index.emplace(script.steps[i].id, i);
    return index;
}

End end_of(const Block& block);

End end_of(const Node& node) {
    if (std::holds_alternative<Finish>(node.what) || std::holds_alternative<Begin>(node.what)) return End::leaves;
    if (const auto* go = std::get_if<GoTo>(&node.what)) return go->at_most ? End::goes_on : End::leaves;
    if (const auto* fork = std::get_if<If>(&node.what)) {
        End end = end_of(fork->otherwise);
        for (const Branch& branch : fork->branches) end = std::max(end, end_of(branch.then));
        return end;
    }
    if (const auto* ask = std::get_if<Ask>(&node.what); ask && !ask->choices.empty()) {
        const bool all_leave = std::all_of(
            ask->choices.begin(), ask->choices.end(), [](const Choice& c) { return end_of(c.then) == End::leaves; });
        return all_leave ? End::only_by_skipping : End::goes_on;
    }
    return End::goes_on;
}

End end_of(const Block& block) {
    End end = End::goes_on;
    for (const Node& node : block) {
        end = end_of(node);
        if (end == End::leaves) return end;
    }
    return end;
}

void check_never_run(const Block& block, Faults& faults) {
    for (std::size_t i = 0; i < block.size(); ++i) {
        for_each_block(block[i], [&](const Block& inner) { check_never_run(inner, faults); });
        if (i + 1 == block.size() || end_of(block[i]) != End::leaves) continue;
        const bool fork = std::holds_alternative<If>(block[i].what);
        faults.report(
            Fault::never_run,
            block[i + 1].span,
            "This line never runs: the script has gone elsewhere by then.",
            "Move it above, or take it away.",
            Diagnostic::Note{block[i].span, fork ? "every branch of this fork goes elsewhere" : "it leaves here"});
        return;
    }
}

void check_ends(const Parsed& parsed, Faults& faults) {
    const std::vector<Step>& steps = parsed.script.steps;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const Step& step = steps[i];
        const End end = end_of(step.body);
        const bool last = i + 1 == steps.size();
        if (end == End::leaves || step.body.empty() || parsed.damaged.contains(step.id) ||
            (!last && !steps[i + 1].side))
            continue;
        const Span where = step.body.back().span;
        std::optional<Diagnostic::Note> note;
        if (!last) note = Diagnostic::Note{steps[i + 1].span, "the next step is a side step"};
        if (end == End::only_by_skipping) {
            faults.report(Fault::skip_goes_nowhere,
                          where,
                          "Each choice goes elsewhere, but someone may skip this question or not be understood.",
                          "Write after END what happens then, as in: GO TO: another step, or FINISH: not now.",
                          std::move(note));
        } else if (last) {
            faults.report(Fault::dead_end,
                          where,
                          "The script ends here without FINISH.",
                          "Write FINISH: and how it ended, as in FINISH: owned, or GO TO: another step.");
        } else {
            faults.report(Fault::into_side_step,
                          where,
                          "After this line the script falls into the side step " + in_quotes(steps[i + 1].title) + ".",
                          "Write FINISH: or GO TO: as the last line of this step. Steps after the first FINISH are "
                          "reached by GO TO only.",
                          std::move(note));
        }
    }
}

void check_reachable(const Parsed& parsed, Faults& faults) {
    if (!parsed.damaged.empty()) return;
    const std::vector<bool> reached = reachable_steps(step_graph(parsed.script));
    for (std::size_t i = 0; i < reached.size(); ++i) {
        if (reached[i]) continue;
        const Step& step = parsed.script.steps[i];
        faults.report(Fault::unreachable_step,
                      step.span,
                      "Nobody reaches this step.",
                      "Go there with GO TO: " + step.title + ", or take the step away.");
    }
}

/// From one step's first line to another step's, without a question or a wait between.
struct SilentWay {
    std::size_t to = 0;
    Span go_to;  ///< line 0 where it falls through
};

class Loops {
 public:
    Loops(const Script& script, Faults& faults) : script_(script), index_(index_of(script)), faults_(faults) {
        for (std::size_t i = 0; i < script.steps.size(); ++i) {
            from_ = i;
            ways_.emplace_back();
            if (walk(script.steps[i].body) && i + 1 < script.steps.size()) ways_[i].push_back(SilentWay{i + 1, {}});
        }
    }

    void check() {
        enum class Mark { fresh, open, done };
        std::vector<Mark> marks(ways_.size(), Mark::fresh);
        struct Visit {
            std::size_t step;
            std::size_t way;  ///< the next to try
        };
        for (std::size_t start = 0; start < ways_.size(); ++start) {
            if (marks[start] != Mark::fresh) continue;
            std::vector<Visit> path{{start, 0}};
            marks[start] = Mark::open;
            while (!path.empty()) {
                Visit& top = path.back();
                if (top.way == ways_[top.step].size()) {
                    marks[top.step] = Mark::done;
                    path.pop_back();
                    continue;
                }
                const SilentWay& way = ways_[top.step][top.way++];
                if (marks[way.to] == Mark::fresh) {
                    marks[way.to] = Mark::open;
                    path.push_back({way.to, 0});
                } else if (marks[way.to] == Mark::open) {
                    Span where = way.go_to;
                    for (std::size_t i = path.size(); where.line == 0 && i-- > 0 && path[i].step != way.to;) {
                        where = ways_[path[i - 1].step][path[i - 1].way - 1].go_to;
                    }
                    report(where, way.to);
                }
            }
        }
    }

 private:
    /// Gathers the ways out of a block that is begun silently. True if its end is reached silently.
    bool walk(const Block& block) {
        for (const Node& node : block) {
            if (const auto* go = std::get_if<GoTo>(&node.what)) {
                if (go->at_most) continue;
                const auto to = index_.find(go->step);
                if (to != index_.end()) ways_[from_].push_back(SilentWay{to->second, node.span});
                return false;
            } else if (const auto* fork = std::get_if<If>(&node.what)) {
                bool on = walk(fork->otherwise);
                for (const Branch& branch : fork->branches) on = walk(branch.then) || on;
                if (!on) return false;
            } else if (std::holds_alternative<Ask>(node.what) || std::holds_alternative<Pace>(node.what) ||
                       std::holds_alternative<Wait>(node.what) || std::holds_alternative<Call>(node.what) ||
                       std::holds_alternative<Finish>(node.what) || std::holds_alternative<Begin>(node.what) ||
                       std::holds_alternative<Barrier>(node.what) || std::holds_alternative<Share>(node.what)) {
                return false;
            }
        }
        return true;
    }

    void report(Span where, std::size_t to) {
        faults_.report(Fault::loop,
                       where,
                       "The script goes round in a circle here and never waits for anyone.",
                       "Ask or WAIT on the way round, or write how often: GO TO: " + script_.steps[to].title +
                           ", at most 2 times.",
                       Diagnostic::Note{script_.steps[to].span, "it comes by here again"});
    }

    const Script& script_;
    StepIndex index_;
    Faults& faults_;
    std::size_t from_ = 0;
    std::vector<std::vector<SilentWay>> ways_;
};

}  // namespace

bool always_leaves(const Node& node) {
    return end_of(node) == End::leaves;
}

StepGraph step_graph(const Script& script) {
    const StepIndex index = index_of(script);
    StepGraph graph(script.steps.size());
    for (std::size_t i = 0; i < graph.size(); ++i) {
        const auto add = [&](const std::string& id) {
            if (const auto to = index.find(id); to != index.end()) graph[i].push_back(to->second);
        };
        const Block& body = script.steps[i].body;
        for_each_node(body, [&](const Node& node) {
            if (const auto* go = std::get_if<GoTo>(&node.what)) add(go->step);
            if (const auto* ask = std::get_if<Ask>(&node.what)) {
                add(ask->if_stuck);
                add(ask->if_not);
            }
            if (const auto* barrier = std::get_if<Barrier>(&node.what)) add(barrier->if_not);
        });
        if (i + 1 < graph.size() && end_of(body) != End::leaves) graph[i].push_back(i + 1);
    }
    return graph;
}

std::vector<bool> reachable_steps(const StepGraph& graph) {
    std::vector<bool> reached(graph.size(), false);
    std::vector<std::size_t> open{0};
    reached[0] = true;
    while (!open.empty()) {
        const std::size_t step = open.back();
        open.pop_back();
        for (const std::size_t next : graph[step]) {
            if (reached[next]) continue;
            reached[next] = true;
            open.push_back(next);
        }
    }
    return reached;
}

void check_flow(const Parsed& parsed, Faults& faults) {
    for (const Step& step : parsed.script.steps) check_never_run(step.body, faults);
    check_ends(parsed, faults);
    check_reachable(parsed, faults);
    Loops(parsed.script, faults).check();
}

}  // namespace reweave::dialog
