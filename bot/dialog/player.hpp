#pragma once
/// \file What a transcript is run against: the bot at some level, and what a person sees of it.
///
/// The same transcript drives the step function alone, the engine on its store, and a real connection; each of them is
/// a Player. What it shows is plain lines, so that the levels can be compared.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/dialog/render.hpp"

namespace reweave::dialog {

/// What a person sees after something they did, or after time went by.
struct Screen {
    std::vector<std::string> bubbles;     ///< said since then, one line each (as_line)
    std::vector<RenderedChoice> choices;  ///< what can be pressed now
    bool refused = false;                 ///< nothing was open, or it was not one of the choices
    std::optional<std::string> outcome;   ///< how the script ended, if it has and the level can tell
};

struct Beginning {
    std::string script;
    TimePoint at{};
    std::string time_zone;
    Answers given;                ///< handed in, as the names in the script's `Given:` line; only the step function can
    std::string language = "en";  ///< that people speak
    std::map<std::string, std::string> languages = {};  ///< by who speaks another one
};

/// Who goes through a place of a script.
struct Walker {
    std::string role;                    ///< empty: the only person, or nobody by themselves
    std::vector<std::string> languages;  ///< theirs; then those of the others who take part
};
/// Told of every place that runs.
using Trace = std::function<void(std::string_view hash, const Place& place, const Walker& walker)>;

/// What the only person of a script is called.
inline constexpr std::string_view kPerson = "person";

class Player {
 public:
    virtual ~Player() = default;
    /// A new person who comes in at that moment and begins that script.
    [[nodiscard]] virtual Screen start(const Beginning& beginning) = 0;
    [[nodiscard]] virtual Screen say(std::string_view text) = 0;
    /// Presses: ids of choices, or a number written out.
    [[nodiscard]] virtual Screen choose(const std::vector<std::string>& picks) = 0;
    [[nodiscard]] virtual Screen advance(Seconds time) = 0;
    /// From now on this person acts and is looked at; `screen` becomes what they were shown since they last did
    /// something. False, and nothing changed, if there is nobody of that name.
    [[nodiscard]] virtual bool turn_to(std::string_view who, [[maybe_unused]] Screen& screen) { return who == kPerson; }
    /// They are gone, without a word.
    [[nodiscard]] virtual Screen leave() { return Screen{{}, {}, true, std::nullopt}; }
    /// Whether Screen::outcome is filled in once a script has ended.
    [[nodiscard]] virtual bool knows_outcomes() const = 0;
};

/// Somebody who takes part when a script for several is played.
struct Seat {
    std::string name;  ///< as transcripts call them: the role, or "members 2" where a role may have several
    std::string role;
    int lane = 0;           ///< among all seats that the script has
    bool numbered = false;  ///< then the others are told the name, too: by their roles they could not be told apart
};
/// As many of each role as the script needs at least; empty for a script for one person.
[[nodiscard]] std::vector<Seat> seats_of(const Script& script);
/// What the others call somebody: their number, or the name that is handed to the first; empty: they go by their role.
[[nodiscard]] std::string name_of(const Seat& seat, const Answers& given);

/// A bubble as one line: its text; what is not text begins with its kind in brackets ("[exercise] Breathe in, Breathe
/// out", "[help lines]").
[[nodiscard]] std::string as_line(const RenderedBubble& bubble);

/// Everything that can be pressed to answer a question, in order.
[[nodiscard]] std::vector<RenderedChoice> pressable(const RenderedQuestion& question);

}  // namespace reweave::dialog
