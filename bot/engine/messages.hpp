#pragma once
/// \file What channels hand to the engine (requests) and get back after the commit (outputs). Plain values.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bot/dialog/render.hpp"
#include "bot/dialog/translate.hpp"
#include "bot/engine/records.hpp"
#include "bot/safety/screen.hpp"

namespace reweave::engine {

// --------------------------------------------------------------------------------------- channels -> engine

/// Something a person did on a channel.
struct Inbound {
    enum class Kind {
        text,
        choice,
        joined,
        left,
        unreadable,
        edited,     ///< `text` stands now where `target` was written
        withdrawn,  ///< `target` was deleted where it was written
        code,       ///< `text` is a code that somebody was given: as UseCode, for a channel where codes are typed
        late,       ///< `text` was written long ago, while the channel was away: what is open is asked again
        door,       ///< a way into the menu: `picks` are pressed in it, one after the other, as far as it has them
        command,    ///< one of the words that always work, by its name in the language packs ("pause"): `text`
        reach       ///< nothing was said; it tells `reachable` alone
    };              ///< stored, do not renumber
    Kind kind = Kind::text;
    IdentityId identity;        ///< set when the channel knows it (web, after Hello) ...
    std::string handle;         ///< ... otherwise the person's name on the channel; a new one makes a new person. Of
                                ///< what was withdrawn it may be empty: whoever wrote it
    std::int64_t number = 0;    ///< rising per device (web); 0: deduped by `key` in the inbox
    std::string key;            ///< the channel's own id of this inbound
    std::string target;         ///< edited, withdrawn: the key of the inbound that is meant
    ConversationId room;        ///< of a text: the room it is said in; 0: in private
    bool seen = false;          ///< said in a place where others of the room have read it already
    bool stands = false;        ///< of a text: it stands where it was typed, not in a form that is gone
    bool reachable = false;     ///< the bot can write first to them there
    std::string language = {};  ///< BCP-47, of a person who is new; empty: the bot's first one
    std::string text;
    std::string ask;  ///< id of the question that was answered by pressing, or in a form that was opened for it
    std::vector<std::string> picks;  ///< what was pressed
    safety::Findings findings;       ///< of `text`, from safety::screen, off the engine's thread
};

/// Inbounds, the cursor that moves with them, and what the channel notes down: stored whole or not at all. One reply
/// for each inbound, in order; without any, one.
struct Batch {
    std::string channel;
    std::optional<std::string> cursor;
    std::vector<Inbound> inbounds;
    std::vector<ChannelRow> rows = {};
};
/// A channel begins: the reply has its cursor and its rows, and after it comes everything that it has not delivered.
struct OpenChannel {
    std::string channel;
};
/// The newest conversation of several in which that account has a seat: `conversation`, its people on this channel by
/// handle in `accounts`, and whether the room has opened in `created`.
struct GetTalk {
    std::string channel;
    std::string handle;
};
/// A line of the script `phrases`, in the language of the person of that handle (or the bot's first one).
struct GetPhrase {
    std::string channel;
    std::string handle;
    std::string id;
    std::map<std::string, std::string> shown = {};  ///< what the line inserts
};

/// A device or account comes in. A handle never seen makes a person and begins the first script.
struct Hello {
    std::string channel;
    std::string handle;
    std::string language;   ///< BCP-47, may be empty
    std::string time_zone;  ///< IANA, may be empty
    std::int64_t seen = 0;  ///< newest message it has
    bool may_create = true;
};
/// A connection that said Hello is gone.
struct Gone {
    PersonId person;
};
struct GetHistory {
    PersonId person;
    std::int64_t before = 0;  ///< 0: from the newest
    int limit = 20;
};
/// A code that lets another device join this person: single use, ten minutes.
struct MakeCode {
    IdentityId identity;
};
/// Also a code that lets someone else take a seat: then they are asked whether they want to.
struct UseCode {
    IdentityId identity;
    std::string code;
};
/// A code for a seat of a conversation, to be sent on by the person: single use, 72 hours.
struct MakeInvitation {
    IdentityId identity;
    ConversationId conversation;  ///< none: the newest of theirs that has a seat
    std::string role;             ///< empty: the first seat that is free
};
/// Ends the session of this device: its token is worth nothing from now on.
struct EndDevice {
    IdentityId identity;
};
/// How an outbound fared.
struct Delivered {
    OutboxId outbox;
    enum class Result { sent, retry, refused } result = Result::sent;
    std::string channel_message;
    dialog::Seconds retry_after{};
};
/// New scripts: published together, with what they are in other languages.
struct Publish {
    std::vector<std::shared_ptr<dialog::Revision>> revisions;
    std::vector<dialog::Translation> translations = {};
};
/// Takes a revision out for good: nothing begins on it, and what runs on it ends at its next turn.
struct Recall {
    std::string script;
    std::string revision;               ///< the first digits of its hash; empty: the newest
    std::vector<std::string> required;  ///< scripts that must keep a revision
};
/// A person as an operator names them: their number ("12"), or CHANNEL:NAME ("matrix:@ana:example.org").
struct FindPerson {
    std::string name;
};
/// Of a room only what the person said in it themselves.
struct ExportPerson {
    FindPerson person;
};
struct ErasePerson {
    FindPerson person;
};

using RequestBody = std::variant<Batch,
                                 OpenChannel,
                                 GetPhrase,
                                 GetTalk,
                                 Hello,
                                 Gone,
                                 GetHistory,
                                 MakeCode,
                                 UseCode,
                                 MakeInvitation,
                                 EndDevice,
                                 Delivered,
                                 Publish,
                                 Recall,
                                 ExportPerson,
                                 ErasePerson>;

struct Request {
    std::uint64_t ticket = 0;  ///< chosen by the caller; comes back with the reply
    RequestBody body;
};

// --------------------------------------------------------------------------------------- engine -> channels

/// A line of a help list.
struct HelpLine {
    std::string name, call, text, web, hours, checked;
};

/// A room as one of its people sees it, now.
struct RoomView {
    ConversationId id;
    std::string title;                ///< of the script
    std::vector<std::string> others;  ///< names of those who read what is said in it
    std::string readers;              ///< the same, as people read it
    bool open = false;                ///< something can be said in it
    bool paused = false;
    std::string floor;  ///< name of who has the floor; empty: nobody
    bool floor_mine = false;
    TimePoint floor_until{};  ///< 0: no end
    std::string round;        ///< heading of the round in which everyone has a turn; empty: there is none now
    std::string round_id;     ///< tells this round from others of the conversation
};

/// One turn of a person's stream, as that person may read it.
struct Message {
    EventId event;
    PersonId person;
    ConversationId conversation;
    std::int64_t seq = 0;
    TimePoint at{};
    std::optional<RoomView> room;         ///< seen in that room; otherwise in private
    bool aside = false;                   ///< said to this person alone, where others of the room are not
    std::optional<std::string> you_text;  ///< what they typed
    bool you_stands = false;              ///< it stands already where they typed it, for all who read there
    std::vector<std::string> you_picks;   ///< labels of what they pressed
    /// What someone else said in the room.
    struct Heard {
        std::string name;
        std::string text;
        std::vector<std::string> picks;  ///< or pressed
    };
    std::optional<Heard> heard;
    std::vector<dialog::RenderedBubble> bubbles;
    std::vector<std::size_t> asides;          ///< which of the bubbles nobody else in the room sees
    std::vector<std::vector<HelpLine>> help;  ///< for the bubbles of kind help, in order
    std::optional<dialog::RenderedQuestion> ask;
    std::string ask_id;
    EventId replaces;  ///< the turn that this one stands in for, since its answer was edited; none: it is a new one
};

/// Answer to one request, by ticket. For a Batch one per inbound, `index` tells which.
struct Reply {
    std::uint64_t ticket = 0;
    int index = 0;
    enum class Code {
        ok,
        again,         ///< taken before; nothing was done
        not_rising,    ///< a number at or below one that was never seen before it
        unknown_room,  ///< not a room that they are in
        unavailable,   ///< MakeInvitation: no seat is free, or too many codes are open
        stale_ask,     ///< the question has moved on
        unknown_ask,   ///< no such question
        bad_pick,      ///< not one of the choices
        unknown_identity,
        bad_code,
        too_many_tries,
        refused,      ///< Recall: `text` says why
        has_history,  ///< UseCode: this device has a conversation of its own already
        failed        ///< our fault; kept and tried again
    } code = Code::ok;
    IdentityId identity;
    PersonId person;
    std::int64_t seq = 0;  ///< Hello: newest of the stream
    std::string
        text;  ///< MakeCode: the code; ExportPerson: JSON; Publish: what was left out, a line each; Recall: a sentence
    TimePoint until{};                  ///< MakeCode
    std::vector<ChannelRow> rows;       ///< OpenChannel, whose cursor is `text`
    std::vector<std::string> accounts;  ///< GetTalk
    bool created = false;               ///< Hello: a new person
    ConversationId conversation;        ///< UseCode: of the seat
    std::vector<RoomView> rooms;        ///< Hello: those that are open
    std::vector<Message> messages;      ///< Hello: newer than `seen` (the last 200 at most); GetHistory
};
/// A message for every connection of a person.
struct Deliver {
    Message message;
};
/// A message for a channel that must report its delivery. What is said in a room to several people of one channel who
/// share a language is sent once, as one of them reads it; another one's `message` then has only what is asked of them.
struct Send {
    OutboxId outbox;
    std::string channel;
    std::string handle;
    Message message;
    std::string language;              ///< of the reader, BCP-47
    std::string time_zone;             ///< of the reader, IANA
    std::vector<std::string> readers;  ///< in a room: everyone on this channel who reads it there, by handle
    std::string replaces;  ///< what Delivered::channel_message was of the message that this one stands in for
};
/// Close that device's (or, identity 0, every) connection of the person.
struct Close {
    PersonId person;
    IdentityId identity;
    enum class Why { exited, erased, linked } why = Why::exited;
};

using Output = std::variant<Reply, Deliver, Send, Close>;

}  // namespace reweave::engine
