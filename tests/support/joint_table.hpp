#pragma once
/// \file Several people around a script under test.

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bot/dialog/compile.hpp"
#include "bot/dialog/joint_player.hpp"
#include "tests/support/english.hpp"

namespace reweave::test {

inline std::string read_source(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(std::string(REWEAVE_SOURCE_DIR) + "/" + path).rdbuf();
    return text.str();
}

/// \throws std::runtime_error with what is wrong.
inline std::shared_ptr<dialog::Revision> revision_of(const std::string& path,
                                                     const std::string& text,
                                                     const std::vector<dialog::RevisionPtr>& callees = {}) {
    dialog::Titles titles;
    for (const auto& callee : callees) titles[callee->script.id] = callee->script.title;
    dialog::Compiled compiled = dialog::compile({path, text}, english(), &titles);
    if (!compiled.script) {
        std::string all = path;
        for (const auto& d : compiled.diagnostics)
            all += "\n" + std::to_string(d.span.line) + ": " + d.code + " " + d.message;
        throw std::runtime_error(all);
    }
    for (const auto& callee : callees) compiled.script->calls[callee->script.id] = callee->hash;
    return dialog::make_revision(std::move(*compiled.script));
}

inline const dialog::RevisionPtr& shipped_phrases() {
    static const dialog::RevisionPtr phrases =
        revision_of("dialogs/system/phrases.script", read_source("dialogs/system/phrases.script"));
    return phrases;
}

/// Stands in for the safety gate where that is not what is tested.
inline const dialog::RevisionPtr& small_gate() {
    static const dialog::RevisionPtr gate = revision_of("safety-gate.script",
                                                        "# Safety gate\nDraft: for tests\n## Ask\nAre you safe with "
                                                        "them?\nASK: safe, yes or no\nIF: safe is no\nFINISH: "
                                                        "closed\nEND\nFINISH: clear\n");
    return gate;
}

/// Begins at 10 in the morning. Everyone who is named when it is made has come in.
class JointTable : public dialog::JointPlayer {
 public:
    using Result = dialog::Turn::Result;

    JointTable(const dialog::RevisionPtr& root,
               const std::vector<std::string>& roles,
               std::uint64_t seed = 7,
               const std::vector<dialog::RevisionPtr>& scripts = {small_gate(), shipped_phrases()})
        : JointPlayer(scripts, std::make_shared<dialog::LanguagePack>(english()), seed, nullptr) {
        pass(std::chrono::hours(10));
        begin(root, roles);
    }

    /// Nobody has come in.
    explicit JointTable(const dialog::RevisionPtr& root, std::uint64_t seed = 7) : JointTable(root, {}, seed) {
        set_table(root, {"starter", "partner"});
    }

    /// All that a person saw, a line each; what they saw in the room begins with "room ".
    [[nodiscard]] std::string all(int lane) const {
        std::string text;
        for (const Seen& line : seen(lane)) text += (line.room ? "room " : "") + line.text + "\n";
        if (const auto& outcome = this->outcome(lane)) text += "ends: " + *outcome + "\n";
        return text;
    }
    [[nodiscard]] bool saw(int lane, const std::string& words) const {
        return all(lane).find(words) != std::string::npos;
    }
    [[nodiscard]] bool open() const { return state().room.open; }
    [[nodiscard]] bool in_room(int lane) const { return state().lanes[static_cast<std::size_t>(lane)].in_room; }
    [[nodiscard]] bool out(int lane) const { return state().lanes[static_cast<std::size_t>(lane)].out; }
};

}  // namespace reweave::test
