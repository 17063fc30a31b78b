#include "bot/app/level_player.hpp"

#include <algorithm>
#include <stdexcept>

namespace reweave::app {
namespace {

using dialog::Screen;
using dialog::Seat;

constexpr std::string_view kBeginning = "beginning";

/// Where the first of several is told to begin; they are asked for a name before.
std::shared_ptr<dialog::Revision> beginning_of(const dialog::Script& script,
                                               const dialog::Answers& given,
                                               const dialog::LanguagePack& pack) {
    std::string names;
    for (const auto& [name, answer] : given)
        if (name != dialog::kMyName) names += (names.empty() ? "" : ", ") + name;
    const std::string text = "# Where somebody begins\nDraft: for transcripts\n" +
                             (names.empty() ? "" : "Given: " + names + "\n") +
                             "\n## Begin\nWhat should they call you?\nASK: my name, one line\nBEGIN: " + script.title +
                             (names.empty() ? "" : ", with " + names) + "\n";
    const dialog::Titles titles{{script.id, script.title}};
    dialog::Compiled compiled = dialog::compile({std::string(kBeginning) + ".script", text}, pack, &titles);
    if (!compiled.script) throw std::logic_error("the script that begins another has a fault");
    return dialog::make_revision(std::move(*compiled.script));
}

class LevelPlayer final : public dialog::Player {
 public:
    LevelPlayer(const Content& content,
                const Revisions& revisions,
                const std::vector<dialog::Translation>& translations,
                std::uint64_t seed,
                Connect connect)
        : content_(content), revisions_(revisions), translations_(translations), seed_(seed), connect_(connect) {}

    Screen start(const dialog::Beginning& beginning) override {
        script_ = beginning.script;
        const auto root = std::find_if(
            revisions_.begin(), revisions_.end(), [&](const auto& r) { return r->script.id == beginning.script; });
        if (root == revisions_.end()) return Screen{{}, {}, true, std::nullopt};
        const dialog::Script& script = (*root)->script;
        seats_ = seats_of(script);
        clock_.set(beginning.at);
        engine::CoreOptions core;
        core.together = !seats_.empty();
        core.first_script = seats_.empty() ? beginning.script : std::string(kBeginning);
        core.first_answers = beginning.given;
        core.random = [seed = seed_] { return seed; };
        Revisions all = revisions_;
        if (!seats_.empty()) all.push_back(beginning_of(script, beginning.given, *content_.packs.at("en")));
        connections_.reset();
        bot_.emplace(clock_, content_, all, translations_, std::move(core));
        connections_ = connect_(*bot_);
        people_.assign(std::max<std::size_t>(seats_.size(), 1), {});
        for (std::size_t i = 0; i < people_.size(); ++i) {
            const auto own = seats_.empty() ? beginning.languages.end() : beginning.languages.find(seats_[i].name);
            const std::string& language = own == beginning.languages.end() ? beginning.language : own->second;
            people_[i].id = connections_->hello(language, beginning.time_zone);
        }
        if (!seats_.empty()) bring_together(beginning.given);
        acting_ = 0;
        return screen();
    }

    bool turn_to(std::string_view who, Screen& shown) override {
        if (seats_.empty()) return who == dialog::kPerson;
        const auto it = std::find_if(seats_.begin(), seats_.end(), [&](const Seat& seat) { return seat.name == who; });
        if (it == seats_.end()) return false;
        acting_ = static_cast<std::size_t>(it - seats_.begin());
        shown = screen();
        return true;
    }

    Screen say(std::string_view text) override {
        Person& p = begin_turn();
        // What is asked in private is answered there, also while a room is open.
        const bool private_question = !p.ask.empty() && p.ask_room == 0;
        return screen(connections_->say(acting_, text, private_question ? 0 : p.room));
    }

    Screen choose(const std::vector<std::string>& picks) override {
        const Person& p = begin_turn();
        return screen(connections_->choose(acting_, p.ask, picks));
    }

    Screen leave() override {
        const Person& p = begin_turn();
        connections_->run(engine::ErasePerson{{std::to_string(p.id.value)}});
        return screen();
    }

    Screen advance(dialog::Seconds time) override {
        begin_turn();
        const engine::TimePoint target = clock_.now() + time;
        while (bot_->core().next_due() && *bot_->core().next_due() <= target) {
            clock_.set(std::max(clock_.now(), *bot_->core().next_due()));
            connections_->run(std::nullopt);
        }
        clock_.set(target);
        return screen();
    }

    /// Of a script for several the engine does not keep how it ended for each.
    [[nodiscard]] bool knows_outcomes() const override { return seats_.empty(); }

 private:
    struct Person {
        engine::PersonId id;
        std::vector<std::string> seen;
        std::size_t looked = 0;  ///< of what they have seen, before they last did something
        std::string ask;         ///< id of the open question
        std::int64_t ask_room = 0;
        std::vector<dialog::RenderedChoice> choices;
        std::int64_t room = 0;  ///< that is open
    };

    void bring_together(const dialog::Answers& given) {
        give_name(0, given);
        const auto mine = bot_->store().seats(people_[0].id);
        if (mine.empty()) throw std::runtime_error("nobody could begin the script “" + script_ + "”");
        for (std::size_t i = 1; i < people_.size(); ++i) {
            const std::string code = connections_->invite(0, mine.front().conversation, seats_[i].role);
            look(i);
            const bool invited = !code.empty() && connections_->use(i, code);
            look(i);
            const bool willing = invited && !people_[i].choices.empty() &&
                                 connections_->choose(i, people_[i].ask, {people_[i].choices.front().id});
            if (!willing) throw std::runtime_error("nobody could come as “" + seats_[i].name + "”");
            give_name(i, given);
        }
    }

    /// Says what the others call them, or lets the role be their name; then their part begins.
    void give_name(std::size_t who, const dialog::Answers& given) {
        look(who);
        const std::string name = name_of(seats_[who], given);
        const bool taken =
            name.empty() ? connections_->choose(who, people_[who].ask, {"skip"}) : connections_->say(who, name, 0);
        if (!taken) throw std::runtime_error("nobody could be called “" + seats_[who].name + "”");
        if (who > 0) {
            look(who);
            (void)connections_->choose(who, people_[who].ask, {"skip"});  // how others should speak of them
        }
        people_[who].looked = people_[who].seen.size();
        look(who);
    }

    Person& begin_turn() {
        look(acting_);
        Person& p = people_[acting_];
        p.looked = p.seen.size();
        return p;
    }

    void look(std::size_t who) {
        Person& p = people_[who];
        for (Shown& shown : connections_->look(who)) {
            p.seen.insert(p.seen.end(), shown.lines.begin(), shown.lines.end());
            if (shown.room_is_open) {
                p.room = shown.room;
            } else if (shown.room == p.room) {
                p.room = 0;
            }
            const bool room_closed = p.ask_room != 0 && p.ask_room != p.room;
            // A reminder leaves the open question as it is.
            if (shown.ask.empty() && !shown.answers && !room_closed) continue;
            p.ask = std::move(shown.ask);
            p.ask_room = p.ask.empty() ? 0 : shown.room;
            p.choices = std::move(shown.choices);
        }
    }

    Screen screen(bool taken = true) {
        look(acting_);
        const Person& p = people_[acting_];
        return {std::vector(p.seen.begin() + static_cast<std::ptrdiff_t>(p.looked), p.seen.end()),
                p.choices,
                !taken,
                seats_.empty() ? outcome() : std::nullopt};
    }

    /// How the conversation before the one in focus ended, offers left aside.
    std::optional<std::string> outcome() {
        if (!bot_->store().person(people_[0].id)) return "delete";
        std::optional<std::string> found;
        for (const engine::ConversationId id : bot_->store().conversations(people_[0].id)) {
            const auto conversation = bot_->store().conversation(id);
            const bool offer = script_ != "offer" && conversation->revision == hash_of("offer");
            if (offer) continue;
            found = conversation->status == engine::Conversation::Status::ended ? std::optional(conversation->outcome)
                                                                                : std::nullopt;
        }
        return found;
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
    Connect connect_;
    std::string script_;
    std::vector<Seat> seats_;
    SetClock clock_;
    std::optional<TemporaryBot> bot_;
    std::unique_ptr<Connections> connections_;
    std::vector<Person> people_;  ///< by seat; in a script for one, the only one
    std::size_t acting_ = 0;
};

}  // namespace

std::string heard_line(const std::string& name, const std::string& text, const std::vector<std::string>& picks) {
    std::string line = name + ": " + text;
    for (const std::string& label : picks) line += (&label == &picks.front() && text.empty() ? "" : ", ") + label;
    return line;
}

std::unique_ptr<dialog::Player> make_level_player(const Content& content,
                                                  const Revisions& revisions,
                                                  const std::vector<dialog::Translation>& translations,
                                                  std::uint64_t seed,
                                                  Connect connect) {
    return std::make_unique<LevelPlayer>(content, revisions, translations, seed, connect);
}

}  // namespace reweave::app
