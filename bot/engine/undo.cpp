#include "bot/engine/undo.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace reweave::engine {
namespace {

using namespace std::chrono_literals;

constexpr auto kMayEdit = 10min;  ///< for so long an edited answer is taken anew, if nothing else has happened

}  // namespace

std::optional<UndoRecord> undo_for(Store& store, const Session& session, const Inbound& inbound, TimePoint now) {
    const RunningPtr& focus = session.focus;
    if (inbound.room || !focus || focus->together || !inbound.findings.items.empty()) return std::nullopt;
    UndoRecord undo;
    undo.person = session.person.id;
    undo.key = inbound.key;
    undo.conversation = focus->record.id;
    undo.state = to_text(focus->state);
    for (const TimerRecord& timer : store.timers(session.person.id)) undo.timer = std::max(undo.timer, timer.id);
    undo.at = now;
    return undo;
}

void remember_words(Store& store, const Session& session, const Turn& turn, InboxRecord& record) {
    if (!record.id || turn.said().id == 0) return;
    record.person = session.person.id;
    record.words = turn.said();
    store.save(record);
}

std::optional<UndoRecord> change_answer(
    Store& store, Session& session, const Identity& identity, const Inbound& inbound, Turn& turn, TimePoint now) {
    const bool edited = inbound.kind == Inbound::Kind::edited;
    auto written = store.inbox(identity.channel, inbound.target);
    if (!written || written->person != session.person.id || written->words.id == 0) return std::nullopt;
    auto undo = store.undo(session.person.id);
    const bool newest = undo && undo->key == inbound.target && undo->event == session.hot.last_event &&
                        session.hot.focus == undo->conversation && now - undo->at <= kMayEdit;
    if (edited && !newest) {
        turn.tell("edited-late");
        return std::nullopt;
    }
    store.forget_words(written->words);
    if (!newest) return std::nullopt;
    store.remove_undo(session.person.id);
    for (const TimerRecord& timer : store.timers(session.person.id)) {
        if (timer.kind == TimerRecord::Kind::follow_up && timer.id > undo->timer) store.remove_timer(timer.id);
    }
    turn.take_back(dialog::state_from_json(nlohmann::json::parse(undo->state)), undo->event);
    if (!edited) {
        turn.ask_again();
        return std::nullopt;
    }
    Inbound again = inbound;
    again.kind = Inbound::Kind::text;
    again.key = inbound.target;
    auto undo_again = undo_for(store, session, again, now);
    (void)turn.typed(again);
    remember_words(store, session, turn, *written);
    return undo_again;
}

}  // namespace reweave::engine
