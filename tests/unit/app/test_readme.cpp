#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "bot/dialog/compile.hpp"
#include "tests/support/catch.hpp"

namespace test_readme {

using namespace reweave::dialog;

namespace {

std::string content_of(const std::string& name) {
    std::ifstream in(REWEAVE_SOURCE_DIR "/" + name);
    return {std::istreambuf_iterator<char>(in), {}};
}

LanguagePack english() {
    const auto data = [](const char* name) { return nlohmann::json::parse(content_of(std::string("data/") + name)); };
    return language_pack_from_json(
        data("language/en.json"), data("vocabulary/feelings.en.json"), data("vocabulary/needs.en.json"));
}

}  // namespace

TEST_CASE("the first script of the README is without fault", "[app][readme]") {
    const std::string readme = content_of("README.md");
    const std::string fence = "```script\n";
    const std::size_t begin = readme.find(fence);
    REQUIRE(begin != std::string::npos);
    const std::size_t from = begin + fence.size();
    const std::string script = readme.substr(from, readme.find("```", from) - from);

    const Compiled compiled = compile({"after-a-row.script", script}, english());
    std::string faults;
    for (const Diagnostic& diagnostic : compiled.diagnostics)
        faults += render_terminal(diagnostic, script, false) + "\n";
    INFO(faults);
    REQUIRE(faults.empty());
    REQUIRE(compiled.script);
}

}  // namespace test_readme
