#include "bot/dialog/parts.hpp"

#include <algorithm>
#include <deque>

#include "bot/dialog/checker.hpp"
#include "bot/dialog/reads.hpp"

namespace reweave::dialog {

std::vector<std::vector<std::optional<For>>> parts_of(const Script& script) {
    std::vector<std::vector<std::optional<For>>> parts(script.steps.size());
    for (std::size_t i = 0; i < parts.size(); ++i) parts[i].resize(script.steps[i].body.size());
    if (script.people.empty() || script.steps.empty()) return parts;
    std::vector<bool> entered(parts.size());
    std::deque<std::pair<int, std::optional<For>>> open{{0, std::nullopt}};
    while (!open.empty()) {
        const int step = open.front().first;
        std::optional<For> part = std::move(open.front().second);  // no binding: clang 14 captures none
        open.pop_front();
        const auto i = static_cast<std::size_t>(step);
        if (step < 0 || i >= parts.size() || entered[i]) continue;
        entered[i] = true;
        const Block& body = script.steps[i].body;
        const auto enter = [&](const std::string& id) { open.emplace_back(step_index(script, id), part); };
        for (std::size_t n = 0; n < body.size(); ++n) {
            if (const auto* here = std::get_if<For>(&body[n].what)) part = *here;
            parts[i][n] = part;
            for_each_node({body[n]}, [&](const Node& node) {
                if (const auto* go = std::get_if<GoTo>(&node.what)) enter(go->step);
                if (const auto* barrier = std::get_if<Barrier>(&node.what)) enter(barrier->if_not);
                const auto* ask = std::get_if<Ask>(&node.what);
                if (!ask) return;
                enter(ask->if_stuck);
                enter(ask->if_not);
            });
        }
        if (std::none_of(body.begin(), body.end(), always_leaves)) open.emplace_back(step + 1, part);
    }
    return parts;
}

bool is_alone(const std::optional<For>& part, const std::string& role) {
    return part && (part->who == For::Who::each || (part->who == For::Who::role && part->role == role));
}

}  // namespace reweave::dialog
