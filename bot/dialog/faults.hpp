#pragma once
/// \file Every fault the compiler can find in a script: one enumerator and one row of the table each.
///
/// The number of a fault is stable: it is its code ("R017") in messages, in dialogs/faults.md and in authors' memories.
/// A fault that is no longer found keeps its number; a new one goes at the end.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bot/dialog/diagnostic.hpp"

namespace reweave::dialog {

enum class Fault {
    not_utf8 = 1,
    file_name,
    empty_file,
    no_title,
    second_title,
    header_line,
    header_twice,
    minutes,
    language_tag,
    no_language_pack,
    not_signed,
    draft_and_reviewed,
    two_people,
    no_steps,
    heading_without_words,
    step_twice,
    bad_id,
    empty_step,
    unknown_cue,
    no_colon,
    not_capitals,
    empty_cue,
    two_people_cue,
    two_people_syntax,
    or_without_bubble,
    also_without_target,
    question_line,
    question_line_twice,
    otherwise_without_if,
    end_without_fork,
    missing_end,
    fork_in_fork,
    unwanted_choices,
    no_choices,
    choice_without_words,
    choice_id_twice,
    choices_collide,
    always_on_word,
    always_on_shadowed,
    label_too_long,
    label_insertion,
    bad_name,
    reserved_name,
    unknown_kind,
    bounds,
    also_value,
    tries,
    too_many_retries,
    if_not_without_up_to,
    late_reminder,
    duration,
    two_kinds,
    brace,
    plural_forms,
    too_long,
    long_for_someone_upset,
    two_questions,
    question_without_words,
    bold,
    dash,
    condition,
    unknown_name,
    wrong_type,
    never_true,
    unknown_choice,
    never_read,
    read_too_early,
    unknown_step,
    unreachable_step,
    dead_end,
    into_side_step,
    skip_goes_nowhere,
    loop,
    never_run,
    empty_branch,
    at_most,
    wait,
    unknown_script,
    call_cycle,
    calls_faulty,
    script_twice,
    not_given,
    help_topic,
    media_file,
    media_words,
    link_address,
    pace,
    outcome,
    phrases_only_speak,
    people,
    in_a_branch,
    waits_forever,
    leak,
    which_meeting,
    room_without_barrier,
    for_nobody,
    nobody_asked,
    nothing_shared,
    asked_in_both,
    mixed_section,
    wrong_section,
    no_gate,
    counted,
    former_step_is_there,
    former_step_twice,
    formerly_without_heading,
};

struct FaultRow {
    Fault fault;
    Severity severity;
    std::string_view title;
};

/// All rows, in the order of their numbers.
[[nodiscard]] std::span<const FaultRow> fault_table();
/// "R017".
[[nodiscard]] std::string code_of(Fault fault);

/// Collects the faults of one file while it is read and checked.
class Faults {
 public:
    explicit Faults(std::string path) : path_(std::move(path)) {}

    /// `severity` is only given where it differs from the table's.
    void report(Fault fault,
                Span span,
                std::string message,
                std::string mend,
                std::optional<Diagnostic::Note> note = {},
                std::optional<Severity> severity = {});

    [[nodiscard]] bool any_error() const;
    /// In the order of their places; leaves this empty.
    [[nodiscard]] std::vector<Diagnostic> take();

 private:
    std::string path_;
    std::vector<Diagnostic> found_;
};

}  // namespace reweave::dialog
