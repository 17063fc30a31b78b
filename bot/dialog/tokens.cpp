#include "bot/dialog/tokens.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "bot/dialog/characters.hpp"
#include "bot/dialog/fold.hpp"
#include "bot/dialog/phrases.hpp"

namespace reweave::dialog {
namespace {

constexpr std::size_t kMostTokens = 60;
constexpr std::size_t kMostDigits = 9;
constexpr std::int64_t kSecondsPerDay = 86'400;

/// Folding writes "½" as "1/2", which after a digit would read as another number.
std::string with_spaced_fractions(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool fraction =
            text.compare(i, 2, "½") == 0 || text.compare(i, 2, "¼") == 0 || text.compare(i, 2, "¾") == 0;
        if (fraction) out.push_back(' ');
        out.push_back(text[i]);
    }
    return out;
}

/// Reads digits, with thousands in groups ("1,000") and a decimal point or comma ("6.5", "6,5").
Token read_digits(std::string_view text, std::size_t& at) {
    Token token;
    token.kind = Token::Kind::number;
    const auto digits_from = [&](std::size_t from) {
        std::size_t to = from;
        while (to < text.size() && is_digit(text[to])) ++to;
        return to - from;
    };
    const auto take = [&](std::size_t count) {
        token.text.append(text, at, count);
        at += count;
    };
    take(digits_from(at));
    while (token.text.size() <= 6 && at < text.size() && text[at] == ',' && digits_from(at + 1) == 3) {
        ++at;
        take(3);
    }
    if (token.text.size() > kMostDigits) {
        token.kind = Token::Kind::word;  // no number that anyone means
        return token;
    }
    for (const char c : token.text) token.value = token.value * 10 + (c - '0');
    if (at + 1 < text.size() && (text[at] == '.' || text[at] == ',') && is_digit(text[at + 1])) {
        token.decimal = true;
        take(1);
        const std::size_t count = digits_from(at);
        double scale = 0.1;
        for (std::size_t i = 0; i < count; ++i, scale /= 10) token.value += (text[at + i] - '0') * scale;
        take(count);
    }
    return token;
}

/// "twenty", "five" -> 25; "two", "hundred" -> 200.
void join_number_words(std::vector<Token>& tokens, Token next) {
    if (tokens.empty() || !tokens.back().is_number() || is_digit(tokens.back().text.front())) {
        tokens.push_back(std::move(next));
        return;
    }
    Token& last = tokens.back();
    const bool tens_and_ones =
        last.value >= 20 && last.value < 100 && std::fmod(last.value, 10) == 0 && next.value > 0 && next.value < 10;
    if (tens_and_ones) {
        last.value += next.value;
    } else if (next.value == 100 && last.value > 0 && last.value < 10) {
        last.value *= 100;
    } else {
        tokens.push_back(std::move(next));
    }
}

/// "treinta", "y", before "cinco": languages that say it so name the word between, and it goes.
void drop_word_after_tens(std::vector<Token>& tokens, const Token& next, const LanguagePack& pack) {
    if (tokens.size() < 2 || next.value < 1 || next.value > 9) return;
    const Token& tens = tokens[tokens.size() - 2];
    const bool fits = tens.is_number() && !is_digit(tens.text.front()) && tens.value >= 20 && tens.value < 100 &&
                      tokens.back().kind == Token::Kind::word && means(tokens.back().text, "tens and", pack);
    if (fits) tokens.pop_back();
}

/// "1", "/", "2" -> 0.5, and "1", "1", "/", "2" -> 1.5. "6/10" is no fraction here but six out of ten.
void join_fractions(std::vector<Token>& tokens) {
    for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
        if (!tokens[i].is_whole() || !tokens[i + 1].is_mark('/') || !tokens[i + 2].is_whole()) continue;
        const double over = tokens[i].value;
        const double under = tokens[i + 2].value;
        if (over < 1 || over >= under || under > 4) continue;
        tokens[i].value = over / under;
        tokens[i].decimal = true;
        tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                     tokens.begin() + static_cast<std::ptrdiff_t>(i) + 3);
        if (i > 0 && tokens[i - 1].is_whole()) {
            tokens[i - 1].value += tokens[i].value;
            tokens[i - 1].decimal = true;
            tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
}

class LengthReader {
 public:
    LengthReader(const std::vector<Token>& tokens, std::size_t at, const LanguagePack& pack)
        : tokens_(tokens), at_(at), pack_(pack) {}

    /// Where the length ends, or empty if there is none.
    std::optional<std::size_t> read(SpokenLength& length) {
        std::optional<std::size_t> end;
        while (at_ < tokens_.size() && read_one()) {
            end = at_;
            skip_and();
        }
        if (end && last_unit_ == 3600 && at_ < tokens_.size() && tokens_[at_].is_whole() && tokens_[at_].value < 60) {
            seconds_ += tokens_[at_].value * 60;  // "1h 30"
            end = at_ + 1;
        }
        if (!end || seconds_ > 1e10 || days_ > 1e5) return std::nullopt;
        length.days = static_cast<std::int64_t>(days_);
        length.seconds = static_cast<std::int64_t>(std::llround(seconds_));
        return end;
    }

 private:
    [[nodiscard]] bool word(std::size_t at, const char* name) const {
        return at < tokens_.size() && tokens_[at].kind == Token::Kind::word && means(tokens_[at].text, name, pack_);
    }
    [[nodiscard]] std::int64_t unit(std::size_t at) const {
        if (at >= tokens_.size() || tokens_[at].kind != Token::Kind::word) return 0;
        const auto found = pack_.units.find(tokens_[at].text);
        return found == pack_.units.end() ? 0 : found->second;
    }
    void skip_and() {
        if (word(at_, "and") || (at_ < tokens_.size() && tokens_[at_].is_mark(','))) ++at_;
    }

    /// An amount: "20", "a", "half", "three quarters of", "20 to 30", "a couple of". Empty without one.
    std::optional<double> amount() {
        std::size_t at = at_;
        double value = 1;
        if (at < tokens_.size() && tokens_[at].is_number()) {
            value = tokens_[at++].value;
            const bool range = at + 1 < tokens_.size() && tokens_[at + 1].is_number() &&
                               (word(at, "to") || word(at, "or") || tokens_[at].is_mark('-'));
            if (range) {
                value = std::max(value, tokens_[at + 1].value);
                at += 2;
            }
            if (word(at, "and") && (word(at + 1, "half") || (word(at + 1, "one") && word(at + 2, "half")))) {
                value += 0.5;  // "two and a half hours"
                at += word(at + 1, "half") ? 2U : 3U;
            }
        } else if (word(at, "one")) {
            ++at;
        } else if (!word(at, "half") && !word(at, "quarter") && !word(at, "couple")) {
            return std::nullopt;
        }
        if (word(at, "half")) {
            value *= 0.5;
            ++at;
        } else if (word(at, "quarter")) {
            value *= 0.25;
            ++at;
        } else if (word(at, "couple")) {
            value *= 2;
            ++at;
        }
        if (word(at, "of")) ++at;
        if (word(at, "one")) ++at;  // "half an hour"
        at_ = at;
        return value;
    }

    bool read_one() {
        const std::size_t before = at_;
        const std::optional<double> value = amount();
        if (!value) return false;
        if (const std::int64_t seconds = unit(at_); seconds > 0) {
            ++at_;
            add(*value, seconds);
            return true;
        }
        const bool half_of_the_last = last_unit_ > 0 && word(at_ - 1, "half");
        if (half_of_the_last) {
            add(*value, last_unit_);  // "an hour and a half"
            return true;
        }
        at_ = before;
        return false;
    }

    void add(double value, std::int64_t unit) {
        last_unit_ = unit;
        if (unit % kSecondsPerDay != 0) {
            seconds_ += value * static_cast<double>(unit);
            return;
        }
        const std::int64_t whole = unit / kSecondsPerDay;
        const double days = value * static_cast<double>(whole);
        days_ += std::floor(days);
        seconds_ += (days - std::floor(days)) * static_cast<double>(kSecondsPerDay);
    }

    const std::vector<Token>& tokens_;
    std::size_t at_;
    const LanguagePack& pack_;
    std::int64_t last_unit_ = 0;
    double days_ = 0;
    double seconds_ = 0;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view text, const LanguagePack& pack) {
    if (text.size() > kMostBytesRead) return {};
    const std::string folded = fold(with_spaced_fractions(text));
    std::vector<Token> tokens;
    for (std::size_t at = 0; at < folded.size();) {
        if (tokens.size() > kMostTokens) return {};
        const char c = folded[at];
        const bool joins_words =
            c == '-' && at > 0 && at + 1 < folded.size() && is_letter(folded[at - 1]) && is_letter(folded[at + 1]);
        if (joins_words) {  // "twenty-five"
            ++at;
        } else if (is_digit(c)) {
            tokens.push_back(read_digits(folded, at));
        } else if (c == ':' || c == '/' || c == '-' || c == ',') {
            tokens.push_back({Token::Kind::mark, std::string(1, c)});
            ++at;
        } else {
            const std::size_t to = std::min(folded.find_first_of(" 0123456789:/-,", at), folded.size());
            std::string chunk = folded.substr(at, to - at);
            if (chunk.size() <= 4) chunk.erase(std::remove(chunk.begin(), chunk.end(), '.'), chunk.end());  // "a.m."
            for (const std::string& word : plain_words(chunk)) {
                Token token{Token::Kind::word, word};
                if (const auto number = pack.numbers.find(word); number != pack.numbers.end()) {
                    token.kind = Token::Kind::number;
                    token.value = static_cast<double>(number->second);
                    drop_word_after_tens(tokens, token, pack);
                    join_number_words(tokens, std::move(token));
                } else {
                    tokens.push_back(std::move(token));
                }
            }
            at = std::max(to, at + 1);
        }
    }
    join_fractions(tokens);
    return tokens;
}

bool read_length(const std::vector<Token>& tokens, std::size_t& at, const LanguagePack& pack, SpokenLength& length) {
    const std::optional<std::size_t> end = LengthReader(tokens, at, pack).read(length);
    if (end) at = *end;
    return end.has_value();
}

}  // namespace reweave::dialog
