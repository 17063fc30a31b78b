#include "tests/bench/walk.hpp"

namespace reweave::bench {
namespace {

using namespace dialog;
using Kind = RenderedQuestion::Kind;

constexpr std::string_view kWords = "I raised my voice and left the room before you had finished";

/// An answer to the question, by button where there is one.
Input answer(const RenderedQuestion& question, std::size_t way) {
    const auto press = [&](std::string pick) { return Pressed{question.wait, {std::move(pick)}}; };
    switch (question.kind) {
        case Kind::choice:
        case Kind::done:
            return press(question.choices.at(way % question.choices.size()).id);
        case Kind::scale:
            return press(
                std::to_string(question.from + static_cast<std::int64_t>(way * 3) % (question.to - question.from + 1)));
        case Kind::feelings:
        case Kind::needs: {
            const auto& group = question.groups.at(way % question.groups.size());
            return press(group.choices.at(way % group.choices.size()).id);
        }
        case Kind::country:
            return Typed{WordsRef{1}, "Portugal"};
        case Kind::number:
            return Typed{WordsRef{1}, question.bounded ? "3" : "7"};
        case Kind::length:
            return Typed{WordsRef{1}, "20 minutes"};
        case Kind::moment:
            return Typed{WordsRef{1}, "in 40 minutes"};
        case Kind::words:
            break;
    }
    return Typed{WordsRef{1}, kWords};
}

}  // namespace

std::optional<std::string_view> typed(WordsRef) {
    return kWords;
}

std::vector<Recorded> walk(const RevisionPtr& script, const Context& context, std::size_t way, std::size_t limit) {
    const RenderContext rendering{
        context.revision, context.words, context.pack, context.phrases, context.time_zone, {}};
    std::vector<Recorded> turns;
    Recorded next{initial_state(script), Event{TimePoint(std::chrono::hours(500'000)), way, Started{}}};
    while (turns.size() < limit) {
        turns.push_back(next);
        auto turn = step(script, next.before, next.event, context);
        if (turn.result != Turn::Result::accepted || !turn.state.waiting) break;
        for (const auto& effect : turn.effects) {
            if (const auto* ask = std::get_if<AskEffect>(&effect))
                next.event.input = answer(render(ask->question, rendering), way + turns.size());
            if (const auto* timer = std::get_if<TimerEffect>(&effect);
                timer != nullptr && timer->timer.kind == TimerDue::Kind::wake)
                next.event.input = timer->timer;
        }
        next.before = std::move(turn.state);
        next.event.now += std::chrono::minutes(1);
    }
    return turns;
}

}  // namespace reweave::bench
