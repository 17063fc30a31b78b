#pragma once
/// \file From what the engine sends to letters in the rooms where it is to be said. One thread, the I/O thread.

#include <map>
#include <memory>

#include "adapters/common/chores.hpp"
#include "adapters/matrix/content.hpp"
#include "adapters/matrix/tasks.hpp"

namespace reweave::matrix {

class Posting {
 public:
    Posting(asio::io_context& io, Shared& shared, Outcomes& outcomes, adapters::Phrases& phrases, Tasks& tasks);
    Posting(const Posting&) = delete;
    Posting& operator=(const Posting&) = delete;

    /// What needs a room or a link first goes the slow way, and what comes for the same place then waits behind it.
    void deliver(engine::Send send);
    /// A content as it goes out: in the thread of its round, which has begun by now.
    [[nodiscard]] std::string finished(const std::string& room_id, const Letter& letter, std::size_t n) const;
    /// Messages that wait for a room or a link.
    [[nodiscard]] std::size_t waiting() const { return slow_.size(); }

    /// One worker of the slow way; several run at once. Ends after stop().
    [[nodiscard]] Awaitable<void> work();
    void stop() { slow_.stop(); }

 private:
    [[nodiscard]] std::string room_for(const engine::Send& send) const;
    void post(engine::Send send, const std::string& room_id);
    void ask_in(const engine::Send& send, const std::string& room_id);
    void begin_round(const engine::RoomView& view, const std::string& room_id);
    [[nodiscard]] Awaitable<std::optional<bool>> is_to_be_encrypted(std::vector<std::string> readers);
    [[nodiscard]] Awaitable<std::string> open_room(const engine::Send& send,
                                                   int lost,
                                                   std::chrono::milliseconds& again);

    Shared& shared_;
    Outcomes& outcomes_;
    adapters::Phrases& phrases_;
    Tasks& tasks_;
    Chores<engine::Send> slow_;
    /// Turn -> the event that says it, as long as the engine may not know it: empty until it is sent.
    std::map<std::int64_t, std::shared_ptr<std::string>> places_;
    std::map<std::string, std::string> rounds_;  ///< room -> the round whose thread was begun last
};

}  // namespace reweave::matrix
