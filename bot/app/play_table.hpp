#pragma once
/// \file Everyone who takes part in a script, at one terminal: the real engine with a clock that can be moved.

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "bot/app/play_script.hpp"
#include "bot/app/play_seat.hpp"
#include "bot/dialog/joint.hpp"

namespace reweave::app {

class MovableClock final : public engine::Clock {
 public:
    [[nodiscard]] engine::TimePoint now() const override;
    void skip(std::chrono::milliseconds by) { ahead_ += by; }

 private:
    std::chrono::milliseconds ahead_{};
};

class Table {
 public:
    /// Begins the script. For several people all seats are taken: one begins it, the others come by a code, and only
    /// what follows is shown. `script` must outlive the table.
    /// \throws ContentError if a seat cannot be taken.
    Table(const PlayScript& script, std::ostream& out);

    [[nodiscard]] bool several() const { return seats_.size() > 1; }
    /// The one at the keyboard types this, where they are: alone or in the room.
    void say(const std::string& text);
    /// Lets time pass; each timer comes at its own moment.
    void skip(dialog::Seconds by);

    /// Someone else is at the keyboard. False, and it is said why, if nobody or more than one is called that.
    bool sit(const std::string& name);
    /// Where everybody is.
    void who();
    /// What somebody can know.
    void knows(const std::string& name);

    /// "own-part · The act · line 31", of the one at the keyboard.
    [[nodiscard]] std::string where();
    [[nodiscard]] std::string time() const { return clock_text(clock_.now()); }

 private:
    using Outputs = std::vector<engine::Output>;

    void seat(const std::string& name);
    void begin();
    void invite(std::size_t index, const std::string& role);
    [[nodiscard]] engine::Reply reply_of(const Outputs& outputs) const;
    [[nodiscard]] Outputs type(Seat& seat, const std::string& text, engine::ConversationId room);
    [[nodiscard]] std::optional<std::size_t> named(const std::string& name);
    [[nodiscard]] std::optional<dialog::JointState> state();
    [[nodiscard]] bool in_room(const Seat& seat);
    [[nodiscard]] std::string where(const Seat& seat);
    /// Null if nothing runs, or one that is not known here.
    [[nodiscard]] const dialog::Script* script_of(const dialog::State& state) const;
    [[nodiscard]] bool asks_to_share(const dialog::State& state) const;
    [[nodiscard]] std::string place_of(const dialog::State& state) const;
    void show(const Outputs& outputs);

    const PlayScript& script_;
    std::ostream& out_;
    MovableClock clock_;
    std::optional<TemporaryBot> bot_;
    std::vector<Seat> seats_;
    std::size_t at_ = 0;                   ///< the seat of who is at the keyboard
    engine::ConversationId conversation_;  ///< of several people; 0: none
    std::int64_t number_ = 0;
};

}  // namespace reweave::app
