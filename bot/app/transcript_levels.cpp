#include "bot/app/transcript_levels.hpp"

#include <algorithm>
#include <map>

#include "bot/app/core_connections.hpp"
#include "bot/app/socket_connections.hpp"

namespace reweave::app {
namespace {

using dialog::Diagnostic;
using dialog::Screen;

/// Passes everything on, and keeps what each person was shown.
class Recorder final : public dialog::Player {
 public:
    struct Person {
        std::vector<std::string> shown;
        std::vector<std::string> last;  ///< since they last did something
        bool ended = false;
    };

    /// `names` of those who take part, the first of them first.
    Recorder(dialog::Player& player, std::vector<std::string> names)
        : player_(player), names_(std::move(names)), who_(names_.front()) {}

    Screen start(const dialog::Beginning& beginning) override { return act(player_.start(beginning)); }
    Screen say(std::string_view text) override { return act(player_.say(text)); }
    Screen choose(const std::vector<std::string>& picks) override { return act(player_.choose(picks)); }
    Screen leave() override { return act(player_.leave()); }
    Screen advance(dialog::Seconds time) override { return act(player_.advance(time)); }
    [[nodiscard]] bool knows_outcomes() const override { return player_.knows_outcomes(); }
    bool turn_to(std::string_view who, Screen& screen) override {
        if (!player_.turn_to(who, screen)) return false;
        if (who == dialog::kPerson) return true;
        who_ = who;
        keep(screen);
        return true;
    }

    /// By who was shown it; whoever did nothing lately is looked at once more.
    std::map<std::string, Person> everything() {
        for (const std::string& name : names_) {
            Screen screen;
            (void)turn_to(name, screen);
            finish_last(people_[name]);
        }
        return people_;
    }

 private:
    static void finish_last(Person& person) {
        person.shown.insert(person.shown.end(), person.last.begin(), person.last.end());
        person.last.clear();
    }

    Screen act(Screen screen) {
        finish_last(people_[who_]);
        keep(screen);
        return screen;
    }

    void keep(const Screen& screen) {
        Person& person = people_[who_];
        person.last = screen.bubbles;
        for (const dialog::RenderedChoice& choice : screen.choices) person.last.push_back("( ) " + choice.label);
        person.ended = screen.outcome.has_value();
    }

    dialog::Player& player_;
    std::vector<std::string> names_;
    std::string who_;
    std::map<std::string, Person> people_;
};

std::vector<std::string> names_in(const dialog::Transcript& transcript, const Revisions& revisions) {
    std::vector<std::string> names;
    for (const auto& revision : revisions) {
        if (revision->script.id != transcript.beginning.script) continue;
        for (const dialog::Seat& seat : seats_of(revision->script)) names.push_back(seat.name);
    }
    if (names.empty()) names.emplace_back(dialog::kPerson);
    return names;
}

/// Where two levels first show somebody something else. When a script for several has ended for them, what comes to
/// them later is another script's, and the step function has none of it.
std::optional<Diagnostic> compare(const dialog::Transcript& transcript,
                                  const std::string& who,
                                  const Recorder::Person& expected,
                                  const Recorder::Person& level) {
    const std::vector<std::string>&all = expected.shown, &shown = level.shown;
    const auto [a, b] = std::mismatch(all.begin(), all.end(), shown.begin(), shown.end());
    if (a == all.end() && (b == shown.end() || (expected.ended && who != dialog::kPerson))) return std::nullopt;
    const auto line = [](auto at, const auto& lines) { return at == lines.end() ? "nothing more" : "“" + *at + "”"; };
    return Diagnostic{"T108",
                      dialog::Severity::error,
                      transcript.path,
                      transcript.span,
                      "in “" + transcript.title + "”: the " + who + " is shown " + line(b, shown) +
                          "; the step function says " + line(a, all),
                      "This is a fault of the bot, not of the script: please report it.",
                      std::nullopt};
}

}  // namespace

std::optional<Diagnostic> run_at_all_levels(const dialog::Transcript& transcript,
                                            dialog::Player& step,
                                            const Content& content,
                                            const Revisions& revisions,
                                            const std::vector<dialog::Translation>& translations,
                                            std::uint64_t seed) {
    const std::vector<std::string> names = names_in(transcript, revisions);
    Recorder on_step(step, names);
    if (auto failure = dialog::run(transcript, on_step)) return failure;
    const auto expected = on_step.everything();
    const auto run_on = [&](Connect connect, const std::string& where) {
        const auto player = make_level_player(content, revisions, translations, seed, connect);
        Recorder recorder(*player, names);
        auto failure = dialog::run(transcript, recorder);
        const auto shown = recorder.everything();
        for (const std::string& name : names) {
            if (!failure) failure = compare(transcript, name, expected.at(name), shown.at(name));
        }
        if (failure) failure->message = where + failure->message;
        return failure;
    };
    if (auto failure = run_on(connect_to_core, "with the database: ")) return failure;
    return run_on(connect_over_sockets, "over a WebSocket: ");
}

}  // namespace reweave::app
