#include "bot/dialog/joint_player.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "bot/dialog/hours.hpp"
#include "bot/dialog/phrases.hpp"

namespace reweave::dialog {

JointPlayer::JointPlayer(const std::vector<RevisionPtr>& revisions,
                         LanguagePackPtr pack,
                         std::uint64_t seed,
                         Trace trace,
                         const Languages& languages)
    : pack_(std::move(pack)), seed_(seed), trace_(std::move(trace)), scripts_(revisions, *pack_, languages) {
    scripts_.context = traced(std::move(scripts_.context), -1);
}

// ------------------------------------------------------------------------------------------- as a Player

Screen JointPlayer::start(const Beginning& beginning) {
    now_ = beginning.at;
    scripts_.context.time_zone = beginning.time_zone;
    const RevisionPtr root = scripts_.script(beginning.script);
    if (!root || root->script.people.empty()) return Screen{{}, {}, true, std::nullopt};
    std::vector<std::string> roles;
    for (const Role& role : root->script.people)
        roles.insert(roles.end(), static_cast<std::size_t>(role.most), role.name);
    set_table(root, roles);
    for (Person& p : people_) p.name.clear();
    const std::vector<Seat> seats = seats_of(root->script);
    for (const Seat& seat : seats) {
        person(seat.lane).name = seat.name;
        const auto own = beginning.languages.find(seat.name);
        const std::string& language = own == beginning.languages.end() ? beginning.language : own->second;
        if (!speaks(seat.lane, language)) return Screen{{}, {}, true, std::nullopt};
    }
    Answer inviter;
    for (const Seat& seat : seats) {
        // What was handed in belongs to the one who begins.
        Answers handed = seat.lane == 0 ? beginning.given : Answers{};
        Answer name;
        if (const std::string called = name_of(seat, beginning.given); !called.empty()) {
            name = typed(called).words;
            handed[std::string(kMyName)] = person(seat.lane).known[std::string(kMyName)] = name;
        }
        if (seat.lane == 0) inviter = name;
        const bool knows_inviter = people_.size() == 2 && seat.lane == 1 && inviter != Answer();
        if (knows_inviter) handed[std::string(kTheirName)] = inviter;
        take(Joins{seat.lane, std::move(handed), std::move(name)});
    }
    acting_ = 0;
    return screen();
}

bool JointPlayer::turn_to(std::string_view who, Screen& screen) {
    const auto it = std::find_if(people_.begin(), people_.end(), [&](const Person& p) { return p.name == who; });
    if (it == people_.end()) return false;
    acting_ = static_cast<int>(it - people_.begin());
    screen = this->screen();
    return true;
}

Screen JointPlayer::say(std::string_view text) {
    person(acting_).looked = person(acting_).seen.size();
    return screen(says(acting_, text) == Turn::Result::accepted);
}
Screen JointPlayer::choose(const std::vector<std::string>& picks) {
    person(acting_).looked = person(acting_).seen.size();
    return screen(presses(acting_, picks) == Turn::Result::accepted);
}
Screen JointPlayer::leave() {
    person(acting_).looked = person(acting_).seen.size();
    return screen(leaves(acting_) == Turn::Result::accepted);
}
Screen JointPlayer::advance(Seconds time) {
    person(acting_).looked = person(acting_).seen.size();
    pass(time);
    return screen();
}

Screen JointPlayer::screen(bool taken) const {
    const Person& p = person(acting_);
    Screen out{{}, p.asked.value_or(std::vector<RenderedChoice>()), !taken, p.outcome};
    for (std::size_t i = p.looked; i < p.seen.size(); ++i) out.bubbles.push_back(p.seen[i].text);
    return out;
}

// ------------------------------------------------------------------------------------------- by lanes

void JointPlayer::begin(const RevisionPtr& root, const std::vector<std::string>& roles, const Answers& given) {
    set_table(root, roles);
    // What was handed in belongs to the one who begins.
    for (int i = 0; i < static_cast<int>(roles.size()); ++i) joins(i, i == 0 ? given : Answers{});
}

Turn::Result JointPlayer::joins(int lane, Answers given) {
    Answer pronouns;
    if (const auto it = given.find(kMyPronouns); it != given.end()) pronouns = it->second;
    return take(Joins{lane, std::move(given), {}, std::move(pronouns)});
}

bool JointPlayer::speaks(int lane, const std::string& language) {
    auto spoken = scripts_.context_in(language);
    if (!spoken) return false;
    person(lane).context = traced(std::move(*spoken), lane);
    return true;
}

Context JointPlayer::traced(Context context, int lane) {
    if (!trace_) return context;
    context.trace = [this, lane](std::string_view hash, const Place& place) { trace_(hash, place, walker(lane)); };
    return context;
}

Walker JointPlayer::walker(int lane) const {
    Walker walker;
    if (lane >= 0) {
        walker.role = state_.lanes[static_cast<std::size_t>(lane)].role;
        walker.languages.push_back(person(lane).context.pack->language);
    }
    for (std::size_t i = 0; i < people_.size(); ++i) {
        if (!state_.lanes[i].out) walker.languages.push_back(people_[i].context.pack->language);
    }
    return walker;
}

void JointPlayer::set_table(const RevisionPtr& root, const std::vector<std::string>& roles) {
    root_ = root;
    scripts_.by_hash[root->hash] = root;
    state_ = initial_joint_state(roles, seed_);
    people_.clear();
    scripts_.context.lanes.clear();
    timers_.clear();
    openings_.clear();
    for (std::size_t i = 0; i < roles.size(); ++i) {
        const auto alike = std::count(roles.begin(), roles.end(), roles[i]);
        const auto number = std::count(roles.begin(), roles.begin() + static_cast<std::ptrdiff_t>(i) + 1, roles[i]);
        Person p;
        p.name = alike > 1 ? roles[i] + " " + std::to_string(number) : roles[i];
        p.told = now_;
        p.context = traced(scripts_.context, static_cast<int>(i));
        people_.push_back(std::move(p));
    }
}

Typed JointPlayer::typed(std::string_view text) {
    scripts_.words.emplace_back(text);
    return Typed{WordsRef{static_cast<std::int64_t>(scripts_.words.size())}, text};
}

Turn::Result JointPlayer::says(int lane, std::string_view text) {
    return answer(lane, typed(text));
}
Turn::Result JointPlayer::says_alone(int lane, std::string_view text) {
    return take(InLane{lane, typed(text)});
}
Turn::Result JointPlayer::presses(int lane, const std::vector<std::string>& picks) {
    return answer(lane, Pressed{person(lane).wait, picks});
}
Turn::Result JointPlayer::leaves(int lane) {
    return take(Leaves{lane});
}
Turn::Result JointPlayer::freezes() {
    return take(Freezes{});
}

Turn::Result JointPlayer::answer(int lane, Input input) {
    Person& p = person(lane);
    if (p.gone) return Turn::Result::not_open;
    auto asked = std::exchange(p.asked, std::nullopt);
    const bool room = in_room(lane) && (!asked || p.asked_in_room);  // help is private in the room, too
    const auto result = room       ? take(InRoom{lane, std::move(input)})
                        : p.paused ? answer_offer(lane, std::move(input))
                                   : take(InLane{lane, std::move(input)});
    if (result != Turn::Result::accepted) p.asked = std::move(asked);
    return result;
}

/// Whatever they write first begins the script `offer`, and what they write then answers it.
Turn::Result JointPlayer::answer_offer(int lane, Input input) {
    Person& p = person(lane);
    const RevisionPtr source = scripts_.script("offer");
    const RevisionPtr offer = source ? p.context.revision(source->hash) : nullptr;
    if (!offer) return Turn::Result::not_open;
    return as_one_turn([&] {
        p.has_turn = true;
        const Event event{now_, seed_, p.offer ? std::move(input) : Input(Started{p.known})};
        Turn turn = step(offer, p.offer ? std::move(*p.offer) : initial_state(offer), event, p.context);
        p.offer = std::move(turn.state);
        for (const Effect& effect : turn.effects) {
            const auto* end = std::get_if<EndEffect>(&effect);
            if (!end) {
                show(lane, effect, false);
                continue;
            }
            p.offer.reset();
            p.asked.reset();
            if (end->outcome == "now") return come_back(lane);
            if (end->outcome == "never") return take(Leaves{lane});
        }
        return turn.result;
    });
}

Turn::Result JointPlayer::come_back(int lane) {
    Person& p = person(lane);
    p.paused = false;
    if (p.held.empty()) say_phrase(p, "resumed");
    for (std::string& line : std::exchange(p.held, {})) p.seen.push_back({now_, false, std::move(line)});
    const bool over = state_.lanes[static_cast<std::size_t>(lane)].out;
    return over ? Turn::Result::accepted : take(InLane{lane, Refocused{}});
}

Turn::Result JointPlayer::interrupts(int lane, const RevisionPtr& script) {
    return take(InLane{lane, Interrupted{script, person(lane).known}});
}

void JointPlayer::pass(Seconds time) {
    const TimePoint end = now_ + time;
    // As the engine does: all but the end of a break, and what the room does, waits for the allowed hours.
    const auto when = [&](const Timer& t) {
        const bool at_once = t.lane < 0 || t.timer.kind == TimerDue::Kind::wake;
        return at_once ? t.due : next_allowed(t.due, scripts_.context.time_zone);
    };
    for (;;) {
        const auto next = std::min_element(timers_.begin(), timers_.end(), [&](const Timer& a, const Timer& b) {
            return std::pair(when(a), a.due) < std::pair(when(b), b.due);
        });
        if (next == timers_.end() || when(*next) > end) break;
        const Timer timer = *next;
        now_ = std::max(now_, when(timer));
        timers_.erase(next);
        if (timer.lane < 0) {
            take(RoomTimer{timer.timer});
        } else if (!person(timer.lane).paused || timer.timer.kind != TimerDue::Kind::remind) {
            take(InLane{timer.lane, timer.timer});
        }
    }
    now_ = end;
}

Turn::Result JointPlayer::take(JointInput input) {
    return as_one_turn([&] { return step_once(std::move(input)); });
}

/// All that follows from one input is one turn of each of them.
Turn::Result JointPlayer::as_one_turn(const std::function<Turn::Result()>& what) {
    if (in_turn_) return what();
    for (Person& p : people_) {
        p.before = p.seen.size();
        p.has_turn = false;
    }
    in_turn_ = true;
    const Turn::Result result = what();
    in_turn_ = false;
    if (result == Turn::Result::accepted) remind_of_program();
    return result;
}

Turn::Result JointPlayer::step_once(JointInput input) {
    const bool was_open = state_.room.open;
    const JointEvent event{now_, seed_, std::move(input)};
    scripts_.context.lanes.clear();
    for (const Person& p : people_) scripts_.context.lanes.push_back(&p.context);
    JointTurn turn = joint_step(root_, state_, event, scripts_.context);
    if (turn.result != Turn::Result::accepted) return turn.result;
    std::visit(
        [&](const auto& in) {
            if constexpr (requires { in.lane; }) person(in.lane).has_turn = true;
        },
        event.input);
    state_ = joint_state_from_json(nlohmann::json::parse(to_text(turn.state)));
    const bool in_room = std::any_of(turn.out.begin(), turn.out.end(), [](const Outgoing& out) { return out.room; });
    if (!was_open && (state_.room.open || in_room)) openings_.push_back(now_);
    for (const Outgoing& out : turn.out) deliver(out);
    return turn.result;
}

/// Before all else that a turn says to somebody who has not been told for hours.
void JointPlayer::remind_of_program() {
    for (Person& p : people_) {
        if (!p.has_turn || p.gone || now_ - p.told <= kProgramNotice) continue;
        p.told = now_;
        const auto at = p.seen.begin() + static_cast<std::ptrdiff_t>(p.before);
        if (auto line = spoken_phrase(p, "still-program")) p.seen.insert(at, {now_, false, std::move(*line)});
    }
}

std::optional<std::string> JointPlayer::spoken_phrase(const Person& p, std::string_view id) const {
    const auto bubble = phrase(scripts_.context.phrases, id, seed_, {});
    return bubble ? std::optional(as_line(dialog::render(*bubble, render_context(p)))) : std::nullopt;
}

void JointPlayer::say_phrase(Person& p, std::string_view id) {
    if (auto line = spoken_phrase(p, id)) p.seen.push_back({now_, false, std::move(*line)});
}

RenderContext JointPlayer::render_context(const Person& p) const {
    const Context& spoken = p.context;
    return {spoken.revision, spoken.words, spoken.pack, spoken.phrases, spoken.time_zone, now_, [this, &spoken] {
                return root_ ? spoken.revision(root_->hash) : nullptr;
            }};
}

void JointPlayer::deliver(const Outgoing& out) {
    const auto* effect = std::get_if<Effect>(&out.what);
    const auto* timer = effect ? std::get_if<TimerEffect>(effect) : nullptr;
    if (timer) {
        timers_.push_back({timer->due, out.to.empty() ? -1 : out.to.front(), timer->timer});
        return;
    }
    for (const int lane : out.to) {
        person(lane).has_turn = true;
        show(lane, out);
    }
}

void JointPlayer::show(int lane, const Outgoing& out) {
    Person& p = person(lane);
    if (p.gone) return;
    if (const auto* effect = std::get_if<Effect>(&out.what)) {
        const auto* say = std::get_if<SayEffect>(effect);
        const bool holds = p.paused && !out.room && (say || std::holds_alternative<AskEffect>(*effect));
        if (!holds) return show(lane, *effect, out.room);
        if (say) p.held.push_back(as_line(dialog::render(say->bubble, render_context(p))));
        return;
    }
    const auto& spoken = std::get<Spoken>(out.what);
    if (spoken.lane == lane) return;
    std::string words;
    if (const auto text = scripts_.context.words(spoken.words)) words = std::string(*text);
    for (const std::string& label : spoken.pressed) words += (words.empty() ? "" : ", ") + label;
    const Lane& from = state_.lanes[static_cast<std::size_t>(spoken.lane)];
    const bool named = !std::holds_alternative<std::monostate>(from.name);
    const bool numbered = person(spoken.lane).name != from.role;
    const std::string speaker =
        !named && numbered ? person(spoken.lane).name
                           : dialog::render(named ? from.name : Picked{from.role, from.role}, render_context(p));
    p.seen.push_back({now_, true, speaker + ": " + words});
}

void JointPlayer::show(int lane, const Effect& effect, bool room) {
    Person& p = person(lane);
    const RenderContext render = render_context(p);
    if (const auto* say = std::get_if<SayEffect>(&effect)) {
        p.seen.push_back({now_, room, as_line(dialog::render(say->bubble, render))});
    } else if (const auto* ask = std::get_if<AskEffect>(&effect)) {
        p.asked = pressable(dialog::render(ask->question, render));
        p.asked_in_room = room;
        p.wait = ask->question.wait;
    } else if (const auto* end = std::get_if<EndEffect>(&effect)) {
        p.outcome = end->outcome;
        p.asked.reset();
        if (end->outcome == "delete") say_phrase(p, "deleted");
    } else if (const auto* country = std::get_if<CountryEffect>(&effect)) {
        p.known["country"] = Picked{country->country, country->country};
    } else if (const auto* used = std::get_if<CommandEffect>(&effect)) {
        command(lane, used->command);
    }
}

/// Help comes in private, wherever it was asked for.
void JointPlayer::command(int lane, Command command) {
    Person& p = person(lane);
    if (command == Command::pause || command == Command::exit) {
        (command == Command::pause ? p.paused : p.gone) = true;
        p.asked.reset();
        say_phrase(p, command == Command::pause ? "paused" : "exited");
        if (p.gone && in_room(lane)) freezes();
        return;
    }
    const RevisionPtr script = command == Command::help    ? scripts_.script("help")
                               : command == Command::human ? scripts_.script("human")
                               : command == Command::erase ? scripts_.script("erase")
                                                           : nullptr;
    if (script) interrupts(lane, script);
}

}  // namespace reweave::dialog
