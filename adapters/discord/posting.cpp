#include "adapters/discord/posting.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/common/back_off.hpp"
#include "adapters/common/fields.hpp"
#include "adapters/common/wording.hpp"
#include "adapters/discord/errors.hpp"

namespace reweave::discord {
namespace {

using dialog::RenderedBubble;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kAtOnce = 1ms;        ///< again, in another place
constexpr auto kUntilTheyCome = 1h;  ///< somebody's next contact hurries it
constexpr auto kReplyAgain = 1h;
constexpr auto kTellAgain = 6h;  ///< who does not come is not told more often that something waits
constexpr auto kSignedOut = 5s;
constexpr auto kSlowOpening = 60s;      ///< Discord minds who opens many direct chats
constexpr auto kNonceHolds = 2min;      ///< "the past few minutes" (Discord: Create Message), with care
constexpr int kLooksBack = 50;          ///< messages of a channel
constexpr std::size_t kWordsPage = 90;  ///< first number of pages that stand in another place than the rest

std::int64_t ms(engine::TimePoint at) {
    return at.time_since_epoch().count();
}

std::string base36(std::int64_t number) {
    std::string out;
    constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
    for (; number > 0; number /= 36) out.insert(out.begin(), kDigits[static_cast<std::size_t>(number % 36)]);
    return out;
}

/// 25 characters at most. The time is part of it: after a back-up was restored the same numbers come again, for other
/// messages.
std::string nonce(const engine::Send& send, std::size_t page) {
    return base36(send.outbox.value) + "-" + base36(ms(send.message.at)) + "-" + std::to_string(page);
}

bool is_shared(const engine::Send& send) {
    return send.message.room && !send.message.aside;
}

/// What somebody said, and not what the bot says to that.
engine::Send only_words(engine::Send send) {
    send.message.bubbles.clear();
    send.message.help.clear();
    send.message.ask.reset();
    return send;
}

engine::Send without_words(engine::Send send) {
    send.message.heard.reset();
    send.message.you_text.reset();
    send.message.you_picks.clear();
    return send;
}

Look look_for(const engine::Send& send, bool in_talk) {
    Look look;
    look.reader = {send.language, send.time_zone};
    const engine::Message& message = send.message;
    // In a form, words stand nowhere; in a place where others are, neither does what was pressed.
    if (message.you_text ? !message.you_stands : in_talk) look.speaker = send.handle;
    if (in_talk) look.asked = send.handle;
    return look;
}

}  // namespace

Posting::Posting(asio::io_context& io, Shared& shared) : shared_(shared), threads_(shared), chores_(io) {}

void Posting::deliver(engine::Send send, bool again) {
    const bool has_place = is_shared(send) && shared_.places.talk(send.message.room->id);
    std::string key = has_place ? key_of(send.message.room->id) : key_of(send.handle);
    Item item;
    item.user = send.handle;
    item.again = again;
    item.send = std::move(send);
    chores_.add(std::move(key), std::move(item));
}

void Posting::answer(SlotPtr slot, Note note) {
    shared_.slots.release(slot);
    std::string key = "interaction " + slot->id;
    add(std::move(key), std::move(slot), std::move(note));
}

void Posting::answer_silence(SlotPtr slot, Note note) {
    std::string key = key_of(slot->user);
    add(std::move(key), std::move(slot), std::move(note));
}

void Posting::add(std::string key, SlotPtr slot, Note note) {
    Item item;
    item.user = slot->user;
    item.note = std::move(note);
    item.slot = std::move(slot);
    chores_.add(std::move(key), std::move(item));
}

void Posting::write(const std::string& user, const std::string& to, Note note) {
    Item item;
    item.user = user;
    item.note = std::move(note);
    item.channel = shared_.places.contact(user).direct;
    item.to = to;
    chores_.add("note " + to, std::move(item));
}

void Posting::reply(const std::string& user, const std::string& channel, const std::string& to) {
    const auto now = MonotonicClock::now();
    std::erase_if(replied_, [&](const auto& one) { return now - one.second > kReplyAgain; });
    if (!replied_.emplace(channel, now).second) return;
    Item item;
    item.user = user;
    item.note.phrase = "discord-slash";
    item.channel = channel;
    item.to = to;
    chores_.add("note " + to, std::move(item));
}

Awaitable<void> Posting::work() {
    for (;;) {
        Chores<Item>::Chore* chore = co_await chores_.next();
        if (!chore) break;
        const Again again = co_await carry_out(chore->what, chore->lost);
        if (shared_.stopped) break;
        if (again > 0ms) {
            again == kUntilTheyCome ? chores_.wait(chore, again) : chores_.later(chore, again);
        } else {
            chores_.done(chore);
        }
    }
}

Awaitable<Posting::Again> Posting::carry_out(const Item& item, int lost) {
    Again again{};
    if (!item.send) {
        if (item.slot) {
            again = co_await answer_with_note(item, lost);
        } else {
            again = co_await write_note(item, lost);
        }
        co_return again;
    }
    engine::Send send = *item.send;
    co_await put_in_links(send);
    // What it stands in for may have gone out only now.
    if (const auto before = stands_as_.find(send.message.replaces.value);
        send.message.replaces && send.replaces.empty() && before != stands_as_.end())
        send.replaces = before->second;
    const TalkPlace* place = is_shared(send) ? shared_.places.talk(send.message.room->id) : nullptr;
    if (!place) {
        again = co_await say_privately(send, item, lost);
    } else if (place->group) {
        again = co_await say_in_group(send, *place);
    } else {
        again = co_await say_in_thread(send, item, lost);
    }
    co_return again;
}

/// An invitation becomes what lets one person in.
Awaitable<void> Posting::put_in_links(engine::Send& send) {
    for (RenderedBubble& bubble : send.message.bubbles) {
        if (bubble.kind != RenderedBubble::Kind::invite) continue;
        const std::string nothing_more;
        bubble.text =
            co_await shared_.phrases.seat_link(send.handle, send.message.conversation, bubble.role, nothing_more);
        bubble.kind = RenderedBubble::Kind::text;
    }
}

// ------------------------------------------------------------------------------------------------- talks

Awaitable<Posting::Again> Posting::say_in_thread(const engine::Send& send, const Item& item, int lost) {
    const bool again = item.again || lost > 0;
    const Look look = look_for(send, true);
    Answer answer;
    std::string id;
    engine::Send rest = send;
    // Where a new round begins, the words that ended the old one belong there.
    if (const std::string before = threads_.before(send); !before.empty()) {
        const engine::Send words = only_words(send);
        rest = without_words(send);
        answer = co_await post(before, words, pages_of(words.message, look), kWordsPage, again, id);
        if (!answer.ok()) {
            const Again wait = co_await fared(send, answer, lost, id);
            co_return wait;
        }
    }
    const std::vector<Page> pages = pages_of(rest.message, look);
    if (pages.empty()) {
        co_await tell(send, true, id, std::string());
        co_return 0ms;
    }
    const std::string thread = co_await threads_.thread_for(send, again, answer);
    if (!thread.empty()) answer = co_await post(thread, rest, pages, 0, again, id);
    const Again wait = co_await fared(send, answer, lost, id);
    co_return wait;
}

/// Where the bot has no voice but its answers.
Awaitable<Posting::Again> Posting::say_in_group(const engine::Send& send, const TalkPlace& place) {
    SlotPtr slot = shared_.slots.of(key_of_group(place.channel));
    if (!slot) co_return kUntilTheyCome;
    const Again again = co_await say_in_slot(send, slot);
    co_return again;
}

// ------------------------------------------------------------------------------------- what is private

/// In need also where they did not ask for it: there is nothing else that they would see in time.
bool Posting::reaches_directly(const std::string& user) const {
    Contact contact = shared_.places.contact(user);
    contact.agreed = contact.agreed || shared_.is_in_need(user);
    return is_reachable(contact);
}

/// Nobody else of the talk is on Discord, so that there is nobody to be left out by what is said to one.
bool Posting::is_alone_in(const engine::Send& send) const {
    return !is_shared(send) || send.readers.size() <= 1;
}

Awaitable<Posting::Again> Posting::say_privately(const engine::Send& send, const Item& item, int lost) {
    const bool in_need = shared_.is_in_need(send.handle);
    const bool directly = shared_.private_words == PrivateWords::direct || in_need;
    const bool in_slot = shared_.private_words == PrivateWords::ephemeral || in_need;
    Again again{};
    SlotPtr slot = shared_.slot_of(send.handle);
    const bool asked_in_slot = in_need && slot && slot->where.kind != Where::Kind::direct;
    const bool alone = is_alone_in(send);
    if (alone && directly && reaches_directly(send.handle) && !asked_in_slot) {
        again = co_await say_directly(send, item, lost);
    } else if (alone && in_slot && (slot || !in_need)) {
        if (slot) {
            again = co_await say_in_slot(send, slot);
        } else {
            again = co_await write_that_it_waits(send, lost);
            if (again == 0ms) again = kUntilTheyCome;
        }
    } else {
        again = co_await point(send, lost);
    }
    co_return again;
}

Awaitable<Posting::Again> Posting::say_directly(const engine::Send& send, const Item& item, int lost) {
    Look look = look_for(send, false);
    if (is_shared(send)) look.heading = "-# " + escaped(send.message.room->title + " · " + send.message.room->readers);
    std::vector<Page> pages = pages_of(send.message, look);
    const Contact contact = shared_.places.contact(send.handle);
    std::size_t first = 0;
    std::string id;
    SlotPtr slot = shared_.slot_of(send.handle);
    const bool is_new = send.replaces.empty();
    // What answers typed words may have to be changed, so that its id must be known.
    const bool typed = send.message.you_text && send.message.you_stands;
    bool waits =
        is_new && !typed && slot && !slot->press && slot->where.channel == contact.direct && still_waits(*slot);
    if (waits && slot->overtaken) {  // it would stand above what was due before it
        const bool taken_back = co_await shared_.slots.take_back(slot);
        if (!taken_back) co_return back_off(lost + 1);
        waits = false;
    }
    if (waits && !pages.empty()) {  // a command is answered by the first of it
        bool again = false;
        std::vector<Page> one{pages.front()};
        const bool done = co_await shared_.slots.say(slot, std::move(one), again);
        if (again) co_return kAtOnce;
        first = done ? 1 : 0;
    }
    // An answer to a command has no nonce: it may stand there without our knowing.
    const bool doubtful = is_new && first == 0 && (waits || item.again || lost > 0) && !pages.empty();
    if (doubtful) id = co_await standing(contact.direct, send, pages.front(), true);
    if (!id.empty()) first = 1;
    if (first == 1) pages.erase(pages.begin());
    const bool again = item.again || lost > 0;
    const Answer answer = co_await post(contact.direct, send, pages, first, again, id);
    slot = shared_.slot_of(send.handle);
    if (answer.ok() && is_new && slot && still_waits(*slot))
        slot->overtaken = slot->state == Slot::State::deferred || slot->busy;
    const Again wait = co_await fared(send, answer, lost, id);
    co_return wait;
}

Awaitable<Posting::Again> Posting::say_in_slot(const engine::Send& send, SlotPtr slot) {
    const bool in_talk = is_shared(send);
    std::vector<Page> pages = pages_of(send.message, look_for(send, in_talk));
    bool again = false;
    bool done = pages.empty();
    if (!done) done = co_await shared_.slots.say(slot, std::move(pages), again);
    if (again) co_return back_off(1);
    if (!done && slot->refused) {
        co_await tell(send, false, std::string(), "Discord does not take it; this is a fault of ours");
        co_return 0ms;
    }
    if (!done) co_return shared_.is_in_need(send.handle) ? back_off(1) : kUntilTheyCome;
    co_await tell(send, true, std::string(), std::string());
    co_return 0ms;
}

/// It is said on the page. Here they are told that there is something, and not what.
Awaitable<Posting::Again> Posting::point(const engine::Send& send, int lost) {
    SlotPtr slot = shared_.slot_of(send.handle);
    if (slot && slot->state != Slot::State::said && !knows_of(send)) {
        Note note;
        note.phrase = "page-waits";
        note.to_page = true;
        note.to_direct = is_alone_in(send);
        std::vector<Page> pages;
        Page page = co_await page_of_note(send.handle, std::move(note), true);
        if (!is_for_one(*slot)) co_return kAtOnce;
        pages.push_back(std::move(page));
        bool again = false;
        const bool told = co_await shared_.slots.say(slot, std::move(pages), again);
        if (again) co_return back_off(lost + 1);
        if (told) co_await note_told(send);
    }
    const Again wait = co_await write_that_it_waits(send, lost);
    if (wait > 0ms) co_return wait;
    ++counters_.pointed;
    co_await tell(send, true, std::string(), std::string());
    co_return 0ms;
}

bool Posting::knows_of(const engine::Send& send) const {
    const Contact contact = shared_.places.contact(send.handle);
    if (contact.told == 0) return false;
    return contact.told >= send.outbox.value ||
           shared_.slots.now() - contact.told_at < std::chrono::milliseconds(kTellAgain).count();
}

Awaitable<void> Posting::note_told(const engine::Send& send) {
    Contact contact = shared_.places.contact(send.handle);
    contact.told = send.outbox.value;
    contact.told_at = shared_.slots.now();
    co_await keep(send, std::move(contact));
}

/// In a direct chat, to whoever wants that. Nothing that waits is said there.
Awaitable<Posting::Again> Posting::write_that_it_waits(const engine::Send& send, int lost) {
    const std::string user = send.handle;
    if (knows_of(send) || !reaches_directly(user)) co_return 0ms;
    Note note;
    note.phrase = "page-waits";
    note.to_page = true;
    note.to_quiet = true;
    // Read hours later, so that a link in it would be too old.
    const Page page = co_await page_of_note(user, std::move(note), false);
    json body = body_of(page);
    body["nonce"] = nonce(send, 0);
    body["enforce_nonce"] = true;
    Call call{"POST", "/channels/" + shared_.places.contact(user).direct + "/messages", body.dump()};
    const Answer answer = co_await shared_.rest.call(std::move(call));
    if (answer.kind == Answer::Kind::lost) co_return std::max(answer.wait, back_off(lost + 1));
    if (meaning_of(answer.code) == Trouble::closed) {
        Contact contact = shared_.places.contact(user);
        contact.closed = true;
        co_await keep(send, std::move(contact));
    }
    if (answer.ok()) co_await note_told(send);
    co_return 0ms;
}

// ---------------------------------------------------------------------------------------------- notes

Awaitable<Page> Posting::page_of_note(std::string user, Note note, bool alone) {
    Page page;
    const Contact contact = shared_.places.contact(user);
    const text::Wording& words = text::wording(contact.locale);
    std::string said;
    if (!note.phrase.empty()) said = co_await shared_.phrases.phrase(user, note.phrase, note.shown);
    page.text = escaped(said);
    json buttons = json::array();
    if (note.to_page) {
        std::string address;
        if (alone) address = co_await shared_.phrases.browser_address(user);
        if (!address.empty()) {
            buttons.push_back(link_button(address, words.browser));
        } else {
            buttons.push_back(button({Mark::Kind::own, "page", {}}, words.browser));
        }
    }
    const bool moves = shared_.private_words == PrivateWords::direct;
    if (note.to_direct && !contact.closed && (moves || !contact.agreed))
        buttons.push_back(button({Mark::Kind::own, "direct", {}}, moves ? words.direct : words.notices, kGreen));
    if (note.to_quiet && contact.agreed) buttons.push_back(button({Mark::Kind::own, "quiet", {}}, words.quiet));
    json rows = note.components.empty() ? json::array() : json::parse(note.components);
    if (!buttons.empty()) rows.push_back(row(std::move(buttons)));
    if (!rows.empty()) page.components = rows.dump();
    co_return page;
}

Awaitable<Posting::Again> Posting::write_note(const Item& item, int lost) {
    const bool direct = item.channel == shared_.places.contact(item.user).direct;
    const Page page = co_await page_of_note(item.user, item.note, direct);
    json body = body_of(page);
    body["nonce"] = "n" + item.to;
    body["enforce_nonce"] = true;
    Call call{"POST", "/channels/" + item.channel + "/messages", body.dump()};
    const Answer answer = co_await shared_.rest.call(std::move(call));
    co_return answer.kind == Answer::Kind::lost ? std::max(answer.wait, back_off(lost + 1)) : 0ms;
}

Awaitable<Posting::Again> Posting::answer_with_note(const Item& item, int lost) {
    const SlotPtr& slot = item.slot;
    if (!still_waits(*slot) || !is_for_one(*slot)) co_return 0ms;
    std::vector<Page> pages;
    Page page = co_await page_of_note(item.user, item.note, true);
    if (!is_for_one(*slot)) co_return 0ms;
    pages.push_back(std::move(page));
    bool again = false;
    (void)co_await shared_.slots.say(slot, std::move(pages), again);
    co_return again ? back_off(lost + 1) : 0ms;
}

// ------------------------------------------------------------------------------------------------ sending

Awaitable<Answer> Posting::post(std::string channel,
                                const engine::Send& send,
                                const std::vector<Page>& pages,
                                std::size_t number,
                                bool again,
                                std::string& id) {
    Answer answer;
    answer.kind = Answer::Kind::ok;
    // Longer than Discord remembers a nonce: it may stand there already.
    const bool old = again && std::chrono::milliseconds(shared_.slots.now() - ms(send.message.at)) > kNonceHolds;
    for (std::size_t n = 0; n < pages.size(); ++n) {
        if (old) {
            const std::string stands = co_await standing(channel, send, pages[n], false);
            if (id.empty()) id = stands;
            if (!stands.empty()) continue;
        }
        json body = body_of(pages[n]);
        Call call{"POST", "/channels/" + channel + "/messages", {}};
        if (number + n == 0 && !send.replaces.empty()) {
            call.method = "PATCH";
            call.path += "/" + send.replaces;
        } else {
            body["nonce"] = nonce(send, number + n);
            body["enforce_nonce"] = true;
        }
        call.body = body.dump();
        answer = co_await shared_.rest.call(std::move(call));
        // It had arrived, and somebody has deleted it since.
        if (meaning_of(answer.code) == Trouble::removed) answer.kind = Answer::Kind::ok;
        if (!answer.ok()) break;
        if (id.empty()) id = text_at(answer.json(), "id");
    }
    co_return answer;
}

Awaitable<std::string> Posting::standing(std::string channel, const engine::Send& send, Page page, bool in_answers) {
    // A snowflake begins with the milliseconds since 2015 (Discord: Reference).
    constexpr std::int64_t kEpoch = 1420070400000;
    constexpr int kTimeAt = 22;
    constexpr std::int64_t kSkew = 5000;  // between Discord's clock and ours
    const std::int64_t after = std::max<std::int64_t>(0, (ms(send.message.at) - kSkew - kEpoch)) << kTimeAt;
    Call call{
        "GET",
        "/channels/" + channel + "/messages?after=" + std::to_string(after) + "&limit=" + std::to_string(kLooksBack),
        {}};
    const Answer answer = co_await shared_.rest.call(std::move(call));
    std::string stands;
    const std::string ids = ids_in(page.components.empty() ? json() : json::parse(page.components));
    const json messages = answer.ok() ? answer.json() : json::array();
    if (!messages.is_array()) co_return stands;
    for (const json& message : messages) {
        const bool ours = text_at(object_at(message, "author"), "id") == shared_.us;
        // A question that is not open any more comes without its buttons.
        const bool same = ids.empty() || ids_in(list_at(message, "components")) == ids;
        const bool sought = !in_answers || member(message, "interaction_metadata");
        if (ours && same && sought && text_at(message, "content") == page.text) stands = text_at(message, "id");
    }
    co_return stands;
}

Awaitable<Posting::Again> Posting::fared(const engine::Send& send, const Answer& answer, int lost, std::string id) {
    if (answer.kind == Answer::Kind::ok) {
        co_await tell(send, true, std::move(id), std::string());
        co_return 0ms;
    }
    if (answer.kind == Answer::Kind::signed_out) co_return kSignedOut;
    if (answer.kind == Answer::Kind::lost) co_return std::max(answer.wait, back_off(lost + 1));
    if (answer.kind == Answer::Kind::stopped) co_return kAtOnce;
    const bool in_talk = is_shared(send) && shared_.places.talk(send.message.room->id);
    switch (meaning_of(answer.code)) {
        case Trouble::closed: {
            Contact contact = shared_.places.contact(send.handle);
            contact.closed = true;
            co_await keep(send, std::move(contact));
            co_return kAtOnce;  // in another place
        }
        case Trouble::slower:
            co_return kSlowOpening;
        case Trouble::place: {
            shared_.report("a place is lost: " + answer.failure, in_talk);
            if (in_talk) {
                const engine::ConversationId talk = send.message.room->id;
                TalkPlace place = *shared_.places.talk(talk);
                place.lost = true;
                engine::Batch batch;
                batch.channel = kChannel;
                batch.rows.push_back(shared_.places.save(talk, std::move(place)));
                (void)co_await shared_.engine.hand_over(std::move(batch));
            } else {
                Contact contact = shared_.places.contact(send.handle);
                contact.direct.clear();
                contact.agreed = false;
                co_await keep(send, std::move(contact));
            }
            co_return kAtOnce;
        }
        default:
            break;
    }
    co_await tell(send, false, std::string(), answer.failure);
    co_return 0ms;
}

Awaitable<void> Posting::tell(const engine::Send& send, bool sent, std::string id, std::string why) {
    if (!sent) shared_.report("a message was refused outbox=" + std::to_string(send.outbox.value) + ": " + why, false);
    ++(sent ? counters_.sent : counters_.refused);
    engine::Delivered delivered;
    delivered.outbox = send.outbox;
    delivered.result = sent ? engine::Delivered::Result::sent : engine::Delivered::Result::refused;
    delivered.channel_message = id;
    engine::RequestBody body = std::move(delivered);
    const std::int64_t event = send.message.event.value;
    stands_as_.erase(send.message.replaces.value);
    if (!id.empty() && event != 0) stands_as_[event] = std::move(id);
    (void)co_await shared_.engine.ask(std::move(body));
    // From now on the engine says where it stands, but to what it has handed over before.
    const bool needed =
        chores_.any([&](const Item& item) { return item.send && item.send->message.replaces.value == event; });
    if (!needed) stands_as_.erase(event);
}

/// What sending has shown of how they can be reached.
Awaitable<void> Posting::keep(const engine::Send& send, Contact contact) {
    if (shared_.places.contact(send.handle) == Contact{}) co_return;  // erased meanwhile
    engine::Batch batch;
    batch.channel = kChannel;
    shared_.places.keep(send.handle, std::move(contact), batch);
    (void)co_await shared_.engine.hand_over(std::move(batch));
}

}  // namespace reweave::discord
