#include <unicode/basictz.h>
#include <unicode/timezone.h>

#include <algorithm>
#include <array>
#include <memory>

#include "bot/dialog/phrases.hpp"
#include "bot/dialog/recognise.hpp"
#include "bot/dialog/tokens.hpp"
#include "bot/dialog/utf8.hpp"

namespace reweave::dialog {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using LocalTime = std::chrono::local_time<milliseconds>;
using LocalDay = std::chrono::local_days;

constexpr auto kStartOfDay = hours{9};  ///< "tomorrow" without a time

/// The clock of one place, with its changes to and from summer time.
class Zone {
 public:
    explicit Zone(std::string_view name) : zone_(icu::TimeZone::createTimeZone(utf16(name))) {}

    [[nodiscard]] LocalTime to_local(TimePoint time) const {
        int32_t raw = 0;
        int32_t summer = 0;
        UErrorCode status = U_ZERO_ERROR;
        zone_->getOffset(static_cast<UDate>(time.time_since_epoch().count()), false, raw, summer, status);
        return LocalTime{time.time_since_epoch() + milliseconds{raw + summer}};
    }

    /// A time that the clock jumps over counts from before the jump; of one that it shows twice the first is meant.
    [[nodiscard]] TimePoint to_utc(LocalTime time) const {
        int32_t raw = 0;
        int32_t summer = 0;
        UErrorCode status = U_ZERO_ERROR;
        const auto local = static_cast<UDate>(time.time_since_epoch().count());
        if (const auto* zone = dynamic_cast<const icu::BasicTimeZone*>(zone_.get())) {
            zone->getOffsetFromLocal(local, UCAL_TZ_LOCAL_FORMER, UCAL_TZ_LOCAL_FORMER, raw, summer, status);
        } else {
            zone_->getOffset(local, true, raw, summer, status);
        }
        return TimePoint{time.time_since_epoch() - milliseconds{raw + summer}};
    }

 private:
    std::unique_ptr<icu::TimeZone> zone_;
};

/// A stretch of the day that people name.
struct DayPart {
    const char* name;
    hours begin;  ///< the moment meant when nothing else is said
    hours end;
    bool after_noon;
};
constexpr std::array<DayPart, 6> kDayParts = {{
    {"morning", hours{9}, hours{12}, false},
    {"noon", hours{12}, hours{12}, true},
    {"afternoon", hours{15}, hours{18}, true},
    {"evening", hours{19}, hours{24}, true},
    {"tonight", hours{20}, hours{24}, true},
    {"midnight", hours{24}, hours{24}, true},
}};

constexpr std::array<const char*, 7> kWeekdays = {
    "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};

/// What the words of a moment say, as far as they say it.
struct SpokenTime {
    bool now = false;
    std::optional<SpokenLength> from_now;
    std::optional<int> days_ahead;  ///< today, tomorrow
    std::optional<unsigned> weekday;
    bool next = false;  ///< next friday: not today
    const DayPart* part = nullptr;
    std::optional<int> hour, minute;
    std::optional<bool> after_noon;  ///< am, pm
    bool clock_of_24 = false;        ///< typed as "08:00" or "20"
    bool sure = false;               ///< the hour was typed as a time ("at 8", "8 pm", "8:30")
    bool strange = false;            ///< words that are none of a time's
};

class MomentReader {
 public:
    MomentReader(const std::vector<Token>& tokens, const LanguagePack& pack) : tokens_(tokens), pack_(pack) {}

    std::optional<SpokenTime> read() {
        while (at_ < tokens_.size()) {
            if (!read_one()) return std::nullopt;
        }
        if (spoken_.hour && (*spoken_.hour > 24 || *spoken_.minute > 59)) return std::nullopt;
        return spoken_;
    }

 private:
    [[nodiscard]] bool word(std::size_t at, const char* name) const {
        return at < tokens_.size() && tokens_[at].kind == Token::Kind::word && means(tokens_[at].text, name, pack_);
    }
    [[nodiscard]] bool number(std::size_t at) const { return at < tokens_.size() && tokens_[at].is_number(); }
    [[nodiscard]] int value(std::size_t at) const { return static_cast<int>(tokens_[at].value); }

    /// Moves past the longest phrase for `name` that begins here.
    bool take(const char* name) {
        constexpr std::size_t kLongestPhrase = 4;
        Words words;
        for (std::size_t i = at_; i < tokens_.size() && i < at_ + kLongestPhrase; ++i) words.push_back(tokens_[i].text);
        for (std::size_t count = words.size(); count > 0; --count) {
            if (!means(joined(words, 0, count), name, pack_)) continue;
            at_ += count;
            return true;
        }
        return false;
    }

    /// False if the words contradict each other or say no.
    bool read_one() {
        if (word(at_, "not")) return false;
        if (take("overmorrow")) return set_day(2);
        if (SpokenLength length; read_length(tokens_, at_, pack_, length)) {
            if (spoken_.from_now) return false;
            spoken_.from_now = length;
            return true;
        }
        if (take("tomorrow")) return set_day(1);
        for (const DayPart& part : kDayParts) {
            if (take(part.name)) return set_part(part);
        }
        if (take("today")) return set_day(0);
        for (unsigned i = 0; i < kWeekdays.size(); ++i) {
            if (!take(kWeekdays[i])) continue;
            if (spoken_.weekday) return false;
            spoken_.weekday = i;
            return true;
        }
        if (take("next")) return spoken_.next = true;
        if (take("now")) return spoken_.now = true;
        if (read_clock()) return true;
        if (number(at_)) return false;  // a second time, or no time at all
        if (tokens_[at_].kind == Token::Kind::word && !is_filler(tokens_[at_].text, pack_) && !word(at_, "in")) {
            spoken_.strange = true;
        }
        ++at_;
        return true;
    }

    bool set_day(int ahead) {
        if (spoken_.days_ahead) return false;
        spoken_.days_ahead = ahead;
        return true;
    }
    bool set_part(const DayPart& part) {
        if (spoken_.part) return false;
        spoken_.part = &part;
        return true;
    }

    /// "8", "at 8", "8:30", "8.30", "half past 8", "quarter to nine", "half 8", each with or without am or pm.
    bool read_clock() {
        if (spoken_.hour) return false;
        if (!read_spoken_clock() && !read_digital_clock()) return false;
        if (take("am")) {
            spoken_.after_noon = false;
        } else if (take("pm")) {
            spoken_.after_noon = true;
        }
        spoken_.sure = spoken_.sure || spoken_.after_noon.has_value();
        if (spoken_.after_noon && (*spoken_.hour > 12 || *spoken_.hour == 0)) spoken_.after_noon.reset();
        return true;
    }

    bool read_spoken_clock() {
        std::size_t at = at_;
        if (word(at, "one") && word(at + 1, "quarter")) ++at;
        int shift = 0;
        if (word(at, "half") || word(at, "quarter")) {
            shift = word(at, "half") ? 30 : 15;
            ++at;
        } else if (number(at) && value(at) < 60 && (word(at + 1, "past") || word(at + 1, "to")) && number(at + 2)) {
            shift = value(at++);
        } else {
            return false;
        }
        const bool before = word(at, "to");
        if (before || word(at, "past")) ++at;
        if (!number(at) || value(at) > 24 || (before && value(at) == 0)) return false;
        spoken_.hour = before ? value(at) - 1 : value(at);
        if (*spoken_.hour == 0) spoken_.hour = 12;  // quarter to one
        spoken_.minute = before ? 60 - shift : shift;
        spoken_.sure = true;
        at_ = at + 1;
        return true;
    }

    bool read_digital_clock() {
        if (!number(at_)) return false;
        const Token& hour = tokens_[at_];
        spoken_.sure = at_ > 0 && word(at_ - 1, "at");
        spoken_.hour = value(at_);
        spoken_.minute = 0;
        spoken_.clock_of_24 = hour.text.starts_with('0') || *spoken_.hour > 12;
        if (hour.decimal) {  // "8.30"
            const std::size_t point = hour.text.find('.');
            if (point == std::string::npos || hour.text.size() - point != 3) return false;
            spoken_.minute = (hour.text[point + 1] - '0') * 10 + (hour.text[point + 2] - '0');
            spoken_.sure = true;
        } else if (at_ + 2 < tokens_.size() && tokens_[at_ + 1].is_mark(':') && tokens_[at_ + 2].is_whole()) {
            spoken_.minute = value(at_ + 2);
            spoken_.sure = true;
            at_ += 2;
        } else if (hour.text.size() >= 3 && hour.text.size() <= 4 && spoken_.sure &&
                   hour.text.find_first_not_of("0123456789") == std::string::npos) {  // "at 930"
            spoken_.minute = *spoken_.hour % 100;
            spoken_.hour = *spoken_.hour / 100;
            spoken_.clock_of_24 = hour.text.starts_with('0') || *spoken_.hour > 12;
        }
        ++at_;
        if (!hour.decimal && *spoken_.minute == 0) read_minutes_after();
        return true;
    }

    /// "8 y media", "nueve menos cuarto": in some languages the minutes follow the hour.
    void read_minutes_after() {
        const bool before = word(at_, "minutes to");
        if (!before && !word(at_, "minutes past")) return;
        int count = 0;
        if (word(at_ + 1, "half")) {
            count = 30;
        } else if (word(at_ + 1, "quarter")) {
            count = 15;
        } else if (number(at_ + 1) && tokens_[at_ + 1].is_whole() && value(at_ + 1) > 0 && value(at_ + 1) < 60) {
            count = value(at_ + 1);
        } else {
            return;
        }
        if (before && *spoken_.hour == 0) return;
        spoken_.minute = before ? 60 - count : count;
        if (before && --*spoken_.hour == 0) spoken_.hour = 12;
        spoken_.sure = true;
        at_ += 2;
    }

    const std::vector<Token>& tokens_;
    const LanguagePack& pack_;
    std::size_t at_ = 0;
    SpokenTime spoken_;
};

/// Minutes after midnight that the spoken clock can mean on one day, in the order to try them.
std::vector<minutes> clock_times(const SpokenTime& spoken) {
    const int hour = *spoken.hour;
    const auto at = [&](int h) { return hours{h} + minutes{*spoken.minute}; };
    if (spoken.after_noon) return {at(hour % 12 + (*spoken.after_noon ? 12 : 0))};
    if (spoken.part && hour <= 12 && !spoken.clock_of_24) {
        if (!spoken.part->after_noon) return {at(hour % 12)};
        const bool at_night = spoken.part->end == hours{24} && (hour == 12 || hour < 5);
        return {at(hour % 12 + (at_night ? 24 : 12))};  // "tonight at 1" is after midnight
    }
    if (spoken.clock_of_24 || hour == 0) return {at(hour)};
    return {at(hour % 12), at(hour % 12 + 12)};
}

/// The moment on `day`; of "8" on a day that is named, the usual one: 7 to 11 in the morning, else after noon.
std::optional<TimePoint> on_day(const SpokenTime& spoken, LocalDay day, bool named, TimePoint now, const Zone& zone) {
    std::vector<minutes> times;
    if (spoken.hour) {
        times = clock_times(spoken);
        const bool today = LocalDay{std::chrono::floor<days>(zone.to_local(now))} == day;
        if (named && !today && times.size() == 2) {
            times = {times[*spoken.hour >= 7 && *spoken.hour < 12 ? 0 : 1]};
        }
    } else if (spoken.part) {
        times.push_back(spoken.part->begin);
        // "This evening", said in the evening: the next full hour.
        const LocalTime next_hour = std::chrono::floor<hours>(zone.to_local(now)) + hours{1};
        if (next_hour > day + spoken.part->begin && next_hour < day + spoken.part->end) {
            times.push_back(std::chrono::duration_cast<minutes>(next_hour - day));
        }
    } else {
        times.push_back(kStartOfDay);
    }
    for (const minutes time : times) {
        const TimePoint at = zone.to_utc(LocalTime{day} + time);
        if (at > now) return at;
    }
    return std::nullopt;
}

std::optional<TimePoint> resolve(const SpokenTime& spoken, TimePoint now, const Zone& zone) {
    const LocalTime local = zone.to_local(now);
    const LocalDay today{std::chrono::floor<days>(local)};
    const bool names_day = spoken.days_ahead || spoken.weekday;
    const bool names_time = spoken.hour || spoken.part;
    if (spoken.from_now) {
        const SpokenLength& length = *spoken.from_now;
        if (names_day || (names_time && length.seconds != 0)) return std::nullopt;
        if (names_time) return on_day(spoken, today + days{length.days}, true, now, zone);
        if (length.days == 0) return now + Seconds{length.seconds};
        return zone.to_utc(local + days{length.days}) + Seconds{length.seconds};
    }
    if (spoken.hour && spoken.strange && !spoken.sure && !names_day && !spoken.part) return std::nullopt;
    if (spoken.days_ahead) {
        if (*spoken.days_ahead == 0 && !names_time) return std::nullopt;
        return on_day(spoken, today + days{*spoken.days_ahead}, true, now, zone);
    }
    if (spoken.weekday) {
        const std::chrono::weekday wanted{*spoken.weekday};
        days ahead = wanted - std::chrono::weekday{today};
        if (ahead == days{0} && spoken.next) ahead = days{7};
        if (const auto at = on_day(spoken, today + ahead, true, now, zone)) return at;
        return on_day(spoken, today + ahead + days{7}, true, now, zone);
    }
    if (names_time) {
        if (const auto at = on_day(spoken, today, false, now, zone)) return at;
        return on_day(spoken, today + days{1}, false, now, zone);
    }
    return spoken.now && !spoken.strange ? std::optional(now) : std::nullopt;
}

}  // namespace

std::optional<TimePoint> recognise_moment(std::string_view text,
                                          TimePoint now,
                                          std::string_view time_zone,
                                          const LanguagePack& pack) {
    const std::vector<Token> tokens = tokens_of(text, pack);
    const auto says = [&](std::size_t at, const char* name) {
        return at < tokens.size() && tokens[at].kind == Token::Kind::word && means(tokens[at].text, name, pack);
    };
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (says(i, "gone")) return std::nullopt;  // "20 minutes ago", "yesterday": a moment lies ahead
    }
    // A number alone: "930" is a clock, "30" and "in 5" are minutes, "8" is an hour; of "20" nobody knows which.
    constexpr double kLatestHour = 12;
    constexpr double kHoursOfDay = 24;
    const std::size_t number = says(0, "in") ? 1 : 0;
    if (tokens.size() == number + 1 && tokens[number].is_number()) {
        const Token& alone = tokens[number];
        if (number == 0 && alone.is_whole() && (alone.text.size() == 3 || alone.text.size() == 4)) {
            const std::size_t split = alone.text.size() - 2;
            const std::string clock = alone.text.substr(0, split) + ":" + alone.text.substr(split);
            return recognise_moment(clock, now, time_zone, pack);
        }
        if (number == 0 && alone.value > kLatestHour && alone.value <= kHoursOfDay) return std::nullopt;
        if (number == 1 || alone.value > kHoursOfDay)
            return now + std::chrono::ceil<Seconds>(std::chrono::duration<double, std::ratio<60>>(alone.value));
    }
    const std::optional<SpokenTime> spoken = MomentReader(tokens, pack).read();
    if (!spoken) return std::nullopt;
    return resolve(*spoken, now, Zone(time_zone));
}

}  // namespace reweave::dialog
