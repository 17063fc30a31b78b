#include "tests/support/catch.hpp"
#include "tests/support/virtual_time.hpp"

namespace test_virtual_time {

using namespace reweave;
using namespace std::chrono_literals;

TEST_CASE("timers that are hours apart ring in their order, as soon as nothing else is to be done", "[adapters]") {
    asio::io_context io{1};
    std::vector<int> rang;
    Timer late(io.get_executor(), 9h), early(io.get_executor(), 20min);
    late.async_wait([&](const boost::system::error_code& error) { rang.push_back(error ? -9 : 9); });
    early.async_wait([&](const boost::system::error_code& error) { rang.push_back(error ? -1 : 1); });
    const auto began = MonotonicClock::now();
    CHECK(test::run_until(
        io, [&] { return rang.size() == 1; }, 10h, 1min));
    CHECK(MonotonicClock::now() - began >= 20min);
    CHECK(MonotonicClock::now() - began < 30min);
    CHECK_FALSE(test::run_until(
        io, [&] { return rang.size() == 2; }, 1h, 1min));
    test::run_for(io, 8h, 1min);
    CHECK(rang == std::vector<int>{1, 9});
}

}  // namespace test_virtual_time
