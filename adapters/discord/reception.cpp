#include "adapters/discord/reception.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/common/codes.hpp"
#include "adapters/common/fields.hpp"
#include "adapters/common/safe_text.hpp"
#include "adapters/common/wording.hpp"
#include "adapters/discord/components.hpp"
#include "adapters/discord/files.hpp"
#include "adapters/discord/permissions.hpp"
#include "bot/engine/event_body.hpp"

namespace reweave::discord {
namespace {

using engine::Inbound;
using nlohmann::json;
using Code = engine::Reply::Code;

const adapters::Phrases::Shown kNoValues;
bool is_shared(const std::string& ask) {
    const auto id = engine::parse_ask_id(ask);
    return id && id->room;
}

Mark own_mark(std::string name, std::string rest = {}) {
    return {Mark::Kind::own, std::move(name), std::move(rest)};
}

json one_row(json button_of_it) {
    json buttons = json::array();
    buttons.push_back(std::move(button_of_it));
    json rows = json::array();
    rows.push_back(row(std::move(buttons)));
    return rows;
}

std::string language_of(const Interaction& done) {
    return done.locale.substr(0, done.locale.find('-'));
}

/// It is no step of a conversation, but concerns what the bot does and knows.
bool is_about_us(const Interaction& done) {
    if (done.kind != Interaction::Kind::command) return mark_from_text(done.custom_id).kind == Mark::Kind::own;
    return done.command == "privacy" || done.command == "export" || done.command == "delete";
}

Note note_of(std::string phrase, std::map<std::string, std::string> shown = {}) {
    Note note;
    note.phrase = std::move(phrase);
    note.shown = std::move(shown);
    return note;
}

}  // namespace

Reception::Reception(Shared& shared, Posting& posting, Screen screen)
    : shared_(shared), posting_(posting), screen_(std::move(screen)) {}

SlotPtr Reception::arrive(const Interaction& done) {
    const Mark mark = mark_from_text(done.custom_id);
    const bool pressed_now = done.kind == Interaction::Kind::press;
    const bool answers = (done.kind == Interaction::Kind::form || pressed_now) && mark.kind != Mark::Kind::own;
    if (pressed_now && mark.kind == Mark::Kind::write) {
        SlotPtr slot = shared_.slots.open(done, {}, true);
        shared_.slots.show(slot, form_for(mark.ask, is_shared(mark.ask), done.locale).dump());
        return slot;
    }
    if (pressed_now && mark.kind == Mark::Kind::choose) {
        SlotPtr slot = shared_.slots.open(done, {}, true);
        const json menus = with_chosen(json::parse(done.components), done.custom_id, done.values);
        shared_.slots.acknowledge(slot, menus.dump());
        return slot;
    }
    const bool in_group = answers && is_shared(mark.ask) && done.where.kind == Where::Kind::group;
    const bool agrees = mark.kind == Mark::Kind::own && mark.ask == "here";
    const bool seen_by_all = in_group || agrees || done.where.kind == Where::Kind::direct;
    std::string key = in_group || agrees ? key_of_group(done.where.channel) : key_of(done.user);
    // What it says of itself has an answer of its own, to which nothing else is added.
    const bool talks = mark.ask == "here" || mark.ask == "part" || mark.ask == "direct";
    if (is_about_us(done) && !talks) key.clear();
    SlotPtr slot = shared_.slots.open(done, key, !seen_by_all);
    if (answers && has_voice(done)) {
        // What one person is asked is answered once; in a talk others may still press it.
        const bool closes = done.where.kind == Where::Kind::direct && !done.message.empty();
        std::string components;
        if (closes) components = discord::pressed(json::parse(done.components), done.custom_id).dump();
        shared_.slots.acknowledge(slot, std::move(components));
    }
    return slot;
}

Awaitable<void> Reception::take(const Interaction& done, SlotPtr slot, engine::Batch batch) {
    note(done, batch);
    if (done.kind == Interaction::Kind::command) {
        co_await command(done, slot, std::move(batch));
    } else if (done.kind == Interaction::Kind::press || done.kind == Interaction::Kind::form) {
        const Mark mark = mark_from_text(done.custom_id);
        co_await press(done, slot, mark, std::move(batch));
    }
}

/// What is learnt of them by the way.
void Reception::note(const Interaction& done, engine::Batch& batch) {
    Contact contact = shared_.places.contact(done.user);
    contact.locale = done.locale;
    contact.told = contact.told_at = 0;
    if (done.where.kind == Where::Kind::direct && !done.where.channel.empty())
        are_in_direct_chat(contact, done.where.channel, !is_about_us(done));
    shared_.places.keep(done.user, std::move(contact), batch);
}

/// Whoever writes in a direct chat wants to be answered there. Who has asked for no more messages has none until they
/// ask for them, or go on with the talk where it is said in direct messages.
void Reception::are_in_direct_chat(Contact& contact, const std::string& channel, bool go_on) const {
    contact.direct = channel;
    contact.closed = false;
    if (go_on && shared_.private_words == PrivateWords::direct) contact.quiet = false;
    contact.agreed = !contact.quiet;
}

/// The bot can write there without being asked.
bool Reception::has_voice(const Interaction& done) const {
    if (done.where.kind == Where::Kind::direct) return shared_.private_words != PrivateWords::ephemeral;
    if (done.where.kind == Where::Kind::group) return false;
    return static_cast<bool>(shared_.places.talk_in(done.where.channel));
}

/// Whether they can be written to first: in a direct chat, if that is where private words belong.
bool Reception::reaches(const std::string& user) const {
    return is_reachable(shared_.places.contact(user));
}

/// What they are told when there is nothing else to say.
Note Reception::greeting() const {
    Note note;
    note.phrase = "discord-page";
    note.to_page = true;
    note.to_direct = true;
    return note;
}

// ---------------------------------------------------------------------------------------------- commands

Awaitable<void> Reception::command(const Interaction& done, SlotPtr slot, engine::Batch batch) {
    const std::string& name = done.command;
    if (name == "circle") {
        co_await call_circle(done, slot, std::move(batch));
        co_return;
    }
    if (is_about_us(done)) {
        co_await own(done, slot, own_mark(name), std::move(batch));
        co_return;
    }
    const engine::ConversationId talk = shared_.places.talk_in(done.where.channel);
    Inbound inbound;
    inbound.kind = Inbound::Kind::joined;  // on from where they are, or to the menu
    if (name == "repair" && done.options.empty() && done.where.kind == Where::Kind::group && !talk) {
        co_await bring_here(done, slot, std::move(batch));
        co_return;
    }
    if (const auto code = done.options.find("code"); name == "repair" && code != done.options.end()) {
        co_await know(done.user, done.id, language_of(done), batch);
        inbound.kind = Inbound::Kind::code;
        const std::string given = text::safe_text(code->second);
        inbound.text = text::code_in(given);
        if (inbound.text.empty()) inbound.text = given.substr(0, given.find(' '));
    }
    if (const auto words = done.options.find("say"); name == "repair" && words != done.options.end()) {
        co_await know(done.user, done.id, language_of(done), batch);
        inbound.kind = Inbound::Kind::text;
        inbound.text = text::safe_text(words->second);
        inbound.findings = screen_(inbound.text);
        if (inbound.findings.tier() != safety::Tier::none) shared_.need(done.user);
        if (shared_.private_words == PrivateWords::browser && !shared_.is_in_need(done.user)) {
            co_await store(std::move(batch));  // it belongs on the page
            posting_.answer(slot, greeting());
            co_return;
        }
    }
    if (name == "cooldown") {
        inbound.kind = Inbound::Kind::door;
        inbound.picks = {"cool-down"};
    }
    if (name == "pause" || name == "stop" || name == "help") {
        inbound.kind = Inbound::Kind::command;
        inbound.stands = true;
        inbound.text = name;
        inbound.findings = screen_(name);
        if (name == "help") shared_.need(done.user);
        if (name != "help") inbound.room = talk;
    }
    const Note otherwise = greeting();
    const std::string user = done.user;
    co_await hand_over(done, slot, std::move(batch), std::move(inbound));
    posting_.answer_silence(slot, otherwise);
}

// ----------------------------------------------------------------------------------------------- presses

Awaitable<void> Reception::press(const Interaction& done, SlotPtr slot, const Mark& mark, engine::Batch batch) {
    const bool shared = is_shared(mark.ask);
    if (mark.kind == Mark::Kind::own) {
        co_await own(done, slot, mark, std::move(batch));
        co_return;
    }
    const bool only_shows = done.kind == Interaction::Kind::press && mark.kind == Mark::Kind::write;
    if (only_shows || mark.kind == Mark::Kind::choose) {
        co_await store(std::move(batch));
        co_return;
    }
    const bool voice = has_voice(done);
    const bool in_group = shared && done.where.kind == Where::Kind::group;
    Inbound inbound;
    inbound.ask = mark.ask;
    if (shared) inbound.room = engine::parse_ask_id(mark.ask)->conversation;
    switch (mark.kind) {
        case Mark::Kind::pick:
            inbound.kind = Inbound::Kind::choice;
            inbound.picks = done.values;
            if (!mark.rest.empty()) inbound.picks = {pick_of(mark)};
            break;
        case Mark::Kind::chosen:
            inbound.kind = Inbound::Kind::choice;
            inbound.picks = chosen_in(json::parse(done.components));
            break;
        case Mark::Kind::skip:
            inbound.kind = Inbound::Kind::command;
            inbound.stands = true;
            inbound.text = "skip";
            break;
        case Mark::Kind::write: {
            const auto words = done.fields.find(std::string(kWordsField));
            if (words != done.fields.end()) inbound.text = text::safe_text(words->second);
            inbound.findings = screen_(inbound.text);
            if (inbound.findings.tier() != safety::Tier::none) shared_.need(done.user);
            break;
        }
        default:
            co_return;
    }
    const std::string user = done.user;
    const engine::ConversationId room = inbound.room;
    co_await hand_over(done, slot, std::move(batch), std::move(inbound));
    if (voice) co_return;
    if (!in_group) {
        posting_.answer_silence(slot, note_of("noted"));
    } else if (!posting_.has(key_of(room))) {  // nothing is said to it, so nothing must seem to be on its way
        shared_.slots.acknowledge(slot);
    }
}

Awaitable<void> Reception::hand_over(const Interaction& done, SlotPtr slot, engine::Batch batch, Inbound inbound) {
    inbound.handle = done.user;
    inbound.key = done.id;
    inbound.reachable = reaches(done.user);
    inbound.language = language_of(done);
    const std::string text = inbound.kind == Inbound::Kind::text ? inbound.text : std::string();
    // Where the bot has no voice, it is answered through this one, also after a crash.
    if (!has_voice(done) && !slot->key.empty())
        batch.rows.push_back({Slots::row_key(slot->key), Slots::to_text(*slot)});
    batch.inbounds.push_back(std::move(inbound));
    const std::vector<engine::Reply> replies = co_await shared_.engine.hand_over(std::move(batch));
    if (shared_.stopped) co_return;
    posting_.hurry(key_of(done.user));
    if (done.where.kind == Where::Kind::group) posting_.hurry(key_of(shared_.places.talk_in(done.where.channel)));
    std::string line;
    switch (replies.back().code) {
        case Code::again:  // it came with the session, and may have its answer already
            Slots::doubt(*slot);
            co_return;
        case Code::stale_ask:
        case Code::unknown_ask:
            line = "press-late";
            break;
        case Code::unknown_room:
        case Code::unknown_identity:
            line = "press-other";
            break;
        case Code::bad_pick:
            line = "press-bad";
            break;
        default:
            co_return;
    }
    co_await tell_alone(done.user, slot, std::move(line), text);
}

/// What they alone read, also where others do. Words that could not be taken are shown to them, to be used again.
Awaitable<void> Reception::tell_alone(std::string user, SlotPtr slot, std::string id, std::string words) {
    std::string line = co_await shared_.phrases.phrase(std::move(user), std::move(id), kNoValues);
    line = escaped(line);
    const bool open = slot->state == Slot::State::open && !slot->busy;
    const bool quiet = slot->state == Slot::State::quiet;
    const bool alone = is_for_one(*slot) || open || quiet;
    // Where Discord was told already that everyone sees the answer, their words are not in it.
    if (!words.empty() && alone) line += "\n> " + escaped(words);
    if (!is_for_one(*slot)) shared_.slots.release(slot);
    if (!quiet) {
        slot->alone = alone;
        bool again = false;
        std::vector<Page> pages;
        pages.push_back(page_of(line));
        (void)co_await shared_.slots.say(slot, std::move(pages), again);
        co_return;
    }
    // It was acknowledged without a message already. If this one comes twice, nothing is lost by it.
    json body = body_of(page_of(line));
    body["flags"] = kEphemeral;
    Call call{"POST", "/webhooks/" + shared_.application + "/" + slot->token, body.dump(), true};
    (void)co_await shared_.rest.call(std::move(call));
}

/// Whoever is new meets the first script before anything else.
Awaitable<void> Reception::know(std::string user, const std::string& key, std::string language, engine::Batch& batch) {
    const engine::IdentityId known = co_await shared_.phrases.identity_of(user);
    if (known) co_return;
    Inbound joined;
    joined.kind = Inbound::Kind::joined;
    joined.handle = std::move(user);
    joined.key = "new:" + key;
    joined.reachable = reaches(joined.handle);
    joined.language = std::move(language);
    batch.inbounds.push_back(std::move(joined));
}

Awaitable<void> Reception::store(engine::Batch batch) {
    if (!batch.rows.empty() || !batch.inbounds.empty() || batch.cursor)
        (void)co_await shared_.engine.hand_over(std::move(batch));
}

// ----------------------------------------------------------------------------------------------- written

Awaitable<void> Reception::hear(Written written, engine::Batch batch) {
    Inbound inbound = std::move(written.inbound);
    const std::string user = inbound.handle;
    inbound.findings = screen_(inbound.text);
    const bool danger = inbound.findings.tier() != safety::Tier::none;
    if (danger) shared_.need(user);
    Contact contact = shared_.places.contact(user);
    contact.told = contact.told_at = 0;
    if (written.direct) are_in_direct_chat(contact, written.channel, true);
    const std::string locale = contact.locale;
    shared_.places.keep(user, std::move(contact), batch);
    inbound.reachable = reaches(user);
    if (written.direct) {
        const bool kept_elsewhere = shared_.private_words != PrivateWords::direct && !shared_.is_in_need(user) &&
                                    inbound.kind != Inbound::Kind::code;
        const std::size_t before_it = batch.inbounds.size();
        co_await know(user, inbound.key, locale, batch);
        const bool is_new = batch.inbounds.size() > before_it;
        if (kept_elsewhere) {
            const std::string key = inbound.key;
            co_await store(std::move(batch));
            Note note = greeting();
            posting_.write(user, key, std::move(note));
            co_return;
        }
        // The first script asks what it needs: a "hi" before it is no answer to that, nor is one that comes again.
        if (!is_new || danger || inbound.kind == Inbound::Kind::code) {
            batch.inbounds.push_back(std::move(inbound));
        } else {
            batch.inbounds.back().key = inbound.key;
        }
    } else if (written.talk) {
        batch.inbounds.push_back(std::move(inbound));
    } else {
        const std::string key = inbound.key;
        co_await store(std::move(batch));
        posting_.reply(user, written.channel, key);
        co_return;
    }
    const std::string key = batch.inbounds.back().key;
    (void)co_await shared_.engine.hand_over(std::move(batch));
    // They have written, and must see where it goes on.
    const bool directly = shared_.private_words == PrivateWords::direct || shared_.is_in_need(user);
    if (shared_.stopped) co_return;
    if (written.direct && !directly && !reaches(user)) {
        Note note = greeting();
        posting_.write(user, key, std::move(note));
    }
    // What waits for them is tried before what answers them now.
    posting_.hurry(key_of(user));
}

// ------------------------------------------------------------------------------------------- own buttons

Awaitable<void> Reception::own(const Interaction& done, SlotPtr slot, const Mark& mark, engine::Batch batch) {
    const text::Wording& words = text::wording(done.locale);
    if (mark.ask == "direct") {
        co_await go_direct(done, slot, std::move(batch));
        co_return;
    }
    if (mark.ask == "here") {
        co_await agree_here(done, slot, mark, std::move(batch));
        co_return;
    }
    if (mark.ask == "part") {
        co_await take_part(done, slot, std::move(batch));
        co_return;
    }
    Note note;
    if (mark.ask == "page") {
        note = greeting();
        co_await know(done.user, done.id, language_of(done), batch);
    } else if (mark.ask == "privacy") {
        note.phrase = shared_.private_words == PrivateWords::browser  ? "discord-privacy-page"
                      : shared_.private_words == PrivateWords::direct ? "discord-privacy-direct"
                                                                      : "discord-privacy-ephemeral";
        note.shown["link"] = shared_.privacy_policy;
        note.to_page = true;
        note.to_direct = true;
        note.to_quiet = true;
    } else if (mark.ask == "quiet") {
        Contact contact = shared_.places.contact(done.user);
        contact.agreed = false;
        contact.quiet = true;
        shared_.places.keep(done.user, std::move(contact), batch);
        note.phrase = "direct-ended";
        note.to_page = true;
    } else if (mark.ask == "export") {
        note.phrase = "export-ask";
        note.components = one_row(button(own_mark("export-now"), words.send_file)).dump();
    } else if (mark.ask == "export-now") {
        co_await send_export(done, slot, std::move(batch));
        co_return;
    } else if (mark.ask == "delete") {
        note.phrase = "delete-ask";
        note.components = one_row(button(own_mark("delete-now"), words.erase_all, kRed)).dump();
    } else if (mark.ask == "delete-now") {
        co_await erase(done, slot, std::move(batch));
        co_return;
    } else {
        note.phrase = "press-late";
    }
    co_await store(std::move(batch));
    posting_.answer(slot, std::move(note));
}

/// Opens the direct chat, which they have just asked for: to go on there, or to be told that something waits.
Awaitable<void> Reception::go_direct(const Interaction& done, SlotPtr slot, engine::Batch batch) {
    const json who = {{"recipient_id", done.user}};
    Call call{"POST", "/users/@me/channels", who.dump()};
    const Answer opened = co_await shared_.rest.call(std::move(call));
    Contact contact = shared_.places.contact(done.user);
    contact.direct = opened.ok() ? text_at(opened.json(), "id") : contact.direct;
    contact.agreed = !contact.direct.empty();
    contact.quiet = contact.closed = false;
    const bool open = contact.agreed;
    shared_.places.keep(done.user, std::move(contact), batch);
    if (!open) {
        Note note = note_of("direct-closed");
        note.to_page = true;
        posting_.answer(slot, std::move(note));
        co_await store(std::move(batch));
        co_return;
    }
    if (shared_.private_words != PrivateWords::direct) {
        Note note = note_of("notices-open");
        note.to_page = true;
        posting_.answer(slot, std::move(note));
        co_await store(std::move(batch));
        co_return;
    }
    posting_.answer_silence(slot, note_of("direct-open"));
    Inbound back;
    back.kind = Inbound::Kind::joined;  // what is open is asked again, there
    co_await hand_over(done, slot, std::move(batch), std::move(back));
}

Awaitable<void> Reception::send_export(const Interaction& done, SlotPtr slot, engine::Batch batch) {
    co_await store(std::move(batch));
    engine::ExportPerson wanted;
    wanted.person.name = std::string(kChannel) + ":" + done.user;
    engine::RequestBody body = std::move(wanted);
    const engine::Reply reply = co_await shared_.engine.ask(std::move(body));
    const bool fits = !reply.text.empty() && reply.text.size() <= kMostOfFile;
    std::string id = reply.text.empty() ? "export-none" : fits ? "export-here" : "export-large";
    const std::string line = co_await shared_.phrases.phrase(done.user, std::move(id), kNoValues);
    bool again = false;
    std::vector<Page> pages;
    pages.push_back(page_of(escaped(line)));
    const bool said = co_await shared_.slots.say(slot, std::move(pages), again);
    if (!said || !fits) co_return;
    const nlohmann::json with = body_of(page_of(escaped(line)));
    Call call{"PATCH", "/webhooks/" + shared_.application + "/" + slot->token + "/messages/@original", {}, true};
    call.body = with_file(with.dump(), "reweave.json", reply.text);
    call.content_type = kWithFile;
    (void)co_await shared_.rest.call(std::move(call));
}

Awaitable<void> Reception::erase(const Interaction& done, SlotPtr slot, engine::Batch batch) {
    engine::ErasePerson wanted;
    wanted.person.name = std::string(kChannel) + ":" + done.user;
    engine::RequestBody body = std::move(wanted);
    (void)co_await shared_.engine.ask(std::move(body));
    posting_.answer(slot, note_of("deleted"));
    batch.rows.push_back(shared_.places.forget(done.user));
    batch.rows.push_back({Slots::row_key(key_of(done.user)), {}});
    co_await store(std::move(batch));
}

// ----------------------------------------------------------------------------------------------- talks

/// Somebody keeps a circle in this channel: everyone who reads it is told, and can take part by pressing.
Awaitable<void> Reception::call_circle(const Interaction& done, SlotPtr slot, engine::Batch batch) {
    const std::string user = done.user;
    const bool here = done.where.kind == Where::Kind::server && !done.where.in_thread;
    const bool can = std::all_of(
        kNeeded.begin(), kNeeded.end(), [&](const Permission& one) { return (done.where.permissions & one.bit) != 0; });
    if (!here || !can) {
        posting_.answer(slot, note_of(here ? "circle-permissions" : "circle-place"));
        co_await store(std::move(batch));
        co_return;
    }
    const std::string line = co_await shared_.phrases.phrase(std::string(), "circle-call", kNoValues);
    const text::Wording& words = text::wording(done.locale);
    Page page = page_of("<@" + user + ">\n" + escaped(line));
    page.components = one_row(button(own_mark("part"), words.take_part, kGreen)).dump();
    json body = body_of(page);
    body["nonce"] = "c" + done.id;  // the same command makes the same call, however often it is read
    body["enforce_nonce"] = true;
    Call call{"POST", "/channels/" + done.where.channel + "/messages", body.dump()};
    const Answer called = co_await shared_.rest.call(std::move(call));
    if (!called.ok()) {
        shared_.report("a circle was not called: " + called.failure, false);
        posting_.answer(slot, note_of("circle-permissions"));
        co_await store(std::move(batch));
        co_return;
    }
    batch.rows.push_back(
        shared_.places.save(text_at(called.json(), "id"), CircleCall{user, done.where.guild, done.where.channel, 0}));
    // The way to keeping one, for whoever does not keep one yet.
    const engine::Reply talk = co_await talk_of(user);
    const Note otherwise = greeting();
    if (talk.code == Code::ok && !talk.created) {
        posting_.answer(slot, note_of("circle-called"));
        co_await store(std::move(batch));
        co_return;
    }
    Inbound inbound;
    inbound.kind = Inbound::Kind::door;
    inbound.picks = {"talk-together", "i-keep-a-circle"};
    co_await hand_over(done, slot, std::move(batch), std::move(inbound));
    posting_.answer_silence(slot, otherwise);
}

Awaitable<engine::Reply> Reception::talk_of(std::string user) {
    engine::GetTalk get;
    get.channel = kChannel;
    get.handle = std::move(user);
    engine::RequestBody body = std::move(get);
    engine::Reply reply = co_await shared_.engine.ask(std::move(body));
    co_return reply;
}

/// They are asked in private, as by any code.
Awaitable<void> Reception::take_part(const Interaction& done, SlotPtr slot, engine::Batch batch) {
    const std::string user = done.user;
    const CircleCall* known = shared_.places.circle(done.message);
    if (!known || known->keeper == user) {
        posting_.answer(slot, note_of(known ? "circle-keeper" : "press-late"));
        co_await store(std::move(batch));
        co_return;
    }
    CircleCall circle = *known;
    const engine::Reply talk = co_await talk_of(circle.keeper);
    const bool free = talk.code == Code::ok && (circle.talk == 0 || circle.talk == talk.conversation.value);
    engine::MakeInvitation make;
    make.identity = talk.identity;
    make.conversation = talk.conversation;
    engine::RequestBody body = std::move(make);
    engine::Reply code;
    if (free) code = co_await shared_.engine.ask(std::move(body));
    const auto& in = talk.accounts;
    if (std::find(in.begin(), in.end(), user) != in.end()) {
        Note note = greeting();
        posting_.answer(slot, std::move(note));
        co_await store(std::move(batch));
        co_return;
    }
    if (!free || code.code != Code::ok || code.text.empty()) {
        posting_.answer(slot, note_of(free && talk.created ? "circle-full" : "circle-not-yet"));
        co_await store(std::move(batch));
        co_return;
    }
    if (circle.talk == 0) {
        circle.talk = talk.conversation.value;
        if (!shared_.places.talk(talk.conversation)) {
            TalkPlace place;
            place.guild = circle.guild;
            place.channel = circle.channel;
            batch.rows.push_back(shared_.places.save(talk.conversation, std::move(place)));
        }
        batch.rows.push_back(shared_.places.save(done.message, std::move(circle)));
    }
    co_await know(user, done.id, language_of(done), batch);
    Inbound uses;
    uses.kind = Inbound::Kind::code;
    uses.text = code.text;
    const Note otherwise = greeting();
    co_await hand_over(done, slot, std::move(batch), std::move(uses));
    posting_.answer_silence(slot, otherwise);
}

/// In a group without a server two people can have their talk, if both want that.
Awaitable<void> Reception::bring_here(const Interaction& done, SlotPtr slot, engine::Batch batch) {
    const std::string user = done.user;
    shared_.slots.release(slot);  // others may read it
    const engine::Reply talk = co_await talk_of(user);
    const bool theirs = talk.code == Code::ok && talk.accounts.size() == 2;
    const bool pair_only = std::all_of(done.where.people.begin(), done.where.people.end(), [&](const std::string& one) {
        return one == shared_.us || std::find(talk.accounts.begin(), talk.accounts.end(), one) != talk.accounts.end();
    });
    if (!theirs || !pair_only) {
        posting_.answer(slot, note_of(theirs ? "not-here" : "no-talk"));
        co_await store(std::move(batch));
        co_return;
    }
    // Everyone in the group reads it, unless Discord was told already that one alone does.
    slot->alone = slot->state != Slot::State::open || slot->busy;
    const std::string line = co_await shared_.phrases.phrase(user, "group-ask", kNoValues);
    Page page = page_of("<@" + user + ">\n" + escaped(line));
    const text::Wording& words = text::wording(done.locale);
    page.components =
        one_row(button(own_mark("here", std::to_string(talk.conversation.value) + "." + user), words.here, kGreen))
            .dump();
    std::vector<Page> pages;
    pages.push_back(std::move(page));
    bool again = false;
    (void)co_await shared_.slots.say(slot, std::move(pages), again);
    co_await store(std::move(batch));
}

/// The other one of the two has agreed.
Awaitable<void> Reception::agree_here(const Interaction& done, SlotPtr slot, const Mark& mark, engine::Batch batch) {
    const std::string user = done.user;
    const engine::Reply talk = co_await talk_of(user);
    const std::string asked_by = mark.rest.substr(std::min(mark.rest.size(), mark.rest.find('.') + 1));
    const auto& two = talk.accounts;
    const bool theirs = talk.code == Code::ok && two.size() == 2 &&
                        mark.rest == std::to_string(talk.conversation.value) + "." + asked_by && user != asked_by &&
                        std::find(two.begin(), two.end(), asked_by) != two.end();
    if (!theirs) {
        co_await store(std::move(batch));
        co_await tell_alone(user, slot, "press-other", std::string());
        co_return;
    }
    TalkPlace place;
    place.channel = done.where.channel;
    place.group = true;
    batch.rows.push_back(shared_.places.save(talk.conversation, std::move(place)));
    const std::string line = co_await shared_.phrases.phrase(user, "group-here", kNoValues);
    std::vector<Page> pages;
    pages.push_back(page_of(escaped(line)));
    bool again = false;
    (void)co_await shared_.slots.say(slot, std::move(pages), again);
    Inbound back;
    back.kind = Inbound::Kind::joined;
    co_await hand_over(done, slot, std::move(batch), std::move(back));
}

}  // namespace reweave::discord
