#include "bot/dialog/names.hpp"

#include <unicode/locid.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <array>

#include "bot/dialog/fold.hpp"
#include "bot/dialog/utf8.hpp"

namespace reweave::dialog {
namespace {

/// Words that conditions are made of; a name with one of them could not be told from the condition around it.
constexpr std::array kConditionWords{"is", "has", "and", "or", "not", "missing"};
/// Whole names with a meaning of their own, among them the kinds of questions.
constexpr std::array kReserved{"yes",   "no",        "outcome",  "other",    "me",        "everyone", "each",
                               "both",  "alone",     "one line", "one of",   "long text", "several",  "feelings",
                               "needs", "a country", "a moment", "a person", "a number",  "yes or no"};

}  // namespace

std::string normal_name(std::string_view text) {
    icu::UnicodeString lower = utf16(text);
    lower.toLower(icu::Locale::getRoot());
    lower.findAndReplace(icu::UnicodeString(UChar32{0x2019}), icu::UnicodeString(UChar32{'\''}));
    std::string name;
    for (const char c : utf8(lower)) {
        if (c != ' ') {
            name += c;
        } else if (!name.empty() && name.back() != ' ') {
            name += ' ';
        }
    }
    if (!name.empty() && name.back() == ' ') name.pop_back();
    return name;
}

void Names::add(std::string_view name) {
    std::string normal = normal_name(name);
    longest_ = std::max(longest_, static_cast<std::size_t>(std::count(normal.begin(), normal.end(), ' ')) + 1);
    names_.insert(std::move(normal));
}

void Names::add_person(std::string_view name) {
    add(name);
    people_.insert(normal_name(name));
}

std::size_t Names::longest_match(const std::vector<std::string_view>& words) const {
    for (std::size_t n = std::min(longest_, words.size()); n > 0; --n) {
        std::string joined;
        for (std::size_t i = 0; i < n; ++i) joined.append(i ? " " : "").append(words[i]);
        if (contains(joined)) return n;
    }
    return 0;
}

NameFault check_name(std::string_view name) {
    if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) return NameFault::reserved;
    const icu::UnicodeString text = utf16(name);
    for (int i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        const UChar32 c = text.char32At(i);
        const bool letter = u_isalpha(c) || u_charType(c) == U_NON_SPACING_MARK;
        if (!letter && (i == 0 || !(u_isdigit(c) || c == ' ' || c == '\'' || c == '-'))) return NameFault::characters;
    }
    if (text.isEmpty()) return NameFault::characters;
    for (std::size_t at = 0; at <= name.size();) {
        const std::size_t end = std::min(name.find(' ', at), name.size());
        if (std::find(kConditionWords.begin(), kConditionWords.end(), name.substr(at, end - at)) !=
            kConditionWords.end())
            return NameFault::reserved;
        at = end + 1;
    }
    return NameFault::none;
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
    if ((a.size() > b.size() ? a.size() - b.size() : b.size() - a.size()) > limit) return limit + 1;
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, change});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return std::min(above[b.size()], limit + 1);
}

std::vector<std::string> nearest(std::string_view text, const std::vector<std::string>& candidates) {
    const std::string folded = fold(text);
    const std::size_t limit = std::max<std::size_t>(1, folded.size() / 3);
    std::vector<std::pair<std::size_t, std::string>> near;
    for (const std::string& candidate : candidates) {
        const std::string other = fold(candidate);
        std::size_t distance = edit_distance(folded, other, limit);
        // "Slice" for "A slice", "Feel" for "Feelings": part of what is meant.
        const bool part = folded.size() > 3 && other.find(folded) != std::string::npos;
        if (part) distance = std::min(distance, limit);
        if (distance <= limit) near.emplace_back(distance, candidate);
    }
    std::sort(near.begin(), near.end());
    near.erase(std::unique(near.begin(), near.end()), near.end());
    std::vector<std::string> result;
    for (std::size_t i = 0; i < std::min<std::size_t>(3, near.size()); ++i) result.push_back(near[i].second);
    return result;
}

std::string list_or(const std::vector<std::string>& items) {
    std::string list;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) list += i + 1 == items.size() ? " or " : ", ";
        list += "“" + items[i] + "”";
    }
    return list;
}

std::string did_you_mean(std::string_view text, const std::vector<std::string>& candidates) {
    const std::vector<std::string> near = nearest(text, candidates);
    return near.empty() ? std::string() : "Did you mean " + list_or(near) + "? ";
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t kLongest = 60;
    if (text.size() <= kLongest) return "“" + std::string(text) + "”";
    std::size_t end = kLongest;
    while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
    return "“" + std::string(text.substr(0, end)) + "…”";
}

}  // namespace reweave::dialog
