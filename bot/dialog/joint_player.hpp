#pragma once
/// \file Several people in one conversation, on joint_step() alone: a clock of its own, each person with what they see,
/// and the state through JSON between turns.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bot/dialog/joint.hpp"
#include "bot/dialog/played_scripts.hpp"
#include "bot/dialog/player.hpp"

namespace reweave::dialog {

class JointPlayer : public Player {
 public:
    /// Something that a person was shown.
    struct Seen {
        TimePoint at{};
        bool room = false;  ///< in the room; otherwise in private
        std::string text;
        bool operator==(const Seen&) const = default;
    };

    /// `revisions` must hold the script `phrases`. `trace` is told of every place that runs; may be empty.
    JointPlayer(const std::vector<RevisionPtr>& revisions,
                LanguagePackPtr pack,
                std::uint64_t seed,
                Trace trace,
                const Languages& languages = {});

    // As a Player, for one person at a time: those of seats_of(), all from the beginning.
    [[nodiscard]] Screen start(const Beginning& beginning) override;
    [[nodiscard]] bool turn_to(std::string_view who, Screen& screen) override;
    [[nodiscard]] Screen say(std::string_view text) override;
    [[nodiscard]] Screen choose(const std::vector<std::string>& picks) override;
    [[nodiscard]] Screen leave() override;
    [[nodiscard]] Screen advance(Seconds time) override;
    [[nodiscard]] bool knows_outcomes() const override { return true; }

    // All of it, by lanes.
    void begin(const RevisionPtr& root, const std::vector<std::string>& roles, const Answers& given = {});
    /// A seat for each role; nobody has taken theirs.
    void set_table(const RevisionPtr& root, const std::vector<std::string>& roles);
    Turn::Result joins(int lane, Answers given = {});
    /// From now on that person is spoken to, and listened to, in another language. False if nobody understands it.
    [[nodiscard]] bool speaks(int lane, const std::string& language);
    /// In the room if they are there, otherwise in private.
    Turn::Result says(int lane, std::string_view text);
    /// In private, also while the room is open.
    Turn::Result says_alone(int lane, std::string_view text);
    Turn::Result presses(int lane, const std::vector<std::string>& picks);
    Turn::Result leaves(int lane);
    Turn::Result freezes();
    Turn::Result interrupts(int lane, const RevisionPtr& script);
    void pass(Seconds time);

    [[nodiscard]] TimePoint now() const { return now_; }
    [[nodiscard]] const JointState& state() const { return state_; }
    [[nodiscard]] const std::vector<Seen>& seen(int lane) const { return person(lane).seen; }
    /// What they can press to answer; empty if they are not asked.
    [[nodiscard]] const std::optional<std::vector<RenderedChoice>>& asked(int lane) const { return person(lane).asked; }
    /// How it ended for them, if it has.
    [[nodiscard]] const std::optional<std::string>& outcome(int lane) const { return person(lane).outcome; }
    /// When the room opened, each time.
    [[nodiscard]] const std::vector<TimePoint>& openings() const { return openings_; }

 private:
    struct Person {
        std::string name;
        std::vector<Seen> seen;
        std::size_t looked = 0;  ///< of what they have seen, before they last did something
        std::optional<std::vector<RenderedChoice>> asked;
        bool asked_in_room = false;
        std::int64_t wait = 0;
        std::optional<std::string> outcome;
        Context context;                ///< in their language
        bool gone = false;              ///< their device is signed out
        bool paused = false;            ///< their place is kept, and so is
        std::vector<std::string> held;  ///< what was said there meanwhile, until
        std::optional<State> offer;     ///< the script `offer` has asked whether they want to go on
        bool has_turn = false;          ///< the turn that runs is also theirs,
        std::size_t before = 0;         ///< and before it they had seen so much
        TimePoint told{};               ///< when they were last told that this is a program
        Answers known;                  ///< what scripts that come between are handed: the country, once it is named
    };
    struct Timer {
        TimePoint due{};
        int lane = -1;  ///< -1: the room's
        TimerDue timer;
    };

    [[nodiscard]] Person& person(int lane) { return people_[static_cast<std::size_t>(lane)]; }
    [[nodiscard]] const Person& person(int lane) const { return people_[static_cast<std::size_t>(lane)]; }
    [[nodiscard]] bool in_room(int lane) const { return state_.lanes[static_cast<std::size_t>(lane)].in_room; }
    [[nodiscard]] Typed typed(std::string_view text);
    Turn::Result answer(int lane, Input input);
    Turn::Result take(JointInput input);
    Turn::Result as_one_turn(const std::function<Turn::Result()>& what);
    Turn::Result step_once(JointInput input);
    Turn::Result answer_offer(int lane, Input input);
    Turn::Result come_back(int lane);
    /// The context of a lane, or (-1) of what the room does by itself: what runs in it is traced as theirs.
    [[nodiscard]] Context traced(Context context, int lane);
    [[nodiscard]] Walker walker(int lane) const;
    void deliver(const Outgoing& out);
    void show(int lane, const Outgoing& out);
    void show(int lane, const Effect& effect, bool room);
    void say_phrase(Person& p, std::string_view id);
    void command(int lane, Command command);
    void remind_of_program();
    [[nodiscard]] std::optional<std::string> spoken_phrase(const Person& p, std::string_view id) const;
    [[nodiscard]] RenderContext render_context(const Person& p) const;
    [[nodiscard]] Screen screen(bool taken = true) const;

    LanguagePackPtr pack_;
    std::uint64_t seed_;
    Trace trace_;
    PlayedScripts scripts_;

    RevisionPtr root_;
    JointState state_;
    TimePoint now_{};
    std::vector<Timer> timers_;
    std::vector<Person> people_;
    std::vector<TimePoint> openings_;
    bool in_turn_ = false;
    int acting_ = 0;  ///< lane of the person that the Player speaks for
};

}  // namespace reweave::dialog
