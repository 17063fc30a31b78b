#include "bot/safety/normalise.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>

#include "bot/dialog/characters.hpp"
#include "bot/dialog/utf8.hpp"

namespace reweave::safety {
namespace {

constexpr int kMaxMarksInARow = 4;
constexpr std::size_t kMostWordsInClause = 60;  ///< so that the work grows with the text and not with its square

/// Letters of other alphabets that pass for Latin ones, and typographic marks as plain ones.
UChar32 plain(UChar32 c) {
    switch (c) {
        case 0x0430:
        case 0x03B1:
            return 'a';
        case 0x0432:
            return 'b';
        case 0x0441:
            return 'c';
        case 0x0501:
            return 'd';
        case 0x0435:
        case 0x03B5:
            return 'e';
        case 0x043D:
        case 0x04BB:
            return 'h';
        case 0x0456:
        case 0x03B9:
        case 0x0131:
            return 'i';
        case 0x0458:
            return 'j';
        case 0x043A:
        case 0x03BA:
            return 'k';
        case 0x04CF:
            return 'l';
        case 0x043C:
            return 'm';
        case 0x03B7:
            return 'n';
        case 0x043E:
        case 0x03BF:
        case 0x00F8:
            return 'o';
        case 0x0440:
        case 0x03C1:
            return 'p';
        case 0x0455:
            return 's';
        case 0x0442:
        case 0x03C4:
            return 't';
        case 0x03C5:
            return 'u';
        case 0x03BD:
            return 'v';
        case 0x0461:
            return 'w';
        case 0x0445:
        case 0x03C7:
            return 'x';
        case 0x0443:
            return 'y';
        case '`':
        case 0x00B4:
        case 0x02BC:
        case 0x2018:
        case 0x2019:
        case 0x2032:
            return '\'';
        case 0x201C:
        case 0x201D:
        case 0x00AB:
        case 0x00BB:
            return '"';
        case 0x2010:
        case 0x2011:
            return '-';
        case 0x2012:
        case 0x2013:
        case 0x2014:
        case 0x2026:
            return '.';  // ends a thought
        default:
            return c;
    }
}

bool is_accent(UChar32 c) {
    UErrorCode status = U_ZERO_ERROR;
    return c >= 0x0300 && (U_MASK(u_charType(c)) & (U_GC_MN_MASK | U_GC_ME_MASK)) != 0 &&
           uscript_getScript(c, &status) == USCRIPT_INHERITED;
}

icu::UnicodeString without_accents(const icu::UnicodeString& text) {
    icu::UnicodeString out;
    int marks = 0;
    for (int32_t i = 0; i < text.length();) {
        const UChar32 c = text.char32At(i);
        i += U16_LENGTH(c);
        if (is_accent(c) || u_hasBinaryProperty(c, UCHAR_EMOJI_MODIFIER)) continue;
        marks = (U_MASK(u_charType(c)) & U_GC_M_MASK) != 0 ? marks + 1 : 0;
        if (marks <= kMaxMarksInARow) out.append(c);
    }
    return out;
}

std::string plain_unicode(std::string_view text) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* casefold = icu::Normalizer2::getNFKCCasefoldInstance(status);
    const icu::Normalizer2* decompose = icu::Normalizer2::getNFDInstance(status);
    const icu::UnicodeString typed = without_accents(dialog::utf16(text));
    icu::UnicodeString folded = typed;
    if (U_SUCCESS(status)) folded = casefold->normalize(folded, status);
    if (U_SUCCESS(status)) folded = decompose->normalize(folded, status);
    folded = without_accents(U_SUCCESS(status) ? folded : typed);
    icu::UnicodeString out;
    for (int32_t i = 0; i < folded.length();) {
        const UChar32 c = folded.char32At(i);
        i += U16_LENGTH(c);
        out.append(u_isUWhiteSpace(c) && c != '\n' ? static_cast<UChar32>(' ') : plain(c));
    }
    return dialog::utf8(out);
}

std::string plain_text(std::string_view text) {
    std::string out = dialog::is_ascii(text) ? std::string(text) : plain_unicode(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (c == '`') c = '\'';
    }
    return out;
}

/// Of any script: what is not ASCII has been folded before.
bool is_any_letter(char c) {
    return dialog::is_letter(c) || static_cast<unsigned char>(c) >= 0x80;
}
bool is_word(char c) {
    return is_any_letter(c) || dialog::is_digit(c);
}
/// Signs that may stand for a letter inside a word.
bool may_be_letter(char c) {
    return c == '@' || c == '$' || c == '!' || c == '*' || c == '#' || c == '|' || c == '+' || c == '\'';
}
bool ends_thought(char c) {
    return c == '.' || c == '!' || c == '?' || c == ';' || c == ':' || c == ',' || c == '(' || c == ')' || c == '"';
}
bool ends_sentence(char c) {
    return c == '.' || c == '!' || c == '?' || c == '\n';
}

/// Emoji stand as words of their own; of everything above ASCII, those begin with F0 or E2.
bool is_symbol(std::string_view text, std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    return byte == 0xF0 || byte == 0xE2;
}

/// Where the word that starts at `at` ends: marks count when a letter follows them.
std::size_t end_of_word(std::string_view text, std::size_t at) {
    std::size_t to = at;
    while (to < text.size()) {
        if (is_word(text[to]) && !is_symbol(text, to)) {
            ++to;
        } else if (may_be_letter(text[to])) {
            std::size_t next = to;
            while (next < text.size() && may_be_letter(text[next])) ++next;
            if (next >= text.size() || !is_word(text[next]) || is_symbol(text, next)) break;
            to = next;
        } else {
            break;
        }
    }
    return to;
}

/// True if only a little that is no word stands between `at` and the next lone letter: "k i", "k.i", "k - i".
bool lone_letter_follows(std::string_view text, std::size_t at) {
    std::size_t next = at;
    while (next < text.size() && next < at + 3 &&
           (text[next] == ' ' || text[next] == '.' || text[next] == '-' || text[next] == '_'))
        ++next;
    return next > at && next < text.size() && is_word(text[next]) &&
           (next + 1 == text.size() || !is_word(text[next + 1]));
}

}  // namespace

std::vector<RawClause> clauses_of(std::string_view typed) {
    const std::string text = plain_text(typed);
    std::vector<RawClause> clauses(1);
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        std::vector<RawWord>& words = clauses.back().words;
        if (is_symbol(text, at)) {
            const std::size_t length = std::min(dialog::utf8_length(c), text.size() - at);
            words.push_back({text.substr(at, length)});
            at += length;
        } else if (is_word(c) || c == '@' || c == '$') {
            const std::size_t to = std::max(end_of_word(text, at), at + 1);
            RawWord word{text.substr(at, to - at)};
            word.letter_follows = word.text.size() == 1 && lone_letter_follows(text, to);
            at = to;
            if (word.letter_follows) {
                while (!is_word(text[at])) ++at;  // the points between the letters end no thought
            }
            words.push_back(std::move(word));
            const bool endless = words.size() >= kMostWordsInClause && !words.back().letter_follows;
            if (endless) clauses.emplace_back();
        } else {
            const bool blank_line = c == '\n' && at + 1 < text.size() && text[at + 1] == '\n';
            if ((ends_thought(c) || blank_line) && !words.empty()) {
                clauses.back().ends_sentence = ends_sentence(c);
                clauses.emplace_back();
            } else if (ends_sentence(c) && clauses.size() > 1 && words.empty()) {
                clauses[clauses.size() - 2].ends_sentence = true;
            }
            ++at;
        }
    }
    if (clauses.back().words.empty()) clauses.pop_back();
    return clauses;
}

std::string without_leet(std::string_view word) {
    std::string out(word);
    bool changed = false;
    bool letters = false;
    for (char& c : out) {
        letters = letters || is_any_letter(c);
        const char before = c;
        switch (c) {
            case '0':
                c = 'o';
                break;
            case '1':
            case '!':
            case '|':
                c = 'i';
                break;
            case '3':
                c = 'e';
                break;
            case '4':
            case '@':
                c = 'a';
                break;
            case '5':
            case '$':
                c = 's';
                break;
            case '7':
            case '+':
                c = 't';
                break;
            default:
                break;
        }
        changed = changed || c != before;
    }
    return changed && letters ? out : std::string();
}

std::string unstretched(std::string_view word, std::size_t keep) {
    std::string out;
    bool changed = false;
    for (std::size_t at = 0; at < word.size();) {
        std::size_t to = at;
        while (to < word.size() && word[to] == word[at]) ++to;
        const bool stretched = to - at >= 3 && is_any_letter(word[at]);
        changed = changed || stretched;
        out.append(stretched ? keep : to - at, word[at]);
        at = to;
    }
    return changed ? out : std::string();
}

bool matches_hidden(std::string_view word, std::string_view plain) {
    return word.size() == plain.size() && std::equal(word.begin(), word.end(), plain.begin(), [](char a, char b) {
               return a == b || a == '*' || a == '#' || (a == '!' && b == 'i');
           });
}

bool one_typo_apart(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty() || a.front() != b.front()) return false;
    std::size_t same = 0;
    while (same < a.size() && same < b.size() && a[same] == b[same]) ++same;
    a.remove_prefix(same);
    b.remove_prefix(same);
    while (!a.empty() && !b.empty() && a.back() == b.back()) {
        a.remove_suffix(1);
        b.remove_suffix(1);
    }
    const bool swapped = a.size() == 2 && b.size() == 2 && a[0] == b[1] && a[1] == b[0];
    return (a.size() <= 1 && b.size() <= 1) || swapped;
}

}  // namespace reweave::safety
