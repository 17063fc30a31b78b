#pragma once
/// \file One turn in a lane: what a person goes through alone, the question of sharing, and the barrier. Internal to
/// joint_step().

#include "bot/dialog/stage.hpp"
#include "bot/dialog/walk.hpp"

namespace reweave::dialog {

/// "Not this time" comes spread over this much time, so that it cannot be tied to what somebody just did (repair
/// coaching, 9.4).
inline constexpr std::chrono::milliseconds kSpread = std::chrono::minutes(20);

class LaneWalk : public Walk {
 public:
    LaneWalk(Stage& stage, int lane, const Event& event)
        : Walk(stage.root_of(lane), std::move(stage.lane(lane).state), event, stage.context_of(lane)),
          stage_(stage),
          lane_(lane) {}

    /// Gives the state back. Keep in mind that an answer that was changed is no longer the one agreed to be shown.
    Turn take_turn() {
        Turn turn = take();
        put_back(std::move(turn.state));
        return turn;
    }

    /// Goes on from where the lane stands.
    void go() {
        run();
        put_back(std::move(state()));
    }

 protected:
    using Walk::visit;

    void add(Effect effect) override { stage_.put({lane_}, false, std::move(effect)); }

    std::optional<Answer> value_of(const std::string& name) override {
        if (state().frames.size() > 1) return Walk::value_of(name);  // a called script has no roles
        const int named = lane_named(name);
        return named < 0 ? Walk::value_of(name) : std::optional(name_of(named));
    }

    std::optional<Answer> pronouns_of(const std::string& name) override {
        const int named = state().frames.size() > 1 ? -1 : lane_named(name);
        if (named < 0) return std::nullopt;
        // As with names: until they have met, nobody is told anything of the other.
        const bool known = named == lane_ || stage_.room().openings > 0;
        return known ? stage_.lane(named).pronouns : Answer();
    }

    void visit(const For& part) override {
        const bool mine = part.who == For::Who::each || (part.who == For::Who::role && part.role == me().role);
        if (mine) return go_on();
        if (part.who == For::Who::all) return fault("missing barrier");
        Place& at = frame().at;  // somebody else's: on to where the next part begins
        const bool began_aside = script()->steps[static_cast<std::size_t>(at.step)].side;
        do {
            at = settled(*script(), next(at));
            const Node* here = node();
            // Whoever has no part left has come to the end; nobody falls into a side step.
            const bool side = here && script()->steps[static_cast<std::size_t>(at.step)].side && !began_aside;
            if (!here || side) return end(EndEffect::Why::finished, "");
            if (std::holds_alternative<For>(here->what) || std::holds_alternative<Barrier>(here->what)) return;
        } while (true);
    }

    void visit(const Barrier& barrier) override {
        const TimePoint over = me().since + barrier.up_to.value_or(Seconds(0));
        if (event_.now >= over) return leave(barrier);
        open_wait(true);
        phrase("waiting-for-others");
        for (std::size_t i = 0; i < barrier.reminders.size(); ++i) {
            set_timer(TimerDue::Kind::remind, static_cast<int>(i), event_.now + barrier.reminders[i].after);
        }
        const auto salt = static_cast<std::uint64_t>(me().part) * 64 + static_cast<std::uint64_t>(lane_);
        const auto spread = mix(stage_.state().seed, salt) % static_cast<std::uint64_t>(kSpread.count());
        set_timer(TimerDue::Kind::time_out, 0, over + std::chrono::milliseconds(spread));
    }

    void visit(const Share& share) override {
        const auto it = frame().answers.find(share.name);
        if (it == frame().answers.end() || std::holds_alternative<std::monostate>(it->second)) {
            me().shared.erase(share.name);
            return go_on();
        }
        if (share.with == Share::With::role && share.role == me().role) return go_on();  // one of them reads it anyway
        open_wait(false);
        show_share(share);
    }

    void ask_again() override {
        if (const Share* share = at_node<Share>()) return show_share(*share);
        if (at_node<Barrier>()) return say_waiting();
        Walk::ask_again();
    }

    void say_waiting() override {
        if (at_node<Barrier>()) return phrase("waiting-for-others");
        Walk::say_waiting();
    }

    void end_rest() override {
        if (at_node<Barrier>()) return say_waiting();
        Walk::end_rest();
    }

    /// Someone whose gate is not clear is not brought together with the other, whatever the script says next.
    void leave_frame(const std::string& outcome) override {
        const bool gate = state().frames.size() > 1 && script() && script()->id == kSafetyGate;
        Walk::leave_frame(outcome);
        if (!gate || outcome == "clear" || state().frames.empty()) return;
        if (outcome != "exit" && outcome != "delete") phrase("not-this-time");
        end(EndEffect::Why::finished, outcome);
    }

    void reopen() override {
        if (!me().in_room) return Walk::reopen();
        if (stage_.room().open) return open_wait(true);
        // The room ended meanwhile, or was left.
        me().in_room = false;
        if (stage_.room().over) return end(EndEffect::Why::finished, "");
        ++me().part;
        me().since = event_.now;
    }

    Result due_at_rest(const TimerDue& timer) override {
        const Barrier* barrier = at_node<Barrier>();
        if (!barrier) return Walk::due_at_rest(timer);
        if (timer.kind == TimerDue::Kind::remind) {
            if (static_cast<std::size_t>(timer.index) >= barrier->reminders.size()) return Result::not_open;
            say(frame().at, Bubble::Part::reminder, timer.index);
            return Result::accepted;
        }
        if (timer.kind != TimerDue::Kind::time_out) return Result::not_open;
        close_wait();
        leave(*barrier);
        run();
        return Result::accepted;
    }

    bool obey(Command command, const Ask* ask) override {
        if (at_node<Share>()) {
            const bool answers = command == Command::change || command == Command::skip || command == Command::resume ||
                                 command == Command::done || command == Command::dont_know ||
                                 command == Command::keep_private;
            if (answers) return false;
        }
        if (command == Command::keep_private && (at_node<Barrier>() || !me().shared.empty())) return take_back();
        // The others are under way, so nobody goes back to the very beginning.
        if (command == Command::start_over && !(interrupts() && ask)) command = Command::back;
        return Walk::obey(command, ask);
    }

    void typed_at_rest(const Typed& typed) override {
        const Share* share = at_node<Share>();
        if (!share) {
            if (at_node<Barrier>()) return say_waiting();
            return Walk::typed_at_rest(typed);
        }
        const auto command = recognise_command(typed.text, *context_.pack);
        const bool edits = frame().used.erase(editing()) > 0;
        if (edits && command != Command::skip && command != Command::keep_private) {
            frame().answers[share->name] = typed.words;
            return show_share(*share);
        }
        if (command == Command::change) return decide(*share, 2);
        const bool keeps = command == Command::skip || command == Command::keep_private ||
                           recognise_yes_no(typed.text, {}, *context_.pack) == false;
        if (keeps) return decide(*share, 0);
        // Nothing looser is a consent: "why would I share it as it is" holds all of its words.
        if (const auto read = read_exact_choice(share_question(), {0, 1, 2}, typed.text))
            return decide(*share, read->branch);
        phrase("share-unclear");
        show_question();
    }

    Result pressed_at_rest(const Pressed& pressed, bool skips) override {
        const Share* share = at_node<Share>();
        if (!share) return at_node<Barrier>() ? Result::bad_pick : Walk::pressed_at_rest(pressed, skips);
        if (pressed.picks.size() != 1) return Result::bad_pick;
        const Ask question = share_question();
        for (std::size_t i = 0; i < question.choices.size(); ++i) {
            if (question.choices[i].id != pressed.picks.front() && !(skips && i == 0)) continue;
            turn_.pressed = {question.choices[i].label};
            decide(*share, static_cast<int>(i));
            return Result::accepted;
        }
        return Result::bad_pick;
    }

 private:
    Lane& me() { return stage_.lane(lane_); }
    /// -1: it is nobody's name.
    int lane_named(const std::string& name) {
        return name == "other" ? stage_.other_than(lane_) : stage_.lane_of(name);
    }

    template <class What>
    const What* at_node() {
        const Node* here = state().frames.empty() ? nullptr : node();
        return here ? std::get_if<What>(&here->what) : nullptr;
    }

    void put_back(State state) {
        Lane& lane = me();
        lane.state = std::move(state);
        if (lane.state.frames.empty()) {
            lane.out = true;
            lane.shared.clear();
            return;
        }
        const Answers& answers = lane.state.frames.front().answers;
        std::erase_if(lane.shared, [&](const auto& named) {
            const auto it = answers.find(named.first);
            return !named.second.shown && (it == answers.end() || !(it->second == named.second.answer));
        });
    }

    /// Until they have met, nobody can tell by a name whether the other has come in.
    Answer name_of(int lane) {
        if (lane == lane_ || stage_.room().openings > 0) return stage_.name_of(lane);
        const Answers& answers = state().frames.front().answers;
        const auto it = stage_.lanes() == 2 ? answers.find(kTheirName) : answers.end();
        return it == answers.end() ? Answer(Picked{stage_.lane(lane).role, stage_.lane(lane).role}) : it->second;
    }

    /// Those who waited in vain go on in private.
    void leave(const Barrier& barrier) {
        me().shared.clear();
        if (barrier.if_not.empty()) {
            phrase("not-this-time");
            end(EndEffect::Why::finished, "not this time");
        } else if (!go_to(barrier.if_not)) {
            fault("missing step");
        }
    }

    [[nodiscard]] std::string editing() { return key_of('e', frame().at); }

    /// Keep private, share as it is, change it first: in this order, the first is what a skip means.
    Ask share_question() {
        Ask ask;
        ask.kind = AskKind::one_of;
        for (const std::string_view id : kShareChoices) {
            Choice choice;
            choice.id = id;
            choice.label = plain_phrase(context_.phrases, id);
            choice.also = also_said(id);
            ask.choices.push_back(std::move(choice));
        }
        return ask;
    }

    /// The alternates of a button's phrase are other words for it.
    std::vector<std::string> also_said(std::string_view id) {
        std::vector<std::string> also;
        if (!context_.phrases) return also;
        const Node* node = node_at(context_.phrases->script, Place{step_index(context_.phrases->script, id), 0, -1, 0});
        const auto* say = node ? std::get_if<Say>(&node->what) : nullptr;
        for (std::size_t i = 1; say && i < say->text.alternates.size(); ++i) {
            if (!say->text.alternates[i].empty()) also.push_back(say->text.alternates[i].front().literal);
        }
        return also;
    }

    Answer reader_of(const Share& share) {
        if (share.with == Share::With::everyone) {
            const std::string everyone = plain_phrase(context_.phrases, "everyone-here");
            return Picked{"everyone", everyone};
        }
        const int reader = share.with == Share::With::other ? stage_.other_than(lane_) : stage_.lane_of(share.role);
        return reader < 0 ? Answer(Picked{share.role, share.role}) : name_of(reader);
    }

    void show_share(const Share& share) {
        phrase("share-ask", {{"reader", reader_of(share)}, {"words", frame().answers[share.name]}});
        show_question();
    }

    void decide(const Share& share, int choice) {
        frame().used.erase(editing());
        if (choice == 2) {
            const Answer& answer = frame().answers[share.name];
            if (!std::holds_alternative<WordsRef>(answer)) return back_to(share.name);
            frame().used[editing()] = 1;
            phrase("share-edit");
            return;
        }
        if (choice == 1) {
            me().shared[share.name] = Shared{frame().answers[share.name], share.with, share.role, event_.now, false};
        } else {
            me().shared.erase(share.name);
        }
        phrase(choice == 1 ? "share-agreed" : "share-kept");
        close_wait();
        go_on();
        run();
    }

    /// To the question that this answer was given to.
    void back_to(const std::string& name) {
        std::vector<Place>& trail = frame().trail;
        const auto is_it = [&](const Place& place) {
            const Node* at = node_at(*script(), place);
            const auto* ask = at ? std::get_if<Ask>(&at->what) : nullptr;
            return ask && ask->name == name;
        };
        while (trail.size() > 1 && !is_it(trail.back())) trail.pop_back();
        back();
    }

    bool take_back() {
        phrase(stage_.take_back(lane_) ? "taken-back" : "nothing-to-take-back");
        return true;
    }

    Stage& stage_;
    int lane_;
};

}  // namespace reweave::dialog
