#pragma once
/// \file Plays transcripts on the step function alone, with a clock of its own and the state through JSON between
/// turns.

#include <functional>
#include <vector>

#include "bot/dialog/played_scripts.hpp"
#include "bot/dialog/player.hpp"
#include "bot/dialog/step.hpp"

namespace reweave::dialog {

class StepPlayer : public Player {
 public:
    /// `revisions` must hold the scripts of dialogs/system. `trace` is told of every place that runs; may be empty.
    StepPlayer(const std::vector<RevisionPtr>& revisions,
               LanguagePackPtr pack,
               std::uint64_t seed,
               const Trace& trace,
               const Languages& languages = {});

    /// A script that is not there, and a language that nobody understands, are refused.
    [[nodiscard]] Screen start(const Beginning& beginning) override;
    [[nodiscard]] Screen say(std::string_view text) override;
    [[nodiscard]] Screen choose(const std::vector<std::string>& picks) override;
    [[nodiscard]] Screen advance(Seconds time) override;
    [[nodiscard]] bool knows_outcomes() const override { return true; }

 private:
    struct FollowUp {
        TimePoint due{};
        std::string script;
        Answers answers;
    };

    [[nodiscard]] Screen take(Input input);
    void begin(const RevisionPtr& root, Answers answers);
    [[nodiscard]] bool as_one_turn(const std::function<bool()>& inputs);
    [[nodiscard]] bool turn(Input input);
    void apply(const Effect& effect);
    void fire_until(TimePoint end);
    void ended(const std::string& outcome);
    [[nodiscard]] std::vector<FollowUp>::iterator next_follow_up();
    bool offer_follow_up();
    void say_phrase(std::string_view id, std::size_t position);
    void interrupt(std::string_view script);
    [[nodiscard]] RenderContext render_context() const;
    [[nodiscard]] Screen screen();

    LanguagePackPtr pack_;
    std::uint64_t seed_;
    PlayedScripts scripts_;

    TimePoint now_{};
    TimePoint told_{};  ///< when they were last told that this is a program
    RevisionPtr root_;
    std::string state_;  ///< JSON
    std::vector<TimerEffect> timers_;
    std::vector<FollowUp> follow_ups_;
    bool begins_ = false;              ///< a script for several is begun, for which there is nobody else here
    std::optional<FollowUp> offered_;  ///< what the script `offer` that runs now is about
    Answers known_;                    ///< what every script is handed: the country, once the person has named it
    std::vector<std::string> said_;
    std::vector<RenderedChoice> choices_;
    std::int64_t wait_ = 0;
    std::optional<std::string> outcome_;
};

}  // namespace reweave::dialog
