#include "adapters/discord/limits.hpp"
#include "tests/support/catch.hpp"

namespace test_limits {

using namespace reweave;
using namespace reweave::discord;
using namespace std::chrono_literals;
using Limited = Reply::Limited;
using Time = Limits::Time;

namespace {

const Time kStart{1000h};

Reply reply(int status, const std::string& bucket, int remaining, MonotonicClock::duration reset_after) {
    Reply made;
    made.status = status;
    made.bucket = bucket;
    made.remaining = remaining;
    made.reset_after = reset_after;
    return made;
}

Reply limited(Limited how, MonotonicClock::duration retry_after) {
    Reply made;
    made.status = 429;
    made.limited = how;
    made.retry_after = retry_after;
    return made;
}

class Asking {
 public:
    Limits::Ticket enter(const std::string& path, const std::string& method = "POST") {
        return limits.enter(lane_of(method, path), now);
    }
    [[nodiscard]] bool may(Limits::Ticket ticket) const { return limits.may_begin(ticket, now) <= now; }
    /// One try, and what came of it.
    void ask(Limits::Ticket ticket, const Reply& with) {
        limits.begun(ticket, now);
        (void)limits.answered(ticket, with, now);
    }
    /// All of a request.
    void ask(const std::string& path, const Reply& with) {
        const auto ticket = enter(path);
        ask(ticket, with);
        (void)limits.leave(ticket, now);
    }

    Limits limits;
    Time now = kStart;
};

}  // namespace

TEST_CASE("what shares a limit is the route, and the channel, guild or webhook it is about", "[discord]") {
    CHECK(lane_of("POST", "/channels/12/messages").route == "POST /channels/:id/messages");
    CHECK(lane_of("POST", "/channels/12/messages").major == "channels/12");
    CHECK(lane_of("GET", "/channels/12/messages/34?limit=1").route == "GET /channels/:id/messages/:id");
    CHECK(lane_of("PUT", "/guilds/5/members/6/roles/7").major == "guilds/5");
    CHECK(lane_of("POST", "/users/@me/channels").major.empty());
    CHECK(lane_of("GET", "/users/34").major.empty());
    CHECK(lane_of("PATCH", "/webhooks/1/to.ken/messages/@original").route ==
          "PATCH /webhooks/:id/:id/messages/@original");
    CHECK(lane_of("PATCH", "/webhooks/1/to.ken/messages/@original").major == "webhooks/1/to.ken");
    CHECK(lane_of("PUT", "/channels/1/messages/2/reactions/%F0%9F%8C%B1/@me").route ==
          lane_of("PUT", "/channels/1/messages/2/reactions/x/@me").route);
    CHECK(lane_of("POST", "/interactions/1/to.ken/callback").interaction);
    CHECK_FALSE(lane_of("POST", "/webhooks/1/to.ken").interaction);
    CHECK(lane_of("GET", "").route == "GET ");
}

TEST_CASE("requests of a route go one at a time and in order, and those of another channel beside them", "[discord]") {
    Asking to;
    const auto first = to.enter("/channels/1/messages"), second = to.enter("/channels/1/messages"),
               third = to.enter("/channels/1/messages"), other = to.enter("/channels/2/messages");
    CHECK(to.may(first));
    CHECK(to.may(other));
    CHECK(to.limits.may_begin(second, to.now) == Time::max());
    to.ask(first, {});
    CHECK_FALSE(to.may(second));
    CHECK(to.limits.leave(first, to.now) == second);
    CHECK(to.may(second));
    CHECK_FALSE(to.may(third));
}

TEST_CASE("a request that gives up lets those behind it pass", "[discord]") {
    Asking to;
    const auto first = to.enter("/channels/1/messages"), second = to.enter("/channels/1/messages"),
               third = to.enter("/channels/1/messages");
    CHECK(to.limits.leave(second, to.now) == first);
    CHECK(to.limits.leave(first, to.now) == third);
    CHECK_FALSE(to.limits.leave(third, to.now));
    CHECK(to.limits.queued() == 0);
}

TEST_CASE("an empty bucket is waited for to the millisecond, and holds up no other", "[discord]") {
    Asking to;
    to.ask("/channels/1/messages", reply(200, "b", 0, 1250ms));
    const auto same = to.enter("/channels/1/messages"), other = to.enter("/channels/2/messages");
    CHECK(to.limits.may_begin(same, to.now) == kStart + 1250ms);
    CHECK(to.may(other));
    to.now += 1249ms;
    CHECK_FALSE(to.may(same));
    to.now += 1ms;
    CHECK(to.may(same));
}

TEST_CASE("a try whose answer is lost counts in its bucket all the same", "[discord]") {
    Asking to;
    to.ask("/channels/1/messages", reply(200, "b", 1, 5s));
    const auto ticket = to.enter("/channels/1/messages");
    CHECK(to.may(ticket));
    to.ask(ticket, {});
    CHECK(to.limits.may_begin(ticket, to.now) == kStart + 5s);
}

TEST_CASE("two routes that turn out to share a bucket wait for each other, in the order they came", "[discord]") {
    Asking to;
    to.ask("/channels/1/messages", reply(200, "b", 4, 5s));
    const auto edit = to.enter("/channels/1/messages/2", "PATCH"), message = to.enter("/channels/1/messages"),
               late_edit = to.enter("/channels/1/messages/3", "PATCH");
    CHECK(to.may(edit));
    CHECK(to.may(message));
    to.limits.begun(edit, to.now);
    CHECK(to.limits.answered(edit, reply(200, "b", 0, 2s), to.now));
    CHECK_FALSE(to.limits.answered(edit, reply(200, "b", 0, 2s), to.now));
    CHECK(to.limits.leave(edit, to.now) == message);
    CHECK(to.limits.may_begin(message, to.now) == kStart + 2s);
    CHECK(to.limits.may_begin(late_edit, to.now) == Time::max());
}

TEST_CASE("a route that moves to another bucket leaves no one behind without a turn", "[discord]") {
    Asking to;
    to.ask("/channels/1/messages", reply(200, "b", 4, 5s));
    const auto teach = to.enter("/channels/1/messages/2", "PATCH");
    to.ask(teach, reply(200, "b", 4, 5s));
    (void)to.limits.leave(teach, to.now);
    const auto moving = to.enter("/channels/1/messages"), staying = to.enter("/channels/1/messages/2", "PATCH");
    CHECK_FALSE(to.may(staying));
    to.limits.begun(moving, to.now);
    CHECK(to.limits.answered(moving, reply(200, "c", 4, 5s), to.now));  // so everybody asks again
    CHECK(to.may(staying));
}

TEST_CASE("no more than 50 requests go in a second, but interactions are outside", "[discord]") {
    Asking to;
    for (int i = 0; i < 50; ++i) {
        const auto ticket = to.enter("/channels/" + std::to_string(i) + "/messages");
        CHECK(to.may(ticket));
        to.limits.begun(ticket, to.now);
        to.now += 10ms;
    }
    const auto next = to.enter("/channels/99/messages");
    const auto press = to.enter("/interactions/1/token/callback");
    CHECK(to.limits.may_begin(next, to.now) == kStart + 1s);
    CHECK(to.may(press));
    to.limits.begun(press, to.now);
    to.now = kStart + 1s;
    CHECK(to.may(next));
    to.limits.begun(next, to.now);
    CHECK(to.limits.may_begin(to.enter("/channels/98/messages"), to.now) == kStart + 1010ms);
}

TEST_CASE("a limit of one bucket or of somebody else's making stops that bucket only", "[discord]") {
    for (const Limited how : {Limited::bucket, Limited::shared}) {
        Asking to;
        const auto ticket = to.enter("/channels/1/messages");
        to.ask(ticket, limited(how, 3s));
        CHECK(to.limits.may_begin(ticket, to.now) == kStart + 3s);
        CHECK(to.may(to.enter("/channels/2/messages")));
    }
}

TEST_CASE("a global limit stops everything but interactions", "[discord]") {
    Asking to;
    const auto ticket = to.enter("/channels/1/messages");
    to.ask(ticket, limited(Limited::global, 3s));
    CHECK(to.limits.may_begin(ticket, to.now) == kStart + 3s);
    CHECK(to.limits.may_begin(to.enter("/channels/2/messages"), to.now) == kStart + 3s);
    CHECK(to.may(to.enter("/interactions/1/token/callback")));
    CHECK_FALSE(to.limits.closed_until(to.now));
}

TEST_CASE("an address that is blocked at the door sends nothing until that is over", "[discord]") {
    Asking to;
    to.ask("/channels/1/messages", limited(Limited::blocked, 10min));
    const auto message = to.enter("/channels/2/messages"), press = to.enter("/interactions/1/token/callback");
    CHECK(to.limits.closed_until(to.now) == kStart + 10min);
    CHECK(to.limits.may_begin(message, to.now) == kStart + 10min);
    CHECK(to.limits.may_begin(press, to.now) == kStart + 10min);
    to.now += 10min;
    CHECK(to.may(message));
    CHECK_FALSE(to.limits.closed_until(to.now));
}

TEST_CASE("500 invalid requests in ten minutes stop everything until the window has room", "[discord]") {
    Asking to;
    Reply forbidden;
    forbidden.status = 403;
    for (int i = 0; i < 499; ++i) {
        to.ask("/channels/1/messages", forbidden);
        to.now += 1s;
    }
    to.ask("/channels/3/messages", limited(Limited::shared, 0s));  // not our fault: it does not count
    CHECK(to.limits.invalid(to.now) == 499);
    CHECK_FALSE(to.limits.closed_until(to.now));
    to.ask("/channels/1/messages", limited(Limited::bucket, 0s));
    const auto press = to.enter("/interactions/1/token/callback");
    CHECK(to.limits.closed_until(to.now) == kStart + 10min);
    CHECK(to.limits.may_begin(press, to.now) == kStart + 10min);
    to.now = kStart + 10min;
    CHECK(to.may(press));
    CHECK(to.limits.invalid(to.now) == 499);
    to.now += 10min;
    CHECK(to.limits.invalid(to.now) == 0);
}

TEST_CASE("buckets that nobody uses any more are forgotten, and those with someone in them are not", "[discord]") {
    Asking to;
    const auto waiting = to.enter("/channels/7/messages");
    for (int i = 100; i < 200; ++i) to.ask("/webhooks/1/" + std::to_string(i), reply(200, "w", 3, 1s));
    to.ask("/channels/8/messages", limited(Limited::bucket, 2h));
    CHECK(to.limits.buckets() >= 102);
    to.now += 11min;
    to.ask("/channels/9/messages", {});
    CHECK(to.limits.buckets() == 3);
    CHECK(to.may(waiting));
    CHECK_FALSE(to.may(to.enter("/channels/8/messages")));
}

}  // namespace test_limits
