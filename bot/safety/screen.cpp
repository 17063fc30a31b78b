#include "bot/safety/screen.hpp"

#include <algorithm>
#include <exception>

#include "bot/safety/normalise.hpp"
#include "bot/safety/rules.hpp"

namespace reweave::safety {
namespace {

constexpr std::size_t kReachOfNegation = 5;  // words

/// 1 is the gravest.
int rank(Tier tier) {
    return tier == Tier::none ? 9 : static_cast<int>(tier);
}

bool has(const std::vector<Match>& matches, Role role) {
    return std::any_of(matches.begin(), matches.end(), [&](const Match& m) { return m.role == role; });
}

struct Clause {
    std::vector<Match> matches;
    std::size_t sentence = 0;
};

/// Frames that hold for a whole sentence.
struct Sentence {
    bool fiction = false;
    bool past = false;
    bool recent = false;
};

/// True if the clause says that what was found is not so. A denial reaches five words, but not into a new thought;
/// one inside the pattern's own gap counts, unless the pattern itself speaks of "not".
bool denied(const Match& found, const std::vector<Match>& matches) {
    return std::any_of(matches.begin(), matches.end(), [&](const Match& negation) {
        if (negation.role != Role::negation) return false;
        const auto spans = [&](Role role, std::size_t from, std::size_t to) {
            return std::any_of(matches.begin(), matches.end(), [&](const Match& m) {
                return m.role == role && m.from < to && m.to > from;
            });
        };
        if (spans(Role::not_negation, negation.from, negation.to)) return false;
        if (negation.from >= found.from && negation.to <= found.to) {
            return !found.says_not && !spans(Role::join, negation.to, found.to);
        }
        const bool before = negation.to <= found.from && found.from - negation.to <= kReachOfNegation;
        return before && !spans(Role::join, negation.to, found.from + 1);
    });
}

bool is_idiom(const Match& found, const std::vector<Match>& matches) {
    return !has(matches, Role::booster) && std::any_of(matches.begin(), matches.end(), [&](const Match& m) {
        return m.role == Role::idiom && m.overlaps(found);
    });
}

Tier weakened(
    const Rules::Rule& rule, const Match& found, const Clause& clause, const Sentence& sentence, bool laughing) {
    if (sentence.fiction && !has(clause.matches, Role::first_person)) return Tier::note;
    if (rule.tier != Tier::stop) return rule.tier;
    const bool over = sentence.past && !sentence.recent;
    if (over || denied(found, clause.matches) || (laughing && !rule.firm)) return Tier::check;
    return Tier::stop;
}

void add(Findings& findings, const Rules::Rule& rule, Tier tier) {
    for (Finding& known : findings.items) {
        if (known.rule != rule.id) continue;
        if (rank(tier) < rank(known.tier)) known.tier = tier;
        return;
    }
    findings.items.push_back({rule.category, tier, rule.id});
}

Findings look(std::string_view text, const Rules& rules, const ScreenContext& context) {
    std::vector<Clause> clauses;
    std::vector<Sentence> sentences(1);
    bool laughing = false;
    for (const RawClause& raw : clauses_of(text)) {
        Clause clause{rules.matches(rules.words_of(raw)), sentences.size() - 1};
        Sentence& sentence = sentences.back();
        sentence.fiction = sentence.fiction || has(clause.matches, Role::fiction);
        sentence.past = sentence.past || has(clause.matches, Role::past);
        sentence.recent = sentence.recent || has(clause.matches, Role::recent);
        laughing = laughing || has(clause.matches, Role::laughing);
        clauses.push_back(std::move(clause));
        if (raw.ends_sentence) sentences.emplace_back();
    }

    Findings findings;
    for (const Clause& clause : clauses) {
        for (const Match& found : clause.matches) {
            if (found.role != Role::rule || is_idiom(found, clause.matches)) continue;
            const Rules::Rule& rule = rules.rule(found.rule);
            Tier tier = weakened(rule, found, clause, sentences[clause.sentence], laughing);
            if (context.answers_safety_question) tier = tier == Tier::note ? Tier::check : Tier::stop;
            add(findings, rule, tier);
        }
    }
    std::stable_sort(findings.items.begin(), findings.items.end(), [](const Finding& a, const Finding& b) {
        return rank(a.tier) != rank(b.tier) ? rank(a.tier) < rank(b.tier) : a.category < b.category;
    });
    return findings;
}

}  // namespace

Tier Findings::tier() const {
    return items.empty() ? Tier::none : items.front().tier;
}

const Finding* Findings::gravest() const {
    return items.empty() ? nullptr : &items.front();
}

Findings screen(std::string_view text, const Rules& rules, const ScreenContext& context) {
    try {
        return look(text, rules, context);
    } catch (const std::exception&) {
        return {{{Category::other_harm, Tier::check, "fault"}}};  // a text that could not be looked at is asked about
    }
}

}  // namespace reweave::safety
