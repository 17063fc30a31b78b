#pragma once
/// \file The scripts and data in force: what the binary carries, with the operator's own files in their place where
/// there are some.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bot/dialog/compile.hpp"
#include "bot/engine/help.hpp"
#include "bot/safety/screen.hpp"
#include "bot/store/schema.hpp"

namespace reweave::app {

struct ContentError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Content {
    std::vector<dialog::Source> sources;       ///< every script, by path
    std::vector<dialog::Source> translations;  ///< every translation file (NAME.es.po), by path
    std::map<std::string, dialog::LanguagePackPtr> packs;
    safety::RulesPtr rules;
    std::vector<std::string> unscreened;  ///< languages that people may speak, without safety rules
    engine::HelpDirectoryPtr help;
};

/// `dialogs` and `data`: folders whose files stand in for the shipped ones of the same name (for scripts: the same id);
/// what they add is added. Empty paths: only what is shipped. \throws ContentError naming the file that cannot be read.
[[nodiscard]] Content load_content(const std::filesystem::path& dialogs, const std::filesystem::path& data);

/// The scripts of a folder or one file. \throws ContentError
[[nodiscard]] std::vector<dialog::Source> read_sources(const std::filesystem::path& path);
/// The translation files of a folder or one file. \throws ContentError
[[nodiscard]] std::vector<dialog::Source> read_translations(const std::filesystem::path& path);

/// `own` in place of those of the same id in `base`, and added otherwise.
[[nodiscard]] std::vector<dialog::Source> overlay(std::vector<dialog::Source> base, std::vector<dialog::Source> own);

/// The id that a script's path gives it.
[[nodiscard]] std::string script_id(std::string_view path);

[[nodiscard]] std::vector<store::Migration> shipped_migrations();

/// The bytes of a shipped file. \throws ContentError if there is none of that path.
[[nodiscard]] std::string_view shipped_file(std::string_view path);

/// Scripts that the engine itself begins; without one of them it cannot start.
[[nodiscard]] const std::vector<std::string>& required_scripts();

}  // namespace reweave::app
