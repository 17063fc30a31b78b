#pragma once
/// \file The state of one conversation between turns, and the answers in it.
///
/// Holds no words that a person typed: a typed answer is a `WordsRef` into the words table.

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>
#include <vector>

#include "bot/dialog/script.hpp"

namespace reweave::dialog {

/// Names a text in the words table.
struct WordsRef {
    std::int64_t id = 0;
    bool operator==(const WordsRef&) const = default;
};
struct Picked {
    std::string id;     ///< id of the choice
    std::string label;  ///< as shown, from the script (never typed by a person)
    bool operator==(const Picked&) const = default;
};
struct PickedMany {
    std::vector<Picked> items;
    bool operator==(const PickedMany&) const = default;
};
struct Length {
    Seconds seconds{};
    bool operator==(const Length&) const = default;
};
struct Moment {
    TimePoint at{};
    bool operator==(const Moment&) const = default;
};
/// An answer. monostate: missing (skipped, not known, not asked).
using Answer = std::variant<std::monostate, std::int64_t, bool, Picked, PickedMany, Length, Moment, WordsRef>;
using Answers = std::map<std::string, Answer, std::less<>>;

/// One script being run; a CALL pushes a frame.
struct Frame {
    std::string revision;  ///< hash
    Place at;
    Answers answers;
    std::map<std::string, int> used;  ///< GO TO ... at most N times: how often, by place; also nudges said
    std::vector<Place> trail;         ///< questions answered in this frame, newest last, at most 20: for "back"
};

struct State {
    static constexpr int kFormat = 1;  ///< raised when the JSON form changes; older forms are migrated on reading
    std::vector<Frame> frames;         ///< the last one runs; empty: ended
    std::int64_t wait = 0;             ///< number of the open wait, rising; guards timers and buttons
    int misses = 0;                    ///< at the open question
    bool waiting = false;              ///< true while a question or a wait is open
    bool resting = false;              ///< the open wait is a WAIT or a PACE, not a question
};

/// The state as JSON text.
[[nodiscard]] std::string to_text(const State& state);
/// \throws std::invalid_argument for a format it does not know or a wrong shape.
[[nodiscard]] State state_from_json(const nlohmann::json& json);
/// Appends the answer as JSON.
void append_json(std::string& out, const Answer& answer);
void append_json(std::string& out, const Place& place);
[[nodiscard]] nlohmann::json to_json(const Answer& answer);
[[nodiscard]] Answer answer_from_json(const nlohmann::json& json);

}  // namespace reweave::dialog
