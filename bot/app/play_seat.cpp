#include "bot/app/play_seat.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <sstream>

#include "adapters/console/console_text.hpp"
#include "bot/app/report.hpp"
#include "bot/dialog/names.hpp"

namespace reweave::app {

std::vector<std::string> lines_of(const engine::Message& message) {
    std::vector<std::string> lines;
    if (message.heard) {
        std::string said = message.heard->name + ": " + message.heard->text;
        for (std::size_t i = 0; i < message.heard->picks.size(); ++i) said += (i ? ", " : "") + message.heard->picks[i];
        lines.push_back(std::move(said));
    }
    std::istringstream rest(console::to_lines(message));
    for (std::string line; std::getline(rest, line);) lines.push_back(line);
    return lines;
}

std::string clock_text(engine::TimePoint at) {
    const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
    std::array<char, 64> text{};
    std::tm local{};
    localtime_r(&seconds, &local);
    std::strftime(text.data(), text.size(), "%A %H:%M", &local);
    return text.data();
}

std::vector<std::size_t> seats_named(const std::vector<Seat>& seats, std::string_view name) {
    const std::string wanted = dialog::normal_name(name);
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < seats.size(); ++i) {
        const std::string own = dialog::normal_name(seats[i].name);
        if (own == wanted) return {i};
        if (!wanted.empty() && own.starts_with(wanted)) found.push_back(i);
    }
    return found;
}

void Screens::add(std::size_t seat, const engine::Message& message, const std::vector<std::string>& lines) {
    const bool room = message.room.has_value();
    std::vector<Line> apart;  // of this message, that nobody else has
    std::size_t from = 0;     // behind what this person has seen so far
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        if (lines_[i].screens[seat]) from = i + 1;
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto begin = lines_.begin() + static_cast<std::ptrdiff_t>(from);
        const auto same = std::find_if(begin, lines_.end(), [&](const Line& line) {
            return room && line.room && !line.screens[seat] && line.text == lines[i];
        });
        if (same != lines_.end()) {
            same->screens[seat] = same->readers[seat] = true;
            const auto at = lines_.insert(same, apart.begin(), apart.end());
            from = static_cast<std::size_t>(at - lines_.begin()) + apart.size() + 1;
            apart.clear();
            continue;
        }
        Line& line = apart.emplace_back();
        line.room = room;
        line.text = lines[i];
        line.screens.assign(seats_.size(), false);
        line.screens[seat] = true;
        line.readers = line.screens;
        for (std::size_t k = 0; k < seats_.size(); ++k) {
            if (message.heard && i == 0 && message.heard->name == seats_[k].name) line.readers[k] = true;
        }
    }
    lines_.insert(lines_.end(), apart.begin(), apart.end());
}

std::string Screens::text() const {
    std::string out;
    for (const Line& line : lines_) {
        std::string names;
        for (std::size_t i = 0; i < seats_.size(); ++i) {
            if (line.readers[i]) names += (names.empty() ? "" : ", ") + seats_[i].name;
        }
        out += (line.room ? "in the room (" + names + ") | " : names + " alone | ") + line.text + "\n";
    }
    return out;
}

std::string what_can_be_known(const std::vector<Seat>& seats, std::size_t reader, const std::vector<int>& revealed) {
    const std::string& name = seats[reader].name;
    std::string out = "What " + name + " has been shown or told so far:\n";
    for (const Seat::Shown& shown : seats[reader].shown) {
        for (const std::string& line : shown.lines)
            out += clock_text(shown.at) + (shown.room ? ", in the room | " : ", alone | ") + line + "\n";
    }
    std::string kept;
    for (std::size_t i = 0; i < seats.size(); ++i) {
        if (i == reader) continue;
        const int still = std::max(0, seats[i].kept - revealed[i]);
        kept += (kept.empty() ? "" : ", ") +
                count(static_cast<std::size_t>(still), "private answer", "private answers") + " of " + seats[i].name;
    }
    return out + name + " cannot know: " + kept + ".\n";
}

}  // namespace reweave::app
