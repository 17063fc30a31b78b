#pragma once
/// \file The table of a script's texts: everything in it that people read, or type, and that a translation replaces.
///
/// One table serves all who need it: what is handed to translators, what a translation is looked up by and put into.
/// A text's context is "script/step/number"; it depends on the script alone, so it is the same wherever it is made.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bot/dialog/script.hpp"
#include "bot/dialog/source.hpp"

namespace reweave::dialog {

struct ScriptText {
    enum class Kind {
        title,
        about,
        role,         ///< as people read it
        bubble,       ///< said; also links and the words of pictures and recordings
        retry,        ///< said when an answer was not understood
        nudge,        ///< said when an answer could be better
        reminder,     ///< said while an answer is waited for
        beat,         ///< of an exercise
        label,        ///< on a button
        label_words,  ///< typed instead of that button
        low,          ///< at the ends of a scale
        high,
        value_words,    ///< typed instead of a number, or of yes or no
        looked_for,     ///< looked for in what somebody typed
        looked_for_too  ///< the same, where a choice may be looked at as well: its words are looked for in both
                        ///< languages
    };
    std::string context;
    Kind kind = Kind::bubble;
    /// Where it stands in the script that the table was made of: good for as long as that script is not changed.
    std::variant<Template*, std::string*, std::vector<std::string>*> at;
    int step = -1;               ///< -1: above the first step
    int alternate = 0;           ///< of a bubble
    const Node* node = nullptr;  ///< that it belongs to
    std::string about;           ///< the answer that is looked at, or the button or value that words stand for
};

/// In the order of the script.
[[nodiscard]] std::vector<ScriptText> texts_of(Script& script);

/// As it is written in a script: braces doubled, insertions in braces, phrases with commas between.
[[nodiscard]] std::string in_writing(const ScriptText& text);
[[nodiscard]] std::string in_writing(const Template& text);

/// A text as the readers of lines want it, as if it stood in that line of a file.
class OneLine {
 public:
    OneLine(std::string_view text, int number);
    OneLine(const OneLine&) = delete;
    OneLine& operator=(const OneLine&) = delete;
    [[nodiscard]] Slice slice() const { return Slice(line_); }

 private:
    Line line_;
};

}  // namespace reweave::dialog
