#include "bot/engine/core.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "bot/engine/export.hpp"
#include "bot/engine/inbounds.hpp"
#include "bot/engine/marks.hpp"
#include "bot/engine/seats.hpp"
#include "bot/engine/timers.hpp"

namespace reweave::engine {
namespace {

using namespace std::chrono_literals;

constexpr int kForgetAtOnce = 1000;
constexpr auto kRemembered = 30 * 24h;

}  // namespace

class Core::Impl {
 public:
    Impl(Store& store, const Clock& clock, CoreOptions options)
        : clock_(clock), desk_(store, std::move(options)), next_due_(desk_.store.next_timer()) {}

    std::vector<Output> run(std::vector<Request> requests) {
        desk_.now = clock_.now();
        desk_.failed.clear();
        for (;;) {
            desk_.outputs.clear();
            desk_.outputs.reserve(2 * requests.size());
            deliveries_.begin_batch();
            inbounds_.begin_batch();
            desk_.store.begin();
            try {
                for (std::size_t i = 0; i < requests.size(); ++i) handle(requests[i], i);
                erasures_ = fire_timers(desk_, deliveries_);
                inbounds_.retry_kept();
                forget_old();
                part_with(erasures_);
                desk_.store.commit();
                break;
            } catch (const TurnFailed& failure) {
                undo();
                desk_.failed.add(failure.turn);
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
        const std::optional<TimePoint> retry = inbounds_.next_retry();
        return next_due_ && retry ? std::min(next_due_, retry) : next_due_ ? next_due_ : retry;
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
    void undo() {
        desk_.rollback();
        deliveries_.undo_batch();
        inbounds_.undo_batch();
    }

    // ------------------------------------------------------------------------------------ dispatch

    void handle(Request& request, std::size_t index) {
        ticket_ = request.ticket;
        request_ = {TurnKey::Of::request, static_cast<std::int64_t>(index)};
        if (desk_.failed.contains(request_)) return reply_failed(request);
        desk_.failed.attempt(request_, [&] { std::visit([&](auto& body) { on(body); }, request.body); });
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
            const std::size_t at = desk_.outputs.size();
            desk_.outputs.emplace_back(Reply{});  // stands before what the turn itself puts out
            const TurnKey turn{TurnKey::Of::inbound, request_.id, static_cast<std::int64_t>(i)};
            Reply answer = inbounds_.take(batch.channel, batch.inbounds[i], turn);
            answer.ticket = ticket_;
            answer.index = static_cast<int>(i);
            desk_.outputs[at] = std::move(answer);
        }
        if (batch.cursor) desk_.store.save_cursor(batch.channel, *batch.cursor);
        for (const ChannelRow& row : batch.rows) desk_.store.save_channel_row(batch.channel, row);
        if (batch.inbounds.empty()) reply(Reply::Code::ok);
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
        if (desk_.options.keep.count() != 0) forget_silent(desk_.options.keep, {});
        for (const auto& [channel, keep] : desk_.options.keep_on) forget_silent(keep, channel);
    }

    void forget_silent(std::chrono::days keep, std::string_view channel) {
        for (const PersonId person : desk_.store.silent_since(desk_.now - keep, channel, kForgetAtOnce))
            erasures_.push_back(person);
    }

    /// The others go on without them, in words that fit whatever the cause was. Whom they cannot be told of is erased
    /// all the same.
    void part_with(std::vector<PersonId>& leaving) {
        std::sort(leaving.begin(), leaving.end());
        leaving.erase(std::unique(leaving.begin(), leaving.end()), leaving.end());
        for (const PersonId person : leaving) {
            const TurnKey turn{TurnKey::Of::parting, person.value};
            if (desk_.store.seats(person).empty() || desk_.failed.contains(turn)) continue;
            desk_.failed.attempt(turn, [&] { leave_all(person); });
        }
    }

    void leave_all(PersonId person) {
        Session* session = desk_.sessions.get(person);
        if (!session) return;
        Turns all = desk_.turns();
        all.of(*session).leave_all();
        deliveries_.publish(all);
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
    Inbounds inbounds_{desk_, deliveries_, devices_, clock_.now()};
    TurnKey request_{};  ///< that is being handled, and its ticket
    std::uint64_t ticket_ = 0;
    std::vector<PersonId> erasures_;
    TimePoint next_forget_{};
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
