#include "adapters/discord/slots.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/common/fields.hpp"
#include "adapters/discord/errors.hpp"

namespace reweave::discord {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

// Discord: Interaction Callback Type.
constexpr int kMessage = 4, kThinking = 5, kNoAnswer = 6, kUpdate = 7, kForm = 9;
constexpr int kTooLate = 10062;

std::chrono::milliseconds ms(MonotonicClock::duration time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time);
}

/// A fault of ours in what was to be said.
bool is_bad(const Answer& answer) {
    constexpr int kBadForm = 50035;
    return answer.kind == Answer::Kind::refused && answer.code == kBadForm;
}

json callback(int type) {
    return {{"type", type}};
}

}  // namespace

Slots::Slots(asio::io_context& io, Rest& rest, Watch watch)
    : io_(io), rest_(rest), watch_(std::move(watch)), turn_(io.get_executor(), Timer::time_point::max()) {}

SlotPtr Slots::open(const Interaction& interaction, const std::string& key, bool alone) {
    auto slot = std::make_shared<Slot>();
    slot->id = interaction.id;
    slot->token = interaction.token;
    slot->user = interaction.user;
    slot->key = key;
    slot->where = interaction.where;
    slot->press = !interaction.message.empty();
    slot->alone = alone;
    slot->received = MonotonicClock::now();
    slot->made = watch_.wall_clock();
    drop_if([this](const SlotPtr& one) { return is_over(*one); });
    if (!key.empty()) slots_[key].push_back(slot);
    begin(defer_in_time(slot));
    return slot;
}

/// Beside all else; what is thrown there would otherwise be seen by nobody.
void Slots::begin(Awaitable<void> work) {
    asio::co_spawn(io_, std::move(work), [this](const std::exception_ptr& why) {
        if (!why || stopped_) return;
        try {
            std::rethrow_exception(why);
        } catch (const std::exception& error) {
            watch_.fault(std::string("an acknowledgement failed by a fault of ours: ") + error.what());
        }
    });
}

SlotPtr Slots::of(const std::string& key) const {
    const auto found = slots_.find(key);
    if (found == slots_.end()) return nullptr;
    SlotPtr newest;
    for (const SlotPtr& slot : found->second) {
        if (is_over(*slot)) continue;
        if (still_waits(*slot)) return slot;
        newest = slot;
    }
    return newest;
}

void Slots::release(const SlotPtr& slot) {
    drop_if([&](const SlotPtr& one) { return one == slot; });
}

void Slots::drop_if(const std::function<bool(const SlotPtr&)>& unwanted) {
    for (auto& [key, slots] : slots_) std::erase_if(slots, unwanted);
    std::erase_if(slots_, [](const auto& one) { return one.second.empty(); });
}

bool Slots::is_over(const Slot& slot) const {
    const auto age = std::chrono::milliseconds(watch_.wall_clock() - slot.made);
    return slot.state == Slot::State::gone || age > kTokenLives - kTokenMargin;
}

Awaitable<void> Slots::defer_in_time(SlotPtr slot) {
    Timer deadline(io_.get_executor(), stopped_ ? slot->received : slot->received + kDeferAfter);
    deadlines_.insert(&deadline);
    co_await deadline.async_wait(nothrow);
    deadlines_.erase(&deadline);
    co_await wait_turn(slot);
    if (stopped_ || slot->state != Slot::State::open) {
        leave(slot);
        co_return;
    }
    json body = callback(kThinking);
    if (slot->alone) body["data"] = {{"flags", kEphemeral}};
    const Answer answer = co_await call_back(slot, body.dump());
    if (answer.ok() || answer.code == kAlreadyAcknowledged) slot->state = Slot::State::deferred;
    leave(slot);
}

void Slots::acknowledge(SlotPtr slot, std::string components) {
    slot->quietly = true;
    json body = callback(components.empty() ? kNoAnswer : kUpdate);
    if (!components.empty())
        body["data"] = {{"components", json::parse(components)}, {"allowed_mentions", {{"parse", json::array()}}}};
    begin(answer_at_once(std::move(slot), body.dump()));
}

void Slots::show(SlotPtr slot, std::string form) {
    slot->quietly = true;
    json body = callback(kForm);
    body["data"] = json::parse(form);
    begin(answer_at_once(std::move(slot), body.dump()));
}

Awaitable<void> Slots::answer_at_once(SlotPtr slot, std::string body) {
    co_await wait_turn(slot);
    if (!stopped_ && slot->state == Slot::State::open) {
        const Answer answer = co_await call_back(slot, std::move(body));
        if (answer.ok() || answer.code == kAlreadyAcknowledged) slot->state = Slot::State::quiet;
    }
    slot->quietly = slot->state == Slot::State::quiet;
    leave(slot);
}

Awaitable<bool> Slots::say(SlotPtr slot, std::vector<Page> pages, bool& again) {
    again = false;
    co_await wait_turn(slot);
    slot->refused = false;
    bool done = false;
    const bool begins = slot->state == Slot::State::open || slot->state == Slot::State::quiet;
    if (!stopped_ && begins && !slot->restored) done = co_await begin_message(slot, pages);
    const bool fills = slot->state == Slot::State::deferred || slot->state == Slot::State::said;
    if (!stopped_ && !done && !slot->refused && fills) done = co_await fill_message(slot, pages, again);
    if (done) {
        slot->state = Slot::State::said;
        slot->said.insert(slot->said.end(), pages.begin(), pages.end());
    }
    leave(slot);
    co_return done;
}

Awaitable<bool> Slots::take_back(SlotPtr slot) {
    co_await wait_turn(slot);
    bool done = true;
    if (!stopped_ && slot->state == Slot::State::deferred) {
        Call call{"DELETE", path_of(*slot), {}, true};
        const Answer answer = co_await rest_.call(std::move(call));
        done = answer.kind != Answer::Kind::lost;
        if (done) slot->state = Slot::State::gone;
    }
    leave(slot);
    co_return done;
}

Awaitable<bool> Slots::begin_message(SlotPtr slot, std::vector<Page> pages) {
    json message = body_of(pages);
    if (slot->state == Slot::State::quiet) {
        // Here Discord cannot tell two from one. The next is added to it, so that this happens once for a press.
        if (slot->alone) message["flags"] = message["flags"].get<int>() | kEphemeral;
        Call call{"POST", "/webhooks/" + watch_.application + "/" + slot->token, message.dump(), true};
        const Answer answer = co_await rest_.call(std::move(call));
        slot->message = answer.ok() ? text_at(answer.json(), "id") : std::string();
        if (!answer.ok() && answer.kind != Answer::Kind::lost) slot->state = Slot::State::gone;
        co_return answer.ok();
    }
    json body = callback(kMessage);
    if (slot->alone) message["flags"] = message["flags"].get<int>() | kEphemeral;
    body["data"] = std::move(message);
    const Answer answer = co_await call_back(slot, body.dump());
    if (answer.code == kAlreadyAcknowledged) slot->state = Slot::State::deferred;
    slot->refused = is_bad(answer);
    co_return answer.ok();
}

Awaitable<bool> Slots::fill_message(SlotPtr slot, std::vector<Page> pages, bool& again) {
    const std::string path = path_of(*slot);
    if (slot->restored && slot->said.empty()) {
        // It may have been said before the restart, whole or up to here.
        Call look{"GET", path, {}, true};
        const Answer stands = co_await rest_.call(std::move(look));
        const std::string text = stands.ok() ? text_at(stands.json(), "content") : std::string();
        if (!pages.empty() && !text.empty() && text.ends_with(pages.front().text)) co_return true;
        if (!text.empty()) slot->said.push_back({text});
    }
    std::vector<Page> all = slot->said;
    all.insert(all.end(), pages.begin(), pages.end());
    const json body = body_of(all);
    Call call{"PATCH", path, body.dump(), true};
    const Answer answer = co_await rest_.call(std::move(call));
    again = answer.kind == Answer::Kind::lost;
    slot->refused = is_bad(answer);
    if (!answer.ok() && !again && !slot->refused) slot->state = Slot::State::gone;
    co_return answer.ok();
}

std::string Slots::path_of(const Slot& slot) const {
    return "/webhooks/" + watch_.application + "/" + slot.token + "/messages/" +
           (slot.message.empty() ? "@original" : slot.message);
}

/// The first answer. 40060 says that an earlier try has arrived.
Awaitable<Answer> Slots::call_back(SlotPtr slot, std::string body) {
    Call call{"POST", "/interactions/" + slot->id + "/" + slot->token + "/callback", std::move(body), true};
    call.deadline = slot->received + kAnswerWithin;
    Answer answer = co_await rest_.call(std::move(call));
    const auto waited = ms(MonotonicClock::now() - slot->received);
    const bool taken = answer.ok() || answer.code == kAlreadyAcknowledged;
    if (!stopped_) watch_.acknowledged(waited, !taken || waited > kAnswerWithin);
    if (!taken && (answer.code == kTooLate || answer.kind == Answer::Kind::gone)) slot->state = Slot::State::gone;
    if (!taken && answer.kind == Answer::Kind::lost) slot->state = Slot::State::gone;
    co_return answer;
}

Awaitable<void> Slots::wait_turn(SlotPtr slot) {
    while (slot->busy && !stopped_) co_await turn_.async_wait(nothrow);
    slot->busy = true;
}

void Slots::leave(const SlotPtr& slot) {
    slot->busy = false;
    turn_.cancel();
}

std::string Slots::to_text(const Slot& slot) {
    const bool direct = slot.where.kind == Where::Kind::direct;
    return json{{"id", slot.id},
                {"token", slot.token},
                {"user", slot.user},
                {"alone", slot.alone},
                {"direct", direct},
                {"made", slot.made}}
        .dump();
}

void Slots::doubt(Slot& slot) {
    // Its message is filled in, which Discord takes if it was acknowledged.
    if (slot.state == Slot::State::open) slot.state = Slot::State::deferred;
    slot.restored = true;
}

void Slots::restore(const std::string& key, const std::string& text) {
    const json all = json::parse(text, nullptr, false);
    auto slot = std::make_shared<Slot>();
    slot->id = text_at(all, "id");
    slot->token = text_at(all, "token");
    slot->user = text_at(all, "user");
    slot->key = key;
    slot->alone = flag_at(all, "alone", true);
    if (flag_at(all, "direct")) slot->where.kind = Where::Kind::direct;
    slot->made = number_at(all, "made", slot->made);
    doubt(*slot);
    if (!slot->token.empty() && !is_over(*slot)) slots_[key].push_back(std::move(slot));
}

void Slots::stop() {
    stopped_ = true;
    turn_.cancel();
    for (Timer* deadline : deadlines_) deadline->cancel();
}

}  // namespace reweave::discord
