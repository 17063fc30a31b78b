#include "bot/dialog/graph_layout.hpp"

#include <algorithm>
#include <utility>

namespace reweave::dialog {

std::size_t letters_of(int width) {
    return static_cast<std::size_t>(width) * kLetters / kLane;
}

std::vector<std::string> lines_of(const GraphRow& row, std::size_t letters) {
    const std::string mark = row.kind == RowKind::choice ? "• " : row.kind == RowKind::answer ? "✎ " : "";
    const bool words = row.kind == RowKind::text && row.to.empty();
    return wrap(mark + row.text, letters - static_cast<std::size_t>(2 * row.indent), words ? 2 : 1);
}

Layout::Layout(const Script& script) : script_(script), boxes_(boxes_of(script)) {
    for (const GraphBox& box : boxes_) {
        for (const GraphRow& row : box.rows) {
            if (row.kind == RowKind::share) shared.emplace(row.answer, static_cast<int>(shared.size()));
        }
    }
    lanes = std::max<int>(1, static_cast<int>(script.people.size()));
    left = shared.empty() ? 0 : kShared + kTrack * static_cast<int>(shared.size());
    right = left + lanes * kLane + (lanes - 1) * kGap;
    place_main();
    collect_ways();
    place_side();
    collect_ways();
    assign_tracks();
    for (Placed& box : placed) {
        if (box.box->side) box.x = right + kLabels + tracks * kTrack + kLabels + kLane / 2;
    }
    find_private_sides();
}

bool Layout::begins_step(const Placed& box) const {
    return placed[ends_of(box.box->step).front()].box == box.box;
}

Placed& Layout::put(const GraphBox& box, int lane, int x, int width, int top) {
    Placed put{&box, lane, x, width, top, 0, {}};
    int y = top + kLine / 2 + kLine;
    for (const GraphRow& row : box.rows) {
        const bool boxed = row.kind == RowKind::call || row.kind == RowKind::finish;
        put.rows.push_back({&row, y + (boxed ? kLine : kLine / 2)});
        y += kLine * (boxed ? 2 : static_cast<int>(lines_of(row, letters_of(width)).size()));
    }
    put.bottom = y + kLine / 2;
    return placed.emplace_back(std::move(put));
}

void Layout::lead_to(const Placed& box, std::optional<Open>& open) {
    if (open) {
        std::vector<Point> points{{open->x, open->bottom}};
        if (open->x != box.x) {
            points.push_back({open->x, box.top - kLine});
            points.push_back({box.x, box.top - kLine});
        }
        points.push_back({box.x, box.top});
        downs.push_back(std::move(points));
    }
    open.reset();
    if (box.box->goes_on) open = Open{box.x, box.bottom};
}

/// Whoever goes to a step that is not for them goes on below it.
void Layout::pass_by(const GraphBox& box, int lane, int top, std::optional<Open>& open) {
    const std::string& id = script_.steps[static_cast<std::size_t>(box.step)].id;
    const bool come_here = std::any_of(boxes_.begin(), boxes_.end(), [&](const GraphBox& from) {
        return std::any_of(from.rows.begin(), from.rows.end(), [&](const GraphRow& row) { return row.to == id; });
    });
    if (open || !come_here) return;
    open = Open{middle(lane), top + kLine};
    passed_by.push_back({middle(lane), top + kLine});
}

void Layout::place_main() {
    std::vector<std::optional<Open>> open(static_cast<std::size_t>(lanes));
    std::optional<Open> room;
    int y = kTop + (several() ? 3 : 0) * kLine;
    for (const GraphBox& box : boxes_) {
        if (box.side) continue;
        int bottom = y;
        if (box.who == GraphBox::For::barrier) {
            Placed& bar = put(box, -1, right / 2, right, y);
            bar.rows.front().y = y + kLine;
            bar.bottom = bottom = y + 2 * kLine;
            for (int lane = 0; lane < lanes; ++lane) {
                auto& above = open[static_cast<std::size_t>(lane)];
                if (above) downs.push_back({{above->x, above->bottom}, {above->x, y}});
                above = Open{middle(lane), bottom};
            }
            room = Open{centre(), bottom};
        } else if (box.who == GraphBox::For::room) {
            const Placed& now = put(box, -1, centre(), lanes > 1 ? kRoom : kLane, y);
            lead_to(now, room);
            for (auto& lane : open) lane = room;
            bottom = now.bottom;
        } else {
            for (int lane = 0; lane < lanes; ++lane) {
                const bool theirs =
                    box.who != GraphBox::For::role || script_.people[static_cast<std::size_t>(lane)].name == box.role;
                if (!theirs) {
                    pass_by(box, lane, y, open[static_cast<std::size_t>(lane)]);
                    continue;
                }
                const Placed& now = put(box, lane, middle(lane), kLane, y);
                lead_to(now, open[static_cast<std::size_t>(lane)]);
                bottom = now.bottom;
            }
        }
        y = bottom + 2 * kLine;
    }
}

/// Each beside the line that leads to it first, or below the one before; those that only side steps lead to come last.
void Layout::place_side() {
    constexpr int kLast = 1'000'000;
    std::vector<std::pair<int, const GraphBox*>> sides;
    for (const GraphBox& box : boxes_) {
        if (!box.side) continue;
        const auto goal = goals.find(script_.steps[static_cast<std::size_t>(box.step)].id);
        sides.emplace_back(goal == goals.end() ? kLast : goal->second.ways.front().y, &box);
    }
    std::stable_sort(sides.begin(), sides.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    int y = kTop + (several() ? 3 : 0) * kLine + kLine / 2;
    for (const auto& [wanted, box] : sides) {
        if (wanted != kLast) y = std::max(y, wanted - kLine - kLine / 2);
        y = put(*box, -1, 0, kLane, y).bottom + 2 * kLine;
    }
}

void Layout::collect_ways() {
    goals.clear();
    for (std::size_t i = 0; i < placed.size(); ++i) {
        for (const PlacedRow& row : placed[i].rows) {
            if (!row.row->to.empty()) goals[row.row->to].ways.push_back({row.y, i, row.row});
        }
    }
    for (auto& [step, goal] : goals) {
        std::stable_sort(goal.ways.begin(), goal.ways.end(), [](const Way& a, const Way& b) { return a.y < b.y; });
        goal.ends = ends_of(step_index(script_, step));
    }
}

std::vector<std::size_t> Layout::ends_of(int step) const {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < placed.size(); ++i) {
        if (placed[i].box->step != step) continue;
        if (!all.empty() && placed[i].top != placed[all.front()].top) break;
        all.push_back(i);
    }
    return all;
}

/// The short ones are nearest to the columns.
void Layout::assign_tracks() {
    std::vector<Goal*> all;
    for (auto& [step, goal] : goals) {
        const int head = placed[goal.ends.front()].head();
        goal.top = std::min(head, goal.ways.front().y);
        goal.bottom = std::max(head, goal.ways.back().y);
        all.push_back(&goal);
    }
    std::stable_sort(
        all.begin(), all.end(), [](const Goal* a, const Goal* b) { return a->bottom - a->top < b->bottom - b->top; });
    std::vector<std::vector<const Goal*>> taken;
    for (Goal* goal : all) {
        const auto meets = [&](const Goal* other) {
            return goal->top <= other->bottom + kLine && other->top <= goal->bottom + kLine;
        };
        std::size_t track = 0;
        while (track < taken.size() && std::any_of(taken[track].begin(), taken[track].end(), meets)) ++track;
        if (track == taken.size()) taken.emplace_back();
        taken[track].push_back(goal);
        goal->track = static_cast<int>(track);
    }
    tracks = static_cast<int>(taken.size());
}

void Layout::find_private_sides() {
    for (bool found = several(); found;) {
        found = false;
        for (const auto& [step, goal] : goals) {
            const GraphBox& to = *placed[goal.ends.front()].box;
            if (!to.side || to.who == GraphBox::For::room) continue;
            if (to.who != GraphBox::For::one) found = private_sides.insert(to.step).second || found;
            for (const Way& way : goal.ways) {
                const GraphBox& from = *placed[way.from].box;
                const bool alone = from.side ? private_sides.contains(from.step) : from.who != GraphBox::For::room;
                if (alone) found = private_sides.insert(to.step).second || found;
            }
        }
    }
}

}  // namespace reweave::dialog
