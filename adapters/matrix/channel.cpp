#include "adapters/matrix/channel.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/common/back_off.hpp"
#include "adapters/common/fields.hpp"
#include "adapters/matrix/decryption.hpp"
#include "adapters/matrix/encryption.hpp"
#include "adapters/matrix/posting.hpp"
#include "adapters/matrix/sealing.hpp"

namespace reweave::matrix {
namespace {

using asio::experimental::awaitable_operators::operator&&;
using engine::Inbound;
using nlohmann::json;
using namespace std::chrono_literals;
using Clock = MonotonicClock;

constexpr auto kPoll = 30s;          ///< how long the homeserver may hold a sync
constexpr auto kPollGrace = 15s;     ///< and so much longer before we think that the connection is dead
constexpr auto kSaveCursor = 10min;  ///< a sync without contents is stored so often
constexpr std::size_t kBatch = 256;  ///< inbounds in one commit
constexpr int kGapPage = 100;
constexpr std::size_t kMostMissed = 1000;  ///< events of one room that are fetched after a gap
constexpr auto kTypingFor = 20s;
constexpr std::chrono::milliseconds kSoon = 1s;

/// 50 events of a room at once; nothing about presence, typing or receipts of others.
constexpr std::string_view kFilter =
    R"({"presence":{"types":[]},"account_data":{"types":[]},"room":{"account_data":{"types":[]},)"
    R"("ephemeral":{"types":[]},"timeline":{"limit":50},"state":{"lazy_load_members":true}}})";

}  // namespace

std::string_view name(ChannelStatus::State state) {
    using enum ChannelStatus::State;
    return state == starting  ? "starting"
           : state == running ? "running"
           : state == waiting ? "waiting for the homeserver"
                              : "needs the operator";
}

class Channel::Impl {
 public:
    Impl(asio::io_context& io, engine::EngineGate& gate, ChannelOptions options, Account account)
        : io_(io),
          options_(std::move(options)),
          api_(io,
               options_.homeserver,
               account,
               [file = options_.account_file](const Account& renewed) {
                   // Somebody may have logged in anew meanwhile, and that login is to be found.
                   const auto stored = load_account(file);
                   if (!stored || stored->device_id == renewed.device_id) save_account(file, renewed);
               }),
          engine_(io, gate),
          sending_(io, api_),
          encryption_(encryption()),
          rooms_({account.user_id, {}}, options_.invites, encryption_ != nullptr),
          decryption_(
              {account.user_id, {}},
              options_.encryption == ChannelOptions::Encryption::strict,
              rooms_,
              [this](std::string room, json event) { return encryption_->decrypt(std::move(room), std::move(event)); },
              [this](std::string room, json event) { return encryption_->look_at(std::move(room), std::move(event)); }),
          shared_{api_, engine_, rooms_, sending_, encryption_.get(), options_.report},
          sealing_(shared_),
          outcomes_(io, shared_),
          phrases_(engine_, std::string(kChannel), options_.page),
          tasks_(io, shared_, outcomes_, phrases_),
          posting_(io, shared_, outcomes_, phrases_, tasks_),
          wake_typing_(io.get_executor(), Timer::time_point::max()),
          nap_(io.get_executor()) {
        sending_.signed_out = [this] {
            shared_.signed_out = true;
            hold_sending();
        };
        sending_.finish = [this](const std::string& room, const Letter& letter, std::size_t n) {
            return posting_.finished(room, letter, n);
        };
        sending_.seal = [this](std::string room, std::string content, std::string transaction) {
            return sealing_.seal(std::move(room), std::move(content), std::move(transaction));
        };
        sending_.sent_before = [this](std::string room, std::string transaction, std::int64_t made) {
            return sealing_.sent_before(std::move(room), std::move(transaction), made);
        };
        sending_.slow = [this](const std::string& room) {
            show_typing_in_ = room;
            wake_typing_.cancel();
        };
        hold_sending();
    }

    Awaitable<void> run() {
        const bool known = co_await introduce();
        if (!known) co_return;
        engine::RequestBody open = engine::OpenChannel{std::string(kChannel)};
        engine::Reply opened = co_await engine_.ask(std::move(open));
        if (shared_.stopped) co_return;
        since_ = opened.text;
        rooms_.restore(opened.rows);
        if (encryption_) decryption_.restore(opened.rows);
        for (const engine::ChannelRow& row : opened.rows) {
            if (!row.key.starts_with(Rooms::kTaskRow)) continue;
            if (auto task = task_from_text(row.key.substr(Rooms::kTaskRow.size()), row.value))
                tasks_.add(std::move(*task));
        }
        sealing_.restore(opened.rows);
        co_await sealing_.note_device();
        const bool taken = co_await start_encryption();
        shared_.signed_out = shared_.signed_out || !taken;
        if (shared_.stopped) co_return;
        opened_ = true;
        for (auto& [outbox, send] : std::exchange(early_, {})) posting_.deliver(std::move(send));
        co_await (sync_loop() && keys_loop() && tasks_.work() && tasks_.work() && tasks_.work() && posting_.work() &&
                  posting_.work() && typing_loop() && outcomes_.work() && sending_.work() && sending_.work() &&
                  sending_.work() && sending_.work());
    }

    void on_outputs(const std::vector<engine::Output>& outputs) {
        engine_.on_outputs(outputs);
        for (const engine::Output& output : outputs) {
            const auto* send = std::get_if<engine::Send>(&output);
            if (!send || send->channel != kChannel) continue;
            if (opened_) {
                posting_.deliver(*send);
            } else {
                early_[send->outbox.value] = *send;
            }
        }
    }

    void stop() {
        shared_.stopped = true;
        api_.stop();
        engine_.stop();
        sending_.stop();
        tasks_.stop();
        posting_.stop();
        outcomes_.stop();
        if (encryption_) encryption_->stop();
        for (Timer* timer : {&wake_typing_, &nap_}) timer->cancel();
    }

    [[nodiscard]] ChannelStatus status() const {
        ChannelStatus status;
        status.state = state_;
        status.last_sync = last_sync_;
        status.rooms = rooms_.joined();
        status.unsent = sending_.waiting() + posting_.waiting();
        status.sending = sending_.counters();
        if (encryption_) status.encryption = encryption_->status();
        status.unreadable = decryption_.unreadable();
        return status;
    }

    [[nodiscard]] const Rooms& rooms() const { return rooms_; }

 private:
    Awaitable<void> nap(std::chrono::milliseconds for_so_long) {
        if (shared_.stopped) co_return;
        nap_.expires_after(for_so_long);
        co_await nap_.async_wait(nothrow);
    }

    void set(ChannelStatus::State state, const std::string& why = {}) {
        if (state_ == state) return;
        state_ = state;
        const bool act = state == ChannelStatus::State::needs_operator;
        options_.report("state=" + std::string(name(state)) + (why.empty() ? "" : "; " + why), act);
    }

    /// Who we are must be what is stored: a token of somebody else, or of another device, would mix two bots.
    Awaitable<bool> introduce() {
        for (int tries = 1; !shared_.stopped; ++tries) {
            const Answer answer = co_await api_.call("GET", "/client/v3/account/whoami");
            if (shared_.stopped) break;
            if (answer.ok()) {
                const json who = answer.json();
                const std::string user = text_at(who, "user_id");
                const std::string device = text_at(who, "device_id");
                const Account& account = api_.account();
                if (user == account.user_id && (device.empty() || device == account.device_id)) co_return true;
                options_.give_up("The token in " + options_.account_file.string() + " belongs to " + user +
                                 ", device " + device + ", but the file says " + account.user_id + ", device " +
                                 account.device_id + ". Run `reweave matrix login` again.");
                co_return false;
            }
            if (answer.kind == Answer::Kind::signed_out) {
                co_await wait_for_login();
                continue;
            }
            set(ChannelStatus::State::waiting, answer.failure);
            const auto wait = answer.kind == Answer::Kind::slow_down ? answer.wait : back_off(tries);
            co_await nap(wait);
        }
        co_return false;
    }

    /// The token is not taken any more. Everything is kept, and goes on with the next login.
    Awaitable<void> wait_for_login() {
        for (bool taken = false; !taken && !shared_.stopped;) {
            set(ChannelStatus::State::needs_operator,
                "the homeserver does not take the token any more. Run `reweave matrix login`; nothing is lost "
                "meanwhile");
            hold_sending();
            if (encryption_) encryption_->hold();
            for (int looks = 1; !shared_.stopped; ++looks) {
                co_await nap(kLookAgain);
                const auto account = login_found();
                constexpr int kAskAgain = 60;  // the token may have been locked only, and be taken again
                if (!account && looks % kAskAgain != 0) continue;
                if (account) api_.use(*account);
                const Answer answer = co_await api_.call("GET", "/client/v3/account/whoami");
                if (answer.ok()) break;
            }
            if (!opened_) co_return;          // what is stored of the device is not read yet
            co_await sealing_.note_device();  // it may be another one
            taken = co_await start_encryption();
        }
        shared_.signed_out = false;
    }

    /// Until the next sync has told who reads what in our rooms: meanwhile somebody may have come in.
    void hold_sending() {
        sending_.pause();
        held_ = true;
    }

    /// A login other than the one in use, of the same user.
    std::optional<Account> login_found() const {
        try {
            auto account = load_account(options_.account_file);
            if (account && account->user_id == api_.account().user_id && *account != api_.account()) return account;
        } catch (const std::runtime_error&) {
            // It is being written, or somebody is working on it.
        }
        return std::nullopt;
    }

    Awaitable<void> sync_loop() {
        int lost = 0;
        bool at_once = true;  // after a start or a fault the homeserver does not hold the answer
        while (!shared_.stopped) {
            if (shared_.signed_out) {
                co_await wait_for_login();
                at_once = true;
            }
            const std::chrono::milliseconds hold = at_once ? 0ms : until_due();
            std::string path = "/client/v3/sync?set_presence=offline&filter=" + escaped(kFilter) +
                               "&timeout=" + std::to_string(hold.count());
            if (!since_.empty()) path += "&since=" + escaped(since_);
            const std::chrono::milliseconds limit = hold + kPollGrace;
            const Answer answer = co_await api_.call("GET", std::move(path), std::string(), limit);
            if (shared_.stopped) break;
            if (answer.kind == Answer::Kind::signed_out) {
                shared_.signed_out = at_once = true;
                continue;
            }
            if (answer.kind == Answer::Kind::refused && answer.status == 400 && !since_.empty()) {
                options_.report("the homeserver does not know our place in its stream; what came meanwhile is not read",
                                true);
                since_.clear();
                continue;
            }
            bool good = false;
            if (answer.ok()) good = co_await take_sync(answer);
            if (shared_.stopped) break;
            if (good) {
                if (!shared_.signed_out && std::exchange(held_, false)) sending_.resume();
                lost = 0;
                at_once = false;
                last_sync_ = Clock::now();
                set(ChannelStatus::State::running);
                continue;
            }
            at_once = true;
            ++lost;
            hold_sending();
            set(ChannelStatus::State::waiting, answer.ok() ? "an answer could not be read" : answer.failure);
            const auto wait = answer.kind == Answer::Kind::slow_down ? answer.wait : back_off(lost);
            co_await nap(wait);
        }
        stop();
    }

    /// Reads one answer, has it committed, and only then goes on behind it. False: nothing of it happened.
    Awaitable<bool> take_sync(const Answer& answer) {
        json sync = answer.json();
        const std::string next = text_at(sync, "next_batch");
        if (next.empty()) co_return false;
        json missed = json::object();
        Rooms::Reading reading;
        reading.missed = &missed;
        reading.first = since_.empty();
        reading.now = answer.server_time;
        if (!reading.first) {
            for (const auto& [room, before] : rooms_.gaps(sync)) {
                const bool filled = co_await fill_gap(room, before, missed);
                if (!filled) co_return false;
            }
        }
        Decryption::Came came;
        if (encryption_) {
            const bool received = co_await encryption_->receive(sync);
            if (!received) co_return false;
            Decryption::Reading opening;
            opening.first = reading.first;
            opening.now = now_ms();
            opening.server_now = reading.now;
            opening.new_keys = encryption_->take_new_keys();
            came = co_await decryption_.read(sync, missed, opening);
        }
        Heard heard = rooms_.read(sync, reading);
        std::move(came.rows.begin(), came.rows.end(), std::back_inserter(heard.rows));
        std::move(came.tasks.begin(), came.tasks.end(), std::back_inserter(heard.tasks));
        std::move(came.reports.begin(), came.reports.end(), std::back_inserter(heard.reports));
        for (const auto& [from, to] : heard.replaced) sending_.move(from, to);
        for (const std::string& room : heard.exposed) sending_.give_back(room);
        const bool empty = heard.inbounds.empty() && heard.rows.empty();
        if (empty && !reading.first && Clock::now() - saved_ < kSaveCursor) {
            since_ = next;
            co_return true;
        }
        const bool committed = co_await commit(heard, next);
        if (!committed) co_return false;
        saved_ = Clock::now();
        since_ = next;
        act_on(heard);
        for (const auto& [room, event] : heard.receipts) {
            std::string path = "/client/v3/rooms/" + escaped(room) + "/receipt/m.read/" + escaped(event);
            const Answer told = co_await api_.call("POST", std::move(path), "{}", 5s);
            if (!told.ok()) break;  // a courtesy: never tried again, and nobody waits for it
        }
        co_return true;
    }

    /// How long the homeserver may hold a sync: until somebody is to be told that we could not read their message.
    [[nodiscard]] std::chrono::milliseconds until_due() const {
        const std::int64_t due = decryption_.next_due() - now_ms();
        return std::chrono::milliseconds(
            std::clamp<std::int64_t>(due, kSoon.count(), std::chrono::milliseconds(kPoll).count()));
    }

    /// Events that the homeserver left out of a sync because there were too many.
    Awaitable<bool> fill_gap(std::string room, std::string before, json& all) {
        json missed = json::array();
        std::string from = since_;
        while (!from.empty() && missed.size() < kMostMissed) {
            std::string path = "/client/v3/rooms/" + escaped(room) +
                               "/messages?dir=f&limit=" + std::to_string(kGapPage) + "&from=" + escaped(from) +
                               "&to=" + escaped(before) + "&filter=" + escaped(R"({"lazy_load_members":true})");
            const Answer answer = co_await api_.call("GET", std::move(path));
            if (answer.kind == Answer::Kind::refused) break;  // we are out of the room by now
            if (!answer.ok()) co_return false;
            const json page = answer.json();
            const auto chunk = page.is_object() ? page.find("chunk") : page.end();
            if (!page.is_object() || chunk == page.end() || !chunk->is_array()) co_return false;
            for (const json& event : *chunk) missed.push_back(event);
            from = chunk->empty() ? std::string() : text_at(page, "end");
        }
        if (missed.size() >= kMostMissed)
            options_.report("more than " + std::to_string(kMostMissed) + " events came at once room=" + room, false);
        all[room] = std::move(missed);
        co_return true;
    }

    Awaitable<bool> commit(Heard& heard, const std::string& next) {
        std::vector<Inbound> inbounds = screened(std::move(heard.inbounds));
        for (std::size_t begin = 0; begin < inbounds.size() || begin == 0; begin += kBatch) {
            engine::Batch batch;
            batch.channel = kChannel;
            const std::size_t end = std::min(inbounds.size(), begin + kBatch);
            for (std::size_t i = begin; i < end; ++i) batch.inbounds.push_back(std::move(inbounds[i]));
            if (end == inbounds.size()) {
                batch.cursor = next;
                batch.rows = std::move(heard.rows);
            }
            (void)co_await engine_.hand_over(std::move(batch));
            if (shared_.stopped) co_return false;
        }
        co_return true;
    }

    /// With what the safety screen finds; of several that came too late from one person the first is enough.
    std::vector<Inbound> screened(std::vector<Inbound> inbounds) {
        std::set<std::string> late;
        std::vector<Inbound> all;
        for (Inbound& inbound : inbounds) {
            const bool typed = inbound.kind == Inbound::Kind::text || inbound.kind == Inbound::Kind::edited ||
                               inbound.kind == Inbound::Kind::late;
            if (typed) inbound.findings = options_.screen(inbound.text);
            if (inbound.kind == Inbound::Kind::late && inbound.findings.items.empty() &&
                !late.insert(inbound.handle).second)
                continue;
            all.push_back(std::move(inbound));
        }
        return all;
    }

    void act_on(Heard& heard) {
        for (const std::string& line : heard.reports) options_.report(line, false);
        for (const std::string& room : heard.left) sending_.drop(room);
        for (const std::string& room : heard.freed) sending_.free(room);
        for (Task& task : heard.tasks) tasks_.add(std::move(task));
    }

    // ------------------------------------------------------------------------------------------- encryption

    std::unique_ptr<Encryption> encryption() {
        const auto how = options_.encryption;
        if (how == ChannelOptions::Encryption::off || !E2ee::built_in()) return nullptr;
        EncryptionOptions options;
        options.strict = how == ChannelOptions::Encryption::strict;
        options.folder = options_.keys;
        options.report = options_.report;
        options.save = [file = options_.account_file](const Account& changed) {
            // Somebody may have logged in anew meanwhile, and that login is to be found.
            Account stored = load_account(file).value_or(changed);
            keep_encryption(changed, stored);
            save_account(file, stored);
        };
        auto made = std::make_unique<Encryption>(io_, api_, std::move(options));
        made->readers_of = [this](std::string room) { return sealing_.readers_of(std::move(room)); };
        made->is_encrypted = [this](const std::string& room) {
            const Room* known = rooms_.find(room);
            return known && known->encrypted;
        };
        return made;
    }

    /// False: the token is not taken.
    Awaitable<bool> start_encryption() {
        for (int tries = 1; encryption_ && !shared_.stopped; ++tries) {
            const bool started = co_await encryption_->start();
            if (started) break;
            set(ChannelStatus::State::waiting, "the homeserver does not answer what is asked about encryption");
            co_await nap(back_off(tries));
            const Answer answer = co_await api_.call("GET", "/client/v3/account/whoami");
            if (answer.kind == Answer::Kind::signed_out) co_return false;
        }
        co_return true;
    }

    Awaitable<void> keys_loop() {
        if (encryption_) co_await encryption_->work();
    }

    /// What is to be said is waiting, as the homeserver slows us down.
    Awaitable<void> typing_loop() {
        while (!shared_.stopped) {
            if (show_typing_in_.empty()) {
                wake_typing_.expires_at(Timer::time_point::max());
                co_await wake_typing_.async_wait(nothrow);
                continue;
            }
            const std::string room = std::exchange(show_typing_in_, {});
            std::string path = "/client/v3/rooms/" + escaped(room) + "/typing/" + escaped(api_.account().user_id);
            const json body = {{"typing", true}, {"timeout", std::chrono::milliseconds(kTypingFor).count()}};
            (void)co_await api_.call("PUT", std::move(path), body.dump(), 5s);
        }
    }

    asio::io_context& io_;
    ChannelOptions options_;
    Api api_;
    adapters::EngineClient engine_;
    Sending sending_;
    std::unique_ptr<Encryption> encryption_;  ///< null: there is none
    Rooms rooms_;
    Decryption decryption_;
    Shared shared_;
    Sealing sealing_;
    Outcomes outcomes_;
    adapters::Phrases phrases_;
    Tasks tasks_;
    Posting posting_;
    std::string since_;
    std::map<std::int64_t, engine::Send> early_;  ///< came before we knew our rooms; some of them twice
    std::string show_typing_in_;
    Timer wake_typing_, nap_;
    Clock::time_point last_sync_{}, saved_{};
    ChannelStatus::State state_ = ChannelStatus::State::starting;
    bool opened_ = false;
    bool held_ = false;  ///< nothing is sent
};

Channel::Channel(asio::io_context& io, engine::EngineGate& gate, ChannelOptions options, Account account)
    : impl_(std::make_unique<Impl>(io, gate, std::move(options), std::move(account))) {}
Channel::~Channel() = default;
Awaitable<void> Channel::run() {
    return impl_->run();
}
void Channel::on_outputs(const std::vector<engine::Output>& outputs) {
    impl_->on_outputs(outputs);
}
void Channel::stop() {
    impl_->stop();
}
ChannelStatus Channel::status() const {
    return impl_->status();
}
const Rooms& Channel::rooms() const {
    return impl_->rooms();
}

}  // namespace reweave::matrix
