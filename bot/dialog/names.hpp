#pragma once
/// \file The names of answers, and near misses: what an author probably meant.

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace reweave::dialog {

/// Lower case, single spaces, straight apostrophes: "My  Part" and "my part" are one name.
[[nodiscard]] std::string normal_name(std::string_view text);

/// The names of all answers of a script.
class Names {
 public:
    void add(std::string_view name);
    /// The same, of somebody who takes part: {name: her | him | them} are their pronouns.
    void add_person(std::string_view name);
    [[nodiscard]] bool contains(std::string_view name) const { return names_.contains(normal_name(name)); }
    [[nodiscard]] bool is_person(std::string_view normal_name) const { return people_.contains(normal_name); }
    [[nodiscard]] const std::set<std::string, std::less<>>& all() const { return names_; }
    /// How many of the leading words make the longest known name; 0 if none does.
    [[nodiscard]] std::size_t longest_match(const std::vector<std::string_view>& words) const;

 private:
    std::set<std::string, std::less<>> names_;
    std::set<std::string, std::less<>> people_;
    std::size_t longest_ = 0;
};

/// Whether a name may be given to an answer, and if not, why.
enum class NameFault { none, characters, reserved };
[[nodiscard]] NameFault check_name(std::string_view normal_name);

/// Letters added, dropped, changed or swapped between two texts, up to `limit` (or `limit + 1` for more).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

/// The candidates nearest to `text` (compared folded), nearest first, at most three; none that is too far to be meant.
[[nodiscard]] std::vector<std::string> nearest(std::string_view text, const std::vector<std::string>& candidates);

/// "“A”, “B” or “C”".
[[nodiscard]] std::string list_or(const std::vector<std::string>& items);
/// "Did you mean “A” or “B”? " or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view text, const std::vector<std::string>& candidates);
/// “text”, cut to a length that can be read in a message.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace reweave::dialog
