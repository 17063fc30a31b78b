// The cues of scripts for several people: who goes through what, who speaks, what is shared and shown.
#include "bot/dialog/cue_reader.hpp"

namespace reweave::dialog {
namespace {

/// What `mark` needs, as in the guide.
std::string_view form_of(Cue cue) {
    switch (cue) {
        case Cue::for_:
            return "FOR: each, alone. FOR: starter. FOR: both.";
        case Cue::wait:
            return "WAIT: for both, up to 2 days. WAIT: for any, up to 1 hour. WAIT: for 3, up to 2 days.";
        case Cue::share:
            return "SHARE: my part, with the other. Or with everyone, or with one role.";
        case Cue::show:
            return "SHOW: my part, if shared. SHOW: my part of starter, if shared. SHOW: mood, counted.";
        case Cue::invite:
            return "INVITE: partner.";
        case Cue::floor:
            return "FLOOR: starter, 10 minutes. FLOOR: each, 5 minutes. FLOOR: next. FLOOR: nobody.";
        default:
            return "TO: starter. TO: partner, alone. TO: speaker. TO: listener.";
    }
}

}  // namespace

bool CueReader::for_several(const Statement& s) {
    if (around_.people) return true;
    tree_.forget_above();
    report(Fault::two_people_cue,
           s.whole,
           s.mark.str() + (s.cue == Cue::wait ? ": for …" : "") + " is for scripts with several people.",
           "Name them at the top (People: starter, partner), or take this line away. To say it, write \\ before it.");
    return false;
}

void CueReader::unreadable_people(const Statement& s) {
    tree_.forget_above();
    unreadable(Fault::two_people_syntax, s.body, "I cannot read this line.", "As in: " + std::string(form_of(s.cue)));
}

std::optional<std::string> CueReader::take_role(Scanner& scanner) const {
    const Role* best = nullptr;
    for (const Role& role : around_.script->people) {
        Scanner trial = scanner;
        if (trial.take_words(role.name) && (!best || role.name.size() > best->name.size())) best = &role;
    }
    if (!best) return std::nullopt;
    scanner.take_words(best->name);
    return best->name;
}

bool CueReader::at_step_level(const Statement& s) {
    if (!tree_.in_fork()) return true;
    unreadable(Fault::in_a_branch,
               s.whole,
               s.mark.str() + " cannot stand inside a fork.",
               "Close the fork with END first, or put this into a step of its own.");
    return false;
}

void CueReader::for_(const Statement& s) {
    if (!for_several(s) || !at_step_level(s)) return;
    Scanner scanner(s.body);
    For part;
    bool good = true;
    if (scanner.take_words("both") || scanner.take_words("everyone") || scanner.take_words("all")) {
        part.who = For::Who::all;
    } else if (scanner.take_words("each")) {
        part.who = For::Who::each;
        if (scanner.take_comma()) good = scanner.take_words("alone");
    } else if (auto role = take_role(scanner)) {
        part.who = For::Who::role;
        part.role = std::move(*role);
        if (scanner.take_comma()) good = scanner.take_words("alone");
    } else {
        good = false;
    }
    if (!good || !scanner.done()) return unreadable_people(s);
    tree_.speak_to({}, false);
    tree_.add(std::move(part), s.whole.span());
}

void CueReader::barrier(const Statement& s, Scanner scanner) {
    if (!for_several(s)) return;
    (void)at_step_level(s);  // the lines below it still belong to it
    Barrier barrier;
    bool good = true;
    if (scanner.take_words("both") || scanner.take_words("all") || scanner.take_words("everyone")) {
        barrier.ready = 0;
    } else if (scanner.take_words("any")) {
        barrier.ready = 1;
    } else if (const auto count = scanner.take_number();
               count && *count >= 1 && *count <= most_people(*around_.script)) {
        barrier.ready = static_cast<int>(*count);
    } else {
        good = false;
    }
    scanner.take_words("ready");
    if (scanner.take_comma()) {
        const auto seconds = scanner.take_words("up to") ? scanner.take_duration() : std::nullopt;
        good = good && seconds && *seconds > 0;
        if (good) barrier.up_to = Seconds(*seconds);
    }
    if (!good || !scanner.done()) return unreadable_people(s);
    if (!barrier.up_to) {
        report(Fault::waits_forever,
               s.whole,
               "Nobody may be left waiting without an end.",
               "Write how long, as in: WAIT: " + s.body.str() + ", up to 2 days. Below it: IF NOT: Not this time");
    }
    tree_.add(std::move(barrier), s.whole.span());
}

void CueReader::barrier_line(const Statement& s, Barrier& barrier) {
    if (s.cue == Cue::if_not) {
        once(s, !barrier.if_not.empty());
        if (const auto step = find_step(s.body)) barrier.if_not = *step;
        return;
    }
    if (auto reminder = read_reminder(s, barrier.up_to)) barrier.reminders.push_back(std::move(*reminder));
}

void CueReader::share(const Statement& s) {
    if (!for_several(s)) return;
    Scanner scanner(s.body);
    const Slice name = scanner.take_until_comma();
    Share share;
    share.name = normal_name(name.view());
    bool good = scanner.take_comma() && scanner.take_words("with");
    if (good && scanner.take_words("the other")) {
        share.with = Share::With::other;
    } else if (good && scanner.take_words("everyone")) {
        share.with = Share::With::everyone;
    } else if (auto role = good ? take_role(scanner) : std::nullopt) {
        share.with = Share::With::role;
        share.role = std::move(*role);
    } else {
        good = false;
    }
    if (!good || !scanner.done()) return unreadable_people(s);
    if (!around_.names->contains(share.name)) report_unknown_name(name, known_);
    tree_.add(std::move(share), s.whole.span());
}

void CueReader::show(const Statement& s) {
    if (!for_several(s)) return;
    Scanner scanner(s.body);
    Slice name = scanner.take_until_comma();
    Show show;
    // "my part of starter": the last "of" before a role.
    for (const Role& role : around_.script->people) {
        const std::string ending = " of " + role.name;
        if (name.size() > ending.size() && same_word(name.view().substr(name.size() - ending.size()), ending) &&
            !around_.names->contains(name.view())) {
            show.role = role.name;
            name = name.sub(0, name.size() - ending.size()).trimmed();
            break;
        }
    }
    show.name = normal_name(name.view());
    bool good = scanner.take_comma();
    if (good && scanner.take_words("counted")) {
        show.counted = true;
    } else {
        good = good && scanner.take_words("if shared");
    }
    if (!good || !scanner.done()) return unreadable_people(s);
    if (!around_.names->contains(show.name)) report_unknown_name(name, known_);
    tree_.add(std::move(show), s.whole.span());
}

void CueReader::invite(const Statement& s) {
    if (!for_several(s)) return;
    Scanner scanner(s.body);
    auto role = take_role(scanner);
    if (!role || !scanner.done()) return unreadable_people(s);
    tree_.add(Invite{std::move(*role)}, s.whole.span());
}

void CueReader::floor(const Statement& s) {
    if (!for_several(s)) return;
    Scanner scanner(s.body);
    Floor floor;
    bool good = true;
    if (scanner.take_words("each")) {
        floor.to = Floor::To::each;
    } else if (scanner.take_words("next")) {
        floor.to = Floor::To::next;
    } else if (scanner.take_words("nobody")) {
        floor.to = Floor::To::nobody;
    } else if (auto role = take_role(scanner)) {
        floor.to = Floor::To::role;
        floor.role = std::move(*role);
    } else {
        good = false;
    }
    if (good && scanner.take_comma()) {
        const auto seconds = scanner.take_duration();
        good = seconds && *seconds > 0 && (floor.to == Floor::To::each || floor.to == Floor::To::role);
        if (good) floor.length = Seconds(*seconds);
    }
    if (!good || !scanner.done()) return unreadable_people(s);
    tree_.add(std::move(floor), s.whole.span());
}

void CueReader::to(const Statement& s) {
    if (!for_several(s)) return;
    Scanner scanner(s.body);
    std::optional<std::string> who = take_role(scanner);
    for (const std::string_view other : {"speaker", "listener", "everyone"}) {
        if (!who && scanner.take_words(other)) who = std::string(other);
    }
    const bool alone = scanner.take_comma() && scanner.take_words("alone");
    if (!who || !scanner.done()) return unreadable_people(s);
    tree_.speak_to(std::move(*who), alone);
}

}  // namespace reweave::dialog
