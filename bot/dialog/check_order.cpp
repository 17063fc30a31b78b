#include <algorithm>
#include <cstdint>
#include <map>

#include "bot/dialog/checker.hpp"
#include "bot/dialog/names.hpp"
#include "bot/dialog/reads.hpp"

namespace reweave::dialog {
namespace {

/// A set of answers as bits, one for each name.
using Bits = std::vector<std::uint64_t>;

void set(Bits& bits, std::size_t i) {
    bits[i / 64] |= std::uint64_t{1} << (i % 64);
}
bool has(const Bits& bits, std::size_t i) {
    return (bits[i / 64] >> (i % 64) & 1) != 0;
}
/// True if that added anything.
bool add(Bits& to, const Bits& from) {
    bool changed = false;
    for (std::size_t i = 0; i < to.size(); ++i) {
        changed = changed || (from[i] & ~to[i]) != 0;
        to[i] |= from[i];
    }
    return changed;
}

/// Finds for each step which answers may have been given before it, by any way, and then reads that come before all of
/// them.
class Order {
 public:
    Order(const Parsed& parsed, Faults& faults) : script_(parsed.script), faults_(faults) {
        index_.emplace("outcome", 0);
        for (const Step& step : script_.steps) {
            for_each_node(step.body, [&](const Node& node) {
                const auto* ask = std::get_if<Ask>(&node.what);
                if (ask && !ask->name.empty()) index_.emplace(ask->name, index_.size());
            });
        }
        before_.assign(script_.steps.size(), Bits(index_.size() / 64 + 1));
        given_.assign(script_.given.begin(), script_.given.end());
    }

    void check() {
        const StepGraph graph = step_graph(script_);
        spread(graph);
        const std::vector<bool> reached = reachable_steps(graph);
        for (std::size_t i = 0; i < script_.steps.size(); ++i) {
            if (!reached[i]) continue;
            Bits known = before_[i];
            walk(script_.steps[i].body, known);
        }
    }

 private:
    void answer(const Node& node, Bits& known) const {
        if (std::holds_alternative<Call>(node.what)) set(known, 0);
        const auto* ask = std::get_if<Ask>(&node.what);
        if (ask && !ask->name.empty()) set(known, index_.at(ask->name));
    }

    void spread(const StepGraph& next) {
        std::vector<Bits> within;
        for (std::size_t i = 0; i < script_.steps.size(); ++i) {
            within.emplace_back(before_[i].size());
            for_each_node(script_.steps[i].body, [&](const Node& node) { answer(node, within[i]); });
        }
        for (bool changed = true; changed;) {
            changed = false;
            for (std::size_t i = 0; i < next.size(); ++i) {
                Bits after = before_[i];
                add(after, within[i]);
                for (const std::size_t to : next[i]) changed = add(before_[to], after) || changed;
            }
        }
    }

    void walk(const Block& block, Bits& known) {
        for (const Node& node : block) {
            // A nudge looks at the answer that is just being given.
            answer(node, known);
            for_each_read(node, [&](std::string_view name, Span span) {
                const auto it = index_.find(name);
                const bool is_given = std::find(given_.begin(), given_.end(), name) != given_.end();
                if (it == index_.end() || is_given || has(known, it->second)) return;
                report(name, span);
            });
            for_each_block(node, [&](const Block& inner) { walk(inner, known); });
        }
    }

    void report(std::string_view name, Span span) {
        const bool outcome = name == "outcome";
        faults_.report(Fault::read_too_early,
                       span,
                       outcome ? "Nothing has been called yet, so there is no outcome."
                               : "Nobody can have answered " + in_quotes(name) + " by the time the script comes here.",
                       outcome ? "Use outcome after a CALL."
                               : "Ask for it before. If another script hands it in, write Given: " + std::string(name) +
                                     " at the top.");
    }

    const Script& script_;
    Faults& faults_;
    std::map<std::string, std::size_t, std::less<>> index_;
    std::vector<std::string> given_;
    std::vector<Bits> before_;
};

}  // namespace

void check_order(const Parsed& parsed, Faults& faults) {
    if (parsed.damaged.empty()) Order(parsed, faults).check();
}

}  // namespace reweave::dialog
