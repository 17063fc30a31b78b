#include "bot/dialog/player.hpp"

namespace reweave::dialog {

std::vector<Seat> seats_of(const Script& script) {
    std::vector<Seat> seats;
    int lane = 0;
    for (const Role& role : script.people) {
        for (int i = 0; i < role.least; ++i) {
            const bool numbered = role.most > 1;
            seats.push_back(
                {numbered ? role.name + " " + std::to_string(i + 1) : role.name, role.name, lane + i, numbered});
        }
        lane += role.most;
    }
    return seats;
}

std::string name_of(const Seat& seat, const Answers& given) {
    if (seat.numbered) return seat.name;
    const auto own = seat.lane == 0 ? given.find(kMyName) : given.end();
    const auto* name = own == given.end() ? nullptr : std::get_if<Picked>(&own->second);
    return name ? name->label : std::string();
}

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
