#include "bot/safety/rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

namespace reweave::safety {
namespace {

using json = nlohmann::json;

constexpr std::array<std::pair<std::string_view, Role>, 10> kFrames = {{
    {"idioms", Role::idiom},
    {"boosters", Role::booster},
    {"negations", Role::negation},
    {"not_negations", Role::not_negation},
    {"joins", Role::join},
    {"first_person", Role::first_person},
    {"fiction", Role::fiction},
    {"past", Role::past},
    {"recent", Role::recent},
    {"laughing", Role::laughing},
}};

constexpr std::array<std::string_view, 10> kCategories = {"self_harm",
                                                          "harm_others",
                                                          "ipv",
                                                          "stalking",
                                                          "child_abuse",
                                                          "sexual_violence",
                                                          "intoxication",
                                                          "medical",
                                                          "minor",
                                                          "other_harm"};

[[noreturn]] void fail(const std::string& where, const std::string& what) {
    throw std::invalid_argument("safety rules: " + where + ": " + what);
}

const json& field(const json& object, const char* name, json::value_t type, const std::string& where) {
    if (!object.is_object()) fail(where, "must be an object");
    const auto found = object.find(name);
    if (found == object.end()) fail(where, std::string(name) + " is missing");
    if (found->type() != type) fail(where, std::string(name) + " has the wrong type");
    return *found;
}

std::vector<std::string> texts(const json& list, const std::string& where) {
    if (!list.is_array()) fail(where, "must be a list of texts");
    std::vector<std::string> out;
    for (const json& item : list) {
        if (!item.is_string()) fail(where, "must be a list of texts");
        out.push_back(item.get<std::string>());
    }
    return out;
}

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= text.size();) {
        const std::size_t to = std::min(text.find(at, from), text.size());
        if (to > from) parts.emplace_back(text.substr(from, to - from));
        from = to + 1;
    }
    return parts;
}

int whole_number(std::string_view text) {
    int value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? value : -1;
}

Category category_from(const json& rule, const std::string& id) {
    const std::string& name = field(rule, "category", json::value_t::string, id).get_ref<const std::string&>();
    const auto found = std::find(kCategories.begin(), kCategories.end(), name);
    if (found == kCategories.end()) fail(id, "category \"" + name + "\" is not known");
    return static_cast<Category>(found - kCategories.begin());
}

Tier tier_from(const json& rule, const std::string& id) {
    const auto tier = rule.find("tier");
    if (tier == rule.end() || !tier->is_number_integer()) fail(id, "tier must be 1, 2 or 3");
    switch (tier->get<std::int64_t>()) {
        case 1:
            return Tier::stop;
        case 2:
            return Tier::check;
        case 3:
            return Tier::note;
        default:
            fail(id, "tier must be 1, 2 or 3");
    }
}

}  // namespace

std::string_view name(Category category) {
    return kCategories[static_cast<std::size_t>(category)];
}

RulesPtr rules_from_json(const std::vector<json>& packs) {
    auto rules = std::make_shared<Rules>();
    for (const json& pack : packs) rules->add(pack);
    return rules;
}

void Rules::add(const json& pack) {
    Classes classes;
    for (const auto& [class_name, words] : field(pack, "classes", json::value_t::object, "pack").items()) {
        std::vector<int> ids;
        for (const std::string& text : texts(words, "class " + class_name)) {
            const std::vector<int> more = word_ids(text, classes);
            ids.insert(ids.end(), more.begin(), more.end());
        }
        std::sort(ids.begin(), ids.end());
        classes.emplace(class_name, std::move(ids));
    }
    for (const auto& [typed, meant] : field(pack, "expand", json::value_t::object, "pack").items()) {
        if (!meant.is_string()) fail("expand " + typed, "must be a text");
        std::vector<int>& ids = expansions_[typed];
        ids.clear();
        for (const std::string& word : split(meant.get_ref<const std::string&>(), ' ')) ids.push_back(intern(word));
    }
    for (const std::string& word : texts(field(pack, "typos", json::value_t::array, "pack"), "typos")) {
        if (word.empty()) fail("typos", "must not hold an empty word");
        typos_[word.front()].push_back(intern(word));
    }
    const json& frames = field(pack, "frames", json::value_t::object, "pack");
    for (const auto& [frame, role] : kFrames) {
        const std::string where = "frame " + std::string(frame);
        for (const std::string& text :
             texts(field(frames, std::string(frame).c_str(), json::value_t::array, "frames"), where)) {
            add_pattern(text, role, -1, classes);
        }
    }
    for (const json& rule : field(pack, "rules", json::value_t::array, "pack")) add_rule(rule, classes);
}

void Rules::add_rule(const json& json_rule, const Classes& classes) {
    Rule rule;
    rule.id = field(json_rule, "id", json::value_t::string, "a rule").get<std::string>();
    const bool known =
        std::any_of(rules_.begin(), rules_.end(), [&](const Rule& other) { return other.id == rule.id; });
    if (known) fail(rule.id, "is there twice");
    rule.category = category_from(json_rule, rule.id);
    rule.tier = tier_from(json_rule, rule.id);
    if (json_rule.contains("firm")) rule.firm = field(json_rule, "firm", json::value_t::boolean, rule.id).get<bool>();
    const std::vector<std::string> patterns =
        texts(field(json_rule, "patterns", json::value_t::array, rule.id), rule.id);
    if (patterns.empty()) fail(rule.id, "has no patterns");
    rules_.push_back(std::move(rule));
    for (const std::string& text : patterns) {
        try {
            add_pattern(text, Role::rule, static_cast<int>(rules_.size()) - 1, classes);
        } catch (const std::invalid_argument& e) {
            throw std::invalid_argument(std::string(e.what()) + " (rule " + rules_.back().id + ")");
        }
    }
}

int Rules::intern(std::string_view word) {
    const auto [at, added] = lexicon_.emplace(std::string(word), static_cast<int>(spelling_.size()));
    if (added) {
        spelling_.emplace_back(word);
        patterns_by_word_.emplace_back();
    }
    return at->second;
}

int Rules::find(std::string_view word) const {
    const auto found = lexicon_.find(std::string(word));
    return found == lexicon_.end() ? -1 : found->second;
}

std::vector<int> Rules::word_ids(std::string_view words, const Classes& classes) {
    std::vector<int> ids;
    for (const std::string& word : split(words, '|')) {
        if (word.front() != '$') {
            ids.push_back(intern(word));
            continue;
        }
        const auto found = classes.find(word.substr(1));
        if (found == classes.end()) fail("\"" + std::string(words) + "\"", "there is no class " + word);
        ids.insert(ids.end(), found->second.begin(), found->second.end());
    }
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

Rules::Element Rules::element(const std::string& text, const Classes& classes) {
    Element element;
    std::string_view words = text;
    if (words == "_" || words == "<" || words == ">") {
        element.kind = words == "_" ? Element::Kind::gap : words == "<" ? Element::Kind::begin : Element::Kind::end;
        return element;
    }
    if (words.ends_with('?') || words.ends_with('*')) {
        constexpr int kMostRepeats = 3;
        element.optional = true;
        element.most = words.ends_with('*') ? kMostRepeats : 1;
        words.remove_suffix(1);
    }
    if (words.starts_with('#')) {
        element.kind = Element::Kind::number;
        const std::vector<std::string> bounds = split(words.substr(1), '-');
        if (bounds.size() != 2) fail("\"" + text + "\"", "a number is written #FROM-TO");
        element.low = whole_number(bounds[0]);
        element.high = whole_number(bounds[1]);
        if (element.low < 0 || element.high < element.low) fail("\"" + text + "\"", "a number is written #FROM-TO");
        return element;
    }
    if (words.starts_with('!')) {
        element.kind = Element::Kind::none_of;
        words.remove_prefix(1);
    }
    element.ids = word_ids(words, classes);
    if (element.ids.empty()) fail("\"" + text + "\"", "has no words");
    return element;
}

void Rules::add_pattern(const std::string& text, Role role, int rule, const Classes& classes) {
    Pattern pattern;
    pattern.role = role;
    pattern.rule = rule;
    for (const std::string& part : split(text, ' ')) pattern.elements.push_back(element(part, classes));
    const std::size_t first = !pattern.elements.empty() && pattern.elements[0].kind == Element::Kind::begin ? 1 : 0;
    const bool starts_with_word = first < pattern.elements.size() &&
                                  pattern.elements[first].kind == Element::Kind::word &&
                                  !pattern.elements[first].optional;
    if (!starts_with_word) fail("\"" + text + "\"", "a pattern must start with a word");
    const std::array<int, 3> negative = {find("not"), find("never"), find("no")};
    for (const Element& e : pattern.elements) {
        if (e.kind != Element::Kind::word) continue;
        pattern.says_not = pattern.says_not || std::any_of(negative.begin(), negative.end(), [&](int id) {
                               return std::binary_search(e.ids.begin(), e.ids.end(), id);
                           });
    }
    for (const int id : pattern.elements[first].ids) {
        patterns_by_word_[static_cast<std::size_t>(id)].push_back(static_cast<int>(patterns_.size()));
    }
    patterns_.push_back(std::move(pattern));
}

bool Rules::match_from(const Pattern& pattern,
                       std::size_t element,
                       const std::vector<Word>& words,
                       std::size_t& at) const {
    constexpr std::size_t kLongestGap = 4;
    if (element == pattern.elements.size()) return true;
    const Element& e = pattern.elements[element];
    const auto is_one = [&](const Word& word) {
        return std::any_of(word.ids.begin(), word.ids.end(), [&](int id) {
            return std::binary_search(e.ids.begin(), e.ids.end(), id);
        });
    };
    const auto rest = [&](std::size_t from) {
        std::size_t end = from;
        if (!match_from(pattern, element + 1, words, end)) return false;
        at = end;
        return true;
    };
    switch (e.kind) {
        case Element::Kind::begin:
            return at == 0 && rest(at);
        case Element::Kind::end:
            return at == words.size() && rest(at);
        case Element::Kind::none_of:
            return (at == words.size() || !is_one(words[at])) && rest(at);
        case Element::Kind::gap:
            for (std::size_t skipped = 0; skipped <= kLongestGap && at + skipped <= words.size(); ++skipped) {
                if (rest(at + skipped)) return true;
            }
            return false;
        case Element::Kind::number:
            if (at < words.size() && words[at].number >= e.low && words[at].number <= e.high && rest(at + 1))
                return true;
            return e.optional && rest(at);
        case Element::Kind::word: {
            std::size_t taken = at;
            for (int i = 0; i < e.most && taken < words.size() && is_one(words[taken]); ++i) {
                if (rest(++taken)) return true;
            }
            return e.optional && rest(at);
        }
    }
    return false;
}

std::vector<Match> Rules::matches(const std::vector<Word>& words) const {
    std::vector<Match> found;
    for (std::size_t i = 0; i < words.size(); ++i) {
        for (const int id : words[i].ids) {
            for (const int index : patterns_by_word_[static_cast<std::size_t>(id)]) {
                const Pattern& pattern = patterns_[static_cast<std::size_t>(index)];
                std::size_t end = i;
                if (match_from(pattern, 0, words, end))
                    found.push_back({pattern.role, pattern.rule, i, end, pattern.says_not});
            }
        }
    }
    return found;
}

}  // namespace reweave::safety
