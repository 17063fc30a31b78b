#pragma once
/// \file The JSON body of an event: what came in and what was said, by reference. Holds no words.
///
/// Shape:
/// {"r":[hash…],"n":[device,number],"i":{"w":55}|{"p":["Calm"]},"o":[[r,step,node,branch,sub,part,index,alternate,{shown}]…],
/// "q":[r,step,node,branch,sub,wait,[choices…],conversation]}; "r" lists the revisions that the rows point into, "i" is
/// missing for a turn that a timer began, "q" when no question was open at its end.

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

struct EventBody {
    IdentityId from;  ///< the device whose message began the turn, and the number it gave it; 0: none
    std::int64_t number = 0;
    WordsRef said;                     ///< what the person typed; id 0: nothing
    std::vector<std::string> pressed;  ///< labels of what they pressed
    std::vector<dialog::Bubble> bubbles;
    std::optional<OpenQuestion> question;
    bool operator==(const EventBody&) const = default;
};

[[nodiscard]] std::string encode(const EventBody& body);
/// True if the event that has the body `text` was begun by this message of this device. Does not read the rest.
[[nodiscard]] bool began_with(std::string_view text, IdentityId from, std::int64_t number);
/// \throws std::invalid_argument if `text` is not such a body.
[[nodiscard]] EventBody decode_event_body(const std::string& text);

/// What a client names the open question by: "conversation.wait".
[[nodiscard]] std::string ask_id(const OpenQuestion& question);

}  // namespace reweave::engine
