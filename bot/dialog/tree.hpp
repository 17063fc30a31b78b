#pragma once
/// \file Builds the steps of a script from its lines: forks, branches, and which line belongs to the one above it.

#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bot/dialog/faults.hpp"
#include "bot/dialog/script.hpp"

namespace reweave::dialog {

/// Takes the lines of a script in order. What does not fit is reported and mended, so that building goes on.
class Tree {
 public:
    using What = decltype(Node::what);

    explicit Tree(Faults& faults) : faults_(faults) {}

    void begin_step(Step step);
    /// The steps; closes what is still open.
    [[nodiscard]] std::vector<Step> finish();

    /// Ids of the steps in which it is not clear what belongs to what: an END is missing, or choices stand where none
    /// can.
    [[nodiscard]] const std::set<std::string>& unclear() const { return unclear_; }

    void say(Text text, Span span);
    void add(What what, Span span);
    void ask(Ask ask, Span span);
    void choice(Choice choice, Span span);
    void begin_if(Expr when, Span span);
    void otherwise_if(Expr when, Span span);
    void otherwise(Span span);
    void end(Span span);
    /// Who is spoken to in the lines that follow in this block (Node::to).
    void speak_to(std::string role, bool alone);
    /// Whether a fork is open.
    [[nodiscard]] bool in_fork() const { return !forks_.empty(); }

    /// The bubble on the line above, for OR; null if it is something else.
    [[nodiscard]] Text* bubble_above();
    /// The question whose lines may come here; null if there is none.
    [[nodiscard]] Ask* question_above();
    /// The choice whose ALSO may come here; null if there is none.
    [[nodiscard]] Choice* choice_above();
    /// The barrier whose lines may come here; null if there is none.
    [[nodiscard]] Barrier* barrier_above();
    /// How many choices the fork has that a choice on this line would join.
    [[nodiscard]] std::size_t choices_so_far() const;
    /// What stood above is no longer above: an unreadable line came between.
    void forget_above() { above_ = Above::nothing; }

 private:
    enum class Above { nothing, bubble, question, choice, barrier };
    struct Spoken {
        std::string to;
        bool alone = false;
    };
    struct Fork {
        std::variant<Ask, If> what;
        Spoken spoken;  ///< as it was where the fork stands
        Span span;
        Span branch;             ///< of the branch now open
        bool otherwise = false;  ///< the open branch is OTHERWISE
    };

    [[nodiscard]] Block& block();
    [[nodiscard]] Ask* open_choices();  ///< the innermost fork, if it is one of choices
    [[nodiscard]] If* open_if();
    void open(std::variant<Ask, If> what, Span span);
    void close();
    void settle();  ///< closes a question whose choices did not come
    void check_branch();
    void close_all(Span next);

    Faults& faults_;
    std::vector<Step> steps_;
    std::vector<Fork> forks_;  ///< more than one only in a faulty script
    Above above_ = Above::nothing;
    Spoken spoken_;
    std::set<std::string> unclear_;
};

}  // namespace reweave::dialog
