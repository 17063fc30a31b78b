#include "bot/dialog/translate.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "bot/dialog/parser.hpp"
#include "bot/dialog/po_merge.hpp"
#include "bot/dialog/scanner.hpp"
#include "bot/dialog/template.hpp"

namespace reweave::dialog {
namespace {

/// Reads a text that was found good. Of anything else, what could be read.
Template template_from(std::string_view words, const std::string& language) {
    Names names;
    Faults ignored{std::string()};
    const OneLine line(words, 1);
    Template text = read_template(line.slice(), Known{&names, &ignored, 0});
    for (Piece& piece : text) {
        if (!piece.forms.empty()) piece.language = language;
    }
    return text;
}

std::vector<std::string> list_from(std::string_view words) {
    const OneLine line(words, 1);
    std::vector<std::string> phrases;
    for (const Slice& phrase : split_list(line.slice())) phrases.push_back(phrase.str());
    return phrases;
}

void put(const ScriptText& text, const std::string& words, const std::string& language) {
    if (auto* const* said = std::get_if<Template*>(&text.at)) {
        **said = template_from(words, language);
    } else if (auto* const* list = std::get_if<std::vector<std::string>*>(&text.at)) {
        std::vector<std::string> phrases = list_from(words);
        if (text.kind == ScriptText::Kind::looked_for_too)
            phrases.insert(phrases.end(), (*list)->begin(), (*list)->end());
        **list = std::move(phrases);
    } else {
        *std::get<std::string*>(text.at) = words;
    }
}

}  // namespace

std::string to_text(const Translation& translation) {
    return nlohmann::json(translation.texts).dump();
}

Translation translation_from(std::string revision, std::string language, std::string_view json) {
    const auto parsed = nlohmann::json::parse(json, nullptr, false);
    if (!parsed.is_object()) throw std::invalid_argument("a translation must be an object");
    Translation translation{std::move(revision), std::move(language), {}};
    for (const auto& [context, words] : parsed.items()) {
        if (!words.is_string()) throw std::invalid_argument(context + ": must be a text");
        translation.texts[context] = words.get<std::string>();
    }
    return translation;
}

RevisionPtr translated(const Revision& revision, const Translation& translation) {
    auto out = std::make_shared<Revision>(revision);
    for (const ScriptText& text : texts_of(out->script)) {
        const auto it = translation.texts.find(text.context);
        if (it != translation.texts.end()) put(text, it->second, translation.language);
    }
    return out;
}

std::optional<PoName> po_name(std::string_view path) {
    path.remove_prefix(path.find_last_of('/') + 1);
    if (!path.ends_with(".po")) return std::nullopt;
    path.remove_suffix(3);
    const std::size_t dot = path.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || dot + 1 == path.size()) return std::nullopt;
    return PoName{std::string(path.substr(0, dot)), std::string(path.substr(dot + 1))};
}

bool is_about_safety(std::string_view path) {
    return path.starts_with("safety/") || path.find("/safety/") != std::string_view::npos;
}

std::vector<Translation> translations_of(const std::vector<Source>& files,
                                         const std::vector<Source>& scripts,
                                         const std::vector<std::shared_ptr<Revision>>& revisions,
                                         const std::map<std::string, LanguagePackPtr>& packs,
                                         std::vector<Diagnostic>& found) {
    std::vector<Translation> all;
    for (const Source& file : files) {
        const auto name = po_name(file.path);
        const auto pack = name ? packs.find(name->language) : packs.end();
        if (pack == packs.end()) continue;
        const auto revision = std::find_if(
            revisions.begin(), revisions.end(), [&](const auto& r) { return r->script.id == name->script; });
        if (revision == revisions.end()) continue;
        const bool guarded = std::any_of(scripts.begin(), scripts.end(), [&](const Source& script) {
            return script_id(script.path) == name->script && is_about_safety(script.path);
        });
        CheckedTranslation checked = check_translation(**revision, file, *pack->second, guarded);
        std::move(checked.diagnostics.begin(), checked.diagnostics.end(), std::back_inserter(found));
        all.push_back(std::move(checked.translation));
    }
    return all;
}

}  // namespace reweave::dialog
