#include "bot/dialog/expression.hpp"

#include <algorithm>
#include <array>

#include "bot/dialog/scanner.hpp"

namespace reweave::dialog {
namespace {

constexpr int kMostParentheses = 32;

struct Token {
    enum class Kind { word, number, text, sign } kind = Kind::word;
    Slice slice;
    std::int64_t number = 0;
};

/// What ends the reading of one condition; it has been reported already.
struct Unreadable {};

class Reader {
 public:
    Reader(Slice text, const Known& known) : text_(text), known_(known) { split(); }

    Expr read() {
        Expr expr = read_any();
        if (at_ < tokens_.size()) {
            const std::string_view next = tokens_[at_].slice.view();
            fail(next == ")" ? "This parenthesis closes nothing." : "I cannot fit " + in_quotes(next) + " in here.",
                 next == ")" ? "Take it away." : "Join two conditions with “and” or “or”.");
        }
        return expr;
    }

 private:
    void split() {
        Scanner scanner(text_);
        while (!scanner.done()) {
            Token token;
            const Slice before = scanner.rest();
            const auto taken = [&] { return before.sub(0, before.size() - scanner.rest().size()).trimmed(); };
            if (scanner.take_sign('(') || scanner.take_sign(')') || scanner.take_comma()) {
                token.kind = Token::Kind::sign;
                token.slice = taken();
            } else if (const auto quote = scanner.take_quoted()) {
                token.kind = Token::Kind::text;
                token.slice = *quote;
            } else if (const auto number = scanner.take_number()) {
                token.kind = Token::Kind::number;
                token.number = *number;
                token.slice = taken();
            } else if (const Slice word = scanner.take_word(); !word.empty()) {
                token.slice = word;
            } else {
                const bool quote_open = quote_size(before.view()) > 0;
                known_.faults->report(Fault::condition,
                                      before.sub(0, 1).span(),
                                      quote_open ? "These quotes are opened and never closed."
                                                 : "I cannot read " + in_quotes(before.view()) + ".",
                                      quote_open ? "Close them." : std::string(kForms));
                throw Unreadable{};
            }
            tokens_.push_back(token);
        }
    }

    [[nodiscard]] bool next_is(std::string_view word) const {
        return at_ < tokens_.size() && tokens_[at_].kind != Token::Kind::text &&
               same_word(tokens_[at_].slice.view(), word);
    }
    bool take(std::string_view word) {
        if (!next_is(word)) return false;
        ++at_;
        return true;
    }
    bool take(std::string_view first, std::string_view second) {
        const std::size_t before = at_;
        if (take(first) && take(second)) return true;
        at_ = before;
        return false;
    }
    [[nodiscard]] bool next_is(Token::Kind kind) const { return at_ < tokens_.size() && tokens_[at_].kind == kind; }

    /// The place of the next token, or of the end.
    [[nodiscard]] Span here() const {
        return at_ < tokens_.size() ? tokens_[at_].slice.span() : text_.sub(text_.size()).span();
    }
    [[noreturn]] void fail(std::string message, std::string mend) {
        known_.faults->report(Fault::condition, here(), std::move(message), std::move(mend));
        throw Unreadable{};
    }

    Expr read_any() {
        std::vector<Expr> args{read_all()};
        while (take("or")) args.push_back(read_all());
        return join(Expr::Op::any, std::move(args));
    }
    Expr read_all() {
        std::vector<Expr> args{read_not()};
        while (take("and")) args.push_back(read_not());
        return join(Expr::Op::all, std::move(args));
    }
    static Expr join(Expr::Op op, std::vector<Expr> args) {
        if (args.size() == 1) return std::move(args.front());
        Expr expr;
        expr.op = op;
        expr.span = args.front().span;
        expr.args = std::move(args);
        return expr;
    }
    static Expr negate(Expr inner) {
        Expr expr;
        expr.op = Expr::Op::negate;
        expr.span = inner.span;
        expr.args.push_back(std::move(inner));
        return expr;
    }

    Expr read_not() {
        if (++depth_ > kMostParentheses)
            fail("This condition is nested too deeply.", "Split it into several IF lines or steps.");
        Expr expr;
        if (take("not")) {
            expr = negate(read_not());
        } else if (take("(")) {
            expr = read_any();
            if (!take(")"))
                fail("A parenthesis is opened and never closed.", "Write ) where the inner condition ends.");
        } else {
            expr = read_comparison();
        }
        --depth_;
        return expr;
    }

    /// The words that come next, up to one that conditions are made of.
    [[nodiscard]] std::vector<std::string_view> words_ahead() const {
        std::vector<std::string_view> words;
        for (std::size_t i = at_; i < tokens_.size() && can_be_in_name(tokens_[i]); ++i) {
            words.push_back(tokens_[i].slice.view());
        }
        return words;
    }
    /// How many of them make the longest known name.
    [[nodiscard]] std::size_t known_words() const { return known_.names->longest_match(words_ahead()); }

    Slice take_name() {
        const std::size_t known = known_words();
        const std::size_t count = known > 0 ? known : words_ahead().size();
        if (count == 0) fail("There should be the name of an answer here.", std::string(kForms));
        const Slice name = span_of(at_, count);
        at_ += count;
        if (known == 0) report_unknown_name(name, known_);
        return name;
    }
    static bool can_be_in_name(const Token& token) {
        constexpr std::array kNotNames{"is", "has", "and", "or", "not"};
        if (token.kind == Token::Kind::text || token.kind == Token::Kind::sign) return false;
        return std::none_of(
            kNotNames.begin(), kNotNames.end(), [&](const char* word) { return same_word(token.slice.view(), word); });
    }
    [[nodiscard]] Slice span_of(std::size_t from, std::size_t count) const {
        const std::string_view first = tokens_[from].slice.view();
        const std::string_view last = tokens_[from + count - 1].slice.view();
        const auto begin = static_cast<std::size_t>(first.data() - text_.view().data());
        return text_.sub(begin, static_cast<std::size_t>(last.data() + last.size() - first.data()));
    }

    Expr read_comparison() {
        const Slice name = take_name();
        Expr base;
        base.name = normal_name(name.view());
        base.span = name.span();
        if (take("has")) return read_has(std::move(base));
        if (!take("is")) {
            fail("After the name of an answer comes “is” or “has”.", std::string(kForms));
        }
        const bool negated = take("not");
        Expr expr = read_is(base);
        if (!negated || expr.op == Expr::Op::missing) return negated ? negate(std::move(expr)) : expr;
        // Of a missing answer no comparison holds, not even this one.
        Expr missing = base;
        missing.op = Expr::Op::missing;
        return join(Expr::Op::all, {negate(std::move(missing)), negate(std::move(expr))});
    }

    Expr read_has(Expr expr) {
        if (take("more", "than")) {
            expr.op = Expr::Op::longer_than;
            if (!next_is(Token::Kind::number))
                fail("There should be a number here.", "As in: act has more than 90 words.");
            expr.value = tokens_[at_++].number;
            if (!take("words")) fail("The word “words” is missing here.", "As in: act has more than 90 words.");
            return expr;
        }
        expr.op = Expr::Op::has;
        for (const Slice& text : take_texts("As in: act has \"always\", \"never\".")) expr.words.push_back(text.str());
        return expr;
    }

    /// `"a", "b" or "c"`
    std::vector<Slice> take_texts(std::string mend) {
        std::vector<Slice> texts;
        do {
            if (!next_is(Token::Kind::text)) fail("There should be words in quotes here.", std::move(mend));
            texts.push_back(tokens_[at_++].slice);
        } while (take_between_texts());
        return texts;
    }
    bool take_between_texts() {
        const std::size_t before = at_;
        const bool comma = take(",") || take("，") || take("、") || take("،");
        if (comma | take("or")) {
            if (comma || next_is(Token::Kind::text)) return true;
        }
        at_ = before;
        return false;
    }

    Expr read_is(const Expr& base) {
        Expr expr = base;
        if (take("missing")) {
            expr.op = Expr::Op::missing;
            return expr;
        }
        if (take("more", "than")) return with_value(base, Expr::Op::more);
        if (take("less", "than")) return with_value(base, Expr::Op::less);
        if (take("between")) {
            Expr low = with_value(base, Expr::Op::more_or_equal);
            if (!take("and")) fail("The word “and” is missing here.", "As in: heat is between 3 and 5.");
            return join(Expr::Op::all, {std::move(low), with_value(base, Expr::Op::less_or_equal)});
        }
        if (take("one", "of")) {
            std::vector<Expr> args;
            for (const Slice& text : take_texts("As in: whose is one of \"Mine\", \"Theirs\".")) {
                expr.op = Expr::Op::equal;
                expr.value = text.str();
                args.push_back(expr);
            }
            return join(Expr::Op::any, std::move(args));
        }
        expr = with_value(base, Expr::Op::equal);
        if (take("or", "more")) expr.op = Expr::Op::more_or_equal;
        if (take("or", "less")) expr.op = Expr::Op::less_or_equal;
        const bool two_texts = std::holds_alternative<std::string>(expr.value) && at_ + 1 < tokens_.size() &&
                               (next_is("or") || next_is(",")) && tokens_[at_ + 1].kind == Token::Kind::text;
        if (two_texts) fail("After “is” there can be one text only.", "Write: is one of \"…\", \"…\".");
        return expr;
    }

    Expr with_value(Expr expr, Expr::Op op) {
        constexpr std::string_view kMend = "As in: heat is 5 or more, done is yes, whose is \"Mine\".";
        expr.op = op;
        if (at_ == tokens_.size()) fail("Something is missing at the end of this condition.", std::string(kMend));
        const bool plain = op == Expr::Op::equal;
        if (plain && (next_is("yes") || next_is("no"))) {
            expr.value = next_is("yes");
            ++at_;
        } else if (plain && next_is(Token::Kind::text)) {
            expr.value = tokens_[at_++].slice.str();
        } else if (next_is(Token::Kind::number)) {
            expr.value = take_amount();
        } else if (const std::size_t words = known_words()) {
            expr.value = Expr::Name{normal_name(span_of(at_, words).view())};
            at_ += words;
        } else if (const std::vector<std::string_view> unknown = words_ahead(); !unknown.empty()) {
            const Slice slice = span_of(at_, unknown.size());
            const std::vector<std::string> all(known_.names->all().begin(), known_.names->all().end());
            fail("I cannot compare with " + in_quotes(slice.view()) + ".",
                 did_you_mean(slice.view(), all) + "Words of a choice stand in quotes. " + std::string(kMend));
        } else {
            fail("I cannot compare with " + in_quotes(tokens_[at_].slice.view()) + " here.", std::string(kMend));
        }
        return expr;
    }

    /// A number, or a length of time in seconds.
    std::int64_t take_amount() {
        if (at_ + 1 < tokens_.size() && tokens_[at_ + 1].kind == Token::Kind::word) {
            Scanner scanner(span_of(at_, 2));
            const std::optional<std::int64_t> seconds = scanner.take_duration();
            if (seconds && scanner.done()) {
                at_ += 2;
                return *seconds;
            }
        }
        return tokens_[at_++].number;
    }

    static constexpr std::string_view kForms =
        "As in: heat is 5 or more · whose is \"Mine\" · done is yes · act is missing · act has \"always\".";

    Slice text_;
    const Known& known_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

}  // namespace

std::optional<Expr> read_expression(Slice text, const Known& known) {
    try {
        return Reader(text, known).read();
    } catch (const Unreadable&) {
        return std::nullopt;
    }
}

}  // namespace reweave::dialog
