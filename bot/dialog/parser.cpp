#include "bot/dialog/parser.hpp"

#include <algorithm>

#include "bot/dialog/cue_reader.hpp"
#include "bot/dialog/header.hpp"
#include "bot/dialog/statement.hpp"

namespace reweave::dialog {
namespace {

std::vector<Statement> statements_of(const SourceLines& source) {
    std::vector<Statement> statements;
    statements.reserve(source.lines.size());
    for (const Line& line : source.lines) statements.push_back(read_statement(line));
    return statements;
}

class Parser {
 public:
    Parser(std::string id, const LanguagePack& pack, const Titles* others, Faults& faults)
        : faults_(faults), tree_(faults), pack_(pack), others_(others) {
        parsed_.script.id = std::move(id);
    }

    Parsed parse(const SourceLines& source) {
        for (const Span& span : source.unreadable) {
            faults_.report(
                Fault::not_utf8,
                span,
                "This character cannot be read: the file is not UTF-8.",
                "Save it as UTF-8 (in a word processor: plain text, encoding UTF-8) and type the character again.");
        }
        const std::vector<Statement> statements = statements_of(source);
        if (std::all_of(statements.begin(), statements.end(), [](const Statement& s) {
                return s.kind == Statement::Kind::blank;
            })) {
            faults_.report(Fault::empty_file,
                           Span{1, 1, 0},
                           "There is nothing in this file.",
                           "Begin with a title: # Own my part");
            return std::move(parsed_);
        }
        Script& script = parsed_.script;
        const Header header = read_header(statements, script, faults_);
        const bool people = !script.people.empty();
        survey(statements, header.lines);
        CueReader cues(CueReader::Surroundings{&script, &names_, &outline_, others_, &pack_, people}, tree_, faults_);
        for (std::size_t i = header.lines; i < statements.size(); ++i) read(statements[i], cues);
        script.steps = tree_.finish();
        parsed_.damaged.insert(tree_.unclear().begin(), tree_.unclear().end());
        if (script.steps.empty()) {
            faults_.report(Fault::no_steps,
                           statements.front().whole.span(),
                           "This script has no steps.",
                           "Write a heading, such as ## Begin, and below it what the bot says.");
        }
        mark_side_steps();
        check_empty_steps();
        return std::move(parsed_);
    }

 private:
    /// Names and steps may be used above the line that makes them, so they are gathered first.
    void survey(const std::vector<Statement>& statements, std::size_t from) {
        const Script& script = parsed_.script;
        names_.add("outcome");
        for (const std::string& name : script.given) names_.add(name);
        for (const Role& role : script.people) names_.add_person(role.name);
        if (most_people(script) == 2) names_.add_person("other");
        if (!script.people.empty()) names_.add_person("speaker");
        for (std::size_t i = from; i < statements.size(); ++i) {
            const Statement& s = statements[i];
            if (s.kind == Statement::Kind::heading) {
                const Heading heading = read_heading(s.body);
                if (!heading.id.empty()) outline_.add(heading.title, heading.id);
            } else if (s.kind == Statement::Kind::cue && s.cue == Cue::ask) {
                if (const Slice name = ask_name(s.body); !name.empty()) names_.add(name.view());
            }
        }
    }

    void read(const Statement& s, CueReader& cues) {
        switch (s.kind) {
            case Statement::Kind::blank:
                return;
            case Statement::Kind::title:
                faults_.report(Fault::second_title,
                               s.whole.span(),
                               "A title can only stand at the top.",
                               "For a step, write two signs: ## " + s.body.str());
                return begin_step(s);
            case Statement::Kind::heading:
                return begin_step(s);
            case Statement::Kind::unknown_cue:
                parsed_.damaged.insert(step_);
                faults_.report(Fault::unknown_cue,
                               s.mark.span(),
                               "There is no cue " + in_quotes(s.mark.view()) + ".",
                               did_you_mean(s.mark.view(), all_cue_words()) +
                                   "If the bot is to say this line, write \\ before it.");
                return;
            default:
                if (!cues.read(s)) parsed_.damaged.insert(step_);
                if (s.kind == Statement::Kind::cue && s.cue == Cue::formerly) return formerly(s);
                below_heading_ = below_heading_ && s.kind == Statement::Kind::cue && s.cue == Cue::note;
        }
    }

    void formerly(const Statement& s) {
        const std::string id = read_heading(s.body).id;
        if (!below_heading_) {
            faults_.report(Fault::formerly_without_heading,
                           s.whole.span(),
                           "FORMERLY says what a step was called, but no heading stands directly above.",
                           "Move it up, right below the heading of the step that was renamed.");
        } else if (id.empty()) {
            return;  // reported as empty
        } else if (outline_.find(s.body.view())) {
            faults_.report(Fault::former_step_is_there,
                           s.body.span(),
                           "There is a step " + in_quotes(s.body.view()) + " in this script still.",
                           "A former name is one that no step has any more. Take this line away, or rename that step.");
        } else if (const auto [before, is_new] = former_.try_emplace(id, s.body.span()); !is_new) {
            faults_.report(Fault::former_step_twice,
                           s.body.span(),
                           in_quotes(s.body.view()) + " is said to be what a step was called, twice.",
                           "A step becomes one step. Keep the line where most of it went.",
                           Diagnostic::Note{before->second, "the other is here"});
        }
    }

    void begin_step(const Statement& s) {
        Heading heading = read_heading(s.body);
        const WithId split = split_id(s.body);
        if (heading.title.empty() || heading.id.empty()) {
            faults_.report(Fault::heading_without_words,
                           s.whole.span(),
                           "This heading has no words that could name the step.",
                           "Write a few words after ##, or give an id: ## … {#begin}");
            heading.id = "step-" + std::to_string(s.whole.span().line);
        }
        if (split.id && !is_kebab(heading.id)) {
            faults_.report(Fault::bad_id,
                           split.id->span(),
                           in_quotes(heading.id) + " cannot be an id.",
                           "Use small letters, digits and hyphens, as in {#my-part}.");
        }
        const auto [before, is_new] = steps_.try_emplace(heading.id, s.whole.span());
        if (!is_new) {
            faults_.report(Fault::step_twice,
                           s.whole.span(),
                           "There is a step " + in_quotes(heading.id) + " already.",
                           "Give one of the two another heading, or an id of its own: ## " + heading.title + " {#" +
                               heading.id + "-again}",
                           Diagnostic::Note{before->second, "the other is here"});
        }
        Step step;
        step.id = heading.id;
        step.title = heading.title;
        step.span = s.whole.span();
        step_ = step.id;
        below_heading_ = true;
        tree_.begin_step(std::move(step));
    }

    /// All after the first step that holds a FINISH of its own, outside of forks.
    void mark_side_steps() {
        bool finished = false;
        for (Step& step : parsed_.script.steps) {
            step.side = finished;
            finished = finished || std::any_of(step.body.begin(), step.body.end(), [](const Node& node) {
                           return std::holds_alternative<Finish>(node.what) || std::holds_alternative<Begin>(node.what);
                       });
        }
    }

    void check_empty_steps() {
        for (const Step& step : parsed_.script.steps) {
            if (!step.body.empty() || parsed_.damaged.contains(step.id)) continue;
            faults_.report(Fault::empty_step,
                           step.span,
                           "Nothing happens in this step.",
                           "Write below the heading what the bot says, or take the heading away.");
        }
    }

    Faults& faults_;
    Tree tree_;
    const LanguagePack& pack_;
    const Titles* others_;
    Parsed parsed_;
    Names names_;
    Outline outline_;
    std::map<std::string, Span> steps_;
    std::map<std::string, Span> former_;  ///< ids that steps had
    std::string step_;                    ///< id of the one being read
    bool below_heading_ = false;          ///< nothing but its former names has come in it yet
};

}  // namespace

Parsed parse(
    const SourceLines& source, std::string id, const LanguagePack& pack, const Titles* others, Faults& faults) {
    return Parser(std::move(id), pack, others, faults).parse(source);
}

Front read_front(std::string_view text) {
    const SourceLines source = read_lines(text);
    Script script;
    Faults ignored("");
    (void)read_header(statements_of(source), script, ignored);
    return {script.title, script.language};
}

std::string script_id(std::string_view path) {
    const std::size_t slash = path.find_last_of("/\\");
    std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    if (const std::size_t dot = name.rfind('.'); dot != std::string_view::npos) name = name.substr(0, dot);
    return std::string(name);
}

}  // namespace reweave::dialog
