#include "bot/engine/turn.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "bot/dialog/hours.hpp"
#include "bot/dialog/recognise.hpp"
#include "bot/dialog/utf8.hpp"

namespace reweave::engine {
namespace {

using dialog::Command;

constexpr int kLongestName = 40;  ///< characters

/// The first line of it, without control characters, cut to a length that fits into a line.
std::string as_name(std::string_view text) {
    std::string name;
    int characters = 0;
    for (const char c : text.substr(0, text.find('\n'))) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20U || byte == 0x7FU || (name.empty() && c == ' ')) continue;
        if (!dialog::is_continuation(c) && ++characters > kLongestName) break;
        name += c;
    }
    while (!name.empty() && name.back() == ' ') name.pop_back();
    return name;
}

/// Outcome of the safety gate, and of a part that it ended, when they must not meet now.
constexpr std::string_view kGateClosed = "closed";

}  // namespace

dialog::TimerDue due_of(const TimerRecord& timer) {
    using Kind = dialog::TimerDue::Kind;
    const Kind kind = timer.kind == TimerRecord::Kind::wake     ? Kind::wake
                      : timer.kind == TimerRecord::Kind::remind ? Kind::remind
                      : timer.kind == TimerRecord::Kind::floor  ? Kind::floor
                                                                : Kind::time_out;
    return {kind, timer.wait, timer.index};
}

TimerRecord record_of(const dialog::TimerEffect& timer, PersonId person, ConversationId conversation) {
    using Kind = dialog::TimerDue::Kind;
    const auto kind = timer.timer.kind == Kind::wake     ? TimerRecord::Kind::wake
                      : timer.timer.kind == Kind::remind ? TimerRecord::Kind::remind
                      : timer.timer.kind == Kind::floor  ? TimerRecord::Kind::floor
                                                         : TimerRecord::Kind::time_out;
    return {{}, timer.due, person, conversation, kind, timer.timer.wait, timer.timer.index, {}};
}

Turn::Turn(Workshop workshop, Turns& all, Session& session, TimePoint now)
    : workshop_(workshop),
      all_(all),
      session_(session),
      now_(now),
      seed_(workshop.options.random()),
      last_conversation_(session.hot.focus),
      was_minor_(speaks_to_minor()) {}

void Turn::answers(const Identity& from, std::int64_t number) {
    from_ = from.id;
    number_ = number;
    from_account_ = from.is_account();
}

EventBody& Turn::part(ConversationId room) {
    if (parts_.empty() || parts_.back().room != room) parts_.emplace_back().room = room;
    return parts_.back();
}

/// In the room, to this person alone.
void Turn::say_aside(ConversationId room, dialog::Bubble bubble) {
    EventBody& body = part(room);
    body.asides.push_back(body.bubbles.size());
    body.bubbles.push_back(std::move(bubble));
}

/// Nothing private is asked of them any more.
void Turn::close_question() {
    for (EventBody& part : parts_) {
        if (!part.room) part.question.reset();
    }
}

// --------------------------------------------------------------------------------------------- beginnings

void Turn::joined() {
    dialog::Answers answers = workshop_.options.first_answers;
    answers.merge(known_answers());
    begin(workshop_.options.first_script, std::move(answers));
}

/// Id of the script that speaks now; empty if none does.
std::string_view Turn::open_script() {
    const dialog::State* place = session_.place();
    if (!place || place->frames.empty()) return {};
    const dialog::RevisionPtr revision = workshop_.library.by_hash(place->frames.back().revision);
    return revision ? std::string_view(revision->script.id) : std::string_view();
}

bool Turn::has_moved_on(const std::string& ask_id) {
    const auto ask = parse_ask_id(ask_id);
    if (!ask) return !ask_id.empty();
    if (!ask->room) {
        const dialog::State* place = session_.place();
        return !place || session_.focus->record.id != ask->conversation || !place->waiting || place->wait != ask->wait;
    }
    const RunningPtr running = workshop_.conversations.get(ask->conversation);
    if (!running || !running->together) return true;
    const dialog::State& state = running->together->state.room.state;
    return !state.waiting || state.wait != ask->wait;
}

Reply::Code Turn::typed(const Inbound& inbound) {
    // Danger is heard wherever it was written.
    if (inbound.findings.tier() == safety::Tier::none && has_moved_on(inbound.ask)) return Reply::Code::stale_ask;
    if (inbound.room) return typed_in_room(inbound);
    const std::optional<safety::Finding> finding = weighed(inbound.findings);
    if (finding && finding->tier == safety::Tier::stop) {
        safety_stop(*finding);  // the words themselves are not kept
        return Reply::Code::ok;
    }
    const WordsRef ref = workshop_.store.add_words(session_.person.id, inbound.text, session_.hot.last_words);
    session_.hot.last_words = ref;
    words_[ref.id] = inbound.text;
    in_private().said = ref;
    in_private().stands = inbound.stands;
    if (finding) {
        note_safety(*finding, check_script(finding->category));
        interrupt(check_script(finding->category));
    } else if (!session_.focus || run(dialog::Typed{ref, words_[ref.id]}) == dialog::Turn::Result::not_open) {
        without_focus(dialog::recognise_command(inbound.text, pack_for(session_.person, workshop_.options)));
    }
    return Reply::Code::ok;
}

Reply::Code Turn::pressed(const Inbound& inbound) {
    const auto ask = parse_ask_id(inbound.ask);
    if (!ask) return Reply::Code::unknown_ask;
    if (ask->room ? is_locked() : !session_.focus || session_.focus->record.id != ask->conversation)
        return Reply::Code::stale_ask;
    const dialog::Pressed pressed{ask->wait, inbound.picks};
    switch (ask->room ? run_in_room(ask->conversation, pressed) : run(pressed)) {
        case dialog::Turn::Result::accepted:
            return Reply::Code::ok;
        case dialog::Turn::Result::bad_pick:
            return Reply::Code::bad_pick;
        case dialog::Turn::Result::stale:
        case dialog::Turn::Result::not_open:
            break;
    }
    return Reply::Code::stale_ask;
}

void Turn::unreadable() {
    say("unreadable");
    if (session_.focus && workshop_.library.is_recalled(session_.focus->record.revision) &&
        !is_interrupted(*session_.place()))
        (void)run(dialog::Refocused{});
}

void Turn::comes_back() {
    if (!session_.focus) return without_focus(std::nullopt);
    say("resumed");
    ask_again();
}

void Turn::enters(const std::vector<std::string>& picks) {
    if (session_.focus && is_interrupted(*session_.place())) return ask_again();
    if (session_.hot.seq == 0) {
        joined();
    } else {
        if (open_script() == "menu") {
            session_.focus->record.status = Conversation::Status::ended;
            session_.focus->record.outcome = "left";
            save_focus();
            leave_focus();
        }
        if (session_.focus) pause_focus();
        begin("menu", known_answers());
    }
    for (const std::string& pick : picks) {
        if (!session_.focus || session_.focus->together) return;
        if (run(dialog::Pressed{session_.focus->state.wait, {pick}}) != dialog::Turn::Result::accepted) return;
    }
}

Reply::Code Turn::commanded(const Inbound& inbound) {
    const dialog::LanguagePack& pack = pack_for(session_.person, workshop_.options);
    const auto wanted = dialog::command_named(inbound.text);
    Inbound typed_out = inbound;
    typed_out.kind = Inbound::Kind::text;
    // "pause" is the word itself in English; elsewhere any that means it.
    if (dialog::recognise_command(inbound.text, pack) != wanted) {
        for (const auto& [phrase, command] : pack.commands) {
            if (command == wanted) typed_out.text = phrase;
        }
    }
    return typed(typed_out);
}

void Turn::take_back(dialog::State before, EventId event) {
    dialog::State& state = session_.focus->state;
    before.wait = state.wait + 1;  // timers and buttons of what is taken back are over
    state = std::move(before);
    in_private().replaces = event;
}

void Turn::ask_again() {
    (void)run(dialog::Refocused{});
}

WordsRef Turn::said() const {
    const auto part = std::find_if(parts_.begin(), parts_.end(), [](const EventBody& p) { return p.said.id != 0; });
    return part == parts_.end() ? WordsRef{} : part->said;
}

void Turn::tell(std::string_view phrase) {
    say(phrase);
}

bool Turn::timer(const TimerRecord& timer) {
    const dialog::TimerDue due = due_of(timer);
    if (session_.focus && session_.focus->record.id == timer.conversation)
        return run(due) == dialog::Turn::Result::accepted;
    // In a conversation of several it does not wait until they come back to it, for the others may.
    const RunningPtr conversation = workshop_.conversations.get(timer.conversation);
    const int lane = my_lane(conversation);
    if (lane < 0 || timer.kind == TimerRecord::Kind::remind) return false;
    return all_.take(conversation, dialog::InLane{lane, due}, this) == dialog::Turn::Result::accepted;
}

// ------------------------------------------------------------------------------------------------- running

dialog::Event Turn::event(dialog::Input input) {
    return {now_, seed_, std::move(input)};
}

dialog::Context Turn::context() {
    dialog::Context context;
    context.revision = [this](std::string_view hash) {
        return workshop_.library.by_hash(hash, session_.person.language);
    };
    context.words = [this](WordsRef ref) { return open(words_, workshop_.store, ref); };
    context.pack = &pack_for(session_.person, workshop_.options);
    context.phrases = workshop_.library.newest("phrases", session_.person.language);
    context.time_zone = session_.person.time_zone;
    return context;
}

dialog::Turn::Result Turn::run(dialog::Input input) {
    const RunningPtr focus = session_.focus;
    last_conversation_ = focus->record.id;
    if (focus->together) {
        const int lane = focus->together->lane_of(session_.person.id);
        return all_.take(focus, dialog::InLane{lane, std::move(input)}, this);
    }
    const bool over = workshop_.library.is_recalled(focus->record.revision);
    if (over && !is_interrupted(focus->state)) return run_recalled(focus, input);
    const dialog::RevisionPtr root = workshop_.library.by_hash(focus->record.revision, session_.person.language);
    if (!root) throw std::runtime_error("a conversation points to a revision that is not stored");
    dialog::Turn turn = dialog::step(root, std::move(focus->state), event(std::move(input)), context());
    focus->state = std::move(turn.state);
    if (!turn.pressed.empty()) in_private().pressed = std::move(turn.pressed);
    const bool back = over && !focus->state.frames.empty() && !is_interrupted(focus->state);
    for (const dialog::Effect& effect : turn.effects) {
        if (!back || !is_said_there(effect, focus->state)) apply(effect);
    }
    if (back) recalled(focus);
    return turn.result;
}

void Turn::apply(const dialog::Effect& effect) {
    if (const auto* say = std::get_if<dialog::SayEffect>(&effect)) {
        in_private().bubbles.push_back(say->bubble);
    } else if (const auto* ask = std::get_if<dialog::AskEffect>(&effect)) {
        in_private().question = OpenQuestion{session_.focus->record.id, ask->question};
    } else if (const auto* timer = std::get_if<dialog::TimerEffect>(&effect)) {
        workshop_.store.add_timer(record_of(*timer, session_.person.id, session_.focus->record.id));
    } else if (const auto* follow = std::get_if<dialog::FollowUpEffect>(&effect)) {
        nlohmann::json answers = nlohmann::json::object();
        for (const auto& [name, answer] : follow->answers) answers[name] = to_json(answer);
        const nlohmann::json body = {{"script", follow->script}, {"answers", std::move(answers)}};
        workshop_.store.add_timer(
            {{}, now_ + follow->after, session_.person.id, {}, TimerRecord::Kind::follow_up, 0, 0, body.dump()});
    } else if (const auto* country = std::get_if<dialog::CountryEffect>(&effect)) {
        session_.person.country = country->country;
        workshop_.store.save(session_.person);
    } else if (const auto* name = std::get_if<dialog::NameEffect>(&effect)) {
        take_name(name->name);
    } else if (const auto* spoken_of = std::get_if<dialog::PronounsEffect>(&effect)) {
        session_.person.pronouns = spoken_of->pronouns;
        workshop_.store.save(session_.person);
    } else if (const auto* begins = std::get_if<dialog::BeginEffect>(&effect)) {
        begins_ = *begins;
    } else if (const auto* end = std::get_if<dialog::EndEffect>(&effect)) {
        ended(*end);
    } else if (const auto* used = std::get_if<dialog::CommandEffect>(&effect)) {
        command(used->command);
    }
}

/// Others read it in the middle of a line: so it is one line, and short.
void Turn::take_name(WordsRef given) {
    const auto text = open(words_, workshop_.store, given);
    if (!text) return;
    const std::string name = as_name(*text);
    if (name.empty()) return;
    if (name != *text) {
        given = session_.hot.last_words = workshop_.store.add_words(session_.person.id, name, session_.hot.last_words);
        words_[given.id] = name;
    }
    session_.person.name = given;
    workshop_.store.save(session_.person);
}

void Turn::begin(std::string_view script, dialog::Answers answers) {
    const dialog::RevisionPtr revision = workshop_.library.newest(script);
    if (!revision) throw std::runtime_error("the script '" + std::string(script) + "' is not published");
    auto begun = std::make_shared<Running>();
    Conversation& record = begun->record;
    record.person = session_.person.id;
    record.revision = revision->hash;
    record.created = record.updated = now_;
    begun->state = dialog::initial_state(revision);
    record.state = to_text(begun->state);
    record.id = workshop_.store.add_conversation(record);
    session_.hot.focus = record.id;
    session_.focus = std::move(begun);
    run(dialog::Started{std::move(answers)});
}

void Turn::interrupt(std::string_view script, dialog::Answers answers) {
    const dialog::RevisionPtr revision = workshop_.library.newest(script, session_.person.language);
    if (!revision) throw std::runtime_error("the script '" + std::string(script) + "' is not published");
    answers.merge(known_answers());
    if (session_.focus && workshop_.library.is_recalled(session_.focus->record.revision) &&
        !is_interrupted(*session_.place()))
        set_recalled_aside();
    if (!session_.focus) return begin(script, std::move(answers));
    const auto result = run(dialog::Interrupted{revision, std::move(answers)});
    if (result != dialog::Turn::Result::accepted) say("pinned-help");  // too many stand open inside each other
}

/// The bot can write to them somewhere when they are away.
bool Turn::is_reachable() const {
    std::vector<Hot::Mark> marks = session_.hot.marks;
    if (from_) marks.push_back({from_});  // where they are new
    return std::any_of(marks.begin(), marks.end(), [&](const Hot::Mark& mark) {
        const auto identity = workshop_.store.identity(mark.identity);
        return identity && identity->reachable && !identity->ended;
    });
}

dialog::Answers Turn::known_answers() const {
    dialog::Answers known;
    if (const std::string& country = session_.person.country; !country.empty())
        known["country"] = dialog::Picked{country, country};
    if (const std::string& contact = workshop_.options.human_contact; !contact.empty())
        known["contact"] = dialog::Picked{"contact", contact};
    if (is_reachable()) known["reach"] = dialog::Picked{"first", "first"};
    if (may_meet()) known["together"] = dialog::Picked{"open", "open"};
    if (session_.person.name.id != 0) known[std::string(dialog::kMyName)] = session_.person.name;
    if (const std::string& pronouns = session_.person.pronouns; !pronouns.empty())
        known[std::string(dialog::kMyPronouns)] = dialog::Picked{pronouns, pronouns};
    return known;
}

void Turn::command(Command command) {
    switch (command) {
        case Command::help:
            return interrupt("help");
        case Command::human:
            return interrupt("human");
        case Command::erase:
            return interrupt("erase");
        case Command::pause:
            pause_focus();
            return say("paused");
        case Command::exit:
            // There is no device to sign out of an account on another network.
            if (from_account_) return session_.focus ? this->command(Command::pause) : say("stopped");
            ends_device_ = true;
            return say("exited");
        default:
            return;
    }
}

void Turn::without_focus(std::optional<Command> used) {
    if (used == Command::help || used == Command::human || used == Command::erase || used == Command::exit)
        return command(*used);
    if (!offer_waiting()) begin("menu", known_answers());
}

// -------------------------------------------------------------------------------------------------- endings

void Turn::ended(const dialog::EndEffect& end) {
    const RunningPtr over = session_.focus;
    const dialog::RevisionPtr root = workshop_.library.by_hash(over->record.revision);
    const std::string script = root ? root->script.id : std::string();
    if (!over->together) {
        over->record.status = Conversation::Status::ended;
        over->record.outcome = end.outcome;
        save_focus();
    }
    leave_focus();
    ended_clear_ = end.outcome == "clear";
    if (end.outcome == "delete") return erase_soon();
    if (end.outcome == "exit") ends_device_ = true;
    if (end.outcome == "minor") return erase_minor();
    if (over->together && end.outcome == kGateClosed) lock_joint();
    const bool by_interruption = end.why == dialog::EndEffect::Why::stopped && end.outcome != "stopped";
    if (by_interruption) return cancel_everything_planned();  // a safety check found a risk
    if (const auto begins = std::exchange(begins_, std::nullopt)) return begin_together(*begins);
    if (script == "offer") return answer_offer(end.outcome);
    if (script == "invited") return answer_invitation(end.outcome);
    (void)offer_waiting();
}

/// A timer, so that the wish survives a crash between this commit and the erasure.
void Turn::erase_soon() {
    workshop_.store.add_timer({{}, now_, session_.person.id, {}, TimerRecord::Kind::erase, 0, 0, {}});
    session_.leaving = true;
    say("deleted");
}

void Turn::say(std::string_view id) {
    if (auto bubble = phrase(id)) in_private().bubbles.push_back(std::move(*bubble));
}

std::optional<dialog::Bubble> Turn::phrase(std::string_view id) const {
    return dialog::phrase(workshop_.library.newest("phrases"), id, seed_, {});
}

/// Before all else that this turn says; not to someone who has only just been told.
void Turn::say_program_notice() {
    Hot& hot = session_.hot;
    if (now_ - hot.last_notice <= dialog::kProgramNotice) return;
    hot.last_notice = now_;
    if (hot.seq == 0) return;
    auto bubble = phrase("still-program");
    if (!bubble) return;
    if (parts_.empty() || parts_.front().room) parts_.insert(parts_.begin(), EventBody{});
    parts_.front().bubbles.insert(parts_.front().bubbles.begin(), std::move(*bubble));
}

std::vector<Message> Turn::finish() {
    Hot& hot = session_.hot;
    plan_for_minor();
    if (from_ && parts_.empty()) (void)in_private();  // that it was taken is kept with an event
    say_program_notice();
    if (session_.focus) save_focus();
    std::vector<EventRecord> records;
    for (EventBody& part : parts_) {
        if (records.empty()) {
            part.from = from_;
            part.number = number_;
        }
        EventRecord& record = records.emplace_back();
        record.person = session_.person.id;
        record.seq = ++hot.seq;
        record.prev = hot.last_event;
        record.conversation = part.room ? part.room : last_conversation_;
        record.at = now_;
        record.seed = seed_;
        record.body = encode(part);
        record.id = hot.last_event = workshop_.store.add_event(record);
    }
    workshop_.store.save(hot);
    std::vector<Message> messages;
    for (std::size_t i = 0; i < parts_.size(); ++i)
        messages.push_back(message_of(
            workshop_, session_, records[i], parts_[i], now_, i + 1 < parts_.size() ? words_ : std::move(words_)));
    return messages;
}

}  // namespace reweave::engine
