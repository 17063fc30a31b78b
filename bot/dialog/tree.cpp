#include "bot/dialog/tree.hpp"

namespace reweave::dialog {
namespace {

bool takes_choices(const Ask& ask) {
    return ask.kind == AskKind::one_of || ask.kind == AskKind::several;
}

}  // namespace

void Tree::begin_step(Step step) {
    close_all(step.span);
    steps_.push_back(std::move(step));
    above_ = Above::nothing;
    spoken_ = {};
}

std::vector<Step> Tree::finish() {
    close_all({});
    return std::move(steps_);
}

Block& Tree::block() {
    if (forks_.empty()) return steps_.back().body;
    Fork& fork = forks_.back();
    if (auto* ask = std::get_if<Ask>(&fork.what)) return ask->choices.back().then;
    auto& decision = std::get<If>(fork.what);
    return fork.otherwise ? decision.otherwise : decision.branches.back().then;
}

Ask* Tree::open_choices() {
    return forks_.empty() ? nullptr : std::get_if<Ask>(&forks_.back().what);
}
If* Tree::open_if() {
    return forks_.empty() ? nullptr : std::get_if<If>(&forks_.back().what);
}

void Tree::add(What what, Span span) {
    settle();
    const bool is_floor = std::holds_alternative<Floor>(what);
    const bool is_barrier = std::holds_alternative<Barrier>(what);
    if (is_floor) spoken_ = {};
    block().push_back(Node{std::move(what), span, spoken_.to, spoken_.alone});
    above_ = is_barrier ? Above::barrier : Above::nothing;
}

void Tree::say(Text text, Span span) {
    add(Say{std::move(text)}, span);
    above_ = Above::bubble;
}

void Tree::ask(Ask ask, Span span) {
    settle();
    if (takes_choices(ask)) {
        open(std::move(ask), span);
    } else {
        add(std::move(ask), span);
    }
    above_ = Above::question;
}

void Tree::open(std::variant<Ask, If> what, Span span) {
    if (!forks_.empty()) {
        faults_.report(
            Fault::fork_in_fork,
            span,
            "A fork stands inside another one.",
            "If the one above is finished, write END before this line. If not, move this one to a step of its own "
            "and go there with GO TO.",
            Diagnostic::Note{forks_.back().span, "the outer fork begins here"});
    }
    forks_.push_back(Fork{std::move(what), spoken_, span, span, false});
}

void Tree::choice(Choice choice, Span span) {
    if (!open_choices()) {
        if (above_ == Above::question) {
            unclear_.insert(steps_.back().id);
            faults_.report(Fault::unwanted_choices,
                           span,
                           "The question above takes no choices.",
                           "Write ASK: name, one of (or several) above the choices, or words between the two.",
                           Diagnostic::Note{block().back().span, "the question is here"});
        }
        Ask ask;
        ask.kind = AskKind::one_of;
        open(std::move(ask), span);
    }
    forks_.back().branch = span;
    spoken_ = forks_.back().spoken;
    open_choices()->choices.push_back(std::move(choice));
    above_ = Above::choice;
}

void Tree::begin_if(Expr when, Span span) {
    settle();
    If decision;
    decision.branches.push_back(Branch{std::move(when), {}});
    open(std::move(decision), span);
    above_ = Above::nothing;
}

void Tree::otherwise_if(Expr when, Span span) {
    settle();
    If* decision = open_if();
    if (!decision || forks_.back().otherwise) {
        faults_.report(Fault::otherwise_without_if,
                       span,
                       decision ? "OTHERWISE IF comes after OTHERWISE." : "There is no IF that this could belong to.",
                       decision ? "Put OTHERWISE last." : "Write IF: first.");
        above_ = Above::nothing;
        return;
    }
    check_branch();
    decision->branches.push_back(Branch{std::move(when), {}});
    forks_.back().branch = span;
    spoken_ = forks_.back().spoken;
    above_ = Above::nothing;
}

void Tree::otherwise(Span span) {
    settle();
    above_ = Above::nothing;
    if (!open_if() || forks_.back().otherwise) {
        faults_.report(Fault::otherwise_without_if,
                       span,
                       open_if() ? "This IF has an OTHERWISE already." : "There is no IF that this could belong to.",
                       open_if() ? "Keep one of the two." : "Write IF: first, or take this line away.");
        return;
    }
    check_branch();
    forks_.back().otherwise = true;
    forks_.back().branch = span;
    spoken_ = forks_.back().spoken;
}

void Tree::end(Span span) {
    settle();
    above_ = Above::nothing;
    if (!forks_.empty()) return close();
    faults_.report(Fault::end_without_fork,
                   span,
                   "There is no fork here for END to close.",
                   "Take this line away. END closes choices (*) and IF, once each.");
}

void Tree::settle() {
    const Ask* ask = open_choices();
    if (!ask || !ask->choices.empty()) return;
    faults_.report(Fault::no_choices,
                   forks_.back().span,
                   "This question has no choices.",
                   "Write the choices below it, each on a line of its own that begins with *, and END after them.");
    close();
}

void Tree::check_branch() {
    if (!open_if() || !block().empty()) return;
    faults_.report(Fault::empty_branch,
                   forks_.back().branch,
                   "Nothing happens in this branch.",
                   forks_.back().otherwise ? "Take OTHERWISE away."
                                           : "Write what the bot says or does here, or turn the condition round.");
}

void Tree::close() {
    check_branch();
    Fork fork = std::move(forks_.back());
    forks_.pop_back();
    spoken_ = fork.spoken;
    if (auto* ask = std::get_if<Ask>(&fork.what)) {
        if (ask->max == 0) ask->max = static_cast<int>(ask->choices.size());
        block().push_back(Node{std::move(*ask), fork.span, spoken_.to, spoken_.alone});
    } else {
        block().push_back(Node{std::get<If>(std::move(fork.what)), fork.span, spoken_.to, spoken_.alone});
    }
}

void Tree::close_all(Span next) {
    settle();
    while (!forks_.empty()) {
        unclear_.insert(steps_.back().id);
        std::optional<Diagnostic::Note> note;
        if (next.line > 0) note = Diagnostic::Note{next, "the next step begins here"};
        faults_.report(Fault::missing_end,
                       forks_.back().span,
                       "This fork is never closed.",
                       "Write END on a line of its own after its last branch.",
                       std::move(note));
        close();
    }
}

Text* Tree::bubble_above() {
    return above_ == Above::bubble ? &std::get<Say>(block().back().what).text : nullptr;
}

Ask* Tree::question_above() {
    if (above_ != Above::question) return nullptr;
    Ask* fork = open_choices();
    if (fork && fork->choices.empty()) return fork;
    return &std::get<Ask>(block().back().what);
}

Choice* Tree::choice_above() {
    return above_ == Above::choice ? &open_choices()->choices.back() : nullptr;
}

Barrier* Tree::barrier_above() {
    return above_ == Above::barrier ? &std::get<Barrier>(block().back().what) : nullptr;
}

void Tree::speak_to(std::string role, bool alone) {
    settle();
    spoken_ = {std::move(role), alone};
    above_ = Above::nothing;
}

std::size_t Tree::choices_so_far() const {
    const auto* ask = forks_.empty() ? nullptr : std::get_if<Ask>(&forks_.back().what);
    return ask ? ask->choices.size() : 0;
}

}  // namespace reweave::dialog
