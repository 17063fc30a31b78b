#include "bot/engine/seats.hpp"

#include <algorithm>

#include "bot/engine/codes.hpp"

namespace reweave::engine {
namespace {

using namespace std::chrono_literals;

constexpr auto kInvitationLife = 72h;
/// Asked so often in so long without having met, one of them presses the other: then neither is asked (safety brief,
/// 7).
constexpr int kMostAsked = 3;
constexpr auto kPressed = 7 * 24h;
constexpr int kMostInvitations = 40;  ///< open at once, of one person: a group of 30 and some that went astray

/// Of those that have not ended and are `wanted`; null if there is none.
template <class Wanted>
RunningPtr newest_talk(Desk& desk, PersonId person, Wanted wanted) {
    RunningPtr newest;
    for (const Participant& seat : desk.store.seats(person)) {
        RunningPtr talk = desk.conversations.get(seat.conversation);
        if (!talk || !talk->together || talk->together->state.room.over || !wanted(*talk, seat.lane)) continue;
        if (!newest || newest->record.id < talk->record.id) newest = std::move(talk);
    }
    return newest;
}

}  // namespace

Reply make_invitation(Desk& desk, const MakeInvitation& make) {
    const auto identity = desk.store.identity(make.identity);
    Session* session = identity && !identity->ended ? desk.sessions.get(identity->person) : nullptr;
    if (!session) return refusal(Reply::Code::unknown_identity);
    const PersonId person = identity->person;
    const auto is_theirs = [&](const Running& talk, int) { return talk.record.person == person; };
    const RunningPtr talk =
        make.conversation ? desk.conversations.get(make.conversation) : newest_talk(desk, person, is_theirs);
    if (!talk || !talk->together || talk->record.person != person || !desk.options.together ||
        desk.library.is_recalled(talk->record.revision) || desk.now < session->person.joint_locked_until)
        return refusal(Reply::Code::unavailable);
    // Until they have met, whoever invited is not told by this whether the seat has been taken.
    Together& together = *talk->together;
    const bool met = together.state.room.openings > 0;
    if (!together.has_seat(make.role) || (met && together.free_seat(make.role) < 0) ||
        desk.store.open_codes(person, kSeatCode, desk.now) >= kMostInvitations)
        return refusal(Reply::Code::unavailable);
    Reply answer;
    answer.text = make_code(desk.options.random);
    answer.until = desk.now + kInvitationLife;
    desk.store.add_code(
        {code_hash(answer.text), std::string(kSeatCode), person, answer.until, talk->record.id, make.role});
    return answer;
}

Reply take_invitation(Desk& desk, Deliveries& deliveries, const CodeRecord& code, const Identity& identity) {
    Session* session = desk.sessions.get(identity.person);
    const RunningPtr talk = desk.conversations.get(code.conversation);
    const auto inviter = desk.store.person(code.person);
    const bool open = session && inviter && talk && talk->together && !talk->together->state.room.over &&
                      !desk.library.is_recalled(talk->record.revision) &&
                      talk->together->lane_of(identity.person) < 0 &&
                      !desk.store.has_blocked(identity.person, code.person) &&
                      !desk.store.has_blocked(code.person, identity.person) &&
                      desk.store.times_asked(identity.person, code.person, desk.now - kPressed) < kMostAsked;
    const int lane = open ? talk->together->free_seat(code.role) : -1;
    if (lane < 0) return refusal(Reply::Code::bad_code);
    desk.store.add_asked(identity.person, code.person, desk.now);
    Turns all = desk.turns();
    all.of(*session).invited(talk, lane, inviter->name);
    deliveries.publish(all);
    Reply answer;
    answer.identity = identity.id;
    answer.person = identity.person;
    answer.conversation = code.conversation;
    return answer;
}

Reply get_talk(Desk& desk, const GetTalk& get) {
    const auto identity = desk.store.identity(get.channel, get.handle);
    if (!identity || identity->ended) return refusal(Reply::Code::unknown_identity);
    const auto is_in = [](const Running& talk, int lane) { return !talk.together->lane(lane).out; };
    const RunningPtr talk = newest_talk(desk, identity->person, is_in);
    if (!talk) return refusal(Reply::Code::unavailable);
    Reply answer;
    answer.identity = identity->id;
    answer.conversation = talk->record.id;
    answer.created = talk->together->state.room.openings > 0;
    for (const Participant& participant : talk->together->people) {
        for (const Identity& account : desk.store.identities(participant.person)) {
            if (!account.ended && account.channel == get.channel) answer.accounts.push_back(account.handle);
        }
    }
    return answer;
}

}  // namespace reweave::engine
