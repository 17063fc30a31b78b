#include "adapters/console/console_text.hpp"

#include <vector>

namespace reweave::console {
namespace {

using dialog::RenderedBubble;
using dialog::RenderedQuestion;

std::string help_line(const engine::HelpLine& line) {
    std::string out = "  " + line.name;
    for (const auto& [word, value] :
         {std::pair{"call", &line.call}, {"text", &line.text}, {"web", &line.web}, {"hours", &line.hours}}) {
        if (!value->empty()) out += std::string(" · ") + word + " " + *value;
    }
    return out;
}

std::string pace(const RenderedBubble& bubble) {
    int seconds = 0;
    std::string out = "(";
    for (const dialog::Beat& beat : bubble.beats) {
        if (out.size() > 1) out += ", ";
        out += beat.words + " for " + std::to_string(beat.seconds) + " seconds";
        seconds += beat.seconds;
    }
    out += "; " + std::to_string(bubble.times) + " times, about " + std::to_string((seconds * bubble.times + 59) / 60) +
           " minutes in all)";
    return out;
}

void add_question(const RenderedQuestion& ask, std::vector<std::string>& lines) {
    using Kind = RenderedQuestion::Kind;
    switch (ask.kind) {
        case Kind::scale: {
            std::string line = "[" + std::to_string(ask.from) + (ask.low.empty() ? "" : " " + ask.low) + " to " +
                               std::to_string(ask.to) + (ask.high.empty() ? "" : " " + ask.high);
            for (const auto& choice : ask.choices) line += ", or \"" + choice.label + "\"";
            lines.push_back(line + "]");
            break;
        }
        case Kind::choice:
        case Kind::done:
            for (std::size_t i = 0; i < ask.choices.size(); ++i)
                lines.push_back("  " + std::to_string(i + 1) + ". " + ask.choices[i].label);
            if (ask.max > 1) lines.push_back("[up to " + std::to_string(ask.max) + ", with commas]");
            break;
        case Kind::feelings:
        case Kind::needs:
            for (const auto& group : ask.groups) {
                std::string line = "  " + group.label + ":";
                for (const auto& choice : group.choices) line += (line.back() == ':' ? " " : ", ") + choice.label;
                lines.push_back(std::move(line));
            }
            lines.push_back("[up to " + std::to_string(ask.max) + ", with commas]");
            break;
        case Kind::words:
        case Kind::number:
        case Kind::length:
        case Kind::moment:
        case Kind::country:
            break;
    }
}

}  // namespace

std::string to_lines(const engine::Message& message) {
    std::vector<std::string> lines;
    std::size_t help = 0;
    for (const RenderedBubble& bubble : message.bubbles) {
        switch (bubble.kind) {
            case RenderedBubble::Kind::text:
                lines.push_back(bubble.text);
                break;
            case RenderedBubble::Kind::link:
            case RenderedBubble::Kind::picture:
            case RenderedBubble::Kind::recording:
                lines.push_back(bubble.text + " (" + bubble.target + ")");
                break;
            case RenderedBubble::Kind::pace:
                lines.push_back(pace(bubble));
                break;
            case RenderedBubble::Kind::help:
                for (const engine::HelpLine& line : message.help[help]) lines.push_back(help_line(line));
                ++help;
                break;
            case RenderedBubble::Kind::calendar:
            case RenderedBubble::Kind::invite:
                break;
        }
    }
    if (message.ask) add_question(*message.ask, lines);
    std::string out;
    for (const std::string& line : lines) out += (out.empty() ? "" : "\n") + line;
    return out;
}

}  // namespace reweave::console
