#pragma once
/// \file What one line of a script is: a heading, a choice, a cue with what follows it, or words to say.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/dialog/source.hpp"

namespace reweave::dialog {

enum class Cue {
    or_,
    picture,
    recording,
    link,
    pace,
    ask,
    also,
    retry,
    tries,
    if_stuck,
    nudge,
    remind,
    if_not,
    if_,
    otherwise_if,
    otherwise,
    end,
    go_to,
    call,
    finish,
    wait,
    follow_up,
    help_lines,
    note,
    for_,
    share,
    show,
    begin,
    invite,
    floor,
    to,
    formerly
};

struct Statement {
    enum class Kind { blank, title, heading, choice, cue, unknown_cue, text };
    Kind kind = Kind::blank;
    Cue cue = Cue::note;
    Slice mark;  ///< the cue's words, or the sign of a heading or choice
    Slice body;  ///< what follows
    Slice whole;
    bool no_colon = false;  ///< a cue whose colon is missing
    bool small = false;     ///< text that would be a cue if it were in capitals
};

[[nodiscard]] Statement read_statement(const Line& line);

/// "GO TO".
[[nodiscard]] std::string_view cue_words(Cue cue);
[[nodiscard]] std::vector<std::string> all_cue_words();

/// Takes bold marks off that enclose the whole.
[[nodiscard]] Slice without_bold(Slice slice);

/// Splits `words {#id}` into the two.
struct WithId {
    Slice words;
    std::optional<Slice> id;
};
[[nodiscard]] WithId split_id(Slice slice);

}  // namespace reweave::dialog
