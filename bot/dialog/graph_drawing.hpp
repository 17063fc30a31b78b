#pragma once
/// \file Boxes, words and lines at given places, written as Graphviz source. Internal to to_dot().

#include <string>
#include <string_view>
#include <vector>

namespace reweave::dialog {

/// In points, y downwards.
struct Point {
    int x = 0;
    int y = 0;
};
/// Around its middle.
struct Area {
    int x = 0, y = 0, width = 0, height = 0;
};

inline constexpr const char* kInk = "#1a1a1a";

struct Look {
    const char* fill = "";    ///< empty: only the words
    const char* line = kInk;  ///< of the border
    const char* style = "filled";
    int borders = 1;
    const char* ink = kInk;  ///< of the words
    int size = 10;
    bool bold = false;
    enum class At { left, right, middle } at = At::left;
};
struct Stroke {
    const char* ink = kInk;
    bool dashed = false;
    bool bold = false;
    bool arrow = false;
};

class Drawing {
 public:
    explicit Drawing(std::string_view title);

    /// `name` is what someone reads who points at it or has it read aloud; a number makes it the only one.
    void box(std::string_view name, const Area& area, const Look& look, std::string_view words = {});
    /// Words without a border.
    void words(std::string_view text, const Area& area, const Look& look) { box(text, area, look, text); }
    /// Through `points`; only across and down, so that nothing has to be bent.
    void line(std::string_view name, const std::vector<Point>& points, const Stroke& stroke);
    /// Where one line joins another.
    void dot(Point point, const char* ink);

    [[nodiscard]] std::string finish();

 private:
    std::string nodes_;
    std::string lines_;
    int number_ = 0;
};

/// At most `letters` long, with "…" where something was cut; East Asian letters count twice.
[[nodiscard]] std::string cut(std::string_view text, std::size_t letters);
/// In at most `lines` lines, broken between words; the last one is cut.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t letters, std::size_t lines);

}  // namespace reweave::dialog
