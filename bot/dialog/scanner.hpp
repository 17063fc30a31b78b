#pragma once
/// \file Reads the small parts of a line one after the other: words, numbers, quotes, lengths of time, lists.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/dialog/source.hpp"

namespace reweave::dialog {

class Scanner {
 public:
    explicit Scanner(Slice slice) : slice_(slice.trimmed()) {}

    /// Nothing but space is left.
    [[nodiscard]] bool done() const { return rest().empty(); }
    /// What is left, without space at its ends.
    [[nodiscard]] Slice rest() const { return slice_.sub(at_).trimmed(); }

    /// Takes these words if they come next, in any case and with any space between: `take_words("up to")`.
    bool take_words(std::string_view words);
    /// Takes this sign if it comes next; the wide forms of `,` `:` `=` `(` `)` count too.
    bool take_sign(char sign);
    bool take_comma() { return take_sign(','); }
    /// A whole number, perhaps with a minus sign of any kind.
    std::optional<std::int64_t> take_number();
    /// What stands between quotes of any kind.
    std::optional<Slice> take_quoted();
    /// "20 minutes", "1 day".
    std::optional<std::int64_t> take_duration();
    /// Up to the next comma that is not inside quotes, or the end.
    Slice take_until_comma();
    /// Letters, digits and marks up to the next space or sign; empty if none comes next.
    Slice take_word();

 private:
    void skip_spaces();
    [[nodiscard]] std::string_view left() const { return slice_.view().substr(at_); }

    Slice slice_;
    std::size_t at_ = 0;
};

/// The parts between commas (of any script) outside quotes, trimmed; quotes around a whole part are taken off.
[[nodiscard]] std::vector<Slice> split_list(Slice slice);

/// Bytes of the quote that `text` begins with (straight, curly, low, angle), or 0.
[[nodiscard]] std::size_t quote_size(std::string_view text);

/// Whether two ASCII texts are the same but for case.
[[nodiscard]] bool same_word(std::string_view a, std::string_view b);

}  // namespace reweave::dialog
