#include "bot/dialog/compile.hpp"

#include "bot/dialog/checker.hpp"
#include "bot/dialog/header.hpp"

namespace reweave::dialog {

Compiled compile(const Source& source, const LanguagePack& pack, const Titles* others) {
    Faults faults(source.path);
    std::string id = script_id(source.path);
    if (!is_kebab(id)) {
        faults.report(Fault::file_name,
                      Span{1, 1, 0},
                      "The file's name " + in_quotes(id) + " cannot be the id of a script.",
                      "Name it with small letters, digits and hyphens, as in own-part.script.");
    }
    const SourceLines lines = read_lines(source.text);
    Parsed parsed = parse(lines, std::move(id), pack, others, faults);
    check(parsed, pack, faults);
    Compiled compiled;
    compiled.people = parsed.people;
    if (!faults.any_error()) compiled.script = std::move(parsed.script);
    compiled.diagnostics = faults.take();
    return compiled;
}

}  // namespace reweave::dialog
