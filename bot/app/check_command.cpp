#include <unistd.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "bot/app/commands.hpp"
#include "bot/app/content.hpp"

namespace reweave::app {
namespace {

using dialog::Diagnostic;
using dialog::Severity;

std::string count(std::size_t n, const char* one, const char* many) {
    return std::to_string(n) + " " + (n == 1 ? one : many);
}

}  // namespace

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
    const auto errors = static_cast<std::size_t>(
        std::count_if(found.begin(), found.end(), [](const Diagnostic& d) { return d.severity == Severity::error; }));

    if (options.json) {
        nlohmann::json all = nlohmann::json::array();
        for (const Diagnostic& d : found) all.push_back(render_json(d));
        out << all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    } else if (options.annotations) {
        for (const Diagnostic& d : found) out << render_annotation(d) << "\n";
    } else {
        const bool colour = isatty(STDOUT_FILENO) == 1;
        for (const Diagnostic& d : found) out << render_terminal(d, texts.at(d.path), colour) << "\n";
        out << count(own.size(), "script", "scripts") << " read: " << count(errors, "error", "errors") << ", "
            << count(found.size() - errors, "warning", "warnings") << ".\n";
    }
    return errors == 0 ? 0 : 1;
}

}  // namespace reweave::app
