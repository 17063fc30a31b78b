// The cues that decide, go, wait and hand over.
#include <algorithm>

#include "bot/dialog/cue_reader.hpp"
#include "bot/dialog/expression.hpp"
#include "bot/dialog/fold.hpp"
#include "bot/dialog/topics.hpp"
#include "bot/dialog/utf8.hpp"

namespace reweave::dialog {
namespace {

constexpr std::int64_t kMostRepeats = 20;

/// Where `, with ` begins, or npos.
std::size_t find_with(std::string_view text) {
    for (std::size_t comma = text.rfind(','); comma != std::string_view::npos && comma > 0;
         comma = text.rfind(',', comma - 1)) {
        std::string_view after = text.substr(comma + 1);
        while (after.starts_with(' ')) after.remove_prefix(1);
        if (after.starts_with("with ")) return comma;
    }
    return std::string_view::npos;
}

}  // namespace

std::optional<std::string> CueReader::find_step(Slice slice) {
    if (auto step = around_.outline->find(slice.view())) return step;
    unreadable(Fault::unknown_step,
               slice,
               "There is no step " + in_quotes(slice.view()) + ".",
               did_you_mean(slice.view(), around_.outline->titles()) +
                   "Write the heading of a step of this script. For another script, use CALL.");
    return std::nullopt;
}

std::optional<std::string> CueReader::find_script(Slice slice) {
    std::string id = kebab(slice.view());
    const Titles* others = around_.others;
    if (!others) {
        faults_.report(Fault::unknown_script,
                       slice.span(),
                       "Whether there is a script " + in_quotes(slice.view()) + " is not known here.",
                       "Check the whole folder of scripts to find out.",
                       {},
                       Severity::warning);
        return id;
    }
    if (others->contains(slice.str())) return slice.str();
    const std::string folded = fold(slice.view());
    std::vector<std::string> titles;
    for (const auto& [other, title] : *others) {
        if (fold(title) == folded) return other;
        titles.push_back(title);
    }
    if (others->contains(id)) return id;
    report(Fault::unknown_script,
           slice,
           "There is no script " + in_quotes(slice.view()) + ".",
           did_you_mean(slice.view(), titles) +
               "Write the title of another script, or the name of its file without .script.");
    return std::nullopt;
}

std::vector<std::string> CueReader::read_names(Slice list) {
    std::vector<std::string> names;
    for (const Slice& part : split_list(list)) {
        std::string name = normal_name(part.view());
        if (!around_.names->contains(name)) report_unknown_name(part, known_);
        names.push_back(std::move(name));
    }
    return names;
}

void CueReader::if_(const Statement& s) {
    auto when = read_expression(s.body, known_);
    if (!when) readable_ = false;
    Expr condition = when ? std::move(*when) : Expr{};
    if (s.cue == Cue::if_) {
        tree_.begin_if(std::move(condition), s.whole.span());
    } else {
        tree_.otherwise_if(std::move(condition), s.whole.span());
    }
}

void CueReader::go_to(const Statement& s) {
    GoTo go;
    Slice target = s.body;
    const std::size_t comma = target.view().rfind(',');
    // A heading may hold a comma itself, so the whole is tried first.
    if (comma != std::string_view::npos && !around_.outline->find(target.view())) {
        Scanner scanner(target.sub(comma + 1));
        if (scanner.take_words("at most")) {
            const auto times = scanner.take_number();
            const bool good = times && *times >= 1 && *times <= kMostRepeats &&
                              (scanner.take_words("times") || scanner.take_words("time")) && scanner.done();
            if (!good) {
                report(Fault::at_most,
                       target.sub(comma + 1).trimmed(),
                       "I cannot read how often this may be gone (1 to 20 times).",
                       "As in: GO TO: Once more, at most 2 times");
            }
            go.at_most = good ? static_cast<int>(*times) : 1;
            target = target.sub(0, comma).trimmed();
        }
    }
    if (const auto step = find_step(target)) go.step = *step;
    tree_.add(std::move(go), s.whole.span());
}

CueReader::Target CueReader::read_target(Slice slice) {
    const std::size_t comma = find_with(slice.view());
    if (comma == std::string_view::npos) return {slice, {}};
    Scanner names(slice.sub(comma + 1));
    names.take_words("with");
    return {slice.sub(0, comma).trimmed(), read_names(names.rest())};
}

void CueReader::call(const Statement& s) {
    const Target target = read_target(s.body);
    const auto script = find_script(target.script);
    tree_.add(Call{script.value_or(std::string()), target.with}, s.whole.span());
}

void CueReader::begin(const Statement& s) {
    if (around_.people) {
        report(Fault::two_people,
               s.whole,
               "This script is for several people already, and cannot hand all of them over.",
               "End it with FINISH. Whoever wants to begins the next one.");
    }
    const Target target = read_target(s.body);
    const auto script = find_script(target.script);
    tree_.add(Begin{script.value_or(std::string()), target.with}, s.whole.span());
}

void CueReader::finish(const Statement& s) {
    const std::string outcome = normal_name(s.body.view());
    const bool good = count_characters(outcome) <= 40 && outcome.find_first_of(",.:;!?\"{}()") == std::string::npos;
    if (!good) report(Fault::outcome, s.body, "An outcome is one to four plain words.", "As in: FINISH: owned");
    tree_.add(Finish{outcome}, s.whole.span());
}

void CueReader::wait(const Statement& s) {
    Scanner scanner(s.body);
    Wait wait;
    if (scanner.take_words("until")) {
        const Slice name = scanner.rest();
        wait.until = normal_name(name.view());
        if (name.empty()) {
            report(Fault::wait, s.body, "WAIT: until needs the name of an answer.", "As in: WAIT: until back");
        } else if (!around_.names->contains(wait.until)) {
            report_unknown_name(name, known_);
        }
    } else if (scanner.take_words("for")) {
        return barrier(s, scanner);
    } else if (const auto seconds = scanner.take_duration(); seconds && *seconds > 0 && scanner.done()) {
        wait.length = Seconds(*seconds);
    } else {
        report(Fault::wait,
               s.body,
               "I cannot read how long to wait.",
               "As in: WAIT: 20 minutes, or WAIT: until back (an answer that is a time).");
        wait.length = Seconds(1);
    }
    tree_.add(std::move(wait), s.whole.span());
}

void CueReader::follow_up(const Statement& s) {
    constexpr std::string_view kMend = "As in: FOLLOW UP: after 2 days, with act: Own part, two days later";
    Scanner scanner(s.body);
    FollowUp follow;
    const auto seconds = scanner.take_words("after") ? scanner.take_duration() : std::nullopt;
    if (!seconds || *seconds <= 0) {
        unreadable(Fault::duration, s.body, "I cannot read when to follow up.", std::string(kMend));
        return;
    }
    follow.after = Seconds(*seconds);
    const Slice rest = scanner.rest();
    const std::size_t colon = rest.view().find(':');
    if (colon == std::string_view::npos || rest.sub(colon + 1).trimmed().empty()) {
        unreadable(Fault::unknown_script,
                   rest.empty() ? s.body : rest,
                   "The name of the script is missing.",
                   std::string(kMend));
        return;
    }
    Scanner with(rest.sub(0, colon));
    if (with.take_comma() && with.take_words("with")) {
        follow.with = read_names(with.rest());
    } else if (!with.done()) {
        report(Fault::duration,
               with.rest(),
               "I cannot fit " + in_quotes(with.rest().view()) + " in here.",
               std::string(kMend));
    }
    if (const auto script = find_script(rest.sub(colon + 1).trimmed())) follow.script = *script;
    tree_.add(std::move(follow), s.whole.span());
}

void CueReader::help_lines(const Statement& s) {
    HelpLines help;
    for (const Slice& topic : split_list(s.body)) {
        std::string id = kebab(topic.view());
        if (std::find(kHelpTopics.begin(), kHelpTopics.end(), id) == kHelpTopics.end()) {
            std::string all;
            for (const std::string_view known : kHelpTopics) all.append(all.empty() ? "" : ", ").append(known);
            report(
                Fault::help_topic,
                topic,
                "There are no help lines for " + in_quotes(topic.view()) + ".",
                did_you_mean(topic.view(), {kHelpTopics.begin(), kHelpTopics.end()}) + "The topics are: " + all + ".");
            continue;
        }
        help.topics.push_back(std::move(id));
    }
    tree_.add(std::move(help), s.whole.span());
}

}  // namespace reweave::dialog
