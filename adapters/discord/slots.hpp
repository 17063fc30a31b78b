#pragma once
/// \file The answers that Discord waits for: each interaction is acknowledged within three seconds, whatever the engine
/// does meanwhile, and can be answered for fifteen minutes. One thread, the I/O thread.
///
/// A slot takes exactly one message that is sure to be there once: its own, which is filled in and may be filled in
/// again. That is why nothing is ever said in follow-ups, for which Discord has no way to tell two from one.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "adapters/discord/content.hpp"
#include "adapters/discord/interaction.hpp"
#include "adapters/discord/rest.hpp"
#include "bot/deps/asio.hpp"

namespace reweave::discord {

struct Slot {
    enum class State {
        open,      ///< Discord still waits
        deferred,  ///< Discord shows that we are thinking
        quiet,     ///< acknowledged without a message of its own
        said,      ///< has its message
        gone       ///< can be answered no more
    } state = State::open;
    std::string id;
    std::string token;
    std::string user;
    Where where;
    bool press = false;    ///< of something that stands in a message: can be acknowledged without saying anything
    bool alone = true;     ///< only its user sees the message
    std::string key;       ///< of who is to be answered through it; empty: nobody, but by who has it at hand
    bool quietly = false;  ///< is acknowledged without a message, or will be as soon as that request may go
    std::string message;   ///< id of its message, where that is not the one which it began with
    MonotonicClock::time_point received;
    std::int64_t made = 0;     ///< milliseconds since 1970, by our clock
    std::vector<Page> said{};  ///< as long as more may be added; after a restart it is not known
    bool restored = false;     ///< it is from before a restart, and may have been answered then
    bool refused = false;      ///< what was to be said last: Discord does not take it, in this slot or another
    bool busy = false;         ///< a request about it is on its way
    bool overtaken = false;    ///< what was due before stands below the place that Discord keeps for its message
};
using SlotPtr = std::shared_ptr<Slot>;

/// Discord shows that an answer is on its way, or will, until it is said.
[[nodiscard]] inline bool still_waits(const Slot& slot) {
    return !slot.quietly && !slot.restored && (slot.state == Slot::State::open || slot.state == Slot::State::deferred);
}

/// Nobody else reads what is said there.
[[nodiscard]] inline bool is_for_one(const Slot& slot) {
    return slot.alone || slot.where.kind == Where::Kind::direct;
}

constexpr auto kAnswerWithin = std::chrono::seconds(3);        ///< Discord: Receiving and Responding
constexpr auto kDeferAfter = std::chrono::milliseconds(1500);  ///< that is left for us to answer at once
constexpr auto kTokenLives = std::chrono::minutes(15);         ///< Discord: the same page
constexpr auto kTokenMargin = std::chrono::seconds(30);        ///< we stop using it so much earlier

class Slots {
 public:
    struct Watch {
        /// How long Discord waited for an acknowledgement; late: it does not take it any more.
        std::function<void(std::chrono::milliseconds waited, bool late)> acknowledged;
        std::function<std::int64_t()> wall_clock;            ///< milliseconds since 1970
        std::string application;                             ///< id of ours
        std::function<void(const std::string& line)> fault;  ///< of ours, for the log
    };
    Slots(asio::io_context& io, Rest& rest, Watch watch);
    Slots(const Slots&) = delete;
    Slots& operator=(const Slots&) = delete;

    /// Begins the three seconds. `key` names who is to be answered through it.
    SlotPtr open(const Interaction& interaction, const std::string& key, bool alone);
    /// Acknowledges a press without a message; `components` stand in the pressed message from now on, if any.
    void acknowledge(SlotPtr slot, std::string components = {});
    /// Answers with a form.
    void show(SlotPtr slot, std::string form);
    /// Says it: as the slot's message, or added to what stands there. False if that cannot be any more; `again` then
    /// tells whether it is worth another try with the same slot.
    [[nodiscard]] Awaitable<bool> say(SlotPtr slot, std::vector<Page> pages, bool& again);

    /// Takes back that an answer is on its way, since it is said elsewhere. False: that is worth another try.
    [[nodiscard]] Awaitable<bool> take_back(SlotPtr slot);

    /// Through which that key is answered next: the oldest that still waits for its answer, else the newest to which
    /// something can be added; null if there is none.
    [[nodiscard]] SlotPtr of(const std::string& key) const;
    /// Nothing more is said through it.
    void release(const SlotPtr& slot);

    /// Milliseconds since 1970.
    [[nodiscard]] std::int64_t now() const { return watch_.wall_clock(); }

    /// A row that is stored with what the interaction led to, so that it can be answered after a crash.
    [[nodiscard]] static std::string row_key(const std::string& key) { return "slot:" + key; }
    [[nodiscard]] static std::string to_text(const Slot& slot);
    void restore(const std::string& key, const std::string& text);
    /// It was taken before: whether it was acknowledged and answered then is not known.
    static void doubt(Slot& slot);

    void stop();

 private:
    [[nodiscard]] Awaitable<void> defer_in_time(SlotPtr slot);
    [[nodiscard]] Awaitable<void> answer_at_once(SlotPtr slot, std::string body);
    [[nodiscard]] Awaitable<bool> begin_message(SlotPtr slot, std::vector<Page> pages);
    [[nodiscard]] Awaitable<bool> fill_message(SlotPtr slot, std::vector<Page> pages, bool& again);
    [[nodiscard]] std::string path_of(const Slot& slot) const;
    [[nodiscard]] Awaitable<Answer> call_back(SlotPtr slot, std::string body);
    [[nodiscard]] Awaitable<void> wait_turn(SlotPtr slot);
    void begin(Awaitable<void> work);
    void leave(const SlotPtr& slot);
    [[nodiscard]] bool is_over(const Slot& slot) const;
    void drop_if(const std::function<bool(const SlotPtr&)>& unwanted);

    asio::io_context& io_;
    Rest& rest_;
    Watch watch_;
    std::map<std::string, std::vector<SlotPtr>> slots_;  ///< of each key the oldest first
    Timer turn_;                                         ///< cancelled to wake who waits for a slot
    std::set<Timer*> deadlines_;
    bool stopped_ = false;
};

}  // namespace reweave::discord
