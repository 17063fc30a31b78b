#include "bot/engine/timers.hpp"

#include <nlohmann/json.hpp>

#include "bot/dialog/hours.hpp"

namespace reweave::engine {
namespace {

/// A timer of a conversation that was paused: it is offered again at the next quiet moment. False: it is not.
bool come_back_to(Desk& desk, Session& session, const TimerRecord& timer, Turn& turn) {
    if (session.hot.focus == timer.conversation || timer.kind == TimerRecord::Kind::remind) return false;
    const auto conversation = desk.store.conversation(timer.conversation);
    return conversation && conversation->status == Conversation::Status::paused && turn.offer_waiting();
}

/// None if its script was recalled and nothing took its place.
ConversationId add_follow_up(Desk& desk, const Session& session, const TimerRecord& timer) {
    const auto body = nlohmann::json::parse(timer.body);
    const dialog::RevisionPtr revision = desk.library.newest(body.at("script").get<std::string>());
    if (!revision) return {};
    dialog::State state = dialog::initial_state(revision);
    for (const auto& [name, answer] : body.at("answers").items())
        state.frames.front().answers[name] = dialog::answer_from_json(answer);
    Conversation conversation;
    conversation.person = session.person.id;
    conversation.revision = revision->hash;
    conversation.status = Conversation::Status::waiting;
    conversation.state = to_text(state);
    conversation.created = conversation.updated = desk.now;
    return desk.store.add_conversation(conversation);
}

void fire(Desk& desk, Deliveries& deliveries, TimerRecord timer) {
    using Kind = TimerRecord::Kind;
    Turns all = desk.turns();
    if (!timer.person) {
        const RunningPtr conversation = desk.conversations.get(timer.conversation);
        if (!conversation || !conversation->together) return;
        (void)all.take(conversation, dialog::RoomTimer{due_of(timer)}, nullptr);
        ++desk.counters.timers_fired;
        return deliveries.publish(all);
    }
    Session* session = desk.sessions.get(timer.person);
    if (!session) return;
    const Person& person = session->person;
    const TimePoint allowed = dialog::next_allowed(desk.now, person.time_zone, {person.day_from, person.day_to});
    if (timer.kind != Kind::wake && allowed > desk.now) {
        timer.due = allowed;
        timer.id = desk.store.add_timer(timer);
        return;
    }
    Turn& turn = all.of(*session);
    if (timer.kind == Kind::follow_up) {
        const ConversationId id = timer.conversation ? timer.conversation : add_follow_up(desk, *session, timer);
        if (!id) return;
        session->hot.waiting.push_back(id);
        turn.set_idle_focus_aside();
        if (!turn.offer_waiting()) return desk.store.save(session->hot);
    } else if (!turn.timer(timer) && !come_back_to(desk, *session, timer, turn)) {
        return;
    }
    ++desk.counters.timers_fired;
    deliveries.publish(all, timer.kind == Kind::follow_up ? timer.person : PersonId{});
}

}  // namespace

std::vector<PersonId> fire_timers(Desk& desk, Deliveries& deliveries) {
    std::vector<PersonId> erasures;
    for (const TimerRecord& timer : desk.store.due_timers(desk.now, kTimersPerBatch)) {
        if (timer.kind == TimerRecord::Kind::erase) {
            erasures.push_back(timer.person);
            continue;
        }
        desk.store.remove_timer(timer.id);
        const TurnKey turn{TurnKey::Of::timer, timer.id.value};
        if (!desk.failed.contains(turn)) desk.failed.attempt(turn, [&] { fire(desk, deliveries, timer); });
    }
    return erasures;
}

}  // namespace reweave::engine
