#include "bot/app/publication.hpp"

#include <algorithm>

namespace reweave::app {
namespace {

std::string one_line(const dialog::Diagnostic& d) {
    return d.path + ":" + std::to_string(d.span.line) + ":" + std::to_string(d.span.column) + " " + d.code + " " +
           d.message;
}

}  // namespace

Publication prepare_publication(const Content& content, bool require_review) {
    dialog::CompiledSet set = dialog::compile_all(content.sources, content.packs);
    Publication out;
    for (const dialog::Diagnostic& d : set.diagnostics) {
        if (d.severity == dialog::Severity::error) out.faults.push_back(one_line(d));
    }
    out.broken = !out.faults.empty();
    for (const dialog::Source& source : content.sources)
        out.former[script_id(source.path)] = dialog::former_steps(source.text);
    for (auto& revision : set.revisions) {
        const dialog::Script& script = revision->script;
        if (require_review && script.review.kind != dialog::Review::Kind::reviewed) {
            out.faults.push_back(script.id + ": nobody has reviewed this script, and require_review is on");
        } else {
            out.revisions.push_back(std::move(revision));
        }
    }
    std::vector<dialog::Diagnostic> found;
    out.translations =
        dialog::translations_of(content.translations, content.sources, out.revisions, content.packs, found);
    for (const dialog::Diagnostic& d : found) {
        if (d.severity == dialog::Severity::error) out.faults.push_back(one_line(d));
    }
    for (const std::string& id : required_scripts()) {
        const bool there =
            std::any_of(out.revisions.begin(), out.revisions.end(), [&](const auto& r) { return r->script.id == id; });
        if (!there) out.missing.push_back(id);
    }
    return out;
}

}  // namespace reweave::app
