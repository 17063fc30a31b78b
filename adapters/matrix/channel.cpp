#include "adapters/matrix/channel.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/common/engine_client.hpp"
#include "adapters/matrix/chores.hpp"
#include "adapters/matrix/content.hpp"

namespace reweave::matrix {
namespace {

using asio::experimental::awaitable_operators::operator&&;
using engine::Inbound;
using nlohmann::json;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPoll = 30s;          ///< how long the homeserver may hold a sync
constexpr auto kPollGrace = 15s;     ///< and so much longer before we think that the connection is dead
constexpr auto kSaveCursor = 10min;  ///< a sync without contents is stored so often
constexpr std::size_t kBatch = 256;  ///< inbounds in one commit
constexpr int kGapPage = 100;
constexpr std::size_t kMostMissed = 1000;  ///< events of one room that are fetched after a gap
constexpr auto kLookAgain = 5s;            ///< for a new login, while the token is not taken
constexpr auto kTypingFor = 20s;

/// 50 events of a room at once; nothing about presence, typing or receipts of others.
constexpr std::string_view kFilter =
    R"({"presence":{"types":[]},"account_data":{"types":[]},"room":{"account_data":{"types":[]},)"
    R"("ephemeral":{"types":[]},"timeline":{"limit":50},"state":{"lazy_load_members":true}}})";

std::string text_at(const json& all, const char* key) {
    if (!all.is_object()) return {};
    const auto found = all.find(key);
    return found != all.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t ms(engine::TimePoint at) {
    return at.time_since_epoch().count();
}

bool asks_for_a_link(const engine::Message& message) {
    return std::any_of(message.bubbles.begin(), message.bubbles.end(), [](const dialog::RenderedBubble& bubble) {
        return bubble.kind == dialog::RenderedBubble::Kind::invite;
    });
}

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
          rooms_({account.user_id, {}}, options_.invites, false),
          tasks_(io),
          slow_(io),
          wake_typing_(io.get_executor(), Timer::time_point::max()),
          wake_outcomes_(io.get_executor(), Timer::time_point::max()),
          nap_(io.get_executor()) {
        sending_.signed_out = [this] {
            signed_out_ = true;
            hold_sending();
        };
        sending_.finish = [this](const std::string& room, const Letter& letter, std::size_t n) {
            return finished(room, letter, n);
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
        if (stopped_) co_return;
        since_ = opened.text;
        rooms_.restore(opened.rows);
        for (const engine::ChannelRow& row : opened.rows) {
            if (!row.key.starts_with(Rooms::kTaskRow)) continue;
            if (auto task = task_from_text(row.key.substr(Rooms::kTaskRow.size()), row.value))
                add_task(std::move(*task));
        }
        opened_ = true;
        for (auto& [outbox, send] : std::exchange(early_, {})) deliver(std::move(send));
        co_await (sync_loop() && task_loop() && task_loop() && task_loop() && slow_loop() && slow_loop() &&
                  typing_loop() && outcome_loop() && sending_.work() && sending_.work() && sending_.work() &&
                  sending_.work());
    }

    void on_outputs(const std::vector<engine::Output>& outputs) {
        engine_.on_outputs(outputs);
        for (const engine::Output& output : outputs) {
            const auto* send = std::get_if<engine::Send>(&output);
            if (!send || send->channel != kChannel) continue;
            if (opened_) {
                deliver(*send);
            } else {
                early_[send->outbox.value] = *send;
            }
        }
    }

    void stop() {
        stopped_ = true;
        api_.stop();
        engine_.stop();
        sending_.stop();
        tasks_.stop();
        slow_.stop();
        for (Timer* timer : {&wake_typing_, &wake_outcomes_, &nap_}) timer->cancel();
    }

    [[nodiscard]] ChannelStatus status() const {
        ChannelStatus status;
        status.state = state_;
        status.last_sync = last_sync_;
        status.rooms = rooms_.joined();
        status.unsent = sending_.waiting() + slow_.size();
        status.sending = sending_.counters();
        return status;
    }

    [[nodiscard]] const Rooms& rooms() const { return rooms_; }

 private:
    // ---------------------------------------------------------------------------------------- coming in

    Awaitable<void> nap(std::chrono::milliseconds for_so_long) {
        if (stopped_) co_return;
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
        for (int tries = 1; !stopped_; ++tries) {
            const Answer answer = co_await api_.call("GET", "/client/v3/account/whoami");
            if (stopped_) break;
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
        set(ChannelStatus::State::needs_operator,
            "the homeserver does not take the token any more. Run `reweave matrix login`; nothing is lost meanwhile");
        hold_sending();
        for (int looks = 1; !stopped_; ++looks) {
            co_await nap(kLookAgain);
            const auto account = login_found();
            constexpr int kAskAgain = 60;  // the token may have been locked only, and be taken again
            if (!account && looks % kAskAgain != 0) continue;
            if (account) api_.use(*account);
            const Answer answer = co_await api_.call("GET", "/client/v3/account/whoami");
            if (answer.ok()) break;
        }
        signed_out_ = false;
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
        while (!stopped_) {
            if (signed_out_) {
                co_await wait_for_login();
                at_once = true;
            }
            const std::chrono::milliseconds hold = at_once ? 0ms : std::chrono::milliseconds(kPoll);
            std::string path = "/client/v3/sync?set_presence=offline&filter=" + escaped(kFilter) +
                               "&timeout=" + std::to_string(hold.count());
            if (!since_.empty()) path += "&since=" + escaped(since_);
            const std::chrono::milliseconds limit = hold + kPollGrace;
            const Answer answer = co_await api_.call("GET", std::move(path), std::string(), limit);
            if (stopped_) break;
            if (answer.kind == Answer::Kind::signed_out) {
                signed_out_ = at_once = true;
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
            if (stopped_) break;
            if (good) {
                if (!signed_out_ && std::exchange(held_, false)) sending_.resume();
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
        const json sync = answer.json();
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
        Heard heard = rooms_.read(sync, reading);
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
            if (stopped_) co_return false;
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
        for (Task& task : heard.tasks) add_task(std::move(task));
    }

    // ------------------------------------------------------------------------------------------- tasks

    void add_task(Task task) {
        if (tasks_.any([&](const Task& other) { return other.id == task.id; })) return;
        std::string room = task.room;
        tasks_.add(std::move(room), std::move(task));
    }

    Awaitable<void> task_loop() {
        for (;;) {
            Chores<Task>::Chore* chore = co_await tasks_.next();
            if (!chore) break;
            if (signed_out_) {
                tasks_.later(chore, kLookAgain);
                continue;
            }
            const std::chrono::milliseconds again = co_await carry_out(chore->what, chore->lost);
            if (stopped_) break;
            if (again > 0ms) {
                tasks_.later(chore, again);
            } else {
                tasks_.done(chore);
            }
        }
    }

    /// Zero: it is done, or can never be, or is on its way. Otherwise: try again after so long.
    Awaitable<std::chrono::milliseconds> carry_out(const Task& task, int lost) {
        std::chrono::milliseconds again{};
        bool on_its_way = false;
        if (task.kind == Task::Kind::join) {
            again = co_await join(task, lost);
        } else if (task.kind == Task::Kind::leave) {
            again = co_await leave(task, lost);
        } else if (task.kind == Task::Kind::invite) {
            again = co_await invite(task, lost);
        } else if (task.kind == Task::Kind::here) {
            again = co_await bring_talk(task, lost);
        } else if (task.kind == Task::Kind::in) {
            co_await let_in(task);
        } else {
            on_its_way = co_await say(task);
        }
        if (again == 0ms && !on_its_way) forget(task.id);
        co_return again;
    }

    /// The task is over: it need not be done after a crash.
    void forget(const std::string& task) { note({std::string(Rooms::kTaskRow) + task, {}}); }

    static std::chrono::milliseconds again_after(const Answer& answer, int lost) {
        return answer.kind == Answer::Kind::slow_down ? answer.wait
               : answer.kind == Answer::Kind::refused ? 0ms
               : answer.kind == Answer::Kind::ok      ? 0ms
                                                      : back_off(lost + 1);
    }

    Awaitable<std::chrono::milliseconds> join(const Task& task, int lost) {
        std::string path = "/client/v3/join/" + escaped(task.room);
        // By the server of whoever asked us in: our own may not know the room yet.
        if (const auto colon = task.user.find(':'); colon != std::string::npos)
            path +=
                "?server_name=" + escaped(task.user.substr(colon + 1)) + "&via=" + escaped(task.user.substr(colon + 1));
        const Answer answer = co_await api_.call("POST", std::move(path), "{}", 90s);
        if (answer.kind == Answer::Kind::refused)
            options_.report("could not join room=" + task.room + ": " + answer.failure, false);
        const Room* room = rooms_.find(task.room);
        if (answer.kind == Answer::Kind::refused && room && room->stage == Room::Stage::invited) {
            Room gone = *room;
            gone.stage = Room::Stage::left;  // another invitation is a new one
            engine::Batch batch;
            batch.channel = kChannel;
            batch.rows.push_back(rooms_.save(task.room, std::move(gone)));
            (void)co_await engine_.hand_over(std::move(batch));
            co_return 0ms;
        }
        if (answer.ok() && room && room->kind == Room::Kind::direct) co_await note_direct(room->user, task.room);
        co_return again_after(answer, lost);
    }

    Awaitable<std::chrono::milliseconds> leave(const Task& task, int lost) {
        json body = json::object();
        if (!task.text.empty()) body["reason"] = task.text;
        std::string path = "/client/v3/rooms/" + escaped(task.room);
        Answer answer = co_await api_.call("POST", path + "/leave", body.dump());
        if (answer.ok()) answer = co_await api_.call("POST", path + "/forget", "{}");
        co_return again_after(answer, lost);
    }

    /// Other clients of the account show the room among the direct ones. Best effort.
    Awaitable<void> note_direct(std::string user, std::string room) {
        std::string path = "/client/v3/user/" + escaped(api_.account().user_id) + "/account_data/m.direct";
        const Answer answer = co_await api_.call("GET", path);
        json direct = answer.ok() ? answer.json() : json::object();
        if (!direct.is_object() || (!answer.ok() && answer.status != 404)) co_return;
        json& list = direct[user];
        if (!list.is_array()) list = json::array();
        if (std::find(list.begin(), list.end(), json(room)) != list.end()) co_return;
        list.push_back(room);
        (void)co_await api_.call("PUT", std::move(path), direct.dump());
    }

    /// Somebody wants what they and others say together to be said in this room.
    Awaitable<std::chrono::milliseconds> bring_talk(const Task& task, int lost) {
        engine::GetTalk get;
        get.channel = kChannel;
        get.handle = task.user;
        engine::RequestBody body = std::move(get);
        const engine::Reply talk = co_await engine_.ask(std::move(body));
        const Room* room = rooms_.find(task.room);
        if (!room || room->encrypted) co_return 0ms;
        if (talk.code != engine::Reply::Code::ok) {
            say_soon(task.id + ":none", task.room, task.user, "no-talk");
            co_return 0ms;
        }
        if (const std::string before = rooms_.talk_room(talk.conversation); !before.empty() && before != task.room) {
            Room old = *rooms_.find(before);
            old.talk = {};
            note(rooms_.save(before, std::move(old)));
        }
        Room changed = *rooms_.find(task.room);
        changed.talk = talk.conversation;
        changed.user = task.user;
        (void)rooms_.save(task.room, std::move(changed));
        const bool waits = !talk.created;
        const bool settled = co_await settle(task.room, talk.accounts, waits);
        if (!settled) co_return back_off(lost + 1);
        const Room* now = rooms_.find(task.room);
        if (now && now->talk) say_soon(task.id + ":here", task.room, task.user, "here");
        co_return 0ms;
    }

    /// Somebody in a room that was brought for a talk wants to take part: they are asked in private, as by any code.
    Awaitable<void> let_in(const Task& task) {
        const Room* room = rooms_.find(task.room);
        if (!room || !room->talk) co_return;
        engine::MakeInvitation make;
        make.conversation = room->talk;
        const std::string keeper = room->user;
        make.identity = co_await identity_of(keeper);
        engine::RequestBody body = std::move(make);
        const engine::Reply code = co_await engine_.ask(std::move(body));
        const engine::IdentityId known = co_await identity_of(task.user);
        engine::Batch batch;
        batch.channel = kChannel;
        if (!known) {
            Inbound joined;
            joined.kind = Inbound::Kind::joined;
            joined.handle = task.user;
            joined.key = "in:" + task.id;
            batch.inbounds.push_back(std::move(joined));
        }
        Inbound uses;
        uses.kind = Inbound::Kind::code;
        uses.handle = task.user;
        uses.key = task.id;
        uses.text = code.text;
        batch.inbounds.push_back(std::move(uses));
        (void)co_await engine_.hand_over(std::move(batch));
    }

    Awaitable<std::chrono::milliseconds> invite(const Task& task, int lost) {
        const json body = {{"user_id", task.user}};
        std::string path = "/client/v3/rooms/" + escaped(task.room) + "/invite";
        const Answer answer = co_await api_.call("POST", std::move(path), body.dump());
        co_return again_after(answer, lost);
    }

    /// Whether it may be said there: a link lets in whoever reads it.
    [[nodiscard]] bool may_say(const Task& task) const {
        const Room* room = rooms_.find(task.room);
        if (!room || room->stage != Room::Stage::joined || room->encrypted) return false;
        return task.kind == Task::Kind::say || (room->kind == Room::Kind::direct && room->user == task.user);
    }

    /// A line of the phrases, or a link; into the room where it was asked for. False: there is nothing to say.
    Awaitable<bool> say(const Task& task) {
        if (!may_say(task)) co_return false;
        std::string words;
        const std::string none;
        if (task.kind == Task::Kind::say) {
            words = co_await phrase(task.user, task.text, none, none);
        } else if (task.kind == Task::Kind::browser) {
            words = co_await browser_link(task.user);
        } else {
            words = co_await seat_link(task.user, engine::ConversationId(), none, 2);
        }
        if (words.empty() || !may_say(task)) co_return false;
        engine::Message message;
        message.bubbles.emplace_back().text = words;
        Options how;
        how.notice = task.kind == Task::Kind::say;
        if (!task.thread.empty()) how.thread = Thread{task.thread, task.id};
        Letter letter;
        letter.id = "t-" + task.id;
        for (const json& content : contents_of(message, how)) letter.contents.push_back(content.dump());
        if (letter.contents.empty()) co_return false;
        letter.done = [this, id = task.id](const Letter&, bool sent, const std::string& why) {
            if (!sent) options_.report("a line could not be said: " + why, false);
            forget(id);
        };
        if (!how.notice) letter.elsewhere = [this, id = task.id] { forget(id); };
        sending_.add(task.room, std::move(letter));
        co_return true;
    }

    Awaitable<std::string> phrase(std::string user, std::string id, std::string link, std::string code) {
        engine::GetPhrase get;
        get.channel = kChannel;
        get.handle = std::move(user);
        get.id = std::move(id);
        get.shown["link"] = std::move(link);
        get.shown["code"] = std::move(code);
        engine::RequestBody body = std::move(get);
        const engine::Reply reply = co_await engine_.ask(std::move(body));
        co_return reply.text;
    }

    Awaitable<engine::IdentityId> identity_of(std::string user) {
        engine::GetPhrase get;
        get.channel = kChannel;
        get.handle = std::move(user);
        engine::RequestBody body = std::move(get);
        const engine::Reply reply = co_await engine_.ask(std::move(body));
        co_return reply.identity;
    }

    [[nodiscard]] std::string link_of(const std::string& code) const { return options_.page + "/#join=" + code; }

    Awaitable<std::string> browser_link(std::string user) {
        engine::MakeCode make;
        make.identity = co_await identity_of(user);
        engine::RequestBody body = make;
        const engine::Reply reply = co_await engine_.ask(std::move(body));
        if (reply.code != engine::Reply::Code::ok) co_return std::string();
        std::string link = link_of(reply.text);
        std::string line = co_await phrase(user, "browser-link", std::move(link), reply.text);
        co_return line;
    }

    /// What lets one person in, in words; `people` take part at most.
    Awaitable<std::string> seat_link(std::string user, engine::ConversationId talk, std::string role, int people) {
        engine::MakeInvitation make;
        make.identity = co_await identity_of(user);
        make.conversation = talk;
        make.role = std::move(role);
        engine::RequestBody body = std::move(make);
        const engine::Reply reply = co_await engine_.ask(std::move(body));
        if (reply.code != engine::Reply::Code::ok) {
            std::string no_link = co_await phrase(user, "no-link", reply.text, reply.text);
            co_return no_link;
        }
        const std::string link = link_of(reply.text);
        std::string words = co_await phrase(user, "invite-link", link, reply.text);
        const std::string code = co_await phrase(user, "invite-code", link, reply.text);
        words += "\n" + code;
        if (people > 2) {
            const std::string more = co_await phrase(user, "invite-more", link, reply.text);
            words += "\n" + more;
        }
        co_return words;
    }

    // ---------------------------------------------------------------------------------------- going out

    [[nodiscard]] std::string room_for(const engine::Send& send) const {
        return goes_to_talk(send) ? rooms_.talk_room(send.message.room->id) : rooms_.direct_room(send.handle);
    }

    /// What is said aside to one person is not said where others of the talk read it.
    static bool goes_to_talk(const engine::Send& send) {
        return send.message.room && !(send.message.aside && send.readers.size() > 1);
    }

    /// What needs a room or a link first goes the slow way, and what comes for the same place then waits behind it.
    void deliver(engine::Send send) {
        const std::string place = place_of(send);
        const std::string room = room_for(send);
        const Room* known = room.empty() ? nullptr : rooms_.find(room);
        if (!known || known->provisional || slow_.has(place) || asks_for_a_link(send.message)) {
            slow_.add(place, std::move(send));
        } else {
            post(std::move(send), room);
        }
    }

    /// Whoever reads a talk on Matrix and is not in its room yet is asked in.
    void ask_in(const engine::Send& send, const std::string& room_id) {
        const Room* room = rooms_.find(room_id);
        if (!room || !room->talk) return;
        Room changed = *room;
        for (const std::string& user : send.readers) {
            if (std::find(room->people.begin(), room->people.end(), user) != room->people.end()) continue;
            changed.people.push_back(user);
            Task task;
            task.kind = Task::Kind::invite;
            task.id = "invite:" + user + ":" + room_id;
            task.room = room_id;
            task.user = user;
            note(task_row(task));
            add_task(std::move(task));
        }
        if (changed.people != room->people) note(rooms_.save(room_id, std::move(changed)));
    }

    static engine::ChannelRow task_row(const Task& task) {
        return {std::string(Rooms::kTaskRow) + task.id, to_text(task)};
    }

    /// Stores it with the next outcome.
    void note(engine::ChannelRow row) {
        Outcome outcome;
        outcome.row = std::move(row);
        outcomes_.push_back(std::move(outcome));
        wake_outcomes_.cancel();
    }

    /// Into the thread of its round, which has begun by now.
    std::string finished(const std::string& room_id, const Letter& letter, std::size_t n) const {
        const Room* room = rooms_.find(room_id);
        if (letter.round.empty() || !room || room->round != letter.round || room->thread.empty())
            return letter.contents.at(n);
        json content = json::parse(letter.contents.at(n));
        if (!content.contains("m.relates_to"))
            content["m.relates_to"] = {{"rel_type", "m.thread"},
                                       {"event_id", room->thread},
                                       {"is_falling_back", true},
                                       {"m.in_reply_to", {{"event_id", room->thread}}}};
        return content.dump();
    }

    /// In a room that people brought, each round of a circle is a thread of its own.
    void begin_round(const engine::RoomView& view, const std::string& room_id) {
        const Room* room = rooms_.find(room_id);
        std::string& begun = rounds_[room_id];
        if (begun.empty() && room) begun = room->round;
        if (begun == view.round_id) return;
        begun = view.round_id;
        engine::Message heading;
        heading.bubbles.emplace_back().text = view.round;
        Letter letter;
        letter.id = "r" + std::to_string(view.id.value) + "-" + view.round_id;
        for (const json& content : contents_of(heading)) letter.contents.push_back(content.dump());
        letter.done = [this, room_id, round = view.round_id](const Letter& done, bool sent, const std::string&) {
            const Room* now = rooms_.find(room_id);
            if (!sent || !now || done.event_ids.empty()) return;
            Room changed = *now;
            changed.round = round;
            changed.thread = done.event_ids.front();
            note(rooms_.save(room_id, std::move(changed)));
        };
        sending_.add(room_id, std::move(letter));
    }

    static std::string place_of(const engine::Send& send) {
        return goes_to_talk(send) ? "talk " + std::to_string(send.message.room->id.value) : send.handle;
    }

    void post(engine::Send send, const std::string& room_id) {
        const Room* room = rooms_.find(room_id);
        Options how;
        how.reader.language = send.language;
        how.reader.time_zone = send.time_zone;
        how.replaces = send.replaces.substr(0, send.replaces.find(' '));
        if (room && room->kind == Room::Kind::direct && !room->thread.empty()) how.thread = Thread{room->thread, {}};
        const engine::Message& message = send.message;
        const bool in_talk = goes_to_talk(send);
        if (in_talk) ask_in(send, room_id);
        const bool in_round = in_talk && room && room->kind == Room::Kind::group && !message.room->round.empty();
        if (in_round) begin_round(*message.room, room_id);
        room = rooms_.find(room_id);
        if (message.room && message.ask) {
            how.mentions.push_back(send.handle);
            how.ask_for = message.room->floor;
        }
        Letter letter;
        // The time is part of it: after a back-up was restored the same numbers come again, for other messages.
        letter.id = "o" + std::to_string(send.outbox.value) + "-" + std::to_string(ms(message.at));
        letter.contents = written(message, how);
        const engine::OutboxId outbox = send.outbox;
        if (!in_talk) letter.elsewhere = [this, send] { deliver(send); };
        if (letter.contents.empty()) return told(outbox, {}, true, {}, {});
        if (in_round) letter.round = message.room->round_id;
        const auto place = std::make_shared<std::string>();
        if (!in_talk) places_[message.event.value] = place;
        if (const auto before = places_.find(message.replaces.value);
            message.replaces && how.replaces.empty() && before != places_.end()) {
            letter.write = [place, before = before->second, message, how]() mutable {
                *place = how.replaces = *before;
                return written(message, how);
            };
        } else {
            *place = how.replaces;
        }
        const std::string asks_in = message.ask && !message.room ? room_id : std::string();
        if (!asks_in.empty()) rooms_.asks(letter.id);
        letter.done = [this, outbox, asks_in, place, event = message.event](
                          const Letter& done, bool sent, const std::string& why) {
            std::vector<std::string> events = done.event_ids;
            // People, and later edits, know an event that was replaced by its first id.
            if (!place->empty() && !events.empty()) events.front() = *place;
            if (!events.empty()) *place = events.front();
            told(outbox, events, sent, why, {event, done.id, asks_in});
        };
        if (room && room->encrypted) return told(outbox, {}, false, "the room is encrypted", {message.event});
        sending_.add(room_id, std::move(letter));
    }

    static std::vector<std::string> written(const engine::Message& message, const Options& how) {
        std::vector<std::string> contents;
        for (const json& content : contents_of(message, how)) contents.push_back(content.dump());
        return contents;
    }

    struct Said {
        engine::EventId turn;
        std::string letter = {};
        std::string asks_in = {};  ///< room in which it asks something
    };
    struct Outcome {
        engine::Delivered delivered;  ///< outbox none: nothing was delivered
        engine::ChannelRow row = {};  ///< to be stored; key empty: none
        Said said = {};
        std::string prompt = {};  ///< event that asks it
    };

    void told(
        engine::OutboxId outbox, const std::vector<std::string>& events, bool sent, const std::string& why, Said said) {
        if (!sent) options_.report("a message was refused outbox=" + std::to_string(outbox.value) + ": " + why, false);
        Outcome outcome;
        outcome.said = std::move(said);
        outcome.delivered.outbox = outbox;
        outcome.delivered.result = sent ? engine::Delivered::Result::sent : engine::Delivered::Result::refused;
        if (!events.empty()) {
            outcome.delivered.channel_message = events.front();
            if (sent) outcome.prompt = events.back();
        }
        outcomes_.push_back(std::move(outcome));
        wake_outcomes_.cancel();
    }

    /// Tells the engine how messages fared, and notes the newest prompt of each room: reactions are answers to it.
    Awaitable<void> outcome_loop() {
        while (!stopped_) {
            if (outcomes_.empty()) {
                wake_outcomes_.expires_at(Timer::time_point::max());
                co_await wake_outcomes_.async_wait(nothrow);
                continue;
            }
            const Outcome outcome = std::move(outcomes_.front());
            outcomes_.pop_front();
            if (auto row = rooms_.asked(outcome.said.letter, outcome.said.asks_in, outcome.prompt)) {
                engine::Batch batch;
                batch.channel = kChannel;
                batch.rows.push_back(std::move(*row));
                (void)co_await engine_.hand_over(std::move(batch));
            }
            if (!outcome.row.key.empty()) {
                engine::Batch batch;
                batch.channel = kChannel;
                batch.rows.push_back(outcome.row);
                (void)co_await engine_.hand_over(std::move(batch));
            }
            if (!outcome.delivered.outbox) continue;
            engine::RequestBody body = outcome.delivered;
            (void)co_await engine_.ask(std::move(body));
            places_.erase(outcome.said.turn.value);  // from now on the engine says where it stands
        }
    }

    Awaitable<void> slow_loop() {
        for (;;) {
            Chores<engine::Send>::Chore* chore = co_await slow_.next();
            if (!chore) break;
            if (signed_out_) {
                slow_.later(chore, kLookAgain);
                continue;
            }
            engine::Send send = chore->what;
            std::string room = room_for(send);
            const Room* known = room.empty() ? nullptr : rooms_.find(room);
            if (known && known->provisional) {
                const bool settled = co_await settle(room, send.readers, false);
                if (stopped_) break;
                if (!settled) {
                    slow_.later(chore, back_off(chore->lost + 1));
                    continue;
                }
                room = room_for(send);
            }
            if (room.empty()) {
                std::chrono::milliseconds again{};
                room = co_await open_room(send, chore->lost, again);
                if (stopped_) break;
                if (again > 0ms) {
                    slow_.later(chore, again);
                    continue;
                }
            }
            if (room.empty()) {
                slow_.done(chore);
                told(send.outbox, {}, false, "there is no room for it", {send.message.event});
                continue;
            }
            for (dialog::RenderedBubble& bubble : send.message.bubbles) {
                if (bubble.kind != dialog::RenderedBubble::Kind::invite) continue;
                bubble.text = co_await seat_link(send.handle, send.message.conversation, bubble.role, bubble.people);
                bubble.kind = dialog::RenderedBubble::Kind::text;
            }
            if (stopped_) break;
            if (room_for(send) != room) {  // somebody came in meanwhile
                slow_.later(chore, 0ms);
                continue;
            }
            slow_.done(chore);
            post(std::move(send), room);
        }
    }

    /// Makes the room that a message is for. Its alias makes sure that there is one of it, whatever happens to us
    /// between the homeserver's making it and our noting it down.
    Awaitable<std::string> open_room(const engine::Send& send, int lost, std::chrono::milliseconds& again) {
        const bool talk = goes_to_talk(send);
        const std::vector<std::string> readers = send.readers;
        const std::string user = send.handle;
        const engine::ConversationId conversation = talk ? send.message.room->id : engine::ConversationId{};
        std::string alias =
            talk ? "reweave-talk-" + std::to_string(conversation.value) + "-" + std::to_string(ms(send.message.at))
                 : "reweave-direct-" + std::to_string(send.outbox.value) + "-" + std::to_string(ms(send.message.at));
        json body = {{"preset", "trusted_private_chat"},
                     {"visibility", "private"},
                     {"is_direct", !talk},
                     {"room_alias_name", alias},
                     {"invite", json::array({user})}};
        if (talk) {
            body["preset"] = "private_chat";
            body["name"] = send.message.room->title;
            body["invite"] = send.readers;
            // Nobody else is let in by one of them, and whoever comes a little later still sees how it began.
            body["power_level_content_override"] = {{"invite", 50}};
            body["initial_state"] = json::array({{{"type", "m.room.history_visibility"},
                                                  {"state_key", ""},
                                                  {"content", {{"history_visibility", "invited"}}}}});
        }
        const Answer made = co_await api_.call("POST", "/client/v3/createRoom", body.dump());
        std::string id = made.ok() ? text_at(made.json(), "room_id") : std::string();
        if (made.errcode == "M_ROOM_IN_USE") {
            std::string server = api_.account().user_id;
            server = server.substr(server.find(':') + 1);
            const Answer found =
                co_await api_.call("GET", "/client/v3/directory/room/" + escaped("#" + alias + ":" + server));
            if (found.ok()) id = text_at(found.json(), "room_id");
            // Whoever guessed the alias has made it to read along.
            if (const Room* known = rooms_.find(id); known && !known->ours) id.clear();
        }
        if (id.empty()) {
            again = again_after(made, lost);
            co_return id;
        }
        Room room;
        room.ours = true;
        room.kind = talk ? Room::Kind::talk : Room::Kind::direct;
        room.user = user;
        room.talk = conversation;
        if (talk) room.people = readers;
        engine::Batch batch;
        batch.channel = kChannel;
        batch.rows.push_back(rooms_.save(id, std::move(room)));
        (void)co_await engine_.hand_over(std::move(batch));
        if (!talk) co_return id;
        if (readers.size() > 1) {  // before anything else is said in it
            std::string line = co_await phrase(user, "seen-at-once", std::string(), std::string());
            engine::Message notice;
            notice.bubbles.emplace_back().text = std::move(line);
            Letter letter;
            letter.id = "seen-" + std::to_string(conversation.value);
            letter.contents = written(notice, {});
            letter.done = [](const Letter&, bool, const std::string&) {};
            sending_.add(id, std::move(letter));
        }
        for (const std::string& reader : readers) {
            const std::string direct = rooms_.direct_room(reader);
            if (!direct.empty()) say_soon("made:" + reader + ":" + id, direct, reader, "room-made");
        }
        co_return id;
    }

    void say_soon(std::string id, std::string room, std::string user, std::string line) {
        Task task;
        task.id = std::move(id);
        task.room = std::move(room);
        task.user = std::move(user);
        task.text = std::move(line);
        note(task_row(task));
        add_task(std::move(task));
    }

    /// Whether a talk can happen in a room that somebody brought: everyone in it must take part. True: it is decided,
    /// one way or the other. `waits`: its people have not come together yet, so it is decided later.
    Awaitable<bool> settle(std::string room_id, std::vector<std::string> people, bool waits) {
        const Answer answer = co_await api_.call("GET", "/client/v3/rooms/" + escaped(room_id) + "/joined_members");
        if (stopped_ || (!answer.ok() && answer.kind != Answer::Kind::refused)) co_return false;
        const json members = answer.json();
        bool all_take_part = answer.ok();
        const auto joined = members.is_object() ? members.find("joined") : members.end();
        if (members.is_object() && joined != members.end()) {
            for (const auto& [user, profile] : joined->items()) {
                if (user == api_.account().user_id) continue;
                all_take_part = all_take_part && std::find(people.begin(), people.end(), user) != people.end();
            }
        }
        const Room* room = rooms_.find(room_id);
        if (!room) co_return true;
        Room changed = *room;
        changed.people = std::move(people);
        changed.provisional = waits;
        if (!all_take_part && !waits) {
            changed.talk = {};
            say_soon("not-here:" + std::to_string(room->talk.value) + ":" + room_id, room_id, room->user, "not-here");
        }
        note(rooms_.save(room_id, std::move(changed)));
        co_return true;
    }

    /// What is to be said is waiting, as the homeserver slows us down.
    Awaitable<void> typing_loop() {
        while (!stopped_) {
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
    Rooms rooms_;
    std::string since_;
    Chores<Task> tasks_;
    std::map<std::int64_t, engine::Send> early_;  ///< came before we knew our rooms; some of them twice
    Chores<engine::Send> slow_;
    std::deque<Outcome> outcomes_;
    /// Turn -> the event that says it, as long as the engine may not know it: empty until it is sent.
    std::map<std::int64_t, std::shared_ptr<std::string>> places_;
    std::string show_typing_in_;
    std::map<std::string, std::string> rounds_;  ///< room -> the round whose thread was begun last
    Timer wake_typing_, wake_outcomes_, nap_;
    Clock::time_point last_sync_{}, saved_{};
    ChannelStatus::State state_ = ChannelStatus::State::starting;
    bool opened_ = false;
    bool signed_out_ = false;
    bool held_ = false;  ///< nothing is sent
    bool stopped_ = false;
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
