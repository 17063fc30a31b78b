#include "bot/dialog/header.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <utility>

#include "bot/dialog/fold.hpp"
#include "bot/dialog/scanner.hpp"
#include "bot/dialog/template.hpp"

namespace reweave::dialog {
namespace {

const std::vector<std::string> kKeys{"About", "Minutes", "Language", "Draft", "Reviewed", "People", "Given", "Credit"};

constexpr std::int64_t kMostPeople = 30;

/// Words that mean people in a script already.
bool is_word_for_people(std::string_view name) {
    constexpr std::array kTaken{
        "other", "speaker", "listener", "everyone", "each", "both", "all", "any", "next", "nobody"};
    return std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end();
}

class HeaderReader {
 public:
    HeaderReader(Script& script, Faults& faults) : script_(script), faults_(faults) {}

    Header read(const std::vector<Statement>& statements) {
        Header header;
        for (const Statement& s : statements) {
            if (s.kind == Statement::Kind::heading) break;
            ++header.lines;
            read(s);
        }
        if (script_.title.empty()) {
            faults_.report(Fault::no_title,
                           first_line(statements),
                           "The script has no title.",
                           "Begin the file with a line such as: # Own my part");
        }
        check_review(statements);
        return header;
    }

 private:
    static Span first_line(const std::vector<Statement>& statements) {
        for (const Statement& s : statements) {
            if (s.kind != Statement::Kind::blank) return s.whole.span();
        }
        return Span{1, 1, 0};
    }

    void read(const Statement& s) {
        if (s.kind == Statement::Kind::blank || (s.kind == Statement::Kind::cue && s.cue == Cue::note)) return;
        if (s.kind == Statement::Kind::title) return read_title(s);
        const std::size_t colon = std::min(s.whole.view().find(':'), s.whole.view().find("："));
        if (s.kind != Statement::Kind::text || colon == std::string_view::npos) return stray(s);
        Slice key = s.whole.sub(0, colon).trimmed();
        Slice value = s.whole.sub(colon + (s.whole.view()[colon] == ':' ? 1 : 3)).trimmed();
        // **About:** or **About**: as word processors leave them
        while (key.view().starts_with('*')) key = key.sub(1);
        while (key.view().ends_with('*')) key = key.sub(0, key.size() - 1);
        while (value.view().starts_with('*')) value = value.sub(1).trimmed();
        read_key(key, value, s);
    }

    void read_title(const Statement& s) {
        if (!script_.title.empty()) {
            faults_.report(Fault::second_title,
                           s.whole.span(),
                           "The script has a title already.",
                           "For a step, write two signs: ## " + s.body.str(),
                           Diagnostic::Note{title_, "the title is here"});
        } else {
            script_.title = s.body.str();
            title_ = s.whole.span();
        }
    }

    /// Something to say or do before there is a step for it. Said once: the cause is one missing heading.
    void stray(const Statement& s) {
        if (std::exchange(stray_, true)) return;
        faults_.report(
            Fault::header_line,
            s.whole.span(),
            "This line stands above the first step.",
            "Write a heading above it, such as: ## Begin. At the top there are only the title and lines like About: …");
    }

    void read_key(Slice key, Slice value, const Statement& s) {
        const auto known =
            std::find_if(kKeys.begin(), kKeys.end(), [&](const std::string& k) { return same_word(k, key.view()); });
        if (known == kKeys.end()) {
            const std::vector<std::string> near = nearest(key.view(), kKeys);
            if (near.empty()) return stray(s);
            faults_.report(Fault::header_line,
                           key.span(),
                           "There is no " + in_quotes(key.view()) + " at the top of a script.",
                           "Did you mean " + list_or(near) + "?");
            return;
        }
        if (const auto before = seen_.find(*known); before != seen_.end()) {
            faults_.report(Fault::header_twice,
                           key.span(),
                           *known + " stands here twice.",
                           "Keep one of the two lines.",
                           Diagnostic::Note{before->second, "the first is here"});
            return;
        }
        seen_[*known] = s.whole.span();
        if (*known == "About") script_.about = value.str();
        if (*known == "Credit") script_.credit = value.str();
        if (*known == "Minutes") read_minutes(value, s);
        if (*known == "Language") read_language(value, s);
        if (*known == "Draft") script_.review = Review{Review::Kind::draft, value.str()};
        if (*known == "Reviewed") script_.review = Review{Review::Kind::reviewed, value.str()};
        if (*known == "People") read_people(value);
        if (*known == "Given") read_names(value, script_.given);
    }

    void read_minutes(Slice value, const Statement& s) {
        Scanner scanner(value);
        const std::optional<std::int64_t> minutes = scanner.take_number();
        if (minutes && *minutes > 0 && *minutes <= 600 && scanner.done()) {
            script_.minutes = static_cast<int>(*minutes);
            return;
        }
        faults_.report(Fault::minutes,
                       value.empty() ? s.whole.span() : value.span(),
                       "Minutes needs a number.",
                       "Write how long the script takes, as in: Minutes: 8");
    }

    void read_language(Slice value, const Statement& s) {
        script_.language = value.str();
        if (plural_forms_of(script_.language) > 0) return;
        faults_.report(Fault::language_tag,
                       value.empty() ? s.whole.span() : value.span(),
                       "There is no language " + in_quotes(value.view()) + ".",
                       "Write its short form, such as en, es, pt-BR or de.");
        script_.language = "en";
    }

    void read_names(Slice value, std::vector<std::string>& names) {
        for (const Slice& part : split_list(value)) {
            std::string name = normal_name(part.view());
            if (check_name(name) == NameFault::none) {
                names.push_back(std::move(name));
                continue;
            }
            faults_.report(Fault::bad_name,
                           part.span(),
                           in_quotes(part.view()) + " cannot be a name here.",
                           "Use words of small letters, such as: heat, my part");
        }
    }

    /// "starter, partner" or "facilitator, 4 to 12 members".
    void read_people(Slice value) {
        for (const Slice& part : split_list(value)) {
            Scanner scanner(part);
            Role role;
            bool good = true;
            if (const auto least = scanner.take_number()) {
                const auto most = scanner.take_words("to") ? scanner.take_number() : least;
                good = most && *least >= 1 && *most >= *least && *most <= kMostPeople;
                if (good) role.least = static_cast<int>(*least);
                if (good) role.most = static_cast<int>(*most);
            }
            role.name = normal_name(scanner.rest().view());
            const bool taken = std::any_of(script_.people.begin(), script_.people.end(), [&](const Role& other) {
                return other.name == role.name;
            });
            if (good && !taken && check_name(role.name) == NameFault::none && !is_word_for_people(role.name)) {
                script_.people.push_back(std::move(role));
                continue;
            }
            faults_.report(
                Fault::people,
                part.span(),
                in_quotes(part.view()) + " cannot be a role here.",
                "As in: People: starter, partner. For a group: People: facilitator, 4 to 12 members. At most "
                "30 people.");
        }
        if (!script_.people.empty() && most_people(script_) < 2) {
            faults_.report(Fault::people,
                           value.span(),
                           "One role is nobody to talk with.",
                           "Name two roles or more, or leave People out.");
        }
    }

    void check_review(const std::vector<Statement>& statements) {
        const auto draft = seen_.find("Draft");
        const auto reviewed = seen_.find("Reviewed");
        if (draft != seen_.end() && reviewed != seen_.end()) {
            faults_.report(
                Fault::draft_and_reviewed,
                std::max(draft->second, reviewed->second, [](Span a, Span b) { return a.line < b.line; }),
                "A script is either a draft or reviewed.",
                "Keep one of the two lines.",
                Diagnostic::Note{
                    std::min(draft->second, reviewed->second, [](Span a, Span b) { return a.line < b.line; }),
                    "the other is here"});
        } else if (draft == seen_.end() && reviewed == seen_.end()) {
            faults_.report(Fault::not_signed,
                           script_.title.empty() ? first_line(statements) : title_,
                           "Nobody has said whether this script is reviewed.",
                           "Write below the title: Draft: not reviewed yet. Or: Reviewed: who, when.");
        }
    }

    Script& script_;
    Faults& faults_;
    std::map<std::string, Span> seen_;
    Span title_;
    bool stray_ = false;
};

}  // namespace

Header read_header(const std::vector<Statement>& statements, Script& script, Faults& faults) {
    return HeaderReader(script, faults).read(statements);
}

void Outline::add(std::string_view title, std::string_view id) {
    titles_.emplace_back(title);
    ids_.emplace(fold(title), id);
    ids_.emplace(id, id);
}

std::optional<std::string> Outline::find(std::string_view title_or_id) const {
    auto it = ids_.find(fold(title_or_id));
    if (it == ids_.end()) it = ids_.find(title_or_id);
    if (it == ids_.end()) return std::nullopt;
    return it->second;
}

Heading read_heading(Slice body) {
    const WithId split = split_id(body);
    Heading heading{without_bold(split.words).str(), split.id ? split.id->str() : std::string()};
    if (!split.id) heading.id = kebab(heading.title);
    return heading;
}

bool is_kebab(std::string_view id) {
    const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !id.empty() && id.front() != '-' && id.back() != '-' && std::all_of(id.begin(), id.end(), good) &&
           id.find("--") == std::string_view::npos;
}

}  // namespace reweave::dialog
