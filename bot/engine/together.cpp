// Conversations of several people, for one of them: what they do in the room and see of it, and their seat.
#include <algorithm>
#include <utility>

#include "bot/dialog/recognise.hpp"
#include "bot/engine/turn.hpp"

namespace reweave::engine {
namespace {

/// What somebody may say anywhere, and is obeyed.
bool reaches_out(dialog::Command command) {
    using enum dialog::Command;
    return command == stop || command == exit || command == erase || command == help || command == human;
}

}  // namespace

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
    part(inbound.room).stands = inbound.stands;
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
