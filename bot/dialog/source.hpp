#pragma once
/// \file An author's file as lines that can be read: whatever a word processor left in it is taken for what it means.
///
/// Every character keeps the line and column it had in the file, so that each fault is shown where the author sees it.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bot/dialog/script.hpp"

namespace reweave::dialog {

/// One line: UTF-8 without stray characters. All kinds of space are plain spaces; a backslash before punctuation is
/// gone.
struct Line {
    int number = 0;
    bool escaped = false;      ///< began with a backslash: it is said, whatever it looks like
    std::string text;          ///< without space at its ends
    std::vector<int> columns;  ///< the column in the file of each byte of `text`
    int end_column = 1;        ///< the column after the last character
};

struct SourceLines {
    std::vector<Line> lines;
    std::vector<Span> unreadable;  ///< where the file is not UTF-8
};

/// Copes with a byte-order mark, CRLF, CR and the soft line breaks of word processors.
[[nodiscard]] SourceLines read_lines(std::string_view text);

/// A piece of a line that knows its place in the file. The line must outlive it.
class Slice {
 public:
    Slice() = default;
    explicit Slice(const Line& line) : line_(&line), end_(line.text.size()) {}

    [[nodiscard]] std::string_view view() const {
        return line_ ? std::string_view(line_->text).substr(begin_, end_ - begin_) : std::string_view();
    }
    [[nodiscard]] std::string str() const { return std::string(view()); }
    [[nodiscard]] bool empty() const { return begin_ == end_; }
    [[nodiscard]] std::size_t size() const { return end_ - begin_; }
    /// An empty slice has the place of what follows it and the length 0.
    [[nodiscard]] Span span() const;
    /// Bytes `from` to `from + count` of this slice.
    [[nodiscard]] Slice sub(std::size_t from, std::size_t count = std::string_view::npos) const;
    [[nodiscard]] Slice trimmed() const;

 private:
    const Line* line_ = nullptr;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace reweave::dialog
