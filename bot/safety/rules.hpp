#pragma once
/// \file Rules as data: patterns over the words of a clause, and the frames that weaken or cancel what they find.
///
/// A pattern is a row of elements, separated by spaces:
///   kill|end      one of these words
///   $hit          one of the words of a class; may stand among others: my|$person
///   so?           may be left out (also after a group of words); so* may also be said up to three times
///   _             up to four words, whatever they are
///   #5-17         a number
///   !with|in      the next word is none of these (takes up no word)
///   <  and  >     the clause starts or ends here

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bot/safety/normalise.hpp"
#include "bot/safety/screen.hpp"

namespace reweave::safety {

/// A word of a clause, as the rules know it: every form of it that is in the lexicon.
struct Word {
    std::vector<int> ids;
    int number = -1;
};

/// What a pattern stands for: a rule, or a frame around what rules find.
enum class Role {
    rule,
    idiom,         ///< "my back is killing me": cancels rules that overlap it ...
    booster,       ///< ... unless one of these stands in the same clause
    negation,      ///< "never": denies what follows it
    not_negation,  ///< "can not stop": only looks like a denial
    join,          ///< "because", "he": a new thought begins, a denial does not reach over it
    first_person,  ///< "i", "my": what is found is about the writer
    fiction,       ///< "in the film"
    past,          ///< "years ago"
    recent,        ///< "again": not past after all
    laughing       ///< "lol"
};

struct Match {
    Role role = Role::rule;
    int rule = -1;
    std::size_t from = 0;
    std::size_t to = 0;
    bool says_not = false;  ///< the pattern itself has a negation in it

    [[nodiscard]] bool overlaps(const Match& other) const { return from < other.to && other.from < to; }
};

class Rules {
 public:
    struct Rule {
        std::string id;
        Category category = Category::self_harm;
        Tier tier = Tier::none;
        bool firm = false;  ///< laughter does not weaken it
    };

    /// Adds one pack. \throws std::invalid_argument naming the rule that is wrong.
    void add(const nlohmann::json& pack);

    [[nodiscard]] const Rule& rule(int index) const { return rules_[static_cast<std::size_t>(index)]; }
    [[nodiscard]] std::vector<Word> words_of(const RawClause& clause) const;
    [[nodiscard]] std::vector<Match> matches(const std::vector<Word>& words) const;

 private:
    struct Element {
        enum class Kind { word, number, gap, begin, end, none_of } kind = Kind::word;
        std::vector<int> ids;  ///< sorted
        int low = 0;
        int high = 0;
        bool optional = false;
        int most = 1;  ///< times in a row
    };
    struct Pattern {
        Role role = Role::rule;
        int rule = -1;
        bool says_not = false;
        std::vector<Element> elements;
    };
    using Classes = std::unordered_map<std::string, std::vector<int>>;

    int intern(std::string_view word);
    [[nodiscard]] int find(std::string_view word) const;  ///< -1 if no rule has it
    void add_rule(const nlohmann::json& rule, const Classes& classes);
    void add_pattern(const std::string& text, Role role, int rule, const Classes& classes);
    Element element(const std::string& text, const Classes& classes);
    std::vector<int> word_ids(std::string_view words, const Classes& classes);

    void resolve(std::string_view text, std::vector<Word>& out) const;
    [[nodiscard]] bool add_expansion(const std::string& text, std::vector<Word>& out) const;
    [[nodiscard]] std::vector<int> forms_of(const std::string& text) const;
    /// The words of the lexicon, as few as possible, that the longest start of a text is made of.
    struct Parts {
        std::vector<int> ids;
        std::size_t length = 0;
    };
    [[nodiscard]] Parts taken_apart(std::string_view text) const;
    [[nodiscard]] bool match_from(const Pattern& pattern,
                                  std::size_t element,
                                  const std::vector<Word>& words,
                                  std::size_t& at) const;

    std::unordered_map<std::string, int> lexicon_;
    std::vector<std::string> spelling_;                             ///< by id
    std::unordered_map<std::string, std::vector<int>> expansions_;  ///< "gonna" -> going to
    std::unordered_map<char, std::vector<int>> typos_;              ///< words known with one typo, by first letter
    std::vector<Rule> rules_;
    std::vector<Pattern> patterns_;
    std::vector<std::vector<int>> patterns_by_word_;  ///< by the id of the first word
};

}  // namespace reweave::safety
