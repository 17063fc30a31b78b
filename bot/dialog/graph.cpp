#include "bot/dialog/graph.hpp"

#include <algorithm>
#include <array>

#include "bot/dialog/graph_layout.hpp"

namespace reweave::dialog {
namespace {

using Who = GraphBox::For;

constexpr const char* kSharedInk = "#17662b";
constexpr Stroke kShare{.ink = kSharedInk, .bold = true};
constexpr std::array kWayInks{"#5c2d00", "#123f6d", "#5a1a63", "#3d3d3d", "#6b1220"};

constexpr const char* kRoomInk = "#123f6d";
constexpr Look kPrivate{.fill = "#fff4dd", .line = "#7a4a00", .style = "filled,dashed"};
constexpr Look kInRoom{.fill = "#dfeefb", .line = kRoomInk};
constexpr Look kPlain{.fill = "#f3f3f3", .line = "#444444"};
constexpr Look kCall{.fill = "white", .borders = 2, .at = Look::At::middle};
constexpr Look kEnd{.fill = kInk, .style = "filled,rounded", .ink = "white", .at = Look::At::middle};
constexpr Look kBarrier{.fill = "#2b2b2b", .ink = "white", .size = 11, .bold = true, .at = Look::At::middle};

class Picture {
 public:
    explicit Picture(const Script& script) : script_(script), layout_(script), out_(script.title) {}

    std::string draw() {
        draw_head();
        draw_columns();
        for (const Placed& placed : layout_.placed) draw(placed);
        draw_ways();
        draw_shared();
        for (const auto& points : layout_.downs) out_.line("then", points, {.arrow = true});
        return out_.finish();
    }

 private:
    [[nodiscard]] const Placed& placed(std::size_t index) const { return layout_.placed[index]; }
    /// Whether the box before this one is the same step in the lane on its left.
    [[nodiscard]] bool is_beside(std::size_t index) const {
        return index > 0 && index < layout_.placed.size() && placed(index - 1).box == placed(index).box;
    }

    void draw_ways() {
        for (const auto& [step, goal] : layout_.goals) {
            const int x = layout_.right + kLabels + goal.track * kTrack;
            const Stroke stroke{.ink = kWayInks[static_cast<std::size_t>(goal.track) % kWayInks.size()]};
            const Stroke arrow{.ink = stroke.ink, .arrow = true};
            const Placed& last = placed(goal.ends.back());
            const std::string& title = script_.steps[static_cast<std::size_t>(last.box->step)].title;
            for (const Way& way : goal.ways) draw_way(way, x, stroke.ink, title);
            if (goal.top != goal.bottom) out_.line(title, {{x, goal.top}, {x, goal.bottom}}, stroke);
            const int y = last.head();
            out_.line(title, {{x, y}, {last.box->side ? last.left() : last.right(), y}}, arrow);
            for (std::size_t i = goal.ends.size() - 1; i > 0; --i)
                out_.line(title, {{placed(goal.ends[i]).left(), y}, {placed(goal.ends[i - 1]).right(), y}}, arrow);
            for (const Point& point : layout_.passed_by) {
                if (point.y != y || last.box->side) continue;
                out_.dot(point, stroke.ink);
                if (point.x < last.x) out_.line(title, {{last.left(), y}, point}, stroke);
            }
        }
    }

    /// From its line to the track; of a line that stands in several lanes, through all of them.
    void draw_way(const Way& way, int track, const char* ink, const std::string& title) {
        const Placed& from = placed(way.from);
        const bool side = from.box->side;
        const Stroke stroke{.ink = ink, .dashed = way.row->in_vain};
        if (is_beside(way.from + 1)) {
            out_.line(title, {{from.right(), way.y}, {placed(way.from + 1).left(), way.y}}, stroke);
            return;
        }
        out_.line(title, {{side ? from.left() : from.right(), way.y}, {track, way.y}}, stroke);
        out_.dot({track, way.y}, ink);
        const std::string words = way.row->way + (way.row->way.empty() ? "" : ": ") + title;
        out_.words(cut(words, 36),
                   {side ? from.left() - kLabels / 2 : from.right() + kLabels / 2, way.y - 6, kLabels - 8, 10},
                   {.ink = ink, .size = 8, .at = side ? Look::At::right : Look::At::left});
    }

    // -------------------------------------------------------------------------------------------- shared

    /// From the lines that ask for consent, down to those that show what was agreed to.
    void draw_shared() {
        for (const auto& [answer, index] : layout_.shared) {
            const int x = kShared + kTrack * index;
            std::vector<int> joins;
            for (std::size_t i = 0; i < layout_.placed.size(); ++i) {
                for (const PlacedRow& row : placed(i).rows) {
                    if (!placed(i).box->side && row.row->answer == answer) draw_shared(i, row, x, joins);
                }
            }
            const auto [from, to] = std::minmax_element(joins.begin(), joins.end());
            if (from != to) out_.line(answer, {{x, *from}, {x, *to}}, kShare);
        }
    }

    void draw_shared(std::size_t at, const PlacedRow& row, int track, std::vector<int>& joins) {
        const Placed& box = placed(at);
        Stroke stroke = kShare;
        if (row.row->kind == RowKind::show) {
            stroke.arrow = true;
            out_.line(row.row->answer, {{track, row.y}, {box.left(), row.y}}, stroke);
        } else if (is_beside(at)) {
            out_.line(row.row->answer, {{box.left(), row.y}, {placed(at - 1).right(), row.y}}, stroke);
            return;
        } else {
            out_.line(row.row->answer, {{box.left(), row.y}, {track, row.y}}, stroke);
            out_.dot({track, row.y}, kSharedInk);
            out_.words(cut(row.row->answer, 17),
                       {kShared / 2 - 4, row.y, kShared - 10, 12},
                       {.ink = kSharedInk, .size = 8, .at = Look::At::right});
        }
        joins.push_back(row.y);
    }

    // --------------------------------------------------------------------------------------------- drawing

    void draw_head() {
        const int width = layout_.right + (layout_.tracks > 0 ? kLabels : 0);
        out_.words(script_.title, {width / 2, 0, width, 24}, {.size = 16, .bold = true});
        out_.words(cut(script_.about, static_cast<std::size_t>(width / 5)), {width / 2, 22, width, 14}, {});
        int x = 0;
        const auto entry = [&](const char* words, const Look& look) {
            out_.box(words, {x + 13, 46, 26, 12}, look);
            out_.words(words, {x + 120, 46, 170, 12}, {.size = 9});
            x += 206;
        };
        if (layout_.several()) {
            entry("alone: nobody else sees it", kPrivate);
            entry("in the room: all see it", kInRoom);
        }
        entry("another script", kCall);
        entry("an end", kEnd);
        if (layout_.shared.empty()) return;
        entry("words that their author shares", {});
        out_.line("shared", {{x - 206, 46}, {x - 180, 46}}, {.ink = kSharedInk, .bold = true, .arrow = true});
    }

    void draw_columns() {
        if (!layout_.several()) return;
        int low = 0;
        for (const Placed& placed : layout_.placed) {
            if (!placed.box->side) low = std::max(low, placed.bottom + kLine);
        }
        for (int lane = 0; lane < layout_.lanes; ++lane) {
            const Role& role = script_.people[static_cast<std::size_t>(lane)];
            std::string name = role.name;
            if (role.most > 1) name += ", " + std::to_string(role.least) + " to " + std::to_string(role.most);
            out_.box("column of " + name,
                     {layout_.middle(lane), (kTop + low) / 2, kLane + 14, low - kTop},
                     {.fill = "#fafafa", .line = "#d0d0d0"});
            out_.words(name,
                       {layout_.middle(lane), kTop + kLine, kLane, 16},
                       {.size = 13, .bold = true, .at = Look::At::middle});
        }
    }

    [[nodiscard]] const Look& look_of(const GraphBox& box) const {
        if (!layout_.several()) return kPlain;
        const bool alone = box.side ? layout_.private_sides.contains(box.step) : box.who != Who::room;
        return alone ? kPrivate : kInRoom;
    }

    void draw(const Placed& placed) {
        const GraphBox& box = *placed.box;
        const Area area{placed.x, (placed.top + placed.bottom) / 2, placed.width, placed.bottom - placed.top};
        if (box.who == Who::barrier) {
            const bool named = layout_.begins_step(placed);
            out_.box(box.title, area, kBarrier, (named ? box.title + ": " : "") + box.rows.front().text);
            return;
        }
        out_.box(placed.lane >= 0 && layout_.several()
                     ? box.title + " (" + script_.people[static_cast<std::size_t>(placed.lane)].name + ")"
                     : box.title,
                 area,
                 look_of(box));
        const std::size_t letters = letters_of(placed.width);
        out_.words(cut(box.title, letters - 6),
                   {placed.x, placed.head(), placed.width - 14, kLine},
                   {.size = 11, .bold = true});
        for (const PlacedRow& row : placed.rows) draw_row(placed, row, letters);
    }

    void draw_row(const Placed& placed, const PlacedRow& placed_row, std::size_t letters) {
        const GraphRow& row = *placed_row.row;
        const int shift = row.indent * kInset;
        Area area{placed.x + shift / 2, placed_row.y, placed.width - 14 - shift, kLine};
        if (row.kind == RowKind::call || row.kind == RowKind::finish) {
            area.width -= 10;
            area.height += 4;
            const std::string words = cut(row.text, letters - 6 - static_cast<std::size_t>(2 * row.indent));
            out_.box(row.text, area, row.kind == RowKind::finish ? kEnd : kCall, words);
            return;
        }
        Look look;
        look.bold = row.kind == RowKind::spoken_to;
        if (look.bold) look.ink = kRoomInk;
        if (row.kind == RowKind::share || row.kind == RowKind::show) look.ink = kSharedInk;
        for (const std::string& line : lines_of(row, letters)) {
            out_.box(row.text, area, look, line);
            area.y += kLine;
        }
    }

    const Script& script_;
    Layout layout_;
    Drawing out_;
};

}  // namespace

std::string to_dot(const Script& script) {
    return Picture(script).draw();
}

}  // namespace reweave::dialog
