#include "bot/engine/message.hpp"

#include <algorithm>

namespace reweave::engine {
namespace {

class MessageReader {
 public:
    MessageReader(Workshop workshop, Session& session, TimePoint at, OpenWords words, ConversationId conversation = {})
        : workshop_(workshop), session_(session), words_(std::move(words)), conversation_(conversation) {
        render_.revision = [this](std::string_view hash) {
            return workshop_.library.by_hash(hash, session_.person.language);
        };
        render_.words = [this](WordsRef ref) { return open(words_, workshop_.store, ref); };
        render_.pack = &pack_for(session.person, workshop.options);
        render_.phrases = workshop.library.newest("phrases", session.person.language);
        render_.time_zone = session.person.time_zone;
        render_.now = at;
        render_.together = [this] {
            const RunningPtr running = conversation_ ? workshop_.conversations.get(conversation_) : nullptr;
            return running ? workshop_.library.by_hash(running->record.revision, session_.person.language) : nullptr;
        };
    }
    MessageReader(const MessageReader&) = delete;
    MessageReader& operator=(const MessageReader&) = delete;

    [[nodiscard]] const dialog::RenderContext& render() const { return render_; }

    [[nodiscard]] RoomView room(const Running& running) {
        RoomView view;
        view.id = conversation_ = running.record.id;
        if (const auto revision = workshop_.library.by_hash(running.record.revision, session_.person.language))
            view.title = revision->script.title;
        if (!running.together) return view;
        const dialog::JointState& state = running.together->state;
        const int mine = running.together->lane_of(session_.person.id);
        dialog::Answer other;
        for (std::size_t i = 0; i < state.lanes.size(); ++i) {
            const dialog::Lane& lane = state.lanes[i];
            const bool reads = state.room.open ? lane.in_room && !lane.out : lane.rooms > 0;
            if (static_cast<int>(i) == mine || !reads) continue;
            view.others.push_back(name_of(lane));
            other = named(lane);
        }
        const auto bubble = view.others.size() == 1 ? dialog::phrase(render_.phrases, "you-and", 0, {{"who", other}})
                                                    : dialog::phrase(render_.phrases, "everyone-here", 0);
        if (bubble) view.readers = dialog::render(*bubble, render_).text;
        const bool in = mine >= 0 && state.lanes[static_cast<std::size_t>(mine)].in_room;
        view.open = in && state.room.open;
        view.paused = view.open && state.room.frozen;
        if (view.open && state.room.holder >= 0) name_round(view, running, state.room);
        const int speaks = view.open ? who_speaks(running) : -1;
        if (speaks < 0) return view;
        view.floor = name_of(state.lanes[static_cast<std::size_t>(speaks)]);
        view.floor_mine = speaks == mine;
        if (speaks == state.room.holder && !view.paused && !state.room.time_is_up) view.floor_until = state.room.until;
        return view;
    }

    void name_round(RoomView& view, const Running& running, const dialog::Room& room) {
        const auto revision = workshop_.library.by_hash(running.record.revision, session_.person.language);
        const auto step = static_cast<std::size_t>(room.round.step);
        if (!revision || room.round.step < 0 || step >= revision->script.steps.size()) return;
        view.round = revision->script.steps[step].title;
        view.round_id = std::to_string(room.openings) + "." + std::to_string(step);
    }

    /// Whether the question that was asked then is still the open one.
    [[nodiscard]] bool is_open(const OpenQuestion& question, const Running* room) {
        if (room) {
            const auto& together = room->together;
            return together && together->state.room.open && !together->state.room.frozen &&
                   together->state.room.state.waiting && together->state.room.state.wait == question.question.wait;
        }
        const dialog::State* place = session_.place();
        return place && session_.focus->record.id == question.conversation && place->waiting &&
               place->wait == question.question.wait;
    }

 private:
    /// Lane of who is asked now, or else has the floor; -1: nobody.
    [[nodiscard]] int who_speaks(const Running& running) {
        const dialog::JointState& state = running.together->state;
        const auto revision = workshop_.library.by_hash(running.record.revision);
        const auto& frames = state.room.state.frames;
        const dialog::Node* node =
            revision && !frames.empty() ? dialog::node_at(revision->script, frames.back().at) : nullptr;
        if (!node || !state.room.state.waiting || !std::holds_alternative<dialog::Ask>(node->what))
            return state.room.holder;
        if (node->to == "listener" && state.lanes.size() == 2 && state.room.holder >= 0) return 1 - state.room.holder;
        for (std::size_t i = 0; i < state.lanes.size(); ++i) {
            if (state.lanes[i].role == node->to) return static_cast<int>(i);
        }
        return state.room.holder;
    }

    [[nodiscard]] std::string name_of(const dialog::Lane& lane) { return dialog::render(named(lane), render_); }

    [[nodiscard]] static dialog::Answer named(const dialog::Lane& lane) {
        return std::holds_alternative<std::monostate>(lane.name) ? dialog::Picked{lane.role, lane.role} : lane.name;
    }

    Workshop workshop_;
    Session& session_;
    OpenWords words_;
    ConversationId conversation_;  ///< whose roles have names
    dialog::RenderContext render_;
};

constexpr int kMostAtOnce = 200;

/// The last `most` of those with a number above `after` and below `before`, oldest first.
std::vector<Message> messages_between(
    Workshop workshop, Session& session, std::int64_t after, std::int64_t before, int most, TimePoint now) {
    std::vector<Message> messages;
    for (EventId id = session.hot.last_event; id && messages.size() < static_cast<std::size_t>(most);) {
        const auto record = workshop.store.event(id);
        if (!record || record->seq <= after) break;
        if (record->seq < before)
            messages.push_back(message_of(workshop, session, *record, decode_event_body(record->body), now));
        id = record->prev;
    }
    std::reverse(messages.begin(), messages.end());
    return messages;
}

}  // namespace

const dialog::LanguagePack& pack_for(const Person& person, const CoreOptions& options) {
    const auto it = options.packs.find(person.language.substr(0, person.language.find('-')));
    return it == options.packs.end() ? *options.packs.at("en") : *it->second;
}

std::optional<std::string_view> open(OpenWords& words, Store& store, WordsRef ref) {
    auto it = words.find(ref.id);
    if (it == words.end()) {
        auto text = store.words(ref);
        if (!text) return std::nullopt;
        it = words.emplace(ref.id, std::move(*text)).first;
    }
    return it->second;
}

Message message_of(Workshop workshop,
                   Session& session,
                   const EventRecord& record,
                   const EventBody& body,
                   TimePoint now,
                   OpenWords words) {
    MessageReader reader(workshop, session, record.at, std::move(words), record.conversation);
    const dialog::RenderContext& render = reader.render();
    const RunningPtr room = body.room ? workshop.conversations.get(body.room) : nullptr;

    Message message;
    message.event = record.id;
    message.person = record.person;
    message.conversation = record.conversation;
    message.seq = record.seq;
    message.at = record.at;
    message.replaces = body.replaces;
    if (body.room)
        message.room = room ? reader.room(*room) : RoomView{body.room, {}, {}, {}, false, false, {}, false, {}, {}, {}};
    message.asides = body.asides;
    message.you_stands = body.stands;
    if (body.said.id != 0) message.you_text = dialog::render(dialog::Answer(body.said), render);
    message.you_picks = body.pressed;
    if (body.heard) {
        message.heard.emplace();
        message.heard->name = dialog::render(body.heard->name, render);
        if (body.heard->words.id != 0) message.heard->text = dialog::render(dialog::Answer(body.heard->words), render);
        message.heard->picks = body.heard->pressed;
    }
    for (const dialog::Bubble& bubble : body.bubbles) {
        message.bubbles.push_back(dialog::render(bubble, render));
        if (message.bubbles.back().kind == dialog::RenderedBubble::Kind::help) {
            message.help.push_back(
                help_lines(*workshop.options.help, session.person.country, message.bubbles.back().topics, now));
        }
    }
    if (body.question && (room || !body.room) && reader.is_open(*body.question, room.get())) {
        message.ask = dialog::render(body.question->question, render);
        message.ask_id = ask_id(*body.question, static_cast<bool>(body.room));
    }
    return message;
}

std::vector<Message> messages_after(Workshop workshop, Session& session, std::int64_t seen, TimePoint now) {
    return messages_between(workshop, session, seen, session.hot.seq + 1, kMostAtOnce, now);
}

std::vector<Message> messages_before(
    Workshop workshop, Session& session, std::int64_t before, int limit, TimePoint now) {
    if (before <= 0) before = session.hot.seq + 1;
    return messages_between(workshop, session, 0, before, std::clamp(limit, 1, kMostAtOnce), now);
}

std::string phrase_text(Workshop workshop, const Person& person, const GetPhrase& get) {
    dialog::Answers shown;
    for (const auto& [name, value] : get.shown) shown[name] = dialog::Picked{value, value};
    dialog::RenderContext render;
    render.revision = [&](std::string_view hash) { return workshop.library.by_hash(hash, person.language); };
    render.words = [](WordsRef) { return std::nullopt; };
    render.pack = &pack_for(person, workshop.options);
    render.phrases = workshop.library.newest("phrases", person.language);
    const auto bubble = dialog::phrase(render.phrases, get.id, workshop.options.random(), std::move(shown));
    return bubble ? dialog::render(*bubble, render).text : std::string();
}

std::vector<RoomView> open_rooms(Workshop workshop, Session& session, TimePoint now) {
    std::vector<RoomView> rooms;
    MessageReader reader(workshop, session, now, {});
    for (const Participant& seat : workshop.store.seats(session.person.id)) {
        const RunningPtr running = workshop.conversations.get(seat.conversation);
        if (!running) continue;
        RoomView view = reader.room(*running);
        if (view.open) rooms.push_back(std::move(view));
    }
    return rooms;
}

}  // namespace reweave::engine
