#pragma once
/// \file One of those who are played at one terminal: what has stood on their screen, and so what they can know.

#include <string>
#include <vector>

#include "bot/engine/messages.hpp"

namespace reweave::app {

struct Seat {
    std::string name;  ///< their role, with a number if others have the same; also what the bot calls them
    engine::PersonId person;
    engine::IdentityId identity;
    int lane = -1;  ///< of the conversation; -1: it is one for one person
    struct Shown {
        engine::TimePoint at{};
        bool room = false;
        std::vector<std::string> lines;
    };
    std::vector<Shown> shown;  ///< oldest first
    int kept = 0;              ///< answers of theirs that nobody else has heard when they gave them
};

/// What a message puts on its reader's screen; empty if nothing.
[[nodiscard]] std::vector<std::string> lines_of(const engine::Message& message);
/// "Saturday 10:05", on this machine.
[[nodiscard]] std::string clock_text(engine::TimePoint at);

/// Those whose name is `name` or begins with it, whatever the capitals.
[[nodiscard]] std::vector<std::size_t> seats_named(const std::vector<Seat>& seats, std::string_view name);

/// The screens of one moment as lines that say whose they are: "starter alone | …", "in the room (starter, partner) |
/// …".
class Screens {
 public:
    explicit Screens(const std::vector<Seat>& seats) : seats_(seats) {}
    void add(std::size_t seat, const engine::Message& message, const std::vector<std::string>& lines);
    [[nodiscard]] std::string text() const;

 private:
    struct Line {
        bool room = false;
        std::vector<bool> readers;  ///< by seat; whoever said it reads it too
        std::vector<bool> screens;
        std::string text;
    };
    const std::vector<Seat>& seats_;
    std::vector<Line> lines_;
};

/// Everything that somebody has been shown or told, by moment, and how many answers of the others they cannot know.
/// `revealed`: by seat, how many of the kept answers were shown to others since.
[[nodiscard]] std::string what_can_be_known(const std::vector<Seat>& seats,
                                            std::size_t reader,
                                            const std::vector<int>& revealed);

}  // namespace reweave::app
