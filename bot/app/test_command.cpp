#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <sstream>

#include "bot/app/commands.hpp"
#include "bot/app/transcript_levels.hpp"
#include "bot/dialog/coverage.hpp"
#include "bot/dialog/joint_player.hpp"
#include "bot/dialog/step_player.hpp"
#include "bot/dialog/transcript.hpp"

namespace reweave::app {
namespace {

namespace fs = std::filesystem;
using dialog::Diagnostic;

constexpr std::uint64_t kSeed = 1;

std::vector<fs::path> transcript_files(const std::vector<fs::path>& paths) {
    std::vector<fs::path> files;
    for (const fs::path& path : paths) {
        if (fs::is_regular_file(path)) {
            files.push_back(path);
            continue;
        }
        for (const auto& entry : fs::recursive_directory_iterator(path)) {
            if (entry.is_regular_file() && entry.path().extension() == ".test") files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

dialog::Source read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) throw ContentError("cannot read " + path.string());
    return {path.string(), std::move(text).str()};
}

/// All scripts (or translations) below the folders that were named, and beside the files that were named: they stand in
/// for the shipped ones, whether they have a transcript of their own or not.
std::vector<dialog::Source> files_of(const std::vector<fs::path>& paths, std::string_view extension) {
    std::set<fs::path> found;
    const auto take = [&](const fs::directory_entry& entry) {
        if (entry.is_regular_file() && entry.path().extension() == extension) found.insert(entry.path());
    };
    for (const fs::path& path : paths) {
        if (fs::is_directory(path)) {
            for (const auto& entry : fs::recursive_directory_iterator(path)) take(entry);
        } else {
            const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
            for (const auto& entry : fs::directory_iterator(folder)) take(entry);
        }
    }
    std::vector<dialog::Source> own;
    for (const fs::path& file : found) own.push_back(read(file));
    return own;
}

/// An answer that the transcript hands in and its script does not take.
std::optional<Diagnostic> unknown_given(const dialog::Transcript& transcript,
                                        const std::vector<dialog::RevisionPtr>& revisions) {
    for (const dialog::RevisionPtr& revision : revisions) {
        if (revision->script.id != transcript.beginning.script) continue;
        const std::vector<std::string>& takes = revision->script.given;
        for (const auto& [name, answer] : transcript.beginning.given) {
            if (std::find(takes.begin(), takes.end(), name) != takes.end()) continue;
            return Diagnostic{"T009",
                              dialog::Severity::error,
                              transcript.path,
                              transcript.span,
                              "in “" + transcript.title + "”: the script takes no answer “" + name + "”",
                              "Use a name that stands in the script's Given line.",
                              std::nullopt};
        }
    }
    return std::nullopt;
}

/// A language that the bot does not understand.
std::optional<Diagnostic> unknown_language(const dialog::Transcript& transcript, const Content& content) {
    std::vector<std::string> spoken{transcript.beginning.language};
    for (const auto& [who, language] : transcript.beginning.languages) spoken.push_back(language);
    for (const std::string& language : spoken) {
        if (content.packs.contains(language)) continue;
        return Diagnostic{"T010",
                          dialog::Severity::error,
                          transcript.path,
                          transcript.span,
                          "in “" + transcript.title + "”: the bot does not understand the language “" + language + "”",
                          "Use one that has a file in data/language, such as es.",
                          std::nullopt};
    }
    return std::nullopt;
}

bool is_for_several(const dialog::Transcript& transcript, const std::vector<dialog::RevisionPtr>& revisions) {
    return std::any_of(revisions.begin(), revisions.end(), [&](const dialog::RevisionPtr& revision) {
        return revision->script.id == transcript.beginning.script && !revision->script.people.empty();
    });
}

std::vector<std::string> languages_of(const dialog::Revision& revision,
                                      const std::vector<dialog::Translation>& translations) {
    std::vector<std::string> languages;
    for (const dialog::Translation& translation : translations) {
        if (translation.revision == revision.hash) languages.push_back(translation.language);
    }
    return languages;
}

bool has_transcripts(const dialog::Source& script, const std::vector<fs::path>& files) {
    return std::any_of(files.begin(), files.end(), [&](const fs::path& file) {
        const fs::path tested = fs::path(file).replace_extension(".script");
        return tested.lexically_normal() == fs::path(script.path).lexically_normal();
    });
}

}  // namespace

int test_scripts(const TestOptions& options, std::ostream& out) {
    const std::vector<fs::path> files = transcript_files(options.paths);
    if (files.empty()) throw ContentError("there is no transcript (NAME.test) in what you named");
    Content content = load_content({}, {});
    const std::vector<dialog::Source> own = files_of(options.paths, ".script");
    content.sources = overlay(std::move(content.sources), own);
    content.translations = overlay(std::move(content.translations), files_of(options.paths, ".po"));
    const dialog::CompiledSet set = dialog::compile_all(content.sources, content.packs);
    std::vector<Diagnostic> untold;  // `reweave i18n check` tells what is wrong with translations
    const std::vector<dialog::Translation> translations =
        dialog::translations_of(content.translations, content.sources, set.revisions, content.packs, untold);

    dialog::Coverage coverage;
    std::vector<dialog::RevisionPtr> revisions(set.revisions.begin(), set.revisions.end());
    const dialog::Languages languages(revisions, content.packs, translations);
    for (const auto& revision : revisions) {
        for (const dialog::Source& source : own) {
            const bool covers = script_id(source.path) == revision->script.id && has_transcripts(source, files);
            if (covers) coverage.add(source.path, revision, languages_of(*revision, translations));
        }
    }

    std::vector<std::pair<Diagnostic, std::string>> failures;  // with the text of their file
    for (const Diagnostic& fault : set.diagnostics) {
        const auto source =
            std::find_if(own.begin(), own.end(), [&](const dialog::Source& s) { return s.path == fault.path; });
        if (fault.severity == dialog::Severity::error && source != own.end())
            failures.emplace_back(fault, source->text);
    }
    std::size_t ran = 0;
    for (const fs::path& file : files) {
        const dialog::Source source = read(file);
        const dialog::Transcripts transcripts = dialog::parse_transcripts(source);
        for (const Diagnostic& fault : transcripts.diagnostics) failures.emplace_back(fault, source.text);
        if (transcripts.all.empty() && transcripts.diagnostics.empty()) {
            failures.emplace_back(Diagnostic{"T003",
                                             dialog::Severity::error,
                                             source.path,
                                             {1, 1, 1},
                                             "this file has no transcript",
                                             "Begin one with a line like: # What it shows",
                                             std::nullopt},
                                  source.text);
        }
        for (const dialog::Transcript& transcript : transcripts.all) {
            ++ran;
            auto unknown = unknown_given(transcript, revisions);
            if (!unknown) unknown = unknown_language(transcript, content);
            if (unknown) {
                failures.emplace_back(*unknown, source.text);
                continue;
            }
            const auto trace = [&](std::string_view hash, const dialog::Place& place, const dialog::Walker& walker) {
                coverage.visit(hash, place, walker);
            };
            std::unique_ptr<dialog::Player> step;
            if (is_for_several(transcript, revisions)) {
                step =
                    std::make_unique<dialog::JointPlayer>(revisions, content.packs.at("en"), kSeed, trace, languages);
            } else {
                step = std::make_unique<dialog::StepPlayer>(revisions, content.packs.at("en"), kSeed, trace, languages);
            }
            const auto failure = run_at_all_levels(transcript, *step, content, set.revisions, translations, kSeed);
            if (failure) failures.emplace_back(*failure, source.text);
        }
    }

    const dialog::Coverage::Report report = coverage.report();
    const bool covered = report.reaches(options.coverage, options.coverage_roles, options.coverage_languages);
    if (options.json) {
        nlohmann::json all = {{"ran", ran}, {"coverage", render_json(report)}, {"failures", nlohmann::json::array()}};
        for (const auto& [failure, text] : failures) all["failures"].push_back(render_json(failure));
        out << all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    } else {
        for (const auto& [failure, text] : failures) out << render_terminal(failure, text, false) << "\n";
        out << render_text(report) << "\n"
            << ran << " transcripts, each on the step function, on the engine with its database, and over a WebSocket: "
            << failures.size() << " failed.\n";
        if (!covered) {
            out << "Less has run than was asked for: " << options.coverage << " % of steps and branches, "
                << options.coverage_roles << " % by role, " << options.coverage_languages << " % by language.\n";
        }
    }
    return failures.empty() && covered ? 0 : 1;
}

}  // namespace reweave::app
