#include "bot/engine/devices.hpp"

#include <algorithm>
#include <utility>

#include "bot/engine/codes.hpp"
#include "bot/engine/marks.hpp"
#include "bot/engine/seats.hpp"

namespace reweave::engine {
namespace {

using namespace std::chrono_literals;

constexpr int kMaxTries = 5;
constexpr auto kCodeLife = 10min;
constexpr std::string_view kDeviceCode = "device";

}  // namespace

Reply Devices::make_code(const MakeCode& make) {
    const auto identity = desk_.store.identity(make.identity);
    if (!identity || identity->ended) return refusal(Reply::Code::unknown_identity);
    Reply answer;
    answer.text = engine::make_code(desk_.options.random);
    answer.until = desk_.now + kCodeLife;
    desk_.store.remove_codes(identity->person, kDeviceCode);  // the newest counts
    desk_.store.add_code({code_hash(answer.text), std::string(kDeviceCode), identity->person, answer.until});
    return answer;
}

Reply Devices::use_code(Identity identity, const std::string& text) {
    int& tries = tries_[identity.person.value];
    if (tries >= kMaxTries) return refusal(Reply::Code::too_many_tries);
    const auto code = desk_.store.take_code(code_hash(text));
    const bool good = code && code->expires >= desk_.now;
    if (good && code->kind == kDeviceCode && code->person == identity.person && identity.reads_stream()) {
        // A link was opened where it leads: another device may use it still.
        desk_.store.add_code(*code);
        Reply answer;
        answer.identity = identity.id;
        answer.person = identity.person;
        return answer;
    }
    if (!good || code->person == identity.person) {
        if (good) desk_.store.add_code(*code);  // it is for somebody else, and stays so
        ++tries;
        return refusal(Reply::Code::bad_code);
    }
    if (code->kind == kSeatCode) return take_invitation(desk_, deliveries_, *code, identity);
    const Session* own = desk_.sessions.get(identity.person);
    const bool alone = desk_.store.identities(identity.person).size() < 2;
    if (own && (has_answered(own->hot) || !alone)) {
        desk_.store.add_code(*code);
        return refusal(Reply::Code::has_history);
    }
    // The empty person that this device came with.
    desk_.store.add_timer({{}, desk_.now, identity.person, {}, TimerRecord::Kind::erase, 0, 0, {}});
    const PersonId before = std::exchange(identity.person, code->person);
    if (identity.reads_stream()) deliveries_.arrive(before, -1);
    desk_.identities.save(identity);
    if (Session* session = desk_.sessions.get(code->person)) {
        if (identity.is_account()) use_mark(session->hot, identity.id, 0);
        Turns all = desk_.turns();
        all.of(*session).tell("linked");
        deliveries_.publish(all);
    }
    desk_.outputs.emplace_back(Close{before, identity.id, Close::Why::linked});  // its other connections
    Reply answer;
    answer.identity = identity.id;
    answer.person = code->person;
    return answer;
}

void Devices::end(Identity identity) {
    identity.ended = true;
    desk_.store.remove_codes(identity.person, kDeviceCode);
    desk_.identities.save(identity);
    const auto all = desk_.store.identities(identity.person);
    if (std::any_of(all.begin(), all.end(), [](const Identity& i) { return !i.ended; })) return;
    Session* session = desk_.sessions.get(identity.person);
    if (!session) return;
    Turns turns = desk_.turns();
    turns.of(*session).withdraw();
    deliveries_.publish(turns);
}

}  // namespace reweave::engine
