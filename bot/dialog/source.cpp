#include "bot/dialog/source.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace reweave::dialog {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";
constexpr char32_t kUnreadable = 0xFFFD;

/// One character of the file.
struct Mark {
    char32_t c = 0;
    int column = 0;
    std::string_view bytes;
};

/// The character that `text` begins with and its bytes; one byte and kUnreadable where it is not UTF-8.
Mark first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) return Mark{lead, 0, text.substr(0, 1)};
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    char32_t c = lead & (0x7F >> size);
    bool good = lead >= 0xC2 && lead <= 0xF4 && text.size() >= size;
    for (std::size_t i = 1; good && i < size; ++i) {
        good = (byte(i) & 0xC0) == 0x80;
        c = (c << 6) | (byte(i) & 0x3FU);
    }
    constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
    good = good && c >= kSmallest[size] && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
    return good ? Mark{c, 0, text.substr(0, size)} : Mark{kUnreadable, 0, text.substr(0, 1)};
}

bool is_space(char32_t c) {
    return c == ' ' || c == '\t' || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F ||
           c == 0x3000;
}

/// Characters that nobody sees and no script means. The joiners U+200C and U+200D stay: emoji and Persian need them.
bool is_invisible(char32_t c) {
    return c == 0xAD || c == 0x200B || c == 0x2060 || c == 0xFEFF || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069) || (c < 0x20 && c != '\t') || c == 0x7F;
}

/// Breaks that a word processor shows as a new line though the file has none there.
bool is_soft_break(char32_t c) {
    return c == 0x0B || c == 0x0C || c == 0x2028 || c == 0x2029;
}

bool is_ascii_punctuation(char32_t c) {
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

void append(Line& line, std::string_view bytes, int column) {
    line.text.append(bytes);
    line.columns.insert(line.columns.end(), bytes.size(), column);
}

bool begins(const std::vector<Mark>& marks, std::size_t at, std::string_view what) {
    if (marks.size() - at < what.size()) return false;
    return std::equal(
        what.begin(), what.end(), marks.begin() + static_cast<std::ptrdiff_t>(at), [](char a, const Mark& b) {
            return static_cast<char32_t>(a) == b.c;
        });
}

/// Turns the characters of a line (soft breaks cut already) into what they mean.
Line read_line(const std::vector<Mark>& marks, int number, int end_column, bool first) {
    Line line;
    line.number = number;
    line.end_column = end_column;
    line.text.reserve(marks.size());
    line.columns.reserve(marks.size());
    std::size_t i = 0;
    while (i < marks.size() && is_space(marks[i].c)) ++i;
    // "\#\# Heading" is how an exporter writes a heading that was typed as plain text; "\## x" is an author who wants
    // to say it.
    const bool exported_heading = begins(marks, i, "\\#\\#") || (first && begins(marks, i, "\\# "));
    if (i < marks.size() && marks[i].c == '\\' && !exported_heading) {
        line.escaped = true;
        ++i;
    }
    for (; i < marks.size(); ++i) {
        const Mark mark = marks[i];
        const bool escape = mark.c == '\\' && i + 1 < marks.size() && is_ascii_punctuation(marks[i + 1].c);
        if (escape) {
            ++i;
            append(line, marks[i].bytes, marks[i].column);
        } else {
            append(line, is_space(mark.c) ? std::string_view(" ") : mark.bytes, mark.column);
        }
    }
    while (!line.text.empty() && line.text.back() == ' ') {
        line.end_column = line.columns.back();
        line.text.pop_back();
        line.columns.pop_back();
    }
    return line;
}

}  // namespace

SourceLines read_lines(std::string_view text) {
    SourceLines result;
    std::vector<Mark> marks;
    int number = 1;
    int column = 1;
    bool first = true;
    const auto end_line = [&] {
        result.lines.push_back(read_line(marks, number, column, first));
        first = first && result.lines.back().text.empty();
        marks.clear();
    };

    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    std::size_t i = 0;
    while (i < text.size()) {
        Mark mark = first_character(text.substr(i));
        i += mark.bytes.size();
        const char32_t c = mark.c;
        if (c == '\n' || c == '\r') {
            if (c == '\r' && i < text.size() && text[i] == '\n') ++i;
            end_line();
            ++number;
            column = 1;
            continue;
        }
        mark.column = column;
        if (c == kUnreadable) {
            mark.bytes = kReplacement;
            result.unreadable.push_back(Span{number, column, 1});
        }
        if (is_soft_break(c)) {
            end_line();
        } else if (!is_invisible(c)) {
            marks.push_back(mark);
        }
        ++column;
    }
    end_line();
    return result;
}

Span Slice::span() const {
    if (!line_) return {};
    const auto column_at = [&](std::size_t i) {
        return i < line_->columns.size() ? line_->columns[i] : line_->end_column;
    };
    const int column = column_at(begin_);
    return Span{line_->number, column, empty() ? 0 : column_at(end_ - 1) + 1 - column};
}

Slice Slice::sub(std::size_t from, std::size_t count) const {
    Slice part = *this;
    part.begin_ = std::min(end_, begin_ + from);
    part.end_ = count > end_ - part.begin_ ? end_ : part.begin_ + count;
    return part;
}

Slice Slice::trimmed() const {
    Slice part = *this;
    while (part.begin_ < part.end_ && line_->text[part.begin_] == ' ') ++part.begin_;
    while (part.begin_ < part.end_ && line_->text[part.end_ - 1] == ' ') --part.end_;
    return part;
}

}  // namespace reweave::dialog
