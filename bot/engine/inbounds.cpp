#include "bot/engine/inbounds.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bot/engine/marks.hpp"
#include "bot/engine/undo.hpp"

namespace reweave::engine {
namespace {

using namespace std::chrono_literals;

constexpr int kMaxAttempts = 3;
constexpr int kMostKept = 1024;

/// Nobody becomes a person of ours by taking their own words back, by going, by saying where they can be reached, or by
/// talking where others talk.
bool is_meant_for_us(const Inbound& inbound) {
    using enum Inbound::Kind;
    return inbound.kind != left && inbound.kind != edited && inbound.kind != withdrawn && inbound.kind != reach &&
           !inbound.room;
}

/// What was changed elsewhere says nothing about where they are.
bool tells_reach(const Inbound& inbound) {
    using enum Inbound::Kind;
    return inbound.kind != left && inbound.kind != edited && inbound.kind != withdrawn && !inbound.room;
}

/// Whether its words are kept with it: to a safety stop they do not matter.
bool has_words(const Inbound& inbound) {
    return (inbound.kind == Inbound::Kind::text || inbound.kind == Inbound::Kind::edited) &&
           inbound.findings.tier() != safety::Tier::stop;
}

nlohmann::json kept_body(const Inbound& inbound, IdentityId identity) {
    nlohmann::json body = {{"identity", identity.value},
                           {"kind", static_cast<int>(inbound.kind)},
                           {"ask", inbound.ask},
                           {"target", inbound.target},
                           {"room", inbound.room.value},
                           {"picks", inbound.picks}};
    if (const safety::Finding* finding = inbound.findings.gravest())
        body["finding"] = {static_cast<int>(finding->category), static_cast<int>(finding->tier)};
    return body;
}

/// All but the words.
Inbound kept_inbound(const nlohmann::json& body, const std::string& key) {
    Inbound inbound;
    inbound.kind = static_cast<Inbound::Kind>(body.at("kind").get<int>());
    inbound.ask = body.at("ask").get<std::string>();
    inbound.key = key;
    inbound.target = body.value("target", std::string());
    inbound.room.value = body.value("room", std::int64_t{0});
    inbound.picks = body.at("picks").get<std::vector<std::string>>();
    if (const auto finding = body.find("finding"); finding != body.end()) {
        inbound.findings.items.push_back({static_cast<safety::Category>(finding->at(0).get<int>()),
                                          static_cast<safety::Tier>(finding->at(1).get<int>()),
                                          {}});
    }
    return inbound;
}

}  // namespace

Inbounds::Inbounds(Desk& desk, Deliveries& deliveries, Devices& devices, TimePoint now)
    : desk_(desk), deliveries_(deliveries), devices_(devices) {
    for (InboxRecord& record : desk_.store.pending_inbox(kMostKept)) kept_.push_back({std::move(record), now});
}

Reply Inbounds::take(const std::string& channel, const Inbound& inbound, const TurnKey& turn) {
    auto identity = identity_of(channel, inbound);
    if (!identity || identity->ended) return refusal(Reply::Code::unknown_identity);
    if (identity->reachable != inbound.reachable && tells_reach(inbound)) {
        identity->reachable = inbound.reachable;
        desk_.identities.save(*identity);
    }
    Reply answer;
    answer.identity = identity->id;
    answer.person = identity->person;
    answer.code = take(*identity, inbound, turn);
    return answer;
}

Reply::Code Inbounds::take(const Identity& identity, const Inbound& inbound, const TurnKey& turn) {
    InboxRecord record;
    if (inbound.number == 0 && !inbound.key.empty()) {
        record.channel = identity.channel;
        record.key = inbound.key;
        record.at = desk_.now;
        record.state = InboxRecord::State::done;
        const auto id = desk_.store.add_inbox(record);
        if (!id) return repeat();
        record.id = *id;
    }
    const TurnKey telling{TurnKey::Of::telling, turn.id, turn.index};
    const bool failed = desk_.failed.contains(turn);
    Session* session = nullptr;  // stays so if what is stored of this one person cannot be read
    if (!desk_.failed.contains(telling)) {
        const auto get = [&] { return desk_.sessions.get(identity.person); };
        session = desk_.failed.attempt(failed ? telling : turn, get);
        if (!session || session->leaving) return Reply::Code::unknown_identity;
    }
    Hot stored = session ? Hot{} : desk_.store.hot(identity.person);
    Hot& hot = session ? session->hot : stored;
    if (inbound.number > 0 && !rises(hot, identity.id, inbound.number)) {
        const bool taken = was_taken(desk_.store, hot, identity.id, inbound.number);
        return taken ? repeat() : Reply::Code::not_rising;
    }
    if (!failed) return desk_.failed.attempt(turn, [&] { return take_turn(*session, identity, inbound, record); });
    keep(hot, identity, inbound, std::move(record));
    if (session) {
        desk_.failed.attempt(telling, [&] { tell_failed(*session, identity, inbound.number); });
    } else {
        desk_.store.save(hot);
        desk_.sessions.forget(identity.person);
    }
    return Reply::Code::failed;
}

Reply::Code Inbounds::repeat() {
    ++desk_.counters.repeats;
    return Reply::Code::again;
}

std::optional<Identity> Inbounds::identity_of(const std::string& channel, const Inbound& inbound) {
    if (inbound.identity) return desk_.identities.get(inbound.identity);
    if (inbound.handle.empty()) return author_of(channel, inbound.target);
    if (auto known = desk_.store.identity(channel, inbound.handle)) {
        if (known->ended && inbound.kind != Inbound::Kind::left) {  // the channel vouches for who this is
            known->ended = false;
            desk_.identities.save(*known);
        }
        return known;
    }
    if (!is_meant_for_us(inbound)) return std::nullopt;
    Person person;
    person.created = desk_.now;
    if (!inbound.language.empty()) person.language = inbound.language;
    return desk_.identities.add_person(channel, inbound.handle, person);
}

/// Some channels do not say who deleted something: it is taken to be its author, for it is gone either way.
std::optional<Identity> Inbounds::author_of(const std::string& channel, const std::string& key) {
    const auto written = desk_.store.inbox(channel, key);
    if (!written || !written->person) return std::nullopt;
    for (Identity& identity : desk_.store.identities(written->person)) {
        if (identity.channel == channel) return std::move(identity);
    }
    return std::nullopt;
}

/// `record` is of the inbox, with id 0 if the inbound is not listed there.
Reply::Code Inbounds::take_turn(Session& session,
                                const Identity& identity,
                                const Inbound& inbound,
                                InboxRecord& record) {
    Turns all = desk_.turns();
    Turn& turn = all.of(session);
    turn.answers(identity, inbound.number);
    std::optional<UndoRecord> undo;
    switch (inbound.kind) {
        case Inbound::Kind::text:
            if (record.id) undo = undo_for(desk_.store, session, inbound, desk_.now);
            if (const auto code = turn.typed(inbound); code != Reply::Code::ok) return code;
            remember_words(desk_.store, session, turn, record);
            break;
        case Inbound::Kind::edited:
        case Inbound::Kind::withdrawn:
            undo = change_answer(desk_.store, session, identity, inbound, turn, desk_.now);
            if (!turn.says_something()) return Reply::Code::ok;
            break;
        case Inbound::Kind::choice:
            if (const auto code = turn.pressed(inbound); code != Reply::Code::ok) return code;
            break;
        case Inbound::Kind::unreadable:
            turn.unreadable();
            break;
        case Inbound::Kind::late:
            use_mark(session.hot, identity.id, inbound.number);
            if (inbound.findings.tier() != safety::Tier::none) {  // danger is heard however old it is
                const auto code = turn.typed(inbound);
                deliveries_.publish(all);
                return code;
            }
            turn.tell("was-away");
            turn.comes_back();
            break;
        case Inbound::Kind::code:
            use_mark(session.hot, identity.id, inbound.number);  // what it leads to is asked here
            if (devices_.use_code(identity, inbound.text).code == Reply::Code::ok) return Reply::Code::ok;
            turn.tell("code-bad");
            break;
        case Inbound::Kind::door:
            turn.enters(inbound.picks);
            break;
        case Inbound::Kind::command:
            if (const auto code = turn.commanded(inbound); code != Reply::Code::ok) return code;
            break;
        case Inbound::Kind::joined:
            session.hot.seq > 0 ? turn.comes_back() : turn.joined();
            break;
        case Inbound::Kind::left:
            devices_.end(identity);
            return Reply::Code::ok;
        case Inbound::Kind::reach:
            return Reply::Code::ok;
    }
    use_mark(session.hot, identity.id, inbound.number);
    deliveries_.publish(all);
    if (undo && session.hot.focus == undo->conversation) {
        undo->event = session.hot.last_event;
        desk_.store.save(*undo);
    }
    if (turn.ends_device() && !identity.is_account()) {
        devices_.end(identity);
        desk_.outputs.emplace_back(Close{identity.person, identity.id, Close::Why::exited});
    }
    return Reply::Code::ok;
}

/// The turn is tried again a little later.
void Inbounds::keep(Hot& hot, const Identity& identity, const Inbound& inbound, InboxRecord record) {
    nlohmann::json body = kept_body(inbound, identity.id);
    if (has_words(inbound)) {
        hot.last_words = desk_.store.add_words(identity.person, inbound.text, hot.last_words);
        body["words"] = hot.last_words.id;
        record.words = hot.last_words;  // they may be deleted before the turn is tried again
    }
    record.person = identity.person;
    record.state = InboxRecord::State::pending;
    record.attempts = 1;
    record.body = body.dump();
    if (record.id) {
        desk_.store.save(record);
    } else {
        record.channel = identity.channel;
        record.key = "kept:" + std::to_string(identity.id.value) + ":" + std::to_string(inbound.number);
        record.at = desk_.now;
        record.id = desk_.store.add_inbox(record).value_or(InboxId{});
    }
    kept_.push_back({std::move(record), desk_.now + 1s});
    use_mark(hot, identity.id, inbound.number);
}

void Inbounds::tell_failed(Session& session, const Identity& identity, std::int64_t number) {
    Turns all = desk_.turns();
    Turn& turn = all.of(session);
    turn.answers(identity, number);
    turn.tell("failed");
    deliveries_.publish(all);
}

std::optional<TimePoint> Inbounds::next_retry() const {
    const auto next = std::min_element(
        kept_.begin(), kept_.end(), [](const Kept& a, const Kept& b) { return a.next_try < b.next_try; });
    return next == kept_.end() ? std::nullopt : std::optional(next->next_try);
}

void Inbounds::retry_kept() {
    for (auto it = kept_.begin(); it != kept_.end();) {
        InboxRecord& record = it->record;
        const TurnKey turn{TurnKey::Of::retry, record.id.value};
        if (it->next_try > desk_.now) {
            ++it;
        } else if (!desk_.failed.contains(turn)) {
            desk_.failed.attempt(turn, [&] { retry(record); });
            record.state = InboxRecord::State::done;
            record.body.clear();
            desk_.store.save(record);
            it = kept_.erase(it);
        } else if (++record.attempts < kMaxAttempts) {
            desk_.store.save(record);
            it->next_try = desk_.now + 10s;
            ++it;
        } else {
            record.state = InboxRecord::State::set_aside;
            desk_.store.save(record);
            ++desk_.counters.set_aside;
            it = kept_.erase(it);
        }
    }
}

void Inbounds::retry(InboxRecord& record) {
    const auto body = nlohmann::json::parse(record.body);
    const auto identity = desk_.store.identity(IdentityId{body.at("identity").get<std::int64_t>()});
    Session* session = identity && !identity->ended ? desk_.sessions.get(identity->person) : nullptr;
    if (!session) return;
    Inbound inbound = kept_inbound(body, record.key);
    const WordsRef kept{body.value("words", std::int64_t{0})};
    record.words = {};
    if (has_words(inbound)) {
        const auto text = desk_.store.words(kept);
        if (!text) return;  // they are gone
        inbound.text = *text;
    }
    (void)take_turn(*session, *identity, inbound, record);
    desk_.store.forget_words(kept);  // they stand with the turn now
}

}  // namespace reweave::engine
