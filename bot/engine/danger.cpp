// What a turn does about signs of danger, and about young people (safety brief).
#include <algorithm>

#include "bot/engine/turn.hpp"

namespace reweave::engine {
namespace {

using namespace std::chrono_literals;

constexpr auto kMinorReads = 10min;  ///< how long the lines for young people stay up before all is erased
constexpr auto kMinorSilent = 1h;    ///< the same, for one who does not answer
constexpr auto kSignsCount = 24h;    ///< for so long notes add up and checks are counted (sections 5.1, 5.3)
constexpr int kNotesForCheck = 3;    ///< so many notes of one category are a check
constexpr int kMostChecks = 2;       ///< of one category; after that help is pointed to
constexpr auto kJointLock = 72h;     ///< no joint features after a safety stop (section 2)

/// Which stop script answers a category (safety brief, section 6).
std::string_view stop_script(safety::Category category) {
    using enum safety::Category;
    switch (category) {
        case self_harm:
            return "stop-self-harm";
        case harm_others:
            return "stop-others";
        case ipv:
        case stalking:
            return "stop-harmed";
        case child_abuse:
            return "stop-child";
        case sexual_violence:
            return "stop-sexual";
        case intoxication:
            return "stop-drink";
        case medical:
            return "stop-medical";
        case minor:
            return "stop-minor";
        case other_harm:
            return "stop-other";
    }
    return "stop-other";
}

}  // namespace

std::string_view check_script(safety::Category category) {
    using enum safety::Category;
    switch (category) {
        case self_harm:
            return "check-self";
        case harm_others:
            return "check-others";
        case child_abuse:
            return "check-child";
        case intoxication:
            return "check-drink";
        case minor:
            return "check-age";
        default:
            return "check-fear";
    }
}

/// The gravest finding, weighed with those of the last 24 hours: notes add up to a check, and nobody is asked the same
/// check a third time. Empty: nothing to do, or nothing but to point to help.
std::optional<safety::Finding> Turn::weighed(const safety::Findings& findings) {
    std::vector<Session::Sign>& signs = session_.signs;
    std::erase_if(signs, [&](const Session::Sign& sign) { return now_ - sign.at >= kSignsCount; });
    const auto count = [&](safety::Category category, safety::Tier tier) {
        return std::count_if(signs.begin(), signs.end(), [&](const Session::Sign& sign) {
            return sign.category == category && sign.tier == tier;
        });
    };
    const safety::Finding* gravest = findings.gravest();
    if (!gravest) return std::nullopt;
    safety::Finding finding = *gravest;
    if (finding.tier == safety::Tier::stop) return finding;
    if (finding.tier == safety::Tier::note) {
        signs.push_back({finding.category, finding.tier, now_});
        if (count(finding.category, finding.tier) < kNotesForCheck) return std::nullopt;
        std::erase_if(signs, [&](const Session::Sign& sign) {
            return sign.category == finding.category && sign.tier == safety::Tier::note;
        });
        finding.tier = safety::Tier::check;
    }
    if (open_script() == check_script(finding.category)) return std::nullopt;  // it is the answer to that very check
    if (count(finding.category, safety::Tier::check) >= kMostChecks) {
        say("pinned-help");
        return std::nullopt;
    }
    signs.push_back({finding.category, safety::Tier::check, now_});
    return finding;
}

void Turn::safety_stop(const safety::Finding& finding) {
    if (session_.focus && !session_.focus->together) {
        session_.focus->record.status = Conversation::Status::ended;
        session_.focus->record.outcome = "safety";
        save_focus();
    }
    if (session_.focus) leave_focus();
    cancel_everything_planned();
    note_safety(finding, stop_script(finding.category));
    begin(stop_script(finding.category), known_answers());
}

void Turn::note_safety(const safety::Finding& finding, std::string_view action) {
    const auto day = std::chrono::floor<std::chrono::days>(now_).time_since_epoch().count();
    workshop_.store.add_safety_event({day,
                                      std::string(safety::name(finding.category)),
                                      static_cast<int>(finding.tier),
                                      std::string(action),
                                      session_.person.language});
}

void Turn::note_report() {
    const auto day = std::chrono::floor<std::chrono::days>(now_).time_since_epoch().count();
    workshop_.store.add_safety_event({day, "report", 0, "invited", session_.person.language});
}

/// Timers, follow-ups and offers go; joint features stay locked for a while (safety brief, section 2).
void Turn::cancel_everything_planned() {
    for (const TimerRecord& timer : workshop_.store.timers(session_.person.id)) {
        if (timer.kind != TimerRecord::Kind::erase) workshop_.store.remove_timer(timer.id);
    }
    session_.hot.waiting.clear();
    session_.hot.offered = {};
    lock_joint();
    withdraw();
}

void Turn::lock_joint() {
    session_.person.joint_locked_until = now_ + kJointLock;
    workshop_.store.save(session_.person);
}

/// What a minor wrote is not kept (safety brief, section 10); the help lines stay on their screen a little longer.
void Turn::erase_minor() {
    cancel_everything_planned();
    workshop_.store.add_timer({{}, now_ + kMinorReads, session_.person.id, {}, TimerRecord::Kind::erase, 0, 0, {}});
}

/// True while the script for young people is open, whatever stands on top of it.
bool Turn::speaks_to_minor() {
    const dialog::State* place = session_.place();
    if (!place) return false;
    return std::any_of(place->frames.begin(), place->frames.end(), [&](const dialog::Frame& frame) {
        const dialog::RevisionPtr revision = workshop_.library.by_hash(frame.revision);
        return revision && revision->script.id == stop_script(safety::Category::minor);
    });
}

/// A young person who closes the page without an answer is erased as well (safety brief, section 10). An adult who was
/// misread and says so is not.
void Turn::plan_for_minor() {
    const bool minor = speaks_to_minor();
    if (minor == was_minor_) return;
    if (minor) {
        workshop_.store.add_timer(
            {{}, now_ + kMinorSilent, session_.person.id, {}, TimerRecord::Kind::erase, 0, 0, {}});
    } else if (session_.focus || ended_clear_) {
        for (const TimerRecord& timer : workshop_.store.timers(session_.person.id)) {
            if (timer.kind == TimerRecord::Kind::erase) workshop_.store.remove_timer(timer.id);
        }
    }
}

}  // namespace reweave::engine
