#pragma once
/// \file One turn in the room that all share: the floor, what is shown, and what is held back. Internal to
/// joint_step().

#include <map>
#include <string>

#include "bot/dialog/stage.hpp"
#include "bot/dialog/walk.hpp"

namespace reweave::dialog {

/// A room that is paused for so long does not go on.
inline constexpr auto kLongestPause = std::chrono::hours(24);
/// The third pause of two people ends their talk for today (repair coaching, 5.8).
inline constexpr int kMostPauses = 3;
/// A question in the room that nobody answers for so long becomes a pause (repair coaching, 5.8, has 8 and 20 minutes;
/// people who sit at one table talk for longer).
inline constexpr auto kSilence = std::chrono::minutes(30);

class RoomWalk : public Walk {
 public:
    RoomWalk(Stage& stage, int from, const Event& event)
        : Walk(stage.root_of(from), std::move(stage.room().state), event, stage.context_of(from)),
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
        } else if (is_silence()) {
            pause_all();
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

    /// What was asked of them stands open still.
    void back_in_room() {
        if (asked() == from_ && !room().frozen) {
            to_ = from_;
            show_question();
            to_.reset();
        }
        put_back();
    }

    /// The end of a floor, or of a pause.
    void floor_is_over(std::int64_t number) {
        if (number == room().floors && room().frozen) {
            stop_all();
            return put_back();
        }
        if (number != room().floors || room().time_is_up || room().holder < 0) return put_back();
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
        std::vector<int> readers = timer ? std::vector<int>() : to == kEveryone ? stage_.present() : std::vector{to};
        if (std::holds_alternative<EndEffect>(effect)) {
            // Where something private is open, it ends for them after that.
            std::erase_if(readers, [&](int lane) { return stage_.lane(lane).state.frames.size() > 1; });
        }
        const bool aside = std::holds_alternative<SayEffect>(effect) && to != kEveryone && !each_;
        stage_.put(std::move(readers), !command, std::move(effect), std::exchange(owners_, {}), aside);
    }

    std::optional<Answer> value_of(const std::string& name) override {
        if (const int named = lane_named(name); named >= 0) return stage_.name_of(named);
        return Walk::value_of(name);
    }

    std::optional<Answer> pronouns_of(const std::string& name) override {
        const int named = lane_named(name);
        return named < 0 ? std::nullopt : std::optional(stage_.lane(named).pronouns);
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
        each_ = true;  // everyone reads it, with the name of the other in it
        for (const int lane : here) say_to_reader(lane, place, part, index);
        each_ = false;
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

    /// What leads up to a question that is passed over is passed over with it.
    void visit(const Say& text) override {
        if (!room().time_is_up || !leads_to_question_of_floor()) return Walk::visit(text);
        go_on();
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

    void set_timers(const Ask& ask) override {
        Walk::set_timers(ask);
        if (!ask.up_to) set_timer(TimerDue::Kind::wake, 0, event_.now + kSilence);
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
                pause_all();  // as it looks when anyone asks for a pause
                add(CommandEffect{command});
                return true;
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
            case Command::back:
            case Command::change:
            case Command::start_over:
                if (!ask || from_ != asked()) return false;
                say_to(from_, "room-no-way-back");
                show_question();
                return true;
            default:
                return false;
        }
    }

    /// The others have not heard it, and must not be told it by another line.
    bool keeps_nudged() override { return false; }

    /// Where nobody is asked, nobody's words are passed on.
    void typed_at_rest(const Typed& typed) override { hold_back(typed); }
    Result pressed_at_rest(const Pressed&, bool) override { return Result::bad_pick; }

    void heard(std::vector<std::string> named) override {
        Spoken spoken{from_, {}, named.empty() ? turn_.pressed : std::move(named)};
        const auto* typed = std::get_if<Typed>(&event_.input);
        if (typed && spoken.pressed.empty()) spoken.words = typed->words;
        stage_.put(stage_.present(), true, std::move(spoken));
    }

 private:
    Room& room() { return stage_.room(); }

    /// -1: it is nobody's name.
    int lane_named(const std::string& name) {
        if (name == "speaker") return room().holder;
        return name == "other" ? stage_.other_than(reader_) : stage_.lane_of(name);
    }

    bool leads_to_question_of_floor() {
        for (Place place = next(frame().at);; place = next(place)) {
            const Node* after = node_at(*script(), place);
            if (!after) return false;
            if (std::holds_alternative<Ask>(after->what)) return is_of_floor(*after);
            if (!std::holds_alternative<Say>(after->what) && !std::holds_alternative<Media>(after->what)) return false;
        }
    }

    bool is_silence() {
        const auto* due = std::get_if<TimerDue>(&event_.input);
        return due && due->kind == TimerDue::Kind::wake && due->wait == state().wait && state().waiting && open_ask();
    }

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
            lane.shared.clear();
            if (lane.state.frames.size() > 1) continue;  // something private is open: it is heard out first
            lane.in_room = false;
            lane.out = true;
            lane.state.frames.clear();
            lane.state.waiting = false;
        }
    }

    void pause_all() {
        if (room().frozen) return;
        if (event_.now - room().paused >= std::chrono::hours(24)) {
            room().pauses = 0;
            room().paused = event_.now;
        }
        if (++room().pauses >= kMostPauses && stage_.lanes() == 2) return stop_all();
        say_to(kEveryone, "room-paused");
        room().frozen = true;
        room().ready.clear();
        set_floor_timer(kLongestPause);
    }

    void set_floor_timer(Seconds length) {
        add(TimerEffect{TimerDue{TimerDue::Kind::floor, ++room().floors, 0}, event_.now + length});
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
                say_to(from_, typed.seen ? "room-still-paused-seen" : "room-still-paused");
            }
            return Result::accepted;
        }
        if (from_ == asked()) {
            Turn turn = take();
            state() = std::move(turn.state);
            turn_.pressed = std::move(turn.pressed);
            return turn.result;
        }
        if (!command || !obey(*command, nullptr)) hold_back(typed);
        return Result::accepted;
    }

    /// Where everyone has read it anyway, once for one question is enough.
    void hold_back(const Typed& typed) {
        if (!typed.seen) return say_to(from_, "hold-on");
        std::int64_t& held_back = stage_.lane(from_).held_back;
        if (std::exchange(held_back, state().wait) != state().wait) say_to(from_, "hold-on-seen");
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
        ++room().floors;  // the end of the pause is void
        say_to(kEveryone, "room-resumed");
        to_ = kEveryone;
        if (room().holder >= 0 && room().floor_for > Seconds(0)) give_floor(room().holder, room().floor_for);
        const Ask* ask = open_ask();
        if (ask && stage_.lane(asked()).in_room) {
            open_wait(false);  // the timers of before the pause are void
            ask_again();
            set_timers(*ask);
        } else if (state().waiting && !ask) {
            set_timer(TimerDue::Kind::wake,
                      0,
                      std::max(wait_until().value_or(event_.now), event_.now + std::chrono::seconds(1)));
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
        if (it == shared.end() || !here || event_.now - it->second.at >= kConsentLasts)
            return say_to(kEveryone, "nothing-shown", {{"who", stage_.name_of(lane)}});
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
        room().until = length ? event_.now + *length : TimePoint{};
        ++room().floors;
        if (lane >= 0 && length) set_floor_timer(*length);
    }

    Stage& stage_;
    int from_;           ///< lane of who speaks; -1: a timer
    std::int64_t wait_;  ///< the question that was open when the turn began; -1: none
    int reader_ = -1;    ///< lane that a text with {other} is put together for
    bool each_ = false;  ///< the same line for everyone, one by one
    std::optional<int> to_;
    std::vector<int> owners_;
    bool left_ = false;
};

}  // namespace reweave::dialog
