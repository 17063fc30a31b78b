#include <unicode/gregocal.h>
#include <unicode/timezone.h>

#include <charconv>
#include <memory>

#include "bot/dialog/names.hpp"
#include "bot/dialog/scanner.hpp"
#include "bot/dialog/source.hpp"
#include "bot/dialog/transcript.hpp"
#include "bot/dialog/utf8.hpp"

namespace reweave::dialog {
namespace {

constexpr std::string_view kDefaultStart = "2026-11-24 10:00 in Europe/London";
constexpr std::string_view kLineForms =
    "A line is one of: person says: …, person chooses: …, person sees: …, person never sees: …, after 2 days, ends: …";

std::string stem_of(std::string_view path) {
    path.remove_prefix(path.find_last_of('/') + 1);
    return std::string(path.substr(0, path.find('.')));
}

std::optional<int> number_at(std::string_view text, std::size_t from, std::size_t count) {
    if (from + count > text.size()) return std::nullopt;
    int value = 0;
    const char* begin = text.data() + from;
    const auto [end, error] = std::from_chars(begin, begin + count, value);
    return error == std::errc() && end == begin + count ? std::optional(value) : std::nullopt;
}

/// "2026-11-24 10:00", perhaps with " in Europe/Lisbon" behind it. Without a zone the one already in `beginning` holds.
bool read_moment(std::string_view text, Beginning& beginning) {
    constexpr std::size_t kDigits = 16;
    constexpr std::string_view kIn = " in ";
    if (text.size() > kDigits) {
        if (text.substr(kDigits, kIn.size()) != kIn) return false;
        beginning.time_zone = std::string(text.substr(kDigits + kIn.size()));
    }
    const auto year = number_at(text, 0, 4), month = number_at(text, 5, 2), day = number_at(text, 8, 2);
    const auto hour = number_at(text, 11, 2), minute = number_at(text, 14, 2);
    if (!year || !month || !day || !hour || !minute) return false;
    if (text[4] != '-' || text[7] != '-' || text[10] != ' ' || text[13] != ':') return false;

    const std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(utf16(beginning.time_zone)));
    if (*zone == icu::TimeZone::getUnknown()) return false;
    UErrorCode error = U_ZERO_ERROR;
    icu::GregorianCalendar calendar(*zone, error);
    if (U_FAILURE(error)) return false;
    calendar.setLenient(false);
    calendar.clear();
    calendar.set(*year, *month - 1, *day, *hour, *minute);
    const UDate at = calendar.getTime(error);
    if (U_FAILURE(error)) return false;
    beginning.at = TimePoint(std::chrono::milliseconds(static_cast<std::int64_t>(at)));
    return true;
}

class Parser {
 public:
    explicit Parser(const Source& source) : path_(source.path) {
        for (const Line& line : read_lines(source.text).lines) {
            if (line.text.empty() || line.text.starts_with("NOTE:")) continue;
            read(Slice(line));
        }
        check_last();
    }

    Transcripts take() { return std::move(out_); }

 private:
    void report(std::string code, Span span, std::string message, std::string mend) {
        out_.diagnostics.push_back(
            {std::move(code), Severity::error, path_, span, std::move(message), std::move(mend), std::nullopt});
    }

    void read(Slice line) {
        if (line.view().starts_with('#')) return read_title(line);
        if (out_.all.empty()) {
            return report("T001",
                          line.span(),
                          "this line stands before the first title",
                          "Begin each transcript with a title line: # What it shows");
        }
        Scanner scanner(line);
        if (scanner.take_words("after")) return read_after(scanner, line);
        if (scanner.take_words("ends")) return read_text(scanner, line, TranscriptLine::Kind::ends);
        if (scanner.take_words("at")) return read_start(scanner, line);
        if (scanner.take_words("script")) return read_script(scanner, line);
        if (scanner.take_words("given")) return read_given(scanner, line);
        if (scanner.take_words("language")) return read_language(scanner, line, {});
        read_person(scanner, line);
    }

    void read_title(Slice line) {
        check_last();
        std::size_t marks = 0;
        while (marks < line.size() && line.view()[marks] == '#') ++marks;
        const Slice title = line.sub(marks).trimmed();
        if (title.empty()) report("T002", line.span(), "this title has no words", "Say what the transcript shows.");
        Transcript transcript{path_, title.str(), {stem_of(path_), {}, "Europe/London", {}}, {}, line.span()};
        read_moment(kDefaultStart, transcript.beginning);
        out_.all.push_back(std::move(transcript));
    }

    void check_last() {
        if (out_.all.empty() || !out_.all.back().lines.empty()) return;
        report("T003", out_.all.back().span, "this transcript has no lines", std::string(kLineForms));
    }

    /// The text after the colon; reports and gives nothing if either is missing.
    std::optional<std::string> text_after_colon(Scanner& scanner, Slice line) {
        if (!scanner.take_sign(':') || scanner.done()) {
            report("T004", line.span(), "this line cannot be read", std::string(kLineForms));
            return std::nullopt;
        }
        return scanner.rest().str();
    }

    void read_text(Scanner& scanner, Slice line, TranscriptLine::Kind kind, std::string who = {}) {
        if (auto text = text_after_colon(scanner, line))
            out_.all.back().lines.push_back({kind, std::move(who), std::move(*text), {}, line.span()});
    }

    /// "starter says: …", "members 2 leaves": one to three words that name somebody, and what they do.
    void read_person(Scanner& scanner, Slice line) {
        constexpr int kMostWords = 3;
        std::string who;
        for (int words = 0; words < kMostWords; ++words) {
            const Slice word = scanner.take_word();
            if (word.empty()) break;
            who += (who.empty() ? "" : " ") + word.str();
            using Kind = TranscriptLine::Kind;
            std::optional<Kind> kind;
            if (scanner.take_words("says")) kind = Kind::says;
            if (scanner.take_words("chooses")) kind = Kind::chooses;
            if (scanner.take_words("sees")) kind = Kind::sees;
            if (scanner.take_words("never sees")) kind = Kind::never_sees;
            if (scanner.take_words("ends")) kind = Kind::ends;
            if (kind) return read_text(scanner, line, *kind, normal_name(who));
            if (scanner.take_words("speaks")) return read_language(scanner, line, normal_name(who));
            if (scanner.take_words("leaves") && scanner.done()) {
                out_.all.back().lines.push_back({Kind::leaves, normal_name(who), {}, {}, line.span()});
                return;
            }
        }
        report("T004", line.span(), "this line cannot be read", std::string(kLineForms));
    }

    void read_after(Scanner& scanner, Slice line) {
        scanner.take_sign(':');
        const auto seconds = scanner.take_duration();
        if (!seconds || !scanner.done()) {
            return report("T006",
                          line.span(),
                          "this length of time cannot be read",
                          "Write it like this: after 20 minutes, after 2 days");
        }
        out_.all.back().lines.push_back({TranscriptLine::Kind::after, {}, {}, Seconds(*seconds), line.span()});
    }

    void read_start(Scanner& scanner, Slice line) {
        const auto text = text_after_colon(scanner, line);
        if (text && !read_moment(*text, out_.all.back().beginning)) {
            report("T007",
                   line.span(),
                   "this moment cannot be read",
                   "Write it like this: at: 2026-11-24 10:00, or at: 2026-11-24 10:00 in Europe/Lisbon");
        }
    }

    void read_script(Scanner& scanner, Slice line) {
        if (auto text = text_after_colon(scanner, line)) out_.all.back().beginning.script = std::move(*text);
    }

    /// `who`: whose it is; empty: of all who have no other.
    void read_language(Scanner& scanner, Slice line, const std::string& who) {
        const auto text = text_after_colon(scanner, line);
        if (!text) return;
        Beginning& beginning = out_.all.back().beginning;
        (who.empty() ? beginning.language : beginning.languages[who]) = *text;
    }

    /// A number is handed in as a number, anything else as a text.
    void read_given(Scanner& scanner, Slice line) {
        const auto text = text_after_colon(scanner, line);
        if (!text) return;
        const Slice given = scanner.rest();
        const std::size_t equals = given.view().find('=');
        const Slice name = equals == std::string_view::npos ? Slice() : given.sub(0, equals).trimmed();
        const Slice value = equals == std::string_view::npos ? Slice() : given.sub(equals + 1).trimmed();
        if (name.empty() || value.empty()) {
            return report("T008", line.span(), "this answer cannot be read", "Write it like this: given: heat = 6");
        }
        Scanner number(value);
        const auto read = number.take_number();
        Answer& answer = out_.all.back().beginning.given[normal_name(name.view())];
        if (read && number.done()) {
            answer = *read;
        } else {
            answer = Picked{value.str(), value.str()};
        }
    }

    std::string path_;
    Transcripts out_;
};

}  // namespace

Transcripts parse_transcripts(const Source& source) {
    return Parser(source).take();
}

}  // namespace reweave::dialog
