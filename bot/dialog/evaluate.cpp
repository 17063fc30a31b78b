#include "bot/dialog/evaluate.hpp"

#include <algorithm>
#include <compare>

#include "bot/dialog/fold.hpp"

namespace reweave::dialog {
namespace {

const Answer* find(const Answers& answers, std::string_view name) {
    const auto it = answers.find(name);
    if (it == answers.end() || std::holds_alternative<std::monostate>(it->second)) return nullptr;
    return &it->second;
}

std::optional<std::string_view> typed(const Answer& answer, const EvaluateContext& context) {
    const auto* ref = std::get_if<WordsRef>(&answer);
    return ref ? (*context.words)(*ref) : std::nullopt;
}

/// What can be put in order: numbers, lengths of time, moments.
std::optional<std::int64_t> magnitude(const Answer& answer) {
    if (const auto* n = std::get_if<std::int64_t>(&answer)) return *n;
    if (const auto* l = std::get_if<Length>(&answer)) return l->seconds.count();
    if (const auto* m = std::get_if<Moment>(&answer)) return m->at.time_since_epoch().count();
    return std::nullopt;
}

/// By its id, or by its words as the script has them: the label may be in another language.
bool names(const Picked& picked, std::string_view folded) {
    return picked.id == folded || fold(picked.label) == folded || picked.id == kebab(folded);
}

/// A feeling also counts as its family: `feelings has "angry"` is true for "furious".
bool in_family(const std::vector<Family>& families, const Picked& picked, std::string_view folded) {
    for (const Family& family : families) {
        if (family.id != folded && fold(family.label) != folded && family.id != kebab(folded)) continue;
        if (std::any_of(family.terms.begin(), family.terms.end(), [&](const Term& t) { return t.id == picked.id; }))
            return true;
    }
    return false;
}

bool has_word(const Answer& answer, const std::string& word, const EvaluateContext& context) {
    if (const auto text = typed(answer, context)) return contains_phrase(folded_words(*text), folded_words(word));
    const std::string folded = fold(word);
    const auto matches = [&](const Picked& picked) {
        return names(picked, folded) || (context.pack && (in_family(context.pack->feelings, picked, folded) ||
                                                          in_family(context.pack->needs, picked, folded)));
    };
    if (const auto* picked = std::get_if<Picked>(&answer)) return matches(*picked);
    if (const auto* many = std::get_if<PickedMany>(&answer))
        return std::any_of(many->items.begin(), many->items.end(), matches);
    return false;
}

bool equal(const Answer& answer, const Expr& expr, const EvaluateContext& context) {
    if (const auto* number = std::get_if<std::int64_t>(&expr.value)) return magnitude(answer) == *number;
    if (const auto* yes = std::get_if<bool>(&expr.value)) {
        const auto* b = std::get_if<bool>(&answer);
        return b && *b == *yes;
    }
    if (const auto* text = std::get_if<std::string>(&expr.value)) {
        if (const auto words = typed(answer, context)) return fold(*words) == fold(*text);
        const std::string folded = fold(*text);
        if (const auto* picked = std::get_if<Picked>(&answer)) return names(*picked, folded);
        const auto* many = std::get_if<PickedMany>(&answer);
        return many && many->items.size() == 1 && names(many->items.front(), folded);
    }
    if (const auto* other = std::get_if<Expr::Name>(&expr.value)) {
        const Answer* right = find(*context.answers, other->name);
        if (!right) return false;
        const auto left_words = typed(answer, context);
        const auto right_words = typed(*right, context);
        if (left_words && right_words) return fold(*left_words) == fold(*right_words);
        return answer == *right;
    }
    return false;
}

std::optional<std::strong_ordering> order(const Answer& answer, const Expr& expr, const EvaluateContext& context) {
    const auto left = magnitude(answer);
    if (!left) return std::nullopt;
    if (const auto* number = std::get_if<std::int64_t>(&expr.value)) return *left <=> *number;
    if (const auto* other = std::get_if<Expr::Name>(&expr.value)) {
        const Answer* right = find(*context.answers, other->name);
        if (const auto value = right ? magnitude(*right) : std::nullopt) return *left <=> *value;
    }
    return std::nullopt;
}

}  // namespace

bool evaluate(const Expr& expr, const EvaluateContext& context) {
    using Op = Expr::Op;
    const auto holds = [&](const Expr& e) { return evaluate(e, context); };
    switch (expr.op) {
        case Op::all:
            return std::all_of(expr.args.begin(), expr.args.end(), holds);
        case Op::any:
            return std::any_of(expr.args.begin(), expr.args.end(), holds);
        case Op::negate:
            return !holds(expr.args.front());
        default:
            break;
    }
    const Answer* answer = find(*context.answers, expr.name);
    if (expr.op == Op::missing) return !answer;
    if (!answer) return false;
    if (expr.op == Op::equal) return equal(*answer, expr, context);
    if (expr.op == Op::has) {
        return std::any_of(
            expr.words.begin(), expr.words.end(), [&](const std::string& w) { return has_word(*answer, w, context); });
    }
    if (expr.op == Op::longer_than) {
        const auto text = typed(*answer, context);
        const auto* limit = std::get_if<std::int64_t>(&expr.value);
        return text && limit && static_cast<std::int64_t>(folded_words(*text).size()) > *limit;
    }
    const auto ordering = order(*answer, expr, context);
    if (!ordering) return false;
    switch (expr.op) {
        case Op::less:
            return *ordering < 0;
        case Op::less_or_equal:
            return *ordering <= 0;
        case Op::more:
            return *ordering > 0;
        case Op::more_or_equal:
            return *ordering >= 0;
        default:
            return false;
    }
}

}  // namespace reweave::dialog
