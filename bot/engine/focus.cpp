// Which conversation has a person's private room, and how those that wait for it are offered.
#include <utility>

#include "bot/engine/turn.hpp"

namespace reweave::engine {
namespace {

using namespace std::chrono_literals;

constexpr auto kIdle = 6h;         ///< a focus untouched for so long gives way to something due
constexpr auto kOfferAgain = 24h;  ///< "later" at an offer

}  // namespace

void Turn::take_focus(ConversationId id) {
    const RunningPtr conversation = workshop_.conversations.get(id);
    if (conversation && workshop_.library.is_recalled(conversation->record.revision))
        return (void)tell_recalled(conversation);
    if (conversation && conversation->together) return go_on_together(conversation);
    if (!conversation || conversation->record.status == Conversation::Status::ended) return;
    const bool begun = conversation->record.status != Conversation::Status::waiting;
    conversation->record.status = Conversation::Status::running;
    session_.focus = conversation;
    session_.hot.focus = id;
    if (begun) {
        say("resumed");
        (void)run(dialog::Refocused{});
    } else {
        const auto& frames = conversation->state.frames;
        (void)run(dialog::Started{frames.empty() ? dialog::Answers{} : frames.front().answers});
    }
}

void Turn::pause_focus() {
    std::vector<ConversationId>& waiting = session_.hot.waiting;
    Conversation& record = session_.focus->record;
    if (const ConversationId offered = std::exchange(session_.hot.offered, {})) {
        // An offer is not kept for later: what it offered is, and is offered anew.
        record.status = Conversation::Status::ended;
        record.outcome = "unanswered";
        waiting.insert(waiting.begin(), offered);
    } else {
        if (!session_.focus->together) record.status = Conversation::Status::paused;
        waiting.push_back(record.id);
    }
    save_focus();
    leave_focus();
}

void Turn::set_idle_focus_aside() {
    if (session_.focus && now_ - session_.focus->record.updated >= kIdle) pause_focus();
}

/// The private room is free.
void Turn::leave_focus() {
    session_.focus.reset();
    session_.hot.focus = {};
    close_question();
}

void Turn::save_focus() {
    if (session_.focus->together) return;  // whoever changes it saves it
    Conversation& record = session_.focus->record;
    record.state = to_text(session_.focus->state);
    record.updated = now_;
    workshop_.store.save(record);
}

bool Turn::offer_waiting() {
    Hot& hot = session_.hot;
    while (!session_.focus && !hot.waiting.empty()) {
        const ConversationId next = hot.waiting.front();
        hot.waiting.erase(hot.waiting.begin());
        const RunningPtr conversation = workshop_.conversations.get(next);
        if (conversation && workshop_.library.is_recalled(conversation->record.revision)) {
            if (tell_recalled(conversation)) return true;
            continue;
        }
        hot.offered = next;
        begin("offer");
        return true;
    }
    return false;
}

void Turn::answer_offer(const std::string& outcome) {
    const ConversationId offered = std::exchange(session_.hot.offered, {});
    if (outcome == "now") return take_focus(offered);
    if (outcome == "later") return offer_again(offered);
    const RunningPtr conversation = workshop_.conversations.get(offered);
    if (conversation && conversation->together) return decline(conversation);
    if (conversation) {
        conversation->record.status = Conversation::Status::ended;
        conversation->record.outcome = "declined";
        workshop_.store.save(conversation->record);
    }
}

void Turn::offer_again(ConversationId offered) {
    workshop_.store.add_timer(
        {{}, now_ + kOfferAgain, session_.person.id, offered, TimerRecord::Kind::follow_up, 0, 0, {}});
}

}  // namespace reweave::engine
