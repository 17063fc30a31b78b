// A set of scripts: who calls whom, which of them can be published, and the hashes that pin what each can reach.
#include <algorithm>
#include <map>

#include "bot/dialog/compile.hpp"
#include "bot/dialog/faults.hpp"
#include "bot/dialog/names.hpp"
#include "bot/dialog/parser.hpp"
#include "bot/dialog/reads.hpp"

namespace reweave::dialog {
namespace {

/// The pack of a language, or of what it is a variety of: pt-BR, then pt.
const LanguagePack* find_pack(const std::map<std::string, LanguagePackPtr>& packs, std::string language) {
    for (;;) {
        if (const auto it = packs.find(language); it != packs.end()) return it->second.get();
        const std::size_t hyphen = language.rfind('-');
        if (hyphen == std::string::npos) return nullptr;
        language.resize(hyphen);
    }
}

struct CallSite {
    std::string script;
    Span span;
};

class Set {
 public:
    Set(const std::vector<Source>& sources, const std::map<std::string, LanguagePackPtr>& packs)
        : sources_(sources), packs_(packs) {}

    CompiledSet compile() {
        for (const Source& source : sources_) fronts_.push_back(read_front(source.text));
        for (std::size_t i = 0; i < sources_.size(); ++i)
            titles_.emplace(script_id(sources_[i].path), fronts_[i].title);
        for (std::size_t i = 0; i < sources_.size(); ++i) compile(i);
        for (auto& [id, item] : items_) find_cycles(id);
        for (auto& [id, item] : items_) publish(id);
        check_handed_in();
        std::stable_sort(
            set_.diagnostics.begin(), set_.diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
                return std::tie(a.path, a.span.line, a.span.column) < std::tie(b.path, b.span.line, b.span.column);
            });
        return std::move(set_);
    }

 private:
    enum class Visit { fresh, open, done };
    struct Item {
        std::string path;
        std::optional<Script> script;
        std::vector<CallSite> calls;
        Visit cycles = Visit::fresh;
        Visit publishing = Visit::fresh;
        std::string hash;  ///< of its revision, once there is one
    };

    void report(const std::string& path, Fault fault, Span span, std::string message, std::string mend) {
        Faults faults(path);
        faults.report(fault, span, std::move(message), std::move(mend));
        for (Diagnostic& d : faults.take()) set_.diagnostics.push_back(std::move(d));
    }

    void compile(std::size_t i) {
        const Source& source = sources_[i];
        const LanguagePack* pack = find_pack(packs_, fronts_[i].language);
        static const LanguagePack kEmpty;
        Compiled compiled = dialog::compile(source, pack ? *pack : kEmpty, &titles_);
        std::move(compiled.diagnostics.begin(), compiled.diagnostics.end(), std::back_inserter(set_.diagnostics));
        if (!pack) {
            report(source.path,
                   Fault::no_language_pack,
                   Span{1, 1, 0},
                   "The bot does not understand " + in_quotes(fronts_[i].language) + " yet.",
                   "Add data/language/" + fronts_[i].language + ".json, or write the script in another language.");
            compiled.script.reset();
        }
        const std::string id = script_id(source.path);
        const auto [it, is_new] = items_.try_emplace(id);
        if (!is_new) {
            for (const std::string& path : {source.path, it->second.path}) {
                report(path,
                       Fault::script_twice,
                       Span{1, 1, 0},
                       "There is a script " + in_quotes(id) +
                           " in another folder too: " + (path == source.path ? it->second.path : source.path) + ".",
                       "Give one of the two files another name.");
            }
            it->second.script.reset();
            return;
        }
        it->second.path = source.path;
        it->second.script = std::move(compiled.script);
        if (!it->second.script) return;
        auto& entry = it->second;  // clang before 16 does not let a lambda capture a structured binding
        for (const Step& step : entry.script->steps) {
            for_each_node(step.body, [&](const Node& node) {
                if (const auto* call = std::get_if<Call>(&node.what)) entry.calls.push_back({call->script, node.span});
            });
        }
    }

    /// Follows the calls; a call back into the path that led here closes a circle, and each script of it is reported.
    void find_cycles(const std::string& id) {
        const auto it = items_.find(id);
        if (it == items_.end() || it->second.cycles == Visit::done) return;
        it->second.cycles = Visit::open;
        for (const CallSite& call : it->second.calls) {
            path_.push_back({id, call.span});
            const auto callee = items_.find(call.script);
            if (callee != items_.end() && callee->second.cycles == Visit::open) {
                report_cycle(call.script);
            } else {
                find_cycles(call.script);
            }
            path_.pop_back();
        }
        it->second.cycles = Visit::done;
    }

    void report_cycle(const std::string& first) {
        auto begin = std::find_if(path_.begin(), path_.end(), [&](const CallSite& c) { return c.script == first; });
        std::string circle;
        for (auto it = begin; it != path_.end(); ++it) circle += it->script + " → ";
        circle += first;
        for (auto it = begin; it != path_.end(); ++it) {
            Item& item = items_.at(it->script);
            report(item.path,
                   Fault::call_cycle,
                   it->span,
                   "These scripts call each other in a circle: " + circle + ".",
                   "Let one of them end with FINISH instead, or FOLLOW UP.");
            in_circle_.insert(it->script);
        }
    }

    /// Makes the revision of a script, those that it calls first. True if there is one.
    bool publish(const std::string& id) {
        const auto it = items_.find(id);
        if (it == items_.end()) return false;
        Item& item = it->second;
        if (item.publishing != Visit::fresh) return !item.hash.empty();
        item.publishing = Visit::done;
        if (!item.script) return false;
        bool whole = !in_circle_.contains(id);
        for (const CallSite& call : item.calls) {
            if (publish(call.script)) {
                if (!items_.at(call.script).script->people.empty()) whole = false;  // reported with the others
                item.script->calls[call.script] = items_.at(call.script).hash;
                continue;
            }
            whole = false;
            if (in_circle_.contains(id) && in_circle_.contains(call.script)) continue;
            report(item.path,
                   Fault::calls_faulty,
                   call.span,
                   "The script " + in_quotes(call.script) + " has faults, so this one cannot run either.",
                   "Mend " + call.script + " first.");
        }
        if (!whole) return false;
        auto revision = make_revision(*item.script);
        item.hash = revision->hash;
        set_.revisions.push_back(std::move(revision));
        return true;
    }

    void check_handed_in() {
        for (const auto& [id, item] : items_) {
            if (!item.script) continue;
            for (const Step& step : item.script->steps) {
                for_each_node(step.body, [&, path = item.path](const Node& node) {
                    if (const auto* call = std::get_if<Call>(&node.what)) {
                        check_for_one(path, call->script, node.span);
                        check_handed_in(path, call->script, call->with, node.span);
                    }
                    if (const auto* follow = std::get_if<FollowUp>(&node.what)) {
                        check_for_one(path, follow->script, node.span);
                        check_handed_in(path, follow->script, follow->with, node.span);
                    }
                    if (const auto* begin = std::get_if<Begin>(&node.what)) {
                        check_for_several(path, begin->script, node.span);
                        check_handed_in(path, begin->script, begin->with, node.span);
                    }
                });
            }
        }
    }

    [[nodiscard]] const Script* known(const std::string& script) const {
        const auto it = items_.find(script);
        return it == items_.end() || !it->second.script ? nullptr : &*it->second.script;
    }

    void check_for_one(const std::string& path, const std::string& script, Span span) {
        const Script* other = known(script);
        if (!other || other->people.empty()) return;
        report(path,
               Fault::two_people,
               span,
               "The script " + in_quotes(script) + " is for several people, so one person cannot go through it.",
               "Write BEGIN: " + other->title + " to begin it for all of them, or name a script for one person.");
    }

    void check_for_several(const std::string& path, const std::string& script, Span span) {
        const Script* other = known(script);
        if (!other || !other->people.empty()) return;
        report(path,
               Fault::two_people,
               span,
               "The script " + in_quotes(script) + " is for one person.",
               "Write CALL: " + other->title + " instead. BEGIN is for scripts with People.");
    }

    void check_handed_in(const std::string& path,
                         const std::string& script,
                         const std::vector<std::string>& with,
                         Span span) {
        const Script* other = known(script);
        if (!other) return;
        const std::vector<std::string>& given = other->given;
        for (const std::string& name : with) {
            if (std::find(given.begin(), given.end(), name) != given.end()) continue;
            report(path,
                   Fault::not_given,
                   span,
                   "The script " + in_quotes(script) + " does not expect the answer " + in_quotes(name) + ".",
                   "Write Given: " + name + " at the top of " + script + ", or do not hand it in.");
        }
    }

    const std::vector<Source>& sources_;
    const std::map<std::string, LanguagePackPtr>& packs_;
    std::vector<Front> fronts_;
    Titles titles_;
    std::map<std::string, Item> items_;
    std::vector<CallSite> path_;
    std::set<std::string> in_circle_;
    CompiledSet set_;
};

}  // namespace

CompiledSet compile_all(const std::vector<Source>& sources, const std::map<std::string, LanguagePackPtr>& packs) {
    return Set(sources, packs).compile();
}

}  // namespace reweave::dialog
