#include "adapters/discord/channel.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/common/back_off.hpp"
#include "adapters/common/fields.hpp"
#include "adapters/discord/commands.hpp"
#include "adapters/discord/instance_lock.hpp"
#include "adapters/discord/progress.hpp"
#include "adapters/discord/reception.hpp"
#include "adapters/discord/strangers.hpp"
#include "adapters/discord/written.hpp"

namespace reweave::discord {
namespace {

using asio::experimental::awaitable_operators::operator&&;
using engine::Inbound;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kLookThrough = 24h;
constexpr auto kSaveCursor = 5s;  ///< events that mean nothing to us move it so often
constexpr std::string_view kCommandsRow = "commands", kSlotRow = "slot:";

}  // namespace

class Channel::Impl {
 public:
    Impl(asio::io_context& io, engine::EngineGate& gate, ChannelOptions options)
        : options_(std::move(options)),
          lock_(options_.account.application),
          rest_(io,
                options_.api,
                options_.account.token,
                [this](const std::string& sentence) { options_.report(sentence, true); }),
          engine_(io, gate),
          phrases_(engine_, kChannel, options_.page),
          slots_(io,
                 rest_,
                 {options_.acknowledged,
                  options_.wall_clock,
                  options_.account.application,
                  [this](const std::string& line) { options_.report(line, true); }}),
          shared_{rest_,
                  engine_,
                  phrases_,
                  places_,
                  slots_,
                  options_.private_words,
                  options_.account.application,
                  options_.account.user,
                  options_.page,
                  options_.privacy_policy,
                  options_.report},
          posting_(io, shared_),
          reception_(shared_, posting_, options_.screen),
          gateway_(io, gateway_options()),
          work_(io),
          nap_(io.get_executor()) {}

    Awaitable<void> run() {
        if (!lock_.held()) {
            needs_operator("another copy of the bot on this machine is on Discord with the same token. End it first");
            co_return;
        }
        engine::RequestBody open = engine::OpenChannel{std::string(kChannel)};
        engine::Reply opened = co_await engine_.ask(std::move(open));
        if (shared_.stopped) co_return;
        restore(opened);
        opened_ = true;
        for (auto& [outbox, send] : std::exchange(early_, {})) posting_.deliver(std::move(send), true);
        co_await (gateway_.run() && rest_.keep_warm() && read_events() && save_cursor() && register_commands() &&
                  take_events() && take_events() && take_events() && take_events() && posting_.work() &&
                  posting_.work() && posting_.work() && posting_.work());
    }

    void on_outputs(const std::vector<engine::Output>& outputs) {
        engine_.on_outputs(outputs);
        for (const engine::Output& output : outputs) {
            const auto* send = std::get_if<engine::Send>(&output);
            if (!send || send->channel != kChannel) continue;
            if (opened_) {
                posting_.deliver(*send, false);
            } else {
                early_[send->outbox.value] = *send;
            }
        }
    }

    void stop() {
        shared_.stopped = true;
        gateway_.stop();
        rest_.stop();
        engine_.stop();
        slots_.stop();
        posting_.stop();
        work_.stop();
        nap_.cancel();
    }

    [[nodiscard]] ChannelStatus status() const {
        ChannelStatus status;
        status.gateway = gateway_.status();
        status.rest = rest_.status();
        status.posting = posting_.counters();
        status.unsent = posting_.waiting();
        status.events = progress_.open();
        status.contacts = places_.contacts();
        status.closed = places_.closed();
        status.talks = places_.talks().size();
        status.needs_operator = needs_operator_;
        return status;
    }

 private:
    struct Work {
        Progress::Ticket ticket;
        std::string name;
        std::shared_ptr<const json> data{};
        Interaction interaction{};  ///< or what was done
        SlotPtr slot{};
    };

    GatewayOptions gateway_options() {
        GatewayOptions gateway;
        gateway.token = options_.account.token;
        gateway.intents = kIntents | (options_.message_content ? kMessageContent : 0);
        gateway.compress = options_.compress;
        gateway.user_agent = user_agent();
        gateway.proxy = options_.api.proxy;
        gateway.ca_file = options_.api.ca_file;
        gateway.wall_clock = options_.wall_clock;
        gateway.chance = options_.chance;
        gateway.ask = [this] { return ask_gateway(); };
        gateway.note = [this](std::string ledger) { return store_ledger(std::move(ledger)); };
        gateway.report = options_.report;
        gateway.give_up = [this](const std::string& why) { needs_operator(why); };
        return gateway;
    }

    void needs_operator(const std::string& why) {
        needs_operator_ = why;
        options_.report("the bot is not on Discord: " + why, true);
    }

    void restore(const engine::Reply& opened) {
        std::string ledger;
        for (const engine::ChannelRow& row : opened.rows) {
            if (row.key == kLedgerRow) ledger = row.value;
            if (row.key == kCommandsRow) registered_ = row.value;
            if (row.key.starts_with(kSlotRow)) slots_.restore(row.key.substr(kSlotRow.size()), row.value);
        }
        places_.restore(opened.rows);
        gateway_.restore(session_from_text(opened.text), ledger);
    }

    Awaitable<std::optional<GatewayBot>> ask_gateway() {
        std::optional<GatewayBot> none;
        Call call{"GET", "/gateway/bot", {}};
        const Answer answer = co_await rest_.call(std::move(call));
        if (answer.kind == Answer::Kind::signed_out)
            needs_operator("Discord does not take the token any more. Run `reweave discord login` with a new one");
        if (!answer.ok()) co_return none;
        const json all = answer.json();
        const json limit = object_at(all, "session_start_limit");
        GatewayBot bot;
        bot.url = text_at(all, "url");
        bot.remaining = static_cast<int>(number_at(limit, "remaining"));
        bot.reset_after = std::chrono::milliseconds(number_at(limit, "reset_after"));
        bot.max_concurrency = static_cast<int>(number_at(limit, "max_concurrency", 1));
        co_return bot;
    }

    Awaitable<bool> store_ledger(std::string ledger) {
        engine::Batch batch;
        batch.channel = kChannel;
        batch.rows.push_back({std::string(kLedgerRow), std::move(ledger)});
        const std::vector<engine::Reply> replies = co_await engine_.hand_over(std::move(batch));
        co_return replies.front().code == engine::Reply::Code::ok;
    }

    Awaitable<void> register_commands() {
        for (int lost = 1; !shared_.stopped && registered_ != commands_hash(); ++lost) {
            Call call{"PUT", "/applications/" + options_.account.application + "/commands", commands()};
            const Answer answer = co_await rest_.call(std::move(call));
            if (shared_.stopped) break;
            if (answer.ok()) {
                registered_ = commands_hash();
                engine::Batch batch;
                batch.channel = kChannel;
                batch.rows.push_back({std::string(kCommandsRow), registered_});
                (void)co_await engine_.hand_over(std::move(batch));
            } else if (answer.kind != Answer::Kind::lost) {
                options_.report("the commands were not registered: " + answer.failure, true);
                break;
            } else {
                Timer again(nap_.get_executor(), back_off(lost));
                co_await again.async_wait(nothrow);
            }
        }
    }

    /// What Discord waits for is answered here; all else is done in its turn, one person's things one after the other.
    Awaitable<void> read_events() {
        while (!shared_.stopped) {
            std::optional<Event> event = co_await gateway_.next();
            if (!event) break;
            Work work;
            work.ticket = progress_.begin(to_text(event->session));
            work.name = std::move(event->name);
            std::string key = "all";
            if (work.name == "INTERACTION_CREATE") {
                const auto interaction = interaction_from(*event->data);
                if (!interaction) {
                    progress_.done(work.ticket);
                    continue;
                }
                work.interaction = *interaction;
                work.slot = reception_.arrive(work.interaction);
                key = work.interaction.user;
            } else if (concerns_us(work.name)) {
                work.data = event->data;
                const std::string writer = writer_of(work.name, *event->data);
                if (!writer.empty()) key = writer;
            } else {
                progress_.done(work.ticket);
                continue;
            }
            work_.add(std::move(key), std::move(work));
        }
    }

    /// Of a message that is gone Discord tells the id alone, and it must not overtake what was written.
    std::string writer_of(const std::string& event, const json& data) {
        std::string author = text_at(object_at(data, "author"), "id");
        const std::string id = text_at(data, "id");
        if (event == "MESSAGE_CREATE" && !author.empty()) writers_[id] = author;
        if (!author.empty()) return author;
        const auto writer = writers_.find(id);
        return writer != writers_.end() ? writer->second : places_.user_of(text_at(data, "channel_id"));
    }

    static bool concerns_us(const std::string& name) {
        return name == "READY" || name == "MESSAGE_CREATE" || name == "MESSAGE_UPDATE" || name == "MESSAGE_DELETE" ||
               name == "MESSAGE_DELETE_BULK" || name == "CHANNEL_DELETE" || name == "THREAD_DELETE" ||
               name == "GUILD_DELETE";
    }

    Awaitable<void> take_events() {
        for (;;) {
            Chores<Work>::Chore* chore = co_await work_.next();
            if (!chore) break;
            const Progress::Ticket ticket = chore->what.ticket;
            co_await take(chore->what);
            if (shared_.stopped) break;
            if (chore->what.name == "MESSAGE_CREATE") writers_.erase(text_at(*chore->what.data, "id"));
            progress_.done(ticket);
            work_.done(chore);
        }
    }

    engine::Batch batch_for(const Work& work) const {
        engine::Batch batch;
        batch.channel = kChannel;
        batch.cursor = progress_.cursor(work.ticket);
        return batch;
    }

    Awaitable<void> take(const Work& work) {
        if (work.slot) {
            co_await reception_.take(work.interaction, work.slot, batch_for(work));
            co_return;
        }
        engine::Batch batch = batch_for(work);
        const json& data = *work.data;
        if (work.name == "MESSAGE_CREATE") {
            const auto written = written_from(data, places_, shared_.us);
            if (written) co_await reception_.hear(*written, std::move(batch));
            co_return;
        }
        if (work.name == "MESSAGE_UPDATE") {
            auto edited = edited_from(data, places_, shared_.us);
            if (!edited) co_return;
            edited->inbound.findings = options_.screen(edited->inbound.text);
            batch.inbounds.push_back(std::move(edited->inbound));
        } else if (work.name == "MESSAGE_DELETE") {
            batch.inbounds.push_back(withdrawn(text_at(data, "id")));
        } else if (work.name == "MESSAGE_DELETE_BULK") {
            for (const json& id : list_at(data, "ids")) {
                if (id.is_string()) batch.inbounds.push_back(withdrawn(id.get<std::string>()));
            }
        } else if (work.name != "READY") {
            const bool only_down = flag_at(data, "unavailable");
            if (!only_down) batch.rows = places_.lose(text_at(data, "id"));
        }
        (void)co_await engine_.hand_over(std::move(batch));
    }

    Awaitable<void> save_cursor() {
        std::optional<MonotonicClock::time_point> looked;  // through all contacts
        while (!shared_.stopped) {
            nap_.expires_after(kSaveCursor);
            co_await nap_.async_wait(nothrow);
            if (!shared_.stopped && (!looked || MonotonicClock::now() - *looked > kLookThrough)) {
                looked = MonotonicClock::now();
                co_await forget_strangers(shared_);
            }
            const auto reached = progress_.reached();
            if (shared_.stopped || !reached) continue;
            engine::Batch batch;
            batch.channel = kChannel;
            batch.cursor = *reached;
            (void)co_await engine_.hand_over(std::move(batch));
        }
    }

    ChannelOptions options_;
    InstanceLock lock_;
    Rest rest_;
    adapters::EngineClient engine_;
    adapters::Phrases phrases_;
    Places places_;
    Slots slots_;
    Shared shared_;
    Posting posting_;
    Reception reception_;
    Gateway gateway_;
    Progress progress_;
    Chores<Work> work_;
    std::map<std::string, std::string> writers_;  ///< by message: of those that are not taken yet
    Timer nap_;
    std::map<std::int64_t, engine::Send> early_;  ///< by outbox: sent again before we had opened
    std::string registered_;                      ///< hash of the commands that Discord has
    std::string needs_operator_;
    bool opened_ = false;
};

Channel::Channel(asio::io_context& io, engine::EngineGate& gate, ChannelOptions options)
    : impl_(std::make_unique<Impl>(io, gate, std::move(options))) {}
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

}  // namespace reweave::discord
