#include "bot/dialog/joint.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bot/dialog/json_text.hpp"
#include "bot/dialog/walk.hpp"

namespace reweave::dialog {
namespace {

using namespace std::chrono_literals;

/// "Not this time" comes spread over this much time, so that it cannot be tied to what somebody just did (repair
/// coaching, 9.4).
constexpr std::chrono::milliseconds kSpread = 20min;
constexpr int kEveryone = -1;
constexpr std::string_view kSafetyGate = "safety-gate";
constexpr int kFewestToCount = 5;  ///< answers; fewer tell who said what (repair coaching, 5.16)

/// The place itself, or, past the end of a step, the beginning of the next.
Place settled(const Script& script, Place place) {
    while (!node_at(script, place) && place.branch < 0 && place.step < static_cast<int>(script.steps.size()))
        place = Place{place.step + 1, 0, -1, 0};
    return place;
}

/// What all walks of one turn share.
struct Stage {
    const RevisionPtr& root;
    const JointEvent& event;
    const Context& context;
    JointTurn turn;

    JointState& state() { return turn.state; }
    Room& room() { return turn.state.room; }
    Lane& lane(int index) { return turn.state.lanes[static_cast<std::size_t>(index)]; }
    [[nodiscard]] int lanes() const { return static_cast<int>(turn.state.lanes.size()); }

    void put(std::vector<int> to, bool in_room, std::variant<Effect, Spoken> what, std::vector<int> owners = {}) {
        turn.out.push_back({std::move(to), in_room, std::move(what), std::move(owners)});
    }

    /// What the others call the person in a lane.
    Answer name_of(int index) {
        const Lane& named = lane(index);
        if (!std::holds_alternative<std::monostate>(named.name)) return named.name;
        return Picked{named.role, named.role};
    }
    /// The first lane of a role; -1 if nobody has it.
    int lane_of(std::string_view role) {
        for (int i = 0; i < lanes(); ++i) {
            if (lane(i).role == role) return i;
        }
        return -1;
    }
    /// Between two, the other one.
    [[nodiscard]] int other_than(int index) const { return lanes() == 2 && index >= 0 ? 1 - index : -1; }

    /// What was to be shown, and is not yet, can be taken back by its author.
    bool take_back(int index) {
        return std::erase_if(lane(index).shared, [](const auto& named) { return !named.second.shown; }) > 0;
    }

    std::vector<int> present() {
        std::vector<int> all;
        for (int i = 0; i < lanes(); ++i) {
            if (lane(i).in_room && !lane(i).out) all.push_back(i);
        }
        return all;
    }
};

// ----------------------------------------------------------------------------------------------- a lane

class LaneWalk : public Walk {
 public:
    LaneWalk(Stage& stage, int lane, const Event& event)
        : Walk(stage.root, std::move(stage.lane(lane).state), event, stage.context), stage_(stage), lane_(lane) {}

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
        if (name == "other") {
            const int other = stage_.other_than(lane_);
            return other < 0 ? std::nullopt : std::optional(stage_.name_of(other));
        }
        if (const int named = stage_.lane_of(name); named >= 0) return stage_.name_of(named);
        return Walk::value_of(name);
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
        if (me().in_room) return open_wait(true);
        Walk::reopen();
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
        return reader < 0 ? Answer(Picked{share.role, share.role}) : stage_.name_of(reader);
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

// ---------------------------------------------------------------------------------------------- the room

class RoomWalk : public Walk {
 public:
    RoomWalk(Stage& stage, int from, const Event& event)
        : Walk(stage.root, std::move(stage.room().state), event, stage.context),
          stage_(stage),
          from_(from),
          wait_(state().waiting ? state().wait : -1) {}

    Turn take_turn() {
        Turn turn;
        if (const auto* typed = std::get_if<Typed>(&event_.input)) {
            turn.result = type(*typed);
        } else if (std::holds_alternative<Pressed>(event_.input) && (room().frozen || from_ != asked())) {
            turn.result = Result::stale;
        } else if (room().frozen) {
            turn.result = Result::not_open;  // timers are set anew when it goes on
        } else {
            turn = take();
            state() = std::move(turn.state);
        }
        if (turn.pressed.empty()) turn.pressed = turn_.pressed;
        put_back();
        return turn;
    }

    void enter() {
        run();
        put_back();
    }

    void freeze() {
        pause_all();
        put_back();
    }

    void stop() {
        stop_all();
        put_back();
    }

    void someone_left(int lane) {
        say_to(kEveryone, "someone-left", {{"who", stage_.name_of(lane)}});
        std::erase(room().still, lane);
        std::erase(room().ready, lane);
        if (room().frozen) {
            (void)go_on_if_ready();
        } else if (const Ask* ask = open_ask(); ask && asked() == lane) {
            leave_question(*ask, false);
        }
        put_back();
    }

    void someone_joined(int lane) {
        say_to(kEveryone, "someone-joined", {{"who", stage_.name_of(lane)}});
        put_back();
    }

    void floor_is_over(std::int64_t number) {
        if (number != room().floors || room().time_is_up || room().frozen || room().holder < 0) return put_back();
        room().time_is_up = true;
        say_to(kEveryone, "time-is-up", {{"who", stage_.name_of(room().holder)}});
        const Ask* ask = open_ask();
        if (ask && is_of_floor(*node())) leave_question(*ask, false);
        put_back();
    }

    [[nodiscard]] bool left() const { return left_; }

 protected:
    using Walk::visit;

    void add(Effect effect) override {
        int to = to_.value_or(kEveryone);
        // What is said at the question that was open already (a miss, a nudge) is for the one who answered.
        if (!to_ && from_ >= 0 && state().waiting && state().wait == wait_) to = from_;
        if (std::holds_alternative<AskEffect>(effect)) to = asked();
        const bool command = std::holds_alternative<CommandEffect>(effect);
        if (command) to = from_;
        const bool timer = std::holds_alternative<TimerEffect>(effect);
        stage_.put(timer             ? std::vector<int>()
                   : to == kEveryone ? stage_.present()
                                     : std::vector<int>{to},
                   !command,
                   std::move(effect),
                   std::exchange(owners_, {}));
    }

    std::optional<Answer> value_of(const std::string& name) override {
        if (name == "speaker") return room().holder < 0 ? std::nullopt : std::optional(stage_.name_of(room().holder));
        if (name == "other") {
            const int other = stage_.other_than(reader_);
            return other < 0 ? std::nullopt : std::optional(stage_.name_of(other));
        }
        if (const int named = stage_.lane_of(name); named >= 0) return stage_.name_of(named);
        return Walk::value_of(name);
    }

    void say(const Place& place, Bubble::Part part = Bubble::Part::text, int index = 0) override {
        const Node* at = node_at(*script(), place);
        const std::vector<int> here = stage_.present();
        if (part == Bubble::Part::text && at->alone) {
            const int lane = lane_spoken_to(*at);
            if (std::find(here.begin(), here.end(), lane) != here.end()) say_to_reader(lane, place, part, index);
            return;
        }
        if (!mentions_other(*at)) return Walk::say(place, part, index);
        for (const int lane : here) say_to_reader(lane, place, part, index);
    }

    void visit(const For& part) override {
        if (part.who == For::Who::all) return go_on();
        left_ = true;
        open_wait(true);
    }

    void visit(const Show& show) override {
        if (show.counted) {
            count(show);
        } else if (!show.role.empty()) {
            for (int i = 0; i < stage_.lanes(); ++i) {
                if (stage_.lane(i).role == show.role) show_of(i, show);
            }
        } else if (room().holder >= 0) {
            show_of(room().holder, show);
        } else {
            for (int i = 0; i < stage_.lanes(); ++i) show_of(i, show);
        }
        go_on();
    }

    void visit(const Floor& floor) override {
        switch (floor.to) {
            case Floor::To::nobody:
                give_floor(-1, {});
                return go_on();
            case Floor::To::role:
                give_floor(stage_.lane_of(floor.role), floor.length);
                return go_on();
            case Floor::To::each:
                room().still = everyone_in_turn();
                room().round = next(frame().at);
                go_on();
                return next_in_round(floor.length);
            case Floor::To::next:
                if (room().still.empty()) {
                    give_floor(-1, {});
                    return go_on();
                }
                frame().at = room().round;
                const Node* round = node_at(*script(), before(room().round));
                const auto* each = round ? std::get_if<Floor>(&round->what) : nullptr;
                return next_in_round(each ? each->length : std::nullopt);
        }
    }

    void visit(const Ask& ask) override {
        const int lane = lane_spoken_to(*node());
        const bool gone = lane < 0 || !stage_.lane(lane).in_room || stage_.lane(lane).out;
        if (gone || (room().time_is_up && is_of_floor(*node()))) return go_on();
        Walk::visit(ask);
    }

    /// Everyone does it at their own pace, for as long as it takes.
    void visit(const Pace& pace) override {
        Seconds length{};
        for (const Beat& beat : pace.beats) length += Seconds(beat.seconds * pace.times);
        to_ = kEveryone;
        say(frame().at);
        to_.reset();
        open_wait(true);
        set_timer(TimerDue::Kind::wake, 0, event_.now + length);
    }

    bool obey(Command command, const Ask* ask) override {
        switch (command) {
            case Command::stop:
                stop_all();
                return true;
            case Command::pause:
                pause_all();
                return true;
            case Command::exit:
            case Command::erase:
            case Command::help:
            case Command::human:
                add(CommandEffect{command});
                return true;
            case Command::repeat:
                if (from_ != asked()) return false;
                ask_again();
                return true;
            case Command::skip:
            case Command::dont_know:
                if (!ask || from_ != asked()) return false;
                leave_question(*ask, false);
                return true;
            default:
                return false;
        }
    }

    /// The others have not heard it, and must not be told it by another line.
    bool keeps_nudged() override { return false; }

    /// Where nobody is asked, nobody's words are passed on.
    void typed_at_rest(const Typed&) override { say_to(from_, "hold-on"); }
    Result pressed_at_rest(const Pressed&, bool) override { return Result::bad_pick; }

    void heard() override {
        Spoken spoken{from_, {}, turn_.pressed};
        if (const auto* typed = std::get_if<Typed>(&event_.input)) spoken.words = typed->words;
        stage_.put(stage_.present(), true, std::move(spoken));
    }

 private:
    Room& room() { return stage_.room(); }

    /// A question that ends with the time of the floor.
    static bool is_of_floor(const Node& at) { return at.to.empty() || at.to == "speaker" || at.to == "listener"; }

    void put_back() {
        Room& room = stage_.room();
        room.state = std::move(state());
        if (!room.state.frames.empty()) return;
        room.open = false;
        room.over = true;
        // Those who are still alone are not thrown out: they come to their barrier, and wait in vain.
        for (int i = 0; i < stage_.lanes(); ++i) {
            Lane& lane = stage_.lane(i);
            if (!lane.in_room) continue;
            lane.in_room = false;
            lane.out = true;
            lane.state.frames.clear();
            lane.state.waiting = false;
            lane.shared.clear();
        }
    }

    void pause_all() {
        if (room().frozen) return;
        say_to(kEveryone, "room-paused");
        room().frozen = true;
        room().ready.clear();
    }

    /// One line for every cause.
    void stop_all() {
        say_to(kEveryone, "room-stopped");
        end(EndEffect::Why::stopped, "stopped");
    }

    /// Who the open question is for; -1: nobody.
    int asked() {
        const Node* here = state().frames.empty() || !state().waiting ? nullptr : node();
        return here && std::holds_alternative<Ask>(here->what) ? lane_spoken_to(*here) : -1;
    }

    int lane_spoken_to(const Node& at) {
        if (at.to.empty() || at.to == "speaker") return room().holder;
        if (at.to == "listener") return stage_.other_than(room().holder);
        return stage_.lane_of(at.to);
    }

    Result type(const Typed& typed) {
        const auto command = recognise_command(typed.text, *context_.pack);
        if (command == Command::keep_private) {
            say_to(from_, stage_.take_back(from_) ? "taken-back" : "nothing-to-take-back");
            return Result::accepted;
        }
        if (room().frozen) {
            const bool leaves = command == Command::stop || command == Command::exit || command == Command::erase ||
                                command == Command::help || command == Command::human;
            if (command && leaves) {
                obey(*command, nullptr);
            } else if (command == Command::resume || command == Command::done) {
                get_ready();
            } else {
                say_to(from_, "room-still-paused");
            }
            return Result::accepted;
        }
        if (from_ == asked()) {
            Turn turn = take();
            state() = std::move(turn.state);
            turn_.pressed = std::move(turn.pressed);
            return turn.result;
        }
        if (!command || !obey(*command, nullptr)) say_to(from_, "hold-on");
        return Result::accepted;
    }

    /// Whoever is ready is told so alone; when everyone is, it goes on.
    void get_ready() {
        if (std::find(room().ready.begin(), room().ready.end(), from_) == room().ready.end())
            room().ready.push_back(from_);
        if (!go_on_if_ready()) say_to(from_, "room-ready");
    }

    bool go_on_if_ready() {
        for (const int lane : stage_.present()) {
            if (std::find(room().ready.begin(), room().ready.end(), lane) == room().ready.end()) return false;
        }
        room().frozen = false;
        room().ready.clear();
        say_to(kEveryone, "room-resumed");
        to_ = kEveryone;
        if (room().holder >= 0 && room().floor_for > Seconds(0)) give_floor(room().holder, room().floor_for);
        const Ask* ask = open_ask();
        if (ask && stage_.lane(asked()).in_room) {
            open_wait(false);  // the timers of before the pause are void
            ask_again();
            set_timers(*ask);
        } else if (state().waiting && !ask) {
            set_timer(TimerDue::Kind::wake, 0, std::max(wait_until().value_or(event_.now), event_.now + 1s));
        }
        to_.reset();
        if (ask && !stage_.lane(asked()).in_room) leave_question(*ask, false);
        return true;
    }

    void say_to(int lane, std::string_view id, Answers shown = {}) {
        to_ = lane;
        phrase(id, std::move(shown));
        to_.reset();
    }

    void say_to_reader(int lane, const Place& place, Bubble::Part part, int index) {
        reader_ = to_.emplace(lane);
        Walk::say(place, part, index);
        reader_ = -1;
        to_.reset();
    }

    static bool mentions_other(const Node& node) {
        const auto* say = std::get_if<Say>(&node.what);
        return say && std::any_of(say->text.alternates.begin(), say->text.alternates.end(), [](const Template& text) {
                   return std::any_of(text.begin(), text.end(), [](const Piece& p) { return p.name == "other"; });
               });
    }

    void show_of(int lane, const Show& show) {
        auto& shared = stage_.lane(lane).shared;
        const auto it = shared.find(show.name);
        const bool here = stage_.lane(lane).in_room && !stage_.lane(lane).out;
        if (it == shared.end() || !here) return say_to(kEveryone, "nothing-shown", {{"who", stage_.name_of(lane)}});
        it->second.shown = true;
        owners_ = {lane};
        say_to(kEveryone, "shown", {{"who", stage_.name_of(lane)}, {"words", it->second.answer}});
    }

    /// How often each answer was given, the most frequent first; nothing from fewer than five people.
    void count(const Show& show) {
        const auto before = room().counted.find(show.name);
        if (before != room().counted.end()) return say_counted(before->second);
        std::map<std::string, int> counts;
        int people = 0;
        const auto one = [&](const Answer& answer) {
            if (const auto* number = std::get_if<std::int64_t>(&answer)) ++counts[std::to_string(*number)];
            if (const auto* yes = std::get_if<bool>(&answer))
                ++counts[plain_phrase(context_.phrases, *yes ? "yes" : "no")];
            if (const auto* picked = std::get_if<Picked>(&answer)) ++counts[picked->label];
            if (const auto* many = std::get_if<PickedMany>(&answer)) {
                for (const Picked& picked : many->items) ++counts[picked.label];
            }
        };
        for (const int i : stage_.present()) {
            const Lane& lane = stage_.lane(i);
            if (lane.state.frames.empty()) continue;
            const Answers& answers = lane.state.frames.front().answers;
            const auto it = answers.find(show.name);
            if (it == answers.end() || std::holds_alternative<std::monostate>(it->second)) continue;
            ++people;
            one(it->second);
        }
        Answer& result = room().counted[show.name];
        if (people < kFewestToCount) return say_counted(result);
        std::vector<std::pair<std::string, int>> rows(counts.begin(), counts.end());
        std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
        PickedMany list;
        for (const auto& [label, often] : rows) list.items.push_back({label, label + ": " + std::to_string(often)});
        result = std::move(list);
        say_counted(result);
    }

    void say_counted(const Answer& counts) {
        if (std::holds_alternative<std::monostate>(counts)) return say_to(kEveryone, "too-few-to-count");
        say_to(kEveryone, "counted", {{"counts", counts}});
    }

    /// Everyone who is here, in the order of their seats; where a role has several people, only those.
    std::vector<int> everyone_in_turn() {
        std::vector<int> all = stage_.present();
        const auto is_many = [&](int lane) {
            const Role* role = role_named(*script(), stage_.lane(lane).role);
            return role && role->most > 1;
        };
        if (std::any_of(all.begin(), all.end(), is_many)) std::erase_if(all, [&](int lane) { return !is_many(lane); });
        return all;
    }

    void next_in_round(std::optional<Seconds> length) {
        std::vector<int>& still = room().still;
        if (still.empty()) return give_floor(-1, {});
        const int lane = still.front();
        still.erase(still.begin());
        nodes_ = 0;  // a round is long, and ends
        give_floor(lane, length);
    }

    void give_floor(int lane, std::optional<Seconds> length) {
        room().holder = lane;
        room().time_is_up = false;
        room().floor_for = length.value_or(Seconds(0));
        ++room().floors;
        if (lane >= 0 && length)
            add(TimerEffect{TimerDue{TimerDue::Kind::floor, room().floors, 0}, event_.now + *length});
    }

    Stage& stage_;
    int from_;           ///< lane of who speaks; -1: a timer
    std::int64_t wait_;  ///< the question that was open when the turn began; -1: none
    int reader_ = -1;    ///< lane that a text with {other} is put together for
    std::optional<int> to_;
    std::vector<int> owners_;
    bool left_ = false;
};

// ---------------------------------------------------------------------------------------------- together

class Joint {
 public:
    Joint(const RevisionPtr& root, JointState state, const JointEvent& event, const Context& context)
        : stage_{root, event, context, {std::move(state), {}, {}, {}}} {}

    JointTurn take() {
        std::visit([&](const auto& input) { on(input); }, stage_.event.input);
        settle();
        return std::move(stage_.turn);
    }

 private:
    using Result = Turn::Result;

    Event event_for(Input input) { return {stage_.event.now, stage_.event.seed, std::move(input)}; }
    /// What the room says by itself must not differ with who came last, or with what they did.
    Event event_of_room() {
        const auto salt = static_cast<std::uint64_t>(stage_.room().openings) + 4096;
        return {stage_.event.now, mix(stage_.state().seed, salt), Refocused{}};
    }

    void on(const Started& started) {
        for (int i = 0; i < stage_.lanes(); ++i) {
            stage_.lane(i).since = stage_.event.now;
            // What was handed in belongs to the one who began.
            const Event event = event_for(Started{i == 0 ? started.answers : Answers{}});
            LaneWalk(stage_, i, event).take_turn();
        }
    }

    void on(const InLane& in) {
        const bool there = in.lane >= 0 && in.lane < stage_.lanes() && !stage_.lane(in.lane).out;
        if (!there) return refuse(Result::not_open);
        if (stage_.lane(in.lane).in_room && stage_.lane(in.lane).state.frames.size() < 2) {
            if (const auto* typed = std::get_if<Typed>(&in.input)) return aside(in.lane, *typed);
            if (!std::holds_alternative<Interrupted>(in.input)) return refuse(Result::not_open);
        }
        const Event event = event_for(in.input);
        finish(LaneWalk(stage_, in.lane, event).take_turn());
        // Something that came between has ended it for them.
        if (stage_.lane(in.lane).in_room && stage_.lane(in.lane).out) left(in.lane);
    }

    /// Typed in private while the room is open.
    void aside(int lane, const Typed& typed) {
        const auto command = recognise_command(typed.text, *stage_.context.pack);
        const bool reaches_out = command == Command::stop || command == Command::pause || command == Command::exit ||
                                 command == Command::erase || command == Command::help || command == Command::human;
        const bool is_ready = stage_.room().frozen && (command == Command::resume || command == Command::done);
        if (reaches_out || is_ready || command == Command::keep_private) {
            const Event event = event_for(typed);
            return in_room(lane, event);
        }
        if (auto bubble = phrase(stage_.context.phrases, "room-is-open", stage_.event.seed))
            stage_.put({lane}, false, Effect(SayEffect{std::move(*bubble)}));
    }

    void on(const InRoom& in) {
        const bool there =
            in.lane >= 0 && in.lane < stage_.lanes() && stage_.lane(in.lane).in_room && !stage_.lane(in.lane).out;
        if (!there || !stage_.room().open) return refuse(Result::not_open);
        const Event event = event_for(in.input);
        in_room(in.lane, event);
    }

    void on(const RoomTimer& due) {
        if (!stage_.room().open) return refuse(Result::not_open);
        const Event event = event_for(due.timer);
        if (due.timer.kind != TimerDue::Kind::floor) return in_room(-1, event);
        RoomWalk walk(stage_, -1, event);
        walk.floor_is_over(due.timer.wait);
        if (walk.left()) leave_room();
    }

    void in_room(int lane, const Event& event) {
        RoomWalk walk(stage_, lane, event);
        finish(walk.take_turn());
        if (walk.left()) leave_room();
    }

    void on(const Leaves& leaves) {
        const bool there = leaves.lane >= 0 && leaves.lane < stage_.lanes() && !stage_.lane(leaves.lane).out;
        if (!there) return refuse(Result::not_open);
        left(leaves.lane);
    }

    void left(int index) {
        Lane& lane = stage_.lane(index);
        const bool was_in_room = std::exchange(lane.in_room, false);
        lane.out = true;
        lane.state.frames.clear();
        lane.state.waiting = false;
        lane.shared.clear();
        if (!was_in_room || !stage_.room().open) return;
        const Event event = event_of_room();
        RoomWalk walk(stage_, -1, event);
        if (stage_.lanes() == 2 || too_few()) return walk.stop();
        walk.someone_left(index);
        if (walk.left()) leave_room();
    }

    void on(const Freezes&) {
        if (!stage_.room().open) return refuse(Result::not_open);
        const Event event = event_of_room();
        RoomWalk(stage_, -1, event).freeze();
    }

    void refuse(Result result) { stage_.turn.result = result; }

    void finish(Turn turn) {
        stage_.turn.result = turn.result;
        stage_.turn.pressed = std::move(turn.pressed);
    }

    [[nodiscard]] bool too_few() {
        for (const Role& role : stage_.root->script.people) {
            int here = 0;
            for (const int lane : stage_.present()) here += stage_.lane(lane).role == role.name ? 1 : 0;
            if (here < role.least) return true;
        }
        return false;
    }

    // ---------------------------------------------------------------------------------- barriers

    const Barrier* barrier_of(const Lane& lane) {
        if (lane.out || lane.in_room || lane.state.frames.size() != 1 || !lane.state.waiting) return nullptr;
        const Node* node = node_at(stage_.root->script, lane.state.frames.front().at);
        return node ? std::get_if<Barrier>(&node->what) : nullptr;
    }

    /// Lets through whoever has come together.
    void settle() {
        constexpr int kMostOpenings = 8;  // of barriers right behind each other
        for (int i = 0; i < kMostOpenings; ++i) {
            std::map<Place, std::vector<int>> waiting;
            for (int lane = 0; lane < stage_.lanes(); ++lane) {
                if (barrier_of(stage_.lane(lane))) waiting[stage_.lane(lane).state.frames.front().at].push_back(lane);
            }
            const auto ready = std::find_if(waiting.begin(), waiting.end(), [&](const auto& at) {
                return may_open(*barrier_of(stage_.lane(at.second.front())), at.first, at.second);
            });
            if (ready == waiting.end()) return;
            open(ready->first, ready->second);
        }
    }

    bool may_open(const Barrier& barrier, const Place& place, const std::vector<int>& came) {
        const Room& room = stage_.room();
        if (room.over) return false;
        if (room.open) return room.barrier == place;  // someone who is late
        for (const int lane : came) {
            if (barrier.up_to && stage_.event.now >= stage_.lane(lane).since + *barrier.up_to) return false;
        }
        if (barrier.ready > 0) return came.size() >= static_cast<std::size_t>(barrier.ready);
        for (const Role& role : stage_.root->script.people) {
            const auto here =
                std::count_if(came.begin(), came.end(), [&](int lane) { return stage_.lane(lane).role == role.name; });
            if (here < role.least) return false;
        }
        return std::none_of(stage_.state().lanes.begin(), stage_.state().lanes.end(), [&](const Lane& lane) {
            return !lane.out && std::none_of(came.begin(), came.end(), [&](int i) { return &stage_.lane(i) == &lane; });
        });
    }

    void open(const Place& barrier, const std::vector<int>& came) {
        const Place place = settled(stage_.root->script, next(barrier));
        const Node* node = node_at(stage_.root->script, place);
        const auto* part = node ? std::get_if<For>(&node->what) : nullptr;
        const bool room = part && part->who == For::Who::all;
        for (const int i : came) {
            Lane& lane = stage_.lane(i);
            Frame& frame = lane.state.frames.front();
            frame.at = place;
            frame.trail.clear();
            ++lane.state.wait;  // timers of the barrier are void
            lane.state.misses = 0;
            lane.state.waiting = lane.state.resting = lane.in_room = room;
        }
        if (!room) return begin_part(came);
        if (stage_.room().open) {
            const Event event = event_of_room();
            for (const int i : came) RoomWalk(stage_, -1, event).someone_joined(i);
            return;
        }
        Room& opened = stage_.room();
        opened.open = true;
        opened.barrier = barrier;
        ++opened.openings;
        opened.frozen = opened.time_is_up = false;
        opened.holder = -1;
        if (opened.state.frames.empty()) opened.state.frames.push_back(Frame{stage_.root->hash, place, {}, {}, {}});
        opened.state.frames.front().at = place;
        opened.state.waiting = opened.state.resting = false;
        const Event event = event_of_room();
        RoomWalk walk(stage_, -1, event);
        walk.enter();
        if (walk.left()) leave_room();
    }

    /// Back to their own lanes, with what was answered in the room.
    void leave_room() {
        Room& room = stage_.room();
        room.open = room.frozen = false;
        room.holder = -1;
        room.still.clear();
        const Frame& from = room.state.frames.front();
        std::vector<int> all;
        for (const int i : stage_.present()) {
            Lane& lane = stage_.lane(i);
            Frame& frame = lane.state.frames.front();
            frame.at = from.at;
            for (const auto& [name, answer] : from.answers) frame.answers.insert_or_assign(name, answer);
            lane.shared.clear();  // a consent ends with the room that it was given for
            lane.in_room = false;
            lane.state.waiting = lane.state.resting = false;
            all.push_back(i);
        }
        begin_part(all);
    }

    void begin_part(const std::vector<int>& lanes) {
        const Event event = event_of_room();
        for (const int i : lanes) {
            ++stage_.lane(i).part;
            stage_.lane(i).since = stage_.event.now;
            LaneWalk(stage_, i, event).go();
        }
    }

    Stage stage_;
};

// ---------------------------------------------------------------------------------------- state as text

using json = nlohmann::json;

json to_json(const Place& place) {
    return {place.step, place.node, place.branch, place.sub};
}

Place place_from_json(const json& j) {
    return Place{j.at(0).get<int>(), j.at(1).get<int>(), j.at(2).get<int>(), j.at(3).get<int>()};
}

json to_json(const Lane& lane) {
    json shared = json::object();
    for (const auto& [name, s] : lane.shared) {
        shared[name] = {
            to_json(s.answer), static_cast<int>(s.with), s.role, s.at.time_since_epoch().count(), s.shown ? 1 : 0};
    }
    return {{"role", lane.role},
            {"name", to_json(lane.name)},
            {"state", json::parse(to_text(lane.state))},
            {"shared", std::move(shared)},
            {"part", lane.part},
            {"since", lane.since.time_since_epoch().count()},
            {"in", lane.in_room ? 1 : 0},
            {"out", lane.out ? 1 : 0}};
}

Lane lane_from_json(const json& j) {
    Lane lane;
    lane.role = j.at("role").get<std::string>();
    lane.name = answer_from_json(j.at("name"));
    lane.state = state_from_json(j.at("state"));
    for (const auto& [name, s] : j.at("shared").items()) {
        lane.shared[name] = Shared{answer_from_json(s.at(0)),
                                   static_cast<Share::With>(s.at(1).get<int>()),
                                   s.at(2).get<std::string>(),
                                   TimePoint(std::chrono::milliseconds(s.at(3).get<std::int64_t>())),
                                   s.at(4).get<int>() != 0};
    }
    lane.part = j.at("part").get<int>();
    lane.since = TimePoint(std::chrono::milliseconds(j.at("since").get<std::int64_t>()));
    lane.in_room = j.at("in").get<int>() != 0;
    lane.out = j.at("out").get<int>() != 0;
    return lane;
}

}  // namespace

JointTurn joint_step(const RevisionPtr& root, JointState state, const JointEvent& event, const Context& context) {
    return Joint(root, std::move(state), event, context).take();
}

JointState initial_joint_state(const RevisionPtr& root, const std::vector<std::string>& roles, std::uint64_t seed) {
    JointState state;
    state.seed = seed;
    for (const std::string& role : roles) {
        Lane lane;
        lane.role = role;
        lane.state = initial_state(root);
        state.lanes.push_back(std::move(lane));
    }
    return state;
}

std::string to_text(const JointState& state) {
    json lanes = json::array();
    for (const Lane& lane : state.lanes) lanes.push_back(to_json(lane));
    const Room& room = state.room;
    json counted = json::object();
    for (const auto& [name, answer] : room.counted) counted[name] = to_json(answer);
    return json{{"v", JointState::kFormat},
                {"lanes", std::move(lanes)},
                {"room",
                 {{"state", json::parse(to_text(room.state))},
                  {"open", room.open ? 1 : 0},
                  {"over", room.over ? 1 : 0},
                  {"openings", room.openings},
                  {"barrier", to_json(room.barrier)},
                  {"counted", std::move(counted)},
                  {"frozen", room.frozen ? 1 : 0},
                  {"ready", room.ready},
                  {"holder", room.holder},
                  {"still", room.still},
                  {"round", to_json(room.round)},
                  {"floors", room.floors},
                  {"for", room.floor_for.count()},
                  {"up", room.time_is_up ? 1 : 0}}},
                {"seed", state.seed}}
        .dump();
}

JointState joint_state_from_json(const json& j) {
    try {
        if (const int version = j.at("v").get<int>(); version != JointState::kFormat) {
            throw std::invalid_argument("the state of a conversation of several has format " + std::to_string(version) +
                                        "; this version of Reweave reads format " +
                                        std::to_string(JointState::kFormat));
        }
        JointState state;
        for (const json& lane : j.at("lanes")) state.lanes.push_back(lane_from_json(lane));
        const json& room = j.at("room");
        state.room.state = state_from_json(room.at("state"));
        state.room.open = room.at("open").get<int>() != 0;
        state.room.frozen = room.at("frozen").get<int>() != 0;
        state.room.ready = room.at("ready").get<std::vector<int>>();
        state.room.holder = room.at("holder").get<int>();
        state.room.still = room.at("still").get<std::vector<int>>();
        state.room.round = place_from_json(room.at("round"));
        state.room.barrier = place_from_json(room.at("barrier"));
        state.room.over = room.at("over").get<int>() != 0;
        state.room.openings = room.at("openings").get<int>();
        for (const auto& [name, answer] : room.at("counted").items())
            state.room.counted[name] = answer_from_json(answer);
        state.room.floors = room.at("floors").get<std::int64_t>();
        state.room.floor_for = Seconds(room.at("for").get<std::int64_t>());
        state.room.time_is_up = room.at("up").get<int>() != 0;
        state.seed = j.at("seed").get<std::uint64_t>();
        return state;
    } catch (const json::exception& e) {
        throw std::invalid_argument(std::string("the state of a conversation of several has a wrong shape: ") +
                                    e.what());
    }
}

}  // namespace reweave::dialog
