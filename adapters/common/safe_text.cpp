#include "adapters/common/safe_text.hpp"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include <cstdint>
#include <memory>

#include "bot/dialog/utf8.hpp"

namespace reweave::text {
namespace {

using dialog::utf16;
using dialog::utf8;

bool breaks_line(UChar32 c) {
    return (c >= 0x0A && c <= 0x0D) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool turns_direction(UChar32 c) {
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool invisible(UChar32 c) {
    constexpr std::uint32_t kHidden = U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CS_MASK | U_GC_CO_MASK;
    return (U_GET_GC_MASK(c) & kHidden) != 0 || u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
}

bool blank(UChar32 c) {
    constexpr UChar32 kBrailleBlank = 0x2800;
    return breaks_line(c) || u_isUWhiteSpace(c) || c == kBrailleBlank;
}

using Make = icu::BreakIterator* (*)(const icu::Locale&, UErrorCode&);

/// The last place within `limit` bytes where the text may be cut; 0: none.
std::size_t last_break(Make make, std::string_view text, std::size_t limit) {
    UErrorCode error = U_ZERO_ERROR;
    const std::unique_ptr<icu::BreakIterator> breaks(make(icu::Locale::getRoot(), error));
    const std::unique_ptr<UText, decltype(&utext_close)> bytes(
        utext_openUTF8(nullptr, text.data(), static_cast<std::int64_t>(text.size()), &error), &utext_close);
    if (U_FAILURE(error)) return 0;
    breaks->setText(bytes.get(), error);
    if (U_FAILURE(error)) return 0;
    const std::int32_t at = breaks->preceding(static_cast<std::int32_t>(limit) + 1);
    return at == icu::BreakIterator::DONE ? 0 : static_cast<std::size_t>(at);
}

}  // namespace

std::string safe_text(std::string_view text) {
    const icu::UnicodeString from = utf16(text);
    icu::UnicodeString to;
    for (std::int32_t i = 0; i < from.length(); i = from.moveIndex32(i, 1)) {
        const UChar32 c = from.char32At(i);
        if (c == '\r' && from.char32At(i + 1) == '\n') continue;
        if (breaks_line(c))
            to.append(static_cast<UChar32>('\n'));
        else if (c == '\t' || (u_charType(c) != U_CONTROL_CHAR && !turns_direction(c)))
            to.append(c);
    }
    return utf8(to);
}

std::string safe_name(std::string_view name, std::string_view otherwise) {
    const icu::UnicodeString from = utf16(cut_bytes(name, 4096));
    icu::UnicodeString to;
    bool gap = false;
    for (std::int32_t i = 0; i < from.length(); i = from.moveIndex32(i, 1)) {
        const UChar32 c = from.char32At(i);
        if (blank(c)) {
            gap = !to.isEmpty();
        } else if (!invisible(c)) {
            if (gap) to.append(static_cast<UChar32>(' '));
            gap = false;
            to.append(c);
        }
    }
    std::string out = utf8(to);
    if (to.countChar32() > kNameCharacters) {
        const std::string longest = utf8(icu::UnicodeString(to, 0, to.moveIndex32(0, kNameCharacters)));
        const std::size_t at = last_break(icu::BreakIterator::createCharacterInstance, out, longest.size());
        out.resize(at == 0 ? longest.size() : at);
        while (out.back() == ' ') out.pop_back();
    }
    return out.empty() ? std::string(otherwise) : out;
}

std::string_view cut_bytes(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return text;
    while (limit > 0 && dialog::is_continuation(text[limit])) --limit;
    return text.substr(0, limit);
}

std::size_t cut_at(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return text.size();
    const std::size_t paragraph = text.rfind("\n\n", limit - 2);
    if (paragraph != std::string_view::npos && paragraph > 0) return paragraph + 2;
    for (const Make make : {Make{icu::BreakIterator::createSentenceInstance},
                            Make{icu::BreakIterator::createLineInstance},
                            Make{icu::BreakIterator::createCharacterInstance}}) {
        if (const std::size_t at = last_break(make, text, limit); at > 0) return at;
    }
    return cut_bytes(text, limit).size();
}

}  // namespace reweave::text
