#include "bot/dialog/collisions.hpp"

#include "bot/dialog/answer.hpp"
#include "bot/dialog/fold.hpp"
#include "bot/dialog/names.hpp"

namespace reweave::dialog {
namespace {

/// Words that an author may want as a choice although they mean something to the bot as well: the choice is then what
/// is meant.
bool is_everyday(Command command) {
    switch (command) {
        case Command::change:
        case Command::back:
        case Command::skip:
        case Command::done:
        case Command::dont_know:
        case Command::resume:
            return true;
        default:
            return false;
    }
}

}  // namespace

void Collisions::add(Slice phrase, std::int64_t owner) {
    std::string folded = fold(phrase.view());
    if (folded.empty()) folded = phrase.str();
    if (const auto command = pack_.commands.find(folded); command != pack_.commands.end()) {
        if (!yields_to_choice(command->second)) {
            faults_.report(Fault::always_on_word,
                           phrase.span(),
                           in_quotes(phrase.view()) +
                               " always belongs to the bot: people must be able to stop, leave, delete or get help.",
                           "Choose other words.");
            return;
        }
        if (!is_everyday(command->second)) {
            faults_.report(Fault::always_on_shadowed,
                           phrase.span(),
                           "At this question " + in_quotes(phrase.view()) +
                               " will mean this choice and not what it means elsewhere.",
                           "Choose other words if you can.");
        }
    }
    const auto [seen, is_new] = seen_.try_emplace(std::move(folded), Seen{owner, phrase.span()});
    if (is_new || seen->second.owner == owner) return;
    faults_.report(Fault::choices_collide,
                   phrase.span(),
                   in_quotes(phrase.view()) + " already means another choice of this question.",
                   "Use each phrase for one choice only.",
                   Diagnostic::Note{seen->second.span, "the other choice is here"});
}

}  // namespace reweave::dialog
