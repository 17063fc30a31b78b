#include "bot/dialog/formerly.hpp"

#include <set>

#include "bot/dialog/header.hpp"
#include "bot/dialog/source.hpp"
#include "bot/dialog/statement.hpp"

namespace reweave::dialog {

FormerSteps former_steps(std::string_view text) {
    const SourceLines source = read_lines(text);
    FormerSteps former;
    std::set<std::string> steps;
    std::string step;
    for (const Line& line : source.lines) {
        const Statement s = read_statement(line);
        if (s.kind == Statement::Kind::heading) {
            step = read_heading(s.body).id;
            steps.insert(step);
        }
        const bool formerly = s.kind == Statement::Kind::cue && s.cue == Cue::formerly;
        if (!formerly || step.empty()) continue;
        if (const std::string id = read_heading(s.body).id; !id.empty()) former.try_emplace(id, step);
    }
    std::erase_if(former, [&](const auto& names) { return steps.contains(names.first); });
    return former;
}

}  // namespace reweave::dialog
