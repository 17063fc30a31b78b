#include "bot/dialog/phrases.hpp"

#include <algorithm>

#include "bot/dialog/fold.hpp"

namespace reweave::dialog {

Words plain_words(std::string_view text) {
    Words words = folded_words(text.substr(0, kMostBytesRead));
    for (std::string& word : words) word.erase(std::remove(word.begin(), word.end(), '\''), word.end());
    return words;
}

std::string joined(const Words& words, std::size_t first, std::size_t count) {
    std::string out;
    for (std::size_t i = first; i < first + count && i < words.size(); ++i) {
        if (i > first) out.push_back(' ');
        out += words[i];
    }
    return out;
}

std::string joined(const Words& words) {
    return joined(words, 0, words.size());
}

Words without_fillers(const Words& words, const LanguagePack& pack) {
    Words out;
    for (const std::string& word : words) {
        if (!is_filler(word, pack)) out.push_back(word);
    }
    return out;
}

bool is_filler(std::string_view word, const LanguagePack& pack) {
    return std::binary_search(pack.fillers.begin(), pack.fillers.end(), word);
}

bool means(std::string_view phrase, std::string_view name, const LanguagePack& pack) {
    const auto found = pack.moments.find(name);
    return found != pack.moments.end() &&
           std::find(found->second.begin(), found->second.end(), phrase) != found->second.end();
}

bool negated(const Words& words, std::size_t clause, std::size_t from, std::size_t to, const LanguagePack& pack) {
    constexpr std::size_t kAfter = 2;  // "I'm safe, not"
    const std::size_t end = std::min(words.size(), to + kAfter);
    for (std::size_t i = clause; i < end; ++i) {
        if ((i < from || i >= to) && means(words[i], "not", pack)) return true;
    }
    return false;
}

bool same_but_for_stretching(std::string_view a, std::string_view b) {
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() && j < b.size()) {
        const char letter = a[i];
        if (letter != b[j]) return false;
        do ++i;
        while (i < a.size() && a[i] == letter);
        do ++j;
        while (j < b.size() && b[j] == letter);
    }
    return i == a.size() && j == b.size();
}

bool same_but_for_typos(const Words& words, const Words& phrase) {
    constexpr std::size_t kShortestWithTypo = 5;
    return words.size() == phrase.size() &&
           std::equal(words.begin(), words.end(), phrase.begin(), [](const std::string& a, const std::string& b) {
               return a == b || (b.size() >= kShortestWithTypo && a.front() == b.front() && within_one_typo(a, b));
           });
}

}  // namespace reweave::dialog
