#pragma once
/// \file A message as lines, for channels that show text: what was said, what the bot says, and how it may be answered.
///
/// Pure, from any thread.

#include <string>
#include <string_view>
#include <vector>

#include "bot/engine/messages.hpp"

namespace reweave::text {

/// All words in it have gone through `safe_text`.
struct Line {
    enum class Kind {
        said,       ///< `text`: what somebody else, `name`, said or pressed in the room
        paragraph,  ///< `text`
        link,       ///< `text` (may be empty) and the address `target`
        file,       ///< a picture or recording `target`, and in `text` what it shows or says
        pace,       ///< `text`
        contact,    ///< one of a help list: `name`, and in `items` how to reach it
        calendar,   ///< `text`: a title and a moment
        invite,     ///< `text`: for how many; the channel adds the code
        choice,     ///< `number` and `text`
        group,      ///< `name`, and in `items` the choices of it
        hint        ///< `text`: what may be answered
    };
    Kind kind = Kind::paragraph;
    std::string name = {};
    std::string text = {};
    std::string target = {};
    std::vector<std::string> items = {};
    int number = 0;
    bool opens = true;  ///< begins a bubble; otherwise it belongs to the line before it
    bool operator==(const Line&) const = default;
};

/// For whom the lines are.
struct Reader {
    std::string language = "en";  ///< BCP-47
    std::string time_zone = {};   ///< IANA; empty: not known, times are in UTC and say so
};

/// What a person did themselves is not in it: a text channel has shown it.
[[nodiscard]] std::vector<Line> lines_of(const engine::Message& message, const Reader& reader = {});

/// Whether it is about how the open question may be answered.
[[nodiscard]] bool answers(const Line& line);

/// Each line of it has a mark, so that nothing in it can pass for the bot's own words.
[[nodiscard]] std::string quoted(std::string_view words);

/// The items with ", " between them.
[[nodiscard]] std::string joined(const std::vector<std::string>& items);

}  // namespace reweave::text
