#include <algorithm>
#include <string_view>

#include "bot/dialog/checker.hpp"

namespace reweave::dialog {
namespace {

std::size_t count_of(std::string_view text, std::string_view what) {
    std::size_t count = 0;
    for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size()))
        ++count;
    return count;
}

/// Question marks in a text, in any script; of its alternates, the most.
std::size_t question_marks(const Text& text) {
    std::size_t most = 0;
    for (const Template& alternate : text.alternates) {
        std::size_t count = 0;
        for (const Piece& piece : alternate) {
            for (const std::string_view mark : {"?", "？", "؟", "⁇"}) count += count_of(piece.literal, mark);
        }
        most = std::max(most, count);
    }
    return most;
}

/// What was said since the script last waited for the person.
struct InTurn {
    bool said = false;
    std::size_t questions = 0;
};

/// After a fork: as much as any of its branches said.
InTurn most(const InTurn& a, const InTurn& b) {
    return InTurn{a.said || b.said, std::max(a.questions, b.questions)};
}

class Turns {
 public:
    explicit Turns(Faults& faults) : faults_(faults) {}

    InTurn walk(const Block& block, InTurn turn) {
        for (const Node& node : block) turn = walk(node, turn);
        return turn;
    }

 private:
    InTurn walk(const Node& node, InTurn turn) {
        if (const auto* say = std::get_if<Say>(&node.what)) return heard(say->text, turn);
        if (const auto* media = std::get_if<Media>(&node.what)) return heard(media->text, turn);
        if (const auto* ask = std::get_if<Ask>(&node.what)) return asked(node, *ask, turn);
        if (const auto* fork = std::get_if<If>(&node.what)) {
            InTurn after = walk(fork->otherwise, turn);
            for (const Branch& branch : fork->branches) after = most(after, walk(branch.then, turn));
            return after;
        }
        const bool waits = std::holds_alternative<Pace>(node.what) || std::holds_alternative<Wait>(node.what) ||
                           std::holds_alternative<Call>(node.what) || std::holds_alternative<Begin>(node.what) ||
                           std::holds_alternative<For>(node.what) || std::holds_alternative<Barrier>(node.what) ||
                           std::holds_alternative<Share>(node.what);
        return waits ? InTurn{} : turn;
    }

    InTurn heard(const Text& text, InTurn turn) {
        const std::size_t marks = question_marks(text);
        turn.said = true;
        turn.questions += marks;
        if (marks > 0 && turn.questions > 1) {
            faults_.report(Fault::two_questions,
                           text.span,
                           "Someone upset can answer one question at a time, and this turn has " +
                               std::to_string(turn.questions) + ".",
                           "Keep one question mark between two answers.");
        }
        return turn;
    }

    InTurn asked(const Node& node, const Ask& ask, const InTurn& turn) {
        if (!turn.said) {
            faults_.report(Fault::question_without_words,
                           node.span,
                           "The bot asks here without having said anything.",
                           "Write the question as a line of its own above this one.");
        }
        InTurn after;
        for (const Choice& choice : ask.choices) after = most(after, walk(choice.then, InTurn{}));
        return after;
    }

    Faults& faults_;
};

}  // namespace

void check_turns(const Parsed& parsed, Faults& faults) {
    for (const Step& step : parsed.script.steps) {
        // A line that could not be read may have been the question, or the wait between two.
        if (!parsed.damaged.contains(step.id)) (void)Turns(faults).walk(step.body, InTurn{});
    }
}

}  // namespace reweave::dialog
