#include "bot/dialog/language.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <utility>

#include "bot/dialog/fold.hpp"
#include "bot/dialog/phrases.hpp"

namespace reweave::dialog {
namespace {

using json = nlohmann::json;

[[noreturn]] void fail(const std::string& where, const std::string& what) {
    throw std::invalid_argument(where + ": " + what);
}

/// A field of an object that must be there, with its path for messages.
struct Field {
    const json& value;
    std::string path;

    [[nodiscard]] Field at(const std::string& key) const {
        if (!value.is_object()) fail(path, "must be an object");
        const auto found = value.find(key);
        if (found == value.end()) fail(path + "." + key, "is missing");
        return {*found, path + "." + key};
    }
    [[nodiscard]] std::string text() const {
        if (!value.is_string() || value.get_ref<const std::string&>().empty()) fail(path, "must be a text");
        return value.get<std::string>();
    }
    [[nodiscard]] std::int64_t number() const {
        if (!value.is_number_integer()) fail(path, "must be a whole number");
        return value.get<std::int64_t>();
    }
    [[nodiscard]] std::vector<std::string> texts() const {
        std::vector<std::string> out;
        for (const Field& item : items()) out.push_back(item.text());
        return out;
    }
    [[nodiscard]] std::vector<Field> items() const {
        if (!value.is_array()) fail(path, "must be a list");
        std::vector<Field> out;
        for (std::size_t i = 0; i < value.size(); ++i) out.push_back({value[i], path + "[" + std::to_string(i) + "]"});
        return out;
    }
    [[nodiscard]] std::vector<std::pair<std::string, Field>> members() const {
        if (!value.is_object()) fail(path, "must be an object");
        std::vector<std::pair<std::string, Field>> out;
        for (const auto& [key, item] : value.items()) out.emplace_back(key, Field{item, path + "." + key});
        return out;
    }
};

constexpr std::array<std::pair<std::string_view, Command>, 15> kCommands = {{
    {"stop", Command::stop},
    {"pause", Command::pause},
    {"exit", Command::exit},
    {"erase", Command::erase},
    {"help", Command::help},
    {"human", Command::human},
    {"back", Command::back},
    {"change", Command::change},
    {"repeat", Command::repeat},
    {"skip", Command::skip},
    {"start_over", Command::start_over},
    {"resume", Command::resume},
    {"dont_know", Command::dont_know},
    {"done", Command::done},
    {"keep_private", Command::keep_private},
}};

/// Keeps a phrase folded, and also as its plain words: without apostrophes, as it is often typed, and without marks.
/// A phrase cannot mean two things.
template <class Value>
void add(std::map<std::string, Value, std::less<>>& phrases,
         const Field& from,
         const std::string& phrase,
         Value value) {
    const std::string folded = fold(phrase);
    if (folded.empty()) fail(from.path, "\"" + phrase + "\" has nothing to recognise");
    for (const std::string& form : {folded, joined(plain_words(phrase))}) {
        if (form.empty()) continue;
        const auto [at, added] = phrases.emplace(form, value);
        if (!added && at->second != value) fail(from.path, "\"" + phrase + "\" means something else already");
    }
}

std::vector<Family> families_from_json(const Field& vocabulary, bool with_intensity) {
    std::vector<Family> families;
    std::set<std::string> ids;
    for (const Field& item : vocabulary.at("families").items()) {
        Family family;
        family.id = item.at("id").text();
        family.label = item.at("label").text();
        for (const Field& entry : item.at("terms").items()) {
            Term term;
            term.id = entry.at("id").text();
            if (!ids.insert(term.id).second) fail(entry.path + ".id", "\"" + term.id + "\" is used twice");
            term.label = entry.at("label").text();
            term.also = entry.at("also").texts();
            term.family = family.id;
            if (with_intensity) {
                const std::int64_t intensity = entry.at("intensity").number();
                if (intensity < 1 || intensity > 3) fail(entry.path + ".intensity", "must be 1, 2 or 3");
                term.intensity = static_cast<int>(intensity);
            }
            if (entry.value.contains("soft_cue")) {
                const Field cue = entry.at("soft_cue");
                if (!cue.value.is_boolean()) fail(cue.path, "must be true or false");
                term.soft_cue = cue.value.get<bool>();
            }
            family.terms.push_back(std::move(term));
        }
        if (family.terms.empty()) fail(item.path + ".terms", "must not be empty");
        families.push_back(std::move(family));
    }
    return families;
}

void read_commands(const Field& commands, LanguagePack& pack) {
    for (const auto& [name, command] : kCommands) {
        const Field words = commands.at(std::string(name));
        for (const std::string& phrase : words.texts()) add(pack.commands, words, phrase, command);
    }
    if (commands.value.size() == kCommands.size()) return;
    for (const auto& [name, words] : commands.members()) {
        if (!command_named(name)) fail(words.path, "is not a command");
    }
}

void read_countries(const Field& countries, LanguagePack& pack) {
    const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
    for (const auto& [code, names] : countries.members()) {
        if (code.size() != 2 || !is_capital(code[0]) || !is_capital(code[1])) {
            fail(names.path, "must be two capital letters");
        }
        for (const std::string& name : names.texts()) add(pack.countries, names, name, code);
    }
}

}  // namespace

std::optional<Command> command_named(std::string_view name) {
    const auto found =
        std::find_if(kCommands.begin(), kCommands.end(), [&](const auto& known) { return known.first == name; });
    return found == kCommands.end() ? std::nullopt : std::optional(found->second);
}

LanguagePack language_pack_from_json(const json& language, const json& feelings, const json& needs) {
    const Field root{language, "language"};
    LanguagePack pack;
    pack.language = root.at("language").text();
    read_commands(root.at("commands"), pack);
    for (const char* answer : {"yes", "no"}) {
        const Field words = root.at(answer);
        for (const std::string& phrase : words.texts())
            add(pack.yes_no, words, phrase, answer == std::string_view("yes"));
    }
    for (const auto& [word, value] : root.at("numbers").members()) add(pack.numbers, value, word, value.number());
    for (const auto& [word, value] : root.at("ordinals").members()) {
        const std::int64_t position = value.number();
        if (position < -1 || position == 0 || position > 1000)
            fail(value.path, "must be 1 or more, or -1 for the last");
        add(pack.ordinals, value, word, static_cast<int>(position));
    }
    for (const auto& [word, value] : root.at("units").members()) {
        if (value.number() < 1) fail(value.path, "must be a number of seconds");
        add(pack.units, value, word, value.number());
    }
    for (const auto& [name, words] : root.at("moments").members()) {
        std::vector<std::string>& phrases = pack.moments[name];
        for (const std::string& phrase : words.texts()) phrases.push_back(joined(plain_words(phrase)));
    }
    const Field fillers = root.at("fillers");
    for (const std::string& word : fillers.texts()) pack.fillers.push_back(joined(plain_words(word)));
    std::sort(pack.fillers.begin(), pack.fillers.end());
    pack.fillers.erase(std::unique(pack.fillers.begin(), pack.fillers.end()), pack.fillers.end());
    read_countries(root.at("countries"), pack);
    pack.feelings = families_from_json({feelings, "feelings"}, true);
    pack.needs = families_from_json({needs, "needs"}, false);
    return pack;
}

}  // namespace reweave::dialog
