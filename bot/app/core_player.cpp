#include "bot/app/core_player.hpp"

#include <algorithm>
#include <optional>

namespace reweave::app {
namespace {

using dialog::Screen;

class CorePlayer final : public dialog::Player {
 public:
    CorePlayer(const Content& content,
               const Revisions& revisions,
               const std::vector<dialog::Translation>& translations,
               std::uint64_t seed)
        : content_(content), revisions_(revisions), translations_(translations), seed_(seed) {}

    Screen start(const dialog::Beginning& beginning) override {
        first_script_ = beginning.script;
        clock_.set(beginning.at);
        const bool known = std::any_of(
            revisions_.begin(), revisions_.end(), [&](const auto& r) { return r->script.id == first_script_; });
        if (!known) return Screen{{}, {}, true, std::nullopt};
        engine::CoreOptions core;
        core.together = false;  // there is nobody else
        core.first_script = first_script_;
        core.first_answers = beginning.given;
        core.random = [seed = seed_] { return seed; };
        bot_.emplace(clock_, content_, revisions_, translations_, std::move(core));
        engine::Hello hello;
        hello.channel = "console";
        hello.handle = kHandle;
        hello.time_zone = beginning.time_zone;
        hello.language = beginning.language;
        return screen(bot_->run(std::move(hello)));
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
        bot_->reopen();
        const engine::TimePoint target = clock_.now() + time;
        Screen all;
        while (bot_->core().next_due() && *bot_->core().next_due() <= target) {
            clock_.set(std::max(clock_.now(), *bot_->core().next_due()));
            Screen part = screen(bot_->core().run({}));
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

    engine::Inbound message() {
        engine::Inbound inbound;
        inbound.handle = kHandle;
        inbound.key = std::to_string(++number_);
        return inbound;
    }

    Screen take(engine::Inbound inbound) {
        bot_->reopen();  // every turn finds only what the last one has stored
        return screen(bot_->run(engine::Batch{"console", std::nullopt, {std::move(inbound)}}));
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
        const auto identity = bot_->store().identity("console", kHandle);
        if (!identity) return last_outcome_;
        std::optional<std::string> found;
        for (const engine::ConversationId id : bot_->store().conversations(identity->person)) {
            const auto conversation = bot_->store().conversation(id);
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
    const Revisions& revisions_;
    const std::vector<dialog::Translation>& translations_;
    std::uint64_t seed_;
    std::string first_script_;
    SetClock clock_;
    std::optional<TemporaryBot> bot_;
    std::int64_t number_ = 0;
    std::string ask_;
    std::vector<dialog::RenderedChoice> choices_;
    std::optional<std::string> last_outcome_;
};

}  // namespace

std::unique_ptr<dialog::Player> make_core_player(const Content& content,
                                                 const Revisions& revisions,
                                                 const std::vector<dialog::Translation>& translations,
                                                 std::uint64_t seed) {
    return std::make_unique<CorePlayer>(content, revisions, translations, seed);
}

}  // namespace reweave::app
