#include <algorithm>
#include <map>
#include <set>

#include "bot/dialog/checker.hpp"
#include "bot/dialog/fold.hpp"
#include "bot/dialog/names.hpp"
#include "bot/dialog/reads.hpp"

namespace reweave::dialog {
namespace {

/// What an answer is, as far as a condition or a text cares.
enum class Type { any, text, yes_no, number, length, moment, many, choice, country };

Type type_of(AskKind kind) {
    switch (kind) {
        case AskKind::one_line:
        case AskKind::long_text:
            return Type::text;
        case AskKind::yes_no:
            return Type::yes_no;
        case AskKind::scale:
        case AskKind::number:
            return Type::number;
        case AskKind::length:
            return Type::length;
        case AskKind::moment:
            return Type::moment;
        case AskKind::feelings:
        case AskKind::needs:
        case AskKind::several:
            return Type::many;
        case AskKind::country:
            return Type::country;
        case AskKind::one_of:
            return Type::choice;
    }
    return Type::any;
}

std::string_view in_words(Type type) {
    switch (type) {
        case Type::any:
            return "an answer from elsewhere";
        case Type::text:
            return "words that someone typed";
        case Type::yes_no:
            return "yes or no";
        case Type::number:
            return "a number";
        case Type::length:
            return "a length of time";
        case Type::moment:
            return "a moment";
        case Type::many:
            return "several choices";
        case Type::choice:
            return "a choice";
        case Type::country:
            return "a country";
    }
    return {};
}

/// How to ask about an answer of this type.
std::string example(Type type, const std::string& name) {
    switch (type) {
        case Type::text:
            return name + " has \"always\", \"never\", or " + name + " has more than 90 words";
        case Type::yes_no:
            return name + " is yes";
        case Type::number:
            return name + " is 5 or more";
        case Type::length:
            return name + " is more than 20 minutes";
        case Type::many:
            return name + " has \"…\"";
        case Type::choice:
        case Type::country:
            return name + " is \"…\"";
        default:
            return name + " is missing";
    }
}

/// All questions of a script that give one answer.
struct Asked {
    Type type = Type::any;
    Span first;
    std::vector<const Ask*> by;
};

class AnswerCheck {
 public:
    AnswerCheck(const Parsed& parsed, const LanguagePack& pack, Faults& faults)
        : parsed_(parsed), pack_(pack), faults_(faults) {}

    void check() {
        each([&](const Node& node) { gather(node); });
        each([&](const Node& node) {
            for_each_read(node, [&](std::string_view name, Span) { read_.emplace(name); });
            for_each_condition(node, [&](const Expr& expr) { check(expr); });
            for_each_text(node, [&](const Text& text) { check(text); });
            if (const auto* wait = std::get_if<Wait>(&node.what)) check(*wait, node.span);
        });
        check_never_read();
    }

 private:
    void each(const std::function<void(const Node&)>& visit) const {
        for (const Step& step : parsed_.script.steps) for_each_node(step.body, visit);
    }

    void gather(const Node& node) {
        const auto* ask = std::get_if<Ask>(&node.what);
        if (!ask || ask->name.empty()) return;
        const Type type = type_of(ask->kind);
        const auto [it, is_new] = asked_.try_emplace(ask->name, Asked{type, node.span, {}});
        it->second.by.push_back(ask);
        if (is_new || it->second.type == type) return;
        faults_.report(Fault::two_kinds,
                       node.span,
                       in_quotes(ask->name) + " is " + std::string(in_words(type)) + " here and " +
                           std::string(in_words(it->second.type)) + " elsewhere.",
                       "Give one of the two another name.",
                       Diagnostic::Note{it->second.first, "it is asked here too"});
        it->second.type = Type::any;
    }

    [[nodiscard]] Type type(const std::string& name) const {
        const auto it = asked_.find(name);
        const std::vector<std::string>& given = parsed_.script.given;
        const bool elsewhere = std::find(given.begin(), given.end(), name) != given.end();
        return it == asked_.end() || elsewhere ? Type::any : it->second.type;
    }

    void wrong(const Expr& expr, std::string_view what) {
        const Type is = type(expr.name);
        faults_.report(Fault::wrong_type,
                       expr.span,
                       in_quotes(expr.name) + " is " + std::string(in_words(is)) + ", and " + std::string(what),
                       "As in: " + example(is, expr.name) + ".");
    }

    void check(const Expr& expr) {
        using Op = Expr::Op;
        for (const Expr& arg : expr.args) check(arg);
        const Type is = type(expr.name);
        if (is == Type::any || expr.name.empty()) return;
        switch (expr.op) {
            case Op::equal:
                return check_equal(expr, is);
            case Op::less:
            case Op::less_or_equal:
            case Op::more:
            case Op::more_or_equal:
                if (is != Type::number && is != Type::length && is != Type::moment)
                    return wrong(expr, "only numbers and times can be more or less.");
                return check_amount(expr, is);
            case Op::has:
                if (is == Type::text) return;
                if (is != Type::many && is != Type::choice) return wrong(expr, "“has” looks for words or choices.");
                for (const std::string& word : expr.words) check_choice(expr, word);
                return;
            case Op::longer_than:
                if (is != Type::text) wrong(expr, "only typed words can be counted.");
                return;
            default:
                return;
        }
    }

    void check_equal(const Expr& expr, Type is) {
        if (std::holds_alternative<bool>(expr.value)) {
            if (is != Type::yes_no) wrong(expr, "it is compared with yes or no.");
        } else if (const auto* text = std::get_if<std::string>(&expr.value)) {
            const bool fits = is == Type::text || is == Type::choice || is == Type::many || is == Type::country;
            if (!fits) return wrong(expr, "it is compared with words.");
            check_choice(expr, *text);
        } else {
            check_amount(expr, is);
        }
    }

    /// The right side is a number or another answer.
    void check_amount(const Expr& expr, Type is) {
        if (const auto* other = std::get_if<Expr::Name>(&expr.value)) {
            const Type right = type(other->name);
            if (right != Type::any && right != is) {
                wrong(expr, in_quotes(other->name) + " is " + std::string(in_words(right)) + ".");
            }
            return;
        }
        const auto* value = std::get_if<std::int64_t>(&expr.value);
        if (!value) return;
        if (is != Type::number && is != Type::length) return wrong(expr, "it is compared with a number.");
        if (is == Type::number && never_true(expr, *value)) {
            faults_.report(Fault::never_true,
                           expr.span,
                           "This can never be true: the question takes other numbers.",
                           "Compare with a number that can be answered.",
                           Diagnostic::Note{asked_.at(expr.name).first, "it is asked here"});
        }
    }

    [[nodiscard]] bool never_true(const Expr& expr, std::int64_t value) const {
        const std::vector<const Ask*>& by = asked_.at(expr.name).by;
        return std::all_of(by.begin(), by.end(), [&](const Ask* ask) {
            const bool bounded = ask->from && ask->to;
            if (!bounded) return false;
            switch (expr.op) {
                case Expr::Op::equal:
                    return value < *ask->from || value > *ask->to;
                case Expr::Op::more:
                    return value >= *ask->to;
                case Expr::Op::more_or_equal:
                    return value > *ask->to;
                case Expr::Op::less:
                    return value <= *ask->from;
                default:
                    return value < *ask->from;
            }
        });
    }

    /// Everything that can be picked as this answer: labels to be read, ids and families to be compared with.
    struct Picks {
        std::vector<std::string> labels;
        std::set<std::string> folded;
        bool closed = true;  ///< false: other answers are possible
    };
    [[nodiscard]] Picks picks(const std::string& name) const {
        Picks picks;
        const auto add = [&](const std::string& id, const std::string& label) {
            picks.labels.push_back(label);
            picks.folded.insert(fold(label));
            picks.folded.insert(id);
        };
        for (const Ask* ask : asked_.at(name).by) {
            for (const Choice& choice : ask->choices) add(choice.id, choice.label);
            const bool vocabulary = ask->kind == AskKind::feelings || ask->kind == AskKind::needs;
            for (const Family& family : ask->kind == AskKind::feelings ? pack_.feelings : pack_.needs) {
                if (!vocabulary) break;
                add(family.id, family.label);
                for (const Term& term : family.terms) add(term.id, term.label);
            }
            if (vocabulary ? picks.labels.empty() : ask->choices.empty()) picks.closed = false;
        }
        return picks;
    }

    void check_choice(const Expr& expr, const std::string& text) {
        const Type is = type(expr.name);
        if (is != Type::choice && is != Type::many) return;
        const Picks known = picks(expr.name);
        if (!known.closed || known.folded.contains(fold(text))) return;
        faults_.report(Fault::unknown_choice,
                       expr.span,
                       in_quotes(text) + " is not among the choices of " + in_quotes(expr.name) + ".",
                       did_you_mean(text, known.labels) + "Write the words of the choice as they stand after the *.",
                       Diagnostic::Note{asked_.at(expr.name).first, "it is asked here"});
    }

    void check(const Text& text) {
        for (const Template& alternate : text.alternates) {
            for (const Piece& piece : alternate) {
                const Type is = type(piece.name);
                if (piece.forms.empty() || is == Type::any || is == Type::number) continue;
                faults_.report(
                    Fault::wrong_type,
                    piece.span,
                    in_quotes(piece.name) + " is " + std::string(in_words(is)) + ", and only numbers can be counted.",
                    "Write {" + piece.name + "} alone.");
            }
        }
    }

    void check(const Wait& wait, Span span) {
        const Type is = type(wait.until);
        if (wait.until.empty() || is == Type::any || is == Type::length || is == Type::moment) return;
        faults_.report(
            Fault::wrong_type,
            span,
            in_quotes(wait.until) + " is " + std::string(in_words(is)) + ", and the bot can only wait for a time.",
            "Ask for it as a length of time or as a moment.");
    }

    void check_never_read() {
        // A line that could not be read may be the one that uses the answer.
        if (!parsed_.damaged.empty()) return;
        for (const auto& [name, asked] : asked_) {
            if (read_.contains(name)) continue;
            faults_.report(Fault::never_read,
                           asked.first,
                           "The answer " + in_quotes(name) + " is never used.",
                           "Use it, as in {" + name + "}, or leave the name out, as in ASK: one line.");
        }
    }

    const Parsed& parsed_;
    const LanguagePack& pack_;
    Faults& faults_;
    std::map<std::string, Asked> asked_;
    std::set<std::string, std::less<>> read_;
};

}  // namespace

void check_answers(const Parsed& parsed, const LanguagePack& pack, Faults& faults) {
    AnswerCheck(parsed, pack, faults).check();
}

}  // namespace reweave::dialog
