#include "bot/engine/core.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>
#include <utility>

#include "bot/dialog/hours.hpp"
#include "bot/engine/devices.hpp"
#include "bot/engine/export.hpp"
#include "bot/engine/marks.hpp"
#include "bot/engine/seats.hpp"
#include "bot/engine/undo.hpp"

namespace reweave::engine {
namespace {

using namespace std::chrono_literals;

constexpr int kTimersPerBatch = 1024;
constexpr int kMaxAttempts = 3;
constexpr int kForgetAtOnce = 1000;
constexpr auto kRemembered = 30 * 24h;

constexpr std::size_t kWhole = 1'000'000'000;  ///< of a request: all of it, not one of its inbounds

bool is_typed(Inbound::Kind kind) {
    return kind == Inbound::Kind::text || kind == Inbound::Kind::edited;
}

/// Thrown through a batch when one turn of it failed, so that the rest can be run again without it.
struct TurnFailed {
    std::size_t request;
    std::size_t inbound;
};

}  // namespace

class Core::Impl {
 public:
    Impl(Store& store, const Clock& clock, CoreOptions options) : clock_(clock), desk_(store, std::move(options)) {
        next_due_ = desk_.store.next_timer();
        for (const InboxRecord& record : desk_.store.pending_inbox(kTimersPerBatch))
            retries_.push_back({record, clock_.now()});
    }

    std::vector<Output> run(std::vector<Request> requests) {
        desk_.now = clock_.now();
        failed_.clear();
        const std::vector<Retry> retries = retries_;
        // A turn that throws is a rare fault of ours. The whole batch is then rolled back and run again without that
        // turn: the same as a savepoint around each turn, at no cost for the turns that do not throw.
        for (;;) {
            desk_.outputs.clear();
            desk_.outputs.reserve(2 * requests.size());
            erasures_.clear();
            deliveries_.begin_batch();
            retries_ = retries;
            desk_.store.begin();
            try {
                for (std::size_t i = 0; i < requests.size(); ++i) handle(requests[i], i);
                fire_timers();
                retry_inbox();
                forget_old();
                part_with(erasures_);
                desk_.store.commit();
                break;
            } catch (const TurnFailed& failure) {
                undo();
                failed_.insert({failure.request, failure.inbound});
            } catch (...) {
                undo();
                throw;
            }
        }
        for (const PersonId person : erasures_) erase(person);
        next_due_ = desk_.store.next_timer();
        ++desk_.counters.batches;
        desk_.counters.oldest_unsent = deliveries_.oldest_unsent();
        return std::move(desk_.outputs);
    }

    [[nodiscard]] std::optional<TimePoint> next_due() const {
        std::optional<TimePoint> due = next_due_;
        for (const Retry& retry : retries_) due = due ? std::min(*due, retry.at) : retry.at;
        return due;
    }

    [[nodiscard]] std::vector<std::string> unpublished(const std::vector<std::string>& scripts) const {
        std::vector<std::string> missing;
        for (const std::string& id : scripts) {
            if (!desk_.library.has(id)) missing.push_back(id);
        }
        return missing;
    }

    [[nodiscard]] const CoreCounters& counters() const { return desk_.counters; }

 private:
    struct Retry {
        InboxRecord record;
        TimePoint at;
    };

    void undo() {
        desk_.rollback();
        deliveries_.undo_batch();
    }

    // ------------------------------------------------------------------------------------ dispatch

    void handle(Request& request, std::size_t index) {
        request_ = index;
        ticket_ = request.ticket;
        if (failed_.contains({index, kWhole})) return reply_failed(request);
        try {
            std::visit([&](auto& body) { on(body); }, request.body);
        } catch (const StoreError&) {
            throw;
        } catch (const std::exception&) {
            ++desk_.counters.failed_turns;
            throw TurnFailed{index, kWhole};
        }
    }

    void reply(Reply reply) {
        reply.ticket = ticket_;
        desk_.outputs.emplace_back(std::move(reply));
    }

    void reply(Reply::Code code) { reply(refusal(code)); }

    /// As many replies as the request would have had: whoever asked waits for all of them.
    void reply_failed(const Request& request) {
        const auto* batch = std::get_if<Batch>(&request.body);
        const std::size_t count = batch ? std::max<std::size_t>(1, batch->inbounds.size()) : 1;
        for (std::size_t i = 0; i < count; ++i) {
            Reply answer = refusal(Reply::Code::failed);
            answer.index = static_cast<int>(i);
            reply(std::move(answer));
        }
    }

    // ------------------------------------------------------------------------------------ inbounds

    void on(Batch& batch) {
        for (std::size_t i = 0; i < batch.inbounds.size(); ++i) {
            Reply answer;
            answer.ticket = ticket_;
            answer.index = static_cast<int>(i);
            const std::size_t at = desk_.outputs.size();
            desk_.outputs.emplace_back(Reply{});  // stands before what the turn itself puts out
            answer.code = take(batch.channel, batch.inbounds[i], i, answer);
            desk_.outputs[at] = std::move(answer);
        }
        if (batch.cursor) desk_.store.save_cursor(batch.channel, *batch.cursor);
        for (const ChannelRow& row : batch.rows) desk_.store.save_channel_row(batch.channel, row);
        if (batch.inbounds.empty()) reply(Reply::Code::ok);
    }

    /// Deduplicates an inbound, finds its person and takes their turn.
    Reply::Code take(const std::string& channel, const Inbound& inbound, std::size_t index, Reply& answer) {
        const auto identity = identity_of(channel, inbound);
        if (!identity || identity->ended) return Reply::Code::unknown_identity;
        answer.identity = identity->id;
        answer.person = identity->person;
        InboxRecord record;
        if (inbound.number == 0 && !inbound.key.empty()) {
            record.channel = channel;
            record.key = inbound.key;
            record.at = desk_.now;
            record.state = InboxRecord::State::done;
            const auto id = desk_.store.add_inbox(record);
            if (!id) return repeat();
            record.id = *id;
        }
        Session* session = nullptr;
        try {
            session = desk_.sessions.get(identity->person);
        } catch (const StoreError&) {
            throw;
        } catch (const std::exception&) {
            ++desk_.counters.failed_turns;  // what is stored of this one person cannot be read
            return Reply::Code::failed;
        }
        if (!session) return Reply::Code::unknown_identity;
        if (session->leaving) return Reply::Code::unknown_identity;
        if (inbound.number > 0 && !rises(session->hot, identity->id, inbound.number))
            return was_taken(desk_.store, session->hot, identity->id, inbound.number) ? repeat()
                                                                                      : Reply::Code::not_rising;
        if (failed_.contains({request_, index})) return keep_for_later(*session, *identity, inbound, record);
        try {
            return take_turn(*session, *identity, inbound, record);
        } catch (const StoreError&) {
            throw;
        } catch (const std::exception&) {
            ++desk_.counters.failed_turns;
            throw TurnFailed{request_, index};
        }
    }

    Reply::Code repeat() {
        ++desk_.counters.repeats;
        return Reply::Code::again;
    }

    /// Nobody becomes a person of ours by taking their own words back, by going, or by talking where others talk.
    static bool is_meant_for_us(const Inbound& inbound) {
        using enum Inbound::Kind;
        return inbound.kind != left && inbound.kind != edited && inbound.kind != withdrawn && !inbound.room;
    }

    std::optional<Identity> identity_of(const std::string& channel, const Inbound& inbound) {
        if (inbound.identity) return desk_.identities.get(inbound.identity);
        if (auto known = desk_.store.identity(channel, inbound.handle)) {
            if (known->ended && inbound.kind != Inbound::Kind::left) {  // the channel vouches for who this is
                known->ended = false;
                desk_.identities.save(*known);
            }
            return known;
        }
        if (!is_meant_for_us(inbound)) return std::nullopt;
        Person person;
        person.created = desk_.now;
        return desk_.identities.add_person(channel, inbound.handle, person);
    }

    /// `record` is of the inbox, with id 0 if the inbound is not listed there.
    Reply::Code take_turn(Session& session, const Identity& identity, const Inbound& inbound, InboxRecord& record) {
        Turns all = desk_.turns();
        Turn& turn = all.of(session);
        turn.answers(identity, inbound.number);
        std::optional<UndoRecord> undo;
        switch (inbound.kind) {
            case Inbound::Kind::text:
                if (record.id) undo = undo_for(desk_.store, session, inbound, desk_.now);
                if (const auto code = turn.typed(inbound); code != Reply::Code::ok) return code;
                remember_words(desk_.store, session, turn, record);
                break;
            case Inbound::Kind::edited:
            case Inbound::Kind::withdrawn:
                undo = change_answer(desk_.store, session, identity, inbound, turn, desk_.now);
                if (!turn.says_something()) return Reply::Code::ok;
                break;
            case Inbound::Kind::choice:
                if (const auto code = turn.pressed(inbound); code != Reply::Code::ok) return code;
                break;
            case Inbound::Kind::unreadable:
                turn.unreadable();
                break;
            case Inbound::Kind::late:
                use_mark(session.hot, identity.id, inbound.number);
                if (inbound.findings.tier() != safety::Tier::none) return typed_late(turn, all, inbound);
                turn.tell("was-away");
                turn.comes_back();
                break;
            case Inbound::Kind::code:
                use_mark(session.hot, identity.id, inbound.number);  // what it leads to is asked here
                if (devices_.use_code(identity, inbound.text).code == Reply::Code::ok) return Reply::Code::ok;
                turn.tell("code-bad");
                break;
            case Inbound::Kind::joined:
                session.hot.seq > 0 ? turn.comes_back() : turn.joined();
                break;
            case Inbound::Kind::left:
                devices_.end(identity);
                return Reply::Code::ok;
        }
        use_mark(session.hot, identity.id, inbound.number);
        deliveries_.publish(all);
        if (undo && session.hot.focus == undo->conversation) {
            undo->event = session.hot.last_event;
            desk_.store.save(*undo);
        }
        if (turn.ends_device() && !identity.is_account()) {
            devices_.end(identity);
            desk_.outputs.emplace_back(Close{identity.person, identity.id, Close::Why::exited});
        }
        return Reply::Code::ok;
    }

    /// What sounds like danger is heard however old it is.
    Reply::Code typed_late(Turn& turn, Turns& all, const Inbound& inbound) {
        const auto code = turn.typed(inbound);
        deliveries_.publish(all);
        return code;
    }

    // ---------------------------------------------------------------------------- turns that failed

    /// The inbound is kept, the person told plainly, and the turn tried again a little later.
    Reply::Code keep_for_later(Session& session, const Identity& identity, const Inbound& inbound, InboxRecord record) {
        const bool listed = static_cast<bool>(record.id);
        nlohmann::json body = {{"identity", identity.id.value},
                               {"kind", static_cast<int>(inbound.kind)},
                               {"ask", inbound.ask},
                               {"target", inbound.target},
                               {"room", inbound.room.value},
                               {"picks", inbound.picks}};
        const safety::Finding* finding = inbound.findings.gravest();
        if (finding) body["finding"] = {static_cast<int>(finding->category), static_cast<int>(finding->tier)};
        const bool withheld = inbound.findings.tier() == safety::Tier::stop;
        if (is_typed(inbound.kind) && !withheld) {
            session.hot.last_words = desk_.store.add_words(session.person.id, inbound.text, session.hot.last_words);
            body["words"] = session.hot.last_words.id;
        }
        if (!listed) {
            record.channel = identity.channel;
            record.key = "kept:" + std::to_string(identity.id.value) + ":" + std::to_string(inbound.number);
            record.at = desk_.now;
        }
        record.person = session.person.id;
        record.state = InboxRecord::State::pending;
        record.attempts = 1;
        record.body = body.dump();
        if (listed) {
            desk_.store.save(record);
        } else if (const auto id = desk_.store.add_inbox(record)) {
            record.id = *id;
        }
        retries_.push_back({record, desk_.now + 1s});
        use_mark(session.hot, identity.id, inbound.number);
        Turns all = desk_.turns();
        Turn& turn = all.of(session);
        turn.answers(identity, inbound.number);
        turn.tell("failed");
        deliveries_.publish(all);
        return Reply::Code::failed;
    }

    void retry_inbox() {
        for (auto it = retries_.begin(); it != retries_.end();) {
            if (it->at > desk_.now) {
                ++it;
                continue;
            }
            const std::size_t key =
                1'000'000'000 + static_cast<std::size_t>(it->record.id.value);  // no request has such an index
            InboxRecord& record = it->record;
            if (failed_.contains({key, 0})) {
                ++record.attempts;
                record.state =
                    record.attempts >= kMaxAttempts ? InboxRecord::State::set_aside : InboxRecord::State::pending;
                desk_.store.save(record);
                if (record.state == InboxRecord::State::set_aside) {
                    ++desk_.counters.set_aside;
                    it = retries_.erase(it);
                } else {
                    it->at = desk_.now + 10s;
                    ++it;
                }
                continue;
            }
            try {
                retry(record);
            } catch (const StoreError&) {
                throw;
            } catch (const std::exception&) {
                ++desk_.counters.failed_turns;
                throw TurnFailed{key, 0};
            }
            record.state = InboxRecord::State::done;
            record.body.clear();
            desk_.store.save(record);
            it = retries_.erase(it);
        }
    }

    void retry(InboxRecord& record) {
        const auto body = nlohmann::json::parse(record.body);
        const auto identity = desk_.store.identity(IdentityId{body.at("identity").get<std::int64_t>()});
        Session* session = identity && !identity->ended ? desk_.sessions.get(identity->person) : nullptr;
        if (!session) return;
        Inbound inbound;
        inbound.kind = static_cast<Inbound::Kind>(body.at("kind").get<int>());
        inbound.ask = body.at("ask").get<std::string>();
        inbound.key = record.key;
        inbound.target = body.value("target", std::string());
        inbound.room.value = body.value("room", std::int64_t{0});
        inbound.picks = body.at("picks").get<std::vector<std::string>>();
        if (const auto finding = body.find("finding"); finding != body.end()) {
            inbound.findings.items.push_back({static_cast<safety::Category>(finding->at(0).get<int>()),
                                              static_cast<safety::Tier>(finding->at(1).get<int>()),
                                              {}});
        }
        if (const auto words = body.find("words"); words != body.end()) {
            const auto text = desk_.store.words(WordsRef{words->get<std::int64_t>()});
            if (!text) return;
            inbound.text = *text;
        } else if (is_typed(inbound.kind) && inbound.findings.tier() != safety::Tier::stop) {
            return;  // the words are gone; to a stop they do not matter
        }
        (void)take_turn(*session, *identity, inbound, record);
    }

    // --------------------------------------------------------------------------------- people, devices

    void on(const Hello& hello) {
        Reply answer;
        auto identity = desk_.store.identity(hello.channel, hello.handle);
        if (identity && identity->ended) return reply(Reply::Code::unknown_identity);
        if (!identity) {
            if (!hello.may_create) return reply(Reply::Code::unknown_identity);
            Person person;
            person.created = desk_.now;
            if (!hello.language.empty()) person.language = hello.language;
            if (!hello.time_zone.empty()) person.time_zone = hello.time_zone;
            identity = desk_.identities.add_person(hello.channel, hello.handle, person);
            answer.created = true;
        }
        Session* session = desk_.sessions.get(identity->person);
        if (!session) return reply(Reply::Code::unknown_identity);
        if (answer.created) {
            session->hot.last_notice = desk_.now;  // the first script begins with the notice
            Turns all = desk_.turns();
            all.of(*session).joined();
            use_mark(session->hot, identity->id, 0);
            std::vector<Turns::Finished> finished = all.finish();
            if (!finished.empty()) answer.messages = std::move(finished.front().messages);  // it may say nothing
            ++desk_.counters.turns;
        } else {
            remember_surroundings(session->person, hello);
            answer.messages = messages_after(desk_.workshop(), *session, hello.seen, desk_.now);
        }
        deliveries_.arrive(identity->person, 1);
        answer.identity = identity->id;
        answer.person = identity->person;
        answer.seq = session->hot.seq;
        answer.rooms = open_rooms(desk_.workshop(), *session, desk_.now);
        reply(std::move(answer));
    }

    void remember_surroundings(Person& person, const Hello& hello) {
        const bool moved = !hello.time_zone.empty() && hello.time_zone != person.time_zone;
        const bool speaks = !hello.language.empty() && hello.language != person.language;
        if (!moved && !speaks) return;
        if (moved) person.time_zone = hello.time_zone;
        if (speaks) person.language = hello.language;
        desk_.store.save(person);
    }

    void on(const Gone& gone) { deliveries_.arrive(gone.person, -1); }

    void on(const GetHistory& get) {
        Session* session = desk_.sessions.get(get.person);
        if (!session) return reply(Reply::Code::unknown_identity);
        Reply answer;
        answer.messages = messages_before(desk_.workshop(), *session, get.before, get.limit, desk_.now);
        answer.person = get.person;
        reply(std::move(answer));
    }

    void on(const MakeCode& make) { reply(devices_.make_code(make)); }
    void on(const MakeInvitation& make) { reply(make_invitation(desk_, make)); }
    void on(const GetTalk& get) { reply(get_talk(desk_, get)); }

    void on(const UseCode& use) {
        const auto identity = desk_.store.identity(use.identity);
        if (!identity || identity->ended) return reply(Reply::Code::unknown_identity);
        const std::size_t at = desk_.outputs.size();
        desk_.outputs.emplace_back(Reply{});  // stands before what it leads to
        Reply answer = devices_.use_code(*identity, use.code);
        answer.ticket = ticket_;
        desk_.outputs[at] = std::move(answer);
    }

    void on(const EndDevice& end) {
        const auto identity = desk_.store.identity(end.identity);
        if (!identity) return reply(Reply::Code::unknown_identity);
        devices_.end(*identity);
        reply(Reply::Code::ok);
        desk_.outputs.emplace_back(Close{identity->person, identity->id, Close::Why::exited});
    }

    // -------------------------------------------------------------------------------------- deliveries

    void on(const Delivered& delivered) {
        deliveries_.note(delivered);
        reply(Reply::Code::ok);
    }

    void on(const OpenChannel& open) {
        Reply answer;
        answer.text = desk_.store.cursor(open.channel);
        answer.rows = desk_.store.channel_rows(open.channel);
        reply(std::move(answer));
        deliveries_.send_again(open.channel);
    }

    void on(const GetPhrase& get) {
        Reply answer;
        const auto identity = desk_.store.identity(get.channel, get.handle);
        const auto person = identity ? desk_.store.person(identity->person) : std::nullopt;
        if (identity) {
            answer.identity = identity->id;
            answer.person = identity->person;
        }
        answer.text = phrase_text(desk_.workshop(), person ? *person : Person{}, get);
        reply(std::move(answer));
    }

    // ------------------------------------------------------------------------------------------ timers

    void fire_timers() {
        for (const TimerRecord& timer : desk_.store.due_timers(desk_.now, kTimersPerBatch)) {
            const std::size_t key =
                2'000'000'000 + static_cast<std::size_t>(timer.id.value);  // no request has such an index
            if (timer.kind == TimerRecord::Kind::erase) {
                // Stays until the person's rows go with it: a crash before their key is gone must not lose the wish.
                erasures_.push_back(timer.person);
                continue;
            }
            desk_.store.remove_timer(timer.id);
            if (failed_.contains({key, 0})) continue;  // a timer whose turn throws is dropped and counted
            try {
                fire(timer);
            } catch (const StoreError&) {
                throw;
            } catch (const std::exception&) {
                ++desk_.counters.failed_turns;
                throw TurnFailed{key, 0};
            }
        }
    }

    void fire(TimerRecord timer) {
        using Kind = TimerRecord::Kind;
        Turns all = desk_.turns();
        if (!timer.person) {
            const RunningPtr conversation = desk_.conversations.get(timer.conversation);
            if (!conversation || !conversation->together) return;
            (void)all.take(conversation, dialog::RoomTimer{due_of(timer)}, nullptr);
            ++desk_.counters.timers_fired;
            return deliveries_.publish(all);
        }
        Session* session = desk_.sessions.get(timer.person);
        if (!session) return;
        const Person& person = session->person;
        const TimePoint allowed = dialog::next_allowed(desk_.now, person.time_zone, {person.day_from, person.day_to});
        if (timer.kind != Kind::wake && allowed > desk_.now) {
            timer.due = allowed;
            timer.id = desk_.store.add_timer(timer);
            return;
        }
        Turn& turn = all.of(*session);
        if (timer.kind == Kind::follow_up) {
            const ConversationId id = timer.conversation ? timer.conversation : add_follow_up(*session, timer);
            if (!id) return;
            session->hot.waiting.push_back(id);
            turn.set_idle_focus_aside();
            if (!turn.offer_waiting()) return desk_.store.save(session->hot);
        } else if (!turn.timer(timer)) {
            return come_back_to(*session, timer, all);
        }
        ++desk_.counters.timers_fired;
        deliveries_.publish(all);
    }

    /// A timer of a conversation that was paused: it is offered again at the next quiet moment.
    void come_back_to(Session& session, const TimerRecord& timer, Turns& all) {
        if (session.hot.focus == timer.conversation || timer.kind == TimerRecord::Kind::remind) return;
        const auto conversation = desk_.store.conversation(timer.conversation);
        if (!conversation || conversation->status != Conversation::Status::paused) return;
        if (!all.of(session).offer_waiting()) return;
        ++desk_.counters.timers_fired;
        deliveries_.publish(all);
    }

    /// None if its script was recalled and nothing took its place.
    ConversationId add_follow_up(const Session& session, const TimerRecord& timer) {
        const auto body = nlohmann::json::parse(timer.body);
        const dialog::RevisionPtr revision = desk_.library.newest(body.at("script").get<std::string>());
        if (!revision) return {};
        dialog::State state = dialog::initial_state(revision);
        for (const auto& [name, answer] : body.at("answers").items())
            state.frames.front().answers[name] = dialog::answer_from_json(answer);
        Conversation conversation;
        conversation.person = session.person.id;
        conversation.revision = revision->hash;
        conversation.status = Conversation::Status::waiting;
        conversation.state = to_text(state);
        conversation.created = conversation.updated = desk_.now;
        return desk_.store.add_conversation(conversation);
    }

    // --------------------------------------------------------------------------------------- operators

    void on(const Publish& publish) {
        Reply answer;
        for (const std::string& left_out : desk_.library.publish(publish.revisions, publish.translations, desk_.now))
            answer.text += left_out + "\n";
        reply(std::move(answer));
    }

    void on(const Recall& wanted) {
        Reply answer;
        try {
            answer.text = desk_.library.recall(wanted, desk_.now);
        } catch (const std::invalid_argument& why) {
            answer.code = Reply::Code::refused;
            answer.text = why.what();
        }
        reply(std::move(answer));
    }

    std::optional<PersonId> find(const FindPerson& find) {
        const auto colon = find.name.find(':');
        if (colon != std::string::npos) {
            const auto identity = desk_.store.identity(find.name.substr(0, colon), find.name.substr(colon + 1));
            return identity ? std::optional(identity->person) : std::nullopt;
        }
        PersonId id;
        const char* end = find.name.data() + find.name.size();
        const auto [stop, error] = std::from_chars(find.name.data(), end, id.value);
        if (error != std::errc{} || stop != end || !desk_.store.person(id)) return std::nullopt;
        return id;
    }

    void on(const ExportPerson& request) {
        const auto person = find(request.person);
        Session* session = person ? desk_.sessions.get(*person) : nullptr;
        if (!session) return reply(Reply::Code::unknown_identity);
        Reply answer;
        answer.person = *person;
        answer.text = export_person(desk_.workshop(), *session, desk_.now);
        reply(std::move(answer));
    }

    void on(const ErasePerson& request) {
        const auto person = find(request.person);
        if (!person) return reply(Reply::Code::unknown_identity);
        desk_.store.add_timer({{}, desk_.now, *person, {}, TimerRecord::Kind::erase, 0, 0, {}});
        reply(Reply::Code::ok);
    }

    /// Keys of inbounds, used codes and confirmed outbox rows are remembered for 30 days, and looked through once an
    /// hour; so are people who have been silent for longer than chats are kept.
    void forget_old() {
        if (desk_.now < next_forget_) return;
        devices_.forget_tries();
        if (desk_.store.forget(desk_.now - kRemembered, kForgetAtOnce) < kForgetAtOnce) next_forget_ = desk_.now + 1h;
        if (desk_.options.keep.count() == 0) return;
        for (const PersonId person : desk_.store.silent_since(desk_.now - desk_.options.keep, kForgetAtOnce))
            erasures_.push_back(person);
    }

    /// The others go on without them, in words that fit whatever the cause was.
    void part_with(std::vector<PersonId>& leaving) {
        std::sort(leaving.begin(), leaving.end());
        leaving.erase(std::unique(leaving.begin(), leaving.end()), leaving.end());
        for (const PersonId person : leaving) {
            if (desk_.store.seats(person).empty()) continue;
            Session* session = desk_.sessions.get(person);
            if (!session) continue;
            Turns all = desk_.turns();
            all.of(*session).leave_all();
            deliveries_.publish(all);
        }
    }

    /// After the commit: the key first, then the rows.
    void erase(PersonId person) {
        const std::vector<Participant> seats = desk_.store.seats(person);
        desk_.sessions.forget(person);
        desk_.identities.clear();  // some of them are this person's
        desk_.store.erase(person);
        for (const Participant& seat : seats) desk_.conversations.refresh(seat.conversation);
        deliveries_.forget(person);
        desk_.outputs.emplace_back(Close{person, {}, Close::Why::erased});
    }

    const Clock& clock_;
    Desk desk_;
    Deliveries deliveries_{desk_};
    Devices devices_{desk_, deliveries_};
    std::size_t request_ = 0;
    std::uint64_t ticket_ = 0;
    std::vector<PersonId> erasures_;
    TimePoint next_forget_{};
    std::set<std::pair<std::size_t, std::size_t>> failed_;  ///< turns of this batch that threw
    std::vector<Retry> retries_;
    std::optional<TimePoint> next_due_;
};

Core::Core(Store& store, const Clock& clock, CoreOptions options)
    : impl_(std::make_unique<Impl>(store, clock, std::move(options))) {}
Core::~Core() = default;
std::vector<Output> Core::run(std::vector<Request> requests) {
    return impl_->run(std::move(requests));
}
std::optional<TimePoint> Core::next_due() const {
    return impl_->next_due();
}
std::vector<std::string> Core::unpublished(const std::vector<std::string>& scripts) const {
    return impl_->unpublished(scripts);
}
const CoreCounters& Core::counters() const {
    return impl_->counters();
}

}  // namespace reweave::engine
