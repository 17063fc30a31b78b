#pragma once
/// \file From the lines of a file to a script, with every fault on the way: parsing never stops.

#include <set>
#include <string>

#include "bot/dialog/compile.hpp"
#include "bot/dialog/faults.hpp"
#include "bot/dialog/source.hpp"

namespace reweave::dialog {

struct Parsed {
    Script script;
    /// Ids of steps with a line that could not be read: what they do next is not known.
    std::set<std::string> damaged;
};

/// `others` as in compile().
[[nodiscard]] Parsed parse(
    const SourceLines& source, std::string id, const LanguagePack& pack, const Titles* others, Faults& faults);

/// What stands at the top of a file, for those who only need that.
struct Front {
    std::string title;
    std::string language;
};
[[nodiscard]] Front read_front(std::string_view text);

/// "dialogs/en/own-part.script" -> "own-part".
[[nodiscard]] std::string script_id(std::string_view path);

/// The script that books the bot's own phrases: one step per phrase, and nothing but words in it.
inline constexpr std::string_view kPhrases = "phrases";

}  // namespace reweave::dialog
