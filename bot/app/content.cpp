#include "bot/app/content.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bot/app/embedded.hpp"

namespace reweave::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) throw ContentError("cannot read " + path.string() + ": is it there, and may this user read it?");
    return std::move(text).str();
}

/// Data files by name ("rules/en.json"): the shipped ones, and over them those of the operator's folder.
std::map<std::string, std::string> data_files(const fs::path& folder) {
    constexpr std::string_view kPrefix = "data/";
    std::map<std::string, std::string> files;
    for (const EmbeddedFile& file : embedded_files()) {
        if (file.path.starts_with(kPrefix))
            files[std::string(file.path.substr(kPrefix.size()))] = std::string(file.bytes);
    }
    if (folder.empty()) return files;
    if (!fs::is_directory(folder))
        throw ContentError(folder.string() + " is not a folder; see the key 'resources' in the config");
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file() && entry.path().extension() == ".json") {
            files[entry.path().lexically_relative(folder).generic_string()] = read_file(entry.path());
        }
    }
    return files;
}

json parse(const std::string& name, const std::string& text) {
    json parsed = json::parse(text, nullptr, false);
    if (parsed.is_discarded()) throw ContentError("data file " + name + " is not JSON");
    return parsed;
}

/// Names the file when what is in it is refused.
template <class Make>
auto made_from(const std::string& name, Make make) {
    try {
        return make();
    } catch (const std::invalid_argument& e) {
        throw ContentError("data file " + name + ": " + e.what());
    }
}

/// One file, or all of a folder that end like this, by path.
std::vector<dialog::Source> read_all(const fs::path& path, std::string_view extension) {
    if (fs::is_regular_file(path)) return {{path.string(), read_file(path)}};
    if (!fs::is_directory(path)) throw ContentError("there is no file or folder " + path.string());
    std::vector<dialog::Source> files;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
        if (entry.is_regular_file() && entry.path().extension() == extension) {
            files.push_back({entry.path().string(), read_file(entry.path())});
        }
    }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return files;
}

bool is_in(const std::string& name, std::string_view folder) {
    return name.starts_with(folder) && name.ends_with(".json");
}

}  // namespace

Content load_content(const fs::path& dialogs, const fs::path& data) {
    Content content;
    for (const EmbeddedFile& file : embedded_files()) {
        if (file.path.ends_with(".script"))
            content.sources.push_back({std::string(file.path), std::string(file.bytes)});
        if (file.path.ends_with(".po"))
            content.translations.push_back({std::string(file.path), std::string(file.bytes)});
    }
    if (!dialogs.empty()) {
        content.sources = overlay(std::move(content.sources), read_sources(dialogs));
        content.translations = overlay(std::move(content.translations), read_translations(dialogs));
    }

    const auto files = data_files(data);
    std::vector<json> rules, countries;
    for (const auto& [name, text] : files) {
        if (is_in(name, "rules/")) rules.push_back(parse(name, text));
        if (is_in(name, "resources/") && !name.ends_with("schema.json")) countries.push_back(parse(name, text));
        if (!is_in(name, "language/")) continue;
        const std::string language = fs::path(name).stem().string();
        const auto vocabulary = [&](const std::string& what) {
            const auto it = files.find("vocabulary/" + what + "." + language + ".json");
            if (it == files.end())
                throw ContentError("the language '" + language + "' has no vocabulary/" + what + "." + language +
                                   ".json");
            return parse(it->first, it->second);
        };
        const json pack = parse(name, text);
        content.packs[language] = made_from(name, [&] {
            return std::make_shared<const dialog::LanguagePack>(
                dialog::language_pack_from_json(pack, vocabulary("feelings"), vocabulary("needs")));
        });
    }
    for (const auto& [language, pack] : content.packs) {
        if (!files.contains("rules/" + language + ".json")) content.unscreened.push_back(language);
    }
    content.rules = made_from("rules/", [&] { return safety::rules_from_json(rules); });
    content.help = made_from("resources/", [&] { return engine::help_directory_from_json(countries); });
    return content;
}

std::vector<dialog::Source> read_sources(const fs::path& path) {
    return read_all(path, ".script");
}

std::vector<dialog::Source> read_translations(const fs::path& path) {
    return read_all(path, ".po");
}

std::vector<dialog::Source> overlay(std::vector<dialog::Source> base, std::vector<dialog::Source> own) {
    for (dialog::Source& source : own) {
        const std::string id = script_id(source.path);
        std::erase_if(base, [&](const dialog::Source& shipped) { return script_id(shipped.path) == id; });
    }
    std::move(own.begin(), own.end(), std::back_inserter(base));
    return base;
}

std::string script_id(std::string_view path) {
    return fs::path(path).stem().string();
}

std::vector<store::Migration> shipped_migrations() {
    std::vector<store::Migration> migrations;
    for (const EmbeddedFile& file : embedded_files()) {
        if (!file.path.starts_with("data/migrations/") || !file.path.ends_with(".sql")) continue;
        migrations.push_back({std::stoi(fs::path(file.path).stem().string()), std::string(file.bytes)});
    }
    return migrations;
}

std::string_view shipped_file(std::string_view path) {
    const auto files = embedded_files();
    const auto it = std::lower_bound(
        files.begin(), files.end(), path, [](const EmbeddedFile& f, std::string_view p) { return f.path < p; });
    if (it == files.end() || it->path != path) throw ContentError("the binary carries no file " + std::string(path));
    return it->bytes;
}

const std::vector<std::string>& required_scripts() {
    static const std::vector<std::string> ids = {
        "phrases",    "welcome",      "menu",        "offer",          "invited",     "recalled",
        "erase",      "help",         "human",       "stop-self-harm", "stop-others", "stop-harmed",
        "stop-child", "stop-sexual",  "stop-drink",  "stop-medical",   "stop-minor",  "stop-other",
        "check-self", "check-others", "check-child", "check-drink",    "check-age",   "check-fear"};
    return ids;
}

}  // namespace reweave::app
