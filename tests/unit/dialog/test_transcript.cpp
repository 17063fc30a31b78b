#include <algorithm>
#include <deque>

#include "bot/dialog/transcript.hpp"
#include "tests/support/catch.hpp"

namespace test_transcript {

using namespace reweave::dialog;
using namespace std::chrono_literals;

namespace {

/// Answers every action with the next of the screens it was given, and remembers what was done.
class Recorder : public Player {
 public:
    explicit Recorder(std::deque<Screen> screens) : screens_(std::move(screens)) {}

    Screen start(const Beginning& beginning) override { return next("start " + beginning.script); }
    Screen say(std::string_view text) override { return next("say " + std::string(text)); }
    Screen choose(const std::vector<std::string>& picks) override {
        std::string what = "choose";
        for (const std::string& pick : picks) what += " " + pick;
        return next(what);
    }
    Screen advance(Seconds time) override { return next("advance " + std::to_string(time.count())); }
    bool knows_outcomes() const override { return true; }

    std::vector<std::string> done;

 private:
    Screen next(std::string what) {
        done.push_back(std::move(what));
        if (screens_.empty()) return {};
        Screen screen = std::move(screens_.front());
        screens_.pop_front();
        return screen;
    }

    std::deque<Screen> screens_;
};

Transcript transcript_of(const std::string& lines) {
    Transcripts parsed = parse_transcripts({"dialogs/cooldown.test", "# A title\n" + lines});
    REQUIRE(parsed.diagnostics.empty());
    REQUIRE(parsed.all.size() == 1);
    return parsed.all.front();
}

struct Ran {
    std::string code;  ///< "" if it passed
    int line = 0;
    std::string mend;
    std::vector<std::string> done;
};

Ran run_lines(const std::string& lines, std::deque<Screen> screens) {
    Recorder player(std::move(screens));
    const auto failure = run(transcript_of(lines), player);
    if (!failure) return {{}, 0, {}, player.done};
    return {failure->code, failure->span.line, failure->mend, player.done};
}

Screen says(std::vector<std::string> bubbles) {
    return {std::move(bubbles), {}, false, std::nullopt};
}

Screen offers(std::vector<RenderedChoice> choices) {
    return {{}, std::move(choices), false, std::nullopt};
}

std::vector<std::string> codes(const std::string& text) {
    std::vector<std::string> out;
    for (const Diagnostic& d : parse_transcripts({"x.test", text}).diagnostics)
        out.push_back(d.code + ":" + std::to_string(d.span.line));
    return out;
}

}  // namespace

TEST_CASE("a file holds transcripts, each under its title, for the script it is named after or another",
          "[dialog][transcript]") {
    const Transcripts parsed = parse_transcripts({"dialogs/safety/stop-child.test", R"(# One
person says: I’m here
NOTE: for the author

# Two
Script: cooldown
at: 2026-07-01 09:30 in Europe/Lisbon
given: heat = 6
given: my act = cook dinner
after 2 days
ends: returned
)"});
    REQUIRE(parsed.diagnostics.empty());
    REQUIRE(parsed.all.size() == 2);
    const Transcript& one = parsed.all[0];
    REQUIRE(one.title == "One");
    REQUIRE(one.beginning.script == "stop-child");
    REQUIRE(one.beginning.time_zone == "Europe/London");
    REQUIRE(one.beginning.at == std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 10h);
    REQUIRE(one.lines.size() == 1);
    REQUIRE(one.lines[0].text == "I’m here");
    REQUIRE(one.lines[0].span.line == 2);
    const Transcript& two = parsed.all[1];
    REQUIRE(two.beginning.script == "cooldown");
    REQUIRE(two.beginning.at == std::chrono::sys_days(std::chrono::year(2026) / 7 / 1) + 8h + 30min);
    REQUIRE(two.beginning.given.at("heat") == Answer(std::int64_t{6}));
    REQUIRE(std::get<Picked>(two.beginning.given.at("my act")).label == "cook dinner");
    REQUIRE(two.lines[0].time == 48h);
    REQUIRE(two.lines[1].kind == TranscriptLine::Kind::ends);
}

TEST_CASE("every fault of a transcript is told in one pass, with its line", "[dialog][transcript]") {
    REQUIRE(codes("person says: hi\n# A\nperson says: hi\n") == std::vector<std::string>{"T001:1"});
    REQUIRE(codes("#\nperson says: hi\n") == std::vector<std::string>{"T002:1"});
    REQUIRE(codes("# A\n# B\nends: x\n# C\n") == std::vector<std::string>{"T003:1", "T003:4"});
    REQUIRE(codes("# A\nperson mumbles: hi\nperson says hi\nperson says:\nends: x\n") ==
            std::vector<std::string>{"T004:2", "T004:3", "T004:4"});
    REQUIRE(codes("# A\nafter a while\nends: x\n") == std::vector<std::string>{"T006:2"});
    REQUIRE(codes("# A\nat: tomorrow\nat: 2026-13-01 10:00\nat: 2026-01-01 10:00 in Nowhere/Land\nends: x\n") ==
            std::vector<std::string>{"T007:2", "T007:3", "T007:4"});
    REQUIRE(codes("# A\nlanguage es\npartner speaks:\nends: x\n") == std::vector<std::string>{"T004:2", "T004:3"});
    REQUIRE(codes("# A\ngiven: heat\ngiven: = 6\nends: x\n") == std::vector<std::string>{"T008:2", "T008:3"});
}

TEST_CASE("what a person does reaches the player in order", "[dialog][transcript]") {
    const Ran ran = run_lines("person says: hello\nafter 20 minutes\nperson chooses: 7\nperson chooses: skip\n", {});
    REQUIRE(ran.code.empty());
    REQUIRE(ran.done ==
            std::vector<std::string>{"start cooldown", "say hello", "advance 1200", "choose 7", "choose skip"});
}

TEST_CASE("sees finds words in what was said last, in order, whatever their case and quotes", "[dialog][transcript]") {
    const std::deque<Screen> screens{says({"It’s time", "Ready?"}), says({"Later"})};
    REQUIRE(run_lines("person sees: it's TIME\nperson sees: ready\n", screens).code.empty());
    const Ran wrong_order = run_lines("person sees: ready\nperson sees: time\n", screens);
    REQUIRE(wrong_order.code == "T101");
    REQUIRE(wrong_order.line == 3);
    REQUIRE(run_lines("person says: x\nperson sees: time\n", screens).code == "T101");
    REQUIRE(run_lines("person sees: soon\n", screens).mend.find("It’s time") != std::string::npos);
}

TEST_CASE("somebody who is not there can do nothing", "[dialog][transcript]") {
    const Ran ran = run_lines("starter says: hi\nends: x\n", {});
    REQUIRE(ran.code == "T005");
    REQUIRE(ran.line == 2);
    REQUIRE(run_lines("person leaves\n", {}).code == "T104");
}

TEST_CASE("never sees looks at the whole conversation", "[dialog][transcript]") {
    const std::deque<Screen> screens{says({"one"}), says({"two"})};
    REQUIRE(run_lines("person never sees: two\nperson says: x\n", screens).code == "T102");
    REQUIRE(run_lines("person never sees: three\nperson says: x\n", screens).code.empty());
}

TEST_CASE("a choice is named by its label, its id, or a start that only one label has", "[dialog][transcript]") {
    const Screen open =
        offers({{"all-me", "It was all me, I'm awful"}, {"all-them", "It was all them"}, {"keep", "Keep it"}});
    const auto picked = [&](const std::string& text) { return run_lines("person chooses: " + text + "\n", {open}); };
    REQUIRE(picked("it was all me, I’m awful").done.back() == "choose all-me");
    REQUIRE(picked("keep").done.back() == "choose keep");
    REQUIRE(picked("It was all th").done.back() == "choose all-them");
    REQUIRE(picked("Keep it, It was all them").done.back() == "choose keep all-them");
    REQUIRE(picked("It was all").code == "T103");
    REQUIRE(picked("Keep it, nothing").code == "T103");
    REQUIRE(picked("drop it").mend.find("Keep it") != std::string::npos);
}

TEST_CASE("a refusal, a wrong end and a missing end are failures at their line", "[dialog][transcript]") {
    REQUIRE(run_lines("person says: x\n", {{}, Screen{{}, {}, true, std::nullopt}}).code == "T104");
    REQUIRE(run_lines("ends: done\n", {Screen{{}, {}, false, "stopped"}}).code == "T105");
    REQUIRE(run_lines("ends: done\n", {{}}).code == "T106");
    REQUIRE(run_lines("ends: done\n", {Screen{{}, {}, false, "done"}}).code.empty());
    REQUIRE(run_lines("person says: x\n", {Screen{{}, {}, true, std::nullopt}}).code == "T107");
}

}  // namespace test_transcript
