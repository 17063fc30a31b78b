#pragma once
/// \file What is to be done at the homeserver, each when its time has come: in order for one key (a room, a person),
/// and for several keys at once, so that one that hangs or must wait holds up nobody else. One thread, the I/O thread.

#include <algorithm>
#include <list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bot/deps/asio.hpp"

namespace reweave {

template <class T>
class Chores {
 public:
    struct Chore {
        std::string key;
        T what;
        int lost = 0;  ///< tries that came to nothing
        Timer::time_point at{};
        bool busy = false;
        bool hurried = false;  ///< while it was busy
    };

    explicit Chores(asio::io_context& io) : io_(io) {}
    Chores(const Chores&) = delete;
    Chores& operator=(const Chores&) = delete;

    void add(std::string key, T what) {
        chores_.push_back(Chore{std::move(key), std::move(what)});
        wake_all();
    }
    [[nodiscard]] bool has(std::string_view key) const {
        return std::any_of(chores_.begin(), chores_.end(), [&](const Chore& chore) { return chore.key == key; });
    }
    template <class Predicate>
    [[nodiscard]] bool any(Predicate is) const {
        return std::any_of(chores_.begin(), chores_.end(), [&](const Chore& chore) { return is(chore.what); });
    }
    [[nodiscard]] std::size_t size() const { return chores_.size(); }

    /// Waits for one that may be begun; the caller has it until done() or later(). Null after stop().
    [[nodiscard]] Awaitable<Chore*> next() {
        Timer idle(io_.get_executor());
        while (!stopped_) {
            auto at = Timer::time_point::max();
            if (Chore* chore = first(at)) co_return chore;
            idle.expires_at(at);
            idle_.push_back(&idle);
            co_await idle.async_wait(nothrow);
            std::erase(idle_, &idle);
        }
        co_return nullptr;
    }
    void done(Chore* chore) {
        chores_.remove_if([&](const Chore& other) { return &other == chore; });
        wake_all();
    }
    void later(Chore* chore, std::chrono::milliseconds wait) {
        chore->busy = false;
        ++chore->lost;
        chore->at = chore->hurried ? Timer::time_point{} : Timer::clock_type::now() + wait;
        chore->hurried = false;
        wake_all();
    }
    /// What waits under that key is tried now; what is being tried, and comes to nothing, once more at once.
    void hurry(std::string_view key) {
        for (Chore& chore : chores_) {
            if (chore.key != key) continue;
            chore.at = {};
            chore.hurried = chore.busy;
        }
        wake_all();
    }
    /// It could not even be tried.
    void wait(Chore* chore, std::chrono::milliseconds time) {
        later(chore, time);
        --chore->lost;
    }
    void stop() {
        stopped_ = true;
        wake_all();
    }

 private:
    /// `at` becomes the time at which the next one may be begun.
    Chore* first(Timer::time_point& at) {
        std::set<std::string_view> taken;
        for (Chore& chore : chores_) {
            if (!taken.insert(chore.key).second || chore.busy) continue;
            if (chore.at > Timer::clock_type::now()) {
                at = std::min(at, chore.at);
                continue;
            }
            chore.busy = true;
            return &chore;
        }
        return nullptr;
    }
    void wake_all() {
        for (Timer* timer : idle_) timer->cancel();
    }

    asio::io_context& io_;
    std::list<Chore> chores_;
    std::vector<Timer*> idle_;
    bool stopped_ = false;
};

}  // namespace reweave
