#include "bot/dialog/plural.hpp"

#include <unicode/locid.h>
#include <unicode/plurrule.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <vector>

namespace reweave::dialog {
namespace {

/// The order in which authors write the forms.
constexpr std::array<std::string_view, 6> kCategories = {"zero", "one", "two", "few", "many", "other"};

std::unique_ptr<icu::PluralRules> rules_of(const std::string& language) {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<icu::PluralRules> rules(icu::PluralRules::forLocale(icu::Locale(language.c_str()), error));
    return U_FAILURE(error) ? nullptr : std::move(rules);
}

/// Those that the language has, in order.
std::vector<std::string> categories(const icu::PluralRules& rules) {
    UErrorCode error = U_ZERO_ERROR;
    const std::unique_ptr<icu::StringEnumeration> keywords(rules.getKeywords(error));
    std::vector<std::string> used;
    while (U_SUCCESS(error)) {
        const icu::UnicodeString* keyword = keywords->snext(error);
        if (!keyword) break;
        keyword->toUTF8String(used.emplace_back());
    }
    std::sort(used.begin(), used.end(), [](const std::string& a, const std::string& b) {
        return std::find(kCategories.begin(), kCategories.end(), a) <
               std::find(kCategories.begin(), kCategories.end(), b);
    });
    return used;
}

}  // namespace

std::size_t plural_form(std::int64_t n, const std::string& language, std::size_t forms) {
    if (language == "en") return n == 1 ? 0 : forms - 1;
    const auto rules = rules_of(language);
    if (!rules) return forms - 1;
    std::string wanted;
    rules->select(static_cast<std::int32_t>(n)).toUTF8String(wanted);
    const std::vector<std::string> used = categories(*rules);
    const auto at = static_cast<std::size_t>(std::find(used.begin(), used.end(), wanted) - used.begin());
    return std::min(at, forms - 1);
}

std::string plural_categories(const std::string& language) {
    std::string out;
    const auto rules = rules_of(language);
    if (!rules) return out;
    for (const std::string& category : categories(*rules)) (out += out.empty() ? "" : " | ") += category;
    return out;
}

}  // namespace reweave::dialog
