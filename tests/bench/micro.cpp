/// \file What the pure parts cost, in process: a turn of `step`, the frames, the check of a long script. Prints one
/// JSON object.
///
/// A harness of a few lines instead of Catch2's, which differs between its versions and needs the tests' main.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bot/dialog/compile.hpp"
#include "bot/dialog/simulate.hpp"
#include "bot/server/wire.hpp"
#include "tests/bench/timing.hpp"
#include "tests/bench/together.hpp"
#include "tests/bench/walk.hpp"
#include "tests/support/english.hpp"

namespace reweave::bench {
namespace {

using namespace dialog;
/// Microseconds of one call: the median of 9 rounds of `calls` calls.
template <class Function>
double micros(int calls, Function function) {
    std::vector<double> rounds;
    for (int round = 0; round < 9; ++round) {
        const double started = used();
        for (int i = 0; i < calls; ++i) function();
        rounds.push_back((used() - started) / calls);
    }
    std::nth_element(rounds.begin(), rounds.begin() + 4, rounds.end());
    return rounds[4];
}

/// So that the compiler cannot leave the work away.
template <class Value>
void use(const Value& value) {
    asm volatile("" : : "g"(&value) : "memory");
}

std::vector<Source> shipped_scripts() {
    std::vector<Source> sources;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(REWEAVE_SOURCE_DIR "/dialogs")) {
        if (entry.path().extension() != ".script") continue;
        std::ifstream file(entry.path());
        sources.push_back({entry.path().filename().string(), {std::istreambuf_iterator<char>(file), {}}});
    }
    return sources;
}

Source long_script(int steps) {
    std::string text = "# A long script\nDraft: for the bench\n\n## Begin\nWhat happened?\nASK: answer, one line\n\n";
    for (int i = 1; i < steps; ++i) {
        const auto n = std::to_string(i);
        text +=
            "## Step " + n + "\nHere is line " + n + ", with what you said before: {answer}.\nASK: answer, one line\n";
        text +=
            "RETRY: One line is enough.\nIF: answer has \"always\", \"never\"\nOnly what a camera "
            "saw.\nOTHERWISE:\nThank you.\nEND\n\n";
    }
    return {"long.script", text + "FINISH: done\n"};
}

using Report = nlohmann::ordered_json;

void measure_steps(const LanguagePackPtr& pack, Report& report) {
    const auto set = compile_all(shipped_scripts(), {{"en", pack}});
    std::map<std::string, RevisionPtr, std::less<>> by_hash, by_id;
    for (const auto& revision : set.revisions) by_hash[revision->hash] = by_id[revision->script.id] = revision;
    if (by_id.count("phrases") == 0) throw std::runtime_error("dialogs/system/phrases.script does not compile");
    Context context;
    context.revision = [&](std::string_view hash) {
        const auto found = by_hash.find(hash);
        return found == by_hash.end() ? nullptr : found->second;
    };
    context.words = typed;
    context.pack = pack.get();
    context.phrases = by_id.at("phrases");
    context.time_zone = "Europe/Lisbon";

    double slowest_script = 0, slowest_turn = 0, sum = 0;
    std::size_t turns = 0;
    for (const auto& [id, revision] : by_id) {
        if (id == "phrases") continue;
        double script_sum = 0;
        std::size_t script_turns = 0;
        for (std::size_t way = 0; way < 3; ++way) {
            for (const auto& turn : walk(revision, context, way, 40)) {
                const double us = micros(50, [&] { use(step(revision, turn.before, turn.event, context)); });
                script_sum += us;
                ++script_turns;
                slowest_turn = std::max(slowest_turn, us);
            }
        }
        slowest_script = std::max(slowest_script, script_sum / static_cast<double>(script_turns));
        sum += script_sum;
        turns += script_turns;
    }
    report["step, mean of all shipped scripts, us"] = sum / static_cast<double>(turns);
    report["step, slowest shipped script, us"] = slowest_script;
    report["step, slowest turn of any, us"] = slowest_turn;
}

void measure_frames(Report& report) {
    constexpr std::string_view kFrame =
        R"({"type":"message","id":123456,"text":"we argued about the dishes, part 12"})";
    report["frame in, us"] = micros(2000, [&] { use(server::wire::parse(kFrame)); });
    engine::Message message;
    message.seq = 1234;
    message.at = TimePoint(std::chrono::hours(500'000));
    message.you_text = "we argued about the dishes, part 12";
    RenderedBubble bubble;
    bubble.text = "Q3: How many days ago was it?";
    message.bubbles = {bubble, bubble};
    message.ask = RenderedQuestion{};
    message.ask_id = "12.5";
    report["frame out, us"] = micros(2000, [&] { use(server::wire::encode(message, "Only you")); });
}

void measure_together(const LanguagePackPtr& pack, Report& report) {
    const auto set = compile_all(shipped_scripts(), {{"en", pack}});
    const std::vector<RevisionPtr> scripts(set.revisions.begin(), set.revisions.end());
    const auto joint =
        std::find_if(scripts.begin(), scripts.end(), [](const auto& r) { return r->script.id == "joint"; });
    if (joint == scripts.end()) throw std::runtime_error("dialogs/joint.script does not compile");
    constexpr int kConversations = 300;
    std::int64_t turns = 0;
    const double us = micros(1, [&] {
        turns = simulate(*joint, "joint.script", scripts, *pack, {1, kConversations}).turns;
    });
    report["simulated conversations of joint, a second"] = kConversations * 1e6 / us;
    report["simulated, turns of a conversation"] = static_cast<double>(turns) / kConversations;
    report["two people, engine and database, us a turn"] = turn_of_a_pair();
    report["a round of 12 people, engine and database, ms"] = round_of_twelve();
}

void measure_compiling(const LanguagePack& pack, Report& report) {
    const auto source = long_script(1000);
    const auto checked = compile(source, pack);
    if (!checked.script)
        throw std::runtime_error("the long script has a fault: " + checked.diagnostics.front().message);
    report["check of a script of 1,000 steps, ms"] = micros(1, [&] { use(compile(source, pack)); }) / 1000;
}

}  // namespace
}  // namespace reweave::bench

int main() {
    using namespace reweave;
    try {
        bench::Report report;
        const auto pack = std::make_shared<const dialog::LanguagePack>(test::english());
        bench::measure_steps(pack, report);
        bench::measure_frames(report);
        bench::measure_together(pack, report);
        bench::measure_compiling(*pack, report);
        std::puts(report.dump(1).c_str());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
