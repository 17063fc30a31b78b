#include "adapters/common/lines.hpp"

#include <utility>

#include "adapters/common/safe_text.hpp"
#include "adapters/common/wording.hpp"
#include "bot/dialog/language.hpp"

namespace reweave::text {
namespace {

using dialog::RenderedBubble;
using dialog::RenderedQuestion;
using Kind = Line::Kind;

Line contact(const engine::HelpLine& line, const Wording& words) {
    Line out{.kind = Kind::contact, .name = safe_text(line.name)};
    for (const auto& [word, value] : {std::pair{words.call, &line.call},
                                      {words.text, &line.text},
                                      {words.web, &line.web},
                                      {words.hours, &line.hours}}) {
        if (!value->empty()) out.items.push_back(std::string(word) + " " + safe_text(*value));
    }
    return out;
}

std::string pace(const RenderedBubble& bubble, const Wording& words) {
    int seconds = 0;
    std::string out;
    for (const dialog::Beat& beat : bubble.beats) {
        if (!out.empty()) out += ", ";
        out += filled(words.beat, safe_text(beat.words), std::to_string(beat.seconds));
        seconds += beat.seconds;
    }
    const int minutes = (seconds * bubble.times + 59) / 60;
    return out + "; " +
           filled(minutes == 1 ? words.pace_one : words.pace, std::to_string(bubble.times), std::to_string(minutes));
}

/// Always with its date: the line stays in the person's history.
std::string moment(engine::TimePoint at, const Reader& reader) {
    dialog::LanguagePack pack;
    pack.language = reader.language;
    dialog::RenderContext context;
    context.pack = &pack;
    context.time_zone = reader.time_zone.empty() ? "UTC" : reader.time_zone;
    const std::string out = dialog::render(dialog::Answer(dialog::Moment{at}), context);
    return reader.time_zone.empty() ? out + " UTC" : out;
}

Line invite(int people, const Wording& words) {
    const int others = people - 1;
    return {.kind = Kind::invite,
            .text = others > 1 ? filled(words.invite_n, std::to_string(others)) : std::string(words.invite)};
}

std::string end_of_scale(std::int64_t value, const std::string& word) {
    return std::to_string(value) + (word.empty() ? "" : " " + safe_text(word));
}

std::vector<Line> lines_of(const RenderedQuestion& ask, const Wording& words) {
    std::vector<Line> lines;
    const auto hint_several = [&] {
        lines.push_back({.kind = Kind::hint, .text = filled(words.several, std::to_string(ask.max))});
    };
    switch (ask.kind) {
        case RenderedQuestion::Kind::scale: {
            std::string text = filled(words.scale, end_of_scale(ask.from, ask.low), end_of_scale(ask.to, ask.high));
            for (const auto& choice : ask.choices) text += filled(words.or_else, safe_text(choice.label));
            lines.push_back({.kind = Kind::hint, .text = std::move(text)});
            break;
        }
        case RenderedQuestion::Kind::choice:
        case RenderedQuestion::Kind::done:
            for (const auto& choice : ask.choices) {
                const int number = static_cast<int>(lines.size()) + 1;
                lines.push_back({.kind = Kind::choice, .text = safe_text(choice.label), .number = number});
            }
            if (ask.max > 1) hint_several();
            break;
        case RenderedQuestion::Kind::feelings:
        case RenderedQuestion::Kind::needs:
            for (const auto& group : ask.groups) {
                Line line{.kind = Kind::group, .name = safe_text(group.label)};
                for (const auto& choice : group.choices) line.items.push_back(safe_text(choice.label));
                lines.push_back(std::move(line));
            }
            hint_several();
            break;
        case RenderedQuestion::Kind::words:
        case RenderedQuestion::Kind::number:
        case RenderedQuestion::Kind::length:
        case RenderedQuestion::Kind::moment:
        case RenderedQuestion::Kind::country:
            break;
    }
    for (Line& line : lines) line.opens = false;
    return lines;
}

}  // namespace

std::string quoted(std::string_view words) {
    std::string out = "> ";
    for (const char c : words) {
        out += c;
        if (c == '\n') out += "> ";
    }
    return out;
}

std::string joined(const std::vector<std::string>& items) {
    std::string out;
    for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
    return out;
}

bool answers(const Line& line) {
    return line.kind == Kind::choice || line.kind == Kind::group || line.kind == Kind::hint;
}

std::vector<Line> lines_of(const engine::Message& message, const Reader& reader) {
    const Wording& words = wording(reader.language);
    std::vector<Line> lines;
    if (message.heard) {
        const std::string& text = message.heard->picks.empty() ? message.heard->text : joined(message.heard->picks);
        lines.push_back(
            {.kind = Kind::said, .name = safe_name(message.heard->name, words.someone), .text = safe_text(text)});
    }
    auto help = message.help.begin();
    for (const RenderedBubble& bubble : message.bubbles) {
        switch (bubble.kind) {
            case RenderedBubble::Kind::text:
                lines.push_back({.text = safe_text(bubble.text)});
                break;
            case RenderedBubble::Kind::link:
            case RenderedBubble::Kind::picture:
            case RenderedBubble::Kind::recording:
                lines.push_back({.kind = bubble.kind == RenderedBubble::Kind::link ? Kind::link : Kind::file,
                                 .text = safe_text(bubble.text),
                                 .target = safe_text(bubble.target)});
                break;
            case RenderedBubble::Kind::pace:
                lines.push_back({.kind = Kind::pace, .text = pace(bubble, words)});
                break;
            case RenderedBubble::Kind::help:
                if (help == message.help.end()) break;
                for (const engine::HelpLine& line : *help) {
                    lines.push_back(contact(line, words));
                    lines.back().opens = &line == &help->front();
                }
                ++help;
                break;
            case RenderedBubble::Kind::calendar:
                lines.push_back(
                    {.kind = Kind::calendar,
                     .text = safe_text(bubble.text) + (bubble.text.empty() ? "" : ": ") + moment(bubble.at, reader)});
                break;
            case RenderedBubble::Kind::invite:
                lines.push_back(invite(bubble.people, words));
                break;
        }
    }
    if (message.ask) {
        for (Line& line : lines_of(*message.ask, words)) lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace reweave::text
