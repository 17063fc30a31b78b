#include "bot/dialog/checker.hpp"

namespace reweave::dialog {
namespace {

void check_phrases(const Script& script, Faults& faults) {
    for (const Step& step : script.steps) {
        for (const Node& node : step.body) {
            if (std::holds_alternative<Say>(node.what)) continue;
            faults.report(Fault::phrases_only_speak,
                          node.span,
                          "Among the bot's phrases there can be bubbles only.",
                          "Put a conversation into a script of its own.");
        }
    }
}

}  // namespace

void check(const Parsed& parsed, const LanguagePack& pack, Faults& faults) {
    if (parsed.script.steps.empty()) return;
    if (parsed.script.id == kPhrases) return check_phrases(parsed.script, faults);
    check_flow(parsed, faults);
    check_turns(parsed, faults);
    check_answers(parsed, pack, faults);
    check_order(parsed, faults);
    check_consent(parsed, faults);
}

}  // namespace reweave::dialog
