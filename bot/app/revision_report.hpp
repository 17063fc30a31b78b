#pragma once
/// \file What a publication changes, and what is published: as JSON, and as people read it.
///
/// The conversations on a revision are those that can reach it: they began with it, or with a script that calls it.

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "bot/app/publication.hpp"
#include "bot/store/revisions.hpp"

namespace reweave::app {

/// {"scripts": [{script, change: new | changed | unchanged, from, to, added, removed, renamed, texts, questions,
/// older: [{revision, published, conversations}]}], "faults": […]}. Unchanged scripts without older revisions in use
/// are only counted ("unchanged").
[[nodiscard]] nlohmann::json report_of(const Publication& publication,
                                       const std::vector<store::LivingRevision>& stored);
void print_publication(const nlohmann::json& report, std::ostream& out);

/// The lines of a reply of the engine.
[[nodiscard]] std::vector<std::string> lines_of(const std::string& text);

/// {"revisions": [{script, revision, published, newest, recalled, conversations}]}. `script` empty: all.
[[nodiscard]] nlohmann::json report_of(const std::vector<store::LivingRevision>& stored, const std::string& script);
void print_revisions(const nlohmann::json& report, std::ostream& out);

}  // namespace reweave::app
