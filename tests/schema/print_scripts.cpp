// Prints the canonical JSON of the scripts below a folder, one a line: what the schema must describe.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "bot/dialog/compile.hpp"
#include "tests/support/english.hpp"

int main(int argc, char** argv) {
    using namespace reweave::dialog;
    std::vector<Source> sources;
    for (int i = 1; i < argc; ++i) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
            if (entry.path().extension() != ".script") continue;
            std::ifstream file(entry.path());
            sources.push_back({entry.path().string(), std::string(std::istreambuf_iterator<char>(file), {})});
        }
    }
    const CompiledSet set = compile_all(sources, {{"en", std::make_shared<LanguagePack>(reweave::test::english())}});
    for (const auto& revision : set.revisions) std::cout << to_canonical_json(revision->script) << '\n';
    return set.revisions.size() == sources.size() ? 0 : 1;
}
