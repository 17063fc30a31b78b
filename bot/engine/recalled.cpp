// What becomes of conversations whose script was recalled. Nothing of it is said any more: at their next turn it ends
// for them, in words made for that, which tell nothing about anybody else. An open room ends for all who are in it.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "bot/dialog/recognise.hpp"
#include "bot/engine/turn.hpp"

namespace reweave::engine {
namespace {

using dialog::Command;
using Result = dialog::Turn::Result;

constexpr std::string_view kRecalled = "recalled";  ///< the script that says so, and the outcome

const dialog::Input* input_of(const dialog::JointInput& input) {
    if (const auto* lane = std::get_if<dialog::InLane>(&input)) return &lane->input;
    if (const auto* room = std::get_if<dialog::InRoom>(&input)) return &room->input;
    return nullptr;
}

}  // namespace

bool is_interrupted(const dialog::State& state) {
    return std::any_of(state.frames.begin(), state.frames.end(), [](const dialog::Frame& frame) {
        return frame.used.contains("interrupts");
    });
}

bool is_said_there(const dialog::Effect& effect, const dialog::State& state) {
    const auto* say = std::get_if<dialog::SayEffect>(&effect);
    const auto* ask = std::get_if<dialog::AskEffect>(&effect);
    if (!say && !ask) return false;
    const std::string& revision = say ? say->bubble.revision : ask->question.revision;
    return std::any_of(state.frames.begin(), state.frames.end(), [&](const dialog::Frame& frame) {
        return frame.revision == revision;
    });
}

bool is_due(const dialog::Input& input, const dialog::State& state) {
    const auto* timer = std::get_if<dialog::TimerDue>(&input);
    return !timer || (state.waiting && timer->wait == state.wait);
}

// ------------------------------------------------------------------------------------------- one of them

void Turn::recalled(const RunningPtr& conversation, std::optional<Command> used) {
    leave_recalled(conversation);
    const auto wishes = used.value_or(Command::back);
    switch (wishes) {
        case Command::stop:
            return say("stopped");
        case Command::pause:
            tell_later(conversation);
            return say("paused");
        case Command::exit:
        case Command::erase:
        case Command::help:
        case Command::human:
            tell_later(conversation);
            return command(wishes);
        default:
            if (session_.focus) return tell_later(conversation);
            return begin(kRecalled, known_answers());
    }
}

void Turn::see_room_close(const RunningPtr& conversation) {
    if (auto bubble = phrase("room-stopped")) part(conversation->record.id).bubbles.push_back(std::move(*bubble));
}

void Turn::leave_recalled(const RunningPtr& conversation) {
    const ConversationId id = conversation->record.id;
    if (!conversation->together) {
        conversation->record.status = Conversation::Status::ended;
        conversation->record.outcome = kRecalled;
        conversation->record.state = to_text(conversation->state);
        conversation->record.updated = now_;
        workshop_.store.save(conversation->record);
    } else if (const int index = my_lane(conversation); index >= 0) {
        dialog::Lane& lane = conversation->together->lane(index);
        lane.out = true;
        lane.in_room = lane.state.waiting = lane.state.resting = false;
        lane.state.frames.clear();
        ++lane.state.wait;
        lane.shared.clear();
        Participant& seat = *conversation->together->in(index);
        if (!std::exchange(seat.held, {}).empty()) workshop_.store.save(seat);
    }
    std::erase(session_.hot.waiting, id);
    if (session_.focus != conversation) return;
    // What it offered is offered anew.
    if (const ConversationId offered = std::exchange(session_.hot.offered, {}))
        session_.hot.waiting.insert(session_.hot.waiting.begin(), offered);
    leave_focus();
}

/// As soon as their private room is quiet.
void Turn::tell_later(const RunningPtr& conversation) {
    std::vector<ConversationId>& waiting = session_.hot.waiting;
    if (std::find(waiting.begin(), waiting.end(), conversation->record.id) == waiting.end())
        waiting.insert(waiting.begin(), conversation->record.id);
}

/// A turn of a conversation of one, of which the script itself would have been next.
Result Turn::run_recalled(const RunningPtr& focus, const dialog::Input& input) {
    if (!is_due(input, focus->state)) return Result::not_open;
    const auto* typed = std::get_if<dialog::Typed>(&input);
    recalled(
        focus,
        typed ? dialog::recognise_command(typed->text, pack_for(session_.person, workshop_.options)) : std::nullopt);
    return Result::accepted;
}

/// Something must come first that is no part of it: a safety check, help.
void Turn::set_recalled_aside() {
    const RunningPtr focus = session_.focus;
    if (focus->together) {
        (void)all_.take(focus, dialog::Leaves{my_lane(focus)}, this);
    } else {
        leave_recalled(focus);
    }
    tell_later(focus);
}

/// One that was set aside, or is over for them already. False, and nothing is said, where nothing of it had begun.
bool Turn::tell_recalled(const RunningPtr& conversation) {
    const int lane = my_lane(conversation);
    bool begun = conversation->record.status != Conversation::Status::waiting;
    if (lane >= 0) {
        begun = conversation->together->lane(lane).part > 0;
        if (!begun || !conversation->together->lane(lane).out) {
            begun ? (void)all_.take(conversation, dialog::Leaves{lane}, this) : decline(conversation);
        }
    } else if (!conversation->together) {
        leave_recalled(conversation);
    }
    if (begun) begin(kRecalled, known_answers());
    return begun;
}

// ------------------------------------------------------------------------------------------- all of them

Result Turns::take_back(const RunningPtr& conversation, dialog::JointInput input, Turn* acting) {
    Together& together = *conversation->together;
    dialog::Room& room = together.state.room;
    const int mine = acting ? together.lane_of(acting->session().person.id) : -1;
    const bool here = mine >= 0 && !together.lane(mine).out;
    const bool in_room = here && together.lane(mine).in_room;
    const auto* private_ = std::get_if<dialog::InLane>(&input);
    if (std::holds_alternative<dialog::Joins>(input)) return Result::not_open;
    if (private_ && (!here || !is_due(private_->input, together.lane(mine).state))) return Result::not_open;
    if (std::holds_alternative<dialog::Leaves>(input) && !here) return Result::not_open;
    if (std::holds_alternative<dialog::Freezes>(input) && !room.open) return Result::not_open;
    if (std::holds_alternative<dialog::InRoom>(input) && (!in_room || !room.open)) return Result::not_open;
    if (const auto* due = std::get_if<dialog::RoomTimer>(&input)) {
        const bool floor = due->timer.kind == dialog::TimerDue::Kind::floor;
        if (!room.open || (floor ? due->timer.wait != room.floors : !is_due(due->timer, room.state)))
            return Result::not_open;
    }
    touch(conversation);
    // Somebody who is still alone closes nothing: those who are in the room are told when something happens in it.
    const bool closes = room.open && (in_room || !private_);
    if (closes) room.open = room.frozen = false;
    room.over = true;  // whoever waits for the others waits for nothing that could open
    if (closes) close_recalled_room(conversation, mine);
    if (closes && in_room && input_of(input)) acting->see_room_close(conversation);
    Result result = Result::accepted;
    const dialog::Input* did = input_of(input);
    if (acting && here && !did) {
        acting->leave_recalled(conversation);
    } else if (acting && here && is_interrupted(together.lane(mine).state)) {
        result = private_ ? run(conversation, std::move(input), acting, true) : Result::not_open;
    } else if (acting && here) {
        const auto* typed = std::get_if<dialog::Typed>(did);
        acting->recalled(conversation,
                         typed ? dialog::recognise_command(typed->text, *acting->context().pack) : std::nullopt);
    }
    record_consents(conversation, agreed(together));  // those that end
    return result;
}

/// For all who are in it at one moment, with the same words; something private that is open is heard out first.
void Turns::close_recalled_room(const RunningPtr& conversation, int but) {
    Together& together = *conversation->together;
    for (std::size_t i = 0; i < together.state.lanes.size(); ++i) {
        const dialog::Lane& lane = together.state.lanes[i];
        const int index = static_cast<int>(i);
        const Participant* seat = together.in(index);
        Session* session = index == but || lane.out || !lane.in_room || !seat ? nullptr : sessions_.get(seat->person);
        if (!session) continue;
        Turn& turn = of(*session);
        turn.see_room_close(conversation);
        if (!is_interrupted(lane.state)) turn.recalled(conversation);
    }
}

}  // namespace reweave::engine
