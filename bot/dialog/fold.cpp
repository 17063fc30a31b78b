#include "bot/dialog/fold.hpp"

#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <memory>

#include "bot/dialog/utf8.hpp"

namespace reweave::dialog {
namespace {

// Folding costs are bounded for hostile text: ICU sorts runs of combining marks, so longer runs are cut.
constexpr int kMaxMarksInARow = 8;

const icu::Normalizer2* nfkc_casefold() {
    static const icu::Normalizer2* const instance = [] {
        UErrorCode status = U_ZERO_ERROR;
        return icu::Normalizer2::getNFKCCasefoldInstance(status);
    }();
    return instance;
}

const icu::Normalizer2* nfd() {
    static const icu::Normalizer2* const instance = [] {
        UErrorCode status = U_ZERO_ERROR;
        return icu::Normalizer2::getNFDInstance(status);
    }();
    return instance;
}

const icu::Normalizer2* nfc() {
    static const icu::Normalizer2* const instance = [] {
        UErrorCode status = U_ZERO_ERROR;
        return icu::Normalizer2::getNFCInstance(status);
    }();
    return instance;
}

const icu::Transliterator* to_ascii() {
    static const std::unique_ptr<const icu::Transliterator> instance = [] {
        UErrorCode status = U_ZERO_ERROR;
        return std::unique_ptr<const icu::Transliterator>(
            icu::Transliterator::createInstance("Any-Latin; Latin-ASCII; Lower", UTRANS_FORWARD, status));
    }();
    return instance.get();
}

/// Quotes and dashes of every style, as their ASCII form; anything else unchanged.
UChar32 unify(UChar32 c) {
    switch (c) {
        case '`':
        case 0x00B4:  // acute accent
        case 0x02B9:
        case 0x02BB:
        case 0x02BC:
        case 0x2018:
        case 0x2019:
        case 0x201A:
        case 0x201B:
        case 0x2032:
        case 0x2035:
        case 0x2039:
        case 0x203A:
            return '\'';
        case 0x00AB:
        case 0x00BB:
        case 0x201C:
        case 0x201D:
        case 0x201E:
        case 0x201F:
        case 0x2033:
            return '"';
        case 0x2010:
        case 0x2011:
        case 0x2012:
        case 0x2013:
        case 0x2014:
        case 0x2015:
        case 0x2212:  // minus sign
            return '-';
        case 0x2044:  // fraction slash
            return '/';
        default:
            return c;
    }
}

/// An accent, as opposed to a vowel sign that carries meaning: a combining mark that belongs to no script. The Japanese
/// voicing marks are of no script either, but make another letter.
bool is_accent(UChar32 c) {
    if (c < 0x0300 || c == 0x3099 || c == 0x309A) return false;
    UErrorCode status = U_ZERO_ERROR;
    return (U_MASK(u_charType(c)) & (U_GC_MN_MASK | U_GC_ME_MASK)) != 0 &&
           uscript_getScript(c, &status) == USCRIPT_INHERITED;
}

bool is_punctuation(UChar32 c) {
    return (U_MASK(u_charType(c)) & U_GC_P_MASK) != 0;
}

bool is_ascii_punctuation(char c) {
    static constexpr std::string_view kMarks = "!\"#%&'()*,-./:;?@[\\]_{}";  // those of Unicode's category P
    return kMarks.find(c) != std::string_view::npos;
}

bool is_ascii_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string fold_ascii(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is_ascii_space(c)) {
            if (!out.empty() && out.back() != ' ') out.push_back(' ');
        } else if (c >= 'A' && c <= 'Z') {
            out.push_back(static_cast<char>(c - 'A' + 'a'));
        } else if (c == '`') {
            out.push_back('\'');
        } else if (c >= ' ' && c != 0x7F) {
            out.push_back(c);
        }
    }
    const auto at_an_end = [](char c) { return c == ' ' || is_ascii_punctuation(c); };
    while (!out.empty() && at_an_end(out.back())) out.pop_back();
    const auto first = std::find_if_not(out.begin(), out.end(), at_an_end);
    out.erase(out.begin(), first);
    return out;
}

/// Without accents, invisible characters and skin tones; runs of other marks cut.
icu::UnicodeString without_accents(const icu::UnicodeString& text) {
    icu::UnicodeString out;
    int marks = 0;
    for (int32_t i = 0; i < text.length();) {
        const UChar32 c = text.char32At(i);
        i += U16_LENGTH(c);
        if (is_accent(c) || u_hasBinaryProperty(c, UCHAR_EMOJI_MODIFIER)) continue;
        marks = (U_MASK(u_charType(c)) & U_GC_M_MASK) != 0 ? marks + 1 : 0;
        if (marks <= kMaxMarksInARow) out.append(unify(c));
    }
    return out;
}

icu::UnicodeString normalised(icu::UnicodeString text, const icu::Normalizer2* form) {
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString out = form ? form->normalize(text, status) : text;
    return U_SUCCESS(status) && !out.isBogus() ? out : text;
}

icu::UnicodeString fold_unicode(std::string_view text) {
    icu::UnicodeString folded =
        without_accents(utf16(text));  // first, so that no later pass has to sort long runs of them
    folded = normalised(normalised(folded, nfkc_casefold()), nfd());
    folded = normalised(without_accents(folded), nfc());

    icu::UnicodeString out;
    for (int32_t i = 0; i < folded.length();) {
        const UChar32 c = folded.char32At(i);
        i += U16_LENGTH(c);
        if (u_isUWhiteSpace(c)) {
            if (!out.isEmpty() && out[out.length() - 1] != ' ') out.append(static_cast<UChar32>(' '));
        } else if (u_isdigit(c)) {
            out.append(static_cast<UChar32>('0' + u_charDigitValue(c)));  // digits of every script
        } else if (u_charType(c) != U_CONTROL_CHAR) {
            out.append(c);
        }
    }
    const auto at_an_end = [](UChar32 c) { return c == ' ' || is_punctuation(c); };
    int32_t end = out.length();
    while (end > 0 && at_an_end(out.char32At(end - 1))) end = out.moveIndex32(end, -1);
    int32_t begin = 0;
    while (begin < end && at_an_end(out.char32At(begin))) begin = out.moveIndex32(begin, 1);
    return icu::UnicodeString(out, begin, end - begin);
}

enum class CharacterKind { word, apostrophe, emoji, other };

CharacterKind kind_of(UChar32 c) {
    if (c < 0x80) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) return CharacterKind::word;
        return c == '\'' ? CharacterKind::apostrophe : CharacterKind::other;
    }
    if (u_isUAlphabetic(c) || u_isdigit(c) || (U_MASK(u_charType(c)) & U_GC_M_MASK) != 0) return CharacterKind::word;
    if (u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC) || u_hasBinaryProperty(c, UCHAR_EMOJI_PRESENTATION)) {
        return CharacterKind::emoji;
    }
    return CharacterKind::other;
}

/// Reads one character of valid UTF-8 (what `fold` returns).
UChar32 character_at(std::string_view text, std::size_t at, std::size_t length) {
    if (length == 1) return static_cast<unsigned char>(text[at]);
    UChar32 c = static_cast<unsigned char>(text[at]) & (0xFF >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) c = (c << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3F);
    return c;
}

}  // namespace

std::string fold(std::string_view text) {
    if (is_ascii(text)) return fold_ascii(text);
    return utf8(fold_unicode(text));
}

std::vector<std::string> folded_words(std::string_view text) {
    const std::string folded = fold(text);
    std::vector<std::string> words;
    std::string word;
    const auto end_word = [&] {
        while (!word.empty() && word.back() == '\'') word.pop_back();
        if (!word.empty()) words.push_back(std::move(word));
        word.clear();
    };
    for (std::size_t at = 0; at < folded.size();) {
        const std::size_t length = utf8_length(folded[at]);
        switch (kind_of(character_at(folded, at, length))) {
            case CharacterKind::word:
                word.append(folded, at, length);
                break;
            case CharacterKind::apostrophe:
                if (!word.empty()) word.push_back('\'');  // an opening quote is none
                break;
            case CharacterKind::emoji:
                end_word();
                words.push_back(folded.substr(at, length));
                break;
            case CharacterKind::other:
                end_word();
                break;
        }
        at += length;
    }
    end_word();
    return words;
}

bool contains_phrase(const std::vector<std::string>& words, const std::vector<std::string>& phrase) {
    return !phrase.empty() && std::search(words.begin(), words.end(), phrase.begin(), phrase.end()) != words.end();
}

bool within_one_typo(std::string_view a, std::string_view b) {
    const std::size_t shorter = std::min(a.size(), b.size());
    std::size_t prefix = 0;
    while (prefix < shorter && a[prefix] == b[prefix]) ++prefix;
    const auto inside_character = [](std::string_view text, std::size_t at) {
        return at < text.size() && is_continuation(text[at]);
    };
    while (prefix > 0 && (inside_character(a, prefix) || inside_character(b, prefix))) --prefix;
    a.remove_prefix(prefix);
    b.remove_prefix(prefix);

    std::size_t suffix = 0;
    while (suffix < std::min(a.size(), b.size()) && a[a.size() - 1 - suffix] == b[b.size() - 1 - suffix]) ++suffix;
    while (suffix > 0 && is_continuation(a[a.size() - suffix])) --suffix;
    a.remove_suffix(suffix);
    b.remove_suffix(suffix);

    const std::size_t left_a = count_characters(a);
    const std::size_t left_b = count_characters(b);
    if (left_a <= 1 && left_b <= 1) return true;
    if (left_a != 2 || left_b != 2 || a.size() != b.size()) return false;
    const std::size_t first = utf8_length(a[0]);
    return a.substr(0, first) == b.substr(b.size() - first) && a.substr(first) == b.substr(0, b.size() - first);
}

std::string kebab(std::string_view text) {
    std::string folded = fold(text);
    if (!is_ascii(folded) && to_ascii()) {
        icu::UnicodeString letters = icu::UnicodeString::fromUTF8(folded);
        to_ascii()->transliterate(letters);
        folded.clear();
        letters.toUTF8String(folded);
    }
    std::string out;
    for (const char c : folded) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            out.push_back(c);
        } else if (c != '\'' && !out.empty() && out.back() != '-') {
            out.push_back('-');
        }
    }
    while (!out.empty() && out.back() == '-') out.pop_back();
    return out;
}

}  // namespace reweave::dialog
