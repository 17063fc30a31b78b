#pragma once
/// \file What is wrong with a script, where, and how to mend it: for coaches, in plain words.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/dialog/script.hpp"

namespace reweave::dialog {

enum class Severity { error, warning };

struct Diagnostic {
    std::string code;  ///< stable, "R001" ..., documented in dialogs/faults.md with a bad and a good example
    Severity severity = Severity::error;
    std::string path;
    Span span;
    std::string message;  ///< what is wrong
    std::string mend;     ///< how to mend it
    struct Note {
        Span span;
        std::string message;
    };
    std::optional<Note> note;  ///< the other place involved
};

/// `path:line:column: error R012: message`, the line, a caret, the note and the mend.
[[nodiscard]] std::string render_terminal(const Diagnostic& diagnostic, std::string_view source_text, bool colour);
[[nodiscard]] nlohmann::json render_json(const Diagnostic& diagnostic);
/// One line for CI annotations: `::error file=…,line=…,col=…,title=R012::message`.
[[nodiscard]] std::string render_annotation(const Diagnostic& diagnostic);

}  // namespace reweave::dialog
