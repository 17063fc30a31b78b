#pragma once
/// \file Who gets what of that which one turn says in a room, on channels where several people see the same messages.

#include <string>
#include <vector>

#include "bot/engine/messages.hpp"

namespace reweave::engine {

/// A message as one of its readers sees it, and where they read it.
struct Post {
    Identity identity;
    std::string language;
    Message message;
    bool asks_only = false;
};

/// Of those who share a channel, a room and a language one gets all of it: whoever spoke, as their words stand there
/// already, or else the first. Another one gets only what is asked of them alone.
[[nodiscard]] std::vector<Post> posts_in_rooms(std::vector<Post> readers);

/// Whether there is anything in it that its reader does not know.
[[nodiscard]] bool says_something(const Message& message);

/// Leaves of a message what is asked.
void keep_question(Message& message);

}  // namespace reweave::engine
