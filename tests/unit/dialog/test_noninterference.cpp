// Pairs of runs that differ only in one person's secrets: what they answered alone, what they let be shown and what
// not, how long it took, why their part ended. What the other sees, and when, must be the same to the byte.
//
// Besides the shipped scripts and the clean ones of tests/flow, scripts are made at random, many of them with lines
// that leak; what the checker lets pass is run.
#include <filesystem>
#include <random>

#include "tests/support/catch.hpp"
#include "tests/support/joint_table.hpp"

namespace test_noninterference {

using namespace reweave::dialog;
using namespace reweave::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t count) {
    return static_cast<std::size_t>(random() % count);
}
template <class Items>
auto one_of(Random& random, const Items& items) {
    return items[below(random, items.size())];
}
bool chance(Random& random, int percent) {
    return below(random, 100) < static_cast<std::size_t>(percent);
}

// ------------------------------------------------------------------------------------------ one run

/// How the person with the secrets behaves.
enum class Secrets {
    kept,    ///< answers anything, shares nothing
    agreed,  ///< answers and shares the same in both runs; how long it takes and whether they stay is secret
};

/// A script, who sits around it, and the scripts that it calls.
struct Cast {
    RevisionPtr script;
    std::vector<std::string> roles;
    std::vector<RevisionPtr> scripts = {small_gate(), shipped_phrases()};
    int steady = 0;  ///< per cent of choices that are the first one, or 2 on a scale, which lead on in most scripts
};

struct Run {
    std::vector<JointTable::Seen> seen;  ///< by the others, one after another
    std::vector<TimePoint> opened;       ///< when the room was
    std::string own;                     ///< what the one with the secrets saw
    std::string all;                     ///< what the others saw, as one text
};

/// How often each answer was given is no secret where five have answered, and nothing is shown where they have not.
bool is_count(const JointTable::Seen& line) {
    return line.text.starts_with("Without names:") || line.text.starts_with("Too few have answered");
}

class Play {
 public:
    Play(const Cast& cast, int secret, Secrets secrets, bool comes_last, std::uint64_t hidden, std::uint64_t common)
        : table_(cast.script, cast.roles, common, cast.scripts),
          steady_(cast.steady),
          secret_(secret),
          secrets_(secrets),
          comes_last_(comes_last),
          hidden_(hidden),
          common_(common) {}

    Run run() {
        for (int part = 0; part < 4; ++part) {
            alone();
            if (!table_.open()) break;
            together();
            const std::vector<int> all = others();
            if (table_.open() || std::all_of(all.begin(), all.end(), [&](int lane) { return table_.out(lane); })) break;
        }
        table_.pass(72h);
        run_.opened = table_.openings();
        for (const int lane : others()) {
            for (const JointTable::Seen& line : table_.seen(lane)) {
                if (!is_count(line)) run_.seen.push_back(line);
            }
            run_.all += table_.all(lane);
        }
        run_.own = table_.all(secret_);
        return run_;
    }

 private:
    [[nodiscard]] std::vector<int> others() const {
        std::vector<int> all;
        for (int lane = 0; lane < static_cast<int>(table_.state().lanes.size()); ++lane) {
            if (lane != secret_) all.push_back(lane);
        }
        return all;
    }

    /// All go through their parts; whoever comes last does so at a moment that does not hang on the secrets.
    void alone() {
        const TimePoint begin = table_.now();
        if (!comes_last_) hidden_part(begin + 1h);
        wait_until(begin + 1h);
        for (const int lane : others()) {
            for (int i = 0; i < 40 && table_.asked(lane) && !table_.in_room(lane); ++i) answer(lane, common_);
        }
        wait_until(begin + 2h);
        if (comes_last_) hidden_part(table_.now());
    }

    void wait_until(TimePoint when) {
        if (when > table_.now()) table_.pass(std::chrono::duration_cast<Seconds>(when - table_.now()));
    }

    /// The secrets: answers, second thoughts, an early end, and time, up to `end`.
    void hidden_part(TimePoint end) {
        if (chance(hidden_, 5)) return void(table_.leaves(secret_));
        for (int i = 0; i < 40 && table_.asked(secret_) && !table_.in_room(secret_); ++i) {
            const auto pause = Seconds(below(hidden_, 120));
            if (table_.now() + pause < end) table_.pass(pause);
            if (chance(hidden_, 3)) return;  // says no more
            if (chance(hidden_, 2)) {
                table_.says(secret_, "stop");
                return;
            }
            answer_in_secret();
        }
    }

    void answer_in_secret() {
        const auto choices = *table_.asked(secret_);
        const bool share = choices.size() == 3 && choices.front().id == "keep-private";
        if (share) {
            const bool keep = secrets_ == Secrets::kept;
            if (keep && chance(hidden_, 30)) return void(table_.says(secret_, one_of(hidden_, kWaysToKeep)));
            table_.presses(secret_, {keep ? "keep-private" : "share-it"});
            return;
        }
        if (choices.empty()) {
            table_.says(secret_, secrets_ == Secrets::agreed ? "7" : one_of(hidden_, kHiddenWords));
            return;
        }
        if (secrets_ == Secrets::kept && chance(hidden_, 10)) {
            table_.says(secret_, one_of(hidden_, kTurns));
            return;
        }
        table_.presses(secret_, {secrets_ == Secrets::agreed ? one_that_leads_on(choices) : pick(choices, hidden_)});
    }

    std::string pick(const std::vector<RenderedChoice>& choices, Random& random) {
        return chance(random, steady_) ? one_that_leads_on(choices) : one_of(random, choices).id;
    }

    static std::string one_that_leads_on(const std::vector<RenderedChoice>& choices) {
        const std::string& first = choices.front().id;
        return first.find_first_not_of("0123456789") == std::string::npos ? "2" : first;
    }

    void answer(int lane, Random& random) {
        const auto choices = *table_.asked(lane);
        if (choices.empty()) {
            table_.says(lane, one_of(random, kPlainWords));
        } else {
            table_.presses(lane, {pick(choices, random)});
        }
    }

    void together() {
        for (int i = 0; i < 120 && table_.open(); ++i) {
            table_.pass(1min);
            const auto someone = [&] { return static_cast<int>(below(common_, table_.state().lanes.size())); };
            if (chance(common_, 10)) table_.says(someone(), "out of turn");
            if (chance(common_, 2)) table_.says(someone(), "pause");
            if (chance(common_, 2)) table_.says(someone(), "stop");
            for (int lane = 0; lane < static_cast<int>(table_.state().lanes.size()); ++lane) {
                if (table_.state().room.frozen) table_.says(lane, "ready");
                if (table_.in_room(lane) && table_.asked(lane)) {
                    answer(lane, common_);
                    break;
                }
            }
        }
    }

    static inline const std::vector<std::string> kHiddenWords{"2",
                                                              "9",
                                                              "hidden always never",
                                                              "hidden sorry but",
                                                              "hidden",
                                                              "hidden words that go on and on and on for a good while"};
    static inline const std::vector<std::string> kPlainWords{"3", "8", "plain sorry", "plain but never", "plain words"};
    static inline const std::vector<std::string> kWaysToKeep{"keep it private", "no", "skip", "keep private"};
    static inline const std::vector<std::string> kTurns{"skip", "back", "i don't know", "repeat", "keep private"};

    JointTable table_;
    int steady_;
    int secret_;
    Secrets secrets_;
    bool comes_last_;
    Random hidden_;
    Random common_;
    Run run_;
};

struct Count {
    int pairs = 0;
    int met = 0;
    int different = 0;
    int told = 0;  ///< runs in which words that were never shared were seen
    std::string first;
};

/// Pairs of runs of one script. Those of which one meets and the other does not are no pair: that the room opens is no
/// secret.
void compare(const Cast& cast, const std::string& name, std::uint64_t seed, int tries, Count& count) {
    for (int i = 0; i < tries; ++i) {
        Random random(seed * 1000 + static_cast<std::uint64_t>(i));
        const int secret = static_cast<int>(below(random, cast.roles.size()));
        const auto secrets = chance(random, 50) ? Secrets::kept : Secrets::agreed;
        const bool last = chance(random, 50);
        const std::uint64_t common = random();
        const Run a = Play(cast, secret, secrets, last, random(), common).run();
        const Run b = Play(cast, secret, secrets, last, random(), common).run();
        count.told += a.all.find("hidden") != std::string::npos || b.all.find("hidden") != std::string::npos ? 1 : 0;
        if (a.opened != b.opened) continue;
        ++count.pairs;
        count.met += a.opened.empty() ? 0 : 1;
        if (a.seen == b.seen) continue;
        if (++count.different == 1)
            count.first = name + "\n--- one\n" + a.all + "--- two\n" + b.all + "--- one, with the secrets\n" + a.own;
    }
}

void require_none_different(const Count& count) {
    INFO(count.pairs << " pairs, " << count.met << " of them met\n" << count.first);
    CHECK(count.pairs > 0);
    CHECK(count.different == 0);
    CHECK(count.told == 0);
}

// ------------------------------------------------------------------------------------ scripts by chance

/// Scripts with lanes, rooms, side steps and every kind of line that reads an answer. Names from the wrong part turn up
/// now and then: those scripts leak.
class Author {
 public:
    explicit Author(std::uint64_t seed) : random_(seed) {}

    std::string write() {
        text_ = "# By chance\nDraft: a test\nPeople: starter, partner\n\n## Alone\n";
        if (chance(random_, 20)) {
            text_ += "FOR: starter\n";
            lines(2, &Author::lane_line);
        }
        text_ += "FOR: each, alone\nCALL: Safety gate\n";
        lines(4, &Author::lane_line);
        meet();
        lines(5, &Author::room_line);
        if (chance(random_, 40)) {
            text_ += "\n## Between\nFOR: each, alone\n";
            lines(3, &Author::lane_line);
            if (chance(random_, 60)) {
                meet();
                lines(3, &Author::room_line);
            }
        }
        text_ += "FINISH: done\n\n## Aside\nA word aside.\n";
        if (chance(random_, 30)) text_ += "{" + name(false) + "}\n";
        text_ += chance(random_, 50) ? "GO TO: Not this time\n" : "FINISH: aside\n";
        text_ += "\n## Not this time\nNot this time.\nFINISH: not now\n";
        return text_;
    }

 private:
    void lines(std::size_t most, void (Author::*line)()) {
        for (std::size_t count = 1 + below(random_, most); count > 0; --count) (this->*line)();
    }

    void meet() {
        text_ += "WAIT: for both, up to 2 days\nIF NOT: Not this time\n\n## Together " + std::to_string(++rooms_) +
                 "\nFOR: both\nHello.\n";
    }

    /// An answer: of a lane (a …) or of the room (r …), rarely of the wrong one.
    std::string name(bool room) {
        if (chance(random_, 15)) room = !room;
        const std::vector<std::string>& known = room ? in_room_ : in_lanes_;
        if (!known.empty() && !chance(random_, 4)) return one_of(random_, known);
        return one_of(random_, std::vector<std::string>{"starter", "partner", "other"});
    }

    std::string condition(bool room) {
        std::string of = name(room);
        const std::string not_ = chance(random_, 20) ? "not " : "";
        if (of.ends_with("line")) {
            return not_ + of +
                   one_of(
                       random_,
                       std::vector<std::string>{" is missing", " has \"sorry\", \"never\"", " has more than 4 words"});
        }
        if (of.ends_with("heat")) return not_ + of + " is 5 or more";
        if (of.ends_with("yes")) return not_ + of + " is yes";
        return not_ + of + " is missing";
    }

    void ask(bool room) {
        const std::string prefix = room ? "r " : "a ";
        std::vector<std::string>& known = room ? in_room_ : in_lanes_;
        static int number = 0;
        const std::string id = std::string(1, static_cast<char>('a' + number++ % 26));
        const auto keep = [&](const std::string& kind) {
            known.push_back(prefix + id + " " + kind);
            return known.back();
        };
        text_ += "What now?\n";
        switch (below(random_, 4)) {
            case 0:
                text_ += "ASK: " + keep("line") + ", one line\n";
                break;
            case 1:
                text_ += "ASK: " + keep("heat") + ", from 0 to 10\n";
                break;
            case 2:
                text_ += "ASK: " + keep("yes") + ", yes or no\n";
                break;
            default: {
                const std::string way = !room && chance(random_, 30) ? "GO TO: Aside\n" : "All right.\n";
                text_ += "* This\n" + way + "* That\nEND\n";
            }
        }
    }

    void say(bool room) { text_ += "There is {" + name(room) + "}.\n"; }

    void decide(bool room) { text_ += "IF: " + condition(room) + "\nSlowly.\nOTHERWISE\nOn we go.\nEND\n"; }

    void lane_line() {
        switch (below(random_, 7)) {
            case 0:
                return say(false);
            case 1:
                return decide(false);
            case 2:
                for (const std::string& known : in_lanes_) {
                    if (!known.ends_with("line")) continue;
                    text_ += "SHARE: " + known + ", with the other\n";
                    shared_.push_back(known);
                    return;
                }
                return ask(false);
            case 3:
                text_ += "WAIT: " + std::to_string(1 + below(random_, 3)) + " minutes\n";
                return;
            default:
                return ask(false);
        }
    }

    void room_line() {
        switch (below(random_, 9)) {
            case 0:
                return say(true);
            case 1:
                return decide(true);
            case 2:
            case 3:
                if (shared_.empty()) return say(true);
                text_ += "SHOW: " + one_of(random_, shared_) + ", if shared\n";
                return;
            case 4:
                text_ += "FLOOR: each, 5 minutes\n{speaker}, your words.\nASK: one line\n";
                if (chance(random_, 50) && !shared_.empty()) text_ += "SHOW: " + shared_.front() + ", if shared\n";
                text_ += "FLOOR: next\n";
                return;
            case 5:
                text_ += "TO: partner, alone\nOnly you: {" + name(true) + "}.\nTO: everyone\n";
                return;
            default:
                text_ += chance(random_, 50) ? "TO: starter\n" : "TO: partner\n";
                return ask(true);
        }
    }

    Random random_;
    std::string text_;
    std::vector<std::string> in_lanes_, in_room_, shared_;
    int rooms_ = 0;
};

}  // namespace

TEST_CASE("pairs of runs of every shipped script for several look the same to the others",
          "[dialog][consent][noninterference]") {
    std::vector<Source> sources;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(REWEAVE_SOURCE_DIR) / "dialogs")) {
        const std::string path = fs::relative(entry.path(), REWEAVE_SOURCE_DIR).string();
        if (entry.path().extension() == ".script") sources.push_back({path, read_source(path)});
    }
    const CompiledSet set = compile_all(sources, {{"en", std::make_shared<LanguagePack>(english())}});
    const std::vector<RevisionPtr> scripts(set.revisions.begin(), set.revisions.end());
    int several = 0;
    for (const RevisionPtr& script : scripts) {
        if (script->script.people.empty()) continue;
        ++several;
        std::vector<std::string> roles;
        for (const Role& role : script->script.people)
            roles.insert(roles.end(), static_cast<std::size_t>(role.least), role.name);
        Count count;
        compare({script, roles, scripts, 98}, script->script.id, static_cast<std::uint64_t>(several), 90, count);
        INFO(script->script.id);
        require_none_different(count);
        CHECK(count.met > 5);
    }
    CHECK(several >= 4);
}

TEST_CASE("pairs of runs of the clean scripts look the same to the other", "[dialog][consent][noninterference]") {
    Count count;
    const Titles others{{"safety-gate", "Safety gate"}};
    std::uint64_t seed = 1;
    for (const auto& entry : fs::directory_iterator(fs::path(REWEAVE_SOURCE_DIR) / "tests/flow/clean")) {
        const std::string name = entry.path().filename().string();
        const Compiled compiled = compile({name, read_source("tests/flow/clean/" + name)}, english(), &others);
        if (!compiled.script || compiled.script->people.size() != 2) continue;  // circles, and calls to other scripts
        if (most_people(*compiled.script) != 2) continue;
        Script script = *compiled.script;
        script.calls["safety-gate"] = small_gate()->hash;
        const std::vector<std::string> roles{script.people[0].name, script.people[1].name};
        compare({make_revision(std::move(script)), roles}, name, ++seed, 20, count);
    }
    require_none_different(count);
    CHECK(count.met > 100);
}

TEST_CASE("pairs of runs of 500 scripts made by chance look the same to the other",
          "[dialog][consent][noninterference]") {
    constexpr int kScripts = 500;
    Count count;
    const Titles others{{"safety-gate", "Safety gate"}};
    int accepted = 0, refused = 0;
    for (std::uint64_t seed = 1; accepted < kScripts && seed < 40 * kScripts; ++seed) {
        const std::string text = Author(seed).write();
        Compiled compiled = compile({"by-chance.script", text}, english(), &others);
        if (!compiled.script) {
            ++refused;
            continue;
        }
        ++accepted;
        compiled.script->calls["safety-gate"] = small_gate()->hash;
        compare({make_revision(std::move(*compiled.script)), {"starter", "partner"}}, text, seed, 4, count);
    }
    INFO(accepted << " scripts ran, " << refused << " were refused");
    CHECK(accepted == kScripts);
    CHECK(refused > 100);
    require_none_different(count);
    CHECK(count.met > 300);
}

}  // namespace test_noninterference
