// The consent boundary, in scripts of tests/flow: every leak is found where it is, and no clean script is accused.
#include <algorithm>
#include <filesystem>

#include "bot/dialog/compile.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/joint_table.hpp"

namespace test_consent {

using namespace reweave::dialog;
using namespace reweave::test;
namespace fs = std::filesystem;

namespace {

struct Case {
    std::string name;
    std::string text;
    Compiled compiled;
};

std::vector<Case> cases(const std::string& folder) {
    static const Titles kOthers{{"safety-gate", "Safety gate"}, {"own-part", "Own my part"}};
    std::vector<Case> all;
    for (const auto& entry : fs::directory_iterator(fs::path(REWEAVE_SOURCE_DIR) / "tests/flow" / folder)) {
        const std::string name = entry.path().filename().string();
        const std::string text = read_source("tests/flow/" + folder + "/" + name);
        all.push_back({name, text, compile({name, text}, english(), &kOthers)});
    }
    return all;
}

std::string told(const Compiled& compiled) {
    std::string all;
    for (const Diagnostic& d : compiled.diagnostics)
        all += std::to_string(d.span.line) + ": " + d.code + " " + d.message + "\n";
    return all;
}

/// "NOTE: R093 at line 12": the code, and the line where it must be found (0: any).
std::pair<std::string, int> expected(const std::string& text) {
    const std::size_t note = text.find("NOTE: ") + 6;
    const std::string line = text.substr(note, text.find('\n', note) - note);
    const std::size_t at = line.find(" at line ");
    return {line.substr(0, 4), at == std::string::npos ? 0 : std::stoi(line.substr(at + 9))};
}

}  // namespace

TEST_CASE("every leak is found, with the place where the answer is given", "[dialog][consent]") {
    const std::vector<Case> leaking = cases("leaking");
    REQUIRE(leaking.size() >= 60);
    for (const Case& c : leaking) {
        const auto [code, line] = expected(c.text);
        INFO(c.name << ", " << code << " at " << line << "\n" << told(c.compiled));
        CHECK_FALSE(c.compiled.script);
        const auto& found = c.compiled.diagnostics;
        const auto hit = std::find_if(found.begin(), found.end(), [&, code = code, line = line](const Diagnostic& d) {
            return d.code == code && (line == 0 || d.span.line == line);
        });
        CHECK(hit != found.end());
        if (hit == found.end()) continue;
        if (code == "R093" || code == "R094") CHECK((hit->note && hit->note->span.line > 0));
        const auto stray = std::count_if(found.begin(), found.end(), [&, code = code](const Diagnostic& d) {
            return d.severity == Severity::error && d.code != code;
        });
        CHECK(stray == 0);
    }
}

TEST_CASE("no clean script is accused", "[dialog][consent]") {
    const std::vector<Case> clean = cases("clean");
    REQUIRE(clean.size() >= 60);
    for (const Case& c : clean) {
        INFO(c.name << "\n" << told(c.compiled));
        CHECK(c.compiled.script);
    }
}

}  // namespace test_consent
