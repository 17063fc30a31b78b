// What is wrong with a translation file, beside the script it translates.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "bot/dialog/collisions.hpp"
#include "bot/dialog/parser.hpp"
#include "bot/dialog/plural.hpp"
#include "bot/dialog/po_merge.hpp"
#include "bot/dialog/scanner.hpp"
#include "bot/dialog/step.hpp"
#include "bot/dialog/template.hpp"
#include "bot/dialog/translate.hpp"
#include "bot/dialog/utf8.hpp"

namespace reweave::dialog {
namespace {

using TextKind = ScriptText::Kind;

constexpr std::size_t kLongestText = 500;

/// The phrases that people agree by, or that they must be able to rely on.
constexpr std::array<std::string_view, 14> kGuardedPhrases = {"share-ask",
                                                              "keep-private",
                                                              "share-it",
                                                              "change-it",
                                                              "share-edit",
                                                              "share-unclear",
                                                              "share-agreed",
                                                              "share-kept",
                                                              "taken-back",
                                                              "nothing-to-take-back",
                                                              "shown",
                                                              "nothing-shown",
                                                              "pinned-help",
                                                              "deleted"};

std::string count(std::size_t n, const char* one, const char* many) {
    return std::to_string(n) + " " + (n == 1 ? one : many);
}

class Checker {
 public:
    Checker(const Revision& revision, const Source& po, const LanguagePack& pack, bool guarded)
        : script_(revision.script), path_(po.path), pack_(pack), guarded_(guarded), texts_(texts_of(script_)) {
        file_ = read_po(po, out_.diagnostics);
        entries_ = entries_of(texts_, file_);
        out_.texts = static_cast<int>(texts_.size());
        out_.translation.revision = revision.hash;
        out_.translation.language = pack.language;
    }

    CheckedTranslation take() {
        check_language();
        for (std::size_t i = 0; i < texts_.size(); ++i) {
            if (entries_[i]) check(texts_[i], *entries_[i]);
        }
        check_age();
        // An entry that is left out gives way to the script's own words, and those may collide anew.
        while (check_what_people_type()) continue;
        std::stable_sort(out_.diagnostics.begin(), out_.diagnostics.end(), [](const auto& a, const auto& b) {
            return a.span.line < b.span.line;
        });
        return std::move(out_);
    }

 private:
    void report(const char* code, Severity severity, int line, std::string message, std::string mend) {
        out_.diagnostics.push_back(
            {code, severity, path_, Span{std::max(line, 1), 1, 1}, std::move(message), std::move(mend), std::nullopt});
    }

    void check_language() {
        const std::string said = file_.field("Language");
        if (said == pack_.language) return;
        report("L002",
               Severity::error,
               file_.head.line,
               said.empty() ? "The head of this file names no language."
                            : "The head of this file says " + in_quotes(said) + ", and its name says " +
                                  in_quotes(pack_.language) + ".",
               "Write at the top, below msgstr \"\": \"Language: " + pack_.language + "\\n\"");
    }

    [[nodiscard]] bool is_guarded(const ScriptText& text) const {
        if (guarded_) return true;
        if (script_.id != kPhrases || text.step < 0) return false;
        const std::string& id = script_.steps[static_cast<std::size_t>(text.step)].id;
        return std::find(kGuardedPhrases.begin(), kGuardedPhrases.end(), id) != kGuardedPhrases.end();
    }

    void check(const ScriptText& text, const PoEntry& entry) {
        if (entry.translation.empty()) {
            ++out_.missing;
            return report("L003",
                          Severity::warning,
                          entry.line,
                          "There is no translation yet for " + in_quotes(entry.source) + ".",
                          "Until there is, people read it in the script's language.");
        }
        if (entry.fuzzy()) {
            ++out_.stale;
            const bool guarded = is_guarded(text);
            return report("L004",
                          guarded ? Severity::error : Severity::warning,
                          entry.translation_line,
                          "The script's words have changed since this was translated" +
                              std::string(guarded ? ", and they are about safety or consent." : "."),
                          "Compare it with msgid, and take the flag fuzzy away. Until then people read the script's "
                          "own words.");
        }
        const std::size_t before = out_.diagnostics.size();
        check_words(text, entry);
        if (out_.diagnostics.size() == before) out_.translation.texts[text.context] = entry.translation;
    }

    void check_words(const ScriptText& text, const PoEntry& entry) {
        const auto error = [&](const char* code, std::string message, std::string mend) {
            report(code, Severity::error, entry.translation_line, std::move(message), std::move(mend));
        };
        if (entry.translation.find('\n') != std::string::npos)
            return error("L009", "There is a line break in this translation.", "Write it as one line.");
        if (const auto* const* said = std::get_if<Template*>(&text.at)) return check_template(**said, entry);
        if (std::holds_alternative<std::vector<std::string>*>(text.at)) {
            const OneLine line(entry.translation, entry.translation_line);
            if (split_list(line.slice()).empty())
                error("L009", "There are no words in this list.", "Write words with commas between them.");
            return;
        }
        if (text.kind != TextKind::label) return;
        if (entry.translation.find_first_of("{}") != std::string::npos)
            error("L005", "An answer cannot be inserted into a button.", "Write fixed words.");
        check_length(entry, kLongestLabel, "a button");
    }

    void check_length(const PoEntry& entry, std::size_t most, const std::string& what) {
        if (count_characters(entry.translation) <= most) return;
        report("L008",
               Severity::error,
               entry.translation_line,
               "This is longer than " + std::to_string(most) + " characters: too long for " + what + ".",
               "Say it in fewer words.");
    }

    void check_template(const Template& source, const PoEntry& entry) {
        const auto error = [&](const char* code, std::string message, std::string mend) {
            report(code, Severity::error, entry.translation_line, std::move(message), std::move(mend));
        };
        Names names;
        std::map<std::string, bool> wanted;  // name -> the script counts it
        for (const Piece& piece : source) {
            if (piece.name.empty()) continue;
            if (is_person(script_, piece.name)) {
                names.add_person(piece.name);
            } else {
                names.add(piece.name);
            }
            wanted[piece.name] = wanted[piece.name] || !piece.forms.empty();
        }
        Faults faults(path_);
        const OneLine line(entry.translation, entry.translation_line);
        const int forms = plural_forms_of(pack_.language);
        const Template text = read_template(line.slice(), Known{&names, &faults, forms});
        bool braces = false;
        for (const Diagnostic& fault : faults.take()) {
            if (fault.code == code_of(Fault::brace)) error("L007", fault.message, fault.mend);
            braces = braces || fault.code == code_of(Fault::brace);
        }
        if (braces) return;
        std::set<std::string> seen;
        for (const Piece& piece : text) {
            if (piece.name.empty()) continue;
            seen.insert(piece.name);
            const auto it = wanted.find(piece.name);
            if (it == wanted.end()) {
                error("L005",
                      "The script does not insert {" + piece.name + "} here.",
                      wanted.empty() ? "Write it without an insertion." : "Names in braces are not translated.");
            } else if (!piece.forms.empty() && !it->second) {
                error("L006",
                      "The script does not count {" + piece.name + "} here.",
                      "Write {" + piece.name + "} alone.");
            } else if (names.is_person(piece.name)) {
                if (!piece.forms.empty() && piece.forms.size() != kPronouns.size())
                    error("L006",
                          "There are " + count(piece.forms.size(), "form", "forms") + " of {" + piece.name +
                              "} here; somebody's pronouns have 3.",
                          "Write what fits she, he and they, in this order.");
            } else if (!piece.forms.empty() && static_cast<int>(piece.forms.size()) != forms) {
                error("L006",
                      "There are " + count(piece.forms.size(), "form", "forms") + " of {" + piece.name +
                          "} here; this language has " + std::to_string(forms) + ".",
                      "Write them in this order: " + plural_categories(pack_.language) + ".");
            }
        }
        for (const auto& [name, counted] : wanted) {
            if (!seen.contains(name))
                error("L005", "{" + name + "} is missing in this translation.", "Put it where the answer is to stand.");
        }
        check_length(entry, kLongestText, "one bubble");
    }

    /// Texts that the file does not have.
    void check_age() {
        std::size_t absent = 0;
        bool guarded = false;
        for (std::size_t i = 0; i < texts_.size(); ++i) {
            if (entries_[i]) continue;
            ++absent;
            guarded = guarded || is_guarded(texts_[i]);
        }
        if (absent == 0) return;
        out_.missing += static_cast<int>(absent);
        report("L010",
               guarded ? Severity::error : Severity::warning,
               file_.head.line,
               "The script has changed: " + count(absent, "text is", "texts are") + " not in this file" +
                   (guarded ? ", and among them lines about safety or consent." : "."),
               "Run reweave i18n merge on it. Until they are translated, people read the script's own words.");
    }

    // ------------------------------------------------------------------------------ what people type

    struct Phrase {
        const ScriptText* text;
        std::int64_t owner;
    };
    using Questions = std::vector<std::vector<Phrase>>;

    [[nodiscard]] Questions questions() const {
        Questions all;
        std::map<std::pair<const Node*, bool>, std::size_t> known;
        std::int64_t owner = -1;
        const auto question = [&](const Node* node, bool values) -> std::vector<Phrase>& {
            const auto [it, is_new] = known.try_emplace({node, values}, all.size());
            if (is_new) {
                all.emplace_back();
                owner = -1;
            }
            return all[it->second];
        };
        for (const ScriptText& text : texts_) {
            if (text.kind == TextKind::label) {
                std::vector<Phrase>& phrases = question(text.node, false);
                owner = phrases.empty() ? 0 : phrases.back().owner + 1;
                phrases.push_back({&text, owner});
            } else if (text.kind == TextKind::label_words) {
                question(text.node, false).push_back({&text, owner});
            } else if (text.kind == TextKind::value_words) {
                const std::int64_t value = text.about == "yes" ? 1 : text.about == "no" ? 0 : std::stoll(text.about);
                question(text.node, true).push_back({&text, value});
            }
        }
        std::vector<Phrase> consent;
        for (const ScriptText& text : texts_) {
            if (script_.id != kPhrases || text.step < 0) continue;
            const std::string& id = script_.steps[static_cast<std::size_t>(text.step)].id;
            const auto* at = std::find(kShareChoices.begin(), kShareChoices.end(), id);
            if (at != kShareChoices.end()) consent.push_back({&text, at - kShareChoices.begin()});
        }
        all.push_back(std::move(consent));
        return all;
    }

    /// Whether no phrase means two choices, or belongs to the bot. True if an entry had to be left out.
    bool check_what_people_type() {
        Faults faults(path_);
        for (const std::vector<Phrase>& phrases : questions()) {
            Collisions collisions(pack_, faults);
            // The script's own words first: what collides with them is then told at the translation.
            for (const bool own : {true, false}) {
                for (const Phrase& phrase : phrases) add(phrase, own, collisions);
            }
        }
        std::set<int> lines;
        for (Diagnostic& fault : faults.take()) {
            const bool consent = script_.id == kPhrases && fault.code != code_of(Fault::choices_collide);
            if (fault.span.line == 0 || consent) continue;  // in the script's own words; a command that is one of them
            if (fault.severity == Severity::error) lines.insert(fault.span.line);
            if (fault.note && fault.note->span.line == 0) fault.note.reset();
            if (told_.insert({fault.span.line, fault.message}).second) out_.diagnostics.push_back(std::move(fault));
        }
        bool dropped = false;
        for (std::size_t i = 0; i < texts_.size(); ++i) {
            const bool wrong = entries_[i] && lines.contains(entries_[i]->translation_line);
            if (wrong) dropped = out_.translation.texts.erase(texts_[i].context) > 0 || dropped;
        }
        return dropped;
    }

    void add(const Phrase& phrase, bool own, Collisions& collisions) {
        const auto index = static_cast<std::size_t>(phrase.text - texts_.data());
        const auto it = out_.translation.texts.find(phrase.text->context);
        if ((it == out_.translation.texts.end()) != own) return;
        const OneLine line(own ? in_writing(*phrase.text) : it->second, own ? 0 : entries_[index]->translation_line);
        if (phrase.text->kind == TextKind::label || phrase.text->kind == TextKind::bubble)
            return collisions.add(line.slice(), phrase.owner);
        for (const Slice& word : split_list(line.slice())) collisions.add(word, phrase.owner);
    }

    Script script_;
    std::string path_;
    const LanguagePack& pack_;
    bool guarded_;
    std::vector<ScriptText> texts_;
    PoFile file_;
    std::vector<const PoEntry*> entries_;
    std::set<std::pair<int, std::string>> told_;
    CheckedTranslation out_;
};

}  // namespace

CheckedTranslation check_translation(const Revision& revision,
                                     const Source& po,
                                     const LanguagePack& pack,
                                     bool guarded) {
    return Checker(revision, po, pack, guarded).take();
}

}  // namespace reweave::dialog
