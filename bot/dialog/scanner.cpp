#include "bot/dialog/scanner.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "bot/dialog/characters.hpp"

namespace reweave::dialog {
namespace {

using Sign = std::string_view;
constexpr std::array<Sign, 8> kQuotes{"\"", "“", "”", "„", "‟", "«", "»", "＂"};
constexpr std::array<Sign, 3> kMinus{"-", "−", "–"};
constexpr std::array<Sign, 4> kCommas{",", "，", "、", "،"};

struct Unit {
    std::string_view name;
    std::int64_t seconds;
};
constexpr std::array kUnits{
    Unit{"second", 1}, Unit{"minute", 60}, Unit{"hour", 3600}, Unit{"day", 86400}, Unit{"week", 604800}};

template <std::size_t N>
std::size_t size_of_any(std::string_view text, const std::array<Sign, N>& signs) {
    for (const Sign sign : signs) {
        if (text.starts_with(sign)) return sign.size();
    }
    return 0;
}

std::size_t sign_size(std::string_view text, char sign) {
    if (sign == ',') return size_of_any(text, kCommas);
    if (text.starts_with(sign)) return 1;
    const std::array wide{'\xEF', '\xBC', static_cast<char>(sign + 0x60)};  // U+FF01.. in UTF-8, for ! to ?
    return text.starts_with(Sign(wide.data(), wide.size())) ? wide.size() : 0;
}

char lower(char c) {
    return is_capital(c) ? static_cast<char>(c + 32) : c;
}

/// True of nearly every byte, so that the signs of all scripts are looked for at few.
bool is_plain(char c) {
    return is_letter(c) || is_digit(c);
}

/// Bytes up to the next comma outside quotes.
std::size_t until_comma(std::string_view text) {
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_plain(text[i])) continue;
        if (quote_size(text.substr(i)) > 0) inside = !inside;
        if (!inside && size_of_any(text.substr(i), kCommas) > 0) return i;
    }
    return text.size();
}

}  // namespace

std::size_t quote_size(std::string_view text) {
    return size_of_any(text, kQuotes);
}

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

void Scanner::skip_spaces() {
    while (!left().empty() && left().front() == ' ') ++at_;
}

Slice Scanner::take_word() {
    skip_spaces();
    constexpr std::string_view kEnds = " ,:=()\"{}";
    std::size_t size = 0;
    while (size < left().size()) {
        const std::string_view here = left().substr(size);
        if (is_plain(here.front())) {
            ++size;
            continue;
        }
        if (kEnds.find(here.front()) != std::string_view::npos || quote_size(here) > 0 ||
            size_of_any(here, kCommas) > 0 || sign_size(here, '(') > 0 || sign_size(here, ')') > 0 ||
            sign_size(here, ':') > 0 || sign_size(here, '=') > 0)
            break;
        ++size;
    }
    const Slice word = slice_.sub(at_, size);
    at_ += size;
    return word;
}

bool Scanner::take_words(std::string_view words) {
    const std::size_t before = at_;
    while (!words.empty()) {
        const std::size_t size = std::min(words.find(' '), words.size());
        if (!same_word(take_word().view(), words.substr(0, size))) {
            at_ = before;
            return false;
        }
        words.remove_prefix(std::min(size + 1, words.size()));
    }
    return true;
}

bool Scanner::take_sign(char sign) {
    skip_spaces();
    const std::size_t size = sign_size(left(), sign);
    at_ += size;
    return size > 0;
}

std::optional<std::int64_t> Scanner::take_number() {
    skip_spaces();
    const std::size_t minus = size_of_any(left(), kMinus);
    std::size_t size = minus;
    std::int64_t value = 0;
    while (size < left().size() && is_digit(left()[size])) {
        constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
        value = std::min(kLargest, value * 10 + (left()[size] - '0'));
        ++size;
    }
    if (size == minus) return std::nullopt;
    at_ += size;
    return minus > 0 ? -value : value;
}

std::optional<Slice> Scanner::take_quoted() {
    skip_spaces();
    const std::size_t open = quote_size(left());
    if (open == 0) return std::nullopt;
    for (std::size_t i = open; i < left().size(); ++i) {
        const std::size_t close = quote_size(left().substr(i));
        if (close == 0) continue;
        const Slice inner = slice_.sub(at_ + open, i - open).trimmed();
        at_ += i + close;
        return inner;
    }
    return std::nullopt;
}

std::optional<std::int64_t> Scanner::take_duration() {
    const std::size_t before = at_;
    const std::optional<std::int64_t> count = take_number();
    const std::string_view word = take_word().view();
    for (const Unit& unit : kUnits) {
        const bool plural = word.size() == unit.name.size() + 1 && lower(word.back()) == 's';
        if (count && *count >= 0 && same_word(plural ? word.substr(0, word.size() - 1) : word, unit.name)) {
            return *count * unit.seconds;
        }
    }
    at_ = before;
    return std::nullopt;
}

Slice Scanner::take_until_comma() {
    const std::size_t size = until_comma(left());
    const Slice part = slice_.sub(at_, size).trimmed();
    at_ += size;
    return part;
}

std::vector<Slice> split_list(Slice slice) {
    std::vector<Slice> parts;
    for (Slice rest = slice.trimmed();;) {
        const std::size_t size = until_comma(rest.view());
        Slice part = rest.sub(0, size).trimmed();
        Scanner scanner(part);
        const std::optional<Slice> inner = scanner.take_quoted();
        if (inner && scanner.done()) part = *inner;
        if (!part.empty()) parts.push_back(part);
        if (size == rest.size()) return parts;
        rest = rest.sub(size + size_of_any(rest.view().substr(size), kCommas));
    }
}

}  // namespace reweave::dialog
