#include <algorithm>
#include <map>

#include "bot/app/commands.hpp"
#include "bot/app/content.hpp"
#include "bot/app/report.hpp"

namespace reweave::app {

using dialog::Diagnostic;

int check_scripts(const CheckOptions& options, std::ostream& out) {
    Content content = load_content({}, {});
    std::vector<dialog::Source> own;
    for (const auto& path : options.paths) {
        auto found = read_sources(path);
        std::move(found.begin(), found.end(), std::back_inserter(own));
    }
    if (own.empty()) throw ContentError("there is no script (NAME.script) in what you named");
    std::map<std::string, std::string> texts;
    for (const dialog::Source& source : own) texts[source.path] = source.text;
    const auto set = dialog::compile_all(overlay(std::move(content.sources), own), content.packs);

    std::vector<Diagnostic> found;
    std::copy_if(set.diagnostics.begin(), set.diagnostics.end(), std::back_inserter(found), [&](const Diagnostic& d) {
        return texts.contains(d.path);
    });
    return report(found, texts, count(own.size(), "script", "scripts"), options, out);
}

}  // namespace reweave::app
