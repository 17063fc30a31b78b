#pragma once
/// \file Who gets what of that which one turn says, on channels where several people see the same messages of a room.

#include <string>
#include <vector>

#include "bot/engine/messages.hpp"

namespace reweave::engine {

/// A message as one of its readers sees it, and where they read it.
struct Post {
    Identity identity;
    std::string language;
    Message message;
    OutboxRecord::Part part = OutboxRecord::Part::whole;
};

/// What is private goes to its reader. Of those who share a channel, a room and a language one gets all of it: whoever
/// spoke, as their words stand there already, or else the first. Another one gets only what is said aside to them, and
/// what is asked of them alone.
[[nodiscard]] std::vector<Post> posts_of(const std::vector<Post>& readers);

/// Whether there is anything in it that its reader does not know.
[[nodiscard]] bool says_something(const Message& message);

/// Leaves only that part of a message.
void keep(Message& message, OutboxRecord::Part part);

}  // namespace reweave::engine
