#pragma once
/// \file What the store keeps: records as the engine sees them. Typed words appear by id only.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bot/dialog/script.hpp"
#include "bot/dialog/state.hpp"

namespace reweave::engine {

using dialog::TimePoint;
using dialog::WordsRef;

/// Ids are distinct types; 0 means none.
template <class Tag>
struct Id {
    std::int64_t value = 0;
    explicit operator bool() const { return value != 0; }
    auto operator<=>(const Id&) const = default;
};
using PersonId = Id<struct PersonTag>;
using IdentityId = Id<struct IdentityTag>;
using ConversationId = Id<struct ConversationTag>;
using EventId = Id<struct EventTag>;
using TimerId = Id<struct TimerTag>;
using InboxId = Id<struct InboxTag>;
using OutboxId = Id<struct OutboxTag>;
using RevisionId = Id<struct RevisionTag>;

struct Person {
    PersonId id;
    TimePoint created{};
    std::string language = "en";
    std::string time_zone = "UTC";
    int day_from = 9 * 60;  ///< allowed hours: minutes after local midnight (domain: 09:00-20:00)
    int day_to = 20 * 60;
    std::string country;        ///< ISO 3166 alpha-2; empty: not asked
    std::optional<bool> adult;  ///< self-declared
    WordsRef name;              ///< name to use
    std::string pronouns;
    TimePoint joint_locked_until{};  ///< after a safety stop
};

/// A person's name on one channel. For the web the handle is the hash of a device token.
struct Identity {
    IdentityId id;
    std::string channel;
    std::string handle;
    PersonId person;
    TimePoint created{};
    bool ended = false;      ///< exited or revoked
    bool reachable = false;  ///< the bot can write to them there when they are away
    /// The web's devices read their person's stream; everything else is sent what is for it.
    [[nodiscard]] bool reads_stream() const { return channel == "web"; }
    /// A name on a network that vouches for who it is, and not a device that could be signed out.
    [[nodiscard]] bool is_account() const { return channel != "web" && !channel.starts_with("console"); }
};

/// What changes with every turn of a person, in one row.
struct Hot {
    PersonId person;
    std::int64_t seq = 0;                 ///< newest message of their stream
    EventId last_event;                   ///< head of the chain of events
    WordsRef last_words;                  ///< head of the chain of their words
    ConversationId focus;                 ///< the conversation that has the person's private room
    std::vector<ConversationId> waiting;  ///< to be offered at the next quiet moment, oldest first
    ConversationId offered;               ///< being offered now
    struct Mark {
        IdentityId identity;
        std::int64_t last = 0;  ///< highest message number taken from that device
        bool operator==(const Mark&) const = default;
    };
    std::vector<Mark> marks;  ///< the device used last stands first
    TimePoint last_notice{};  ///< when "I'm a program" was last said
};

struct Conversation {
    enum class Status {
        running,
        paused,
        waiting,
        ended
    };  ///< waiting: not yet begun or set aside; stored, do not renumber
    ConversationId id;
    PersonId person;       ///< who began it
    std::string revision;  ///< hash
    Status status = Status::running;
    std::string outcome;
    std::string state;  ///< JSON of dialog::State, or of dialog::JointState
    TimePoint created{};
    TimePoint updated{};
};

/// Who has a seat of a conversation of several people, or may take it.
struct Participant {
    ConversationId conversation;
    int lane = 0;
    PersonId person;
    std::string held;  ///< body of an event: what was said while something else had their private room
};

/// What somebody lets the others of a conversation read.
struct Consent {
    enum class Kind {
        said,    ///< in the room, for all to hear
        shared,  ///< an answer from their private part, in exactly these words
        name     ///< what they are called
    };           ///< stored, do not renumber
    std::int64_t id = 0;
    ConversationId conversation;
    int lane = 0;
    PersonId person;
    Kind kind = Kind::said;
    std::string name;  ///< of the answer that was shared
    dialog::Answer what;
    std::string readers;  ///< a role; empty: everyone in the room
    TimePoint at{};
    TimePoint shown{};  ///< 0: not yet
    TimePoint ended{};  ///< taken back, replaced, or over with the room before it was shown; 0: it stands
};

/// One turn of a person's stream. `body` is JSON: what came in and what was said, by reference.
struct EventRecord {
    EventId id;
    PersonId person;
    std::int64_t seq = 0;
    EventId prev;  ///< the person's event before this one
    ConversationId conversation;
    TimePoint at{};
    std::uint64_t seed = 0;
    std::string body;
};

struct TimerRecord {
    enum class Kind { wake, remind, time_out, follow_up, erase, floor };  ///< stored, do not renumber
    TimerId id;
    TimePoint due{};
    PersonId person;  ///< none: a timer of the room
    ConversationId conversation;
    Kind kind = Kind::wake;
    std::int64_t wait = 0;
    int index = 0;
    std::string body;  ///< follow_up: JSON {script, answers}
};

/// An inbound that a channel handed over in a batch.
struct InboxRecord {
    enum class State { pending, done, set_aside };  ///< stored, do not renumber
    InboxId id;
    std::string channel;
    std::string key;  ///< the channel's own id of it; unique per channel
    PersonId person;  ///< whose it is, when known: erased with them
    TimePoint at{};
    State state = State::pending;
    int attempts = 0;
    std::string body;  ///< JSON of the Inbound, words by reference; dropped when done
    WordsRef words;    ///< what was typed, as long as it is stored
};

/// Something that a channel must still know after a crash (its rooms, what it has to do). Never anyone's words.
struct ChannelRow {
    std::string key;
    std::string value;  ///< empty: there is no such row any more
};

/// The newest answer that somebody typed in private on a channel where it can be edited or deleted: what takes it back.
struct UndoRecord {
    PersonId person;
    std::string key;  ///< the channel's own id of it
    ConversationId conversation;
    std::string state;  ///< before it
    EventId event;      ///< the person's newest after it
    TimerId timer;      ///< the newest of the person's before it
    TimePoint at{};
};

/// An outbound for a channel that has to be told of its delivery (every channel but the web, whose stream is its
/// outbox).
struct OutboxRecord {
    enum class State { pending, sent, refused };  ///< stored, do not renumber
    OutboxId id;
    EventId event;
    IdentityId identity;
    TimePoint next_try{};
    int attempts = 0;
    State state = State::pending;
    std::string channel_message;  ///< the channel's own id, for edits and redactions
    /// What of the message it is, where the rest goes out with that of someone else in the room or to another place.
    enum class Part { whole, question, aloud, aside } part = Part::whole;  ///< stored, do not renumber
};

struct CodeRecord {
    std::string hash;
    std::string kind;  ///< "device", or "seat"
    PersonId person;   ///< who made it
    TimePoint expires{};
    ConversationId conversation = {};  ///< of the seat
    std::string role = {};
};

/// That the safety screen spoke up: no person, no words, no finer time than the day (safety brief, section 12).
struct SafetyEvent {
    std::int64_t day = 0;  ///< days since 1970
    std::string category;
    int tier = 0;
    std::string action;  ///< the script that answered
    std::string language;
    bool operator==(const SafetyEvent&) const = default;
};

struct RevisionRecord {
    RevisionId id;
    std::string script;
    std::string hash;
    std::string json;
    TimePoint published{};
    TimePoint recalled{};  ///< 0: it stands
};

}  // namespace reweave::engine
