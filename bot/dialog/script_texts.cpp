#include "bot/dialog/script_texts.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace reweave::dialog {
namespace {

using TextKind = ScriptText::Kind;

class TextTable {
 public:
    explicit TextTable(Script& script) : script_(script) {
        for (Step& step : script.steps) gather(step.body);
    }

    std::vector<ScriptText> take() {
        if (script_.minutes) {  // pieces without a length of their own are not offered to anyone
            add_plain(script_.id + "/Title", TextKind::title, script_.title);
            add_plain(script_.id + "/About", TextKind::about, script_.about);
        }
        int roles = 0;
        for (Role& role : script_.people) {
            if (role.shown.empty()) role.shown = role.name;
            add_plain(script_.id + "/People/" + std::to_string(++roles), TextKind::role, role.shown);
        }
        for (Step& step : script_.steps) {
            ++step_;
            number_ = 0;
            add(step.body);
        }
        return std::move(all_);
    }

 private:
    /// Which answers are typed words, and which are anything else.
    void gather(const Block& block) {
        for (const Node& node : block) {
            if (const auto* ask = std::get_if<Ask>(&node.what)) {
                const bool typed = ask->kind == AskKind::one_line || ask->kind == AskKind::long_text;
                (typed ? typed_ : other_).insert(ask->name);
                for (const Choice& choice : ask->choices) gather(choice.then);
            }
            if (const auto* fork = std::get_if<If>(&node.what)) {
                for (const Branch& branch : fork->branches) gather(branch.then);
                gather(fork->otherwise);
            }
        }
    }

    void add_plain(std::string context, TextKind kind, std::string& text) {
        if (!text.empty()) all_.push_back({std::move(context), kind, &text, -1, 0, nullptr, {}});
    }

    template <class At>
    void put(TextKind kind, At& at, std::string about = {}, int alternate = 0) {
        if (at.empty()) return;
        const Step& step = script_.steps[static_cast<std::size_t>(step_)];
        all_.push_back({script_.id + "/" + step.id + "/" + std::to_string(++number_),
                        kind,
                        &at,
                        step_,
                        alternate,
                        node_,
                        std::move(about)});
    }

    void put(TextKind kind, Text& text) {
        int alternate = 0;
        for (Template& words : text.alternates) put(kind, words, {}, alternate++);
    }

    void add(Block& block) {
        for (Node& node : block) {
            node_ = &node;
            std::visit([&](auto& what) { add(what); }, node.what);
        }
    }

    void add(Say& say) { put(TextKind::bubble, say.text); }
    void add(Media& media) { put(TextKind::bubble, media.text); }
    void add(Pace& pace) {
        for (Beat& beat : pace.beats) put(TextKind::beat, beat.words);
    }
    void add(If& fork) {
        const Node* node = node_;
        for (Branch& branch : fork.branches) {
            node_ = node;
            add(branch.when);
            add(branch.then);
        }
        add(fork.otherwise);
    }
    void add(Barrier& barrier) { add(barrier.reminders); }
    void add(std::vector<Reminder>& reminders) {
        for (Reminder& reminder : reminders) put(TextKind::reminder, reminder.text);
    }
    void add(Ask& ask) {
        put(TextKind::low, ask.low);
        put(TextKind::high, ask.high);
        for (Synonyms& also : ask.also) {
            const bool yes_no = ask.kind == AskKind::yes_no;
            put(TextKind::value_words,
                also.phrases,
                yes_no ? (also.value != 0 ? "yes" : "no") : std::to_string(also.value));
        }
        for (Text& retry : ask.retry) put(TextKind::retry, retry);
        for (Nudge& nudge : ask.nudges) {
            add(nudge.when);
            put(TextKind::nudge, nudge.text);
        }
        add(ask.reminders);
        const Node* node = node_;
        for (Choice& choice : ask.choices) {
            node_ = node;
            const std::string label = choice.label;
            put(TextKind::label, choice.label);
            put(TextKind::label_words, choice.also, label);
            if (choice.only_if) add(*choice.only_if);
            add(choice.then);
        }
    }
    /// Words that are compared with typed ones. A choice is compared by its id, whatever the language.
    void add(Expr& expr) {
        for (Expr& arg : expr.args) add(arg);
        if (expr.name == "outcome") return;
        const bool given = std::find(script_.given.begin(), script_.given.end(), expr.name) != script_.given.end();
        if (!typed_.contains(expr.name) && !given) return;
        const TextKind kind = given || other_.contains(expr.name) ? TextKind::looked_for_too : TextKind::looked_for;
        if (expr.op == Expr::Op::has) put(kind, expr.words, expr.name);
        if (expr.op != Expr::Op::equal || kind != TextKind::looked_for) return;
        if (auto* words = std::get_if<std::string>(&expr.value)) put(kind, *words, expr.name);
    }
    template <class Other>
    void add(Other&) {}

    Script& script_;
    std::vector<ScriptText> all_;
    std::set<std::string, std::less<>> typed_;
    std::set<std::string, std::less<>> other_;
    const Node* node_ = nullptr;
    int step_ = -1;
    int number_ = 0;
};

std::string in_writing(const std::vector<std::string>& phrases) {
    std::string list;
    for (const std::string& phrase : phrases) {
        const bool comma = phrase.find(',') != std::string::npos;
        list += (list.empty() ? "" : ", ") + (comma ? "\"" + phrase + "\"" : phrase);
    }
    return list;
}

}  // namespace

std::vector<ScriptText> texts_of(Script& script) {
    return TextTable(script).take();
}

std::string in_writing(const ScriptText& text) {
    if (const auto* words = std::get_if<Template*>(&text.at)) return in_writing(**words);
    if (const auto* list = std::get_if<std::vector<std::string>*>(&text.at)) return in_writing(**list);
    return *std::get<std::string*>(text.at);
}

std::string in_writing(const Template& text) {
    std::string out;
    for (const Piece& piece : text) {
        if (piece.name.empty()) {
            for (const char c : piece.literal) out += c == '{' || c == '}' ? std::string(2, c) : std::string(1, c);
            continue;
        }
        (out += '{') += piece.name;
        for (const std::string& form : piece.forms) ((out += &form == &piece.forms.front() ? ": " : " | ")) += form;
        out += '}';
    }
    return out;
}

OneLine::OneLine(std::string_view text, int number) {
    line_.number = number;
    line_.text = text;
    int column = 0;
    for (const char c : text) {
        if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++column;
        line_.columns.push_back(column);
    }
    line_.end_column = column + 1;
}

}  // namespace reweave::dialog
