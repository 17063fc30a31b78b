#include "bot/app/core_player.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "bot/app/temporary_folder.hpp"
#include "bot/engine/core.hpp"
#include "bot/store/sqlite_store.hpp"

namespace reweave::app {
namespace {

using dialog::Screen;

class SetClock final : public engine::Clock {
 public:
    [[nodiscard]] engine::TimePoint now() const override { return now_; }
    void set(engine::TimePoint to) { now_ = to; }

 private:
    engine::TimePoint now_{};
};

class CorePlayer final : public dialog::Player {
 public:
    CorePlayer(const Content& content,
               const std::vector<std::shared_ptr<dialog::Revision>>& revisions,
               std::uint64_t seed)
        : content_(content), revisions_(revisions), seed_(seed) {}

    Screen start(const dialog::Beginning& beginning) override {
        first_script_ = beginning.script;
        given_ = beginning.given;
        clock_.set(beginning.at);
        const bool known = std::any_of(
            revisions_.begin(), revisions_.end(), [&](const auto& r) { return r->script.id == first_script_; });
        if (!known) return Screen{{}, {}, true, std::nullopt};
        open();
        (void)run(engine::Publish{revisions_});
        engine::Hello hello;
        hello.channel = "console";
        hello.handle = kHandle;
        hello.time_zone = beginning.time_zone;
        return screen(run(std::move(hello)));
    }

    Screen say(std::string_view text) override {
        engine::Inbound inbound = message();
        inbound.text = text;
        return take(std::move(inbound));
    }

    Screen choose(const std::vector<std::string>& picks) override {
        engine::Inbound inbound = message();
        inbound.kind = engine::Inbound::Kind::choice;
        inbound.ask = ask_;
        inbound.picks = picks;
        return take(std::move(inbound));
    }

    Screen advance(dialog::Seconds time) override {
        open();
        const engine::TimePoint target = clock_.now() + time;
        Screen all;
        while (core_->next_due() && *core_->next_due() <= target) {
            clock_.set(std::max(clock_.now(), *core_->next_due()));
            Screen part = screen(core_->run({}));
            all.bubbles.insert(all.bubbles.end(), part.bubbles.begin(), part.bubbles.end());
        }
        clock_.set(target);
        Screen last = screen({});
        all.choices = last.choices;
        all.outcome = last.outcome;
        return all;
    }

    [[nodiscard]] bool knows_outcomes() const override { return true; }

 private:
    static constexpr const char* kHandle = "person";

    /// Closes what is open and opens it again: every turn finds only what the last one has stored.
    void open() {
        core_.reset();
        store_.reset();
        store::StoreOptions options;
        options.path = folder_.path() / "reweave.db";
        options.keys_path = folder_.path() / "keys.db";
        options.master_key.file = folder_.path() / "master.key";
        options.migrations = shipped_migrations();
        options.synchronous = store::StoreOptions::Synchronous::normal;
        store_ = std::make_unique<store::SqliteStore>(options);
        engine::CoreOptions core;
        core.packs = content_.packs;
        core.help = content_.help;
        core.first_script = first_script_;
        core.first_answers = given_;
        core.random = [this] { return ++seed_; };
        core_ = std::make_unique<engine::Core>(*store_, clock_, std::move(core));
    }

    std::vector<engine::Output> run(engine::RequestBody body) {
        std::vector<engine::Request> requests;
        requests.push_back({1, std::move(body)});
        return core_->run(std::move(requests));
    }

    engine::Inbound message() {
        engine::Inbound inbound;
        inbound.handle = kHandle;
        inbound.key = std::to_string(++number_);
        return inbound;
    }

    Screen take(engine::Inbound inbound) {
        open();
        return screen(run(engine::Batch{"console", std::nullopt, {std::move(inbound)}}));
    }

    Screen screen(const std::vector<engine::Output>& outputs) {
        Screen shown;
        for (const engine::Output& output : outputs) {
            if (const auto* reply = std::get_if<engine::Reply>(&output)) {
                shown.refused = reply->code != engine::Reply::Code::ok;
                for (const engine::Message& message : reply->messages) show(message, shown);
            }
            if (const auto* send = std::get_if<engine::Send>(&output)) show(send->message, shown);
            if (const auto* close = std::get_if<engine::Close>(&output);
                close && close->why == engine::Close::Why::erased) {
                last_outcome_ = "delete";  // nothing is left that could be asked
            }
        }
        shown.choices = choices_;
        shown.outcome = outcome();
        return shown;
    }

    void show(const engine::Message& message, Screen& shown) {
        for (const dialog::RenderedBubble& bubble : message.bubbles) shown.bubbles.push_back(dialog::as_line(bubble));
        ask_ = message.ask_id;
        choices_ = message.ask ? dialog::pressable(*message.ask) : std::vector<dialog::RenderedChoice>();
    }

    /// How the conversation before the one in focus ended, offers left aside.
    std::optional<std::string> outcome() {
        const auto identity = store_->identity("console", kHandle);
        if (!identity) return last_outcome_;
        std::optional<std::string> found;
        for (const engine::ConversationId id : store_->conversations(identity->person)) {
            const auto conversation = store_->conversation(id);
            const bool offer = first_script_ != "offer" && conversation->revision == hash_of("offer");
            if (offer) continue;
            found = conversation->status == engine::Conversation::Status::ended ? std::optional(conversation->outcome)
                                                                                : std::nullopt;
        }
        return last_outcome_ = found;
    }

    [[nodiscard]] std::string hash_of(std::string_view script) const {
        for (const auto& revision : revisions_) {
            if (revision->script.id == script) return revision->hash;
        }
        return {};
    }

    const Content& content_;
    const std::vector<std::shared_ptr<dialog::Revision>>& revisions_;
    std::uint64_t seed_;
    std::string first_script_;
    dialog::Answers given_;
    SetClock clock_;
    TemporaryFolder folder_{"reweave-transcript"};
    std::unique_ptr<store::SqliteStore> store_;
    std::unique_ptr<engine::Core> core_;
    std::int64_t number_ = 0;
    std::string ask_;
    std::vector<dialog::RenderedChoice> choices_;
    std::optional<std::string> last_outcome_;
};

}  // namespace

std::unique_ptr<dialog::Player> make_core_player(const Content& content,
                                                 const std::vector<std::shared_ptr<dialog::Revision>>& revisions,
                                                 std::uint64_t seed) {
    return std::make_unique<CorePlayer>(content, revisions, seed);
}

}  // namespace reweave::app
