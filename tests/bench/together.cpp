#include "tests/bench/together.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/timing.hpp"
#include "tests/support/test_bot.hpp"

namespace reweave::bench {
namespace {

using engine::ConversationId;
using tests::TestBot;

constexpr const char* kBegin =
    "# Begin\nDraft: for the bench\n\n## One\nWhat do they call you?\nASK: my name, one line\nDo you begin?\n* I "
    "begin\nBEGIN: Talk\n"
    "* I come by a code\nEND\nFINISH: guest\n";
constexpr const char* kPair =
    "# Talk\nDraft: for the bench\nPeople: starter, partner\n\n## Alone\nFOR: each, alone\nCALL: Safety gate\nYour "
    "part?\nASK: part, one line\nSHARE: part, with the other\nWAIT: for both, up to 2 days\n\n## Room\nFOR: "
    "both\nFLOOR: each, 10 minutes\nSHOW: part, if shared\n{speaker}, go.\nASK: said, one line\nTO: listener\nDid you "
    "hear \"{said}\"?\nASK: one line\nFLOOR: next\nThat was all.\nFINISH: done\n";
constexpr const char* kCircle =
    "# Talk\nDraft: for the bench\nPeople: keeper, 12 members\n\n## Alone\nFOR: each, alone\nAre you here?\nASK: one "
    "line\nWAIT: for all, up to 2 days\n\n## Round\nFOR: everyone\nTO: keeper\nShall we begin?\nASK: one line\nFLOOR: "
    "each, 10 minutes\n{speaker}, go.\nASK: one line\nFLOOR: next\nTO: keeper\nAnd you?\nASK: one line\nFINISH: done\n";

void demand(bool holds) {
    if (!holds) throw std::runtime_error("a conversation of the bench did not go as it should");
}

/// A person with a name, who begins or waits for a code.
void come(TestBot& bot, const std::string& device, bool begins) {
    (void)bot.hello(device);
    (void)bot.say(device, device);
    (void)bot.say(device, begins ? "I begin" : "I come by a code");
}

ConversationId conversation_of(TestBot& bot, const std::string& device) {
    const auto seats = bot.store().seats(bot.hello(device).person);
    demand(seats.size() == 1);
    return seats.front().conversation;
}

void invite(TestBot& bot, const std::string& who, const std::string& guest, ConversationId talk) {
    const auto code = tests::reply_of(bot.run(engine::MakeInvitation{bot.identity(who), talk, {}}));
    demand(tests::reply_of(bot.run(engine::UseCode{bot.identity(guest), code.text})).code == engine::Reply::Code::ok);
    (void)bot.say(guest, "yes");
}

}  // namespace

double turn_of_a_pair() {
    constexpr int kPairs = 60;
    constexpr int kTurns = 10;  ///< of both, from their parts to the end
    TestBot bot({{"welcome", kBegin}, {"talk", kPair}});
    std::vector<double> each;
    for (int i = 0; i < kPairs; ++i) {
        const std::string a = "a" + std::to_string(i), b = "b" + std::to_string(i);
        come(bot, a, true);
        come(bot, b, false);
        const ConversationId talk = conversation_of(bot, a);
        invite(bot, a, b, talk);
        const double began = used();
        for (const std::string& one : {a, b}) {
            (void)bot.say(one, "yes");
            (void)bot.say(one, "I raised my voice on Sunday");
            (void)bot.say(one, "share it");
        }
        std::vector<engine::Output> last;
        for (const std::string& one : {a, b}) {
            (void)bot.say_in(talk, one, "I felt alone when the door closed");
            last = bot.say_in(talk, one == a ? b : a, "You felt alone");
        }
        each.push_back((used() - began) / kTurns);
        demand(tests::said(last).find("That was all.") != std::string::npos);
    }
    std::nth_element(each.begin(), each.begin() + kPairs / 2, each.end());
    return each[kPairs / 2];
}

double round_of_twelve() {
    constexpr int kCircles = 7;
    constexpr int kMembers = 12;
    std::vector<double> each;
    TestBot bot({{"welcome", kBegin}, {"talk", kCircle}});
    for (int i = 0; i < kCircles; ++i) {
        const std::string circle = "c" + std::to_string(i) + "-";
        const std::string keeper = circle + "keeper";
        come(bot, keeper, true);
        const ConversationId talk = conversation_of(bot, keeper);
        std::vector<std::string> members;
        for (int m = 0; m < kMembers; ++m) {
            members.push_back(circle + std::to_string(m));
            come(bot, members.back(), false);
            invite(bot, keeper, members.back(), talk);
        }
        (void)bot.say(keeper, "yes");
        for (const std::string& member : members) (void)bot.say(member, "yes");
        (void)bot.say_in(talk, keeper, "yes");
        const double began = used();
        std::vector<engine::Output> last;
        for (const std::string& member : members) last = bot.say_in(talk, member, "I went back the next morning");
        each.push_back((used() - began) / 1000);
        demand(tests::said(last).find("And you?") != std::string::npos);
    }
    std::nth_element(each.begin(), each.begin() + kCircles / 2, each.end());
    return each[kCircles / 2];
}

}  // namespace reweave::bench
