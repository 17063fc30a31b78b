// Transcripts of scripts for several people, on every level.
#include "bot/app/transcript_levels.hpp"
#include "bot/dialog/joint_player.hpp"
#include "bot/dialog/po_merge.hpp"
#include "tests/support/catch.hpp"

namespace test_levels {

using namespace reweave;
using namespace reweave::app;
using namespace reweave::dialog;

namespace {

constexpr const char* kScript = R"(# Two or three
Draft: a test
Given: topic, my name
People: starter, partner, 1 to 3 friends

## Alone
FOR: each, alone
CALL: Safety gate
IF: my name is not missing
Hello {my name}.
END
IF: topic is not missing
It is about {topic}.
END
What did you do?
ASK: my part, one line
SHARE: my part, with everyone
WAIT: for everyone, up to 2 days
IF NOT: Not this time

## Together
FOR: everyone
FLOOR: starter
SHOW: my part, if shared
Your turn, {speaker}.
ASK: said, long text
FLOOR: each
And you, {speaker}?
ASK: one line
FLOOR: next
FOR: each, alone
How was it?
ASK: one of
* Fine
* Hard
END
FINISH: met

## Not this time
Not this time.
FINISH: not-now
)";

/// The shipped scripts, and the one above with a translation.
struct Scripts {
    Scripts() {
        content.sources.push_back({"dialogs/three.script", kScript});
        set = compile_all(content.sources, content.packs);
        for (const auto& revision : set.revisions) {
            revisions.push_back(revision);
            if (revision->script.id != "three") continue;
            PoFile file = po_from(revision->script, "es");
            for (PoEntry& entry : file.entries) {
                if (entry.source == "starter") entry.translation = "quien empieza";
                if (entry.source == "What did you do?") entry.translation = "¿Qué hiciste?";
                if (entry.source == "Your turn, {speaker}.") entry.translation = "Tu turno, {speaker}.";
                if (entry.source == "How was it?") entry.translation = "¿Cómo estuvo?";
                if (entry.source == "Fine") entry.translation = "Bien";
            }
            content.translations.push_back({"dialogs/three.es.po", write_po(file)});
        }
        translations = translations_of(content.translations, content.sources, set.revisions, content.packs, untold);
    }

    Content content = load_content({}, {});
    CompiledSet set;
    std::vector<RevisionPtr> revisions;
    std::vector<Translation> translations;
    std::vector<Diagnostic> untold;
};

Transcript transcript(const std::string& lines) {
    Transcripts parsed = parse_transcripts({"dialogs/three.test", "# Test\n" + lines});
    REQUIRE(parsed.diagnostics.empty());
    return parsed.all.front();
}

/// The step function, but that it says something else to one of them.
class Liar final : public Player {
 public:
    Liar(Player& player, std::string victim) : player_(player), victim_(std::move(victim)) {}
    Screen start(const Beginning& beginning) override { return player_.start(beginning); }
    Screen say(std::string_view text) override { return player_.say(text); }
    Screen choose(const std::vector<std::string>& picks) override { return player_.choose(picks); }
    Screen leave() override { return player_.leave(); }
    Screen advance(Seconds time) override { return player_.advance(time); }
    bool turn_to(std::string_view who, Screen& screen) override {
        const bool there = player_.turn_to(who, screen);
        if (there && who == victim_) screen.bubbles.emplace_back("Nobody else says this.");
        return there;
    }
    [[nodiscard]] bool knows_outcomes() const override { return player_.knows_outcomes(); }

 private:
    Player& player_;
    std::string victim_;
};

std::string failure_of(const Transcript& transcript, const std::string& victim = {}) {
    const Scripts scripts;
    const Languages languages(scripts.revisions, scripts.content.packs, scripts.translations);
    JointPlayer step(scripts.revisions, scripts.content.packs.at("en"), 1, nullptr, languages);
    Liar liar(step, victim);
    const auto failure =
        run_at_all_levels(transcript, liar, scripts.content, scripts.set.revisions, scripts.translations, 1);
    return failure ? failure->code + " " + failure->message + "\n" + failure->mend : "";
}

/// Lines with which somebody gets through the gate.
std::string safe(const std::string& who, const std::string& yes = "Yes") {
    std::string lines;
    for (const std::string& label :
         {yes, yes, std::string("No"), std::string("No"), std::string("No"), std::string("No")})
        lines += who + " chooses: " + label + "\n";
    return lines;
}

}  // namespace

TEST_CASE("each of several is shown the same on every level, in their own language, and at any hour",
          "[app][transcript]") {
    const std::string lines = "at: 2026-11-24 18:30 in Europe/London\ngiven: topic = the queue\npartner speaks: es\n" +
                              safe("starter") +
                              "starter sees: It is about the queue\n"
                              "starter says: I shouted\n"
                              "starter chooses: Share it as it is\n" +
                              safe("partner", "Sí") +
                              "partner sees: ¿Qué hiciste?\n"
                              "partner says: Me callé\n"
                              "partner chooses: Dejarlo en privado\n"
                              "after 4 hours\n"
                              "friends 1 says: hm\n"
                              "friends 1 sees: a program with written steps\n" +
                              safe("friends 1") +
                              "friends 1 says: skip\n"
                              "partner sees: «I shouted»\n"
                              "partner sees: Tu turno\n"
                              "friends 1 sees: From starter: \"I shouted\"\n"
                              "starter says: I was tired\n"
                              "friends 1 sees: starter: I was tired\n"
                              "partner says: help\n"
                              "partner says: skip\n"
                              "friends 1 never sees: Me callé\n"
                              "friends 1 never sees: [help lines]\n"
                              "starter leaves\n"
                              "after 3 days\n"
                              "friends 1 sees: We stop here\n";
    CHECK(failure_of(transcript(lines)) == "");
}

TEST_CASE("nobody who waits in vain is told at night, on any level", "[app][transcript]") {
    const std::string lines = "at: 2026-11-24 22:30 in Europe/London\n" + safe("starter") +
                              "starter says: skip\n"
                              "after 57 hours\n"
                              "starter never sees: Not this time\n";
    CHECK(failure_of(transcript(lines)) == "");
    CHECK(failure_of(transcript(lines + "after 3 hours\nstarter ends: not-now\n")).starts_with("T102"));
}

TEST_CASE("words that reach beyond the script do the same on every level", "[app][transcript]") {
    const std::string lines = "given: my name = Ana\n" + safe("starter") +
                              "starter sees: Hello Ana.\n"
                              "starter says: pause\n"
                              "starter sees: Your place is kept\n"
                              "starter says: hello\n"
                              "starter chooses: Now\n"
                              "starter sees: What did you do?\n"
                              "starter says: skip\n" +
                              safe("partner") +
                              "partner says: skip\n"
                              "partner says: pause\n" +
                              safe("friends 1") +
                              "friends 1 sees: Hello friends 1.\n"
                              "friends 1 says: skip\n"
                              "starter sees: Your turn, Ana.\n"
                              "starter says: help\n"
                              "starter says: skip\n"
                              "starter says: Here I am\n"
                              "friends 1 sees: Ana: Here I am\n"
                              "friends 1 says: exit\n"
                              "friends 1 sees: signed out\n"
                              "starter sees: Let's pause here\n"
                              "partner sees: Let's pause here\n"
                              "starter says: delete\n"
                              "starter chooses: Erase it all\n"
                              "partner sees: We stop here\n";
    CHECK(failure_of(transcript(lines)) == "");
    const std::string in_vain = safe("starter") +
                                "starter says: skip\n"
                                "starter says: pause\n"
                                "after 3 days\n"
                                "starter says: hello\n"
                                "starter chooses: Now\n"
                                "starter sees: Not this time.\n"
                                "starter ends: not-now\n";
    CHECK(failure_of(transcript(in_vain)) == "");
}

TEST_CASE("a level that shows somebody something else is told, with who it was", "[app][transcript]") {
    const std::string failure = failure_of(transcript("starter says: yes\n"), "friends 1");
    CHECK(failure.starts_with("T108 with the database: "));
    CHECK(failure.find("the friends 1 is shown") != std::string::npos);
    CHECK(failure.find("the step function says “Nobody else says this.”") != std::string::npos);
}

}  // namespace test_levels
