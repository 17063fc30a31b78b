#pragma once
/// \file The few fixed words around what a script says, where there are no buttons to say them.

#include <string>
#include <string_view>

namespace reweave::text {

/// `%1` and `%2` stand for what is filled in.
struct Wording {
    std::string_view someone;  ///< whose name cannot be shown
    std::string_view call, text, web, hours;
    std::string_view beat;      ///< words, seconds
    std::string_view pace;      ///< times, minutes
    std::string_view pace_one;  ///< times, in all about a minute
    std::string_view scale;     ///< its ends
    std::string_view or_else;   ///< a choice beside a scale
    std::string_view several;   ///< how many may be chosen
    std::string_view invite;    ///< for one other person
    std::string_view invite_n;  ///< how many others at most
    // What stands on buttons and forms.
    std::string_view write, choose, skip;
    std::string_view that_is_it;       ///< all that was to be chosen is chosen
    std::string_view answer;           ///< above a field
    std::string_view browser, direct;  ///< where to go on
    std::string_view notices, quiet;   ///< whether to be written to
    std::string_view take_part, here;  ///< of a circle; of the place for a talk
    std::string_view send_file, erase_all;
    std::string_view only_you, all_read;  ///< who reads what is written into a form
};

/// By a BCP-47 tag; English if there are no words in that language.
[[nodiscard]] const Wording& wording(std::string_view language);

[[nodiscard]] std::string filled(std::string_view pattern, std::string_view first, std::string_view second = {});

}  // namespace reweave::text
