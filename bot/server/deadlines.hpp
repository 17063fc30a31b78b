#pragma once
/// \file Time limits of connections, all under one timer: a connection that waits for nothing pays for none.

#include <set>
#include <utility>

#include "bot/deps/asio.hpp"

namespace reweave::server {

/// Something that may not go on for ever.
class Limited {
 public:
    virtual ~Limited() = default;
    virtual void on_time_up() = 0;

 private:
    friend class Deadlines;
    Timer::time_point deadline_{};  ///< the epoch: none
};

class Deadlines {
 public:
    explicit Deadlines(const Executor& executor) : timer_(executor, Timer::time_point::max()) {}

    /// Calls on_time_up() after `limit`, unless cleared or set anew before.
    void set(Limited& what, Timer::duration limit);
    void clear(Limited& what);

    /// Runs until stop().
    Awaitable<void> run();
    void stop();

 private:
    Timer timer_;
    std::set<std::pair<Timer::time_point, Limited*>> queue_;
    bool stopped_ = false;
};

}  // namespace reweave::server
