#pragma once
/// \file Several people in one conversation on joint_step() alone, each with what they see. The state goes through JSON
/// between turns; the clock is moved by hand.

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bot/dialog/compile.hpp"
#include "bot/dialog/joint.hpp"
#include "bot/dialog/player.hpp"
#include "bot/dialog/render.hpp"
#include "tests/support/english.hpp"

namespace reweave::test {

inline std::string read_source(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(std::string(REWEAVE_SOURCE_DIR) + "/" + path).rdbuf();
    return text.str();
}

/// \throws std::runtime_error with what is wrong.
inline std::shared_ptr<dialog::Revision> revision_of(const std::string& path,
                                                     const std::string& text,
                                                     const std::vector<dialog::RevisionPtr>& callees = {}) {
    dialog::Titles titles;
    for (const auto& callee : callees) titles[callee->script.id] = callee->script.title;
    dialog::Compiled compiled = dialog::compile({path, text}, english(), &titles);
    if (!compiled.script) {
        std::string all = path;
        for (const auto& d : compiled.diagnostics)
            all += "\n" + std::to_string(d.span.line) + ": " + d.code + " " + d.message;
        throw std::runtime_error(all);
    }
    for (const auto& callee : callees) compiled.script->calls[callee->script.id] = callee->hash;
    return dialog::make_revision(std::move(*compiled.script));
}

inline const dialog::RevisionPtr& shipped_phrases() {
    static const dialog::RevisionPtr phrases =
        revision_of("dialogs/system/phrases.script", read_source("dialogs/system/phrases.script"));
    return phrases;
}

/// Stands in for the safety gate where that is not what is tested.
inline const dialog::RevisionPtr& small_gate() {
    static const dialog::RevisionPtr gate = revision_of("safety-gate.script",
                                                        "# Safety gate\nDraft: for tests\n## Ask\nAre you safe with "
                                                        "them?\nASK: safe, yes or no\nIF: safe is no\nFINISH: "
                                                        "closed\nEND\nFINISH: clear\n");
    return gate;
}

class JointTable {
 public:
    struct Seen {
        dialog::TimePoint at{};
        std::string line;
        bool operator==(const Seen&) const = default;
    };
    using Result = dialog::Turn::Result;

    JointTable(dialog::RevisionPtr root, const std::vector<std::string>& roles, std::uint64_t seed = 7)
        : root_(std::move(root)),
          roles_(roles),
          seed_(seed),
          seen_(roles.size()),
          wait_(roles.size()),
          asked_(roles.size()) {
        known_[root_->hash] = root_;
        known_[small_gate()->hash] = small_gate();
        known_[shipped_phrases()->hash] = shipped_phrases();
        context_.revision = [this](std::string_view hash) {
            const auto it = known_.find(hash);
            return it == known_.end() ? nullptr : it->second;
        };
        context_.words = [this](dialog::WordsRef ref) { return words_of(ref); };
        context_.pack = &english();
        context_.phrases = shipped_phrases();
        context_.time_zone = "UTC";
        text_ = to_text(dialog::initial_joint_state(root_, roles, seed));
        take(dialog::Started{});
    }

    /// In the room if they are there, else in private.
    Result says(int lane, const std::string& text) {
        words_.push_back(text);
        authors_.push_back(lane);
        const dialog::Typed typed{dialog::WordsRef{static_cast<std::int64_t>(words_.size())}, words_.back()};
        return input(lane, typed);
    }
    Result presses(int lane, const std::string& id) {
        return input(lane, dialog::Pressed{wait_[static_cast<std::size_t>(lane)], {id}});
    }
    Result leaves(int lane) { return take(dialog::Leaves{lane}); }
    Result freezes() { return take(dialog::Freezes{}); }

    void advance(dialog::Seconds time) {
        const dialog::TimePoint end = now_ + time;
        for (;;) {
            const auto next = std::min_element(
                timers_.begin(), timers_.end(), [](const Timer& a, const Timer& b) { return a.due < b.due; });
            if (next == timers_.end() || next->due > end) break;
            const Timer timer = *next;
            timers_.erase(next);
            now_ = std::max(now_, timer.due);
            if (timer.room) {
                take(dialog::RoomTimer{timer.timer});
            } else {
                take(dialog::InLane{timer.lane, timer.timer});
            }
        }
        now_ = end;
    }

    [[nodiscard]] const std::vector<Seen>& seen(int lane) const { return seen_[static_cast<std::size_t>(lane)]; }
    /// All of it as one text, a line each.
    [[nodiscard]] std::string all(int lane) const {
        std::string text;
        for (const Seen& line : seen(lane)) text += line.line + "\n";
        return text;
    }
    [[nodiscard]] bool saw(int lane, const std::string& words) const {
        return all(lane).find(words) != std::string::npos;
    }
    /// When the room opened, each time.
    [[nodiscard]] const std::vector<dialog::TimePoint>& openings() const { return openings_; }
    [[nodiscard]] bool open() const { return state().room.open; }
    [[nodiscard]] bool in_room(int lane) const { return state().lanes[static_cast<std::size_t>(lane)].in_room; }
    [[nodiscard]] bool out(int lane) const { return state().lanes[static_cast<std::size_t>(lane)].out; }
    [[nodiscard]] dialog::JointState state() const {
        return dialog::joint_state_from_json(nlohmann::json::parse(text_));
    }
    [[nodiscard]] dialog::TimePoint now() const { return now_; }
    /// What this person can press to answer; nothing if they are not asked.
    [[nodiscard]] const std::optional<std::vector<dialog::RenderedChoice>>& asked(int lane) const {
        return asked_[static_cast<std::size_t>(lane)];
    }

 private:
    struct Timer {
        dialog::TimePoint due;
        bool room;
        int lane;
        dialog::TimerDue timer;
    };

    Result input(int lane, dialog::Input input) {
        auto asked = std::exchange(asked_[static_cast<std::size_t>(lane)], std::nullopt);
        const Result result = put_in(lane, std::move(input));
        if (result != Result::accepted) asked_[static_cast<std::size_t>(lane)] = std::move(asked);
        return result;
    }

    Result put_in(int lane, dialog::Input input) {
        if (in_room(lane)) return take(dialog::InRoom{lane, std::move(input)});
        return take(dialog::InLane{lane, std::move(input)});
    }

    std::optional<std::string_view> words_of(dialog::WordsRef ref) {
        const auto index = static_cast<std::size_t>(ref.id - 1);
        return index < words_.size() ? std::optional<std::string_view>(words_[index]) : std::nullopt;
    }

    Result take(dialog::JointInput input) {
        const dialog::JointEvent event{now_, seed_, std::move(input)};
        dialog::JointTurn turn = dialog::joint_step(root_, state(), event, context_);
        if (turn.result != Result::accepted) return turn.result;
        const bool was_open = open();
        text_ = to_text(turn.state);
        const bool in_room = std::any_of(turn.out.begin(), turn.out.end(), [](const auto& out) { return out.room; });
        if (!was_open && (open() || in_room)) openings_.push_back(now_);
        for (const dialog::Outgoing& out : turn.out) deliver(out);
        return turn.result;
    }

    void deliver(const dialog::Outgoing& out) {
        if (const auto* effect = std::get_if<dialog::Effect>(&out.what)) {
            if (const auto* timer = std::get_if<dialog::TimerEffect>(effect)) {
                timers_.push_back({timer->due, out.to.empty(), out.to.empty() ? -1 : out.to.front(), timer->timer});
                return;
            }
        }
        for (const int lane : out.to) show(lane, out);
    }

    void show(int lane, const dialog::Outgoing& out) {
        const std::string where = out.room ? "room " : "";
        const dialog::RenderContext render{
            context_.revision, context_.words, context_.pack, context_.phrases, "UTC", now_};
        auto& seen = seen_[static_cast<std::size_t>(lane)];
        if (const auto* spoken = std::get_if<dialog::Spoken>(&out.what)) {
            std::string words;
            if (const auto typed = words_of(spoken->words)) words = std::string(*typed);
            for (const auto& label : spoken->pressed) words += "[" + label + "]";
            seen.push_back({now_, roles_[static_cast<std::size_t>(spoken->lane)] + ": " + words});
            return;
        }
        const auto& effect = std::get<dialog::Effect>(out.what);
        if (const auto* say = std::get_if<dialog::SayEffect>(&effect)) {
            seen.push_back({now_, where + as_line(dialog::render(say->bubble, render))});
        } else if (const auto* ask = std::get_if<dialog::AskEffect>(&effect)) {
            wait_[static_cast<std::size_t>(lane)] = ask->question.wait;
            asked_[static_cast<std::size_t>(lane)] = pressable(dialog::render(ask->question, render));
            std::string choices;
            for (const auto& choice : pressable(dialog::render(ask->question, render))) choices += " *" + choice.label;
            seen.push_back({now_, where + "?" + choices});
        } else if (const auto* end = std::get_if<dialog::EndEffect>(&effect)) {
            seen.push_back({now_, where + "ends: " + end->outcome});
            asked_[static_cast<std::size_t>(lane)].reset();
        }
    }

    dialog::RevisionPtr root_;
    std::vector<std::string> roles_;
    std::uint64_t seed_;
    std::map<std::string, dialog::RevisionPtr, std::less<>> known_;
    dialog::Context context_;
    std::string text_;
    std::vector<std::string> words_;
    std::vector<int> authors_;
    std::vector<Timer> timers_;
    std::vector<std::vector<Seen>> seen_;
    std::vector<dialog::TimePoint> openings_;
    std::vector<std::int64_t> wait_;
    std::vector<std::optional<std::vector<dialog::RenderedChoice>>> asked_;
    dialog::TimePoint now_{std::chrono::hours(24 * 365 * 55)};
};

}  // namespace reweave::test
