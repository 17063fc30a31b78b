#pragma once
/// \file The examples of a page for authors: fenced blocks marked `script` (a whole script), `script NAME` (a file of a
/// set) or `script-part` (a part, shown without its title).

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "bot/dialog/compile.hpp"
#include "tests/support/english.hpp"

namespace reweave::dialog::test {

struct Example {
    int line = 0;         ///< of the page
    std::string heading;  ///< the nearest above, without its signs
    std::string label;    ///< the paragraph directly above ("Bad:")
    std::string name;     ///< of its file, if the page gives one
    std::string text;
};

/// A part gets a title, and a heading and an end where it has none.
inline std::string whole_script(const std::string& part) {
    const std::string top = "# Example\nDraft: an example\n";
    if (part.starts_with("## ") || part.starts_with("##\n") || part.find("\n## ") != std::string::npos)
        return top + part;
    return top + "## Begin\n" + part + "FINISH: done\n";
}

inline std::vector<Example> read_examples(const std::string& path) {
    std::ifstream file(std::string(REWEAVE_SOURCE_DIR "/") + path);
    if (!file) throw std::runtime_error("cannot read " + path);
    std::vector<Example> examples;
    Example open;
    bool inside = false, wanted = false, part = false;
    int number = 0;
    std::string heading, label;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.starts_with("```") && !inside) {
            inside = true;
            part = line == "```script-part";
            wanted = part || line == "```script" || line.starts_with("```script ");
            open = Example{number, heading, label, {}, {}};
            if (line.starts_with("```script ")) open.name = line.substr(10);
        } else if (line.starts_with("```")) {
            inside = false;
            if (part) open.text = whole_script(open.text);
            if (wanted) examples.push_back(open);
        } else if (inside) {
            open.text += line + "\n";
        } else if (line.starts_with("## ")) {
            heading = line.substr(3);
        } else if (!line.empty()) {
            label = line;
        }
    }
    return examples;
}

/// What is wrong with examples that belong together. A single one without a name may call the scripts of its page's
/// stories.
inline std::vector<Diagnostic> faults_in(const std::vector<Example>& examples) {
    static const Titles kOthers{{"cooldown", "Cool down"}, {"own-part", "Own my part"}, {"safety-gate", "Safety gate"}};
    if (examples.size() == 1 && examples.front().name.empty()) {
        return compile(Source{"dialogs/example.script", examples.front().text}, reweave::test::english(), &kOthers)
            .diagnostics;
    }
    std::vector<Source> sources;
    for (const Example& example : examples) sources.push_back(Source{"dialogs/" + example.name, example.text});
    return compile_all(sources, {{"en", std::make_shared<LanguagePack>(reweave::test::english())}}).diagnostics;
}

}  // namespace reweave::dialog::test
