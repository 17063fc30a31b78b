#pragma once
/// \file The words of one language that the bot itself understands: always-on words, yes and no, numbers, times.
///
/// Read once from data/language/LANG.json and data/vocabulary/*.LANG.json; immutable afterwards. Phrases are kept
/// folded (see fold.hpp), so that looking one up is a comparison of bytes.

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reweave::dialog {

enum class Command {
    stop,
    pause,
    exit,
    erase,
    help,
    human,
    back,
    change,
    repeat,
    skip,
    start_over,
    resume,
    dont_know,
    done,
    keep_private  ///< takes back what is not shown yet; only where something is shared
};

/// One entry of a vocabulary that a person picks from (a feeling, a need).
struct Term {
    std::string id;
    std::string label;
    std::vector<std::string> also;
    std::string family;
    int intensity = 0;      ///< 1 to 3 for feelings, 0 for needs
    bool soft_cue = false;  ///< asks for a safety check once per session (domain: section 7.1, marked *)
};
struct Family {
    std::string id;
    std::string label;
    std::vector<Term> terms;
};

struct LanguagePack {
    std::string language;
    std::map<std::string, Command, std::less<>> commands;      ///< folded phrase -> command
    std::map<std::string, bool, std::less<>> yes_no;           ///< folded phrase -> yes
    std::map<std::string, std::int64_t, std::less<>> numbers;  ///< folded number word -> value
    std::map<std::string, int, std::less<>> ordinals;        ///< folded ordinal ("second", "2nd") -> 1-based; -1 = last
    std::map<std::string, std::int64_t, std::less<>> units;  ///< folded unit ("min", "hours") -> seconds
    /// "today", "tomorrow", "tonight", "noon", weekday ids and the small words around numbers ("am", "half", "past",
    /// "and", "or" ...) -> their phrases, as folded words joined by one space.
    std::map<std::string, std::vector<std::string>, std::less<>> moments;
    std::vector<std::string> fillers;  ///< folded words to ignore around a number ("maybe", "about", "ish"), sorted
    std::map<std::string, std::string, std::less<>> countries;  ///< folded name -> ISO 3166 alpha-2
    std::vector<Family> feelings;
    std::vector<Family> needs;
};
using LanguagePackPtr = std::shared_ptr<const LanguagePack>;

/// By its name in the packs ("pause", "start_over"), whatever the language.
[[nodiscard]] std::optional<Command> command_named(std::string_view name);

/// \throws std::invalid_argument naming the field that is wrong.
[[nodiscard]] LanguagePack language_pack_from_json(const nlohmann::json& language,
                                                   const nlohmann::json& feelings,
                                                   const nlohmann::json& needs);

}  // namespace reweave::dialog
