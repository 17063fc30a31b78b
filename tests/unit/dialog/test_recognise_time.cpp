#include <cstdio>

#include "bot/dialog/recognise.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/english.hpp"

namespace test_recognise_time {

using namespace reweave::dialog;
using namespace std::chrono_literals;
using reweave::test::english;

namespace {

TimePoint utc(int year, unsigned month, unsigned day, int hour, int minute = 0) {
    return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)} +
           std::chrono::hours{hour} + std::chrono::minutes{minute};
}

/// "2026-11-24 08:00" in UTC, or "none".
std::string written(const std::optional<TimePoint>& at) {
    if (!at) return "none";
    const auto day = std::chrono::floor<std::chrono::days>(*at);
    const std::chrono::year_month_day date{day};
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(*at - day).count();
    char text[32];
    std::snprintf(text,
                  sizeof text,
                  "%04d-%02u-%02u %02d:%02d",
                  static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()),
                  static_cast<int>(minutes / 60),
                  static_cast<int>(minutes % 60));
    return text;
}

}  // namespace

TEST_CASE("a typed reply means a number", "[dialog][recognise]") {
    const std::vector<Synonyms> also = {{{"numb or checked out", "numb"}, 7}, {{"calm", "chilled"}, 1}};
    constexpr std::int64_t kNone = -99;
    struct Case {
        const char* text;
        std::int64_t expected;
    };
    const std::vector<Case> cases = {
        {"6", 6},
        {" 6. ", 6},
        {"maybe 6", 6},
        {"6ish", 6},
        {"about a 6 i guess", 6},
        {"six", 6},
        {"Seven!", 7},
        {"ten", 10},
        {"6/10", 6},
        {"6 out of 10", 6},
        {"from 8 to 5", kNone},  // the one, or the other?
        {"8, now 5", kNone},
        {"was a 7 now a 4", kNone},
        {"3/4", kNone},
        {"2,5", 3},
        {"6½", 7},
        {"two thousand", kNone},
        {"5k", kNone},
        {"ten out of ten", 10},
        {"a solid 6 of 10", 6},
        {"twenty five", 25},
        {"twenty-five", 25},
        {"one hundred", 100},
        {"1,000", 1000},
        {"10+", 10},
        {"7️⃣", 7},
        {"🔟", 10},
        {"٦", 6},
        {"６", 6},
        // ranges give the higher end
        {"6-7", 7},
        {"6 – 7", 7},
        {"six or seven", 7},
        {"between 6 and 7", 7},
        {"7 or 6", 7},
        {"6 maybe 7", 7},
        {"6.5", 7},
        {"six and a half", 7},
        {"5/10 or 6/10", 6},
        // in a sentence
        {"I'd say 6 because he left", 6},
        {"-3", -3},
        {"−3", -3},
        {"0", 0},
        {"zero", 0},
        // synonyms
        {"numb", 7},
        {"Numb or checked out.", 7},
        {"I feel numb", 7},
        {"chiled", 1},
        {"calm", 1},
        {"6, calm", 6},
        // nothing
        {"", kNone},
        {"not 6", kNone},
        {"it isn't a 6", kNone},
        {"my 2 kids make it a 7", kNone},
        {"not calm", kNone},
        {"numb and calm", kNone},
        {"high", kNone},
        {"99999999999999999999", kNone},
        {"v2x", 2},
    };
    for (const Case& c : cases) {
        INFO(c.text);
        CHECK(recognise_number(c.text, also, english()).value_or(kNone) == c.expected);
    }
}

TEST_CASE("a typed reply means a length of time", "[dialog][recognise]") {
    struct Case {
        const char* text;
        Seconds expected;
    };
    const std::vector<Case> cases = {
        {"20 minutes", 20min},
        {"20 min", 20min},
        {"20min.", 20min},
        {"20", 20min},
        {"maybe 20", 20min},
        {"twenty", 20min},
        {"20 or 30", 30min},
        {"20-30 minutes", 30min},
        {"20 to 30 mins", 30min},
        {"half an hour", 30min},
        {"Half hour", 30min},
        {"a half hour", 30min},
        {"½ hour", 30min},
        {"1/2 h", 30min},
        {"an hour", 1h},
        {"one hour", 1h},
        {"1h", 1h},
        {"1h 30", 90min},
        {"1h30", 90min},
        {"1 h 30 min", 90min},
        {"1:30", 90min},
        {"an hour and a half", 90min},
        {"one and a half hours", 90min},
        {"1,5 hours", 90min},
        {"1.5 hours", 90min},
        {"1½ hours", 90min},
        {"1 1/2 hours", 90min},
        {"1 hour and 15 minutes", 75min},
        {"a quarter of an hour", 15min},
        {"quarter of an hour", 15min},
        {"three quarters of an hour", 45min},
        {"a couple of hours", 2h},
        {"2 hours, 5 minutes", 125min},
        {"90 seconds", 90s},
        {"two days", 48h},
        {"a week", 168h},
        {"a day and a half", 36h},
        {"give me 20 minutes please", 20min},
        {"about an hour", 1h},
        {"1 hour 5 minutes 10 seconds", 3910s},
    };
    for (const Case& c : cases) {
        INFO(c.text);
        CHECK(recognise_length(c.text, english()) == std::optional(c.expected));
    }
    for (const char* text : {"",
                             "soon",
                             "not 20 minutes",
                             "2 months",
                             "I have 2 kids",
                             "minutes",
                             "half",
                             "later",
                             "tomorrow",
                             "999999999 weeks"}) {
        INFO(text);
        CHECK_FALSE(recognise_length(text, english()).has_value());
    }
}

TEST_CASE("a typed reply means a moment, in the person's time zone", "[dialog][recognise]") {
    // Lisbon is on UTC in winter. Tuesday, 24 November 2026, 18:30.
    const TimePoint now = utc(2026, 11, 24, 18, 30);
    struct Case {
        const char* text;
        const char* expected;
    };
    const std::vector<Case> cases = {
        {"in 20 minutes", "2026-11-24 18:50"},
        {"20 minutes", "2026-11-24 18:50"},
        {"20 minutes from now", "2026-11-24 18:50"},
        {"in half an hour", "2026-11-24 19:00"},
        {"in 2 hours", "2026-11-24 20:30"},
        {"in an hour and a half", "2026-11-24 20:00"},
        {"in 2 days", "2026-11-26 18:30"},
        {"in 24 hours", "2026-11-25 18:30"},
        {"in a week", "2026-12-01 18:30"},
        {"in 2 days at 8", "2026-11-26 08:00"},
        {"30", "2026-11-24 19:00"},
        {"now", "2026-11-24 18:30"},
        // a clock's time: the next one
        {"8", "2026-11-24 20:00"},
        {"at 8", "2026-11-24 20:00"},
        {"at 6", "2026-11-25 06:00"},
        {"at 7", "2026-11-24 19:00"},
        {"8 o'clock", "2026-11-24 20:00"},
        {"at 9:30 pm", "2026-11-24 21:30"},
        {"9.30pm", "2026-11-24 21:30"},
        {"at 9:30 p.m.", "2026-11-24 21:30"},
        {"8 am", "2026-11-25 08:00"},
        {"8 a.m.", "2026-11-25 08:00"},
        {"20:45", "2026-11-24 20:45"},
        {"at 08:00", "2026-11-25 08:00"},
        {"21", "none"},  // nine in the evening, or minutes?
        {"930", "2026-11-24 21:30"},
        {"0830", "2026-11-25 08:30"},
        {"in 20", "2026-11-24 18:50"},
        {"in 5", "2026-11-24 18:35"},
        {"45", "2026-11-24 19:15"},
        {"20 minutes ago", "none"},
        {"yesterday at 8", "none"},
        {"last friday", "none"},
        {"21h", "2026-11-25 15:30"},
        {"at 930", "2026-11-24 21:30"},
        {"at five", "2026-11-25 05:00"},
        {"at nine", "2026-11-24 21:00"},
        {"half past 8", "2026-11-24 20:30"},
        {"half 8", "2026-11-24 20:30"},
        {"quarter to nine", "2026-11-24 20:45"},
        {"a quarter past nine", "2026-11-24 21:15"},
        {"20 to 9", "2026-11-24 20:40"},
        {"ten past eight", "2026-11-24 20:10"},
        {"12 pm", "2026-11-25 12:00"},
        {"12 am", "2026-11-25 00:00"},
        {"noon", "2026-11-25 12:00"},
        {"midnight", "2026-11-25 00:00"},
        {"at 12", "2026-11-25 00:00"},
        {"maybe around 8", "2026-11-24 20:00"},
        {"let's talk at 8", "2026-11-24 20:00"},
        // days
        {"tomorrow at 8", "2026-11-25 08:00"},
        {"tomorrow 8", "2026-11-25 08:00"},
        {"8 tomorrow", "2026-11-25 08:00"},
        {"tomorow at 8pm", "2026-11-25 20:00"},
        {"tomorrow at 3", "2026-11-25 15:00"},
        {"tomorrow", "2026-11-25 09:00"},
        {"tomorrow morning", "2026-11-25 09:00"},
        {"tomorrow morning at 8", "2026-11-25 08:00"},
        {"tomorrow night at 8", "2026-11-25 20:00"},
        {"tomorrow evening", "2026-11-25 19:00"},
        {"tomorrow at noon", "2026-11-25 12:00"},
        {"the day after tomorrow at 10", "2026-11-26 10:00"},
        {"today at 8", "2026-11-24 20:00"},
        {"today at 5", "none"},
        {"today", "none"},
        {"tonight", "2026-11-24 20:00"},
        {"tonight at 9", "2026-11-24 21:00"},
        {"tonight at 1", "2026-11-25 01:00"},
        {"this evening", "2026-11-24 20:00"},
        {"in the evening", "2026-11-24 19:00"},
        {"in the morning", "2026-11-25 09:00"},
        {"8 in the morning", "2026-11-25 08:00"},
        {"3 in the afternoon", "2026-11-25 15:00"},
        {"on friday at noon", "2026-11-27 12:00"},
        {"friday", "2026-11-27 09:00"},
        {"Fri 8pm", "2026-11-27 20:00"},
        {"tuesday at 8", "2026-11-24 20:00"},
        {"next tuesday at 8", "2026-12-01 08:00"},
        {"tuesday at 5 pm", "2026-12-01 17:00"},
        {"monday morning", "2026-11-30 09:00"},
        {"wed at 7:15", "2026-11-25 07:15"},
        // nothing
        {"", "none"},
        {"later", "none"},
        {"not tomorrow", "none"},
        {"25 november", "none"},
        {"at 25", "none"},
        {"at 8:75", "none"},
        {"8 people", "none"},
        {"tomorrow at 8 or 9", "none"},
        {"whenever", "none"},
        {"monday or tuesday", "none"},
    };
    for (const Case& c : cases) {
        INFO(c.text);
        CHECK(written(recognise_moment(c.text, now, "Europe/Lisbon", english())) == c.expected);
    }
}

TEST_CASE("moments follow the zone's clock over its changes", "[dialog][recognise]") {
    const auto at = [](const char* text, TimePoint now, const char* zone) {
        return written(recognise_moment(text, now, zone, english()));
    };
    // New York, 24 November, 13:30.
    CHECK(at("at 8", utc(2026, 11, 24, 18, 30), "America/New_York") == "2026-11-25 01:00");
    CHECK(at("tomorrow at 8", utc(2026, 11, 24, 18, 30), "America/New_York") == "2026-11-25 13:00");
    // Auckland is a day ahead: there it is Wednesday, 07:30.
    CHECK(at("tomorrow at 8", utc(2026, 11, 24, 18, 30), "Pacific/Auckland") == "2026-11-25 19:00");
    CHECK(at("wednesday at 8", utc(2026, 11, 24, 18, 30), "Pacific/Auckland") == "2026-11-24 19:00");
    // Berlin leaves summer time on 25 October 2026 at 03:00.
    CHECK(at("tomorrow at 8", utc(2026, 10, 24, 10), "Europe/Berlin") == "2026-10-25 07:00");
    CHECK(at("in 1 day", utc(2026, 10, 24, 10), "Europe/Berlin") == "2026-10-25 11:00");
    CHECK(at("in 24 hours", utc(2026, 10, 24, 10), "Europe/Berlin") == "2026-10-25 10:00");
    CHECK(at("tomorrow at 02:30", utc(2026, 10, 24, 10), "Europe/Berlin") == "2026-10-25 00:30");  // the first of two
    // Berlin enters it on 29 March 2026 at 02:00.
    CHECK(at("tomorrow at 02:30", utc(2026, 3, 28, 10), "Europe/Berlin") == "2026-03-29 01:30");  // jumped over: 03:30
    CHECK(at("tomorrow at 8", utc(2026, 3, 28, 10), "Europe/Berlin") == "2026-03-29 06:00");
    // A zone that is not known counts as UTC.
    CHECK(at("at 20:00", utc(2026, 11, 24, 18, 30), "Mars/Olympus") == "2026-11-24 20:00");
    CHECK(at("at 20:00", utc(2026, 11, 24, 18, 30), "") == "2026-11-24 20:00");
}

TEST_CASE("a part of the day that has begun means its next full hour", "[dialog][recognise]") {
    const auto at = [](const char* text, TimePoint now) {
        return written(recognise_moment(text, now, "UTC", english()));
    };
    CHECK(at("tonight", utc(2026, 11, 24, 21, 20)) == "2026-11-24 22:00");
    CHECK(at("this evening", utc(2026, 11, 24, 19, 20)) == "2026-11-24 20:00");
    CHECK(at("morning", utc(2026, 11, 24, 10, 20)) == "2026-11-24 11:00");
    CHECK(at("morning", utc(2026, 11, 24, 11, 20)) == "2026-11-25 09:00");
}

}  // namespace test_recognise_time
