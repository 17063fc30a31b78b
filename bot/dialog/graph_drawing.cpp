#include "bot/dialog/graph_drawing.hpp"

namespace reweave::dialog {
namespace {

/// Inside quotes: what a label and a name mean are these very letters. Graphviz looks for entities in both.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&') {
            out += "&amp;";
        } else if (c == '"') {
            out += "&quot;";
        } else if (c == '\\') {
            out += "&#92;";
        } else {
            out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
    }
    return out;
}

std::string at(Point point) {
    return std::to_string(point.x) + "," + std::to_string(-point.y);
}

/// Graphviz measures boxes in inches, of 72 points.
std::string inches(int points) {
    const int part = points % 72 * 10000 / 72;
    const std::string digits = std::to_string(part);
    return std::to_string(points / 72) + "." + std::string(4 - digits.size(), '0') + digits;
}

bool begins_letter(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

/// Letters from U+2E80 on begin with these bytes in UTF-8, and are twice as wide.
std::size_t width_of(char lead) {
    if (!begins_letter(lead)) return 0;
    return static_cast<unsigned char>(lead) >= 0xE3 ? 2 : 1;
}

/// Where `text` has to be cut to be `letters` long; its end if it is not longer.
std::size_t cut_at(std::string_view text, std::size_t letters) {
    std::size_t width = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        width += width_of(text[i]);
        if (width > letters && begins_letter(text[i])) return i;
    }
    return text.size();
}

}  // namespace

std::string cut(std::string_view text, std::size_t letters) {
    if (cut_at(text, letters) == text.size()) return std::string(text);
    return std::string(text.substr(0, cut_at(text, letters - 1))) + "…";
}

std::vector<std::string> wrap(std::string_view text, std::size_t letters, std::size_t lines) {
    std::vector<std::string> out;
    while (out.size() + 1 < lines && cut_at(text, letters) < text.size()) {
        const std::size_t space = text.rfind(' ', cut_at(text, letters));
        if (space == std::string_view::npos || space == 0) break;
        out.emplace_back(text.substr(0, space));
        text.remove_prefix(space + 1);
    }
    out.push_back(cut(text, letters));
    return out;
}

Drawing::Drawing(std::string_view title) {
    nodes_ = "digraph \"" + escaped(title) +
             "\" {\n"
             "graph [bgcolor=white, outputorder=nodesfirst, pad=0.3]\n"
             "node [shape=box, fixedsize=true, fontname=Helvetica, margin=\"0.02,0\"]\n"
             "edge [arrowsize=0.6]\n"
             "\"\" [style=invis, width=0.01, height=0.01, pos=\"0,0\"]\n";
}

void Drawing::box(std::string_view name, const Area& area, const Look& look, std::string_view words) {
    const char* end = look.at == Look::At::left ? "\\l" : look.at == Look::At::right ? "\\r" : "";
    nodes_ += "\"" + std::to_string(++number_) + " " + escaped(name) + "\" [pos=\"" + at({area.x, area.y}) +
              "\", width=" + inches(area.width) + ", height=" + inches(area.height) + ", label=\"" + escaped(words) +
              (words.empty() ? "" : end) + "\", fontsize=" + std::to_string(look.size) + ", fontcolor=\"" + look.ink +
              "\"";
    if (look.bold) nodes_ += ", fontname=\"Helvetica-Bold\"";
    if (*look.fill == '\0') {
        nodes_ += ", shape=plaintext";
    } else {
        nodes_ +=
            std::string(", style=\"") + look.style + "\", fillcolor=\"" + look.fill + "\", color=\"" + look.line + "\"";
        if (look.borders > 1) nodes_ += ", peripheries=" + std::to_string(look.borders);
    }
    nodes_ += "]\n";
}

void Drawing::line(std::string_view name, const std::vector<Point>& points, const Stroke& stroke) {
    constexpr int kHead = 6;  ///< length of the arrow's head
    const Point goal = points.back();
    std::vector<Point> way = points;
    if (stroke.arrow) {
        const Point last = way[way.size() - 2];
        const auto short_of = [](int to, int from) { return to > from ? to - kHead : to < from ? to + kHead : to; };
        way.back() = {short_of(goal.x, last.x), short_of(goal.y, last.y)};
    }
    std::string path = stroke.arrow ? "e," + at(goal) + " " : "";
    path += at(way.front());
    for (std::size_t i = 1; i < way.size(); ++i) path += " " + at(way[i - 1]) + " " + at(way[i]) + " " + at(way[i]);
    lines_ += "\"\" -> \"\" [pos=\"" + path + "\", color=\"" + stroke.ink + "\", edgetooltip=\"" + escaped(name) + "\"";
    if (!stroke.arrow) lines_ += ", dir=none";
    if (stroke.dashed) lines_ += ", style=dashed";
    if (stroke.bold) lines_ += ", penwidth=2";
    lines_ += "]\n";
}

void Drawing::dot(Point point, const char* ink) {
    nodes_ += "\"" + std::to_string(++number_) + "\" [pos=\"" + at(point) +
              "\", shape=point, width=0.055, height=0.055, color=\"" + ink + "\"]\n";
}

std::string Drawing::finish() {
    return nodes_ + lines_ + "}\n";
}

}  // namespace reweave::dialog
