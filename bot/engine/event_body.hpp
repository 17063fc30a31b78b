#pragma once
/// \file The JSON body of an event: what came in and what was said, by reference. Holds no words.
///
/// Shape:
/// {"r":[hash…],"n":[device,number],"i":{"w":55}|{"p":["Calm"]},"o":[[r,step,node,branch,sub,part,index,alternate,{shown}]…],
/// "q":[r,step,node,branch,sub,wait,[choices…],conversation],"m":12,"h":[name,words,[labels…]]}; "r" lists the
/// revisions that the rows point into, "i" is missing for a turn that somebody else or a timer began, "q" when no
/// question was open at its end, "m" (the room's conversation) when it was seen in private, "h" when nobody else spoke;
/// "a":[which of "o" nobody else in the room sees]; "x":event when it stands in for that one, whose answer was edited.

#include <optional>
#include <string>
#include <vector>

#include "bot/dialog/step.hpp"
#include "bot/engine/records.hpp"

namespace reweave::engine {

struct OpenQuestion {
    ConversationId conversation;
    dialog::Question question;
    bool operator==(const OpenQuestion&) const = default;
};

/// What someone else said in the room: words (id 0: none) or labels of what they pressed.
struct HeardWords {
    dialog::Answer name;
    WordsRef words;
    std::vector<std::string> pressed;
    bool operator==(const HeardWords&) const = default;
};

struct EventBody {
    ConversationId room;  ///< seen in the room of that conversation; 0: in private
    IdentityId from;      ///< the device whose message began the turn, and the number it gave it; 0: none
    std::int64_t number = 0;
    WordsRef said;                     ///< what the person typed; id 0: nothing
    bool stands = false;               ///< it stands already where it was typed, for all who read there
    std::vector<std::string> pressed;  ///< labels of what they pressed
    std::optional<HeardWords> heard;
    std::vector<dialog::Bubble> bubbles;
    std::vector<std::size_t> asides;  ///< which of these nobody else in the room sees
    std::optional<OpenQuestion> question;
    EventId replaces;  ///< stands in for that event, whose answer was edited
    bool operator==(const EventBody&) const = default;
};

[[nodiscard]] std::string encode(const EventBody& body);
/// True if the event that has the body `text` was begun by this message of this device. Does not read the rest.
[[nodiscard]] bool began_with(std::string_view text, IdentityId from, std::int64_t number);
/// \throws std::invalid_argument if `text` is not such a body.
[[nodiscard]] EventBody decode_event_body(const std::string& text);

/// What a client names the open question by: "conversation.wait", in a room "conversation.room.wait".
[[nodiscard]] std::string ask_id(const OpenQuestion& question, bool room);
struct AskId {
    ConversationId conversation;
    bool room = false;
    std::int64_t wait = 0;
};
/// Empty if it is no such id.
[[nodiscard]] std::optional<AskId> parse_ask_id(std::string_view text);

}  // namespace reweave::engine
