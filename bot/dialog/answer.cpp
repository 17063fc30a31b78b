#include "bot/dialog/answer.hpp"

#include <algorithm>
#include <charconv>

#include "bot/dialog/fold.hpp"
#include "bot/dialog/recognise.hpp"

namespace reweave::dialog {
namespace {

bool within(const Ask& ask, std::int64_t n) {
    return (!ask.from || n >= *ask.from) && (!ask.to || n <= *ask.to);
}

Picked picked(const Choice& choice) {
    return {choice.id, choice.label};
}
Picked picked(const Term& term) {
    return {term.id, term.label};
}

const std::vector<Family>& vocabulary(AskKind kind, const LanguagePack& pack) {
    return kind == AskKind::feelings ? pack.feelings : pack.needs;
}

std::vector<const Term*> terms(AskKind kind, const LanguagePack& pack) {
    std::vector<const Term*> all;
    for (const Family& family : vocabulary(kind, pack)) {
        for (const Term& term : family.terms) all.push_back(&term);
    }
    return all;
}

std::vector<Option> choice_options(const Ask& ask, const std::vector<int>& offered) {
    std::vector<Option> options;
    for (const int index : offered) {
        const Choice& choice = ask.choices[static_cast<std::size_t>(index)];
        options.push_back({choice.id, choice.label, &choice.also});
    }
    return options;
}

std::optional<Reading> read_vocabulary(const Ask& ask, std::string_view text, const LanguagePack& pack) {
    const std::vector<const Term*> all = terms(ask.kind, pack);
    std::vector<Option> options;
    for (const Term* term : all) options.push_back({term->id, term->label, &term->also});
    PickedMany many;
    for (const std::size_t i : recognise_several(text, options, static_cast<std::size_t>(ask.max), pack))
        many.items.push_back(picked(*all[i]));
    if (many.items.empty()) return std::nullopt;
    return Reading{std::move(many)};
}

std::optional<Reading> read_choice(const Ask& ask,
                                   const std::vector<int>& offered,
                                   std::string_view text,
                                   const LanguagePack& pack) {
    const std::vector<Option> options = choice_options(ask, offered);
    if (ask.kind == AskKind::one_of) {
        const auto index = recognise_choice(text, options, pack);
        if (!index) return std::nullopt;
        const int branch = offered[*index];
        return Reading{picked(ask.choices[static_cast<std::size_t>(branch)]), branch};
    }
    PickedMany many;
    for (const std::size_t i : recognise_several(text, options, static_cast<std::size_t>(ask.max), pack)) {
        many.items.push_back(picked(ask.choices[static_cast<std::size_t>(offered[i])]));
    }
    if (many.items.empty()) return std::nullopt;
    return Reading{std::move(many)};
}

std::optional<Reading> read_moment(const Ask& ask, std::string_view text, const ReadContext& context) {
    const auto at = recognise_moment(text, context.now, context.time_zone, *context.pack);
    if (!at) return std::nullopt;
    const auto ahead = std::chrono::duration_cast<Seconds>(*at - context.now).count();
    // Bounds are kept to the minute: "in 20 minutes" must fit "from 20 minutes", however late in the minute it is said.
    if ((ask.from && ahead < *ask.from - 60) || (ask.to && ahead > *ask.to + 60)) return std::nullopt;
    return Reading{Moment{*at}};
}

/// Of a button: only as the server itself writes it.
std::optional<std::int64_t> number_of(const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || std::to_string(value) != text) return std::nullopt;
    return value;
}

}  // namespace

bool shows_buttons(AskKind kind) {
    switch (kind) {
        case AskKind::one_line:
        case AskKind::long_text:
        case AskKind::number:
        case AskKind::length:
        case AskKind::moment:
        case AskKind::country:
            return false;
        default:
            return true;
    }
}

bool yields_to_choice(Command command) {
    switch (command) {
        case Command::stop:
        case Command::exit:
        case Command::erase:
        case Command::help:
        case Command::human:
            return false;
        default:
            return true;
    }
}

std::optional<Reading> read_typed(const Ask& ask,
                                  const std::vector<int>& offered,
                                  WordsRef words,
                                  std::string_view text,
                                  const ReadContext& context) {
    const LanguagePack& pack = *context.pack;
    switch (ask.kind) {
        case AskKind::one_line:
        case AskKind::long_text:
            return fold(text).empty() ? std::nullopt : std::optional(Reading{words});
        case AskKind::yes_no:
            if (const auto yes = recognise_yes_no(text, ask.also, pack)) return Reading{*yes};
            return std::nullopt;
        case AskKind::scale:
        case AskKind::number:
            if (const auto n = recognise_number(text, ask.also, pack); n && within(ask, *n)) return Reading{*n};
            return std::nullopt;
        case AskKind::length:
            if (const auto l = recognise_length(text, pack); l && within(ask, l->count())) return Reading{Length{*l}};
            return std::nullopt;
        case AskKind::moment:
            return read_moment(ask, text, context);
        case AskKind::feelings:
        case AskKind::needs:
            return read_vocabulary(ask, text, pack);
        case AskKind::country:
            if (const auto country = recognise_country(text, pack)) return Reading{Picked{*country, *country}};
            return std::nullopt;
        case AskKind::one_of:
        case AskKind::several:
            return read_choice(ask, offered, text, pack);
    }
    return std::nullopt;
}

std::optional<Reading> read_exact_choice(const Ask& ask, const std::vector<int>& offered, std::string_view text) {
    const std::string folded = fold(text);
    for (const int index : offered) {
        const Choice& choice = ask.choices[static_cast<std::size_t>(index)];
        const bool same = fold(choice.label) == folded ||
                          std::any_of(choice.also.begin(), choice.also.end(), [&](const std::string& a) {
                              return fold(a) == folded;
                          });
        if (same) return Reading{picked(choice), ask.kind == AskKind::one_of ? index : -1};
    }
    return std::nullopt;
}

std::optional<Reading> read_picks(const Ask& ask,
                                  const std::vector<int>& offered,
                                  const std::vector<std::string>& picks,
                                  const LanguagePack& pack) {
    const auto most = static_cast<std::size_t>(std::max(ask.max, 1));
    if (picks.empty() || picks.size() > most) return std::nullopt;
    const std::string& first = picks.front();
    const auto choice_with = [&](const std::string& id) {
        return std::find_if(
            offered.begin(), offered.end(), [&](int i) { return ask.choices[static_cast<std::size_t>(i)].id == id; });
    };
    switch (ask.kind) {
        case AskKind::yes_no:
            if (first == "yes" || first == "no") return Reading{first == "yes"};
            return std::nullopt;
        case AskKind::scale:
        case AskKind::number:
            if (const auto n = number_of(first); n && within(ask, *n)) return Reading{*n};
            return std::nullopt;
        case AskKind::country:
            for (const auto& [name, code] : pack.countries) {
                if (code == first) return Reading{Picked{code, code}};
            }
            return std::nullopt;
        case AskKind::one_of: {
            const auto it = choice_with(first);
            if (it == offered.end()) return std::nullopt;
            return Reading{picked(ask.choices[static_cast<std::size_t>(*it)]), *it};
        }
        case AskKind::several: {
            PickedMany many;
            for (const std::string& id : picks) {
                const auto it = choice_with(id);
                if (it == offered.end()) return std::nullopt;
                many.items.push_back(picked(ask.choices[static_cast<std::size_t>(*it)]));
            }
            return Reading{std::move(many)};
        }
        case AskKind::feelings:
        case AskKind::needs: {
            const std::vector<const Term*> all = terms(ask.kind, pack);
            PickedMany many;
            for (const std::string& id : picks) {
                const auto it = std::find_if(all.begin(), all.end(), [&](const Term* t) { return t->id == id; });
                if (it == all.end()) return std::nullopt;
                many.items.push_back(picked(**it));
            }
            return Reading{std::move(many)};
        }
        default:
            return std::nullopt;
    }
}

}  // namespace reweave::dialog
