#pragma once
/// \file One turn at work: takes an event and walks nodes until the script waits or ends. What step() is made of, and
/// the lanes and the room of a conversation of several people.

#include <algorithm>
#include <utility>

#include "bot/dialog/answer.hpp"
#include "bot/dialog/evaluate.hpp"
#include "bot/dialog/recognise.hpp"
#include "bot/dialog/step.hpp"

namespace reweave::dialog {

inline constexpr std::size_t kMaxTrail = 20;   ///< how far "back" goes
inline constexpr std::size_t kMaxFrames = 16;  ///< CALLs cannot be cyclic, so this is only a fence

inline std::string key_of(char kind, const Place& p) {
    std::string key(1, kind);
    for (const int n : {p.step, p.node, p.branch, p.sub}) (key += '.') += std::to_string(n);
    return key;
}

/// Mixes a turn's seed with a place (splitmix64), so that two texts of one turn choose apart.
inline std::uint64_t mix(std::uint64_t seed, std::uint64_t salt) {
    std::uint64_t z = seed + 0x9e3779b97f4a7c15ULL * (salt + 1);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

/// The node after this one in the same block.
inline Place next(Place p) {
    ++(p.branch < 0 ? p.node : p.sub);
    return p;
}

inline Place before(Place p) {
    --(p.branch < 0 ? p.node : p.sub);
    return p;
}

inline int index_in_block(const Place& p) {
    return p.branch < 0 ? p.node : p.sub;
}

/// One turn at work. Holds the state while it changes and the effects so far.
class Walk {
 public:
    Walk(RevisionPtr root, State state, const Event& event, const Context& context)
        : root_(std::move(root)), event_(event), context_(context) {
        turn_.state = std::move(state);
    }
    virtual ~Walk() = default;
    Walk(const Walk&) = delete;
    Walk& operator=(const Walk&) = delete;

    /// An input that is refused is so before anything is changed.
    Turn take() {
        turn_.result = std::visit([&](const auto& input) { return on(input); }, event_.input);
        return std::move(turn_);
    }

 protected:
    using Result = Turn::Result;

    // ------------------------------------------------------------------------------------ lookups

    State& state() { return turn_.state; }
    Frame& frame() { return state().frames.back(); }

    const Revision* revision(const std::string& hash) {
        if (root_->hash == hash) return root_.get();
        if (cached_ && cached_->hash == hash) return cached_.get();
        cached_ = context_.revision(hash);
        return cached_.get();
    }

    const Script* script() {
        const Revision* found = revision(frame().revision);
        return found ? &found->script : nullptr;
    }

    const Node* node() {
        const Script* s = script();
        return s ? node_at(*s, frame().at) : nullptr;
    }

    const Ask* open_ask() {
        const Node* n = node();
        return n ? std::get_if<Ask>(&n->what) : nullptr;
    }

    EvaluateContext evaluate_context() { return {&frame().answers, &context_.words, context_.pack}; }
    bool holds(const Expr& expr) { return evaluate(expr, evaluate_context()); }

    // ------------------------------------------------------------------------------------ saying

    virtual void add(Effect effect) { turn_.effects.push_back(std::move(effect)); }

    static const Text* text_of(const Node& node, Bubble::Part part, int index) {
        const auto i = static_cast<std::size_t>(index);
        if (const auto* ask = std::get_if<Ask>(&node.what)) {
            if (part == Bubble::Part::retry) return i < ask->retry.size() ? &ask->retry[i] : nullptr;
            if (part == Bubble::Part::nudge) return i < ask->nudges.size() ? &ask->nudges[i].text : nullptr;
            return i < ask->reminders.size() ? &ask->reminders[i].text : nullptr;
        }
        if (const auto* say = std::get_if<Say>(&node.what)) return &say->text;
        if (const auto* barrier = std::get_if<Barrier>(&node.what))
            return i < barrier->reminders.size() ? &barrier->reminders[i].text : nullptr;
        const auto* media = std::get_if<Media>(&node.what);
        return media ? &media->text : nullptr;
    }

    /// The first time by the seed, then the next one each time, so that nobody hears the same alternate twice running.
    int alternate(const Text& text, const Place& place) {
        const auto count = static_cast<int>(text.alternates.size());
        if (count < 2) return 0;
        const auto salt = static_cast<std::uint64_t>(place.step) * 1000 + static_cast<std::uint64_t>(place.node);
        const auto [it, first] = frame().used.try_emplace(key_of('a', place), 0);
        it->second = first ? static_cast<int>(mix(event_.seed, salt) % static_cast<std::uint64_t>(count))
                           : (it->second + 1) % count;
        return it->second;
    }

    void show_names(const Text& text, int alternate, Bubble& bubble) {
        for (const Piece& piece : text.alternates[static_cast<std::size_t>(alternate)]) {
            if (piece.name.empty()) continue;
            if (auto pronouns = piece.forms.empty() ? std::nullopt : pronouns_of(piece.name)) {
                bubble.shown[pronouns_key(piece.name)] = std::move(*pronouns);
            } else if (auto value = value_of(piece.name)) {
                bubble.shown[piece.name] = std::move(*value);
            }
        }
    }

    /// If the name stands for a person: how they are spoken of; missing, if they have not said.
    virtual std::optional<Answer> pronouns_of(const std::string&) { return std::nullopt; }

    /// What a text inserts for this name.
    virtual std::optional<Answer> value_of(const std::string& name) {
        const auto it = frame().answers.find(name);
        return it == frame().answers.end() ? std::nullopt : std::optional(it->second);
    }

    virtual void say(const Place& place, Bubble::Part part = Bubble::Part::text, int index = 0) {
        const Node* at = node_at(*script(), place);
        Bubble bubble{frame().revision, place, part, index, 0, {}};
        if (const Text* text = text_of(*at, part, index)) {
            if (part == Bubble::Part::text) bubble.alternate = alternate(*text, place);
            show_names(*text, bubble.alternate, bubble);
        }
        add(SayEffect{std::move(bubble)});
    }

    /// Something the bot says outside scripts.
    void phrase(std::string_view id, Answers shown = {}) {
        if (auto bubble = dialog::phrase(context_.phrases, id, event_.seed, std::move(shown)))
            add(SayEffect{std::move(*bubble)});
    }

    // ------------------------------------------------------------------------------------ waiting

    void open_wait(bool resting) {
        ++state().wait;
        state().waiting = true;
        state().resting = resting;
        state().misses = 0;
    }

    void close_wait() {
        state().waiting = state().resting = false;
        state().misses = 0;
    }

    void set_timer(TimerDue::Kind kind, int index, TimePoint due) {
        add(TimerEffect{TimerDue{kind, state().wait, index}, due});
    }

    std::vector<int> offered_choices(const Ask& ask) {
        std::vector<int> offered;
        for (std::size_t i = 0; i < ask.choices.size(); ++i) {
            if (!ask.choices[i].only_if || holds(*ask.choices[i].only_if)) offered.push_back(static_cast<int>(i));
        }
        return offered;
    }

    void show_question() {
        const Node* at = node();
        Question question{frame().revision, frame().at, state().wait, {}};
        if (const auto* ask = std::get_if<Ask>(&at->what)) question.choices = offered_choices(*ask);
        add(AskEffect{std::move(question)});
    }

    /// The last bubble of the branch that a fork takes now: the question may be asked in it.
    void say_end_of_branch(const If& fork, Place place) {
        place.branch = branch_of(fork);
        for (place.sub = 0; node_at(*script(), next(place)); ++place.sub) continue;
        const Node* last = node_at(*script(), place);
        if (last && std::holds_alternative<Say>(last->what)) say(place);
    }

    int branch_of(const If& fork) {
        int branch = 0;
        for (const Branch& b : fork.branches) {
            if (holds(b.when)) break;
            ++branch;
        }
        return branch;
    }

    /// Says again what leads up to the open question, and shows the question.
    virtual void ask_again() {
        Place place = frame().at;
        while (index_in_block(place) > 0) {
            place = before(place);
            const Node* at = node_at(*script(), place);
            if (std::holds_alternative<Say>(at->what)) {
                say(place);
                break;
            }
            if (const auto* fork = std::get_if<If>(&at->what)) {
                say_end_of_branch(*fork, place);
                break;
            }
            if (!std::holds_alternative<Media>(at->what)) break;
        }
        show_question();
    }

    virtual void say_waiting() {
        Answers shown;
        if (const auto until = wait_until()) shown["time"] = Moment{*until};
        phrase("waiting", std::move(shown));
    }

    std::optional<TimePoint> wait_until() {
        const auto it = frame().answers.find("wait until");
        const auto* moment = it == frame().answers.end() ? nullptr : std::get_if<Moment>(&it->second);
        return moment ? std::optional(moment->at) : std::nullopt;
    }

    // ------------------------------------------------------------------------------------ walking

    void end(EndEffect::Why why, std::string outcome) {
        close_wait();
        ++state().wait;  // timers of whatever was open are void
        state().frames.clear();
        add(EndEffect{why, std::move(outcome)});
    }

    /// Runs nodes until something waits or the conversation ends.
    void run() {
        for (nodes_ = 0; !state().frames.empty() && !state().waiting; ++nodes_) {
            if (nodes_ >= context_.max_nodes) return fault("loop");
            const Script* s = script();
            if (!s) return fault("missing revision");
            if (context_.trace) context_.trace(frame().revision, frame().at);
            const Node* at = node_at(*s, frame().at);
            if (at) {
                std::visit([&](const auto& what) { visit(what); }, at->what);
            } else if (!leave_block(*s)) {
                return fault("missing step");
            }
        }
    }

    void fault(std::string what) {
        phrase("loop-fault");
        end(EndEffect::Why::fault, std::move(what));
    }

    /// Past the end of a branch: on after the fork. Past the end of a step: the next step in reading order.
    bool leave_block(const Script& s) {
        Place& at = frame().at;
        if (at.branch >= 0) {
            at = Place{at.step, at.node + 1, -1, 0};
            return true;
        }
        at = Place{at.step + 1, 0, -1, 0};
        return at.step < static_cast<int>(s.steps.size());
    }

    bool go_to(const std::string& step) {
        const Script* s = script();
        const int index = s ? step_index(*s, step) : -1;
        if (index < 0) return false;
        frame().at = Place{index, 0, -1, 0};
        return true;
    }

    void go_on() { frame().at = next(frame().at); }

    virtual void visit(const Say&) {
        say(frame().at);
        go_on();
    }
    void visit(const Media&) {
        say(frame().at);
        go_on();
    }
    // Only scripts for several people have these; who walks them knows what they mean.
    virtual void visit(const For&) { fault("missing people"); }
    virtual void visit(const Barrier&) { fault("missing people"); }
    virtual void visit(const Share&) { fault("missing people"); }
    virtual void visit(const Show&) { fault("missing people"); }
    virtual void visit(const Floor&) { fault("missing people"); }

    void visit(const HelpLines&) {
        say(frame().at);
        go_on();
    }
    void visit(const Invite&) {
        say(frame().at);
        go_on();
    }
    void visit(const Begin& begin) {
        add(BeginEffect{begin.script, hand_over(begin.with)});
        end(EndEffect::Why::finished, "begun");
    }
    virtual void visit(const Pace&) {
        open_wait(true);
        say(frame().at);
        show_question();
    }
    virtual void visit(const Ask& ask) {
        const bool forks = ask.kind == AskKind::one_of || ask.kind == AskKind::several;
        if (forks && offered_choices(ask).empty()) return go_on();
        open_wait(false);
        show_question();
        set_timers(ask);
    }
    /// Of a wait that was just opened: those of an earlier wait are void.
    virtual void set_timers(const Ask& ask) {
        for (std::size_t i = 0; i < ask.reminders.size(); ++i) {
            set_timer(TimerDue::Kind::remind, static_cast<int>(i), event_.now + ask.reminders[i].after);
        }
        if (ask.up_to) set_timer(TimerDue::Kind::time_out, 0, event_.now + *ask.up_to);
    }
    void visit(const If& fork) {
        Place& at = frame().at;
        at = Place{at.step, at.node, branch_of(fork), 0};
    }
    void visit(const GoTo& go) {
        if (go.at_most) {
            int& used = frame().used[key_of('g', frame().at)];
            if (used >= *go.at_most) return go_on();
            ++used;
        }
        if (!go_to(go.step)) fault("missing step");
    }
    void visit(const Call& call) {
        const Script* caller = script();
        const auto it = caller->calls.find(call.script);
        if (it == caller->calls.end() || state().frames.size() >= kMaxFrames) return fault("missing script");
        Answers handed = hand_over(call.with);
        go_on();
        state().frames.push_back(Frame{it->second, {}, std::move(handed), {}, {}});
        say_if_draft();
    }
    /// Pieces without a length of their own (the first screen, safety, system) are not offered to anyone as a script.
    void say_if_draft() {
        const Script* begun = script();
        if (begun && begun->minutes && begun->review.kind == Review::Kind::draft) phrase("draft-notice");
    }

    void visit(const Finish& finish) { leave_frame(finish.outcome); }
    void visit(const Wait& wait) {
        std::optional<TimePoint> due = wait_until();  // something came between: it still ends when it was to end
        if (due) {
            frame().answers.erase("wait until");
        } else if (wait.length) {
            due = event_.now + *wait.length;
        } else if (const auto it = frame().answers.find(wait.until); it != frame().answers.end()) {
            if (const auto* moment = std::get_if<Moment>(&it->second)) due = moment->at;
            if (const auto* length = std::get_if<Length>(&it->second)) due = event_.now + length->seconds;
        }
        if (!due || *due <= event_.now) return go_on();
        open_wait(true);
        frame().answers["wait until"] = Moment{*due};
        set_timer(TimerDue::Kind::wake, 0, *due);
    }
    void visit(const FollowUp& follow) {
        add(FollowUpEffect{follow.after, follow.script, hand_over(follow.with)});
        // Shown as a date that the person can put in a calendar.
        add(SayEffect{Bubble{
            frame().revision, frame().at, Bubble::Part::text, 0, 0, {{"at", Moment{event_.now + follow.after}}}}});
        go_on();
    }

    Answers hand_over(const std::vector<std::string>& names) {
        Answers out;
        for (const std::string& name : names) {
            if (const auto it = frame().answers.find(name); it != frame().answers.end()) out[name] = it->second;
        }
        return out;
    }

    virtual void leave_frame(const std::string& outcome) {
        const bool interrupting = frame().used.contains("interrupts");
        state().frames.pop_back();
        if (state().frames.empty()) return end(EndEffect::Why::finished, outcome);
        if (!interrupting) {
            frame().answers["outcome"] = Picked{outcome, outcome};
            return;
        }
        if (outcome != "clear" && outcome != "unsure") return end(EndEffect::Why::stopped, outcome);
        reopen();
    }

    /// Back at a node that was waiting when something came between: opens it anew.
    virtual void reopen() {
        const Node* at = node();
        const bool asks = at && (std::holds_alternative<Ask>(at->what) || std::holds_alternative<Pace>(at->what) ||
                                 std::holds_alternative<Share>(at->what));
        if (!asks) return;  // run() visits anything else again by itself, a WAIT too
        open_wait(std::holds_alternative<Pace>(at->what));
        ask_again();
        if (const Ask* ask = open_ask()) set_timers(*ask);
    }

    // ------------------------------------------------------------------------------------ answers

    /// The question is through: a later visit may nudge again.
    void keep_in_trail() {
        frame().used.erase(key_of('n', frame().at));
        std::vector<Place>& trail = frame().trail;
        trail.push_back(frame().at);
        if (trail.size() > kMaxTrail) trail.erase(trail.begin());
    }

    /// An answer was understood and stands. `named`: labels that they chose by their number.
    virtual void heard(std::vector<std::string> /*named*/) {}

    /// The labels of choices that were typed as numbers: to others a number alone would say nothing.
    std::vector<std::string> named_by_number(const Ask& ask, const Answer& answer) {
        const auto* typed = std::get_if<Typed>(&event_.input);
        if (!typed || std::holds_alternative<std::int64_t>(answer)) return {};
        const bool numbers = typed->text.find_first_not_of("0123456789, ") == std::string_view::npos;
        return numbers ? labels(ask, answer) : std::vector<std::string>();
    }

    void accept(const Ask& ask, Reading reading) {
        std::vector<std::string> named = named_by_number(ask, reading.answer);
        if (ask.kind == AskKind::country) {
            if (const auto* picked = std::get_if<Picked>(&reading.answer)) add(CountryEffect{picked->id});
        }
        if (ask.name == kMyName) {
            if (const auto* words = std::get_if<WordsRef>(&reading.answer)) add(NameEffect{*words});
        }
        if (ask.name == kMyPronouns) {
            if (const auto* picked = std::get_if<Picked>(&reading.answer)) add(PronounsEffect{picked->id});
        }
        if (!ask.name.empty()) frame().answers[ask.name] = std::move(reading.answer);
        if (nudged(ask)) return;
        heard(std::move(named));
        keep_in_trail();
        close_wait();
        if (reading.branch >= 0) {
            Place& at = frame().at;
            at = Place{at.step, at.node, reading.branch, 0};
        } else {
            go_on();
        }
        run();
    }

    /// Says the first nudge that fits, once per question; the answer stands unless another follows.
    bool nudged(const Ask& ask) {
        const std::string said = key_of('n', frame().at);
        if (frame().used.contains(said)) return false;
        const auto* typed = std::get_if<Typed>(&event_.input);
        if (typed && typed->seen) return false;  // the others have read it as it stands
        for (std::size_t i = 0; i < ask.nudges.size(); ++i) {
            if (!holds(ask.nudges[i].when)) continue;
            frame().used[said] = 1;
            say(frame().at, Bubble::Part::nudge, static_cast<int>(i));
            show_question();
            return true;
        }
        return false;
    }

    void miss(const Ask& ask) {
        const int misses = ++state().misses;
        if (misses > ask.tries) {
            phrase("miss-3");
            return leave_question(ask, true);
        }
        if (static_cast<std::size_t>(misses) <= ask.retry.size()) {
            say(frame().at, Bubble::Part::retry, misses - 1);
        } else if (misses == 1) {
            phrase(shows_buttons(ask.kind) ? "miss-1" : "miss-1-open");
        } else {
            phrase("miss-2");
        }
        show_question();
    }

    /// Whether an answer that was nudged about stands when no other follows.
    virtual bool keeps_nudged() { return true; }

    /// Goes on without an answer; a first answer that was only nudged about stands.
    void leave_question(const Ask& ask, bool stuck) {
        const bool stands = frame().used.contains(key_of('n', frame().at)) && keeps_nudged();
        if (!ask.name.empty() && !stands) frame().answers.erase(ask.name);
        keep_in_trail();
        close_wait();
        if (!stuck || ask.if_stuck.empty()) {
            go_on();
        } else if (!go_to(ask.if_stuck)) {
            return fault("missing step");
        }
        run();
    }

    virtual void end_rest() {
        frame().answers.erase("wait until");
        close_wait();
        go_on();
        run();
    }

    /// To the question before this one, in the same script.
    void back() {
        if (frame().trail.empty()) {
            phrase("back-none");
            return ask_again();
        }
        close_wait();
        frame().answers.erase("wait until");
        frame().at = frame().trail.back();
        frame().trail.pop_back();
        if (const Ask* ask = open_ask()) {
            if (!ask->name.empty()) frame().answers.erase(ask->name);
            frame().used.erase(key_of('n', frame().at));
        }
        phrase("changed");
        open_wait(false);
        ask_again();
        if (const Ask* ask = open_ask()) set_timers(*ask);
    }

    // ------------------------------------------------------------------------------------ inputs

    Result on(const Started& started) {
        state().frames = {Frame{root_->hash, {}, started.answers, {}, {}}};
        say_if_draft();
        run();
        return Result::accepted;
    }

    Result on(const Typed& typed) {
        if (!state().waiting || !node()) return Result::not_open;
        const Ask* ask = open_ask();
        const auto command = recognise_command(typed.text, *context_.pack);
        const ReadContext reading{event_.now, context_.time_zone, context_.pack};
        if (ask && command && yields_to_choice(*command)) {
            if (auto read = read_exact_choice(*ask, offered_choices(*ask), typed.text)) {
                accept(*ask, std::move(*read));
                return Result::accepted;
            }
        }
        if (command && obey(*command, ask)) return Result::accepted;
        if (!ask) {
            typed_at_rest(typed);
            return Result::accepted;
        }
        if (auto read = read_typed(*ask, offered_choices(*ask), typed.words, typed.text, reading)) {
            accept(*ask, std::move(*read));
        } else {
            miss(*ask);
        }
        return Result::accepted;
    }

    /// Words where no question is open: during an exercise they end it, during a WAIT they are told how long it holds.
    virtual void typed_at_rest(const Typed&) { rest_interrupted_by_text(); }
    void rest_interrupted_by_text() {
        if (std::holds_alternative<Pace>(node()->what)) return end_rest();
        say_waiting();
    }

    /// True if the command was one for the script or the bot here.
    virtual bool obey(Command command, const Ask* ask) {
        switch (command) {
            case Command::stop:
                phrase("stopped");
                if (interrupts()) phrase("pinned-help");  // it may be a safety check that stays unanswered
                end(EndEffect::Why::stopped, "stopped");
                return true;
            case Command::pause:
            case Command::exit:
            case Command::erase:
            case Command::help:
            case Command::human:
                add(CommandEffect{command});
                return true;
            case Command::back:
            case Command::change:
                back();
                return true;
            case Command::repeat:
                if (ask || std::holds_alternative<Pace>(node()->what)) {
                    ask_again();
                } else {
                    say_waiting();
                }
                return true;
            case Command::start_over:
                if (interrupts() && ask) {
                    leave_question(*ask, false);  // what it interrupts begins again when it is through
                } else {
                    start_over();
                }
                return true;
            case Command::skip:
            case Command::dont_know:
                if (ask) {
                    leave_question(*ask, false);
                } else if (command == Command::skip) {
                    end_rest();
                } else {
                    rest_interrupted_by_text();  // a doubt is no wish to end a break
                }
                return true;
            case Command::keep_private:
                return false;
            case Command::resume:
            case Command::done:
                if (ask) return false;
                end_rest();
                return true;
        }
        return false;
    }

    /// Something that must be heard out stands in front: help, a safety check.
    bool interrupts() { return frame().used.contains("interrupts"); }

    void start_over() {
        phrase("start-over");
        close_wait();
        Answers handed;
        for (const std::string& name : root_->script.given) {
            const auto it = state().frames.front().answers.find(name);
            if (it != state().frames.front().answers.end()) handed.insert(*it);
        }
        state().frames = {Frame{root_->hash, {}, std::move(handed), {}, {}}};
        run();
    }

    Result on(const Pressed& pressed) {
        if (!state().waiting || !node()) return Result::not_open;
        if (pressed.wait != state().wait) return Result::stale;
        const Ask* ask = open_ask();
        const bool skips = pressed.picks.size() == 1 && pressed.picks.front() == "skip";
        if (!ask) return pressed_at_rest(pressed, skips);
        if (auto read = read_picks(*ask, offered_choices(*ask), pressed.picks, *context_.pack)) {
            turn_.pressed = labels(*ask, read->answer);
            accept(*ask, std::move(*read));
        } else if (skips) {
            turn_.pressed = {plain_phrase(context_.phrases, "skip-button")};
            leave_question(*ask, false);
        } else {
            return Result::bad_pick;
        }
        return Result::accepted;
    }

    virtual Result pressed_at_rest(const Pressed& pressed, bool skips) {
        if (!std::holds_alternative<Pace>(node()->what) || pressed.picks.empty()) return Result::bad_pick;
        if (!skips && pressed.picks.front() != "done") return Result::bad_pick;
        turn_.pressed = {plain_phrase(context_.phrases, skips ? "skip-button" : "done-button")};
        end_rest();
        return Result::accepted;
    }

    std::vector<std::string> labels(const Ask& ask, const Answer& answer) {
        if (const auto* picked = std::get_if<Picked>(&answer)) return {picked->label};
        if (const auto* yes = std::get_if<bool>(&answer)) return {plain_phrase(context_.phrases, *yes ? "yes" : "no")};
        if (const auto* number = std::get_if<std::int64_t>(&answer)) {
            for (const Synonyms& also : ask.also) {
                if (also.value == *number) return {also.phrases.front() + " (" + std::to_string(*number) + ")"};
            }
            return {std::to_string(*number)};
        }
        std::vector<std::string> all;
        if (const auto* many = std::get_if<PickedMany>(&answer)) {
            for (const Picked& item : many->items) all.push_back(item.label);
        }
        return all;
    }

    virtual Result due_at_rest(const TimerDue& timer) {
        if (timer.kind != TimerDue::Kind::wake) return Result::not_open;
        end_rest();
        return Result::accepted;
    }

    Result on(const TimerDue& timer) {
        if (!state().waiting || timer.wait != state().wait || !node()) return Result::not_open;
        const Ask* ask = open_ask();
        if (!ask) return due_at_rest(timer);
        switch (timer.kind) {
            case TimerDue::Kind::wake:
                return Result::not_open;
            case TimerDue::Kind::remind:
                if (static_cast<std::size_t>(timer.index) >= ask->reminders.size()) return Result::not_open;
                say(frame().at, Bubble::Part::reminder, timer.index);
                show_question();
                return Result::accepted;
            case TimerDue::Kind::time_out:
                if (ask->if_not.empty()) {
                    leave_question(*ask, false);
                    return Result::accepted;
                }
                close_wait();
                if (!go_to(ask->if_not)) {
                    fault("missing step");
                } else {
                    run();
                }
                return Result::accepted;
            case TimerDue::Kind::floor:
                return Result::not_open;
        }
        return Result::not_open;
    }

    Result on(const Refocused&) {
        if (!state().waiting || !node()) return Result::not_open;
        // Timers that came due while this was set aside found another focus and are gone.
        if (std::holds_alternative<Wait>(node()->what)) {
            const auto until = wait_until();
            if (!until || *until <= event_.now) {
                end_rest();
                return Result::accepted;
            }
            say_waiting();
            set_timer(TimerDue::Kind::wake, 0, *until);
        } else {
            ask_again();
            const Ask* ask = open_ask();
            if (ask && ask->up_to) set_timer(TimerDue::Kind::time_out, 0, event_.now + *ask->up_to);
        }
        return Result::accepted;
    }

    Result on(const Interrupted& interrupted) {
        if (state().frames.empty() || state().frames.size() >= kMaxFrames) return Result::not_open;
        close_wait();
        state().frames.push_back(Frame{interrupted.script->hash, {}, interrupted.answers, {{"interrupts", 1}}, {}});
        cached_ = interrupted.script;
        run();
        return Result::accepted;
    }

    int nodes_ = 0;  ///< walked since the last wait
    RevisionPtr root_;
    RevisionPtr cached_;
    const Event& event_;
    const Context& context_;
    Turn turn_;
};

}  // namespace reweave::dialog
