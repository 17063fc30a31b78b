#pragma once
/// \file From a script's source text to a checked `Script`, and from a set of scripts to revisions.
///
/// Pure. Parsing never stops at the first fault: it returns all diagnostics of a file in one pass, and a script only if
/// none of them is an error.

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/dialog/diagnostic.hpp"
#include "bot/dialog/language.hpp"
#include "bot/dialog/script.hpp"

namespace reweave::dialog {

struct Source {
    std::string path;  ///< as it is named in messages; its stem is the script's id
    std::string text;
};

struct Compiled {
    std::optional<Script> script;  ///< empty if there are errors
    std::vector<Diagnostic> diagnostics;
};

/// What is known of other scripts while one is checked: id -> title.
using Titles = std::map<std::string, std::string>;

/// Parses and checks one script. Without `others` a CALL to an unknown script is a warning, not an error.
[[nodiscard]] Compiled compile(const Source& source, const LanguagePack& pack, const Titles* others = nullptr);

/// Compiles a set that call each other, orders them by CALL and fills in hashes. A script with errors, and every script
/// that calls it, is left out; the diagnostics say so. A cycle of CALLs is an error in each script of it.
struct CompiledSet {
    std::vector<std::shared_ptr<Revision>> revisions;  ///< callees before callers
    std::vector<Diagnostic> diagnostics;
};
[[nodiscard]] CompiledSet compile_all(const std::vector<Source>& sources,
                                      const std::map<std::string, LanguagePackPtr>& packs);

/// Canonical JSON: keys sorted, no white space, UTF-8. Described by dialogs/schema/script.schema.json.
[[nodiscard]] std::string to_canonical_json(const Script& script);
/// \throws std::invalid_argument naming the place of what is wrong.
[[nodiscard]] Script script_from_json(const nlohmann::json& value);
/// 64 hex digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);
[[nodiscard]] std::shared_ptr<Revision> make_revision(Script script);

}  // namespace reweave::dialog
