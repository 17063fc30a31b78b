#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <limits>

#include "bot/server/mailbox.hpp"
#include "bot/server/metrics.hpp"
#include "bot/server/rate_limit.hpp"
#include "tests/support/catch.hpp"

namespace test_parts {

using namespace reweave;
using namespace reweave::server;
using namespace std::chrono_literals;

namespace {

using Box = Mailbox<std::string>;

Awaitable<void> collect(Box& box, std::vector<std::vector<std::string>>& got) {
    for (;;) {
        std::vector<std::string> items = co_await box.take();
        if (items.empty()) break;
        got.push_back(std::move(items));
    }
}

void rethrow(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
}

}  // namespace

TEST_CASE("a mailbox hands over everything that waits, in order, and ends when closed and drained",
          "[server][mailbox]") {
    asio::io_context io(1);
    Box box(io.get_executor(), 10, 1000);
    std::vector<std::vector<std::string>> got;
    asio::co_spawn(io.get_executor(), collect(box, got), rethrow);
    io.poll();
    CHECK(got.empty());

    CHECK(box.push("a") == Box::Push::accepted);
    CHECK(box.push("b") == Box::Push::accepted);
    io.poll();
    REQUIRE(got.size() == 1);
    CHECK(got[0] == std::vector<std::string>{"a", "b"});

    CHECK(box.push("c") == Box::Push::accepted);
    box.close();
    CHECK(box.push("d") == Box::Push::closed);
    io.run();
    REQUIRE(got.size() == 2);
    CHECK(got[1] == std::vector<std::string>{"c"});
}

TEST_CASE("a mailbox says full by number and by bytes, and has room again once taken from", "[server][mailbox]") {
    asio::io_context io(1);
    Box few(io.get_executor(), 2, 1000);
    CHECK(few.push("a") == Box::Push::accepted);
    CHECK(few.push("b") == Box::Push::accepted);
    CHECK(few.push("c") == Box::Push::full);

    Box small(io.get_executor(), 100, 10);
    CHECK(small.push("123456") == Box::Push::accepted);
    CHECK(small.push("78901") == Box::Push::full);
    CHECK(small.push("7890") == Box::Push::accepted);

    std::vector<std::vector<std::string>> got;
    asio::co_spawn(io.get_executor(), collect(small, got), rethrow);
    io.poll();
    CHECK(small.push("1234567890") == Box::Push::accepted);
    small.close();
    io.run();
    CHECK(got.size() == 2);
}

TEST_CASE("a discarded mailbox forgets what was not taken", "[server][mailbox]") {
    asio::io_context io(1);
    Box box(io.get_executor(), 10, 1000);
    CHECK(box.push("a") == Box::Push::accepted);
    box.discard();
    std::vector<std::vector<std::string>> got;
    asio::co_spawn(io.get_executor(), collect(box, got), rethrow);
    io.run();
    CHECK(got.empty());
}

TEST_CASE("a bucket gives a burst at once and then its rate", "[server][limits]") {
    TokenBucket::Time now{};
    TokenBucket bucket(Rate{2, 3}, now);
    CHECK(bucket.full(now));
    for (int i = 0; i < 3; ++i) CHECK(bucket.take(now));
    CHECK_FALSE(bucket.take(now));
    now += 500ms;
    CHECK(bucket.take(now));
    CHECK_FALSE(bucket.take(now));
    CHECK_FALSE(bucket.full(now));
    now += 1h;
    CHECK(bucket.full(now));
    for (int i = 0; i < 3; ++i) CHECK(bucket.take(now));
    CHECK_FALSE(bucket.take(now));
    CHECK_FALSE(bucket.take(now - 1h));
}

TEST_CASE("a rate of nothing is no limit", "[server][limits]") {
    TokenBucket bucket(Rate{0, 1}, {});
    for (int i = 0; i < 1000; ++i) CHECK(bucket.take({}));
}

TEST_CASE("metrics are written as Prometheus reads them", "[server][metrics]") {
    Metrics metrics;
    Counter& drain = metrics.counter("closes_total", "Closed connections.", "why=\"drain\"");
    Counter& slow = metrics.counter("closes_total", "Closed connections.", "why=\"slow\"");
    Gauge& open = metrics.gauge("open", "Open connections.");
    metrics.gauge("depth", "Queue depth.", [] { return std::numeric_limits<double>::infinity(); });
    metrics.counter("turns_total", "Turns.", [] { return 7; });
    Histogram& seconds = metrics.histogram("commit_seconds", "Time of a commit.", {0.001, 0.01});
    drain.add();
    slow.add(2);
    open.set(3);
    open.add(-1.5);
    seconds.observe(0.001);
    seconds.observe(0.25);
    seconds.observe(0.002);
    CHECK(metrics.text() ==
          "# HELP closes_total Closed connections.\n# TYPE closes_total counter\n"
          "closes_total{why=\"drain\"} 1\ncloses_total{why=\"slow\"} 2\n"
          "# HELP open Open connections.\n# TYPE open gauge\nopen 1.5\n"
          "# HELP depth Queue depth.\n# TYPE depth gauge\ndepth +Inf\n"
          "# HELP turns_total Turns.\n# TYPE turns_total counter\nturns_total 7\n"
          "# HELP commit_seconds Time of a commit.\n# TYPE commit_seconds histogram\n"
          "commit_seconds_bucket{le=\"0.001\"} 1\ncommit_seconds_bucket{le=\"0.01\"} "
          "2\ncommit_seconds_bucket{le=\"+Inf\"} 3\n"
          "commit_seconds_sum 0.253\ncommit_seconds_count 3\n");
}

}  // namespace test_parts
