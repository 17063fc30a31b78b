// Conversations of several people: what one does, all see. Seats, rooms, and the consent that is looked up again before
// anything is shown.
#include <algorithm>
#include <utility>

#include "bot/dialog/recognise.hpp"
#include "bot/engine/turn.hpp"

namespace reweave::engine {
namespace {

bool stands(const Consent& consent) {
    return consent.ended == TimePoint{} || consent.shown != TimePoint{};
}

/// The words that a bubble, or what someone said, would show.
std::vector<WordsRef> words_in(const dialog::Outgoing& out) {
    std::vector<WordsRef> all;
    if (const auto* spoken = std::get_if<dialog::Spoken>(&out.what)) {
        if (spoken->words.id != 0) all.push_back(spoken->words);
        return all;
    }
    const auto* say = std::get_if<dialog::SayEffect>(&std::get<dialog::Effect>(out.what));
    if (!say) return all;
    for (const auto& [name, answer] : say->bubble.shown) {
        if (const auto* ref = std::get_if<WordsRef>(&answer)) all.push_back(*ref);
    }
    return all;
}

bool shows(const dialog::Outgoing& out, const dialog::Answer& what) {
    const auto* effect = std::get_if<dialog::Effect>(&out.what);
    const auto* say = effect ? std::get_if<dialog::SayEffect>(effect) : nullptr;
    return say && std::any_of(say->bubble.shown.begin(), say->bubble.shown.end(), [&](const auto& named) {
               return named.second == what;
           });
}

/// What somebody may say anywhere, and is obeyed.
bool reaches_out(dialog::Command command) {
    using enum dialog::Command;
    return command == stop || command == exit || command == erase || command == help || command == human;
}

bool all_out(const Together& together) {
    return std::all_of(
        together.state.lanes.begin(), together.state.lanes.end(), [](const dialog::Lane& lane) { return lane.out; });
}

}  // namespace

// --------------------------------------------------------------------------------------------- all of them

Turn& Turns::of(Session& session) {
    const auto it =
        std::find_if(turns_.begin(), turns_.end(), [&](const auto& turn) { return &turn->session() == &session; });
    if (it != turns_.end()) return **it;
    return *turns_.emplace_back(std::make_unique<Turn>(workshop_, *this, session, now_));
}

dialog::Turn::Result Turns::take(const RunningPtr& conversation, dialog::JointInput input, Turn* acting) {
    if (workshop_.library.is_recalled(conversation->record.revision))
        return take_back(conversation, std::move(input), acting);
    return run(conversation, std::move(input), acting, false);
}

/// `recalled`: what stands in front of the script still runs, the script itself says nothing.
dialog::Turn::Result Turns::run(const RunningPtr& conversation, dialog::JointInput input, Turn* acting, bool recalled) {
    const dialog::RevisionPtr root = workshop_.library.by_hash(conversation->record.revision);
    if (!root) throw std::runtime_error("a conversation points to a revision that is not stored");
    Together& together = *conversation->together;
    // Each is listened to in their own language; what the room does by itself is nobody's.
    dialog::Context context, spoken;
    if (acting) {
        spoken = acting->context();
        const int lane = together.lane_of(acting->session().person.id);
        context.lanes.resize(together.state.lanes.size());
        if (lane >= 0) context.lanes[static_cast<std::size_t>(lane)] = &spoken;
    }
    context.revision = [this](std::string_view hash) { return workshop_.library.by_hash(hash); };
    context.words = [this](WordsRef ref) { return open(words_, workshop_.store, ref); };
    context.pack = workshop_.options.packs.at("en").get();
    context.phrases = workshop_.library.newest("phrases");
    context.time_zone = "UTC";
    const std::vector<Agreed> before = agreed(together);
    const bool had_met = together.state.room.openings > 0;
    const dialog::JointEvent event{now_, workshop_.options.random(), std::move(input)};
    dialog::JointTurn turn = dialog::joint_step(root, std::move(together.state), event, context);
    together.state = std::move(turn.state);
    if (turn.result != dialog::Turn::Result::accepted) return turn.result;
    touch(conversation);
    if (!had_met && together.state.room.openings > 0) {
        for (const Participant& met : together.people) {
            if (together.lane(met.lane).rooms > 0)
                workshop_.store.forget_asked(met.person, conversation->record.person);
        }
    }
    record_consents(conversation, before);
    const int mine = recalled ? together.lane_of(acting->session().person.id) : -1;
    bool back = recalled && !together.lane(mine).out && !is_interrupted(together.lane(mine).state);
    for (const dialog::Outgoing& out : turn.out) {
        const auto* effect = std::get_if<dialog::Effect>(&out.what);
        const auto* end = effect ? std::get_if<dialog::EndEffect>(effect) : nullptr;
        if (recalled && end && end->why == dialog::EndEffect::Why::finished && end->outcome.empty()) {
            back = true;  // into a room that is closed
        } else if (!back || !effect || !is_said_there(*effect, together.lane(mine).state)) {
            give(conversation, out);
        }
    }
    if (back) acting->recalled(conversation);
    if (acting && !turn.pressed.empty()) acting->pressed(conversation, event.input, std::move(turn.pressed));
    return turn.result;
}

void Turns::touch(const RunningPtr& conversation) {
    if (std::find(touched_.begin(), touched_.end(), conversation) == touched_.end()) touched_.push_back(conversation);
}

std::vector<Turns::Agreed> Turns::agreed(const Together& together) {
    std::vector<Agreed> all;
    for (const dialog::Lane& lane : together.state.lanes) all.push_back({lane.name, lane.shared});
    return all;
}

void Turns::give(const RunningPtr& conversation, const dialog::Outgoing& out) {
    const auto* effect = std::get_if<dialog::Effect>(&out.what);
    Together& together = *conversation->together;
    if (const auto* timer = effect ? std::get_if<dialog::TimerEffect>(effect) : nullptr) {
        const Participant* whose = out.to.empty() ? nullptr : together.in(out.to.front());
        workshop_.store.add_timer(record_of(*timer, whose ? whose->person : PersonId{}, conversation->record.id));
        return;
    }
    if (const auto* spoken = std::get_if<dialog::Spoken>(&out.what); spoken && spoken->words.id != 0) {
        Consent said;
        said.lane = spoken->lane;
        said.kind = Consent::Kind::said;
        said.what = spoken->words;
        said.shown = now_;
        add_consent(conversation, std::move(said));
    }
    for (const int lane : out.to) {
        const Participant* reader = together.in(lane);
        Session* session = reader ? sessions_.get(reader->person) : nullptr;
        if (!session) continue;
        if (!may_read(*conversation, lane, out)) {
            ++stopped_;
            continue;
        }
        of(*session).receive(conversation, lane, out);
    }
}

/// Looked up anew, whatever the script and its step say: every word is the reader's own, or its author let them read
/// it.
bool Turns::may_read(const Running& conversation, int lane, const dialog::Outgoing& out) {
    const Together& together = *conversation.together;
    const std::string& role = together.state.lanes[static_cast<std::size_t>(lane)].role;
    const auto allows = [&](const Consent& consent) {
        return stands(consent) && (consent.readers.empty() || consent.readers == role);
    };
    const auto& consents = together.consents;
    for (const WordsRef ref : words_in(out)) {
        const bool agreed = std::any_of(consents.begin(), consents.end(), [&](const Consent& consent) {
            return consent.what == dialog::Answer(ref) && allows(consent);
        });
        if (agreed) continue;
        const PersonId author = workshop_.store.author(ref);
        if (author && together.lane_of(author) != lane) return false;
    }
    return std::all_of(out.owners.begin(), out.owners.end(), [&](int owner) {
        return owner == lane || std::any_of(consents.begin(), consents.end(), [&](const Consent& consent) {
                   return consent.lane == owner && consent.kind == Consent::Kind::shared && allows(consent) &&
                          shows(out, consent.what);
               });
    });
}

void Turns::add_consent(const RunningPtr& conversation, Consent consent) {
    const Participant* author = conversation->together->in(consent.lane);
    if (!author) return;
    consent.conversation = conversation->record.id;
    consent.person = author->person;
    consent.at = now_;
    consent.id = workshop_.store.add_consent(consent);
    conversation->together->consents.push_back(std::move(consent));
}

/// What was agreed, taken back, replaced or shown in this turn.
void Turns::record_consents(const RunningPtr& conversation, const std::vector<Agreed>& before) {
    Together& together = *conversation->together;
    for (std::size_t i = 0; i < before.size(); ++i) {
        const auto& was = before[i].shared;
        const dialog::Lane& lane = together.state.lanes[i];
        for (Consent& consent : together.consents) {
            if (consent.kind != Consent::Kind::shared || consent.lane != static_cast<int>(i) ||
                consent.ended != TimePoint{} || consent.shown != TimePoint{})
                continue;
            const auto it = lane.shared.find(consent.name);
            const bool same =
                it != lane.shared.end() && it->second.answer == consent.what && it->second.at == consent.at;
            if (same && !it->second.shown) continue;
            (same ? consent.shown : consent.ended) = now_;
            workshop_.store.save(consent);
        }
        for (const auto& [name, shared] : lane.shared) {
            const auto it = was.find(name);
            if (it != was.end() && it->second.at == shared.at && it->second.answer == shared.answer) continue;
            Consent agreed;
            agreed.lane = static_cast<int>(i);
            agreed.kind = Consent::Kind::shared;
            agreed.name = name;
            agreed.what = shared.answer;
            agreed.readers = shared.role;
            if (shared.shown) agreed.shown = now_;
            add_consent(conversation, std::move(agreed));
        }
    }
    for (std::size_t i = 0; i < before.size(); ++i) {
        const dialog::Lane& lane = together.state.lanes[i];
        if (lane.name == before[i].name || !std::holds_alternative<WordsRef>(lane.name)) continue;
        Consent named;
        named.lane = static_cast<int>(i);
        named.kind = Consent::Kind::name;
        named.what = lane.name;
        named.shown = now_;
        add_consent(conversation, std::move(named));
    }
}

std::vector<Turns::Finished> Turns::finish() {
    std::vector<Finished> finished;
    for (const auto& turn : turns_) {
        std::vector<Message> messages = turn->finish();
        if (!messages.empty()) finished.push_back({&turn->session(), std::move(messages)});
    }
    for (const RunningPtr& conversation : touched_) {
        Conversation& record = conversation->record;
        if (all_out(*conversation->together)) record.status = Conversation::Status::ended;
        record.state = to_text(conversation->together->state);
        record.updated = now_;
        workshop_.store.save(record);
    }
    return finished;
}

// --------------------------------------------------------------------------------------------- one of them

void Turn::receive(const RunningPtr& conversation, int lane, const dialog::Outgoing& out) {
    if (const auto* spoken = std::get_if<dialog::Spoken>(&out.what)) {
        if (spoken->lane == lane) return;
        const dialog::Lane& speaker = conversation->together->lane(spoken->lane);
        const bool named = !std::holds_alternative<std::monostate>(speaker.name);
        part(conversation->record.id).heard =
            HeardWords{named ? speaker.name : dialog::Answer(dialog::Picked{speaker.role, speaker.role}),
                       spoken->words,
                       spoken->pressed};
        return;
    }
    const auto& effect = std::get<dialog::Effect>(out.what);
    if (out.room) {
        receive_in_room(conversation, effect, out.aside);
    } else if (session_.focus == conversation) {
        last_conversation_ = conversation->record.id;
        apply(effect);
    } else {
        hold(conversation, lane, effect);
    }
}

void Turn::receive_in_room(const RunningPtr& conversation, const dialog::Effect& effect, bool aside) {
    const ConversationId room = conversation->record.id;
    if (const auto* say = std::get_if<dialog::SayEffect>(&effect)) {
        aside ? say_aside(room, say->bubble) : part(room).bubbles.push_back(say->bubble);
    } else if (const auto* ask = std::get_if<dialog::AskEffect>(&effect)) {
        part(room).question = OpenQuestion{room, ask->question};
    } else if (const auto* end = std::get_if<dialog::EndEffect>(&effect)) {
        if (session_.focus == conversation) {
            ended(*end);
        } else {
            std::erase(session_.hot.waiting, room);
        }
    }
}

/// Something else has their private room: it is kept until they come back to this.
void Turn::hold(const RunningPtr& conversation, int lane, const dialog::Effect& effect) {
    if (const auto* used = std::get_if<dialog::CommandEffect>(&effect)) return command(used->command);
    const auto* say = std::get_if<dialog::SayEffect>(&effect);
    const bool asks = std::holds_alternative<dialog::AskEffect>(effect);
    if (!say && !asks) {
        // What is said at the end is heard still; nothing is to be gone on with.
        if (std::holds_alternative<dialog::EndEffect>(effect)) return;
        return apply(effect);
    }
    Participant& seat = *conversation->together->in(lane);
    if (say) {
        EventBody held = seat.held.empty() ? EventBody{} : decode_event_body(seat.held);
        held.bubbles.push_back(say->bubble);
        seat.held = encode(held);
        workshop_.store.save(seat);
    }
    std::vector<ConversationId>& waiting = session_.hot.waiting;
    const ConversationId id = conversation->record.id;
    if (session_.hot.offered != id && std::find(waiting.begin(), waiting.end(), id) == waiting.end())
        waiting.push_back(id);
}

dialog::Turn::Result Turn::run_in_room(ConversationId room, dialog::Input input) {
    const RunningPtr conversation = workshop_.conversations.get(room);
    const int lane = my_lane(conversation);
    if (lane < 0) return dialog::Turn::Result::not_open;
    return all_.take(conversation, dialog::InRoom{lane, std::move(input)}, this);
}

/// What could be a sign of danger is held back from the others, and everyone is asked to pause in the same words.
Reply::Code Turn::typed_in_room(const Inbound& inbound) {
    const RunningPtr conversation = workshop_.conversations.get(inbound.room);
    const int lane = my_lane(conversation);
    if (lane < 0) return Reply::Code::unknown_room;
    if (const dialog::Lane& mine = conversation->together->lane(lane); !mine.in_room && mine.rooms == 0) {
        // There is no such room for them yet, whoever else has come. What sounds like danger is heard all the same.
        if (inbound.findings.tier() == safety::Tier::none) return Reply::Code::unknown_room;
        Inbound alone = inbound;
        alone.room = {};
        return typed(alone);
    }
    const std::optional<safety::Finding> finding = weighed(inbound.findings);
    if (finding && finding->tier == safety::Tier::stop) {
        safety_stop(*finding);
        return Reply::Code::ok;
    }
    const WordsRef ref = workshop_.store.add_words(session_.person.id, inbound.text, session_.hot.last_words);
    session_.hot.last_words = ref;
    words_[ref.id] = inbound.text;
    part(inbound.room).said = ref;
    if (finding) {
        const bool froze = all_.take(conversation, dialog::Freezes{}, this) == dialog::Turn::Result::accepted;
        if (froze && workshop_.library.is_recalled(conversation->record.revision)) tell_later(conversation);
        note_safety(*finding, check_script(finding->category));
        interrupt(check_script(finding->category));
        return Reply::Code::ok;
    }
    const bool may_speak = now_ >= session_.person.joint_locked_until;
    const bool heard = may_speak && all_.take(conversation,
                                              dialog::InRoom{lane, dialog::Typed{ref, words_[ref.id], inbound.seen}},
                                              this) == dialog::Turn::Result::accepted;
    if (heard) return Reply::Code::ok;
    const bool open = conversation->together->lane(lane).in_room && conversation->together->state.room.open;
    const auto used = dialog::recognise_command(inbound.text, pack_for(session_.person, workshop_.options));
    if (!open && used && reaches_out(*used)) {
        if (!session_.focus || run(dialog::Typed{ref, words_[ref.id]}) == dialog::Turn::Result::not_open)
            without_focus(used);
        return Reply::Code::ok;
    }
    std::string line = open ? "room-still-paused" : "room-closed";
    if (inbound.seen) line += "-seen";
    if (auto bubble = phrase(line)) say_aside(inbound.room, std::move(*bubble));
    return Reply::Code::ok;
}

void Turn::pressed(const RunningPtr& conversation, const dialog::JointInput& input, std::vector<std::string> labels) {
    const bool room = std::holds_alternative<dialog::InRoom>(input);
    const ConversationId where = room ? conversation->record.id : ConversationId{};
    const auto it = std::find_if(parts_.begin(), parts_.end(), [&](const EventBody& p) { return p.room == where; });
    EventBody& first = it == parts_.end() ? *parts_.insert(parts_.begin(), EventBody{}) : *it;
    first.room = where;
    first.pressed = std::move(labels);
}

// ------------------------------------------------------------------------------------------------- seats

/// -1 if they have no seat of it.
int Turn::my_lane(const RunningPtr& conversation) const {
    return conversation && conversation->together ? conversation->together->lane_of(session_.person.id) : -1;
}

/// Whether they may begin or join; a room that is open goes on, whatever the settings say now.
bool Turn::may_meet() const {
    const std::vector<std::string>& unscreened = workshop_.options.unscreened;
    const std::string spoken = session_.person.language.substr(0, session_.person.language.find('-'));
    return workshop_.options.together && !is_locked() &&
           std::find(unscreened.begin(), unscreened.end(), spoken) == unscreened.end();
}

void Turn::begin_together(const dialog::BeginEffect& begin) {
    const dialog::RevisionPtr revision = workshop_.library.newest(begin.script);
    if (!may_meet() || !revision || revision->script.people.empty()) return say("not-this-time");
    std::vector<std::string> roles;
    for (const dialog::Role& role : revision->script.people)
        roles.insert(roles.end(), static_cast<std::size_t>(role.most), role.name);
    auto begun = std::make_shared<Running>();
    Conversation& record = begun->record;
    record.person = session_.person.id;
    record.revision = revision->hash;
    record.created = record.updated = now_;
    begun->together = std::make_unique<Together>();
    begun->together->state = dialog::initial_joint_state(roles, workshop_.options.random());
    record.state = to_text(begun->together->state);
    record.id = workshop_.store.add_conversation(record);
    begun->together->people = {{record.id, 0, session_.person.id, {}}};
    workshop_.store.save(begun->together->people.front());
    workshop_.conversations.add(begun);
    take_seat(begun, begin.answers);
}

void Turn::take_seat(const RunningPtr& conversation, dialog::Answers answers) {
    const int lane = conversation->together->lane_of(session_.person.id);
    if (lane < 0 || !may_meet()) return say("not-this-time");
    answers.merge(known_answers());
    if (const Conversation& record = conversation->record;
        conversation->together->state.lanes.size() == 2 && record.person != session_.person.id) {
        // Whoever was invited knows who invited them; the other way round nobody is told who came.
        const auto inviter = workshop_.store.person(record.person);
        if (inviter && inviter->name.id != 0) answers[std::string(dialog::kTheirName)] = inviter->name;
    }
    dialog::Answer name;
    if (session_.person.name.id != 0) name = session_.person.name;
    session_.focus = conversation;
    session_.hot.focus = conversation->record.id;
    dialog::Answer pronouns;
    if (const auto it = answers.find(dialog::kMyPronouns); it != answers.end()) pronouns = it->second;
    const auto result =
        all_.take(conversation, dialog::Joins{lane, std::move(answers), std::move(name), std::move(pronouns)}, this);
    if (result == dialog::Turn::Result::accepted) return;
    leave_focus();
    say("not-this-time");
}

void Turn::invited(const RunningPtr& conversation, int lane, WordsRef inviter) {
    Together& together = *conversation->together;
    Participant* seat = together.in(lane);
    if (!seat) seat = &together.people.emplace_back();
    *seat = {conversation->record.id, lane, session_.person.id, {}};
    workshop_.store.save(*seat);
    if (session_.focus) {
        // Nobody comes back to the first screen by an offer.
        if (open_script() == workshop_.options.first_script || open_script() == "menu") {
            session_.focus->record.status = Conversation::Status::ended;
            session_.focus->record.outcome = "invited";
            save_focus();
            leave_focus();
        } else {
            pause_focus();
        }
    }
    dialog::Answers answers = known_answers();
    if (inviter.id != 0) answers["inviter"] = inviter;
    session_.hot.offered = conversation->record.id;
    begin("invited", std::move(answers));
}

void Turn::answer_invitation(const std::string& outcome) {
    const ConversationId offered = std::exchange(session_.hot.offered, {});
    const RunningPtr conversation = workshop_.conversations.get(offered);
    if (!conversation || !conversation->together) return;
    if (outcome == "yes") return take_seat(conversation, {});
    if (outcome == "later") return offer_again(offered);
    if (outcome == "block" || outcome == "report") {
        workshop_.store.add_block(session_.person.id, conversation->record.person, now_);
        if (outcome == "report") note_report();
    }
    decline(conversation);
}

/// Nobody is told.
void Turn::decline(const RunningPtr& conversation) {
    Together& together = *conversation->together;
    const int lane = together.lane_of(session_.person.id);
    if (lane < 0) return;
    if (!together.lane(lane).out) {
        (void)all_.take(conversation, dialog::Leaves{lane}, this);
        return;
    }
    workshop_.store.remove_seat(conversation->record.id, lane);
    std::erase_if(together.people, [&](const Participant& p) { return p.lane == lane; });
}

void Turn::go_on_together(const RunningPtr& conversation) {
    Together& together = *conversation->together;
    const int lane = together.lane_of(session_.person.id);
    if (lane < 0) return;
    Participant& seat = *together.in(lane);
    const bool was_held = !seat.held.empty();
    if (was_held) {
        for (dialog::Bubble& bubble : decode_event_body(seat.held).bubbles)
            in_private().bubbles.push_back(std::move(bubble));
        seat.held.clear();
        workshop_.store.save(seat);
    }
    if (together.lane(lane).out) {
        if (!was_held) take_seat(conversation, {});
        return;
    }
    session_.focus = conversation;
    session_.hot.focus = conversation->record.id;
    if (!was_held) say("resumed");
    (void)run(dialog::Refocused{});
}

std::vector<std::pair<RunningPtr, int>> Turn::seats() {
    std::vector<std::pair<RunningPtr, int>> all;
    for (const Participant& seat : workshop_.store.seats(session_.person.id)) {
        RunningPtr conversation = workshop_.conversations.get(seat.conversation);
        if (conversation && conversation->together && !conversation->together->lane(seat.lane).out)
            all.emplace_back(std::move(conversation), seat.lane);
    }
    return all;
}

/// From a private part they are gone, and nobody is told: nobody is brought together with someone who must not come, or
/// cannot. A room pauses, as when anyone asks for it.
void Turn::withdraw() {
    for (const auto& [conversation, lane] : seats()) {
        const bool in_room = conversation->together->lane(lane).in_room;
        (void)all_.take(conversation,
                        in_room ? dialog::JointInput(dialog::Freezes{}) : dialog::JointInput(dialog::Leaves{lane}),
                        this);
    }
}

void Turn::leave_all() {
    for (const auto& [conversation, lane] : seats()) (void)all_.take(conversation, dialog::Leaves{lane}, this);
}

}  // namespace reweave::engine
