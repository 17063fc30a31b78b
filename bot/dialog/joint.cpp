#include "bot/dialog/joint.hpp"

#include <algorithm>
#include <map>

#include "bot/dialog/lane_walk.hpp"
#include "bot/dialog/room_walk.hpp"

namespace reweave::dialog {
namespace {

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

    void on(const Joins& joins) {
        const bool free = joins.lane >= 0 && joins.lane < stage_.lanes() && stage_.lane(joins.lane).out;
        if (!free || stage_.room().over) return refuse(Result::not_open);
        Lane& lane = stage_.lane(joins.lane);
        lane.out = false;
        lane.name = joins.name;
        lane.pronouns = joins.pronouns;
        lane.since = stage_.event.now;
        ++lane.part;
        lane.rooms = 0;
        ++lane.state.wait;  // timers of someone who sat here before are void
        const Event event = event_for(Started{joins.answers});
        LaneWalk(stage_, joins.lane, event).take_turn();
    }

    void on(const InLane& in) {
        const bool there = in.lane >= 0 && in.lane < stage_.lanes() && !stage_.lane(in.lane).out;
        if (!there) return refuse(Result::not_open);
        if (stage_.lane(in.lane).in_room && stage_.lane(in.lane).state.frames.size() < 2) {
            if (const auto* typed = std::get_if<Typed>(&in.input)) return aside(in.lane, *typed);
            if (!std::holds_alternative<Interrupted>(in.input)) return refuse(Result::not_open);
        }
        const Event event = event_for(in.input);
        const bool away = stage_.lane(in.lane).state.frames.size() > 1 || std::holds_alternative<Interrupted>(in.input);
        finish(LaneWalk(stage_, in.lane, event).take_turn());
        const Lane& lane = stage_.lane(in.lane);
        if (!lane.in_room) return;
        if (lane.out) return left(in.lane);  // something that came between has ended it for them
        if (away && lane.state.frames.size() == 1) RoomWalk(stage_, in.lane, event).back_in_room();
    }

    /// Typed in private while the room is open.
    void aside(int lane, const Typed& typed) {
        const auto command = recognise_command(typed.text, *stage_.context_of(lane).pack);
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
        if (barrier.ready > 0) {
            return came.size() >= static_cast<std::size_t>(barrier.ready) && !others_are_further(came);
        }
        for (const Role& role : stage_.root->script.people) {
            const auto here =
                std::count_if(came.begin(), came.end(), [&](int lane) { return stage_.lane(lane).role == role.name; });
            if (here < role.least) return false;
        }
        return std::none_of(stage_.state().lanes.begin(), stage_.state().lanes.end(), [&](const Lane& lane) {
            return !lane.out && std::none_of(came.begin(), came.end(), [&](int i) { return &stage_.lane(i) == &lane; });
        });
    }

    /// Whoever comes late does not open again the room that the others have left.
    bool others_are_further(const std::vector<int>& came) {
        int most = 0;
        for (const int i : came) most = std::max(most, stage_.lane(i).rooms);
        return std::any_of(stage_.state().lanes.begin(), stage_.state().lanes.end(), [&](const Lane& lane) {
            return !lane.out && lane.rooms > most;
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
            if (room) ++lane.rooms;
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
            lane.shared.clear();                         // a consent ends with the room that it was given for
            if (lane.state.frames.size() > 1) continue;  // something private is open: it is heard out first
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

}  // namespace

JointTurn joint_step(const RevisionPtr& root, JointState state, const JointEvent& event, const Context& context) {
    return Joint(root, std::move(state), event, context).take();
}

}  // namespace reweave::dialog
