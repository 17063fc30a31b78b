#include "bot/dialog/step_player.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "bot/dialog/hours.hpp"
#include "bot/dialog/phrases.hpp"

namespace reweave::dialog {
namespace {

constexpr std::string_view kOffer = "offer";
constexpr auto kOfferAgain = std::chrono::days(1);

}  // namespace

StepPlayer::StepPlayer(const std::vector<RevisionPtr>& revisions,
                       LanguagePackPtr pack,
                       std::uint64_t seed,
                       const Trace& trace,
                       const Languages& languages)
    : pack_(std::move(pack)), seed_(seed), scripts_(revisions, *pack_, languages) {
    if (!trace) return;
    scripts_.context.trace = [this, trace](std::string_view hash, const Place& place) {
        trace(hash, place, {{}, {scripts_.context.pack->language}});
    };
}

Screen StepPlayer::start(const Beginning& beginning) {
    now_ = told_ = beginning.at;
    auto spoken = scripts_.context_in(beginning.language);
    if (!spoken) return Screen{{}, {}, true, std::nullopt};
    scripts_.context = std::move(*spoken);
    scripts_.context.time_zone = beginning.time_zone;
    const RevisionPtr root = scripts_.script(beginning.script);
    if (!root) return Screen{{}, {}, true, std::nullopt};
    begin(root, beginning.given);
    return screen();
}

Screen StepPlayer::say(std::string_view text) {
    scripts_.words.emplace_back(text);
    const std::string typed = scripts_.words.back();  // the table may grow while the turn looks at the text
    return take(Typed{WordsRef{static_cast<std::int64_t>(scripts_.words.size())}, typed});
}

Screen StepPlayer::choose(const std::vector<std::string>& picks) {
    return take(Pressed{wait_, picks});
}

Screen StepPlayer::advance(Seconds time) {
    fire_until(now_ + time);
    return screen();
}

Screen StepPlayer::take(Input input) {
    const bool taken = as_one_turn([&] { return turn(std::move(input)); });
    Screen shown = screen();
    shown.refused = !taken;
    return shown;
}

/// Everything that follows from one input is one turn: before it comes the word that this is a program, when it is due.
bool StepPlayer::as_one_turn(const std::function<bool()>& inputs) {
    const std::size_t before = said_.size();
    if (!inputs()) return false;
    if (now_ - told_ > kProgramNotice) {
        told_ = now_;
        say_phrase("still-program", before);
    }
    return true;
}

void StepPlayer::say_phrase(std::string_view id, std::size_t position) {
    const auto bubble = phrase(scripts_.context.phrases, id, seed_, {});
    if (!bubble) return;
    said_.insert(said_.begin() + static_cast<std::ptrdiff_t>(position), as_line(render(*bubble, render_context())));
}

void StepPlayer::begin(const RevisionPtr& root, Answers answers) {
    root_ = root;
    if (!root_) return;
    state_ = to_text(initial_state(root));
    timers_.clear();
    outcome_.reset();
    answers.insert(known_.begin(), known_.end());
    static_cast<void>(turn(Started{std::move(answers)}));
}

/// False if the script did not take it.
bool StepPlayer::turn(Input input) {
    if (!root_) return false;
    const Event event{now_, seed_, std::move(input)};
    Turn done = step(root_, state_from_json(nlohmann::json::parse(state_)), event, scripts_.context);
    if (done.result != Turn::Result::accepted) return false;
    state_ = to_text(done.state);
    if (!done.state.waiting || done.state.resting) choices_.clear();
    for (const Effect& effect : done.effects) apply(effect);
    return true;
}

void StepPlayer::apply(const Effect& effect) {
    if (const auto* say = std::get_if<SayEffect>(&effect)) {
        said_.push_back(as_line(render(say->bubble, render_context())));
    } else if (const auto* ask = std::get_if<AskEffect>(&effect)) {
        choices_ = pressable(render(ask->question, render_context()));
        wait_ = ask->question.wait;
    } else if (const auto* timer = std::get_if<TimerEffect>(&effect)) {
        timers_.push_back(*timer);
    } else if (const auto* follow = std::get_if<FollowUpEffect>(&effect)) {
        follow_ups_.push_back({now_ + follow->after, follow->script, follow->answers});
    } else if (std::holds_alternative<BeginEffect>(effect)) {
        begins_ = true;
    } else if (const auto* country = std::get_if<CountryEffect>(&effect)) {
        known_["country"] = Picked{country->country, country->country};
    } else if (const auto* end = std::get_if<EndEffect>(&effect)) {
        ended(end->outcome);
    } else if (const auto* command = std::get_if<CommandEffect>(&effect)) {
        if (command->command == Command::help) interrupt("help");
        if (command->command == Command::human) interrupt("human");
        if (command->command == Command::erase) interrupt("erase");
    }
}

void StepPlayer::interrupt(std::string_view script) {
    if (const RevisionPtr revision = scripts_.script(script)) static_cast<void>(turn(Interrupted{revision, known_}));
}

/// Fires what is due, earliest first. A timer whose wait is over is refused by the script, which is as it should be.
/// All but the end of a break waits for the allowed hours.
void StepPlayer::fire_until(TimePoint end) {
    const auto when = [&](const TimerEffect& t) {
        return t.timer.kind == TimerDue::Kind::wake ? t.due : next_allowed(t.due, scripts_.context.time_zone);
    };
    for (;;) {
        const auto timer = std::min_element(
            timers_.begin(), timers_.end(), [&](const auto& a, const auto& b) { return when(a) < when(b); });
        const TimePoint next = timer == timers_.end() ? TimePoint::max() : when(*timer);
        const auto follow = next_follow_up();
        const TimePoint offer = root_ || follow == follow_ups_.end()
                                    ? TimePoint::max()
                                    : next_allowed(follow->due, scripts_.context.time_zone);
        if (std::min(next, offer) > end) break;
        now_ = std::max(now_, std::min(next, offer));
        if (offer < next) {
            static_cast<void>(as_one_turn([&] { return offer_follow_up(); }));
            continue;
        }
        const TimerDue due = timer->timer;
        timers_.erase(timer);
        static_cast<void>(as_one_turn([&] { return turn(due); }));
    }
    now_ = end;
}

void StepPlayer::ended(const std::string& outcome) {
    root_.reset();
    choices_.clear();
    outcome_ = outcome;
    if (outcome == "delete") say_phrase("deleted", said_.size());
    if (std::exchange(begins_, false)) say_phrase("not-this-time", said_.size());
    const std::optional<FollowUp> offered = std::exchange(offered_, std::nullopt);
    if (!offered) return static_cast<void>(offer_follow_up());
    if (outcome == "later") follow_ups_.push_back({now_ + kOfferAgain, offered->script, offered->answers});
    if (outcome == "now") begin(scripts_.script(offered->script), offered->answers);
}

std::vector<StepPlayer::FollowUp>::iterator StepPlayer::next_follow_up() {
    return std::min_element(
        follow_ups_.begin(), follow_ups_.end(), [](const FollowUp& a, const FollowUp& b) { return a.due < b.due; });
}

/// False if none is due.
bool StepPlayer::offer_follow_up() {
    const auto next = next_follow_up();
    if (next == follow_ups_.end() || next_allowed(next->due, scripts_.context.time_zone) > now_) return false;
    offered_ = std::move(*next);
    follow_ups_.erase(next);
    begin(scripts_.script(kOffer), {});
    return true;
}

RenderContext StepPlayer::render_context() const {
    return {scripts_.context.revision,
            scripts_.context.words,
            scripts_.context.pack,
            scripts_.context.phrases,
            scripts_.context.time_zone,
            now_};
}

Screen StepPlayer::screen() {
    return {std::exchange(said_, {}), choices_, false, outcome_};
}

}  // namespace reweave::dialog
