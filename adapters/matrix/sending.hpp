#pragma once
/// \file What is on its way to rooms: in order within a room, several rooms at once, no faster than the homeserver lets
/// us. One thread, the I/O thread.
///
/// A letter is sent with transaction ids that are made of its own id and never change: the homeserver makes one event
/// of it however often it is sent. It remembers them for a day and for one device, so what is older, or may have been
/// sent by another device, is looked for in its room first.

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/matrix/api.hpp"

namespace reweave::matrix {

/// An event as it is sent.
struct Wire {
    std::string type;
    std::string content;  ///< JSON
};

struct Letter {
    std::string id;                     ///< of its transactions
    std::int64_t made = 0;              ///< milliseconds since 1970; 0: not known, and never looked for
    std::string round = {};             ///< it belongs into the thread of this round
    std::vector<std::string> contents;  ///< JSON of m.room.message, in order
    std::vector<std::string> event_ids = {};
    /// If set: writes `contents` anew, once, when all that is before it in its room has gone out.
    std::function<std::vector<std::string>()> write = {};
    /// Once: all of it is sent, or refused for good (`why` then says why).
    std::function<void(const Letter&, bool sent, const std::string& why)> done;
    /// In place of `done`, if it must not be said in that room any more; empty: it may be said there, whoever reads it.
    std::function<void()> elsewhere = {};
};

struct SendingCounters {
    std::uint64_t sent = 0, refused = 0, slowed = 0, lost = 0;
};

class Sending {
 public:
    Sending(asio::io_context& io, Api& api);
    Sending(const Sending&) = delete;
    Sending& operator=(const Sending&) = delete;

    void add(const std::string& room, Letter letter);
    /// Nothing more can be sent there: all of it is refused.
    void drop(const std::string& room);
    /// What was for one room goes to another.
    void move(const std::string& from, const std::string& to);
    /// Others read along there now: what has an `elsewhere` goes there.
    void give_back(const std::string& room);
    /// We may speak there (again): what was forbidden is tried at once.
    void free(const std::string& room);
    /// The homeserver has asked for that, here or elsewhere: the limit is on the account.
    void slow_down(std::chrono::milliseconds wait);
    /// How long it wants nothing; and whether it has slowed us down lately, so that one request at a time is enough.
    [[nodiscard]] std::chrono::milliseconds held_for() const;
    [[nodiscard]] bool is_careful() const;
    /// Nothing is sent until resume(): the token is not taken any more.
    void pause();
    void resume();

    /// One worker; several run at once. Ends after stop().
    [[nodiscard]] Awaitable<void> work();
    void stop();

    [[nodiscard]] std::size_t waiting() const;
    [[nodiscard]] const SendingCounters& counters() const { return counters_; }
    /// The content as it goes out, when its turn has come; set before anything is added.
    std::function<std::string(const std::string& room, const Letter& letter, std::size_t n)> finish;
    /// The event that says it in that room, encrypted where it must be; nothing if that cannot be made now. One that is
    /// encrypted is made once, however often it is sent until there is a pause.
    std::function<Awaitable<std::optional<Wire>>(std::string room, std::string content, std::string transaction)> seal;
    /// The event that a transaction has made already, as far as the homeserver may not know it any more; empty: none.
    /// Nothing: that cannot be known now.
    std::function<Awaitable<std::optional<std::string>>(std::string room, std::string transaction, std::int64_t made)>
        sent_before;
    /// Called with a room to which it takes a while until what waits for it is sent.
    std::function<void(const std::string& room)> slow;
    /// Called when the homeserver says that the token is not taken.
    std::function<void()> signed_out;

 private:
    using Time = std::chrono::steady_clock::time_point;
    struct Queue {
        std::deque<Letter> letters;
        std::size_t next = 0;             ///< content of the first one
        bool looked_for = false;          ///< that content was not sent before
        std::optional<Wire> sealed = {};  ///< that content, encrypted
        int lost = 0;                     ///< tries in a row that came to nothing
        bool busy = false;                ///< a worker has it, or it stands among the ready ones
    };
    [[nodiscard]] Awaitable<void> send_next(std::string room);
    [[nodiscard]] bool still_first(const std::string& room, const std::string& id);
    void go_on(const std::string& room);
    void go_on_after(const std::string& room, Time at);
    static void begin_anew(Queue& queue);
    void on_answer(const std::string& room, const Answer& answer);
    void arrived(const std::string& room, std::string event);
    void later(const std::string& room);
    void finish_first(const std::string& room, bool sent, const std::string& why);
    void make_ready(const std::string& room, Time at);
    void wake_all();
    [[nodiscard]] Time may_begin() const;

    asio::io_context& io_;
    Api& api_;
    std::map<std::string, Queue> queues_;
    std::multimap<Time, std::string> ready_;
    std::vector<Timer*> idle_;
    Time not_before_{};    ///< we were slowed down
    Time lost_until_{};    ///< nothing came back
    Time slowed_until_{};  ///< one request at a time until then
    int active_ = 0;
    int lost_ = 0;  ///< requests in a row without any answer
    bool paused_ = false;
    bool stopped_ = false;
    SendingCounters counters_;
};

}  // namespace reweave::matrix
