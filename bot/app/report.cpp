#include "bot/app/report.hpp"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

namespace reweave::app {

using dialog::Diagnostic;

std::string count(std::size_t n, const char* one, const char* many) {
    return std::to_string(n) + " " + (n == 1 ? one : many);
}

int report(const std::vector<Diagnostic>& found,
           const std::map<std::string, std::string>& texts,
           const std::string& summary,
           const CheckOptions& options,
           std::ostream& out) {
    const auto errors = static_cast<std::size_t>(std::count_if(
        found.begin(), found.end(), [](const Diagnostic& d) { return d.severity == dialog::Severity::error; }));
    if (options.json) {
        nlohmann::json all = nlohmann::json::array();
        for (const Diagnostic& d : found) all.push_back(render_json(d));
        out << all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    } else if (options.annotations) {
        for (const Diagnostic& d : found) out << render_annotation(d) << "\n";
    } else {
        const bool colour = isatty(STDOUT_FILENO) == 1;
        for (const Diagnostic& d : found) out << render_terminal(d, texts.at(d.path), colour) << "\n";
        out << summary << " read: " << count(errors, "error", "errors") << ", "
            << count(found.size() - errors, "warning", "warnings") << ".\n";
    }
    return errors == 0 ? 0 : 1;
}

}  // namespace reweave::app
