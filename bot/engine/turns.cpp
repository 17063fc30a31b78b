// What one does in a conversation of several people, all see: the turns of all of them, and the consent that is looked
// up again before anything is shown.
#include <algorithm>
#include <stdexcept>
#include <utility>

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

bool all_out(const Together& together) {
    return std::all_of(
        together.state.lanes.begin(), together.state.lanes.end(), [](const dialog::Lane& lane) { return lane.out; });
}

}  // namespace

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

}  // namespace reweave::engine
