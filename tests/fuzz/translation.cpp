/// \file Any bytes as a translation file: read, written and read again as the same; checked; what is usable of it put
/// into a script, which stays the same but for its words.

#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "bot/dialog/po_merge.hpp"
#include "bot/dialog/translate.hpp"
#include "tests/fuzz/demand.hpp"

using namespace reweave::dialog;
using nlohmann::json;

namespace {

std::string read(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(std::string(REWEAVE_SOURCE_DIR "/") + name).rdbuf();
    return text.str();
}

const LanguagePack& spanish() {
    static const LanguagePack pack = language_pack_from_json(json::parse(read("data/language/es.json")),
                                                             json::parse(read("data/vocabulary/feelings.es.json")),
                                                             json::parse(read("data/vocabulary/needs.es.json")));
    return pack;
}

const Revision& script() {
    static const RevisionPtr revision = [] {
        const Compiled compiled = compile({"talk.script",
                                           "# Talk\nDraft: x\n## One\nHow many days?\nASK: n, a number\nALSO: none, "
                                           "never = 0\n{n: # day | # days}.\nOR: "
                                           "{n} it is.\nWell?\n* Yes\nALSO: ok\n* No\nEND\nFINISH: done\n"},
                                          spanish());
        return make_revision(*compiled.script);
    }();
    return *revision;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const Source source{"talk.es.po", std::string(reinterpret_cast<const char*>(bytes), size)};
    std::vector<Diagnostic> found;
    const PoFile file = read_po(source, found);
    for (const Diagnostic& diagnostic : found) {
        demand(diagnostic.code == "L001" && diagnostic.span.line >= 1, "a fault has a code and a line");
        demand(!render_terminal(diagnostic, source.text, true).empty(), "a fault can be shown");
    }
    const std::string written = write_po(file);
    std::vector<Diagnostic> again;
    demand(write_po(read_po({source.path, written}, again)) == written, "what was written is read as the same");
    demand(again.empty(), "what was written can be read");

    const CheckedTranslation checked = check_translation(script(), source, spanish(), size % 2 == 0);
    const RevisionPtr result = translated(script(), checked.translation);
    demand(result->hash == script().hash, "a translated script is the same revision");
    Script own = script().script;
    Script other = result->script;
    demand(texts_of(other).size() == texts_of(own).size(), "a translated script has as many texts");
    const Merged merged = merge(file, script().script, "es");
    demand(write_po(merge(merged.file, script().script, "es").file) == write_po(merged.file),
           "merging twice is merging once");
    return 0;
}
