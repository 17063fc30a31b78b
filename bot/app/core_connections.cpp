#include "bot/app/core_connections.hpp"

namespace reweave::app {
namespace {

/// A channel of their own for each: people on one channel share what is said in a room.
std::string channel_of(std::size_t who) {
    return "console " + std::to_string(who);
}

class CoreConnections final : public Connections {
 public:
    explicit CoreConnections(TemporaryBot& bot) : bot_(bot) {}

    engine::PersonId hello(const std::string& language, const std::string& time_zone) override {
        engine::Hello hello;
        hello.channel = channel_of(people_.size());
        hello.handle = std::to_string(people_.size());
        hello.language = language;
        hello.time_zone = time_zone;
        people_.emplace_back();
        const engine::Reply reply = request(std::move(hello));
        people_.back().identity = reply.identity;
        for (const engine::Message& message : reply.messages) people_.back().came.push_back(shown(message));
        return reply.person;
    }

    bool say(std::size_t who, std::string_view text, std::int64_t room) override {
        engine::Inbound inbound;
        inbound.text = text;
        inbound.room = engine::ConversationId{room};
        return take(who, std::move(inbound));
    }

    bool choose(std::size_t who, const std::string& ask, const std::vector<std::string>& picks) override {
        engine::Inbound inbound;
        inbound.kind = engine::Inbound::Kind::choice;
        inbound.ask = ask;
        inbound.picks = picks;
        return take(who, std::move(inbound));
    }

    bool use(std::size_t who, const std::string& code) override {
        return request(engine::UseCode{people_[who].identity, code}).code == engine::Reply::Code::ok;
    }

    std::string invite(std::size_t who, engine::ConversationId conversation, const std::string& role) override {
        return request(engine::MakeInvitation{people_[who].identity, conversation, role}).text;
    }

    void run(std::optional<engine::RequestBody> request) override {
        deliver(request ? bot_.run(std::move(*request)) : bot_.core().run({}));
    }

    std::vector<Shown> look(std::size_t who) override { return std::exchange(people_[who].came, {}); }

 private:
    struct Person {
        engine::IdentityId identity;
        std::vector<Shown> came;
    };

    bool take(std::size_t who, engine::Inbound inbound) {
        inbound.handle = std::to_string(who);
        inbound.key = std::to_string(++number_);
        bot_.reopen();  // every turn finds only what the last one has stored
        return request(engine::Batch{channel_of(who), std::nullopt, {std::move(inbound)}}).code ==
               engine::Reply::Code::ok;
    }

    engine::Reply request(engine::RequestBody body) { return deliver(bot_.run(std::move(body))); }

    /// The last reply of all.
    engine::Reply deliver(const std::vector<engine::Output>& outputs) {
        engine::Reply last;
        for (const engine::Output& output : outputs) {
            if (const auto* reply = std::get_if<engine::Reply>(&output)) last = *reply;
            const auto* send = std::get_if<engine::Send>(&output);
            if (send) people_[static_cast<std::size_t>(std::stoul(send->handle))].came.push_back(shown(send->message));
        }
        return last;
    }

    static Shown shown(const engine::Message& message) {
        Shown all;
        if (const auto& heard = message.heard) all.lines.push_back(heard_line(heard->name, heard->text, heard->picks));
        for (const dialog::RenderedBubble& bubble : message.bubbles) all.lines.push_back(dialog::as_line(bubble));
        all.answers = message.you_text || !message.you_picks.empty();
        if (message.ask) all.choices = dialog::pressable(*message.ask);
        all.ask = message.ask_id;
        if (message.room) {
            all.room = message.room->id.value;
            all.room_is_open = message.room->open;
        }
        return all;
    }

    TemporaryBot& bot_;
    std::vector<Person> people_;
    std::int64_t number_ = 0;
};

}  // namespace

std::unique_ptr<Connections> connect_to_core(TemporaryBot& bot) {
    return std::make_unique<CoreConnections>(bot);
}

}  // namespace reweave::app
