#include "bot/dialog/po_merge.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "bot/dialog/names.hpp"
#include "bot/dialog/plural.hpp"

namespace reweave::dialog {
namespace {

using TextKind = ScriptText::Kind;

// ------------------------------------------------------------------------------------ who is spoken to

/// Which part of a script for several people a node stands in: alone with each, alone with a role, or the room.
class Parts {
 public:
    explicit Parts(const Script& script) : script_(script), begins_(script.steps.size()) {
        if (script.people.empty()) return;
        for (bool grew = true; grew;) {
            grew = false;
            for (std::size_t i = 0; i < script.steps.size(); ++i) grew = walk(i) || grew;
        }
    }

    /// "To the partner alone", "In the room, heard by all".
    [[nodiscard]] std::string heard_by(const Node& node) const {
        if (script_.people.empty()) return "To one person, alone.";
        const auto it = part_.find(&node);
        const For* part = it == part_.end() ? nullptr : it->second;
        if (!part) return {};
        if (part->who == For::Who::each) return "To each, alone.";
        if (part->who == For::Who::role) return "To the " + part->role + ", alone.";
        if (node.to.empty()) return "In the room, heard by all.";
        return "In the room, to the " + node.to + (node.alone ? " alone." : "; heard by all.");
    }

 private:
    /// True if something new was found.
    bool walk(std::size_t index) {
        const For* part = begins_[index];
        bool grew = false;
        for (const Node& node : script_.steps[index].body) {
            if (const auto* begun = std::get_if<For>(&node.what)) part = begun;
            if (part) grew = visit(node, part) || grew;
        }
        return (part && index + 1 < begins_.size() && lead(static_cast<int>(index) + 1, part)) || grew;
    }

    bool lead(int step, const For* part) {
        if (step < 0 || begins_[static_cast<std::size_t>(step)]) return false;
        begins_[static_cast<std::size_t>(step)] = part;
        return true;
    }

    bool visit(const Node& node, const For* part) {
        bool grew = part_.insert_or_assign(&node, part).second;
        const auto to = [&](const std::string& step) {
            if (!step.empty()) grew = lead(step_index(script_, step), part) || grew;
        };
        const auto block = [&](const Block& inner) {
            for (const Node& n : inner) grew = visit(n, part) || grew;
        };
        if (const auto* go = std::get_if<GoTo>(&node.what)) to(go->step);
        if (const auto* barrier = std::get_if<Barrier>(&node.what)) to(barrier->if_not);
        if (const auto* fork = std::get_if<If>(&node.what)) {
            for (const Branch& branch : fork->branches) block(branch.then);
            block(fork->otherwise);
        }
        if (const auto* ask = std::get_if<Ask>(&node.what)) {
            to(ask->if_not);
            to(ask->if_stuck);
            for (const Choice& choice : ask->choices) block(choice.then);
        }
        return grew;
    }

    const Script& script_;
    std::vector<const For*> begins_;  ///< by step
    std::map<const Node*, const For*> part_;
};

// ---------------------------------------------------------------------------------- words to translators

std::string in_words(AskKind kind) {
    switch (kind) {
        case AskKind::one_line:
        case AskKind::long_text:
            return "words they typed";
        case AskKind::yes_no:
            return "yes or no";
        case AskKind::scale:
        case AskKind::number:
            return "a number";
        case AskKind::length:
            return "a length of time";
        case AskKind::moment:
            return "a moment";
        case AskKind::country:
            return "a country";
        case AskKind::feelings:
        case AskKind::needs:
        case AskKind::several:
            return "one or more choices";
        case AskKind::one_of:
            return "one choice";
    }
    return {};
}

std::string what_it_is(const ScriptText& text) {
    constexpr const char* kList = ", with commas between.";
    switch (text.kind) {
        case TextKind::title:
            return "The title of the script.";
        case TextKind::about:
            return "What the script is for.";
        case TextKind::role:
            return "What somebody in this role is called.";
        case TextKind::bubble:
            return text.alternate > 0 ? "Another way to say the line above." : "";
        case TextKind::retry:
            return "Said when the answer was not understood.";
        case TextKind::nudge:
            return "Said when the words above were found in the answer.";
        case TextKind::reminder:
            return "Said when no answer has come for a while.";
        case TextKind::beat:
            return "A part of a breathing or calming exercise.";
        case TextKind::label:
            return "A button.";
        case TextKind::label_words:
            return "What people may type instead of the button \"" + text.about + "\"" + kList;
        case TextKind::low:
            return "The lowest point of a scale.";
        case TextKind::high:
            return "The highest point of a scale.";
        case TextKind::value_words:
            return "What people may type for " + text.about + kList + " The first may be a button.";
        case TextKind::looked_for:
        case TextKind::looked_for_too:
            return "Words that are looked for in {" + text.about + "}" + kList + " Write what people would type.";
    }
    return {};
}

class Commenter {
 public:
    Commenter(const Script& script, std::string language)
        : script_(script), parts_(script), language_(std::move(language)) {
        for (const Step& step : script.steps) gather(step.body);
    }

    [[nodiscard]] std::vector<std::string> comments(const ScriptText& text) const {
        std::vector<std::string> lines;
        if (text.step >= 0) {
            std::string where = "Step: " + script_.steps[static_cast<std::size_t>(text.step)].title + ".";
            if (const std::string heard = parts_.heard_by(*text.node); !heard.empty()) where += " " + heard;
            lines.push_back(std::move(where));
        }
        if (std::string what = what_it_is(text); !what.empty()) lines.push_back(std::move(what));
        if (const auto* words = std::get_if<Template*>(&text.at)) add_insertions(**words, lines);
        return lines;
    }

 private:
    void gather(const Block& block) {
        for (const Node& node : block) {
            if (const auto* ask = std::get_if<Ask>(&node.what)) {
                kinds_.try_emplace(ask->name, ask->kind);
                for (const Choice& choice : ask->choices) gather(choice.then);
            }
            if (const auto* fork = std::get_if<If>(&node.what)) {
                for (const Branch& branch : fork->branches) gather(branch.then);
                gather(fork->otherwise);
            }
        }
    }

    void add_insertions(const Template& words, std::vector<std::string>& lines) const {
        std::set<std::string> told;
        for (const Piece& piece : words) {
            if (piece.name.empty() || !told.insert(piece.forms.empty() ? piece.name : piece.name + ":").second)
                continue;
            const auto kind = kinds_.find(piece.name);
            if (!piece.forms.empty() && is_person(script_, piece.name)) {
                lines.push_back("{" + piece.name + ": …} is how somebody is spoken of: what fits she, he and they.");
            } else if (!piece.forms.empty()) {
                std::string forms = "{" + piece.name + ": …} is a number with its noun, # where the number stands.";
                if (!language_.empty()) forms += " The forms of this language: " + plural_categories(language_) + ".";
                lines.push_back(std::move(forms));
            } else if (kind != kinds_.end()) {
                lines.push_back("{" + piece.name + "} is " + in_words(kind->second) + ".");
            } else if (is_person(script_, piece.name)) {
                lines.push_back("{" + piece.name + "} is somebody's name.");
            }
        }
    }

    const Script& script_;
    Parts parts_;
    std::string language_;
    std::map<std::string, AskKind> kinds_;
};

// ------------------------------------------------------------------------------------------- matching

/// "own-part/settle" of "own-part/settle/3".
std::string_view step_of(std::string_view context) {
    return context.substr(0, context.rfind('/'));
}

/// The contexts are those that the texts have now.
PoFile with_renamed_steps(PoFile file, const FormerSteps& former) {
    for (PoEntry& entry : file.entries) {
        const std::size_t first = entry.context.find('/');
        const std::size_t last = entry.context.rfind('/');
        if (first == std::string::npos || last <= first) continue;
        const auto later = former.find(entry.context.substr(first + 1, last - first - 1));
        if (later != former.end()) entry.context.replace(first + 1, last - first - 1, later->second);
    }
    return file;
}

bool has_words(const PoEntry& entry) {
    return !entry.translation.empty();
}

/// 0 to 1: how much of one text is in the other.
double likeness(std::string_view a, std::string_view b) {
    const std::size_t longest = std::max(a.size(), b.size());
    if (longest == 0) return 1;
    return 1 - static_cast<double>(edit_distance(a, b, longest)) / static_cast<double>(longest);
}

PoFile empty_file(const Script& script, const std::string& language) {
    PoFile file;
    file.set_field("Project-Id-Version", script.id);
    file.set_field("Language", language);
    file.set_field("MIME-Version", "1.0");
    file.set_field("Content-Type", "text/plain; charset=UTF-8");
    file.set_field("Content-Transfer-Encoding", "8bit");
    return file;
}

class Merger {
 public:
    Merger(PoFile old, const Script& script, const std::string& language)
        : old_(std::move(old)), script_(script), texts_(texts_of(script_)), commenter_(script_, language) {
        out_.file = empty_file(script, language);
        if (old_.head.line != 0 || !old_.head.translation.empty()) {
            out_.file.head = old_.head;
            out_.file.set_field("Language", language);
        }
    }

    Merged take() {
        const std::vector<const PoEntry*> same = entries_of(texts_, old_);
        for (const PoEntry* entry : same) {
            if (entry) used_.insert(entry);
        }
        for (std::size_t i = 0; i < texts_.size(); ++i) {
            // Where both were moved and changed, the words decide; so what is the same is taken first.
            if (same[i]) {
                keep(*same[i], texts_[i], false);
            } else if (const PoEntry* elsewhere = same_words(texts_[i])) {
                keep(*elsewhere, texts_[i], true);
            } else if (const PoEntry* before = nearest(texts_[i])) {
                change(*before, texts_[i]);
            } else {
                add(texts_[i]);
            }
        }
        for (const PoEntry& entry : old_.entries) drop(entry);
        return std::move(out_);
    }

 private:
    [[nodiscard]] PoEntry entry_for(const ScriptText& text, const PoEntry* from) const {
        PoEntry entry;
        if (from) {
            entry.notes = from->notes;
            entry.flags = from->flags;
            entry.previous = from->previous;
            entry.translation = from->translation;
        }
        entry.comments = commenter_.comments(text);
        entry.context = text.context;
        entry.source = in_writing(text);
        return entry;
    }

    void put(PoEntry entry, int& count) {
        if (!has_words(entry)) {
            entry.set_fuzzy(false);
            entry.previous.clear();
        }
        ++(has_words(entry) ? count : out_.added);
        out_.file.entries.push_back(std::move(entry));
    }

    void keep(const PoEntry& from, const ScriptText& text, bool look_again) {
        used_.insert(&from);
        PoEntry entry = entry_for(text, &from);
        if (look_again) entry.set_fuzzy(true);
        int& count = entry.fuzzy() ? out_.changed : out_.kept;
        put(std::move(entry), count);
    }

    void change(const PoEntry& from, const ScriptText& text) {
        used_.insert(&from);
        PoEntry entry = entry_for(text, &from);
        if (entry.previous.empty())
            entry.previous = from.source;  // the words that were translated, if it changes twice
        entry.set_fuzzy(true);
        put(std::move(entry), out_.changed);
    }

    void add(const ScriptText& text) { put(entry_for(text, nullptr), out_.added); }

    void drop(const PoEntry& entry) {
        if (used_.contains(&entry) || !has_words(entry)) return;
        PoEntry kept = entry;
        if (!kept.obsolete) ++out_.dropped;
        kept.obsolete = true;
        kept.comments.clear();
        kept.references.clear();
        out_.file.entries.push_back(std::move(kept));
    }

    /// The same words anywhere else in the script, or in what was dropped once.
    const PoEntry* same_words(const ScriptText& text) {
        const std::string source = in_writing(text);
        const auto it = std::find_if(old_.entries.begin(), old_.entries.end(), [&](const PoEntry& entry) {
            return has_words(entry) && entry.source == source && !used_.contains(&entry);
        });
        return it == old_.entries.end() ? nullptr : &*it;
    }

    /// What stood here before the text was changed: of the same step, and much the same words.
    const PoEntry* nearest(const ScriptText& text) {
        constexpr double kAlike = 0.4;
        const std::string source = in_writing(text);
        const PoEntry* best = nullptr;
        double most = kAlike;
        for (const PoEntry& entry : old_.entries) {
            const bool here = !entry.obsolete && has_words(entry) && step_of(entry.context) == step_of(text.context);
            if (!here || used_.contains(&entry)) continue;
            const double alike = likeness(entry.source, source);
            if (alike <= most) continue;
            most = alike;
            best = &entry;
        }
        return best;
    }

    const PoFile old_;
    Script script_;
    std::vector<ScriptText> texts_;
    Commenter commenter_;
    std::set<const PoEntry*> used_;
    Merged out_;
};

}  // namespace

PoFile po_from(const Script& script, const std::string& language) {
    return merge(PoFile{}, script, language).file;
}

std::vector<const PoEntry*> entries_of(const std::vector<ScriptText>& texts, const PoFile& file) {
    std::vector<const PoEntry*> found(texts.size(), nullptr);
    std::set<const PoEntry*> used;
    const auto look = [&](auto fits) {
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (found[i]) continue;
            const std::string source = in_writing(texts[i]);
            const auto it = std::find_if(file.entries.begin(), file.entries.end(), [&](const PoEntry& entry) {
                return !entry.obsolete && entry.source == source && !used.contains(&entry) && fits(texts[i], entry);
            });
            if (it == file.entries.end()) continue;
            found[i] = &*it;
            used.insert(&*it);
        }
    };
    look([](const ScriptText& text, const PoEntry& entry) { return entry.context == text.context; });
    look([](const ScriptText& text, const PoEntry& entry) { return step_of(entry.context) == step_of(text.context); });
    return found;
}

Merged merge(const PoFile& old, const Script& script, const std::string& language, const FormerSteps& former) {
    return Merger(with_renamed_steps(old, former), script, language).take();
}

}  // namespace reweave::dialog
