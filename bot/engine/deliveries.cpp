#include "bot/engine/deliveries.hpp"

namespace reweave::engine {

void Deliveries::publish(Turns& turns, PersonId due) {
    std::vector<Post> readers;
    for (Turns::Finished& finished : turns.finish()) {
        Session& session = *finished.session;
        auto account = sent_to(session);
        if (session.person.id == due && !present_.contains(due.value) && !(account && account->reachable)) {
            if (const auto other = reached_at(session)) account = other;
        }
        for (Message& message : finished.messages) {
            ++desk_.counters.turns;
            if (account) readers.push_back({*account, session.person.language, message});
            if (present_.contains(session.person.id.value)) desk_.outputs.emplace_back(Deliver{std::move(message)});
        }
    }
    for (Post& one : posts_of(readers)) post(std::move(one));
}

/// What they used last, if it has to be sent what is for it.
std::optional<Identity> Deliveries::sent_to(const Session& session) {
    const auto& marks = session.hot.marks;
    auto identity = marks.empty() ? std::nullopt : desk_.identities.get(marks.front().identity);
    if (!identity || identity->ended || identity->reads_stream()) return std::nullopt;
    return identity;
}

/// Of the accounts where they want to be written to the one used last.
std::optional<Identity> Deliveries::reached_at(const Session& session) {
    for (const Hot::Mark& mark : session.hot.marks) {
        auto identity = desk_.identities.get(mark.identity);
        if (identity && identity->reachable && !identity->ended) return identity;
    }
    return std::nullopt;
}

void Deliveries::post(Post post) {
    OutboxRecord record;
    record.event = post.message.event;
    record.identity = post.identity.id;
    record.next_try = desk_.now;
    record.part = post.part;
    record.id = desk_.store.add_outbox(record);
    unsent_[record.id.value] = desk_.now;
    send(record, post.identity, std::move(post.message));
}

void Deliveries::send(const OutboxRecord& record, const Identity& identity, Message message) {
    const auto replaced = message.replaces ? desk_.store.outbox_of(message.replaces) : std::nullopt;
    const auto person = desk_.store.person(identity.person);
    std::vector<std::string> readers;
    if (message.room) readers = accounts_in(message.room->id, identity.channel);
    desk_.outputs.emplace_back(Send{record.id,
                                    identity.channel,
                                    identity.handle,
                                    std::move(message),
                                    person ? person->language : std::string(),
                                    person ? person->time_zone : std::string(),
                                    std::move(readers),
                                    replaced ? replaced->channel_message : std::string()});
}

/// Those who have been in that room and use this channel now, by handle.
std::vector<std::string> Deliveries::accounts_in(ConversationId conversation, const std::string& channel) {
    std::vector<std::string> accounts;
    const RunningPtr running = desk_.conversations.get(conversation);
    if (!running || !running->together) return accounts;
    for (const Participant& participant : running->together->people) {
        const dialog::Lane& lane = running->together->lane(participant.lane);
        const Session* session = lane.out || lane.rooms == 0 ? nullptr : desk_.sessions.get(participant.person);
        const auto identity = session ? sent_to(*session) : std::nullopt;
        if (identity && identity->channel == channel) accounts.push_back(identity->handle);
    }
    return accounts;
}

void Deliveries::note(const Delivered& delivered) {
    auto record = desk_.store.outbox(delivered.outbox);
    if (!record) return;
    using Result = Delivered::Result;
    ++record->attempts;
    if (delivered.result == Result::retry) {
        record->next_try = desk_.now + delivered.retry_after;
    } else {
        record->state = delivered.result == Result::sent ? OutboxRecord::State::sent : OutboxRecord::State::refused;
        record->channel_message = delivered.channel_message;
        unsent_.erase(record->id.value);
    }
    desk_.store.save(*record);
}

void Deliveries::send_again(const std::string& channel) {
    for (const OutboxRecord& record : desk_.store.pending_outbox(channel)) {
        unsent_.emplace(record.id.value, record.next_try);
        const TurnKey turn{TurnKey::Of::outbound, record.id.value};
        if (!desk_.failed.contains(turn)) desk_.failed.attempt(turn, [&] { send_again(record); });
    }
}

void Deliveries::send_again(const OutboxRecord& record) {
    const auto identity = desk_.store.identity(record.identity);
    if (identity && identity->ended) return give_up(record);
    const auto event = desk_.store.event(record.event);
    Session* session = identity && event ? desk_.sessions.get(identity->person) : nullptr;
    if (!session) return;
    Message message = message_of(desk_.workshop(), *session, *event, decode_event_body(event->body), desk_.now);
    keep(message, record.part);
    send(record, *identity, std::move(message));
}

/// Who has left is not written to.
void Deliveries::give_up(OutboxRecord record) {
    record.state = OutboxRecord::State::refused;
    unsent_.erase(record.id.value);
    desk_.store.save(record);
}

void Deliveries::arrive(PersonId person, int change) {
    arrivals_.emplace_back(person, change);
    count(person, change);
}

void Deliveries::undo_batch() {
    for (auto it = arrivals_.rbegin(); it != arrivals_.rend(); ++it) count(it->first, -it->second);
}

void Deliveries::count(PersonId person, int change) {
    if ((present_[person.value] += change) <= 0) present_.erase(person.value);
}

}  // namespace reweave::engine
