// Every transcript beside a shipped script, on the step function, each with several seeds: a test that depends on which
// alternate is said would fail at some of them.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bot/dialog/coverage.hpp"
#include "bot/dialog/joint_player.hpp"
#include "bot/dialog/po_merge.hpp"
#include "bot/dialog/step_player.hpp"
#include "bot/dialog/transcript.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/english.hpp"

namespace test_shipped_transcripts {

using namespace reweave::dialog;
namespace fs = std::filesystem;

namespace {

LanguagePackPtr pack() {
    return std::make_shared<LanguagePack>(reweave::test::english());
}

std::string read(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

std::vector<Source> read_all(std::string_view extension) {
    const fs::path root = REWEAVE_SOURCE_DIR;
    std::vector<Source> sources;
    for (const auto& entry : fs::recursive_directory_iterator(root / "dialogs")) {
        if (entry.path().extension() != extension) continue;
        sources.push_back({fs::relative(entry.path(), root).string(), read(entry.path())});
    }
    std::sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) { return a.path < b.path; });
    return sources;
}

const std::vector<Source>& scripts() {
    static const std::vector<Source> all = read_all(".script");
    return all;
}

const CompiledSet& compiled() {
    static const CompiledSet set = compile_all(scripts(), {{"en", pack()}});
    return set;
}

std::vector<RevisionPtr> revisions() {
    return {compiled().revisions.begin(), compiled().revisions.end()};
}

const std::vector<Source>& translation_files() {
    static const std::vector<Source> all = read_all(".po");
    return all;
}

const Languages& languages() {
    static const Languages all = [] {
        const std::map<std::string, LanguagePackPtr> packs = {{"es", reweave::test::spanish()}};
        std::vector<Diagnostic> found;
        return Languages(
            revisions(), packs, translations_of(translation_files(), scripts(), compiled().revisions, packs, found));
    }();
    return all;
}

std::string told(const Diagnostic& diagnostic, const std::vector<Source>& sources) {
    const auto source =
        std::find_if(sources.begin(), sources.end(), [&](const Source& s) { return s.path == diagnostic.path; });
    return render_terminal(diagnostic, source == sources.end() ? std::string_view() : source->text, false);
}

std::string path_of(const Script& script) {
    for (const Source& source : scripts()) {
        if (fs::path(source.path).stem() == script.id) return source.path;
    }
    return script.id;
}

/// One for the people of the transcript's script.
std::unique_ptr<Player> player_for(const Transcript& transcript, std::uint64_t seed, const Trace& trace) {
    const std::vector<RevisionPtr> all = revisions();
    const auto it = std::find_if(
        all.begin(), all.end(), [&](const auto& r) { return r->script.id == transcript.beginning.script; });
    if (it != all.end() && !(*it)->script.people.empty())
        return std::make_unique<JointPlayer>(all, pack(), seed, trace, languages());
    return std::make_unique<StepPlayer>(all, pack(), seed, trace, languages());
}

}  // namespace

TEST_CASE("the shipped scripts have no fault and no warning", "[dialogs]") {
    std::string found;
    for (const Diagnostic& diagnostic : compiled().diagnostics) found += told(diagnostic, scripts()) + "\n";
    REQUIRE(found == "");
    REQUIRE(compiled().revisions.size() == scripts().size());
}

TEST_CASE("the shipped scripts are the same when they are read from the store", "[dialogs]") {
    for (const RevisionPtr& revision : revisions()) {
        INFO(revision->script.id);
        CHECK(to_canonical_json(script_from_json(nlohmann::json::parse(revision->json))) == revision->json);
    }
}

TEST_CASE("the shipped translations are whole, without fault, and as merging leaves them", "[dialogs]") {
    REQUIRE(translation_files().size() >= 3);
    for (const Source& file : translation_files()) {
        INFO(file.path);
        const auto name = po_name(file.path);
        REQUIRE(name);
        const auto revision = std::find_if(compiled().revisions.begin(),
                                           compiled().revisions.end(),
                                           [&](const auto& r) { return r->script.id == name->script; });
        REQUIRE(revision != compiled().revisions.end());
        const CheckedTranslation checked = check_translation(
            **revision, file, *languages().packs.at(name->language), is_about_safety(path_of((*revision)->script)));
        std::string found;
        for (const Diagnostic& diagnostic : checked.diagnostics) found += told(diagnostic, translation_files()) + "\n";
        REQUIRE(found == "");
        REQUIRE(checked.missing == 0);
        std::vector<Diagnostic> unreadable;
        const PoFile read = read_po(file, unreadable);
        REQUIRE(write_po(merge(read, (*revision)->script, name->language).file) == file.text);
    }
}

TEST_CASE("every transcript of a shipped script passes, and together they run every step and branch, for each role",
          "[dialogs]") {
    const std::vector<Source> tests = read_all(".test");
    Coverage coverage;
    for (const RevisionPtr& revision : revisions()) {
        if (revision->script.id != "phrases") coverage.add(path_of(revision->script), revision);
    }
    std::string failed;
    for (const Source& test : tests) {
        const Transcripts parsed = parse_transcripts(test);
        for (const Diagnostic& diagnostic : parsed.diagnostics) failed += told(diagnostic, tests) + "\n";
        for (const Transcript& transcript : parsed.all) {
            for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
                const auto trace = [&](std::string_view hash, const Place& place, const Walker& walker) {
                    coverage.visit(hash, place, walker);
                };
                const auto player = player_for(transcript, seed * 1000, trace);
                if (const auto failure = run(transcript, *player)) {
                    failed += told(*failure, tests) + "\n";
                    break;
                }
            }
        }
    }
    REQUIRE(failed == "");
    const Coverage::Report report = coverage.report();
    INFO(render_text(report));
    REQUIRE(report.reaches(100, 100));
}

TEST_CASE("the example in the guide to transcripts runs", "[dialogs]") {
    const std::string guide = read(fs::path(REWEAVE_SOURCE_DIR) / "dialogs/transcripts.md");
    const std::size_t begin = guide.find("```\n") + 4;
    const Transcripts parsed =
        parse_transcripts({"example.test", guide.substr(begin, guide.find("```", begin) - begin)});
    REQUIRE(parsed.diagnostics.empty());
    REQUIRE(parsed.all.size() == 1);
    StepPlayer player(revisions(), pack(), 1, nullptr);
    const auto failure = run(parsed.all.front(), player);
    INFO((failure ? failure->message + failure->mend : std::string()));
    REQUIRE_FALSE(failure);
}

TEST_CASE("the first script in the guide for authors passes the transcript that the guide shows", "[dialogs]") {
    const std::string guide = read(fs::path(REWEAVE_SOURCE_DIR) / "dialogs/README.md");
    const auto block = [&](const std::string& fence) {
        const std::size_t begin = guide.find(fence) + fence.size();
        return guide.substr(begin, guide.find("```", begin) - begin);
    };
    std::vector<Source> sources = scripts();
    sources.push_back({"dialogs/a-short-rest.script", block("```script\n")});
    const CompiledSet set = compile_all(sources, {{"en", pack()}});
    const Transcripts parsed = parse_transcripts({"dialogs/a-short-rest.test", block("```test\n")});
    REQUIRE(parsed.diagnostics.empty());
    REQUIRE(parsed.all.size() == 1);
    StepPlayer player({set.revisions.begin(), set.revisions.end()}, pack(), 1, nullptr);
    const auto failure = run(parsed.all.front(), player);
    INFO((failure ? failure->message + failure->mend : std::string()));
    REQUIRE_FALSE(failure);
}

}  // namespace test_shipped_transcripts
