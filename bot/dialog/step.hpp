#pragma once
/// \file The dialog engine: one pure function from (revision, state, event) to (state, effects).
///
/// Nothing in bot/dialog does I/O, reads a clock, draws a random number, logs or keeps a global. Time and seed come in
/// with the event, typed words by reference, so a turn is a value: the same state and event give the same bytes.

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bot/dialog/language.hpp"
#include "bot/dialog/script.hpp"
#include "bot/dialog/state.hpp"

namespace reweave::dialog {

// ------------------------------------------------------------------------------------------------ in

/// Begins a conversation: runs from the first step. `answers` are handed in (CALL with, FOLLOW UP with).
struct Started {
    Answers answers;
};
/// The person typed something. The words are stored under `words` already; `text` is only looked at.
struct Typed {
    WordsRef words;
    std::string_view text;
    bool seen = false;  ///< in a room whose others have read it already: it cannot be held back
};
/// The person pressed something: ids of choices, or a number written out for a scale. `wait` is the State::wait that
/// the buttons were shown with; another one is refused as stale.
struct Pressed {
    std::int64_t wait = 0;
    std::vector<std::string> picks;
};
/// A timer set by an earlier turn is due. Ignored if its wait is over.
struct TimerDue {
    enum class Kind { wake, remind, time_out, floor } kind = Kind::wake;
    std::int64_t wait = 0;  ///< of a floor: its number
    int index = 0;          ///< which reminder
};
/// The conversation comes back into focus (after a pause, or another conversation): the open question is asked again.
struct Refocused {};
/// Another script is run inside this conversation before the open question is asked again (the safety check).
struct Interrupted {
    RevisionPtr script;
    Answers answers;
};

using Input = std::variant<Started, Typed, Pressed, TimerDue, Refocused, Interrupted>;

struct Event {
    TimePoint now{};
    std::uint64_t seed = 0;  ///< chooses alternates; stored with the event
    Input input;
};

// ----------------------------------------------------------------------------------------------- out

/// One bubble, by reference: where its text stands and the answers it shows. Small, and without anyone's words.
struct Bubble {
    std::string revision;  ///< hash
    Place at;              ///< the node
    enum class Part { text, retry, nudge, reminder } part = Part::text;
    int index = 0;  ///< which retry, nudge or reminder; 0 otherwise
    int alternate = 0;
    Answers shown;  ///< values of the names that the text inserts, as they were at that moment
    bool operator==(const Bubble&) const = default;
};
/// An answer of this name is what the person wants to be called by those they meet.
inline constexpr std::string_view kMyName = "my name";
/// An answer of this name says how others speak of the person: a choice whose id is one of kPronouns.
inline constexpr std::string_view kMyPronouns = "my pronouns";
/// Where Bubble::shown has the pronouns of whom {name} stands for.
[[nodiscard]] inline std::string pronouns_key(std::string_view name) {
    return "pronouns of " + std::string(name);
}
/// What SHARE offers, by the ids of phrases; the first is also what a skip means.
inline constexpr std::array<std::string_view, 3> kShareChoices{"keep-private", "share-it", "change-it"};

/// The question now open, by reference. For a Pace node: the Done button. For a Share node: kShareChoices.
struct Question {
    std::string revision;
    Place at;
    std::int64_t wait = 0;
    std::vector<int> choices;  ///< indexes of the choices whose condition holds (one_of, several)
    bool operator==(const Question&) const = default;
};

struct SayEffect {
    Bubble bubble;
};
struct AskEffect {
    Question question;
};
/// A timer guarded by the wait number; it dies with its wait.
struct TimerEffect {
    TimerDue timer;
    TimePoint due{};
};
struct FollowUpEffect {
    Seconds after{};
    std::string script;
    Answers answers;
};
/// This script ends, and one for several people begins.
struct BeginEffect {
    std::string script;
    Answers answers;
};
/// The person said their country (only ever asked when help lines are).
struct CountryEffect {
    std::string country;
};
/// The person said what they want to be called.
struct NameEffect {
    WordsRef name;
};
/// The person said how others should speak of them: an id of kPronouns.
struct PronounsEffect {
    std::string pronouns;
};
struct EndEffect {
    enum class Why { finished, stopped, fault } why = Why::finished;
    std::string outcome;  ///< of FINISH; "stopped"; or the fault ("loop", "missing step")
};
/// The person used an always-on word that reaches beyond the script.
struct CommandEffect {
    Command command = Command::help;
};

using Effect = std::variant<SayEffect,
                            AskEffect,
                            TimerEffect,
                            FollowUpEffect,
                            BeginEffect,
                            CountryEffect,
                            NameEffect,
                            PronounsEffect,
                            EndEffect,
                            CommandEffect>;

struct Turn {
    State state;
    std::vector<Effect> effects;
    std::vector<std::string> pressed;  ///< labels of what was pressed, as they read on the buttons
    /// Not `accepted`: the state is as it was and there are no effects.
    enum class Result { accepted, stale, bad_pick, not_open } result = Result::accepted;
};

/// What a turn may look up. All of it immutable while the turn runs.
struct Context {
    /// Revision by hash; null if unknown.
    std::function<RevisionPtr(std::string_view hash)> revision;
    /// Typed words by id; empty if they were deleted. The view lives as long as the turn.
    std::function<std::optional<std::string_view>(WordsRef)> words;
    const LanguagePack* pack = nullptr;
    RevisionPtr phrases;    ///< the script `phrases`: what the bot says outside scripts
    std::string time_zone;  ///< IANA
    int max_nodes = 200;    ///< a script that walks further than this in one turn is looping
    /// Told of every place that a turn comes to, also the empty end of a branch; may be empty (coverage of
    /// transcripts).
    std::function<void(std::string_view hash, const Place& place)> trace = nullptr;
    /// Of several people: what one is spoken to and listened to with, by lane, as they may not share a language. Null,
    /// or past the end: this.
    std::vector<const Context*> lanes = {};
};

/// Runs one turn: takes `event`, then walks nodes until the script waits for the person or a timer, or ends.
///
/// Total: a script fault (a loop, a step that is not there) is an EndEffect, not an exception. Always-on words are
/// understood here; those that reach beyond the script come back as a CommandEffect.
[[nodiscard]] Turn step(const RevisionPtr& root, State state, const Event& event, const Context& context);

/// A line that the bot says outside scripts: the step `id` of the script `phrases`, one of its alternates by `seed`.
/// Empty if that script has no such step.
[[nodiscard]] std::optional<Bubble> phrase(const RevisionPtr& phrases,
                                           std::string_view id,
                                           std::uint64_t seed,
                                           Answers shown = {});

/// The first alternate of such a line as plain text, for buttons; `id` itself if there is no such step.
[[nodiscard]] std::string plain_phrase(const RevisionPtr& phrases, std::string_view id);

/// A conversation's first state: nothing run yet.
[[nodiscard]] State initial_state(const RevisionPtr& root);

}  // namespace reweave::dialog
