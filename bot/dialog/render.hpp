#pragma once
/// \file From references to what a person reads: bubbles with their words filled in, questions with their choices.
///
/// Pure. Channels turn a `Rendered` into frames, numbered lines or components by what they can show.

#include <string>
#include <vector>

#include "bot/dialog/step.hpp"

namespace reweave::dialog {

struct RenderedBubble {
    enum class Kind { text, link, picture, recording, pace, help, calendar, invite } kind = Kind::text;
    std::string text;
    std::string target;               ///< address or file of link, picture, recording
    int times = 0;                    ///< pace
    std::vector<Beat> beats;          ///< pace
    std::vector<std::string> topics;  ///< help: the engine fills the lines in for the person's country
    TimePoint at{};                   ///< calendar
    std::string role;                 ///< invite: the seat
    int people = 0;                   ///< invite: how many take part at most
};

struct RenderedChoice {
    std::string id;
    std::string label;
    bool operator==(const RenderedChoice&) const = default;
};
struct RenderedGroup {
    std::string id;
    std::string label;
    std::vector<RenderedChoice> choices;
};
struct RenderedQuestion {
    enum class Kind { choice, scale, words, number, length, moment, feelings, needs, country, done } kind = Kind::words;
    std::int64_t wait = 0;
    std::vector<RenderedChoice> choices;  ///< choice; buttons beside a scale; countries
    std::vector<RenderedGroup> groups;    ///< feelings, needs
    int max = 1;
    bool long_text = false;
    std::int64_t from = 0, to = 10;
    bool bounded = false;
    std::string low, high;
};

struct RenderContext {
    std::function<RevisionPtr(std::string_view hash)> revision;
    std::function<std::optional<std::string_view>(WordsRef)> words;
    const LanguagePack* pack = nullptr;
    RevisionPtr phrases;
    std::string time_zone;
    TimePoint now{};
    /// The script that several are in together, which says what its roles are called; empty, or null: there is none.
    std::function<RevisionPtr()> together = {};
};

/// Text of words that were deleted is shown as the phrase "erased-words".
[[nodiscard]] RenderedBubble render(const Bubble& bubble, const RenderContext& context);
[[nodiscard]] RenderedQuestion render(const Question& question, const RenderContext& context);
/// How an answer reads inside a sentence: "6", "At least part of it", "hurt, lonely and tired", "20 minutes", "8:40
/// pm".
[[nodiscard]] std::string render(const Answer& answer, const RenderContext& context);

}  // namespace reweave::dialog
