#include "bot/dialog/hours.hpp"

#include <unicode/gregocal.h>
#include <unicode/timezone.h>

#include "bot/dialog/utf8.hpp"

namespace reweave::dialog {
namespace {

/// Local wall-clock minutes after midnight, at `at`.
int minute_of_day(icu::Calendar& calendar, TimePoint at) {
    UErrorCode error = U_ZERO_ERROR;
    calendar.setTime(static_cast<UDate>(at.time_since_epoch().count()), error);
    return calendar.get(UCAL_HOUR_OF_DAY, error) * 60 + calendar.get(UCAL_MINUTE, error);
}

bool allows(AllowedHours hours, int minute) {
    if (hours.from == hours.to) return true;
    return hours.from < hours.to ? minute >= hours.from && minute < hours.to
                                 : minute >= hours.from || minute < hours.to;
}

}  // namespace

TimePoint next_allowed(TimePoint at, const std::string& time_zone, AllowedHours hours) {
    UErrorCode error = U_ZERO_ERROR;
    icu::GregorianCalendar calendar(icu::TimeZone::createTimeZone(utf16(time_zone)), error);
    if (U_FAILURE(error) || allows(hours, minute_of_day(calendar, at))) return at;
    // Set the wall clock to the start of the allowed hours, today or tomorrow; the calendar knows about clock changes.
    const bool tomorrow = minute_of_day(calendar, at) >= hours.from;
    if (tomorrow) calendar.add(UCAL_DATE, 1, error);
    calendar.set(UCAL_HOUR_OF_DAY, hours.from / 60);
    calendar.set(UCAL_MINUTE, hours.from % 60);
    calendar.set(UCAL_SECOND, 0);
    calendar.set(UCAL_MILLISECOND, 0);
    const UDate start = calendar.getTime(error);
    if (U_FAILURE(error)) return at;
    return TimePoint(std::chrono::milliseconds(static_cast<std::int64_t>(start)));
}

}  // namespace reweave::dialog
