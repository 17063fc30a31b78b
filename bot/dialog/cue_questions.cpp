// The cues that ask: ASK and the lines below it, choices and their ALSO.
#include "bot/dialog/ask_line.hpp"
#include "bot/dialog/cue_reader.hpp"
#include "bot/dialog/expression.hpp"
#include "bot/dialog/fold.hpp"
#include "bot/dialog/utf8.hpp"

namespace reweave::dialog {
namespace {

constexpr std::int64_t kMostTries = 5;

/// Splits `label (if condition)` into the two.
struct WithCondition {
    Slice label;
    std::optional<Slice> condition;
};
WithCondition split_condition(Slice slice) {
    const std::string_view text = slice.view();
    const std::size_t open = text.rfind("(if ");
    if (open == std::string_view::npos || !text.ends_with(')')) return {slice, {}};
    return {slice.sub(0, open).trimmed(), slice.sub(open + 4, text.size() - open - 5).trimmed()};
}

bool keeps_numbers(AskKind kind) {
    return kind == AskKind::scale || kind == AskKind::number;
}

}  // namespace

void CueReader::ask(const Statement& s) {
    value_phrases_.clear();
    Ask question = read_ask_line(s.body, faults_, around_.people);
    if (question.kind == AskKind::one_of || question.kind == AskKind::several) {
        choice_phrases_.clear();
        choice_ids_.clear();
    }
    tree_.ask(std::move(question), s.whole.span());
}

void CueReader::choice(const Statement& s) {
    if (tree_.choices_so_far() == 0) {
        choice_phrases_.clear();
        choice_ids_.clear();
    }
    const WithId with_id = split_id(s.body);
    const WithCondition parts = split_condition(with_id.words);
    const Slice label = without_bold(parts.label);
    Choice choice;
    choice.span = s.whole.span();
    choice.label = label.str();
    choice.id = with_id.id ? with_id.id->str() : kebab(choice.label);
    if (parts.condition) choice.only_if = read_expression(*parts.condition, known_);

    if (label.empty()) {
        report(Fault::choice_without_words,
               s.whole,
               "This choice has no words.",
               "Write after the * what the person can choose.");
    } else if (choice.id.empty()) {
        choice.id = "choice-" + std::to_string(tree_.choices_so_far() + 1);
    }
    if (with_id.id && !is_kebab(choice.id)) {
        report(Fault::bad_id,
               *with_id.id,
               in_quotes(choice.id) + " cannot be an id.",
               "Use small letters, digits and hyphens, as in {#mine}.");
    }
    if (choice.label.find_first_of("{}") != std::string::npos) {
        report(Fault::label_insertion,
               label,
               "An answer cannot be inserted into a choice.",
               "Say it in the bubble above, and write fixed words here.");
    }
    if (count_characters(choice.label) > kLongestLabel) {
        report(Fault::label_too_long,
               label,
               "This choice is longer than 80 characters: too long for a button.",
               "Say the long words in the bubble above.");
    }
    const auto [before, is_new] = choice_ids_.try_emplace(choice.id, choice.span);
    if (!is_new && !label.empty()) {
        faults_.report(Fault::choice_id_twice,
                       choice.span,
                       "Two choices of this question have the id " + in_quotes(choice.id) + ".",
                       "Change the words of one, or give it an id of its own: * " + choice.label + " {#another}",
                       Diagnostic::Note{before->second, "the other is here"});
    }
    const auto owner = static_cast<std::int64_t>(tree_.choices_so_far());
    if (!label.empty() && is_new) choice_phrases_.add(label, owner);
    tree_.choice(std::move(choice), s.whole.span());
}

void CueReader::also(const Statement& s) {
    if (Choice* choice = tree_.choice_above()) {
        const auto owner = static_cast<std::int64_t>(tree_.choices_so_far()) - 1;
        for (const Slice& phrase : split_list(s.body)) {
            choice_phrases_.add(phrase, owner);
            choice->also.push_back(phrase.str());
        }
        return;
    }
    Ask* question = tree_.question_above();
    if (question && (keeps_numbers(question->kind) || question->kind == AskKind::yes_no))
        return also_value(s, *question);
    report(Fault::also_without_target,
           s.whole,
           question ? "This kind of question takes no ALSO."
                    : "ALSO gives more words for the choice or question directly above, but there is none.",
           question && question->kind == AskKind::one_of
               ? "Write ALSO below each choice: a line with *, then its ALSO."
               : "Put it directly below a line with *, or below ASK with a scale, a number or yes or no.");
}

void CueReader::also_value(const Statement& s, Ask& question) {
    const bool yes_no = question.kind == AskKind::yes_no;
    const std::size_t equals = s.body.view().rfind('=');
    Scanner scanner(equals == std::string_view::npos ? s.body.sub(s.body.size()) : s.body.sub(equals + 1));
    std::optional<std::int64_t> value;
    if (!yes_no) {
        value = scanner.take_number();
    } else if (scanner.take_words("yes") || scanner.take_words("no")) {
        value = s.body.sub(equals + 1).trimmed().size() == 3 ? 1 : 0;
    }
    const std::vector<Slice> phrases = split_list(s.body.sub(0, equals));
    const bool outside =
        value && ((question.from && *value < *question.from) || (question.to && *value > *question.to));
    if (!value || !scanner.done() || outside || phrases.empty()) {
        report(Fault::also_value,
               s.body,
               outside           ? "This value is outside the question's bounds."
               : phrases.empty() ? "There are no words here."
                                 : "ALSO needs the value that these words mean.",
               yes_no ? "As in: ALSO: I did, sure = yes" : "As in: ALSO: numb, checked out = 7");
        return;
    }
    Synonyms synonyms;
    synonyms.value = *value;
    for (const Slice& phrase : phrases) {
        value_phrases_.add(phrase, *value);
        synonyms.phrases.push_back(phrase.str());
    }
    question.also.push_back(std::move(synonyms));
}

void CueReader::question_line(const Statement& s) {
    Ask* question = tree_.question_above();
    if (!question) {
        Barrier* barrier = tree_.barrier_above();
        if (barrier && (s.cue == Cue::if_not || s.cue == Cue::remind)) return barrier_line(s, *barrier);
        const bool below_choice = tree_.choices_so_far() > 0;
        report(Fault::question_line,
               s.whole,
               s.mark.str() + " belongs to a question, but there is none directly above.",
               below_choice ? "Put it between the line ASK: …, one of and the first choice."
                            : "Put it directly below the ASK line that it is about.");
        return;
    }
    switch (s.cue) {
        case Cue::retry:
            question->retry.push_back(read_text(s.body));
            if (question->retry.size() > static_cast<std::size_t>(question->tries)) {
                report(Fault::too_many_retries,
                       s.whole,
                       "This RETRY is never said: the question is left after " + std::to_string(question->tries) +
                           " misses.",
                       "Take it away, or write TRIES: " + std::to_string(question->retry.size()) +
                           " above the first RETRY.");
            }
            break;
        case Cue::tries:
            tries(s, *question);
            break;
        case Cue::if_stuck:
            once(s, !question->if_stuck.empty());
            if (const auto step = find_step(s.body)) question->if_stuck = *step;
            break;
        case Cue::if_not:
            once(s, !question->if_not.empty());
            if (!question->up_to) {
                report(Fault::if_not_without_up_to,
                       s.whole,
                       "IF NOT says where to go when no answer comes in time, but the question has no time.",
                       "Write a time at the end of the ASK line, as in: up to 2 days. For someone who is not "
                       "understood, use IF STUCK.");
            }
            if (const auto step = find_step(s.body)) question->if_not = *step;
            break;
        case Cue::nudge:
            nudge(s, *question);
            break;
        default:
            if (auto reminder = read_reminder(s, question->up_to)) question->reminders.push_back(std::move(*reminder));
            break;
    }
}

void CueReader::once(const Statement& s, bool already) {
    if (already)
        report(Fault::question_line_twice,
               s.whole,
               "This question has " + s.mark.str() + " already.",
               "Keep one of the two lines.");
}

void CueReader::tries(const Statement& s, Ask& question) {
    Scanner scanner(s.body);
    const auto number = scanner.take_number();
    if (!number || *number < 0 || *number > kMostTries || !scanner.done()) {
        report(Fault::tries, s.body, "TRIES needs a number from 0 to 5.", "As in: TRIES: 2");
        return;
    }
    question.tries = static_cast<int>(*number);
}

void CueReader::nudge(const Statement& s, Ask& question) {
    constexpr std::string_view kMend = "As in: NUDGE: if act has \"always\", \"never\": Could a camera film that?";
    Scanner scanner(s.body);
    scanner.take_words("if");
    const Slice rest = scanner.rest();
    // The condition ends at the first colon outside quotes.
    bool inside = false;
    std::size_t colon = std::string_view::npos;
    std::size_t size = 0;
    for (std::size_t i = 0; i < rest.size() && colon == std::string_view::npos; ++i) {
        const std::string_view here = rest.view().substr(i);
        if (quote_size(here) > 0) inside = !inside;
        if (inside) continue;
        if (here.starts_with(':') || here.starts_with("：")) {
            colon = i;
            size = here.starts_with(':') ? 1 : 3;
        }
    }
    if (colon == std::string_view::npos || rest.sub(colon + size).trimmed().empty()) {
        report(Fault::condition,
               s.body,
               "A nudge is a condition, a colon, and what the bot says then.",
               std::string(kMend));
        return;
    }
    Text text = read_text(rest.sub(colon + size).trimmed());
    if (auto when = read_expression(rest.sub(0, colon).trimmed(), known_))
        question.nudges.push_back(Nudge{std::move(*when), std::move(text)});
}

std::optional<Reminder> CueReader::read_reminder(const Statement& s, const std::optional<Seconds>& up_to) {
    Scanner scanner(s.body);
    const bool after = scanner.take_words("after");
    const auto seconds = after ? scanner.take_duration() : std::nullopt;
    if (!seconds || *seconds <= 0 || !scanner.take_sign(':') || scanner.done()) {
        report(Fault::duration,
               s.body,
               "A reminder is a length of time, a colon, and what the bot says then.",
               "As in: REMIND: after 4 hours: Your notes are still here.");
        return std::nullopt;
    }
    if (up_to && *seconds >= up_to->count()) {
        report(Fault::late_reminder, s.body, "By then it is over.", "Remind earlier, or give it more time (up to …).");
    }
    return Reminder{Seconds(*seconds), read_text(scanner.rest())};
}

}  // namespace reweave::dialog
