#pragma once
/// \file Words that somebody else wrote, made fit for showing: well-formed, without signs that hide or turn round what
/// stands beside them.
///
/// Pure, from any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace reweave::text {

/// Every kind of line break is "\n"; control characters but the tab, and whatever sets the direction of the words after
/// it, are taken out; what is not UTF-8 becomes U+FFFD.
[[nodiscard]] std::string safe_text(std::string_view text);

constexpr int kNameCharacters = 40;

/// A name on one line, without control, bidi and invisible characters, of 40 code points at most, cut between what
/// people see as characters. `otherwise` if nothing is left.
[[nodiscard]] std::string safe_name(std::string_view name, std::string_view otherwise = "Someone");

/// Where to cut a text that must not be longer than `limit` bytes (at least 4): the end of the last paragraph, else
/// sentence, else word, else visible character within it, never inside a code point. The size of the text if it is
/// short enough.
[[nodiscard]] std::size_t cut_at(std::string_view text, std::size_t limit);

/// The text up to `limit` bytes, or less by what would leave a code point in two.
[[nodiscard]] std::string_view cut_bytes(std::string_view text, std::size_t limit);

}  // namespace reweave::text
