#include "bot/app/play_table.hpp"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "bot/app/random.hpp"
#include "bot/dialog/recognise.hpp"

namespace reweave::app {
namespace {

namespace fs = std::filesystem;
using engine::TimePoint;

constexpr const char* kChannel = "console";

std::string local_zone() {
    std::error_code error;
    const fs::path link = fs::read_symlink("/etc/localtime", error);
    const std::string path = link.string();
    const auto at = path.find("zoneinfo/");
    return error || at == std::string::npos ? "UTC" : path.substr(at + 9);
}

}  // namespace

TimePoint MovableClock::now() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()) + ahead_;
}

// ------------------------------------------------------------------------------------------------- seats

Table::Table(const PlayScript& script, std::ostream& out) : script_(script), out_(out) {
    const std::vector<dialog::Role>& people = script.script().people;
    engine::CoreOptions core;
    core.first_script = people.empty() ? script.script().id : PlayScript::kBeginner;
    core.random = secure_random;
    bot_.emplace(clock_, script.content(), script.revisions(), script.translations(), std::move(core));
    if (people.empty()) seat("you");
    std::vector<std::string> roles;
    for (const dialog::Role& role : people) {
        for (int i = 1; i <= std::max(1, role.least); ++i) {
            seat(role.most > 1 ? role.name + "-" + std::to_string(i) : role.name);
            roles.push_back(role.name);
        }
    }
    if (!people.empty()) begin();
    for (std::size_t i = 1; i < seats_.size(); ++i) invite(i, roles[i]);
}

/// Comes in. Alone, they begin at once; of several each is asked for a name first, and the others are called away.
void Table::seat(const std::string& name) {
    engine::Hello hello;
    hello.channel = kChannel;
    hello.handle = name;
    hello.time_zone = local_zone();
    hello.language = script_.language();
    const Outputs outputs = bot_->run(std::move(hello));
    const engine::Reply reply = reply_of(outputs);
    Seat& seat = seats_.emplace_back();
    seat.name = name;
    seat.person = reply.person;
    seat.identity = reply.identity;
    if (!script_.script().people.empty()) return;
    for (const engine::Message& message : reply.messages) {
        for (const std::string& line : lines_of(message)) out_ << line << "\n";
    }
}

void Table::begin() {
    Seat& first = seats_.front();
    const Outputs outputs = type(first, first.name, {});
    conversation_ = bot_->store().hot(first.person).focus;
    first.lane = 0;
    if (!state()) throw ContentError("this script cannot be begun: BEGIN did not find it");
    show(outputs);
}

/// By a code, as anyone; the first choice of each question leads in.
void Table::invite(std::size_t index, const std::string& role) {
    Seat& seat = seats_[index];
    const std::string code =
        reply_of(bot_->run(engine::MakeInvitation{seats_.front().identity, conversation_, role})).text;
    Outputs outputs = bot_->run(engine::UseCode{seat.identity, code});
    constexpr int kMostQuestions = 8;
    for (int i = 0; i < kMostQuestions; ++i) {
        const std::vector<engine::Participant> people = bot_->store().participants(conversation_);
        const auto mine = std::find_if(
            people.begin(), people.end(), [&](const engine::Participant& p) { return p.person == seat.person; });
        if (mine == people.end()) break;
        seat.lane = mine->lane;
        if (!state()->lanes[static_cast<std::size_t>(seat.lane)].out) return show(outputs);
        const engine::Message* asked = nullptr;
        for (const engine::Output& output : outputs) {
            const auto* deliver = std::get_if<engine::Deliver>(&output);
            if (deliver && deliver->message.ask) asked = &deliver->message;
        }
        const bool choice = asked && !asked->ask->choices.empty();
        outputs = type(seat, choice ? asked->ask->choices.front().label : seat.name, {});
    }
    throw ContentError("nobody could take the seat of " + seat.name);
}

std::optional<std::size_t> Table::named(const std::string& name) {
    const std::vector<std::size_t> found = seats_named(seats_, name);
    if (found.size() == 1) return found.front();
    out_ << "Who? There " << (seats_.size() == 1 ? "is" : "are");
    for (std::size_t i = 0; i < seats_.size(); ++i) out_ << (i == 0 ? " " : ", ") << seats_[i].name;
    out_ << ".\n";
    return std::nullopt;
}

bool Table::sit(const std::string& name) {
    const auto found = named(name);
    if (found) at_ = *found;
    return found.has_value();
}

// ------------------------------------------------------------------------------------------------- turns

engine::Reply Table::reply_of(const Outputs& outputs) const {
    for (const engine::Output& output : outputs) {
        if (const auto* reply = std::get_if<engine::Reply>(&output)) return *reply;
    }
    return {};
}

Table::Outputs Table::type(Seat& seat, const std::string& text, engine::ConversationId room) {
    engine::Inbound inbound;
    inbound.kind = engine::Inbound::Kind::text;
    inbound.handle = seat.name;
    inbound.key = std::to_string(++number_);
    inbound.room = room;
    inbound.text = text;
    inbound.findings = safety::screen(text, *script_.content().rules);
    return bot_->run(engine::Batch{kChannel, std::to_string(number_), {std::move(inbound)}});
}

void Table::say(const std::string& text) {
    Seat& seat = seats_[at_];
    const bool room = in_room(seat);
    const auto joint = state();
    const bool answers = joint && (room || !asks_to_share(joint->lanes[static_cast<std::size_t>(seat.lane)].state));
    const Outputs outputs = type(seat, text, room ? conversation_ : engine::ConversationId{});
    const bool heard = std::any_of(outputs.begin(), outputs.end(), [&](const engine::Output& output) {
        const auto* deliver = std::get_if<engine::Deliver>(&output);
        return deliver && deliver->message.heard && deliver->message.person != seat.person;
    });
    const auto pack = script_.content().packs.find(script_.language().empty() ? "en" : script_.language());
    if (answers && !heard && !dialog::recognise_command(text, *pack->second)) ++seat.kept;
    show(outputs);
}

void Table::skip(dialog::Seconds by) {
    constexpr int kMostTimers = 1000;
    const TimePoint target = clock_.now() + by;
    for (int i = 0; i < kMostTimers && bot_->core().next_due() && *bot_->core().next_due() <= target; ++i) {
        clock_.skip(std::max(std::chrono::milliseconds(0), *bot_->core().next_due() - clock_.now()));
        show(bot_->core().run({}));
    }
    clock_.skip(std::max(std::chrono::milliseconds(0), target - clock_.now()));
}

void Table::show(const Outputs& outputs) {
    Screens screens(seats_);
    for (const engine::Output& output : outputs) {
        if (const auto* deliver = std::get_if<engine::Deliver>(&output)) {
            const engine::Message& message = deliver->message;
            const auto seat =
                std::find_if(seats_.begin(), seats_.end(), [&](const Seat& s) { return s.person == message.person; });
            const std::vector<std::string> lines = lines_of(message);
            if (seat == seats_.end() || lines.empty()) continue;
            seat->shown.push_back({clock_.now(), message.room.has_value(), lines});
            screens.add(static_cast<std::size_t>(seat - seats_.begin()), message, lines);
            if (several()) continue;
            for (const std::string& line : lines) out_ << line << "\n";
        } else if (const auto* send = std::get_if<engine::Send>(&output)) {
            (void)bot_->run(engine::Delivered{send->outbox, engine::Delivered::Result::sent, {}, {}});
        } else if (const auto* close = std::get_if<engine::Close>(&output)) {
            out_ << (close->why == engine::Close::Why::erased ? "(everything of this person was erased)\n"
                                                              : "(this device was signed out)\n");
        }
    }
    if (several()) out_ << screens.text();
}

// ---------------------------------------------------------------------------------------- the author's view

std::optional<dialog::JointState> Table::state() {
    const auto conversation = bot_->store().conversation(conversation_);
    if (!conversation) return std::nullopt;
    const nlohmann::json json = nlohmann::json::parse(conversation->state);
    if (!json.contains("lanes")) return std::nullopt;
    return dialog::joint_state_from_json(json);
}

/// Whether what they type is said in the room: nothing private is open for them.
bool Table::in_room(const Seat& seat) {
    if (seat.lane < 0 || bot_->store().hot(seat.person).focus != conversation_) return false;
    const auto joint = state();
    if (!joint || !joint->room.open) return false;
    const dialog::Lane& lane = joint->lanes[static_cast<std::size_t>(seat.lane)];
    return lane.in_room && lane.state.frames.size() == 1;
}

const dialog::Script* Table::script_of(const dialog::State& state) const {
    for (const auto& revision : script_.revisions()) {
        if (!state.frames.empty() && revision->hash == state.frames.back().revision) return &revision->script;
    }
    return nullptr;
}

/// Yes or no to that is no answer of its own.
bool Table::asks_to_share(const dialog::State& state) const {
    const dialog::Script* script = script_of(state);
    const dialog::Node* node = script ? dialog::node_at(*script, state.frames.back().at) : nullptr;
    return node && std::holds_alternative<dialog::Share>(node->what);
}

std::string Table::place_of(const dialog::State& state) const {
    if (state.frames.empty()) return "at the end";
    const dialog::Script* script = script_of(state);
    if (!script) return "in an older revision";
    const dialog::Place& at = state.frames.back().at;
    const dialog::Node* node = dialog::node_at(*script, at);
    const auto step = static_cast<std::size_t>(at.step);
    return script->id + " · " + (step < script->steps.size() ? script->steps[step].title : "") +
           (node ? " · line " + std::to_string(node->span.line) : "");
}

std::string Table::where(const Seat& seat) {
    const auto focus = bot_->store().conversation(bot_->store().hot(seat.person).focus);
    if (!focus) return "nothing is running";
    if (!(focus->id == conversation_)) return place_of(dialog::state_from_json(nlohmann::json::parse(focus->state)));
    const auto joint = state();
    const dialog::Lane& lane = joint->lanes[static_cast<std::size_t>(seat.lane)];
    return in_room(seat) ? "in the room · " + place_of(joint->room.state) : "alone · " + place_of(lane.state);
}

std::string Table::where() {
    return (several() ? seats_[at_].name + " · " : "") + where(seats_[at_]);
}

void Table::who() {
    for (std::size_t i = 0; i < seats_.size(); ++i)
        out_ << (i == at_ ? "> " : "  ") << seats_[i].name << " · " << where(seats_[i]) << "\n";
}

void Table::knows(const std::string& name) {
    const auto reader = named(name);
    if (!reader) return;
    std::vector<std::set<std::string>> revealed(seats_.size());
    for (const engine::Consent& consent : bot_->store().consents(conversation_)) {
        if (consent.kind != engine::Consent::Kind::shared || consent.shown == TimePoint{}) continue;
        for (std::size_t i = 0; i < seats_.size(); ++i) {
            if (seats_[i].lane == consent.lane) revealed[i].insert(consent.name);
        }
    }
    std::vector<int> counts;
    for (const std::set<std::string>& names : revealed) counts.push_back(static_cast<int>(names.size()));
    out_ << what_can_be_known(seats_, *reader, counts);
}

}  // namespace reweave::app
