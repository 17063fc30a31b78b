#pragma once
/// \file The threads of a talk in a channel of a server: one for the talk, one for each round, with those in them who
/// take part. One thread, the I/O thread.

#include <string>
#include <vector>

#include "adapters/discord/shared.hpp"

namespace reweave::discord {

class Threads {
 public:
    explicit Threads(Shared& shared) : shared_(shared) {}

    /// The thread in which that is to be said, made if there is none yet, with its readers in it. Empty: `answer` says
    /// why not.
    [[nodiscard]] Awaitable<std::string> thread_for(const engine::Send& send, bool look_first, Answer& answer);

    /// The thread in which the talk has been until now, if what is to be said belongs into another; empty: it does not.
    [[nodiscard]] std::string before(const engine::Send& send) const;

 private:
    [[nodiscard]] Awaitable<std::string> open(const TalkPlace& place,
                                              std::string title,
                                              bool look_first,
                                              Answer& answer);
    [[nodiscard]] Awaitable<std::string> find(const TalkPlace& place, std::string title);
    [[nodiscard]] Awaitable<bool> let_in(std::string thread, std::vector<std::string> users, Answer& answer);
    [[nodiscard]] Awaitable<void> store(engine::ConversationId talk, TalkPlace place);

    Shared& shared_;
};

}  // namespace reweave::discord
