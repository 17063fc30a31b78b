#include "bot/dialog/template.hpp"

#include <unicode/locid.h>
#include <unicode/plurrule.h>
#include <unicode/uloc.h>

#include <memory>
#include <utility>

namespace reweave::dialog {
namespace {

std::vector<Slice> split_forms(Slice forms) {
    std::vector<Slice> parts;
    for (;;) {
        const std::size_t bar = forms.view().find('|');
        parts.push_back(forms.sub(0, bar).trimmed());
        if (bar == std::string_view::npos) return parts;
        forms = forms.sub(bar + 1);
    }
}

Piece read_insertion(Slice inside, Slice with_braces, const Known& known) {
    Piece piece;
    piece.span = with_braces.span();
    const std::size_t colon = inside.view().find(':');
    const Slice name = inside.sub(0, colon).trimmed();
    piece.name = normal_name(name.view());
    if (name.empty()) {
        known.faults->report(Fault::brace,
                             with_braces.span(),
                             "There is no name between these braces.",
                             "Write the name of an answer, as in {heat}. For braces that are said, write {{ and }}.");
    } else if (!known.names->contains(piece.name)) {
        report_unknown_name(name, known);
    }
    if (colon == std::string_view::npos) return piece;
    const std::vector<Slice> forms = split_forms(inside.sub(colon + 1));
    for (const Slice& form : forms) piece.forms.push_back(form.str());
    if (known.names->is_person(piece.name)) {
        if (forms.size() == kPronouns.size()) return piece;
        known.faults->report(
            Fault::plural_forms,
            inside.sub(colon + 1).trimmed().span(),
            "There are " + std::to_string(forms.size()) + " forms here; somebody's pronouns have 3.",
            "Write them for she, he and they, in this order, as in {" + piece.name + ": her | him | them}.");
        return piece;
    }
    if (static_cast<int>(forms.size()) != known.plural_forms) {
        known.faults->report(
            Fault::plural_forms,
            inside.sub(colon + 1).trimmed().span(),
            "There are " + std::to_string(forms.size()) + " forms here; this script's language has " +
                std::to_string(known.plural_forms) + ".",
            "Write " + std::to_string(known.plural_forms) + " with | between them, as in {n: # minute | # minutes}.");
    }
    return piece;
}

}  // namespace

void report_unknown_name(Slice name, const Known& known) {
    const std::vector<std::string> all(known.names->all().begin(), known.names->all().end());
    known.faults->report(Fault::unknown_name,
                         name.span(),
                         "No question asks for " + in_quotes(name.view()) + ".",
                         did_you_mean(name.view(), all) +
                             "Answers get their names in ASK lines, as in ASK: " + normal_name(name.view()) +
                             ", one line. If another script hands this one in, write Given: " +
                             normal_name(name.view()) + " at the top.");
}

Template read_template(Slice text, const Known& known) {
    Template pieces;
    std::string literal;
    const auto flush = [&] {
        if (!literal.empty()) pieces.push_back(Piece{std::exchange(literal, {}), {}, {}, {}});
    };
    const std::string_view view = text.view();
    for (std::size_t i = 0; i < view.size(); ++i) {
        const char c = view[i];
        if ((c == '{' || c == '}') && i + 1 < view.size() && view[i + 1] == c) {
            literal += c;
            ++i;
        } else if (c == '{') {
            const std::size_t close = view.find_first_of("{}", i + 1);
            if (close == std::string_view::npos || view[close] == '{') {
                known.faults->report(Fault::brace,
                                     text.sub(i, 1).span(),
                                     "This brace is opened and never closed.",
                                     "Write } after the name, as in {heat}. For a brace that is said, write {{.");
                continue;
            }
            flush();
            pieces.push_back(
                read_insertion(text.sub(i + 1, close - i - 1).trimmed(), text.sub(i, close - i + 1), known));
            i = close;
        } else if (c == '}') {
            known.faults->report(Fault::brace,
                                 text.sub(i, 1).span(),
                                 "This brace closes nothing.",
                                 "Take it away, or write }} if it is to be said.");
        } else {
            literal += c;
        }
    }
    flush();
    return pieces;
}

int plural_forms_of(const std::string& language) {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Locale locale = icu::Locale::forLanguageTag(language, error);
    // ICU takes any letters for a language; one that has no name of its own does not exist.
    if (U_FAILURE(error) || *locale.getISO3Language() == '\0') return 0;
    const std::unique_ptr<icu::PluralRules> rules(icu::PluralRules::forLocale(locale, error));
    if (U_FAILURE(error)) return 0;
    const std::unique_ptr<icu::StringEnumeration> keywords(rules->getKeywords(error));
    return U_FAILURE(error) ? 0 : keywords->count(error);
}

}  // namespace reweave::dialog
