#pragma once
/// \file The JSON body of an event: what came in and what was said, by reference. Holds no words.
///
/// Shape: {"r":[hash…],"i":{"w":55}|{"p":["Calm"]},"o":[[r,step,node,branch,sub,part,index,alternate,{shown}]…],
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
    WordsRef said;                     ///< what the person typed; id 0: nothing
    std::vector<std::string> pressed;  ///< labels of what they pressed
    std::vector<dialog::Bubble> bubbles;
    std::optional<OpenQuestion> question;
    bool operator==(const EventBody&) const = default;
};

[[nodiscard]] std::string encode(const EventBody& body);
/// \throws std::invalid_argument if `text` is not such a body.
[[nodiscard]] EventBody decode_event_body(const std::string& text);

/// What a client names the open question by: "conversation.wait".
[[nodiscard]] std::string ask_id(const OpenQuestion& question);

}  // namespace reweave::engine
