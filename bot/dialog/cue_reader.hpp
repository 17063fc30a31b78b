#pragma once
/// \file What each cue, choice and line of words does to the script that is being built.

#include "bot/dialog/collisions.hpp"
#include "bot/dialog/compile.hpp"
#include "bot/dialog/header.hpp"
#include "bot/dialog/scanner.hpp"
#include "bot/dialog/statement.hpp"
#include "bot/dialog/template.hpp"
#include "bot/dialog/tree.hpp"

namespace reweave::dialog {

class CueReader {
 public:
    struct Surroundings {
        const Script* script = nullptr;
        const Names* names = nullptr;
        const Outline* outline = nullptr;
        const Titles* others = nullptr;  ///< null if other scripts are not known
        const LanguagePack* pack = nullptr;
        bool people = false;  ///< a script for several people
    };
    CueReader(const Surroundings& around, Tree& tree, Faults& faults);

    /// Takes a choice, a cue or a line to say. False if the line could not be read and the script may do something
    /// there that is not known.
    bool read(const Statement& s);

 private:
    // words (cue_words.cpp)
    void say(const Statement& s);
    void or_(const Statement& s);
    void media(const Statement& s, Media::Kind kind);
    void pace(const Statement& s);
    [[nodiscard]] Text read_text(Slice slice);
    void check_length(Slice slice);
    /// Words between quotes, or all that is left.
    [[nodiscard]] std::optional<Slice> words_after_comma(Scanner& scanner);

    // questions (cue_questions.cpp)
    void ask(const Statement& s);
    void choice(const Statement& s);
    void also(const Statement& s);
    void also_value(const Statement& s, Ask& question);
    void question_line(const Statement& s);
    void tries(const Statement& s, Ask& question);
    void nudge(const Statement& s, Ask& question);
    [[nodiscard]] std::optional<Reminder> read_reminder(const Statement& s, const std::optional<Seconds>& up_to);
    void once(const Statement& s, bool already);

    // where it goes (cue_flow.cpp)
    void if_(const Statement& s);
    void go_to(const Statement& s);
    void call(const Statement& s);
    void finish(const Statement& s);
    void wait(const Statement& s);
    void follow_up(const Statement& s);
    void help_lines(const Statement& s);
    void begin(const Statement& s);
    [[nodiscard]] std::optional<std::string> find_step(Slice slice);
    [[nodiscard]] std::optional<std::string> find_script(Slice slice);
    [[nodiscard]] std::vector<std::string> read_names(Slice list);
    struct Target {
        Slice script;
        std::vector<std::string> with;
    };
    [[nodiscard]] Target read_target(Slice slice);

    // several people (cue_people.cpp)
    void for_(const Statement& s);
    void barrier(const Statement& s, Scanner scanner);
    void barrier_line(const Statement& s, Barrier& barrier);
    void share(const Statement& s);
    void show(const Statement& s);
    void invite(const Statement& s);
    void floor(const Statement& s);
    void to(const Statement& s);
    /// False, and reported, if the script has no roles.
    [[nodiscard]] bool for_several(const Statement& s);
    /// False, and reported, inside a fork.
    [[nodiscard]] bool at_step_level(const Statement& s);
    void unreadable_people(const Statement& s);
    [[nodiscard]] std::optional<std::string> take_role(Scanner& scanner) const;

    void report(Fault fault, Slice where, std::string message, std::string mend) {
        faults_.report(fault, where.span(), std::move(message), std::move(mend));
    }
    /// Reports a line that cannot be read; what it would have done is not known.
    void unreadable(Fault fault, Slice where, std::string message, std::string mend) {
        report(fault, where, std::move(message), std::move(mend));
        readable_ = false;
    }

    Surroundings around_;
    Tree& tree_;
    Faults& faults_;
    Known known_;
    Collisions choice_phrases_;
    Collisions value_phrases_;
    std::map<std::string, Span> choice_ids_;
    bool readable_ = true;
};

}  // namespace reweave::dialog
