/// \file Any bytes as a script: compiled, or told what is wrong and where; what compiled runs for a few turns.

#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "bot/dialog/compile.hpp"
#include "bot/dialog/step.hpp"
#include "tests/fuzz/demand.hpp"

using namespace reweave::dialog;
using nlohmann::json;

namespace {

json data(const char* name) {
    return json::parse(std::ifstream(std::string(REWEAVE_SOURCE_DIR "/data/") + name));
}

const LanguagePack& english() {
    static const LanguagePack pack = language_pack_from_json(
        data("language/en.json"), data("vocabulary/feelings.en.json"), data("vocabulary/needs.en.json"));
    return pack;
}

void check(const Diagnostic& diagnostic, const std::string& text) {
    demand(diagnostic.code.size() == 4 && diagnostic.code[0] == 'R', "a fault has a code");
    demand(!diagnostic.message.empty(), "a fault says what is wrong");
    demand(diagnostic.span.line >= 1 && diagnostic.span.column >= 1, "a fault says where");
    demand(!render_terminal(diagnostic, text, true).empty(), "a fault can be shown");
    demand(!render_json(diagnostic).dump(-1, ' ', false, json::error_handler_t::replace).empty(), "also to a machine");
}

/// Answers whatever is asked, in turn with typed words, a press and a timer, as if the person were in a hurry.
void run(const RevisionPtr& revision) {
    constexpr std::string_view kTyped[] = {"7", "yes", "I shouted", "the second one", "in 20 minutes", "skip", "stop"};
    Context context;
    context.revision = [&](std::string_view hash) { return hash == revision->hash ? revision : nullptr; };
    context.words = [&](WordsRef ref) {
        return std::optional(kTyped[static_cast<std::size_t>(ref.id) % std::size(kTyped)]);
    };
    context.pack = &english();
    context.time_zone = "Europe/Lisbon";
    State state = initial_state(revision);
    Event event{TimePoint{std::chrono::days(20'000)}, 1, Started{}};
    for (int turn = 0; turn < 12 && !state.frames.empty(); ++turn) {
        const Turn result = step(revision, state, event, context);
        state = state_from_json(nlohmann::json::parse(to_text(result.state)));
        demand(to_text(state) == to_text(result.state), "a state survives its JSON");
        event.seed += 7;
        event.now += std::chrono::hours(1);
        switch (turn % 3) {
            case 0:
                event.input = Typed{WordsRef{turn}, kTyped[static_cast<std::size_t>(turn) % std::size(kTyped)]};
                break;
            case 1:
                event.input = Pressed{state.wait, {"1"}};
                break;
            default:
                event.input = TimerDue{TimerDue::Kind::wake, state.wait, 0};
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(bytes), size);
    const Compiled compiled = compile({"fuzz.script", text}, english());
    bool errors = false;
    for (const Diagnostic& diagnostic : compiled.diagnostics) {
        check(diagnostic, text);
        errors = errors || diagnostic.severity == Severity::error;
    }
    demand(compiled.script.has_value() != errors, "a script without errors compiles, one with errors does not");
    if (!compiled.script) return 0;
    const std::string canonical = to_canonical_json(*compiled.script);
    demand(to_canonical_json(script_from_json(json::parse(canonical))) == canonical, "a script survives its JSON");
    run(make_revision(*compiled.script));
    return 0;
}
