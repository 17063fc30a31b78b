#include "bot/engine/core.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>
#include <utility>

#include "bot/dialog/hours.hpp"
#include "bot/engine/codes.hpp"
#include "bot/engine/export.hpp"
#include "bot/engine/marks.hpp"
#include "bot/engine/posts.hpp"
#include "bot/engine/turn.hpp"
#include "bot/engine/undo.hpp"

namespace reweave::engine {
namespace {

using namespace std::chrono_literals;

constexpr int kTimersPerBatch = 1024;
constexpr int kMaxAttempts = 3;
constexpr int kForgetAtOnce = 1000;
constexpr int kMaxCodeTries = 5;
constexpr auto kCodeLife = 10min;
constexpr auto kInvitationLife = 72h;
/// Asked so often in so long without having met, one of them presses the other: then neither is asked (safety brief,
/// 7).
constexpr int kMostAsked = 3;
constexpr auto kPressed = 7 * 24h;
constexpr int kMostInvitations = 40;  ///< open at once, of one person: a group of 30 and some that went astray
constexpr std::string_view kDeviceCode = "device";
constexpr std::string_view kSeatCode = "seat";
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
    Impl(Store& store, const Clock& clock, CoreOptions options)
        : store_(store),
          clock_(clock),
          options_(std::move(options)),
          library_(store_),
          conversations_(store_),
          sessions_(store_, conversations_, options_.cached_people) {
        next_due_ = store_.next_timer();
        for (const InboxRecord& record : store_.pending_inbox(kTimersPerBatch))
            retries_.push_back({record, clock_.now()});
    }

    std::vector<Output> run(std::vector<Request> requests) {
        now_ = clock_.now();
        failed_.clear();
        const std::vector<Retry> retries = retries_;
        // A turn that throws is a rare fault of ours. The whole batch is then rolled back and run again without that
        // turn: the same as a savepoint around each turn, at no cost for the turns that do not throw.
        for (;;) {
            outputs_.clear();
            outputs_.reserve(2 * requests.size());
            erasures_.clear();
            arrivals_.clear();
            retries_ = retries;
            store_.begin();
            try {
                for (std::size_t i = 0; i < requests.size(); ++i) handle(requests[i], i);
                fire_timers();
                retry_inbox();
                forget_old();
                part_with(erasures_);
                store_.commit();
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
        next_due_ = store_.next_timer();
        ++counters_.batches;
        counters_.oldest_unsent = unsent_.empty() ? TimePoint{} : unsent_.begin()->second;
        return std::move(outputs_);
    }

    [[nodiscard]] std::optional<TimePoint> next_due() const {
        std::optional<TimePoint> due = next_due_;
        for (const Retry& retry : retries_) due = due ? std::min(*due, retry.at) : retry.at;
        return due;
    }

    [[nodiscard]] std::vector<std::string> unpublished(const std::vector<std::string>& scripts) const {
        std::vector<std::string> missing;
        for (const std::string& id : scripts) {
            if (!library_.has(id)) missing.push_back(id);
        }
        return missing;
    }

    CoreCounters counters_;

 private:
    struct Retry {
        InboxRecord record;
        TimePoint at;
    };

    Workshop workshop() { return {store_, library_, conversations_, options_}; }
    Turns turns() { return {workshop(), sessions_, now_, counters_.stopped}; }

    void undo() {
        store_.rollback();
        sessions_.clear();
        conversations_.clear();
        identities_.clear();
        library_.reload();
        for (auto it = arrivals_.rbegin(); it != arrivals_.rend(); ++it) count_presence(it->first, -it->second);
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
            ++counters_.failed_turns;
            throw TurnFailed{index, kWhole};
        }
    }

    void reply(Reply reply) {
        reply.ticket = ticket_;
        outputs_.emplace_back(std::move(reply));
    }

    void reply(Reply::Code code) {
        Reply answer;
        answer.code = code;
        reply(std::move(answer));
    }

    /// As many replies as the request would have had: whoever asked waits for all of them.
    void reply_failed(const Request& request) {
        const auto* batch = std::get_if<Batch>(&request.body);
        const std::size_t count = batch ? std::max<std::size_t>(1, batch->inbounds.size()) : 1;
        for (std::size_t i = 0; i < count; ++i) {
            Reply answer;
            answer.code = Reply::Code::failed;
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
            const std::size_t at = outputs_.size();
            outputs_.emplace_back(Reply{});  // stands before what the turn itself puts out
            answer.code = take(batch.channel, batch.inbounds[i], i, answer);
            outputs_[at] = std::move(answer);
        }
        if (batch.cursor) store_.save_cursor(batch.channel, *batch.cursor);
        for (const ChannelRow& row : batch.rows) store_.save_channel_row(batch.channel, row);
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
            record.at = now_;
            record.state = InboxRecord::State::done;
            const auto id = store_.add_inbox(record);
            if (!id) return repeat();
            record.id = *id;
        }
        Session* session = nullptr;
        try {
            session = sessions_.get(identity->person);
        } catch (const StoreError&) {
            throw;
        } catch (const std::exception&) {
            ++counters_.failed_turns;  // what is stored of this one person cannot be read
            return Reply::Code::failed;
        }
        if (!session) return Reply::Code::unknown_identity;
        if (session->leaving) return Reply::Code::unknown_identity;
        if (inbound.number > 0 && !rises(session->hot, identity->id, inbound.number))
            return was_taken(store_, session->hot, identity->id, inbound.number) ? repeat() : Reply::Code::not_rising;
        if (failed_.contains({request_, index})) return keep_for_later(*session, *identity, inbound, record);
        try {
            return take_turn(*session, *identity, inbound, record);
        } catch (const StoreError&) {
            throw;
        } catch (const std::exception&) {
            ++counters_.failed_turns;
            throw TurnFailed{request_, index};
        }
    }

    Reply::Code repeat() {
        ++counters_.repeats;
        return Reply::Code::again;
    }

    /// Nobody becomes a person of ours by taking their own words back, by going, or by talking where others talk.
    static bool is_meant_for_us(const Inbound& inbound) {
        using enum Inbound::Kind;
        return inbound.kind != left && inbound.kind != edited && inbound.kind != withdrawn && !inbound.room;
    }

    std::optional<Identity> identity_of(const std::string& channel, const Inbound& inbound) {
        if (inbound.identity) return identity_by_id(inbound.identity);
        if (auto known = store_.identity(channel, inbound.handle)) {
            if (known->ended && inbound.kind != Inbound::Kind::left) {  // the channel vouches for who this is
                known->ended = false;
                save(*known);
            }
            return known;
        }
        if (!is_meant_for_us(inbound)) return std::nullopt;
        return add_person(channel, inbound.handle, {}, {});
    }

    /// An identity by id, kept in memory: every turn asks for one or two.
    std::optional<Identity> identity_by_id(IdentityId id) {
        if (const auto it = identities_.find(id.value); it != identities_.end()) return it->second;
        auto identity = store_.identity(id);
        if (!identity) return identity;
        if (identities_.size() >= options_.cached_people) identities_.clear();
        identities_.emplace(id.value, *identity);
        return identity;
    }

    void save(const Identity& identity) {
        store_.save(identity);
        identities_.erase(identity.id.value);
    }

    /// `record` is of the inbox, with id 0 if the inbound is not listed there.
    Reply::Code take_turn(Session& session, const Identity& identity, const Inbound& inbound, InboxRecord& record) {
        Turns all = turns();
        Turn& turn = all.of(session);
        turn.answers(identity, inbound.number);
        std::optional<UndoRecord> undo;
        switch (inbound.kind) {
            case Inbound::Kind::text:
                if (record.id) undo = undo_for(store_, session, inbound, now_);
                if (const auto code = turn.typed(inbound); code != Reply::Code::ok) return code;
                remember_words(store_, session, turn, record);
                break;
            case Inbound::Kind::edited:
            case Inbound::Kind::withdrawn:
                undo = change_answer(store_, session, identity, inbound, turn, now_);
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
                if (use_code(identity, inbound.text).code == Reply::Code::ok) return Reply::Code::ok;
                turn.tell("code-bad");
                break;
            case Inbound::Kind::joined:
                session.hot.seq > 0 ? turn.comes_back() : turn.joined();
                break;
            case Inbound::Kind::left:
                end_identity(identity);
                return Reply::Code::ok;
        }
        use_mark(session.hot, identity.id, inbound.number);
        publish(all);
        if (undo && session.hot.focus == undo->conversation) {
            undo->event = session.hot.last_event;
            store_.save(*undo);
        }
        if (turn.ends_device() && !identity.is_account()) {
            end_identity(identity);
            outputs_.emplace_back(Close{identity.person, identity.id, Close::Why::exited});
        }
        return Reply::Code::ok;
    }

    /// What sounds like danger is heard however old it is.
    Reply::Code typed_late(Turn& turn, Turns& all, const Inbound& inbound) {
        const auto code = turn.typed(inbound);
        publish(all);
        return code;
    }

    /// A code that the device showed ends with it. If it was their last, rooms that they are in pause.
    void end_identity(Identity identity) {
        identity.ended = true;
        store_.remove_codes(identity.person, kDeviceCode);
        save(identity);
        const auto all = store_.identities(identity.person);
        if (std::any_of(all.begin(), all.end(), [](const Identity& i) { return !i.ended; })) return;
        Session* session = sessions_.get(identity.person);
        if (!session) return;
        Turns turns = this->turns();
        turns.of(*session).withdraw();
        publish(turns);
    }

    void publish(Turns& turns) {
        std::vector<Post> readers;
        for (Turns::Finished& finished : turns.finish()) {
            Session& session = *finished.session;
            const auto account = sent_to(session);
            for (Message& message : finished.messages) {
                ++counters_.turns;
                if (account) readers.push_back({*account, session.person.language, message});
                if (present_.contains(session.person.id.value)) outputs_.emplace_back(Deliver{std::move(message)});
            }
        }
        for (Post& one : posts_of(readers)) post(std::move(one));
    }

    /// What they used last, if it has to be sent what is for it.
    std::optional<Identity> sent_to(const Session& session) {
        const auto& marks = session.hot.marks;
        auto identity = marks.empty() ? std::nullopt : identity_by_id(marks.front().identity);
        if (!identity || identity->ended || identity->reads_stream()) return std::nullopt;
        return identity;
    }

    void post(Post post) {
        OutboxRecord record;
        record.event = post.message.event;
        record.identity = post.identity.id;
        record.next_try = now_;
        record.part = post.part;
        record.id = store_.add_outbox(record);
        unsent_[record.id.value] = now_;
        send(record, post.identity, std::move(post.message));
    }

    void send(const OutboxRecord& record, const Identity& identity, Message message) {
        const auto replaced = message.replaces ? store_.outbox_of(message.replaces) : std::nullopt;
        const auto person = store_.person(identity.person);
        std::vector<std::string> readers;
        if (message.room) readers = accounts_in(message.room->id, identity.channel);
        outputs_.emplace_back(Send{record.id,
                                   identity.channel,
                                   identity.handle,
                                   std::move(message),
                                   person ? person->language : std::string(),
                                   person ? person->time_zone : std::string(),
                                   std::move(readers),
                                   replaced ? replaced->channel_message : std::string()});
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
            session.hot.last_words = store_.add_words(session.person.id, inbound.text, session.hot.last_words);
            body["words"] = session.hot.last_words.id;
        }
        if (!listed) {
            record.channel = identity.channel;
            record.key = "kept:" + std::to_string(identity.id.value) + ":" + std::to_string(inbound.number);
            record.at = now_;
        }
        record.person = session.person.id;
        record.state = InboxRecord::State::pending;
        record.attempts = 1;
        record.body = body.dump();
        if (listed) {
            store_.save(record);
        } else if (const auto id = store_.add_inbox(record)) {
            record.id = *id;
        }
        retries_.push_back({record, now_ + 1s});
        use_mark(session.hot, identity.id, inbound.number);
        Turns all = turns();
        Turn& turn = all.of(session);
        turn.answers(identity, inbound.number);
        turn.tell("failed");
        publish(all);
        return Reply::Code::failed;
    }

    void retry_inbox() {
        for (auto it = retries_.begin(); it != retries_.end();) {
            if (it->at > now_) {
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
                store_.save(record);
                if (record.state == InboxRecord::State::set_aside) {
                    ++counters_.set_aside;
                    it = retries_.erase(it);
                } else {
                    it->at = now_ + 10s;
                    ++it;
                }
                continue;
            }
            try {
                retry(record);
            } catch (const StoreError&) {
                throw;
            } catch (const std::exception&) {
                ++counters_.failed_turns;
                throw TurnFailed{key, 0};
            }
            record.state = InboxRecord::State::done;
            record.body.clear();
            store_.save(record);
            it = retries_.erase(it);
        }
    }

    void retry(InboxRecord& record) {
        const auto body = nlohmann::json::parse(record.body);
        const auto identity = store_.identity(IdentityId{body.at("identity").get<std::int64_t>()});
        Session* session = identity && !identity->ended ? sessions_.get(identity->person) : nullptr;
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
            const auto text = store_.words(WordsRef{words->get<std::int64_t>()});
            if (!text) return;
            inbound.text = *text;
        } else if (is_typed(inbound.kind) && inbound.findings.tier() != safety::Tier::stop) {
            return;  // the words are gone; to a stop they do not matter
        }
        (void)take_turn(*session, *identity, inbound, record);
    }

    // --------------------------------------------------------------------------------- people, devices

    Identity add_person(const std::string& channel,
                        const std::string& handle,
                        const std::string& language,
                        const std::string& time_zone) {
        Person person;
        person.created = now_;
        if (!language.empty()) person.language = language;
        if (!time_zone.empty()) person.time_zone = time_zone;
        Identity identity;
        identity.channel = channel;
        identity.handle = handle;
        identity.created = now_;
        identity.person = store_.add_person(person);
        identity.id = store_.add_identity(identity);
        return identity;
    }

    void on(const Hello& hello) {
        Reply answer;
        auto identity = store_.identity(hello.channel, hello.handle);
        if (identity && identity->ended) return reply(Reply::Code::unknown_identity);
        if (!identity) {
            if (!hello.may_create) return reply(Reply::Code::unknown_identity);
            identity = add_person(hello.channel, hello.handle, hello.language, hello.time_zone);
            answer.created = true;
        }
        Session* session = sessions_.get(identity->person);
        if (!session) return reply(Reply::Code::unknown_identity);
        if (answer.created) {
            session->hot.last_notice = now_;  // the first script begins with the notice
            Turns all = turns();
            all.of(*session).joined();
            use_mark(session->hot, identity->id, 0);
            std::vector<Turns::Finished> finished = all.finish();
            if (!finished.empty()) answer.messages = std::move(finished.front().messages);  // it may say nothing
            ++counters_.turns;
        } else {
            remember_surroundings(session->person, hello);
            answer.messages = messages_after(workshop(), *session, hello.seen, now_);
        }
        arrive(identity->person, 1);
        answer.identity = identity->id;
        answer.person = identity->person;
        answer.seq = session->hot.seq;
        answer.rooms = open_rooms(workshop(), *session, now_);
        reply(std::move(answer));
    }

    void remember_surroundings(Person& person, const Hello& hello) {
        const bool moved = !hello.time_zone.empty() && hello.time_zone != person.time_zone;
        const bool speaks = !hello.language.empty() && hello.language != person.language;
        if (!moved && !speaks) return;
        if (moved) person.time_zone = hello.time_zone;
        if (speaks) person.language = hello.language;
        store_.save(person);
    }

    void on(const Gone& gone) { arrive(gone.person, -1); }

    /// Presence is not durable, but a batch that is run again must not count it twice.
    void arrive(PersonId person, int change) {
        arrivals_.emplace_back(person, change);
        count_presence(person, change);
    }

    void count_presence(PersonId person, int change) {
        if ((present_[person.value] += change) <= 0) present_.erase(person.value);
    }

    void on(const GetHistory& get) {
        Session* session = sessions_.get(get.person);
        if (!session) return reply(Reply::Code::unknown_identity);
        Reply answer;
        answer.messages = messages_before(workshop(), *session, get.before, get.limit, now_);
        answer.person = get.person;
        reply(std::move(answer));
    }

    void on(const MakeCode& make) {
        const auto identity = store_.identity(make.identity);
        if (!identity || identity->ended) return reply(Reply::Code::unknown_identity);
        Reply answer;
        answer.text = make_code(options_.random);
        answer.until = now_ + kCodeLife;
        store_.remove_codes(identity->person, kDeviceCode);  // the newest counts
        store_.add_code({code_hash(answer.text), std::string(kDeviceCode), identity->person, answer.until});
        reply(std::move(answer));
    }

    void on(const MakeInvitation& make) {
        const auto identity = store_.identity(make.identity);
        Session* session = identity && !identity->ended ? sessions_.get(identity->person) : nullptr;
        if (!session) return reply(Reply::Code::unknown_identity);
        const RunningPtr conversation =
            conversations_.get(make.conversation ? make.conversation : newest_talk(*identity));
        const bool theirs = conversation && conversation->together && conversation->record.person == identity->person;
        if (!theirs || !options_.together || library_.is_recalled(conversation->record.revision) ||
            now_ < session->person.joint_locked_until)
            return reply(Reply::Code::unavailable);
        // Until they have met, whoever invited is not told by this whether the seat has been taken.
        Together& together = *conversation->together;
        const bool met = together.state.room.openings > 0;
        if (!together.has_seat(make.role) || (met && together.free_seat(make.role) < 0) ||
            store_.open_codes(identity->person, kSeatCode, now_) >= kMostInvitations)
            return reply(Reply::Code::unavailable);
        Reply answer;
        answer.text = make_code(options_.random);
        answer.until = now_ + kInvitationLife;
        store_.add_code({code_hash(answer.text),
                         std::string(kSeatCode),
                         identity->person,
                         answer.until,
                         conversation->record.id,
                         make.role});
        reply(std::move(answer));
    }

    ConversationId newest_talk(const Identity& identity) {
        ConversationId newest;
        for (const Participant& seat : store_.seats(identity.person)) {
            const RunningPtr talk = conversations_.get(seat.conversation);
            if (talk && talk->together && talk->record.person == identity.person && !talk->together->state.room.over)
                newest = std::max(newest, seat.conversation);
        }
        return newest;
    }

    /// They are asked in private whether they want the seat; whoever invited them is not told.
    Reply take_invitation(const CodeRecord& code, const Identity& identity) {
        Session* session = sessions_.get(identity.person);
        const RunningPtr conversation = conversations_.get(code.conversation);
        const auto inviter = store_.person(code.person);
        const bool open =
            session && inviter && conversation && conversation->together && !conversation->together->state.room.over &&
            !library_.is_recalled(conversation->record.revision) &&
            conversation->together->lane_of(identity.person) < 0 && !store_.has_blocked(identity.person, code.person) &&
            !store_.has_blocked(code.person, identity.person) &&
            store_.times_asked(identity.person, code.person, now_ - kPressed) < kMostAsked;
        const int lane = open ? conversation->together->free_seat(code.role) : -1;
        if (lane < 0) return refused(Reply::Code::bad_code);
        store_.add_asked(identity.person, code.person, now_);
        Turns all = turns();
        all.of(*session).invited(conversation, lane, inviter->name);
        publish(all);
        Reply answer;
        answer.identity = identity.id;
        answer.person = identity.person;
        answer.conversation = code.conversation;
        return answer;
    }

    void on(const UseCode& use) {
        const auto identity = store_.identity(use.identity);
        if (!identity || identity->ended) return reply(Reply::Code::unknown_identity);
        const std::size_t at = outputs_.size();
        outputs_.emplace_back(Reply{});  // stands before what it leads to
        Reply answer = use_code(*identity, use.code);
        answer.ticket = ticket_;
        outputs_[at] = std::move(answer);
    }

    static Reply refused(Reply::Code code) {
        Reply reply;
        reply.code = code;
        return reply;
    }

    Reply use_code(Identity identity, const std::string& text) {
        int& tries = code_tries_[identity.person.value];
        if (tries >= kMaxCodeTries) return refused(Reply::Code::too_many_tries);
        const auto code = store_.take_code(code_hash(text));
        if (!code || code->expires < now_ || code->person == identity.person) {
            if (code && code->expires >= now_) store_.add_code(*code);  // it is for somebody else, and stays so
            ++tries;
            return refused(Reply::Code::bad_code);
        }
        if (code->kind == kSeatCode) return take_invitation(*code, identity);
        const Session* own = sessions_.get(identity.person);
        const bool alone = store_.identities(identity.person).size() < 2;
        if (own && (has_answered(own->hot) || !alone)) {
            store_.add_code(*code);
            return refused(Reply::Code::has_history);
        }
        // The empty person that this device came with.
        store_.add_timer({{}, now_, identity.person, {}, TimerRecord::Kind::erase, 0, 0, {}});
        const PersonId before = std::exchange(identity.person, code->person);
        if (identity.reads_stream()) arrive(before, -1);
        save(identity);
        if (Session* session = sessions_.get(code->person)) {
            if (identity.is_account()) use_mark(session->hot, identity.id, 0);
            Turns all = turns();
            all.of(*session).tell("linked");
            publish(all);
        }
        outputs_.emplace_back(Close{before, identity.id, Close::Why::linked});  // its other connections
        Reply answer;
        answer.identity = identity.id;
        answer.person = code->person;
        return answer;
    }

    void on(const EndDevice& end) {
        const auto identity = store_.identity(end.identity);
        if (!identity) return reply(Reply::Code::unknown_identity);
        end_identity(*identity);
        reply(Reply::Code::ok);
        outputs_.emplace_back(Close{identity->person, identity->id, Close::Why::exited});
    }

    /// Those who have been in that room and use this channel now, by handle.
    std::vector<std::string> accounts_in(ConversationId conversation, const std::string& channel) {
        std::vector<std::string> accounts;
        const RunningPtr running = conversations_.get(conversation);
        if (!running || !running->together) return accounts;
        for (const Participant& participant : running->together->people) {
            const dialog::Lane& lane = running->together->lane(participant.lane);
            const Session* session = lane.out || lane.rooms == 0 ? nullptr : sessions_.get(participant.person);
            const auto identity = session ? sent_to(*session) : std::nullopt;
            if (identity && identity->channel == channel) accounts.push_back(identity->handle);
        }
        return accounts;
    }

    void on(const GetTalk& get) {
        const auto identity = store_.identity(get.channel, get.handle);
        if (!identity || identity->ended) return reply(Reply::Code::unknown_identity);
        Reply answer;
        answer.identity = identity->id;
        for (const Participant& seat : store_.seats(identity->person)) {
            const RunningPtr talk = conversations_.get(seat.conversation);
            if (talk && talk->together && !talk->together->state.room.over && !talk->together->lane(seat.lane).out)
                answer.conversation = std::max(answer.conversation, seat.conversation);
        }
        if (!answer.conversation) return reply(Reply::Code::unavailable);
        const RunningPtr talk = conversations_.get(answer.conversation);
        answer.created = talk->together->state.room.openings > 0;
        for (const Participant& participant : talk->together->people) {
            for (const Identity& account : store_.identities(participant.person)) {
                if (!account.ended && account.channel == get.channel) answer.accounts.push_back(account.handle);
            }
        }
        reply(std::move(answer));
    }

    // -------------------------------------------------------------------------------------- deliveries

    void on(const Delivered& delivered) {
        auto record = store_.outbox(delivered.outbox);
        if (!record) return reply(Reply::Code::ok);
        using Result = Delivered::Result;
        ++record->attempts;
        if (delivered.result == Result::retry) {
            record->next_try = now_ + delivered.retry_after;
        } else {
            record->state = delivered.result == Result::sent ? OutboxRecord::State::sent : OutboxRecord::State::refused;
            record->channel_message = delivered.channel_message;
            unsent_.erase(record->id.value);
        }
        store_.save(*record);
        reply(Reply::Code::ok);
    }

    void on(const OpenChannel& open) {
        Reply answer;
        answer.text = store_.cursor(open.channel);
        answer.rows = store_.channel_rows(open.channel);
        reply(std::move(answer));
        for (const OutboxRecord& record : store_.pending_outbox(open.channel)) send_again(record);
    }

    void send_again(const OutboxRecord& record) {
        unsent_.emplace(record.id.value, record.next_try);
        const auto identity = store_.identity(record.identity);
        if (identity && identity->ended) return give_up(record);
        const auto event = store_.event(record.event);
        Session* session = identity && event ? sessions_.get(identity->person) : nullptr;
        if (!session) return;
        Message message = message_of(workshop(), *session, *event, decode_event_body(event->body), now_);
        keep(message, record.part);
        send(record, *identity, std::move(message));
    }

    /// Who has left is not written to.
    void give_up(OutboxRecord record) {
        record.state = OutboxRecord::State::refused;
        unsent_.erase(record.id.value);
        store_.save(record);
    }

    void on(const GetPhrase& get) {
        Reply answer;
        const auto identity = store_.identity(get.channel, get.handle);
        const auto person = identity ? store_.person(identity->person) : std::nullopt;
        if (identity) {
            answer.identity = identity->id;
            answer.person = identity->person;
        }
        answer.text = phrase_text(workshop(), person ? *person : Person{}, get);
        reply(std::move(answer));
    }

    // ------------------------------------------------------------------------------------------ timers

    void fire_timers() {
        for (const TimerRecord& timer : store_.due_timers(now_, kTimersPerBatch)) {
            const std::size_t key =
                2'000'000'000 + static_cast<std::size_t>(timer.id.value);  // no request has such an index
            if (timer.kind == TimerRecord::Kind::erase) {
                // Stays until the person's rows go with it: a crash before their key is gone must not lose the wish.
                erasures_.push_back(timer.person);
                continue;
            }
            store_.remove_timer(timer.id);
            if (failed_.contains({key, 0})) continue;  // a timer whose turn throws is dropped and counted
            try {
                fire(timer);
            } catch (const StoreError&) {
                throw;
            } catch (const std::exception&) {
                ++counters_.failed_turns;
                throw TurnFailed{key, 0};
            }
        }
    }

    void fire(TimerRecord timer) {
        using Kind = TimerRecord::Kind;
        Turns all = turns();
        if (!timer.person) {
            const RunningPtr conversation = conversations_.get(timer.conversation);
            if (!conversation || !conversation->together) return;
            (void)all.take(conversation, dialog::RoomTimer{due_of(timer)}, nullptr);
            ++counters_.timers_fired;
            return publish(all);
        }
        Session* session = sessions_.get(timer.person);
        if (!session) return;
        const Person& person = session->person;
        const TimePoint allowed = dialog::next_allowed(now_, person.time_zone, {person.day_from, person.day_to});
        if (timer.kind != Kind::wake && allowed > now_) {
            timer.due = allowed;
            timer.id = store_.add_timer(timer);
            return;
        }
        Turn& turn = all.of(*session);
        if (timer.kind == Kind::follow_up) {
            const ConversationId id = timer.conversation ? timer.conversation : add_follow_up(*session, timer);
            if (!id) return;
            session->hot.waiting.push_back(id);
            turn.set_idle_focus_aside();
            if (!turn.offer_waiting()) return store_.save(session->hot);
        } else if (!turn.timer(timer)) {
            return come_back_to(*session, timer, all);
        }
        ++counters_.timers_fired;
        publish(all);
    }

    /// A timer of a conversation that was paused: it is offered again at the next quiet moment.
    void come_back_to(Session& session, const TimerRecord& timer, Turns& all) {
        if (session.hot.focus == timer.conversation || timer.kind == TimerRecord::Kind::remind) return;
        const auto conversation = store_.conversation(timer.conversation);
        if (!conversation || conversation->status != Conversation::Status::paused) return;
        if (!all.of(session).offer_waiting()) return;
        ++counters_.timers_fired;
        publish(all);
    }

    /// None if its script was recalled and nothing took its place.
    ConversationId add_follow_up(const Session& session, const TimerRecord& timer) {
        const auto body = nlohmann::json::parse(timer.body);
        const dialog::RevisionPtr revision = library_.newest(body.at("script").get<std::string>());
        if (!revision) return {};
        dialog::State state = dialog::initial_state(revision);
        for (const auto& [name, answer] : body.at("answers").items())
            state.frames.front().answers[name] = dialog::answer_from_json(answer);
        Conversation conversation;
        conversation.person = session.person.id;
        conversation.revision = revision->hash;
        conversation.status = Conversation::Status::waiting;
        conversation.state = to_text(state);
        conversation.created = conversation.updated = now_;
        return store_.add_conversation(conversation);
    }

    // --------------------------------------------------------------------------------------- operators

    void on(const Publish& publish) {
        Reply answer;
        for (const std::string& left_out : library_.publish(publish.revisions, publish.translations, now_))
            answer.text += left_out + "\n";
        reply(std::move(answer));
    }

    void on(const Recall& wanted) {
        Reply answer;
        try {
            answer.text = library_.recall(wanted, now_);
        } catch (const std::invalid_argument& why) {
            answer.code = Reply::Code::refused;
            answer.text = why.what();
        }
        reply(std::move(answer));
    }

    std::optional<PersonId> find(const FindPerson& find) {
        const auto colon = find.name.find(':');
        if (colon != std::string::npos) {
            const auto identity = store_.identity(find.name.substr(0, colon), find.name.substr(colon + 1));
            return identity ? std::optional(identity->person) : std::nullopt;
        }
        PersonId id;
        const char* end = find.name.data() + find.name.size();
        const auto [stop, error] = std::from_chars(find.name.data(), end, id.value);
        if (error != std::errc{} || stop != end || !store_.person(id)) return std::nullopt;
        return id;
    }

    void on(const ExportPerson& request) {
        const auto person = find(request.person);
        Session* session = person ? sessions_.get(*person) : nullptr;
        if (!session) return reply(Reply::Code::unknown_identity);
        Reply answer;
        answer.person = *person;
        answer.text = export_person(workshop(), *session, now_);
        reply(std::move(answer));
    }

    void on(const ErasePerson& request) {
        const auto person = find(request.person);
        if (!person) return reply(Reply::Code::unknown_identity);
        store_.add_timer({{}, now_, *person, {}, TimerRecord::Kind::erase, 0, 0, {}});
        reply(Reply::Code::ok);
    }

    /// Keys of inbounds, used codes and confirmed outbox rows are remembered for 30 days, and looked through once an
    /// hour; so are people who have been silent for longer than chats are kept.
    void forget_old() {
        if (now_ < next_forget_) return;
        code_tries_.clear();
        if (store_.forget(now_ - kRemembered, kForgetAtOnce) < kForgetAtOnce) next_forget_ = now_ + 1h;
        if (options_.keep.count() == 0) return;
        for (const PersonId person : store_.silent_since(now_ - options_.keep, kForgetAtOnce))
            erasures_.push_back(person);
    }

    /// The others go on without them, in words that fit whatever the cause was.
    void part_with(std::vector<PersonId>& leaving) {
        std::sort(leaving.begin(), leaving.end());
        leaving.erase(std::unique(leaving.begin(), leaving.end()), leaving.end());
        for (const PersonId person : leaving) {
            if (store_.seats(person).empty()) continue;
            Session* session = sessions_.get(person);
            if (!session) continue;
            Turns all = turns();
            all.of(*session).leave_all();
            publish(all);
        }
    }

    /// After the commit: the key first, then the rows.
    void erase(PersonId person) {
        const std::vector<Participant> seats = store_.seats(person);
        sessions_.forget(person);
        identities_.clear();  // some of them are this person's
        store_.erase(person);
        for (const Participant& seat : seats) conversations_.refresh(seat.conversation);
        present_.erase(person.value);
        outputs_.emplace_back(Close{person, {}, Close::Why::erased});
    }

    Store& store_;
    const Clock& clock_;
    CoreOptions options_;
    Library library_;
    Conversations conversations_;
    Sessions sessions_;
    TimePoint now_{};
    std::size_t request_ = 0;
    std::uint64_t ticket_ = 0;
    std::vector<Output> outputs_;
    std::vector<PersonId> erasures_;
    std::vector<std::pair<PersonId, int>> arrivals_;  ///< changes of presence in this batch
    TimePoint next_forget_{};
    std::set<std::pair<std::size_t, std::size_t>> failed_;  ///< turns of this batch that threw
    std::vector<Retry> retries_;
    std::unordered_map<std::int64_t, Identity> identities_;  ///< by id, some of those used lately
    std::unordered_map<std::int64_t, int> present_;          ///< person -> connections
    std::unordered_map<std::int64_t, int> code_tries_;       ///< person -> wrong codes since the start
    std::map<std::int64_t, TimePoint> unsent_;               ///< outbox -> since when; ids rise with time
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
    return impl_->counters_;
}

}  // namespace reweave::engine
