// The consent boundary, walled by the language: what a person answers alone stays in their lane. This file proves that
// no line of the room, and no lane of somebody else, depends on it, except by SHARE and SHOW.
//
// The rule is noninterference: two runs that differ only in one person's private answers look the same to the others.
// Lanes hold no cue that reaches out but SHARE and the barrier, so it is enough that (1) nothing outside a lane reads
// what is asked in it, (2) every way through a lane leads to the same barrier, and (3) what SHOW shows was shared with
// everyone who is there. That a lane may end early, or never come, tells nothing: whoever waits goes on to IF NOT at a
// time that was fixed when the lanes began.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "bot/dialog/checker.hpp"
#include "bot/dialog/joint.hpp"
#include "bot/dialog/names.hpp"
#include "bot/dialog/reads.hpp"

namespace reweave::dialog {
namespace {

/// Where a line stands, and what has surely happened before it.
struct Section {
    enum class Kind { none, each, role, room } kind = Kind::none;
    std::string role;
    Span since;               ///< of the FOR line
    bool met = false;         ///< everyone is here: in the room, or right behind a barrier
    bool floor = false;       ///< someone has the floor
    std::uint32_t gated = 0;  ///< roles that went through the safety gate, as bits
    int fewest = 0;           ///< so many may be all that meet behind the barrier above; 0: every role's least

    [[nodiscard]] bool lane() const { return kind == Kind::each || kind == Kind::role; }
    [[nodiscard]] bool same_place(const Section& other) const { return kind == other.kind && role == other.role; }
    /// Two ways lead here: only what is sure on both is sure. True if that changed anything.
    bool merge(const Section& other) {
        const auto before = std::tuple(met, floor, gated, fewest);
        met = met && other.met;
        floor = floor && other.floor;
        gated = gated & other.gated;
        if (other.fewest > 0) fewest = fewest > 0 ? std::min(fewest, other.fewest) : other.fewest;
        return before != std::tuple(met, floor, gated, fewest);
    }
};

/// A place where something is asked, called or shared.
struct Site {
    Section section;
    Span span;
    const Node* node = nullptr;
};

class Consent {
 public:
    Consent(const Script& script, Faults& faults) : script_(script), faults_(faults), entries_(script.steps.size()) {}

    void check() {
        spread();
        if (two_ways_) return;  // what follows would accuse lines for where they do not stand
        for_each_reached([&](const Node& node, const Section& section) { gather(node, section); });
        for_each_reached([&](const Node& node, const Section& section) { check(node, section); });
        check_asked_in_both();
        check_meetings();
    }

 private:
    // --------------------------------------------------------------------------------- where lines stand

    using Visit = std::function<void(const Node&, const Section&)>;

    /// Visits the nodes of a block, those in branches too. `section` moves along.
    void walk(const Block& block, Section& section, const Visit& visit) const {
        for (const Node& node : block) {
            visit(node, section);
            advance(node, section);
            const auto* fork = std::get_if<If>(&node.what);
            std::optional<Section> after;  // what is sure at the ends of all branches that go on
            if (!fork || fork->otherwise.empty()) after = section;
            for_each_block(node, [&](const Block& inner) {
                Section within = section;
                walk(inner, within, visit);
                if (std::any_of(inner.begin(), inner.end(), [](const Node& n) { return always_leaves(n); })) return;
                if (after) {
                    after->merge(within);
                } else {
                    after = within;
                }
            });
            if (after) section = *after;
        }
    }

    void advance(const Node& node, Section& section) const {
        if (const auto* part = std::get_if<For>(&node.what)) {
            const bool room = part->who == For::Who::all;
            const auto kind = room                          ? Section::Kind::room
                              : part->who == For::Who::each ? Section::Kind::each
                                                            : Section::Kind::role;
            section = {kind, part->role, node.span, room, false, section.gated, 0};
            return;
        }
        const auto* barrier = std::get_if<Barrier>(&node.what);
        section.met = section.kind == Section::Kind::room || barrier;
        if (barrier) section.fewest = barrier->ready;
        if (const auto* floor = std::get_if<Floor>(&node.what)) {
            section.floor = floor->to == Floor::To::role || floor->to == Floor::To::each;
        }
        if (const auto* call = std::get_if<Call>(&node.what))
            if (section.lane() && call->script == kSafetyGate) section.gated |= roles_of(section);
    }

    /// Those who go through a lane, as bits.
    [[nodiscard]] std::uint32_t roles_of(const Section& section) const {
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < script_.people.size(); ++i) {
            if (section.kind == Section::Kind::each || script_.people[i].name == section.role)
                bits |= std::uint32_t{1} << i;
        }
        return bits;
    }

    void spread() {
        if (script_.steps.empty()) return;
        entries_[0] = Section{};
        std::deque<std::size_t> open{0};
        const auto enter = [&](const std::string& id, const Section& section, Span from) {
            const int to = step_index(script_, id);
            if (to >= 0 && enter_step(static_cast<std::size_t>(to), section, from))
                open.push_back(static_cast<std::size_t>(to));
        };
        while (!open.empty()) {
            const std::size_t i = open.front();
            open.pop_front();
            Section section = *entries_[i];
            const Block& body = script_.steps[i].body;
            walk(body, section, [&](const Node& node, const Section& at) {
                Section here = at;
                here.met = here.kind == Section::Kind::room;  // a barrier lets through to the line behind it
                if (const auto* go = std::get_if<GoTo>(&node.what)) enter(go->step, here, node.span);
                if (const auto* ask = std::get_if<Ask>(&node.what)) {
                    enter(ask->if_stuck, here, node.span);
                    enter(ask->if_not, here, node.span);
                }
                if (const auto* barrier = std::get_if<Barrier>(&node.what)) enter(barrier->if_not, here, node.span);
            });
            const bool falls = i + 1 < script_.steps.size() &&
                               std::none_of(body.begin(), body.end(), [](const Node& n) { return always_leaves(n); });
            if (falls && enter_step(i + 1, section, body.empty() ? script_.steps[i].span : body.back().span))
                open.push_back(i + 1);
        }
    }

    /// True if more is known of the step now, so that it must be walked again.
    bool enter_step(std::size_t step, const Section& section, Span from) {
        std::optional<Section>& entry = entries_[step];
        const Block& body = script_.steps[step].body;
        const bool says_for_whom = !body.empty() && std::holds_alternative<For>(body.front().what);
        if (!entry) {
            entry = section;
            return true;
        }
        if (!entry->same_place(section) && !says_for_whom && !two_ways_) {
            two_ways_ = true;
            faults_.report(Fault::mixed_section,
                           script_.steps[step].span,
                           "This step is reached from two different parts, and not by the same people.",
                           "Begin it with FOR: … to say whom it is for, or write it twice.",
                           Diagnostic::Note{from, "one way leads from here"});
        }
        return entry->merge(section);
    }

    void for_each_reached(const Visit& visit) const {
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            if (!entries_[i]) continue;
            Section section = *entries_[i];
            walk(script_.steps[i].body, section, visit);
        }
    }

    // -------------------------------------------------------------------------------------- what is there

    void gather(const Node& node, const Section& section) {
        const auto* ask = std::get_if<Ask>(&node.what);
        if (ask && !ask->name.empty()) asked(ask->name, node, section);
        if (std::holds_alternative<Call>(node.what)) asked("outcome", node, section);
        if (const auto* share = std::get_if<Share>(&node.what))
            shared_[share->name].push_back({section, node.span, &node});
    }

    void asked(const std::string& name, const Node& node, const Section& section) {
        (section.lane() ? in_lanes_ : in_room_)[name].push_back({section, node.span, &node});
    }

    [[nodiscard]] bool is_role(std::string_view name) const { return role_named(script_, name) != nullptr; }
    [[nodiscard]] bool is_given(std::string_view name) const {
        return std::find(script_.given.begin(), script_.given.end(), name) != script_.given.end();
    }
    [[nodiscard]] static const std::vector<Site>* find(const std::map<std::string, std::vector<Site>, std::less<>>& in,
                                                       std::string_view name) {
        const auto it = in.find(name);
        return it == in.end() ? nullptr : &it->second;
    }

    // ----------------------------------------------------------------------------------------- the checks

    void check(const Node& node, const Section& section) {
        if (const auto* part = std::get_if<For>(&node.what)) return check_for(*part, node, section);
        if (section.kind == Section::Kind::none) return check_nobody(node);
        if (section.kind == Section::Kind::room) {
            check_in_room(node, section);
        } else {
            check_in_lane(node, section);
        }
    }

    void check_nobody(const Node& node) {
        if (std::exchange(for_nobody_, true)) return;
        faults_.report(Fault::for_nobody,
                       node.span,
                       "It is not said yet who goes through this.",
                       "Write above it FOR: each, alone, or FOR: and one role.");
    }

    void check_for(const For& part, const Node& node, const Section& section) {
        if (part.who != For::Who::all) return;
        int fewest = 0;
        for (const Role& role : script_.people) fewest += role.least;
        if (section.fewest > 0) fewest = std::min(fewest, section.fewest);
        const std::uint32_t everyone = (std::uint32_t{1} << script_.people.size()) - 1;
        if (!section.met) {
            faults_.report(
                Fault::room_without_barrier,
                node.span,
                "The room would open while someone is still on their own.",
                "Write above it WAIT: for both, up to 2 days, and IF NOT: with the step for when it does not "
                "come to that.");
        } else if (fewest <= 2 && section.gated != everyone) {
            faults_.report(Fault::no_gate,
                           node.span,
                           "Two people meet here who were not asked, each alone, whether it is safe.",
                           "Write CALL: Safety gate in the part FOR: each, alone, before they wait for each other.");
        }
    }

    void wrong(const Node& node, std::string message, std::string mend) {
        faults_.report(Fault::wrong_section, node.span, std::move(message), std::move(mend));
    }

    void check_in_lane(const Node& node, const Section& section) {
        if (std::holds_alternative<Show>(node.what) || std::holds_alternative<Floor>(node.what) || !node.to.empty()) {
            if (!node.to.empty() && std::exchange(told_of_to_, true)) return;
            return wrong(
                node, "SHOW, FLOOR and TO are for the room, and here everyone is alone.", "Put it below FOR: both.");
        }
        if (std::holds_alternative<Share>(node.what)) return check_share(node, section);
        check_own_part(node, section);
        for_each_read(node, [&](std::string_view name, Span span) {
            if (is_role(name) || name == "other" || find(in_room_, name)) return;
            if (name == "speaker") return leak(span, name, section.since, "here nobody has the floor");
            const std::vector<Site>* sites = find(in_lanes_, name);
            const bool own = sites && std::any_of(sites->begin(), sites->end(), [&](const Site& site) {
                                 return site.section.kind == Section::Kind::each ||
                                        (section.kind == Section::Kind::role && site.section.role == section.role);
                             });
            if (own || name == "outcome") return;
            if (sites) leak(span, name, sites->front().span, "it is asked here, of someone else");
        });
    }

    /// What one role goes through ends where the next part begins: the others skip it in reading order.
    void check_own_part(const Node& node, const Section& section) {
        if (section.kind != Section::Kind::role) return;
        const auto* ask = std::get_if<Ask>(&node.what);
        const auto* go = std::get_if<GoTo>(&node.what);
        const bool leads_away = go || (ask && (!ask->if_not.empty() || !ask->if_stuck.empty()));
        if (!leads_away) return;
        wrong(node,
              "A part for one role runs on to the next FOR or WAIT: for, so that the others know where to go on.",
              "Take the way elsewhere out, or put it into a part FOR: each, alone.");
    }

    void check_share(const Node& node, const Section& section) {
        const Share& share = std::get<Share>(node.what);
        if (share.with == Share::With::other && most_people(script_) != 2) {
            return wrong(node,
                         "In a group there is no one “other”.",
                         "Write with everyone, or with one role: with facilitator.");
        }
        if (share.with == Share::With::role && section.kind == Section::Kind::role && share.role == section.role)
            return wrong(node, "This would share it with its own author.", "Name the one who is to read it.");
        const std::vector<Site>* sites = find(in_lanes_, share.name);
        const bool own = sites && std::any_of(sites->begin(), sites->end(), [&](const Site& site) {
                             return site.section.kind == Section::Kind::each || site.section.role == section.role;
                         });
        if (!own) {
            faults_.report(Fault::nothing_shared,
                           node.span,
                           "Nobody here was asked for " + in_quotes(share.name) + ", so there is nothing to share.",
                           "Ask for it in this part first.");
        }
    }

    void check_in_room(const Node& node, const Section& section) {
        if (std::holds_alternative<Barrier>(node.what))
            return wrong(node, "Everyone is here already.", "Take this line away, or write FOR: each, alone above it.");
        if (std::holds_alternative<Share>(node.what))
            return wrong(node,
                         "What is said in the room is shared already, and SHARE must be answered alone.",
                         "Put it below FOR: each, alone.");
        if (std::holds_alternative<Invite>(node.what))
            return wrong(node, "Someone is invited by one person, not by the room.", "Put it below FOR: and one role.");
        if (std::holds_alternative<Call>(node.what))
            return wrong(node,
                         "A script for one person cannot be called while everyone is in the room.",
                         "Put it below FOR: each, alone.");
        if (const auto* show = std::get_if<Show>(&node.what)) return check_show(*show, node);
        if (std::holds_alternative<Ask>(node.what)) check_asked(node, section);
        check_spoken_to(node, section);
        for_each_read(node, [&](std::string_view name, Span span) {
            if (is_role(name) || name == "other" || find(in_room_, name)) return;
            if (name == "speaker") {
                if (!section.floor) leak(span, name, section.since, "here nobody has the floor");
                return;
            }
            if (const std::vector<Site>* sites = find(in_lanes_, name))
                return leak(span, name, sites->front().span, "it is answered here, alone");
            if (is_given(name)) leak(span, name, section.since, "what was handed in is each one's own");
        });
    }

    void check_asked(const Node& node, const Section& section) {
        if (node.alone) {
            return wrong(node,
                         "A question that only one person hears would keep the others waiting for a secret.",
                         "Ask it below FOR: each, alone, or let everyone hear it.");
        }
        const Role* role = role_named(script_, node.to);
        const bool someone = role ? role->most == 1 : !node.to.empty() ? node.to != "everyone" : section.floor;
        if (someone) return;
        faults_.report(Fault::nobody_asked,
                       node.span,
                       "In the room it must be clear who answers.",
                       "Write above it TO: and one person's role, or FLOOR: and a role.");
    }

    void check_spoken_to(const Node& node, const Section& section) {
        const bool by_floor = node.to == "speaker" || node.to == "listener";
        if (by_floor && !section.floor) {
            faults_.report(Fault::nobody_asked,
                           node.span,
                           "Nobody has the floor here, so there is no " + node.to + ".",
                           "Write FLOOR: and a role above it.");
        } else if (node.to == "listener" && most_people(script_) != 2) {
            faults_.report(Fault::nobody_asked,
                           node.span,
                           "In a group there is more than one listener.",
                           "Write TO: everyone, or a role.");
        }
    }

    void check_show(const Show& show, const Node& node) {
        if (show.counted) return check_counted(show, node);
        const std::vector<Site>* sites = find(shared_, show.name);
        const bool may =
            sites && std::any_of(sites->begin(), sites->end(), [&](const Site& site) {
                return show.role.empty() || site.section.kind == Section::Kind::each || site.section.role == show.role;
            });
        if (!may) {
            faults_.report(Fault::nothing_shared,
                           node.span,
                           "Nobody was asked whether " + in_quotes(show.name) + " may be shown.",
                           "Write SHARE: " + show.name +
                               ", with the other, where it is answered. Until then it stays with its author.");
            return;
        }
        if (most_people(script_) == 2) return;
        for (const Site& site : *sites) {
            const Share& share = std::get<Share>(site.node->what);
            if (share.with != Share::With::role) continue;
            leak(node.span,
                 show.name,
                 site.span,
                 "it is shared here with " + share.role + " only, and in the room there are others");
        }
    }

    void check_counted(const Show& show, const Node& node) {
        int least = 0;
        for (const Role& role : script_.people) least += role.most > 1 ? role.most : 0;
        const std::vector<Site>* sites = find(in_lanes_, show.name);
        const auto countable = [](const Site& site) {
            const auto* ask = std::get_if<Ask>(&site.node->what);
            if (!ask) return false;
            return ask->kind == AskKind::yes_no || ask->kind == AskKind::scale || ask->kind == AskKind::one_of ||
                   ask->kind == AskKind::several || ask->kind == AskKind::feelings || ask->kind == AskKind::needs;
        };
        const bool good = sites && std::all_of(sites->begin(), sites->end(), countable);
        if (good && least >= kFewestToCount) return;
        faults_.report(
            Fault::counted,
            node.span,
            good ? "A count of fewer than five answers would show who said what, so it would never be shown."
                 : "Only choices, scales and yes or no, answered alone, can be counted.",
            good ? "Take this line away, or write the script for five people or more."
                 : "Ask it below FOR: each, alone.",
            good || !sites ? std::nullopt : std::optional(Diagnostic::Note{sites->front().span, "it is asked here"}));
    }

    void leak(Span span, std::string_view name, Span from, std::string why) {
        faults_.report(Fault::leak,
                       span,
                       in_quotes(name) + " belongs to one person, and here others would see it or be able to tell.",
                       "If it is to be known: SHARE: " + std::string(name) +
                           ", with the other, where it is answered, and SHOW: " + std::string(name) +
                           ", if shared, here.",
                       Diagnostic::Note{from, std::move(why)});
    }

    void check_asked_in_both() {
        for (const auto& [name, sites] : in_room_) {
            const std::vector<Site>* alone = find(in_lanes_, name);
            if (!alone || name == "outcome") continue;
            faults_.report(Fault::asked_in_both,
                           sites.front().span,
                           in_quotes(name) + " is asked in the room here, and of each alone elsewhere.",
                           "Give one of the two answers another name, so that nobody mistakes the one for the other.",
                           Diagnostic::Note{alone->front().span, "here it is asked alone"});
        }
    }

    // --------------------------------------------------------------------------- one barrier for each part

    struct Spot {
        std::size_t step = 0;
        std::size_t node = 0;
        auto operator<=>(const Spot&) const = default;
    };

    /// From wherever lanes begin, every way must lead to the same barrier: which of two it is would tell the others
    /// what was answered.
    void check_meetings() {
        check_meetings_from({0, 0});
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            if (!entries_[i]) continue;
            Section section = *entries_[i];
            for (std::size_t n = 0; n < script_.steps[i].body.size(); ++n) {
                const Node& node = script_.steps[i].body[n];
                const auto* part = std::get_if<For>(&node.what);
                const bool leaves_room = part && part->who != For::Who::all && section.kind == Section::Kind::room;
                if (leaves_room) check_meetings_from({i, n});
                if (std::holds_alternative<Barrier>(node.what)) check_meetings_from({i, n + 1});
                advance(node, section);
            }
        }
    }

    void check_meetings_from(Spot start) {
        std::set<Spot> seen;
        std::map<Spot, Span> meetings;
        std::deque<Spot> open{start};
        const auto go = [&](const std::string& step) {
            if (const int to = step_index(script_, step); to >= 0) open.push_back({static_cast<std::size_t>(to), 0});
        };
        while (!open.empty()) {
            Spot at = open.front();
            open.pop_front();
            for (; at.step < script_.steps.size() && seen.insert(at).second;) {
                const Block& body = script_.steps[at.step].body;
                if (at.node >= body.size()) {
                    at = {at.step + 1, 0};
                    continue;
                }
                const Node& node = body[at.node];
                const auto* part = std::get_if<For>(&node.what);
                if (part && part->who == For::Who::all) break;
                for_each_node({node}, [&](const Node& inner) {
                    if (const auto* jump = std::get_if<GoTo>(&inner.what)) go(jump->step);
                    if (const auto* ask = std::get_if<Ask>(&inner.what)) {
                        go(ask->if_stuck);
                        go(ask->if_not);
                    }
                    if (const auto* barrier = std::get_if<Barrier>(&inner.what)) go(barrier->if_not);
                });
                if (std::holds_alternative<Barrier>(node.what)) {
                    meetings.emplace(at, node.span);
                    break;
                }
                if (always_leaves(node)) break;
                ++at.node;
            }
        }
        if (meetings.size() < 2) return;
        const Span first = meetings.begin()->second;
        const Span second = std::next(meetings.begin())->second;
        if (!told_.insert({second.line, second.column}).second) return;
        faults_.report(Fault::which_meeting,
                       second,
                       "Whether people meet here or at the other WAIT depends on what someone answered alone, and the "
                       "others would see which.",
                       "Let every way through this part lead to the same WAIT: for.",
                       Diagnostic::Note{first, "the other is here"});
    }

    const Script& script_;
    Faults& faults_;
    std::vector<std::optional<Section>> entries_;  ///< by step; empty: nobody gets there
    std::map<std::string, std::vector<Site>, std::less<>> in_lanes_, in_room_, shared_;
    std::set<std::pair<int, int>> told_;
    bool two_ways_ = false;
    bool for_nobody_ = false;
    bool told_of_to_ = false;
};

}  // namespace

void check_consent(const Parsed& parsed, Faults& faults) {
    if (!parsed.script.people.empty() && parsed.damaged.empty()) Consent(parsed.script, faults).check();
}

}  // namespace reweave::dialog
