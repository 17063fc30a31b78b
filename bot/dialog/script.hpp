#pragma once
/// \file A compiled script: what the parser makes, the checker reads, the JSON form stores and `step` runs.
///
/// Plain values without behaviour. A `Script` is immutable once published; a `Place` inside a script is four small
/// numbers, so that the state of a conversation stays small and means the same for as long as its revision lives.

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace reweave::dialog {

using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;  ///< always UTC
using Seconds = std::chrono::seconds;

/// Where in the source text something stands: 1-based line and column (in characters), and its length in characters.
struct Span {
    int line = 0;
    int column = 0;
    int length = 0;
    bool operator==(const Span&) const = default;
};

// ---------------------------------------------------------------------------------------------- texts

/// One piece of a text: literal words, or an answer to insert.
struct Piece {
    std::string literal;  ///< used when `name` is empty
    std::string name;     ///< the answer to insert
    /// Plural forms of a number ("# minute", "# minutes"), or a person's pronouns ("her", "him", "them"); empty =
    /// insert the answer itself.
    std::vector<std::string> forms;
    Span span{};                ///< of an insertion
    std::string language = {};  ///< of the forms, if they were translated; empty: the script's
    bool operator==(const Piece& o) const { return literal == o.literal && name == o.name && forms == o.forms; }
};

using Template = std::vector<Piece>;

/// What the bot says in one bubble, with its alternates (at least one).
struct Text {
    std::vector<Template> alternates;
    Span span;
    bool operator==(const Text& other) const { return alternates == other.alternates; }
};

// ---------------------------------------------------------------------------------------- expressions

/// A condition. One struct for all kinds: the tree is small and its JSON is easy to read.
struct Expr {
    enum class Op {
        all,            ///< every one of `args`
        any,            ///< at least one of `args`
        negate,         ///< not args[0]
        missing,        ///< `name` has no answer
        equal,          ///< name is value
        less,           ///< name is less than value
        less_or_equal,  ///< name is value or less
        more,           ///< name is more than value
        more_or_equal,  ///< name is value or more
        has,            ///< name contains one of `words`
        longer_than     ///< name has more than value words
    };
    Op op = Op::all;
    std::vector<Expr> args;
    std::string name;
    /// Right side: a number, a text (label or id of a choice), yes/no, or another answer's name.
    struct Name {
        std::string name;
        bool operator==(const Name&) const = default;
    };
    std::variant<std::monostate, std::int64_t, std::string, bool, Name> value;
    std::vector<std::string> words;
    Span span;
    bool operator==(const Expr& o) const {
        return op == o.op && args == o.args && name == o.name && value == o.value && words == o.words;
    }
};

// ------------------------------------------------------------------------------------------- questions

struct Node;
using Block = std::vector<Node>;

/// Words that mean a value: `ALSO: numb or checked out, numb = 7`. The first phrase is also a button on a scale.
struct Synonyms {
    std::vector<std::string> phrases;
    std::int64_t value = 0;  ///< for yes or no: 1 and 0
    bool operator==(const Synonyms&) const = default;
};

/// Characters of a choice's label: what a button shows on every channel.
inline constexpr std::size_t kLongestLabel = 80;

struct Choice {
    std::string id;  ///< stable, kebab-case, unique within its question
    std::string label;
    std::vector<std::string> also;
    std::optional<Expr> only_if;
    Block then;
    Span span;
};

struct Nudge {
    Expr when;
    Text text;
};

struct Reminder {
    Seconds after{};
    Text text;
};

enum class AskKind {
    one_line,
    long_text,
    yes_no,
    scale,
    number,
    length,  ///< a length of time
    moment,  ///< a point in time, in the person's time zone
    feelings,
    needs,
    country,
    one_of,
    several
};

struct Ask {
    std::string name;  ///< empty: the answer is not kept (an unnamed fork)
    AskKind kind = AskKind::one_line;
    std::optional<std::int64_t> from;  ///< scale, number: bounds; length, moment: seconds
    std::optional<std::int64_t> to;
    std::string low;  ///< scale: words at its ends
    std::string high;
    int max = 1;  ///< how many may be picked (feelings, needs, several)
    std::vector<Synonyms> also;
    std::vector<Choice> choices;
    std::vector<Text> retry;
    int tries = 2;         ///< misses that are answered; the next one ends the question
    std::string if_stuck;  ///< step id, or empty: leave the question
    std::vector<Nudge> nudges;
    std::vector<Reminder> reminders;
    std::optional<Seconds> up_to;
    std::string if_not;  ///< step id for the time-out
};

struct Say {
    Text text;
};
struct Media {
    enum class Kind { picture, recording, link } kind = Kind::picture;
    std::string target;  ///< file name in dialogs/media, or the address of a link
    Text text;
};
struct Beat {
    std::string words;
    int seconds = 0;
    bool operator==(const Beat&) const = default;
};
/// A paced exercise; waits for "done".
struct Pace {
    int times = 1;
    std::vector<Beat> beats;
};
struct Branch {
    Expr when;
    Block then;
};
struct If {
    std::vector<Branch> branches;
    Block otherwise;
};
struct GoTo {
    std::string step;
    std::optional<int> at_most;
};
struct Call {
    std::string script;  ///< id
    std::vector<std::string> with;
};
struct Finish {
    std::string outcome;
};
struct Wait {
    std::optional<Seconds> length;
    std::string until;  ///< name of a moment or a length of time, when `length` is empty
};
struct FollowUp {
    Seconds after{};
    std::string script;  ///< id
    std::vector<std::string> with;
};
struct HelpLines {
    std::vector<std::string> topics;
};
/// Ends this script and begins one for several people, in which the person has the first seat.
struct Begin {
    std::string script;  ///< id
    std::vector<std::string> with;
};

// -------------------------------------------------------------------- only in scripts for several people

/// Who goes through what follows, up to the next one: a lane for each or for one role, or the room that all share.
struct For {
    enum class Who { each, role, all } who = Who::all;
    std::string role;
};
/// Where lanes wait for one another. What comes after it begins for all of them at the same moment.
struct Barrier {
    int ready = 0;  ///< how many must have come; 0: everyone
    std::optional<Seconds> up_to;
    std::string if_not;  ///< step id for those who waited in vain
    std::vector<Reminder> reminders;
};
/// Asks whether an answer may be shown, with the exact words and who will read them.
struct Share {
    std::string name;
    enum class With { other, everyone, role } with = With::other;
    std::string role;
};
/// Shows what was shared; the same words for nothing written and for kept private.
struct Show {
    std::string name;
    std::string role;      ///< whose; empty: of the one who has the floor, or of everyone
    bool counted = false;  ///< how often each answer was given, from five answers on, without names
};
/// A link to take a seat with, which the person sends on.
struct Invite {
    std::string role;
};
struct Floor {
    enum class To { role, each, next, nobody } to = To::nobody;  ///< each begins a round, next moves it on
    std::string role;
    std::optional<Seconds> length;
};

struct Node {
    std::variant<Say,
                 Media,
                 Pace,
                 Ask,
                 If,
                 GoTo,
                 Call,
                 Finish,
                 Wait,
                 FollowUp,
                 HelpLines,
                 Begin,
                 For,
                 Barrier,
                 Share,
                 Show,
                 Invite,
                 Floor>
        what;
    Span span;
    /// In the room, who is spoken to: a role, "speaker", "listener" or "everyone". Empty: the one who has the floor.
    std::string to = {};
    bool alone = false;  ///< nobody else hears it
};

struct Step {
    std::string id;
    std::string title;
    Block body;
    bool side = false;  ///< reached only by GO TO, IF NOT, IF STUCK
    Span span;
};

struct Review {
    enum class Kind { none, draft, reviewed } kind = Kind::none;
    std::string note;
    bool operator==(const Review&) const = default;
};

/// A seat in a script, or as many alike as `least` to `most`.
struct Role {
    std::string name;
    int least = 1;
    int most = 1;
    std::string shown = {};  ///< what people read, if it was translated; empty: the name
    bool operator==(const Role&) const = default;
};

struct Script {
    std::string id;
    std::string title;
    std::string about;
    std::optional<int> minutes;
    std::string language = "en";
    std::string credit;
    Review review;
    std::vector<Role> people;        ///< empty: a script for one person
    std::vector<std::string> given;  ///< names of the answers that whoever starts this script may hand in
    std::vector<Step> steps;
    /// Called script id -> its revision hash. Filled when the set is published; pins all that a conversation can reach.
    std::map<std::string, std::string> calls;
};

/// A position in a script: step, node in the step, and inside a fork the branch and the node in the branch.
/// `branch` is -1 at step level; for If it counts the branches, `otherwise` last; for Ask it counts the choices.
struct Place {
    int step = 0;
    int node = 0;
    int branch = -1;
    int sub = 0;
    auto operator<=>(const Place&) const = default;
};

/// The node at `place`, or null when the place is past the end of its block or outside the script.
[[nodiscard]] const Node* node_at(const Script& script, const Place& place);

/// How many people it takes at most; 1 for a script without roles.
[[nodiscard]] int most_people(const Script& script);
/// The role of that name; null if there is none.
[[nodiscard]] const Role* role_named(const Script& script, std::string_view name);
/// How somebody is spoken of. The order in which the forms of a person are written; the last also fits who has not
/// said.
inline constexpr std::array<std::string_view, 3> kPronouns{"she", "he", "they"};
/// Whether {name} stands for somebody who takes part: a role, {speaker}, or {other}.
[[nodiscard]] bool is_person(const Script& script, std::string_view name);

/// Index of the step with this id, or -1.
[[nodiscard]] int step_index(const Script& script, std::string_view id);

/// A published script: immutable, known by the SHA-256 of its canonical JSON.
struct Revision {
    std::string hash;  ///< 64 hex digits
    std::string json;
    Script script;
};
using RevisionPtr = std::shared_ptr<const Revision>;

}  // namespace reweave::dialog
