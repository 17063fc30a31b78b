#include <algorithm>
#include <fstream>
#include <map>
#include <ostream>
#include <set>

#include "bot/app/commands.hpp"
#include "bot/app/content.hpp"
#include "bot/app/report.hpp"
#include "bot/dialog/po_merge.hpp"
#include "bot/dialog/template.hpp"
#include "bot/dialog/translate.hpp"

namespace reweave::app {
namespace {

namespace fs = std::filesystem;
using dialog::Diagnostic;
using dialog::Severity;

/// The scripts that are meant, among all that they may call, and the translation files of them.
struct Named {
    Content content;
    std::vector<std::shared_ptr<dialog::Revision>> revisions;
    std::map<std::string, fs::path> scripts;  ///< by id, those that were named, or that a named file translates
    std::set<fs::path> files;  ///< translation files that were named, or that stand beside a named script

    [[nodiscard]] const dialog::Revision* revision(const std::string& id) const {
        const auto it =
            std::find_if(revisions.begin(), revisions.end(), [&](const auto& r) { return r->script.id == id; });
        return it == revisions.end() ? nullptr : it->get();
    }
    /// \throws ContentError
    [[nodiscard]] const dialog::Revision& good_revision(const std::string& id) const {
        const dialog::Revision* found = revision(id);
        if (found) return *found;
        const auto at = scripts.find(id);
        throw ContentError(at == scripts.end() ? "there is no script '" + id + "'"
                                               : at->second.string() + " has errors; `reweave check` says which");
    }
};

Named find_named(const std::vector<fs::path>& paths) {
    Named named;
    std::set<fs::path> folders;
    const auto take = [&](const fs::path& path) {
        if (path.extension() == ".script") named.scripts[script_id(path.string())] = path;
        if (path.extension() == ".po") named.files.insert(path);
    };
    for (const fs::path& path : paths) {
        if (!fs::is_directory(path)) {
            if (path.extension() != ".script" && path.extension() != ".po")
                throw ContentError(path.string() + " is neither a script nor a translation (NAME.es.po)");
            take(path);
            folders.insert(path.has_parent_path() ? path.parent_path() : fs::path("."));
            continue;
        }
        for (const auto& entry : fs::recursive_directory_iterator(path)) {
            if (!entry.is_regular_file()) continue;
            take(entry.path());
            if (entry.path().extension() == ".script" || entry.path().extension() == ".po")
                folders.insert(entry.path().parent_path());
        }
    }
    std::vector<dialog::Source> own;
    const auto asked = named.scripts;
    for (const fs::path& folder : folders) {
        for (const auto& entry : fs::directory_iterator(folder)) {
            const fs::path file = folder == "." ? entry.path().filename() : entry.path();
            const auto name = dialog::po_name(file.string());
            if (name && asked.contains(name->script) && asked.at(name->script).parent_path() == file.parent_path())
                named.files.insert(file);
            if (file.extension() != ".script") continue;
            own.push_back(read_sources(file).front());
        }
    }
    for (const fs::path& file : named.files) {
        const auto name = dialog::po_name(file.string());
        const auto beside = std::find_if(own.begin(), own.end(), [&](const dialog::Source& source) {
            return name && script_id(source.path) == name->script;
        });
        if (beside != own.end()) named.scripts.emplace(name->script, beside->path);
    }
    named.content = load_content({}, {});
    named.content.sources = overlay(std::move(named.content.sources), own);
    named.revisions = dialog::compile_all(named.content.sources, named.content.packs).revisions;
    return named;
}

void write_file(const fs::path& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    out.flush();
    if (!out)
        throw ContentError("cannot write " + path.string() + ": is its folder there, and may this user write it?");
}

dialog::PoName name_of(const fs::path& file) {
    auto name = dialog::po_name(file.string());
    if (!name)
        throw ContentError("the name of " + file.string() + " does not say its language; name it like own-part.es.po");
    return std::move(*name);
}

/// What cannot be read must not be written over.
dialog::PoFile read_whole(const dialog::Source& source) {
    std::vector<Diagnostic> found;
    dialog::PoFile file = read_po(source, found);
    if (found.empty()) return file;
    throw ContentError(source.path + ":" + std::to_string(found.front().span.line) + ": " + found.front().message +
                       " " + found.front().mend + " Nothing was changed.");
}

}  // namespace

int extract_texts(const ExtractOptions& options, std::ostream& out) {
    const Named named = find_named({options.script});
    const std::string text =
        write_po(po_from(named.good_revision(script_id(options.script.string())).script, std::string()));
    if (options.to.empty()) {
        out << text;
    } else {
        write_file(options.to, text);
    }
    return 0;
}

int merge_translations(const MergeOptions& options, std::ostream& out) {
    Named named = find_named(options.paths);
    if (!options.language.empty()) {
        if (dialog::plural_forms_of(options.language) == 0)
            throw ContentError("there is no language '" + options.language +
                               "'; write its short form, such as es or pt-BR");
        for (const auto& [id, path] : named.scripts)
            named.files.insert(fs::path(path).replace_extension(options.language + ".po"));
        std::erase_if(named.files, [&](const fs::path& file) { return name_of(file).language != options.language; });
    }
    if (named.files.empty()) {
        throw ContentError(
            "there is no translation (NAME.es.po) in what you named; --language es makes one beside a script");
    }
    for (const fs::path& file : named.files) {
        const dialog::PoName name = name_of(file);
        const dialog::Revision& revision = named.good_revision(name.script);
        const bool there = fs::exists(file);
        const dialog::Source source = there ? read_translations(file).front() : dialog::Source{file.string(), {}};
        const auto& sources = named.content.sources;
        const auto script = std::find_if(
            sources.begin(), sources.end(), [&](const dialog::Source& s) { return script_id(s.path) == name.script; });
        const auto former = script == sources.end() ? dialog::FormerSteps() : dialog::former_steps(script->text);
        const dialog::Merged merged = merge(read_whole(source), revision.script, name.language, former);
        const std::string text = write_po(merged.file);
        if (text != source.text) write_file(file, text);
        out << file.string() << ": " << merged.kept << " kept, " << merged.changed << " to look at again, "
            << merged.added << " without a translation, " << merged.dropped << " no longer in the script"
            << (there ? text == source.text ? "; nothing was changed" : "" : "; the file is new") << ".\n";
    }
    return 0;
}

int check_translations(const CheckOptions& options, std::ostream& out) {
    const Named named = find_named(options.paths);
    if (named.files.empty()) throw ContentError("there is no translation (NAME.es.po) in what you named");
    std::vector<Diagnostic> found;
    std::map<std::string, std::string> texts;
    std::string summary;
    for (const fs::path& file : named.files) {
        const dialog::Source source = read_translations(file).front();
        texts[source.path] = source.text;
        const dialog::PoName name = name_of(file);
        const dialog::Revision& revision = named.good_revision(name.script);
        const auto pack = named.content.packs.find(name.language);
        if (pack == named.content.packs.end()) {
            found.push_back({"L011",
                             Severity::error,
                             source.path,
                             {1, 1, 1},
                             "The bot does not understand the language " + name.language + " yet.",
                             "Add data/language/" + name.language + ".json, or name the file after another language.",
                             std::nullopt});
            continue;
        }
        const auto script = named.scripts.find(name.script);
        const bool guarded = script != named.scripts.end() && dialog::is_about_safety(script->second.generic_string());
        dialog::CheckedTranslation checked = check_translation(revision, source, *pack->second, guarded);
        std::move(checked.diagnostics.begin(), checked.diagnostics.end(), std::back_inserter(found));
        summary += source.path + ": " + count(static_cast<std::size_t>(checked.texts), "text", "texts") + ", " +
                   std::to_string(checked.stale) + " to look at again, " + std::to_string(checked.missing) +
                   " without a translation.\n";
    }
    return report(found, texts, summary + count(named.files.size(), "translation", "translations"), options, out);
}

}  // namespace reweave::app
