#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <sstream>
#include <system_error>

#include "bot/app/commands.hpp"
#include "bot/app/content.hpp"
#include "bot/app/report.hpp"
#include "bot/app/temporary_folder.hpp"
#include "bot/dialog/graph.hpp"

extern char** environ;  // NOLINT: POSIX names it so

namespace reweave::app {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) throw ContentError("cannot write " + path.string());
}

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return std::move(text).str();
}

/// Draws by Graphviz, which is looked for in PATH and reads and writes files of ours.
std::string draw(const std::string& dot) {
    const TemporaryFolder folder("reweave-graph");
    const std::string from = folder.path() / "script.dot";
    const std::string to = folder.path() / "script.svg";
    write(from, dot);
    std::array<std::string, 6> words{"neato", "-n2", "-q", "-Tsvg", "-o" + to, from};
    std::array<char*, 7> arguments{};
    std::transform(words.begin(), words.end(), arguments.begin(), [](std::string& word) { return word.data(); });
    pid_t child = 0;
    const int failed = posix_spawnp(&child, words.front().c_str(), nullptr, nullptr, arguments.data(), environ);
    if (failed == ENOENT)
        throw ContentError(
            "there is no Graphviz here to draw with: install it (Debian: apt install graphviz), or use --dot, which "
            "works without");
    if (failed != 0) throw std::system_error(failed, std::generic_category(), "cannot run neato, of Graphviz");
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    std::string svg = read(to);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || svg.empty())
        throw ContentError("neato, of Graphviz, could not draw this; `reweave graph --dot` prints what it was given");
    return svg;
}

/// Names the whole picture for those who have it read aloud: Graphviz names only the drawing inside it.
std::string titled(std::string svg, const std::string& title) {
    std::string name;
    for (const char c : title) name += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
    const auto tag = svg.find("<svg");
    const auto end = tag == std::string::npos ? tag : svg.find('>', tag);
    if (end == std::string::npos) return svg;
    svg.insert(end + 1, "\n<title>" + name + "</title>");
    return svg.insert(end, " role=\"img\"");
}

}  // namespace

int draw_script(const GraphOptions& options, std::ostream& out, std::ostream& faults) {
    Content content = load_content({}, {});
    const std::vector<dialog::Source> own = read_sources(options.script);
    const dialog::Source& source = own.front();
    const auto set = dialog::compile_all(overlay(std::move(content.sources), own), content.packs);
    std::vector<dialog::Diagnostic> errors;
    for (const dialog::Diagnostic& d : set.diagnostics) {
        if (d.path == source.path && d.severity == dialog::Severity::error) errors.push_back(d);
    }
    if (!errors.empty()) return report(errors, {{source.path, source.text}}, "1 script", {}, faults);
    const auto revision = std::find_if(set.revisions.begin(), set.revisions.end(), [&](const auto& r) {
        return r->script.id == script_id(source.path);
    });
    if (revision == set.revisions.end())
        throw ContentError(source.path + " calls a script that has errors; `reweave check` says which");
    const dialog::Script& script = (*revision)->script;
    std::string picture = dialog::to_dot(script);
    if (!options.dot) picture = titled(draw(picture), script.title);
    if (options.to.empty()) {
        out << picture;
    } else {
        write(options.to, picture);
    }
    return 0;
}

}  // namespace reweave::app
