#include "bot/app/play_script.hpp"

#include <algorithm>
#include <ostream>

namespace reweave::app {
namespace {

namespace fs = std::filesystem;

auto find(const Revisions& revisions, const std::string& id) {
    return std::find_if(revisions.begin(), revisions.end(), [&](const auto& r) { return r->script.id == id; });
}

}  // namespace

PlayScript::PlayScript(const fs::path& name, std::string language)
    : id_(script_id(name.string())), language_(std::move(language)) {
    if (fs::is_regular_file(name)) {
        file_ = name;
        return;
    }
    const Content shipped = load_content({}, {});
    const bool known = std::any_of(shipped.sources.begin(), shipped.sources.end(), [&](const dialog::Source& source) {
        return script_id(source.path) == id_;
    });
    if (!known) throw ContentError("there is no file " + name.string() + ", and no script of that name is shipped");
}

bool PlayScript::load(std::ostream& out) {
    Content content = load_content({}, {});
    if (!file_.empty()) {
        changed_ = fs::last_write_time(file_);
        content.sources = overlay(std::move(content.sources), read_sources(file_));
    }
    content.sources.push_back({std::string("dialogs/") + kBeginner + ".script",
                               "# Begin\nDraft: for playing\nGiven: my name\n\n## Name\nWhat are you called?\nASK: my "
                               "name, one line\nBEGIN: " +
                                   id_ + "\n"});
    dialog::CompiledSet set = dialog::compile_all(content.sources, content.packs);
    for (const dialog::Diagnostic& d : set.diagnostics) {
        if (file_.empty() || d.path != file_.string()) continue;
        const auto source = std::find_if(
            content.sources.begin(), content.sources.end(), [&](const dialog::Source& s) { return s.path == d.path; });
        out << dialog::render_terminal(d, source->text, false) << "\n";
    }
    std::vector<dialog::Translation> translations;
    if (!language_.empty()) {
        if (!content.packs.contains(language_)) {
            out << "The bot does not understand the language " << language_ << ": there is no data/language/"
                << language_ << ".json.\n";
            return false;
        }
        const fs::path beside = fs::path(file_).replace_extension(language_ + ".po");
        if (!file_.empty() && fs::exists(beside))
            content.translations = overlay(std::move(content.translations), read_translations(beside));
        std::vector<dialog::Diagnostic> untold;  // `reweave i18n check` tells it
        translations =
            dialog::translations_of(content.translations, content.sources, set.revisions, content.packs, untold);
    }
    if (find(set.revisions, id_) == set.revisions.end()) return false;
    content_ = std::move(content);
    revisions_ = std::move(set.revisions);
    translations_ = std::move(translations);
    return true;
}

bool PlayScript::file_changed() const {
    std::error_code error;
    const auto now = fs::last_write_time(file_, error);
    return !error && now != changed_;
}

const dialog::Script& PlayScript::script() const {
    return (*find(revisions_, id_))->script;
}

}  // namespace reweave::app
