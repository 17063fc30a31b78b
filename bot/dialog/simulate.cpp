#include "bot/dialog/simulate.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "bot/dialog/joint.hpp"
#include "bot/dialog/played_scripts.hpp"
#include "bot/dialog/step.hpp"
#include "bot/dialog/walk.hpp"

namespace reweave::dialog {
namespace {

using namespace std::chrono_literals;

constexpr int kMostTurns = 5000;  ///< of one conversation; then it goes round in circles
constexpr std::array<std::string_view, 9> kTyped{"I raised my voice on Sunday evening",
                                                 "you always leave and never listen, but it was me too",
                                                 "it makes sense that you were tired, because nobody had slept",
                                                 "4",
                                                 "in 30 minutes",
                                                 "sad",
                                                 "skip",
                                                 "back",
                                                 "I don't know"};
constexpr std::size_t kWords = 3;             ///< of them, so many are what people write where they are asked for words
const TimePoint kBegin{1'795'514'400'000ms};  ///< a Tuesday, 24 November 2026, at 10:00

class Chance {
 public:
    explicit Chance(std::uint64_t seed) : seed_(seed) {}
    std::size_t below(std::size_t count) { return static_cast<std::size_t>(mix(seed_, drawn_++) % count); }
    bool percent(std::size_t of_hundred) { return below(100) < of_hundred; }

 private:
    std::uint64_t seed_;
    std::uint64_t drawn_ = 0;
};

/// One conversation.
class Talk {
 public:
    Talk(const RevisionPtr& root, const Context& context, std::uint64_t seed)
        : root_(root), context_(context), seed_(seed), chance_(seed), now_(kBegin) {
        several_ = !root->script.people.empty();
        std::vector<std::string> roles;
        for (const Role& role : root->script.people)
            roles.insert(roles.end(), static_cast<std::size_t>(role.least), role.name);
        people_.resize(std::max<std::size_t>(1, roles.size()));
        // Most walk to the end, so that there is something to see there; the others try the rest.
        const bool agreeable = chance_.percent(70);
        for (Person& person : people_) {
            person.leads_on = agreeable ? 98 : 60;
            if (chance_.percent(agreeable ? 2 : 10)) person.silent_after = static_cast<int>(chance_.below(25));
        }
        if (several_) {
            joint_ = initial_joint_state(roles, seed);
        } else {
            state_ = initial_state(root);
        }
    }

    void run() {
        for (int i = 0; i < count(); ++i) {
            if (several_) {
                take(Joins{i, {}, {}});
            } else {
                take(Started{});
            }
        }
        while (turns_ < kMostTurns && go_on()) continue;
        if (turns_ >= kMostTurns) trouble(0, "the conversation goes on for ever");
        look_at_the_end();
    }

    [[nodiscard]] std::int64_t turns() const { return turns_; }
    [[nodiscard]] Seconds time() const { return std::chrono::duration_cast<Seconds>(now_ - kBegin); }
    [[nodiscard]] bool met() const { return several_ && joint_.room.openings > 0; }
    [[nodiscard]] const std::vector<Simulation::Trouble>& dead_ends() const { return dead_ends_; }
    [[nodiscard]] std::vector<std::string> outcomes() const {
        std::vector<std::string> all;
        for (const Person& person : people_) all.push_back(person.outcome.value_or("left open"));
        return all;
    }
    /// Roles of those who were in the room until it ended by itself, and whether they were ever asked there.
    [[nodiscard]] const std::map<std::string, bool>& asked() const { return asked_; }

 private:
    struct Person {
        std::size_t leads_on = 98;  ///< per cent of choices that are the first one
        int silent_after = -1;      ///< answers; -1: never
        int answers = 0;
        std::optional<Question> asked;  ///< in private
        std::optional<Question> asked_in_room;
        bool asked_ever = false;  ///< in the room
        bool was_in_room = false;
        std::optional<std::string> outcome;
    };
    struct Timer {
        TimePoint due{};
        int lane = 0;  ///< -1: the room's
        TimerDue timer;
    };

    [[nodiscard]] int count() const { return static_cast<int>(people_.size()); }
    Person& person(int lane) { return people_[static_cast<std::size_t>(lane)]; }
    Lane& lane(int index) { return joint_.lanes[static_cast<std::size_t>(index)]; }
    State& state(int lane) { return several_ ? this->lane(lane).state : state_; }
    [[nodiscard]] bool is_out(int lane) { return several_ ? this->lane(lane).out : state_.frames.empty(); }
    [[nodiscard]] bool in_room(int lane) { return several_ && this->lane(lane).in_room && joint_.room.open; }

    // ------------------------------------------------------------------------------------ what happens next

    /// False when nothing more can happen.
    bool go_on() {
        const auto next = next_timer();
        std::vector<int> ready;
        for (int i = 0; i < count(); ++i) {
            if (!is_out(i) && !is_silent(i) && can_act(i)) ready.push_back(i);
        }
        const auto pause = Seconds(5 + static_cast<std::int64_t>(chance_.below(120)));
        if (ready.empty() || (next != timers_.end() && next->due <= now_ + pause)) {
            if (next == timers_.end()) return false;
            const Timer timer = *next;
            timers_.erase(next);
            now_ = std::max(now_, timer.due);
            fire(timer);
            return true;
        }
        now_ += pause;
        act(ready[chance_.below(ready.size())]);
        return true;
    }

    bool is_silent(int lane) {
        return person(lane).silent_after >= 0 && person(lane).answers >= person(lane).silent_after;
    }

    /// Something is asked of them, or the room waits for them.
    bool can_act(int lane) {
        if (!in_room(lane)) return is_open(person(lane).asked, state(lane));
        if (state(lane).frames.size() > 1) return is_open(person(lane).asked, state(lane));
        if (joint_.room.frozen)
            return std::find(joint_.room.ready.begin(), joint_.room.ready.end(), lane) == joint_.room.ready.end();
        return is_open(person(lane).asked_in_room, joint_.room.state);
    }

    static bool is_open(const std::optional<Question>& question, const State& state) {
        return question && state.waiting && state.wait == question->wait;
    }

    std::vector<Timer>::iterator next_timer() {
        std::erase_if(timers_, [&](const Timer& timer) { return !is_alive(timer); });
        return std::min_element(
            timers_.begin(), timers_.end(), [](const Timer& a, const Timer& b) { return a.due < b.due; });
    }

    bool is_alive(const Timer& timer) {
        if (timer.lane >= 0)
            return !is_out(timer.lane) && state(timer.lane).waiting && state(timer.lane).wait == timer.timer.wait;
        if (!joint_.room.open) return false;
        if (timer.timer.kind == TimerDue::Kind::floor) return timer.timer.wait == joint_.room.floors;
        return !joint_.room.frozen && joint_.room.state.wait == timer.timer.wait;
    }

    // ---------------------------------------------------------------------------------------- what people do

    void act(int lane) {
        Person& who = person(lane);
        ++who.answers;
        if (in_room(lane) && joint_.room.frozen) return say(lane, "ready");
        if (chance_.percent(1)) return now_and_then(lane);
        const bool room = in_room(lane) && state(lane).frames.size() == 1;
        const Question question = room ? *who.asked_in_room : *who.asked;
        const RevisionPtr revision = context_.revision(question.revision);
        const Node* node = revision ? node_at(revision->script, question.at) : nullptr;
        if (!node) return trouble(lane, "the question stands nowhere");
        if (const auto* ask = std::get_if<Ask>(&node->what)) {
            answer(lane, *ask, question);
        } else if (std::holds_alternative<Share>(node->what)) {
            if (chance_.percent(20)) return say(lane, kTyped[chance_.below(kWords)]);
            press(lane, question, {std::string(kShareChoices[chance_.below(kShareChoices.size())])});
        } else {
            press(lane, question, {"done"});
        }
    }

    /// What makes trouble at a table: a pause, a stop, somebody who leaves, or speaks out of turn.
    void now_and_then(int lane) {
        switch (chance_.below(several_ ? 4 : 1)) {
            case 0:
                return say(lane, "stop");
            case 1:
                return say(lane, "pause");
            case 2:
                return take(Leaves{lane});
            default:
                for (int other = 0; other < count(); ++other) {
                    if (other != lane && in_room(other)) return say(other, kTyped[chance_.below(kTyped.size())]);
                }
        }
    }

    void answer(int lane, const Ask& ask, const Question& question) {
        const bool leads_on = chance_.percent(person(lane).leads_on);
        switch (ask.kind) {
            case AskKind::one_of:
            case AskKind::several: {
                if (question.choices.empty() || chance_.percent(2)) return say(lane, "skip");
                // The first one leads on in most scripts; of the others, any.
                const std::size_t pick = leads_on && !chance_.percent(4) ? 0 : chance_.below(question.choices.size());
                return press(lane, question, {ask.choices[static_cast<std::size_t>(question.choices[pick])].id});
            }
            case AskKind::yes_no:
                return press(lane, question, {leads_on || chance_.percent(50) ? "yes" : "no"});
            case AskKind::scale: {
                const std::int64_t from = ask.from.value_or(0), to = ask.to.value_or(10);
                const auto width = static_cast<std::size_t>(to - from + 1);
                const std::size_t up = leads_on ? std::min<std::size_t>(2, width - 1) : chance_.below(width);
                return press(lane, question, {std::to_string(from + static_cast<std::int64_t>(up))});
            }
            case AskKind::one_line:
            case AskKind::long_text:
                return say(lane, kTyped[leads_on ? chance_.below(kWords) : chance_.below(kTyped.size())]);
            case AskKind::number:
                return say(lane, leads_on ? "4" : "skip");
            case AskKind::length:
            case AskKind::moment:
                return say(lane, leads_on ? "in 30 minutes" : "skip");
            case AskKind::feelings:
            case AskKind::needs:
            case AskKind::country:
                return say(lane, leads_on ? "sad" : "skip");
        }
    }

    void say(int lane, std::string_view text) {
        give(lane, Typed{WordsRef{1 + static_cast<std::int64_t>(chance_.below(kWords))}, text});
    }
    void press(int lane, const Question& question, std::vector<std::string> picks) {
        give(lane, Pressed{question.wait, std::move(picks)});
    }
    void give(int lane, Input input) {
        if (!several_) return take(std::move(input));
        if (in_room(lane) && state(lane).frames.size() == 1) return take(InRoom{lane, std::move(input)});
        take(InLane{lane, std::move(input)});
    }

    void fire(const Timer& timer) {
        if (!several_) return take(Input(timer.timer));
        if (timer.lane < 0) return take(RoomTimer{timer.timer});
        take(InLane{timer.lane, timer.timer});
    }

    // ------------------------------------------------------------------------------------------------ turns

    void take(Input input) {
        ++turns_;
        Turn turn = step(root_, std::move(state_), {now_, seed_, std::move(input)}, context_);
        state_ = std::move(turn.state);
        for (const Effect& effect : turn.effects) feel(0, effect, false);
    }

    void take(JointInput input) {
        ++turns_;
        JointTurn turn = joint_step(root_, std::move(joint_), {now_, seed_, std::move(input)}, context_);
        joint_ = std::move(turn.state);
        for (int i = 0; i < count(); ++i) person(i).was_in_room = person(i).was_in_room || in_room(i);
        for (const Outgoing& out : turn.out) {
            const auto* effect = std::get_if<Effect>(&out.what);
            if (!effect) continue;
            if (const auto* timer = out.to.empty() ? std::get_if<TimerEffect>(effect) : nullptr)
                timers_.push_back({timer->due, -1, timer->timer});
            for (const int reader : out.to) feel(reader, *effect, out.room);
        }
    }

    void feel(int lane, const Effect& effect, bool room) {
        Person& who = person(lane);
        if (const auto* ask = std::get_if<AskEffect>(&effect)) {
            (room ? who.asked_in_room : who.asked) = ask->question;
            who.asked_ever = who.asked_ever || room;
        } else if (const auto* timer = std::get_if<TimerEffect>(&effect)) {
            timers_.push_back({timer->due, lane, timer->timer});
        } else if (const auto* end = std::get_if<EndEffect>(&effect)) {
            who.outcome = end->outcome;
            if (end->why == EndEffect::Why::fault) trouble(lane, "a fault of the script: " + end->outcome);
        }
    }

    // ---------------------------------------------------------------------------------------------- the end

    void look_at_the_end() {
        bool whole = met();
        for (int i = 0; i < count(); ++i) {
            whole = whole && person(i).outcome && *person(i).outcome != "stopped" && !is_silent(i);
            if (is_out(i) || can_act(i)) continue;  // a question that nobody answers may stay open
            if (turns_ < kMostTurns) trouble(i, "nobody is asked, and nothing will come");
        }
        if (!whole) return;
        for (int i = 0; i < count(); ++i) {
            if (person(i).was_in_room) asked_[lane(i).role] = asked_[lane(i).role] || person(i).asked_ever;
        }
    }

    void trouble(int lane, std::string what) {
        Simulation::Trouble trouble{seed_, root_->script.id, {}, std::move(what)};
        const State& at = in_room(lane) ? joint_.room.state : state(lane);
        if (!at.frames.empty()) {
            const RevisionPtr revision = context_.revision(at.frames.back().revision);
            const Node* node = revision ? node_at(revision->script, at.frames.back().at) : nullptr;
            if (revision) trouble.script = revision->script.id;
            if (node) trouble.span = node->span;
        }
        dead_ends_.push_back(std::move(trouble));
    }

    const RevisionPtr& root_;
    const Context& context_;
    std::uint64_t seed_;
    Chance chance_;
    TimePoint now_;
    bool several_ = false;
    State state_;
    JointState joint_;
    std::vector<Person> people_;
    std::vector<Timer> timers_;
    std::vector<Simulation::Trouble> dead_ends_;
    std::map<std::string, bool> asked_;
    std::int64_t turns_ = 0;
};

/// Keeps the first of each kind.
void keep(std::vector<Simulation::Trouble>& kept, const Simulation::Trouble& found) {
    const bool known = std::any_of(kept.begin(), kept.end(), [&](const Simulation::Trouble& old) {
        return old.script == found.script && old.span == found.span && old.what == found.what;
    });
    if (!known) kept.push_back(found);
}

}  // namespace

Simulation simulate(const RevisionPtr& root,
                    const std::string& path,
                    const std::vector<RevisionPtr>& scripts,
                    const LanguagePack& pack,
                    const SimulationOptions& options) {
    PlayedScripts played(scripts, pack);
    for (std::size_t i = 0; i < kWords; ++i) played.words.emplace_back(kTyped[i]);
    std::set<std::pair<const Revision*, Place>> walked;
    played.context.trace = [&](std::string_view hash, const Place& place) {
        if (hash == root->hash) walked.emplace(root.get(), place);
    };
    Simulation all;
    std::map<std::string, bool> asked;
    for (int i = 0; i < options.conversations; ++i) {
        const std::uint64_t seed = options.seed + static_cast<std::uint64_t>(i);
        Talk talk(root, played.context, seed);
        talk.run();
        ++all.conversations;
        all.turns += talk.turns();
        all.met += talk.met() ? 1 : 0;
        for (const std::string& outcome : talk.outcomes()) ++all.outcomes[outcome];
        for (const Simulation::Trouble& trouble : talk.dead_ends()) keep(all.dead_ends, trouble);
        for (const auto& [role, ever] : talk.asked()) asked[role] = asked[role] || ever;
        if (talk.turns() > all.longest.turns) all.longest = {talk.turns(), seed, talk.time()};
    }
    const bool anyone = std::any_of(asked.begin(), asked.end(), [](const auto& role) { return role.second; });
    for (const auto& [role, ever] : asked) {
        if (ever || !anyone) continue;
        all.starved.push_back({options.seed,
                               root->script.id,
                               {1, 1, 1},
                               "“" + role + "” sits in the room to its end, and is never asked, while others are"});
    }
    Coverage coverage;
    coverage.add(path, root);
    for (const auto& [revision, place] : walked) coverage.visit(revision->hash, place);
    all.coverage = coverage.report();
    // Who walked where is a question for transcripts.
    std::erase_if(all.coverage.missed, [](const Coverage::Missed& missed) { return !missed.role.empty(); });
    return all;
}

}  // namespace reweave::dialog
