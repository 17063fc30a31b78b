#include "bot/dialog/recognise.hpp"

#include <algorithm>
#include <charconv>

#include "bot/dialog/fold.hpp"
#include "bot/dialog/phrases.hpp"

namespace reweave::dialog {
namespace {

/// An option's label and ALSO phrases as plain words.
struct Phrases {
    Words label;
    std::vector<Words> all;  ///< the label first
};

std::vector<Phrases> phrases_of(const std::vector<Option>& options) {
    std::vector<Phrases> out;
    out.reserve(options.size());
    for (const Option& option : options) {
        Phrases phrases;
        phrases.label = plain_words(option.label);
        phrases.all.push_back(phrases.label);
        if (option.also) {
            for (const std::string& phrase : *option.also) phrases.all.push_back(plain_words(phrase));
        }
        out.push_back(std::move(phrases));
    }
    return out;
}

/// The only index for which `fits` is true; empty for none or several.
template <class Fits>
std::optional<std::size_t> only_one(std::size_t count, Fits fits) {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < count; ++i) {
        if (!fits(i)) continue;
        if (found) return std::nullopt;
        found = i;
    }
    return found;
}

std::optional<std::size_t> exact(std::string_view text, const std::vector<Option>& options) {
    const std::string folded = fold(text);
    if (folded.empty()) return std::nullopt;
    for (std::size_t i = 0; i < options.size(); ++i) {
        const Option& option = options[i];
        if (folded == fold(option.label) || folded == option.id) return i;
        if (option.also && std::any_of(option.also->begin(), option.also->end(), [&](const std::string& phrase) {
                return folded == fold(phrase);
            })) {
            return i;
        }
    }
    return std::nullopt;
}

std::optional<std::size_t> same_words(const Words& words, const std::vector<Phrases>& options) {
    if (words.empty()) return std::nullopt;
    return only_one(options.size(), [&](std::size_t i) {
        return std::find(options[i].all.begin(), options[i].all.end(), words) != options[i].all.end();
    });
}

/// The position that a word names in a list of `count`: "2", "two", "second", "last". 0 if it names none,
/// `count` + 1 if it is past the end.
std::size_t position_named(const std::string& word, std::size_t count, const LanguagePack& pack) {
    std::int64_t position = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), position);
    if (error == std::errc::result_out_of_range) return count + 1;
    if (error != std::errc{} || end != word.data() + word.size()) {
        position = 0;
        if (const auto ordinal = pack.ordinals.find(word); ordinal != pack.ordinals.end()) {
            position = ordinal->second < 0 ? static_cast<std::int64_t>(count) : ordinal->second;
        } else if (const auto number = pack.numbers.find(word); number != pack.numbers.end()) {
            position = number->second;
        }
    }
    if (position < 1) return 0;
    return position > static_cast<std::int64_t>(count) ? count + 1 : static_cast<std::size_t>(position);
}

/// "2", "number two", "the second one", "the last". If a label has that number in it ("2 hours"), the list's own
/// number must not point elsewhere.
std::optional<std::size_t> by_position(const Words& words,
                                       const std::vector<Phrases>& options,
                                       const LanguagePack& pack) {
    Words content = without_fillers(words, pack);
    if (content.empty()) content = words;  // "one" is a filler in "the second one"
    if (content.size() != 1) return std::nullopt;
    const std::size_t position = position_named(content.front(), options.size(), pack);
    if (position == 0 || position > options.size()) return std::nullopt;
    for (std::size_t i = 0; i < options.size(); ++i) {
        if (i + 1 != position && contains_phrase(options[i].label, content)) return std::nullopt;
    }
    return position - 1;
}

/// "yep" for "Yes, all of it".
std::optional<std::size_t> by_yes_or_no(const Words& words,
                                        const std::vector<Phrases>& options,
                                        const LanguagePack& pack) {
    auto said = pack.yes_no.find(joined(words));
    if (said == pack.yes_no.end()) said = pack.yes_no.find(joined(without_fillers(words, pack)));
    if (said == pack.yes_no.end()) return std::nullopt;
    return only_one(options.size(), [&](std::size_t i) {
        return !options[i].label.empty() && means(options[i].label.front(), said->second ? "yes" : "no", pack);
    });
}

/// A phrase of an option, found in what was typed.
struct Match {
    std::size_t option = 0;
    std::size_t from = 0;
    std::size_t to = 0;

    [[nodiscard]] bool inside(const Match& other) const {
        return from >= other.from && to <= other.to && to - from < other.to - other.from;
    }
};

/// Where the clauses of a text begin, as indexes into its words: "I'm not angry, I'm hurt" -> {0, 3}.
std::vector<std::size_t> clauses_of(std::string_view text) {
    std::vector<std::size_t> begins{0};
    std::size_t words = 0;
    text = text.substr(0, kMostBytesRead);
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t to = std::min(text.find_first_of(".,;!?\n", from), text.size());
        words += plain_words(text.substr(from, to - from)).size();
        if (words > begins.back()) begins.push_back(words);
        from = to + 1;
    }
    return begins;
}

/// Nothing but yes, no, not and words like "I" and "did": their sense lies in what stands around them.
bool says_little(const Words& phrase, const LanguagePack& pack) {
    return std::all_of(phrase.begin(), phrase.end(), [&](const std::string& word) {
        return means(word, "yes", pack) || means(word, "no", pack) || means(word, "not", pack) ||
               means(word, "function", pack);
    });
}

bool holds_not(const Words& words, const LanguagePack& pack) {
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) { return means(word, "not", pack); });
}

/// All phrases found in the words, whole and not negated, but none that is a part of a longer one. In order of mention.
std::vector<Match> contained(const Words& words,
                             const std::vector<std::size_t>& clauses,
                             const std::vector<Phrases>& options,
                             const LanguagePack& pack) {
    std::vector<Match> found;
    for (std::size_t i = 0; i < options.size(); ++i) {
        for (const Words& phrase : options[i].all) {
            // A single letter is too little to be found inside a sentence, and so is a "no" or an "I did".
            if (phrase.empty() || (phrase.size() == 1 && phrase[0].size() == 1)) continue;
            if (says_little(phrase, pack)) continue;
            auto at = words.begin();
            while ((at = std::search(at, words.end(), phrase.begin(), phrase.end())) != words.end()) {
                const auto from = static_cast<std::size_t>(at - words.begin());
                const std::size_t clause = *(std::upper_bound(clauses.begin(), clauses.end(), from) - 1);
                if (!negated(words, clause, from, from + phrase.size(), pack))
                    found.push_back({i, from, from + phrase.size()});
                ++at;
            }
        }
    }
    std::vector<Match> longest;
    std::copy_if(found.begin(), found.end(), std::back_inserter(longest), [&](const Match& match) {
        return std::none_of(found.begin(), found.end(), [&](const Match& other) { return match.inside(other); });
    });
    std::stable_sort(longest.begin(), longest.end(), [](const Match& a, const Match& b) { return a.from < b.from; });
    return longest;
}

/// Words that stand in exactly one label: "part" for "At least part of it".
std::optional<std::size_t> part_of_label(const Words& words,
                                         const std::vector<Phrases>& options,
                                         const LanguagePack& pack) {
    constexpr std::size_t kShortestWord = 3;
    const Words content = without_fillers(words, pack);
    for (const Words& part : {words, content}) {
        const bool says_something = std::any_of(part.begin(), part.end(), [&](const std::string& word) {
            return word.size() >= kShortestWord || position_named(word, options.size(), pack) > options.size();
        });
        if (!says_something) continue;
        // "safe" is no part of "It isn't safe to answer".
        const bool denies = holds_not(part, pack);
        if (auto found = only_one(options.size(), [&](std::size_t i) {
                const Words& label = options[i].label;
                return contains_phrase(label, part) && (denies || !holds_not(label, pack));
            })) {
            return found;
        }
    }
    return std::nullopt;
}

std::optional<std::size_t> with_typos(const Words& words,
                                      const std::vector<Phrases>& options,
                                      const LanguagePack& pack) {
    const Words content = without_fillers(words, pack);
    return only_one(options.size(), [&](std::size_t i) {
        return std::any_of(options[i].all.begin(), options[i].all.end(), [&](const Words& phrase) {
            return !phrase.empty() && (same_but_for_typos(words, phrase) || same_but_for_typos(content, phrase));
        });
    });
}

/// What is tried when no whole phrase stands in the words.
std::optional<std::size_t> loosely(const Words& words, const std::vector<Phrases>& options, const LanguagePack& pack) {
    if (words.empty()) return std::nullopt;
    if (auto found = part_of_label(words, options, pack)) return found;
    return with_typos(words, options, pack);
}

/// Splits at commas and the like, and at "and".
std::vector<Words> parts_of(std::string_view text, const LanguagePack& pack) {
    std::vector<Words> parts;
    text = text.substr(0, kMostBytesRead);
    for (std::size_t from = 0; from <= text.size();) {
        const std::size_t to = std::min(text.find_first_of(",;/+&\n", from), text.size());
        Words part;
        for (std::string& word : plain_words(text.substr(from, to - from))) {
            if (!means(word, "and", pack)) {
                part.push_back(std::move(word));
            } else {
                parts.push_back(std::move(part));
                part.clear();
            }
        }
        parts.push_back(std::move(part));
        from = to + 1;
    }
    parts.erase(std::remove_if(parts.begin(), parts.end(), [](const Words& part) { return part.empty(); }),
                parts.end());
    return parts;
}

/// "1, 3 and 4": indexes, or empty if a word is no position or one is past the end of the list.
std::vector<std::size_t> all_positions(const std::vector<Words>& parts, std::size_t count, const LanguagePack& pack) {
    std::vector<std::size_t> found;
    for (const Words& part : parts) {
        Words content = without_fillers(part, pack);
        if (content.empty()) content = part;
        for (const std::string& word : content) {
            const std::size_t position = position_named(word, count, pack);
            if (position == 0 || position > count) return {};
            found.push_back(position - 1);
        }
    }
    return found;
}

/// Looks a whole reply up in one of the pack's lists of phrases, as typed, then with letters unstretched.
template <class Value>
std::optional<Value> look_up(const std::map<std::string, Value, std::less<>>& phrases,
                             std::string_view text,
                             const Words& words) {
    if (const auto found = phrases.find(fold(text)); found != phrases.end()) return found->second;
    const std::string plain = joined(words);
    if (const auto found = phrases.find(plain); found != phrases.end()) return found->second;
    // Stretched or not, a phrase begins with the same letter; the others need not be looked at.
    for (auto at = phrases.lower_bound(std::string_view(plain).substr(0, 1)); at != phrases.end(); ++at) {
        if (plain.empty() || at->first.front() != plain.front()) break;
        if (same_but_for_stretching(plain, at->first)) return at->second;
    }
    return std::nullopt;
}

Words without_politeness(Words words, const LanguagePack& pack) {
    words.erase(
        std::remove_if(words.begin(), words.end(), [&](const std::string& w) { return means(w, "polite", pack); }),
        words.end());
    return words;
}

std::optional<bool> synonym_for_yes_no(const Words& words, const std::vector<Synonyms>& also) {
    for (const Synonyms& synonyms : also) {
        for (const std::string& phrase : synonyms.phrases) {
            if (plain_words(phrase) == words) return synonyms.value != 0;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::size_t> recognise_choice(std::string_view text,
                                            const std::vector<Option>& options,
                                            const LanguagePack& pack) {
    if (const auto found = exact(text, options)) return found;
    const Words words = plain_words(text);
    if (words.empty()) return std::nullopt;
    const std::vector<Phrases> phrases = phrases_of(options);
    if (const auto found = same_words(words, phrases)) return found;
    if (const auto found = by_position(words, phrases, pack)) return found;
    if (const auto found = by_yes_or_no(words, phrases, pack)) return found;
    if (const std::vector<Match> matches = contained(words, clauses_of(text), phrases, pack); !matches.empty()) {
        const std::size_t first = matches.front().option;
        const bool all_same =
            std::all_of(matches.begin(), matches.end(), [&](const Match& m) { return m.option == first; });
        return all_same ? std::optional(first) : std::nullopt;
    }
    return loosely(words, phrases, pack);
}

std::vector<std::size_t> recognise_several(std::string_view text,
                                           const std::vector<Option>& options,
                                           std::size_t max,
                                           const LanguagePack& pack) {
    std::vector<std::size_t> found;
    const auto add = [&](std::size_t option) {
        if (std::find(found.begin(), found.end(), option) == found.end()) found.push_back(option);
    };
    if (const auto one = exact(text, options)) {
        add(*one);
    } else {
        const std::vector<Words> parts = parts_of(text, pack);
        for (const std::size_t option : all_positions(parts, options.size(), pack)) add(option);
        if (found.empty()) {
            const std::vector<Phrases> phrases = phrases_of(options);
            for (const Words& part : parts) {
                const std::vector<Match> matches = contained(part, {0}, phrases, pack);
                for (const Match& match : matches) {
                    const bool unclear = std::any_of(matches.begin(), matches.end(), [&](const Match& other) {
                        return other.option != match.option && other.from < match.to && match.from < other.to;
                    });
                    if (!unclear) add(match.option);
                }
                if (matches.empty()) {
                    if (const auto one_of_them = loosely(part, phrases, pack)) add(*one_of_them);
                }
            }
        }
    }
    if (found.size() > max) found.resize(max);
    return found;
}

std::optional<bool> recognise_yes_no(std::string_view text,
                                     const std::vector<Synonyms>& also,
                                     const LanguagePack& pack) {
    const Words words = plain_words(text);
    if (words.empty()) return std::nullopt;
    if (const auto meant = synonym_for_yes_no(words, also)) return meant;
    if (const auto meant = look_up(pack.yes_no, text, words)) return meant;

    // "No idea", "no sé": a doubt that begins like a no.
    constexpr std::size_t kLongestDoubt = 4;
    for (std::size_t count = 1; count <= std::min(words.size(), kLongestDoubt); ++count) {
        const auto command = pack.commands.find(joined(words, 0, count));
        if (command != pack.commands.end() && command->second == Command::dont_know) return std::nullopt;
    }

    // "Yes, because …": the first word that says something decides, unless the other one follows.
    const auto first =
        std::find_if(words.begin(), words.end(), [&](const std::string& w) { return !is_filler(w, pack); });
    if (first == words.end()) return std::nullopt;
    const auto says = [&](const char* answer) {
        return [&pack, answer](const std::string& word) { return means(word, answer, pack); };
    };
    const bool yes = std::any_of(first, words.end(), says("yes"));
    const bool no = std::any_of(first, words.end(), says("no"));
    if (yes == no || !(says("yes")(*first) || says("no")(*first))) return std::nullopt;
    if (yes && holds_not(words, pack)) return std::nullopt;  // "yeah, not really"
    return yes;
}

std::optional<Command> recognise_command(std::string_view text, const LanguagePack& pack) {
    constexpr std::size_t kLongest = 200;  // no command is nearly as long; spares the work for stories
    if (text.size() > kLongest) return std::nullopt;
    const Words words = plain_words(text);
    if (const auto command = look_up(pack.commands, text, words)) return command;
    const Words plain = without_politeness(words, pack);
    if (plain.empty() || plain == words) return std::nullopt;
    return look_up(pack.commands, joined(plain), plain);
}

std::optional<std::string> recognise_country(std::string_view text, const LanguagePack& pack) {
    constexpr std::size_t kLongestName = 6;  // words
    constexpr std::size_t kMostWords = 40;
    const Words words = plain_words(text);
    if (words.empty() || words.size() > kMostWords) return std::nullopt;
    const std::string whole = joined(words);
    if (const auto found = pack.countries.find(whole); found != pack.countries.end()) return found->second;
    if (pack.yes_no.contains(whole)) return std::nullopt;  // "no" is not Norway
    if (whole.size() == 2) {
        std::string code;
        for (const char c : whole) code.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
        for (const auto& [name, country] : pack.countries) {
            if (country == code) return country;
        }
        return std::nullopt;
    }

    // "I live in Northern Ireland": the longest name that stands in the words; two countries are none.
    for (std::size_t length = std::min(words.size(), kLongestName); length > 0; --length) {
        std::optional<std::string> country;
        for (std::size_t at = 0; at + length <= words.size(); ++at) {
            const std::string name = joined(words, at, length);
            const auto found = pack.countries.find(name);
            if (found == pack.countries.end() || name.size() <= 3) continue;
            if (country && *country != found->second) return std::nullopt;
            country = found->second;
        }
        if (country) return country;
    }

    std::optional<std::string> country;
    for (const auto& [name, code] : pack.countries) {
        if (!same_but_for_typos(words, plain_words(name)) || country == code) continue;
        if (country) return std::nullopt;
        country = code;
    }
    return country;
}

}  // namespace reweave::dialog
