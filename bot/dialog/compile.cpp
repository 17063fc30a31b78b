#include "bot/dialog/compile.hpp"

#include <map>

#include "bot/dialog/checker.hpp"
#include "bot/dialog/fold.hpp"
#include "bot/dialog/header.hpp"

namespace reweave::dialog {
namespace {

/// Where a choice has an id of its own, conditions name it by that: its words may be in another language when it is
/// picked. An id made of the words needs nothing, as the words lead back to it.
class ChoiceIds {
 public:
    void resolve(Script& script) {
        for (const Step& step : script.steps) gather(step.body);
        if (ids_.empty()) return;
        for (Step& step : script.steps) resolve(step.body);
    }

 private:
    void gather(const Block& block) {
        for (const Node& node : block) {
            if (const auto* ask = std::get_if<Ask>(&node.what)) {
                for (const Choice& choice : ask->choices) {
                    gather(choice.then);
                    if (kebab(choice.label) != choice.id) ids_[{ask->name, fold(choice.label)}] = choice.id;
                }
            } else if (const auto* fork = std::get_if<If>(&node.what)) {
                for (const Branch& branch : fork->branches) gather(branch.then);
                gather(fork->otherwise);
            }
        }
    }

    void resolve(Block& block) {
        for (Node& node : block) {
            if (auto* ask = std::get_if<Ask>(&node.what)) {
                for (Nudge& nudge : ask->nudges) resolve(nudge.when);
                for (Choice& choice : ask->choices) {
                    if (choice.only_if) resolve(*choice.only_if);
                    resolve(choice.then);
                }
            } else if (auto* fork = std::get_if<If>(&node.what)) {
                for (Branch& branch : fork->branches) {
                    resolve(branch.when);
                    resolve(branch.then);
                }
                resolve(fork->otherwise);
            }
        }
    }

    void resolve(Expr& expr) {
        for (Expr& arg : expr.args) resolve(arg);
        const auto rename = [&](std::string& words) {
            const auto it = ids_.find({expr.name, fold(words)});
            if (it != ids_.end()) words = it->second;
        };
        if (auto* words = std::get_if<std::string>(&expr.value)) rename(*words);
        for (std::string& words : expr.words) rename(words);
    }

    std::map<std::pair<std::string, std::string>, std::string> ids_;  ///< answer and folded words -> id
};

}  // namespace

Compiled compile(const Source& source, const LanguagePack& pack, const Titles* others) {
    Faults faults(source.path);
    std::string id = script_id(source.path);
    if (!is_kebab(id)) {
        faults.report(Fault::file_name,
                      Span{1, 1, 0},
                      "The file's name " + in_quotes(id) + " cannot be the id of a script.",
                      "Name it with small letters, digits and hyphens, as in own-part.script.");
    }
    const SourceLines lines = read_lines(source.text);
    Parsed parsed = parse(lines, std::move(id), pack, others, faults);
    check(parsed, pack, faults);
    Compiled compiled;
    if (!faults.any_error()) {
        ChoiceIds().resolve(parsed.script);
        compiled.script = std::move(parsed.script);
    }
    compiled.diagnostics = faults.take();
    return compiled;
}

}  // namespace reweave::dialog
