#include "adapters/discord/identifies.hpp"
#include "tests/support/catch.hpp"

namespace test_identifies {

using namespace reweave::discord;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kHour = 3'600'000, kNow = 1'800'000'000'000;

/// As many as `wait` lets through, as soon as it does.
std::size_t sent_in(Identifies& identifies, std::int64_t begin, std::int64_t end) {
    std::size_t sent = 0;
    for (std::int64_t now = begin; now < end; ++sent) {
        now += identifies.wait(now).count();
        identifies.add(now);
    }
    return sent;
}

std::string ledger(std::size_t count, std::int64_t first, std::int64_t apart) {
    std::string out = "[";
    for (std::size_t i = 0; i < count; ++i)
        out += (i == 0 ? "" : ",") + std::to_string(first + static_cast<std::int64_t>(i) * apart);
    return out + "]";
}

}  // namespace

TEST_CASE("the first IDENTIFY may be sent at once, the next five seconds later", "[discord][gateway]") {
    Identifies identifies;
    CHECK(identifies.wait(kNow) == 0ms);
    identifies.add(kNow);
    CHECK(identifies.wait(kNow) == 5s);
    CHECK(identifies.wait(kNow + 4'000) == 1s);
    CHECK(identifies.wait(kNow + 5'000) == 0ms);
}

TEST_CASE("a bot that is always cut off sends 300 IDENTIFYs a day at most", "[discord][gateway]") {
    Identifies identifies;
    for (std::int64_t day = 0; day < 4; ++day) {
        const std::size_t sent = sent_in(identifies, kNow + day * 24 * kHour, kNow + (day + 1) * 24 * kHour);
        CHECK(sent > 280);
        CHECK(sent <= 301);  // the last one comes a moment after the day
    }
}

TEST_CASE("a restart in between lets no more IDENTIFYs through", "[discord][gateway]") {
    Identifies identifies;
    std::size_t sent = 0;
    for (std::int64_t now = kNow; now < kNow + 24 * kHour; ++sent) {
        identifies = Identifies::from_text(identifies.to_text());
        now += identifies.wait(now).count();
        identifies.add(now);
    }
    CHECK(sent <= 301);
    CHECK(identifies.count(kNow + 24 * kHour) == sent - 1);  // the last one came a moment after the day
}

TEST_CASE("at 950 IDENTIFYs in 24 hours the next waits until one is a day old", "[discord][gateway]") {
    const std::int64_t first = kNow - 20 * kHour;
    auto full = Identifies::from_text(ledger(Identifies::kRefuse, first, 1'000));
    CHECK(full.count(kNow) == Identifies::kRefuse);
    CHECK(full.wait(kNow) == 4h);
    CHECK(full.wait(kNow + 4 * kHour) == 0ms);
    auto one_less = Identifies::from_text(ledger(Identifies::kRefuse - 1, first, 1'000));
    CHECK(one_less.wait(kNow) == 0ms);
}

TEST_CASE("a clock that was put back does not stop IDENTIFYs for longer than usual", "[discord][gateway]") {
    auto identifies = Identifies::from_text(ledger(2, kNow + 300 * kHour, 1'000));
    CHECK(identifies.wait(kNow) == 5s);
    CHECK(identifies.wait(kNow + 5'000) == 0ms);
    CHECK(identifies.count(kNow + 5'000) == 2);
}

TEST_CASE("what cannot be read in a ledger of IDENTIFYs is left out", "[discord][gateway]") {
    CHECK(Identifies::from_text("").count(kNow) == 0);
    CHECK(Identifies::from_text("{\"a\":1}").count(kNow) == 0);
    CHECK(Identifies::from_text("[null,\"x\",1800000000000,1.5,{}]").count(kNow) == 1);
}

}  // namespace test_identifies
