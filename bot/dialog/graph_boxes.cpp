#include "bot/dialog/graph_boxes.hpp"

#include <utility>

#include "bot/dialog/checker.hpp"
#include "bot/dialog/reads.hpp"
#include "bot/dialog/script_texts.hpp"

namespace reweave::dialog {
namespace {

std::string first_of(const Text& text) {
    return in_writing(text.alternates.front());
}

class Boxes {
 public:
    explicit Boxes(const Script& script) : script_(script) {
        if (!script.people.empty()) who_ = GraphBox::For::each;
    }

    std::vector<GraphBox> take() {
        for (std::size_t i = 0; i < script_.steps.size(); ++i) {
            step_ = static_cast<int>(i);
            open_ = false;
            spoken_to_.clear();
            add_step(script_.steps[i]);
        }
        return std::move(boxes_);
    }

 private:
    void add_step(const Step& step) {
        if (step.side) set_who_of_side(step);
        for (const Node& node : step.body) {
            // Whoever comes to a side step goes through all of it in one place of the picture.
            if (const auto* next = std::get_if<For>(&node.what); next && !step.side) {
                set_who(*next);
            } else if (const auto* barrier = std::get_if<Barrier>(&node.what); barrier && !step.side) {
                add_barrier(*barrier);
            } else {
                if (!open_) open(who_);
                add(node, before(step.body, node), 0);
            }
        }
        if (is_first_of_step()) open(who_);
        close(step);
    }

    /// Nothing stands in the picture for this step yet.
    [[nodiscard]] bool is_first_of_step() const { return boxes_.empty() || boxes_.back().step != step_; }

    /// A box with nothing else shows how it begins.
    void settle() {
        if (!opening_.empty() && boxes_.back().rows.empty()) text(opening_, 0);
        opening_.clear();
    }

    void close(const Step& step) {
        settle();
        for (const Node& node : step.body) {
            if (always_leaves(node)) boxes_.back().goes_on = false;
        }
    }

    static const Node* before(const Block& block, const Node& node) {
        return &node == block.data() ? nullptr : &node - 1;
    }

    void set_who(const For& next) {
        who_ = next.who == For::Who::each   ? GraphBox::For::each
               : next.who == For::Who::role ? GraphBox::For::role
                                            : GraphBox::For::room;
        role_ = next.role;
        open_ = false;
    }

    /// Known if it says so itself; otherwise whoever comes there.
    void set_who_of_side(const Step& step) {
        const auto* first = step.body.empty() ? nullptr : std::get_if<For>(&step.body.front().what);
        who_ = GraphBox::For::one;
        if (first) set_who(*first);
    }

    void open(GraphBox::For who) {
        const Step& step = script_.steps[static_cast<std::size_t>(step_)];
        const bool again = !is_first_of_step();
        settle();
        boxes_.push_back({who, role_, step_, step.title + (again ? " (goes on)" : ""), {}, step.side, true});
        open_ = true;
    }

    void add_barrier(const Barrier& barrier) {
        open(GraphBox::For::barrier);
        std::string text = "wait for " + (barrier.ready > 1           ? std::to_string(barrier.ready)
                                          : barrier.ready == 1        ? "any"
                                          : most_people(script_) == 2 ? "both"
                                                                      : "all");
        if (barrier.up_to) text += ", up to " + in_words(*barrier.up_to);
        row({RowKind::text, std::move(text), 0, barrier.if_not, "if not", true});
        open_ = false;
    }

    void row(GraphRow row) { boxes_.back().rows.push_back(std::move(row)); }
    void text(std::string words, int indent) { row({RowKind::text, std::move(words), indent}); }

    /// Who is asked, when that changes.
    void speak_to(const Node& node, int indent) {
        if (node.to == spoken_to_) return;
        spoken_to_ = node.to;
        if (node.to.empty()) return;
        const bool named = role_named(script_, node.to) != nullptr || node.to == "everyone";
        row({RowKind::spoken_to, (named ? "to " : "to the ") + node.to + (node.alone ? ", alone" : ""), indent});
    }

    /// An arrow from the line above if it is the head of this branch, from a line of its own otherwise.
    void go_to(const GoTo& go, int indent) {
        std::vector<GraphRow>& rows = boxes_.back().rows;
        const bool head = indent > 0 && !rows.empty() && rows.back().to.empty() && rows.back().indent < indent &&
                          (rows.back().kind == RowKind::choice || rows.back().kind == RowKind::condition);
        if (!head) row({RowKind::text, "go to", indent});
        rows.back().to = go.step;
        if (go.at_most) rows.back().way = "at most " + std::to_string(*go.at_most) + "×";
    }

    void add_branch(GraphRow head, const Block& block) {
        const int indent = head.indent + 1;
        row(std::move(head));
        for (const Node& node : block) add(node, before(block, node), indent);
    }

    void add_ask(const Ask& ask, const Node* above, int indent) {
        if (const auto* question = above ? std::get_if<Say>(&above->what) : nullptr)
            text(first_of(question->text), indent);
        if (ask.choices.empty() || !ask.name.empty()) row({RowKind::answer, in_words(ask), indent});
        for (const Choice& choice : ask.choices) {
            std::string label = choice.label;
            if (choice.only_if) label += " (if " + in_words(*choice.only_if) + ")";
            add_branch({RowKind::choice, std::move(label), indent}, choice.then);
        }
        if (!ask.if_stuck.empty()) row({RowKind::text, "not understood", indent, ask.if_stuck, "if stuck", true});
        if (!ask.if_not.empty())
            row({RowKind::text,
                 "no answer in " + in_words(ask.up_to.value_or(Seconds(0))),
                 indent,
                 ask.if_not,
                 "if not",
                 true});
    }

    /// Branches that only say something are left out: they come back together below.
    void add_if(const If& fork, int indent) {
        for (std::size_t i = 0; i < fork.branches.size(); ++i) {
            const Branch& branch = fork.branches[i];
            if (only_says(branch.then)) continue;
            add_branch({RowKind::condition, "if " + in_words(branch.when), indent}, branch.then);
        }
        if (!only_says(fork.otherwise)) add_branch({RowKind::condition, "otherwise", indent}, fork.otherwise);
    }

    static bool only_says(const Block& block) {
        for (const Node& node : block) {
            if (!std::holds_alternative<Say>(node.what) && !std::holds_alternative<Media>(node.what)) return false;
        }
        return true;
    }

    void add(const Node& node, const Node* above, int indent) {
        const bool silent = std::holds_alternative<Say>(node.what) || std::holds_alternative<Media>(node.what);
        if (!silent) speak_to(node, indent);
        std::visit([&](const auto& what) { add_what(what, above, indent); }, node.what);
    }

    /// What is said is shown with the question that it leads to; of a box with nothing else, its first words.
    void add_what(const Say& say, const Node*, int indent) {
        if (indent == 0 && opening_.empty()) opening_ = first_of(say.text);
    }
    void add_what(const Media&, const Node*, int) {}
    void add_what(const Pace& pace, const Node*, int indent) {
        text("exercise, " + std::to_string(pace.times) + " times: " + pace.beats.front().words, indent);
    }
    void add_what(const Ask& ask, const Node* above, int indent) { add_ask(ask, above, indent); }
    void add_what(const If& fork, const Node*, int indent) { add_if(fork, indent); }
    void add_what(const GoTo& go, const Node*, int indent) { go_to(go, indent); }
    void add_what(const Call& call, const Node*, int indent) { row({RowKind::call, call.script, indent}); }
    void add_what(const Finish& finish, const Node*, int indent) {
        row({RowKind::finish, "ends: " + finish.outcome, indent});
    }
    void add_what(const Wait& wait, const Node*, int indent) {
        text("wait " + (wait.length ? in_words(*wait.length) : "until " + wait.until), indent);
    }
    void add_what(const FollowUp& later, const Node*, int indent) {
        row({RowKind::call, "after " + in_words(later.after) + ": " + later.script, indent});
    }
    void add_what(const HelpLines& lines, const Node*, int indent) {
        std::string topics;
        for (const std::string& topic : lines.topics) topics += (topics.empty() ? "" : ", ") + topic;
        text("help lines: " + topics, indent);
    }
    void add_what(const Begin& begin, const Node*, int indent) {
        row({RowKind::call, "begins for several: " + begin.script, indent});
    }
    void add_what(const For& next, const Node*, int) {
        row({RowKind::spoken_to,
             next.who == For::Who::all    ? "for all"
             : next.who == For::Who::each ? "for each, alone"
                                          : "for " + next.role + ", alone"});
    }
    void add_what(const Barrier& barrier, const Node*, int indent) {
        row({RowKind::text, "wait for the others", indent, barrier.if_not, "if not", true});
    }
    void add_what(const Share& share, const Node*, int indent) {
        const std::string with = share.with == Share::With::other      ? "the other"
                                 : share.with == Share::With::everyone ? "everyone"
                                                                       : share.role;
        row({RowKind::share, "share “" + share.name + "” with " + with + "?", indent, {}, {}, false, share.name});
    }
    void add_what(const Show& show, const Node*, int indent) {
        std::string words = "shows “" + show.name + "”" + (show.role.empty() ? "" : " of " + show.role);
        words += show.counted ? ", counted" : ", if shared";
        row({RowKind::show, std::move(words), indent, {}, {}, false, show.counted ? "" : show.name});
    }
    void add_what(const Invite& invite, const Node*, int indent) { text("link for " + invite.role, indent); }
    void add_what(const Floor& floor, const Node*, int indent) {
        spoken_to_.clear();
        std::string words = floor.to == Floor::To::each     ? "the floor: each in turn"
                            : floor.to == Floor::To::next   ? "next in turn, until all have had it"
                            : floor.to == Floor::To::nobody ? "the floor: nobody"
                                                            : "the floor: " + floor.role;
        if (floor.length) words += ", " + in_words(*floor.length);
        row({RowKind::spoken_to, std::move(words), indent});
    }

    const Script& script_;
    std::vector<GraphBox> boxes_;
    GraphBox::For who_ = GraphBox::For::one;
    std::string role_;
    int step_ = 0;
    bool open_ = false;
    std::string spoken_to_;
    std::string opening_;
};

}  // namespace

std::vector<GraphBox> boxes_of(const Script& script) {
    return Boxes(script).take();
}

}  // namespace reweave::dialog
