#pragma once
/// \file What is to be done at the homeserver and is still to be done after a crash. One thread, the I/O thread.

#include "adapters/common/chores.hpp"
#include "adapters/common/phrases.hpp"
#include "adapters/matrix/outcomes.hpp"

namespace reweave::matrix {

class Tasks {
 public:
    Tasks(asio::io_context& io, Shared& shared, Outcomes& outcomes, adapters::Phrases& phrases);
    Tasks(const Tasks&) = delete;
    Tasks& operator=(const Tasks&) = delete;

    /// One whose row is stored already.
    void add(Task task);
    /// One that has just come up: stored soon, and done.
    void begin(Task task);
    /// The phrase `line` in `room`, in the language of `user`.
    void say_soon(std::string id, std::string room, std::string user, std::string line);

    /// Whether a talk can happen in a room that somebody brought: everyone in it must take part. True: it is decided,
    /// one way or the other. `waits`: its people have not come together yet, so it is decided later.
    [[nodiscard]] Awaitable<bool> settle(std::string room_id, std::vector<std::string> people, bool waits);

    /// One worker; several run at once. Ends after stop().
    [[nodiscard]] Awaitable<void> work();
    void stop() { tasks_.stop(); }

 private:
    using Again = std::chrono::milliseconds;  ///< try again after so long; zero: it is done, or can never be
    [[nodiscard]] Awaitable<Again> carry_out(const Task& task, int lost);
    [[nodiscard]] Awaitable<Again> join(const Task& task, int lost);
    [[nodiscard]] Awaitable<Again> leave(const Task& task, int lost);
    [[nodiscard]] Awaitable<Again> invite(const Task& task, int lost);
    [[nodiscard]] Awaitable<Again> bring_talk(const Task& task, int lost);
    [[nodiscard]] Awaitable<void> let_in(const Task& task);
    [[nodiscard]] Awaitable<bool> say(const Task& task);
    [[nodiscard]] Awaitable<void> note_direct(std::string user, std::string room);
    [[nodiscard]] bool may_say(const Task& task) const;
    void forget(const std::string& task);

    Shared& shared_;
    Outcomes& outcomes_;
    adapters::Phrases& phrases_;
    Chores<Task> tasks_;
    int busy_ = 0;  ///< workers with a task
};

/// When to try again what came back like that; zero: never. All wait if the homeserver asks for it.
[[nodiscard]] std::chrono::milliseconds again_after(Sending& sending, const Answer& answer, int lost);

}  // namespace reweave::matrix
