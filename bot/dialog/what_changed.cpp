#include "bot/dialog/what_changed.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "bot/dialog/reads.hpp"
#include "bot/dialog/script_texts.hpp"

namespace reweave::dialog {
namespace {

using Texts = std::multiset<std::string>;

/// By step; those above the first step under "".
std::map<std::string, Texts> texts_by_step(Script script) {
    std::map<std::string, Texts> all;
    for (const ScriptText& text : texts_of(script)) {
        const std::string step = text.step < 0 ? "" : script.steps[static_cast<std::size_t>(text.step)].id;
        all[step].insert(in_writing(text));
    }
    return all;
}

/// A text that took another's place counts once.
int changed(const Texts& old, const Texts& now) {
    std::vector<std::string> gone, came;
    std::set_difference(old.begin(), old.end(), now.begin(), now.end(), std::back_inserter(gone));
    std::set_difference(now.begin(), now.end(), old.begin(), old.end(), std::back_inserter(came));
    return static_cast<int>(std::max(gone.size(), came.size()));
}

/// What can be answered, without the words that it is asked in.
std::string in_short(const Ask& ask) {
    std::string all = std::to_string(static_cast<int>(ask.kind)) + " " + std::to_string(ask.max);
    for (const auto& bound : {ask.from, ask.to}) all += bound ? " " + std::to_string(*bound) : " -";
    if (ask.up_to) all += " up to " + std::to_string(ask.up_to->count());
    for (const Choice& choice : ask.choices) all += " *" + choice.id;
    return all;
}

std::map<std::string, std::multiset<std::string>> questions(const Script& script, const FormerSteps& former) {
    std::map<std::string, std::multiset<std::string>> all;
    for (const Step& step : script.steps) {
        const auto later = former.find(step.id);
        const std::string& id = later == former.end() ? step.id : later->second;
        for_each_node(step.body, [&](const Node& node) {
            const auto* ask = std::get_if<Ask>(&node.what);
            if (ask) all[ask->name.empty() ? "one in " + id : ask->name].insert(in_short(*ask));
        });
    }
    return all;
}

}  // namespace

ScriptChange what_changed(const Script& old, const Script& now, const FormerSteps& former) {
    ScriptChange change;
    const auto texts_old = texts_by_step(old);
    const auto texts_now = texts_by_step(now);
    const auto add_texts = [&](const std::string& before, const std::string& after) {
        const auto a = texts_old.find(before);
        const auto b = texts_now.find(after);
        change.texts += changed(a == texts_old.end() ? Texts() : a->second, b == texts_now.end() ? Texts() : b->second);
    };
    add_texts("", "");
    std::set<std::string> kept;
    for (const Step& step : old.steps) {
        const auto later = former.find(step.id);
        const std::string& id = later == former.end() ? step.id : later->second;
        if (step_index(now, id) < 0 || !kept.insert(id).second) {
            change.removed.push_back(step.id);
            continue;
        }
        if (id != step.id) change.renamed.emplace_back(step.id, id);
        add_texts(step.id, id);
    }
    for (const Step& step : now.steps) {
        if (!kept.contains(step.id)) change.added.push_back(step.id);
    }
    const auto asked_old = questions(old, former);
    const auto asked_now = questions(now, {});
    std::set<std::string> names;
    for (const auto& [name, ways] : asked_old) names.insert(name);
    for (const auto& [name, ways] : asked_now) names.insert(name);
    for (const std::string& name : names) {
        const auto a = asked_old.find(name);
        const auto b = asked_now.find(name);
        if (a == asked_old.end() || b == asked_now.end() || a->second != b->second) change.questions.push_back(name);
    }
    return change;
}

}  // namespace reweave::dialog
