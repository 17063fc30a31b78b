// How a typed word is looked up among the words that the rules know.

#include <algorithm>

#include "bot/dialog/characters.hpp"
#include "bot/safety/rules.hpp"

namespace reweave::safety {
namespace {

constexpr std::size_t kFewestLetters = 3;     ///< of a spelled-out word: "d i e"
constexpr std::size_t kShortestCompound = 8;  ///< "killmyself"
constexpr std::size_t kLongestCompound = 24;
constexpr std::size_t kLongestWord = 64;  ///< no more of a word is looked at

std::string without_apostrophes(std::string_view text) {
    std::string out(text);
    out.erase(std::remove(out.begin(), out.end(), '\''), out.end());
    return out;
}

int number_of(std::string_view text) {
    if (text.empty() || text.size() > 3 || !std::all_of(text.begin(), text.end(), dialog::is_digit)) return -1;
    int value = 0;
    for (const char c : text) value = value * 10 + (c - '0');
    return value;
}

}  // namespace

std::vector<Word> Rules::words_of(const RawClause& clause) const {
    std::vector<Word> words;
    const std::vector<RawWord>& raw = clause.words;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i].letter_follows) {  // "k i l l"
            std::string spelled = raw[i].text;
            std::size_t last = i;
            while (raw[last].letter_follows && last + 1 < raw.size() && spelled.size() < kLongestCompound) {
                spelled += raw[++last].text;
            }
            const Parts parts = taken_apart(spelled);
            if (parts.length >= kFewestLetters) {
                for (const int id : parts.ids) words.push_back({{id}, -1});
                i += parts.length - 1;
                continue;
            }
        }
        const bool known = find(raw[i].text) >= 0;
        if (!known && i + 1 < raw.size() && find(raw[i + 1].text) < 0) {  // "ki ll"
            if (const int id = find(raw[i].text + raw[i + 1].text); id >= 0) {
                words.push_back({{id}, -1});
                ++i;
                continue;
            }
        }
        resolve(raw[i].text, words);
    }
    return words;
}

bool Rules::add_expansion(const std::string& text, std::vector<Word>& out) const {
    const auto found = expansions_.find(text);
    if (found == expansions_.end()) return false;
    for (const int id : found->second) out.push_back({{id}, number_of(spelling_[static_cast<std::size_t>(id)])});
    return true;
}

void Rules::resolve(std::string_view text, std::vector<Word>& out) const {
    text = text.substr(0, kLongestWord);
    const std::string typed(text);
    const std::string plain = without_apostrophes(text);
    if (add_expansion(typed, out) || add_expansion(plain, out)) return;
    for (const std::string& form : {unstretched(plain, 2), unstretched(plain, 1), without_leet(plain)}) {
        if (!form.empty() && add_expansion(form, out)) return;
    }
    Word word{forms_of(plain), number_of(plain)};
    if (!word.ids.empty() || word.number >= 0) return out.push_back(std::move(word));

    if (typed.ends_with("'s")) return resolve(text.substr(0, text.size() - 2), out);
    const auto letter = std::find_if_not(plain.begin(), plain.end(), dialog::is_digit);
    if (letter != plain.begin() && letter != plain.end()) {  // "15yo"
        const auto digits = static_cast<std::size_t>(letter - plain.begin());
        out.push_back({{}, number_of(std::string_view(plain).substr(0, digits))});
        return resolve(std::string_view(plain).substr(digits), out);
    }
    if (const std::size_t mark = plain.find_first_of("!#|+@$*"); mark != std::string::npos) {  // "me!he"
        if (mark > 0) resolve(std::string_view(plain).substr(0, mark), out);
        if (mark + 1 < plain.size()) resolve(std::string_view(plain).substr(mark + 1), out);
        return;
    }
    if (plain.size() >= kShortestCompound) {
        const Parts parts = taken_apart(plain);
        if (parts.length == plain.size()) {
            for (const int id : parts.ids) out.push_back({{id}, -1});
            return;
        }
    }
    out.push_back(std::move(word));  // not a word of any rule: only takes up a place
}

std::vector<int> Rules::forms_of(const std::string& text) const {
    std::vector<int> ids;
    const auto add = [&](const std::string& form) {
        const int id = form.empty() ? -1 : find(form);
        if (id >= 0 && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    };
    add(text);
    const std::string letters = without_leet(text);
    add(letters);
    for (const std::string& form : {text, letters}) {
        add(unstretched(form, 2));
        add(unstretched(form, 1));
    }
    if (!ids.empty()) return ids;
    if (text.size() >= 4 && text.find_first_of("*#!") != std::string::npos) {
        for (std::size_t id = 0; id < spelling_.size(); ++id) {
            if (matches_hidden(text, spelling_[id])) ids.push_back(static_cast<int>(id));
        }
    }
    const auto typos = text.empty() ? typos_.end() : typos_.find(text.front());
    if (typos == typos_.end()) return ids;
    for (const int id : typos->second) {
        if (one_typo_apart(text, spelling_[static_cast<std::size_t>(id)])) ids.push_back(id);
    }
    return ids;
}

Rules::Parts Rules::taken_apart(std::string_view text) const {
    text = text.substr(0, kLongestCompound);
    struct Best {
        std::size_t words = 0;  ///< 0: cannot be made up to here
        std::size_t from = 0;
        int id = -1;
    };
    std::vector<Best> best(text.size() + 1);
    std::size_t longest = 0;
    for (std::size_t to = 1; to <= text.size(); ++to) {
        for (std::size_t from = 0; from < to; ++from) {
            if (from > 0 && best[from].words == 0) continue;
            const std::string_view part = text.substr(from, to - from);
            if (part.size() == 1 && part != "i" && part != "a" && part != "u") continue;
            const int id = find(part);
            if (id < 0) continue;
            const std::size_t words = (from == 0 ? 0 : best[from].words) + 1;
            if (best[to].words == 0 || words < best[to].words) best[to] = {words, from, id};
        }
        if (best[to].words > 0) longest = to;
    }
    Parts parts;
    parts.length = longest;
    for (std::size_t to = longest; to > 0; to = best[to].from) parts.ids.push_back(best[to].id);
    std::reverse(parts.ids.begin(), parts.ids.end());
    return parts;
}

}  // namespace reweave::safety
