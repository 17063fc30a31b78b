#include "bot/dialog/player.hpp"

namespace reweave::dialog {

std::string as_line(const RenderedBubble& bubble) {
    switch (bubble.kind) {
        case RenderedBubble::Kind::text:
            return bubble.text;
        case RenderedBubble::Kind::link:
            return "[link] " + bubble.text;
        case RenderedBubble::Kind::picture:
            return "[picture] " + bubble.text;
        case RenderedBubble::Kind::recording:
            return "[recording] " + bubble.text;
        case RenderedBubble::Kind::pace: {
            std::string line = "[exercise]";
            for (const Beat& beat : bubble.beats) line += (&beat == &bubble.beats.front() ? " " : ", ") + beat.words;
            return line;
        }
        case RenderedBubble::Kind::help:
            return "[help lines]";
        case RenderedBubble::Kind::calendar:
            return "[calendar]";
        case RenderedBubble::Kind::invite:
            return "[invitation]";
    }
    return {};
}

std::vector<RenderedChoice> pressable(const RenderedQuestion& question) {
    std::vector<RenderedChoice> all = question.choices;
    for (const RenderedGroup& group : question.groups)
        all.insert(all.end(), group.choices.begin(), group.choices.end());
    return all;
}

}  // namespace reweave::dialog
