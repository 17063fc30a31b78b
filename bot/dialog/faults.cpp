#include "bot/dialog/faults.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace reweave::dialog {
namespace {

constexpr auto kError = Severity::error;
constexpr auto kWarning = Severity::warning;

constexpr std::array kTable{
    FaultRow{Fault::not_utf8, kError, "a character that cannot be read"},
    FaultRow{Fault::file_name, kError, "a file name that cannot be a script's id"},
    FaultRow{Fault::empty_file, kError, "an empty file"},
    FaultRow{Fault::no_title, kError, "no title at the top"},
    FaultRow{Fault::second_title, kError, "a second title"},
    FaultRow{Fault::header_line, kError, "a line at the top that means nothing"},
    FaultRow{Fault::header_twice, kError, "the same line twice at the top"},
    FaultRow{Fault::minutes, kError, "Minutes without a number"},
    FaultRow{Fault::language_tag, kError, "an unknown language"},
    FaultRow{Fault::no_language_pack, kError, "a language the bot does not understand yet"},
    FaultRow{Fault::not_signed, kWarning, "neither Draft nor Reviewed"},
    FaultRow{Fault::draft_and_reviewed, kError, "both Draft and Reviewed"},
    FaultRow{
        Fault::two_people, kError, "a script for one person where one for several is meant, or the other way round"},
    FaultRow{Fault::no_steps, kError, "no steps"},
    FaultRow{Fault::heading_without_words, kError, "a heading without words"},
    FaultRow{Fault::step_twice, kError, "two steps with one id"},
    FaultRow{Fault::bad_id, kError, "an id that is not lower-case-with-hyphens"},
    FaultRow{Fault::empty_step, kError, "an empty step"},
    FaultRow{Fault::unknown_cue, kError, "an unknown cue"},
    FaultRow{Fault::no_colon, kError, "a cue without its colon"},
    FaultRow{Fault::not_capitals, kWarning, "a cue that is not in capitals"},
    FaultRow{Fault::empty_cue, kError, "a cue with nothing after it"},
    FaultRow{Fault::two_people_cue, kError, "a cue for two people in a script for one"},
    FaultRow{Fault::two_people_syntax, kError, "a cue for two people that cannot be read"},
    FaultRow{Fault::or_without_bubble, kError, "OR without a bubble above it"},
    FaultRow{Fault::also_without_target, kError, "ALSO where nothing can take it"},
    FaultRow{Fault::question_line, kError, "a question's line without its question"},
    FaultRow{Fault::question_line_twice, kError, "a question's line twice"},
    FaultRow{Fault::otherwise_without_if, kError, "OTHERWISE without IF"},
    FaultRow{Fault::end_without_fork, kError, "END without a fork"},
    FaultRow{Fault::missing_end, kError, "a fork without END"},
    FaultRow{Fault::fork_in_fork, kError, "a fork inside a fork"},
    FaultRow{Fault::unwanted_choices, kError, "choices under a question that takes none"},
    FaultRow{Fault::no_choices, kError, "a question without its choices"},
    FaultRow{Fault::choice_without_words, kError, "a choice without words"},
    FaultRow{Fault::choice_id_twice, kError, "two choices with one id"},
    FaultRow{Fault::choices_collide, kError, "the same words for two choices"},
    FaultRow{Fault::always_on_word, kError, "a word that always belongs to the bot"},
    FaultRow{Fault::always_on_shadowed, kWarning, "a choice that hides one of the bot's words"},
    FaultRow{Fault::label_too_long, kWarning, "a choice too long for a button"},
    FaultRow{Fault::label_insertion, kError, "an answer inserted into a choice"},
    FaultRow{Fault::bad_name, kError, "a name that cannot be used for an answer"},
    FaultRow{Fault::reserved_name, kError, "a name that means something else"},
    FaultRow{Fault::unknown_kind, kError, "an unknown kind of question"},
    FaultRow{Fault::bounds, kError, "bounds that cannot be right"},
    FaultRow{Fault::also_value, kError, "ALSO with a wrong value"},
    FaultRow{Fault::tries, kError, "TRIES with a wrong number"},
    FaultRow{Fault::too_many_retries, kWarning, "a RETRY that is never said"},
    FaultRow{Fault::if_not_without_up_to, kError, "IF NOT without a time"},
    FaultRow{Fault::late_reminder, kWarning, "a reminder that comes too late"},
    FaultRow{Fault::duration, kError, "a length of time that cannot be read"},
    FaultRow{Fault::two_kinds, kError, "one answer asked in two kinds"},
    FaultRow{Fault::brace, kError, "a brace that does not fit"},
    FaultRow{Fault::plural_forms, kError, "the wrong number of plural forms"},
    FaultRow{Fault::too_long, kError, "a bubble that is too long"},
    FaultRow{Fault::long_for_someone_upset, kWarning, "a bubble that is long for someone upset"},
    FaultRow{Fault::two_questions, kWarning, "two questions at once"},
    FaultRow{Fault::question_without_words, kError, "a question without words"},
    FaultRow{Fault::bold, kWarning, "bold or italic marks in a bubble"},
    FaultRow{Fault::dash, kWarning, "a list made with dashes"},
    FaultRow{Fault::condition, kError, "a condition that cannot be read"},
    FaultRow{Fault::unknown_name, kError, "an answer that nobody asks for"},
    FaultRow{Fault::wrong_type, kError, "an answer used as what it is not"},
    FaultRow{Fault::never_true, kWarning, "a comparison outside the bounds"},
    FaultRow{Fault::unknown_choice, kError, "a choice that the question does not offer"},
    FaultRow{Fault::never_read, kWarning, "an answer that is never used"},
    FaultRow{Fault::read_too_early, kError, "an answer used before it is asked"},
    FaultRow{Fault::unknown_step, kError, "an unknown step"},
    FaultRow{Fault::unreachable_step, kWarning, "a step that nobody reaches"},
    FaultRow{Fault::dead_end, kError, "an end without FINISH"},
    FaultRow{Fault::into_side_step, kError, "falling into a side step"},
    FaultRow{Fault::skip_goes_nowhere, kError, "no way on for someone who skips"},
    FaultRow{Fault::loop, kError, "a loop without a wait"},
    FaultRow{Fault::never_run, kError, "lines that never run"},
    FaultRow{Fault::empty_branch, kWarning, "an empty branch"},
    FaultRow{Fault::at_most, kError, "a wrong number of times"},
    FaultRow{Fault::wait, kError, "a WAIT that cannot be read"},
    FaultRow{Fault::unknown_script, kError, "an unknown script"},
    FaultRow{Fault::call_cycle, kError, "scripts that call each other in a circle"},
    FaultRow{Fault::calls_faulty, kError, "a call to a script with faults"},
    FaultRow{Fault::script_twice, kError, "two scripts with one id"},
    FaultRow{Fault::not_given, kWarning, "an answer handed in that is not expected"},
    FaultRow{Fault::help_topic, kError, "an unknown help topic"},
    FaultRow{Fault::media_file, kError, "a file that cannot be shown"},
    FaultRow{Fault::media_words, kError, "a picture, recording or link without words"},
    FaultRow{Fault::link_address, kError, "a link that is not https"},
    FaultRow{Fault::pace, kError, "a paced exercise that cannot be read"},
    FaultRow{Fault::outcome, kError, "an outcome that cannot be read"},
    FaultRow{Fault::phrases_only_speak, kError, "more than words among the bot's phrases"},
    FaultRow{Fault::people, kError, "roles that cannot be read"},
    FaultRow{Fault::in_a_branch, kError, "FOR or WAIT: for inside a fork"},
    FaultRow{Fault::waits_forever, kError, "a WAIT: for without an end"},
    FaultRow{Fault::leak, kError, "something private that others would see"},
    FaultRow{Fault::which_meeting, kError, "private answers that decide where people meet"},
    FaultRow{Fault::room_without_barrier, kError, "a room that opens before everyone has come"},
    FaultRow{Fault::for_nobody, kError, "lines that are for nobody yet"},
    FaultRow{Fault::nobody_asked, kError, "a question to a room"},
    FaultRow{Fault::nothing_shared, kError, "SHOW without SHARE"},
    FaultRow{Fault::asked_in_both, kError, "one answer asked in private and in the room"},
    FaultRow{Fault::mixed_section, kError, "a step for the room and for someone alone"},
    FaultRow{Fault::wrong_section, kError, "a cue in the wrong part"},
    FaultRow{Fault::no_gate, kError, "a room without the safety gate"},
    FaultRow{Fault::counted, kError, "a count that would show who said what"},
    FaultRow{Fault::former_step_is_there, kError, "a former name that a step still has"},
    FaultRow{Fault::former_step_twice, kError, "one former name for two steps"},
    FaultRow{Fault::formerly_without_heading, kError, "FORMERLY away from its heading"},
};

constexpr bool numbered_without_gaps() {
    for (std::size_t i = 0; i < kTable.size(); ++i) {
        if (static_cast<std::size_t>(kTable[i].fault) != i + 1) return false;
    }
    return true;
}
static_assert(numbered_without_gaps(), "the table follows the enumerators");

}  // namespace

std::span<const FaultRow> fault_table() {
    return kTable;
}

std::string code_of(Fault fault) {
    const std::string number = std::to_string(static_cast<int>(fault));
    return "R" + std::string(3 - number.size(), '0') + number;
}

void Faults::report(Fault fault,
                    Span span,
                    std::string message,
                    std::string mend,
                    std::optional<Diagnostic::Note> note,
                    std::optional<Severity> severity) {
    Diagnostic diagnostic;
    diagnostic.code = code_of(fault);
    diagnostic.severity = severity.value_or(kTable[static_cast<std::size_t>(fault) - 1].severity);
    diagnostic.path = path_;
    diagnostic.span = span;
    diagnostic.message = std::move(message);
    diagnostic.mend = std::move(mend);
    diagnostic.note = std::move(note);
    found_.push_back(std::move(diagnostic));
}

bool Faults::any_error() const {
    return std::any_of(found_.begin(), found_.end(), [](const Diagnostic& d) { return d.severity == Severity::error; });
}

std::vector<Diagnostic> Faults::take() {
    const auto place = [](const Diagnostic& d) { return std::tie(d.span.line, d.span.column, d.code); };
    std::stable_sort(
        found_.begin(), found_.end(), [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
    return std::exchange(found_, {});
}

}  // namespace reweave::dialog
