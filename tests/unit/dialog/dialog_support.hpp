#pragma once
/// \file Helpers for tests of scripts: compile a text, list what was found.

#include <sstream>
#include <string>
#include <vector>

#include "bot/dialog/compile.hpp"
#include "bot/dialog/fold.hpp"

namespace reweave::dialog::test {

/// A language pack with just the words that the compiler looks at.
inline const LanguagePack& small_pack() {
    static const LanguagePack pack = [] {
        LanguagePack p;
        p.language = "en";
        p.commands = {{"stop", Command::stop},
                      {"exit", Command::exit},
                      {"delete", Command::erase},
                      {"help", Command::help},
                      {"human", Command::human},
                      {"pause", Command::pause},
                      {"back", Command::back},
                      {"change", Command::change},
                      {"skip", Command::skip}};
        p.yes_no = {{"yes", true}, {"no", false}};
        p.feelings = {Family{"anger", "Anger", {Term{"furious", "Furious", {}, "anger", 3, false}}}};
        p.needs = {Family{"rest", "Rest", {Term{"sleep", "Sleep", {}, "rest", 0, false}}}};
        return p;
    }();
    return pack;
}

inline Compiled compile_text(std::string text,
                             const Titles* others = nullptr,
                             std::string path = "dialogs/test.script") {
    return compile(Source{std::move(path), std::move(text)}, small_pack(), others);
}

/// "R017 5:1" for each, in order.
inline std::vector<std::string> places(const std::vector<Diagnostic>& diagnostics) {
    std::vector<std::string> result;
    for (const Diagnostic& d : diagnostics) {
        result.push_back(d.code + " " + std::to_string(d.span.line) + ":" + std::to_string(d.span.column));
    }
    return result;
}

/// All that was found, to be read when a test fails.
inline std::string in_words(const std::vector<Diagnostic>& diagnostics) {
    std::ostringstream out;
    for (const Diagnostic& d : diagnostics) {
        out << d.path << ':' << d.span.line << ':' << d.span.column << ": " << d.code << ' ' << d.message << ' '
            << d.mend << '\n';
    }
    return out.str();
}

}  // namespace reweave::dialog::test
