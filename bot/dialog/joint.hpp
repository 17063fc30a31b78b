#pragma once
/// \file A conversation of several people: a lane for each, which nobody else sees, and the room that all share.
///
/// Pure, like step(). A lane waits at a barrier (WAIT: for …) until as many have come as it asks for; then the room
/// opens for all at one moment. What a lane holds leaves it only as Shared words, with their author's consent to those
/// exact words.

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "bot/dialog/step.hpp"

namespace reweave::dialog {

/// The script that asks each, alone, whether it is safe to meet. Its outcome "clear" alone leads to the room.
inline constexpr std::string_view kSafetyGate = "safety-gate";
/// Answers that SHOW: …, counted needs at least; fewer tell who said what (repair coaching, 5.16).
inline constexpr int kFewestToCount = 5;

/// An answer that its author agreed to show.
struct Shared {
    Answer answer;
    Share::With with = Share::With::other;
    std::string role;  ///< With::role
    TimePoint at{};    ///< of the consent
    bool shown = false;
};

/// A consent ends by itself after this time, if the room has not opened (repair coaching, 9.3).
inline constexpr auto kConsentLasts = std::chrono::hours(24);
/// Handed in with Joins: what someone calls the other, until they meet.
inline constexpr std::string_view kTheirName = "their name";

/// One person's part of a conversation.
struct Lane {
    std::string role;
    Answer name;      ///< what the others call them once they have met; missing: their role
    Answer pronouns;  ///< how they speak of them: an id of kPronouns; missing: not said
    State state;
    std::map<std::string, Shared, std::less<>> shared;  ///< by the answer's name
    bool in_room = false;
    bool out = true;              ///< ended, left, or nobody has taken this seat
    int part = 0;                 ///< how often it has begun anew
    int rooms = 0;                ///< how often they have come into the room
    std::int64_t held_back = -1;  ///< State::wait of the room when words that everyone had read were out of turn last
    TimePoint since{};            ///< when it last did: barriers give up at a time counted from it
};

/// What all see.
struct Room {
    State state;
    bool open = false;
    bool over = false;    ///< it ended, and does not open again
    int openings = 0;     ///< how often it has opened
    Place barrier;        ///< the one that it opened behind
    Answers counted;      ///< what SHOW: …, counted has shown, by name: a second count could be taken from the first
    bool frozen = false;  ///< someone asked for a pause, or it had to stop for a while
    int pauses = 0;       ///< so many there were since the first of today
    TimePoint paused{};   ///< when that was
    std::vector<int> ready;   ///< lanes that want to go on, while it is frozen
    int holder = -1;          ///< lane that has the floor; -1: nobody
    std::vector<int> still;   ///< lanes that have the floor later in this round
    Place round;              ///< where a round comes back to
    std::int64_t floors = 0;  ///< number of the floor, rising; guards its timer
    Seconds floor_for{};      ///< how long this floor is for; 0: no end
    bool time_is_up = false;  ///< of this floor
    TimePoint until{};        ///< when this floor ends; 0: no end
};

struct JointState {
    static constexpr int kFormat = 1;
    std::vector<Lane> lanes;
    Room room;
    std::uint64_t seed = 0;  ///< of the conversation: what the room says when it opens must not hang on who came last
};

// ------------------------------------------------------------------------------------------------ in

/// Someone takes a seat that is free, for the first time or again, and begins their part.
struct Joins {
    int lane = 0;
    Answers answers;       ///< handed in
    Answer name;           ///< what the others will call them
    Answer pronouns = {};  ///< and how they will speak of them
};
/// Someone's private part goes on: what they typed, pressed, or a timer of theirs.
struct InLane {
    int lane = 0;
    Input input;
};
/// Someone said or pressed something in the room.
struct InRoom {
    int lane = 0;
    Input input;
};
/// A timer of the room.
struct RoomTimer {
    TimerDue timer;
};
/// Nobody hears from them any more: they left, were erased, or must not be in a room now.
struct Leaves {
    int lane = 0;
};
/// Freezes the room at once, with one line for every cause.
struct Freezes {};

using JointInput = std::variant<Joins, InLane, InRoom, RoomTimer, Leaves, Freezes>;

struct JointEvent {
    TimePoint now{};
    std::uint64_t seed = 0;
    JointInput input;
};

// ----------------------------------------------------------------------------------------------- out

/// Someone said something in the room that the others hear.
struct Spoken {
    int lane = 0;
    WordsRef words;                    ///< id 0: they pressed something
    std::vector<std::string> pressed;  ///< labels
};

struct Outgoing {
    std::vector<int> to;  ///< lanes of those who see it; of a timer: whose it is, empty for the room's
    bool room = false;    ///< seen in the room; otherwise in the lane's private place
    std::variant<Effect, Spoken> what;
    /// Whose private words it carries, each with their consent (Shared). Checked again before anything is sent.
    std::vector<int> owners = {};
    bool aside = false;  ///< in the room, for one person alone
};

struct JointTurn {
    JointState state;
    std::vector<Outgoing> out;
    std::vector<std::string> pressed;  ///< labels of what was pressed
    Turn::Result result = Turn::Result::accepted;
};

/// As step(), for a script with roles. `state` from initial_joint_state() or an earlier turn.
[[nodiscard]] JointTurn joint_step(const RevisionPtr& root,
                                   JointState state,
                                   const JointEvent& event,
                                   const Context& context);

/// A lane for each of `roles`, in this order; nobody has joined.
[[nodiscard]] JointState initial_joint_state(const std::vector<std::string>& roles, std::uint64_t seed);

[[nodiscard]] std::string to_text(const JointState& state);
/// \throws std::invalid_argument for a format it does not know or a wrong shape.
[[nodiscard]] JointState joint_state_from_json(const nlohmann::json& json);

}  // namespace reweave::dialog
