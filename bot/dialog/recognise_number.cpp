#include <algorithm>
#include <cmath>

#include "bot/dialog/fold.hpp"
#include "bot/dialog/phrases.hpp"
#include "bot/dialog/recognise.hpp"
#include "bot/dialog/tokens.hpp"

namespace reweave::dialog {
namespace {

/// The value of a synonym that the whole reply is, or that stands in it alone.
std::optional<std::int64_t> synonym(const Words& words,
                                    const std::vector<Synonyms>& also,
                                    const LanguagePack& pack,
                                    bool whole) {
    std::optional<std::int64_t> value;
    for (const Synonyms& synonyms : also) {
        for (const std::string& text : synonyms.phrases) {
            const Words phrase = plain_words(text);
            if (phrase.empty()) continue;
            if (whole) {
                if (words == phrase) return synonyms.value;
                continue;
            }
            const auto at = std::search(words.begin(), words.end(), phrase.begin(), phrase.end());
            const auto from = static_cast<std::size_t>(at - words.begin());
            const bool found = at != words.end() && !negated(words, 0, from, from + phrase.size(), pack);
            if (!found && !same_but_for_typos(words, phrase)) continue;
            if (value && *value != synonyms.value) return std::nullopt;
            value = synonyms.value;
        }
    }
    return value;
}

/// True if the text begins with a minus sign and a digit.
bool is_negative(std::string_view text) {
    constexpr std::string_view kMinus = "−";
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    const std::size_t sign = text.starts_with('-') ? 1 : text.starts_with(kMinus) ? kMinus.size() : 0;
    return sign > 0 && text.size() > sign && text[sign] >= '0' && text[sign] <= '9';
}

/// One number out of the tokens; a range gives its higher end, "6 out of 10" its first.
class NumberReader {
 public:
    NumberReader(const std::vector<Token>& tokens, const LanguagePack& pack) : tokens_(tokens), pack_(pack) {}

    std::optional<double> read() {
        std::optional<double> value;
        bool only_fillers = true;  // since the last number
        bool moves = false;        // "from 8 to 5", "8, now 5": of two numbers neither is sure to be meant
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            const Token& token = tokens_[i];
            if (!token.is_number()) {
                const bool plain = token.kind == Token::Kind::mark || is_filler(token.text, pack_) || word(i, "or") ||
                                   word(i, "to") || word(i, "and");
                only_fillers = only_fillers && plain;
                moves = moves || word(i, "change");
                continue;
            }
            if (negated(i) || word(i + 1, "multiplier")) return std::nullopt;
            if (value && (!only_fillers || moves)) return std::nullopt;  // two numbers in a story
            const bool half_more = word(i + 1, "and") && (word(i + 2, "half") || word(i + 3, "half"));
            const double number = token.value + (half_more ? 0.5 : 0);
            value = value ? std::max(*value, number) : number;
            only_fillers = true;
            skip_whole_of(i);
        }
        return value;
    }

 private:
    [[nodiscard]] bool word(std::size_t at, const char* name) const {
        return at < tokens_.size() && tokens_[at].kind == Token::Kind::word && means(tokens_[at].text, name, pack_);
    }
    [[nodiscard]] bool negated(std::size_t at) const {
        return (at > 0 && word(at - 1, "not")) || (at > 1 && word(at - 2, "not"));
    }
    /// Moves `at` past "/10", "out of ten", "of 10".
    void skip_whole_of(std::size_t& at) const {
        std::size_t next = at + 1;
        if (next < tokens_.size() && (tokens_[next].is_mark('/') || word(next, "of"))) {
            ++next;
        } else if (word(next + 1, "of")) {
            next += 2;
        } else {
            return;
        }
        if (next < tokens_.size() && tokens_[next].is_number()) at = next;
    }

    const std::vector<Token>& tokens_;
    const LanguagePack& pack_;
};

}  // namespace

std::optional<std::int64_t> recognise_number(std::string_view text,
                                             const std::vector<Synonyms>& also,
                                             const LanguagePack& pack) {
    const Words words = plain_words(text);
    if (const auto value = synonym(words, also, pack, true)) return value;
    const bool digits = std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits) {
        // "I feel nothing" is a word for a number here before it is a number word.
        if (const auto value = synonym(words, also, pack, false)) return value;
    }
    const std::vector<Token> tokens = tokens_of(text, pack);
    if (const auto value = NumberReader(tokens, pack).read()) {
        if (*value > 0 && *value < 1) return std::nullopt;  // "3/4" is three or four, not three quarters
        const auto rounded = static_cast<std::int64_t>(std::ceil(*value));
        return is_negative(text) ? -rounded : rounded;
    }
    return synonym(words, also, pack, false);
}

std::optional<Seconds> recognise_length(std::string_view text, const LanguagePack& pack) {
    const std::vector<Token> tokens = tokens_of(text, pack);
    const auto is_plain = [&](const Token& token) {
        return token.is_number() || token.kind == Token::Kind::mark || is_filler(token.text, pack) ||
               means(token.text, "or", pack) || means(token.text, "to", pack);
    };
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i].kind == Token::Kind::word && means(tokens[i].text, "not", pack)) return std::nullopt;
        SpokenLength length;
        std::size_t end = i;
        if (read_length(tokens, end, pack, length)) return Seconds{length.days * 86'400 + length.seconds};
    }
    if (tokens.size() == 3 && tokens[0].is_whole() && tokens[1].is_mark(':') && tokens[2].is_whole() &&
        tokens[2].value < 60) {
        return Seconds{static_cast<std::int64_t>(tokens[0].value) * 3600 +
                       static_cast<std::int64_t>(tokens[2].value) * 60};
    }
    if (!std::all_of(tokens.begin(), tokens.end(), is_plain)) return std::nullopt;
    if (const auto minutes = NumberReader(tokens, pack).read()) {
        return Seconds{static_cast<std::int64_t>(std::llround(*minutes * 60))};
    }
    return std::nullopt;
}

}  // namespace reweave::dialog
