#include "bot/dialog/hours.hpp"
#include "tests/support/catch.hpp"

namespace test_hours {

using namespace reweave::dialog;

namespace {

/// Seconds since 1970, as a moment.
TimePoint at(std::int64_t seconds) {
    return TimePoint(std::chrono::seconds(seconds));
}

}  // namespace

TEST_CASE("the bot comes up by itself only in a person's allowed hours, by their own clock", "[dialog][hours]") {
    const char* lisbon = "Europe/Lisbon";
    REQUIRE(next_allowed(at(1795514400), lisbon) == at(1795514400));  // 2026-11-24 10:00 UTC, 10:00 there
    REQUIRE(next_allowed(at(1795554000), lisbon) == at(1795597200));  // 21:00 -> the next day at 9:00
    REQUIRE(next_allowed(at(1795485600), lisbon) == at(1795510800));  // 2:00 -> 9:00 of the same day
    const char* tokyo = "Asia/Tokyo";
    REQUIRE(next_allowed(at(1795514400), tokyo) == at(1795514400));  // 19:00 there
    REQUIRE(next_allowed(at(1795518000), tokyo) == at(1795564800));  // 20:00 there is no longer allowed -> 9:00 there
}

TEST_CASE("allowed hours follow the clock change", "[dialog][hours]") {
    // Lisbon goes from UTC+0 to UTC+1 on 2027-03-28: 9:00 there is 8:00 UTC from then on.
    // 2027-03-27 21:00 UTC -> 2027-03-28 08:00 UTC
    REQUIRE(next_allowed(at(1806181200), "Europe/Lisbon") == at(1806220800));
}

TEST_CASE("equal ends allow every hour, and a range may cross midnight", "[dialog][hours]") {
    REQUIRE(next_allowed(at(1795485600), "UTC", {0, 0}) == at(1795485600));
    const AllowedHours night{22 * 60, 6 * 60};
    REQUIRE(next_allowed(at(1795485600), "UTC", night) == at(1795485600));  // 2:00
    REQUIRE(next_allowed(at(1795514400), "UTC", night) == at(1795557600));  // 10:00 -> 22:00
}

}  // namespace test_hours
