#pragma once
/// \file Where everything stands in a script's picture. Internal to to_dot().

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bot/dialog/graph_boxes.hpp"
#include "bot/dialog/graph_drawing.hpp"

namespace reweave::dialog {

// In points; y grows downwards. Lines of the main boxes stand on multiples of kLine, those of side steps between them,
// so that no two ways run over one another.
inline constexpr int kLine = 14;
inline constexpr int kLane = 254;
inline constexpr int kRoom = 300;
inline constexpr int kGap = 30;              ///< between columns
inline constexpr int kLabels = 172;          ///< beside a column, for the words on its ways
inline constexpr int kTrack = 10;            ///< between ways that run side by side
inline constexpr int kShared = 84;           ///< on the left, for the name of what is shared
inline constexpr int kInset = 10;            ///< of a line that belongs to the one above
inline constexpr std::size_t kLetters = 44;  ///< that fit into a line of a lane

inline constexpr int kTop = 70;  ///< below the title

/// A line of a placed box.
struct PlacedRow {
    const GraphRow* row;
    int y;
};
/// A box with its place. `x` is its middle.
struct Placed {
    const GraphBox* box;
    int lane = 0;  ///< -1: none
    int x = 0, width = 0, top = 0, bottom = 0;
    std::vector<PlacedRow> rows;
    [[nodiscard]] int left() const { return x - width / 2; }
    [[nodiscard]] int right() const { return x + width / 2; }
    [[nodiscard]] int head() const { return top + kLine; }  ///< where ways come in
};

/// A line that leads to another step.
struct Way {
    int y;
    std::size_t from;  ///< index of its box
    const GraphRow* row;
};
/// A step that is gone to. All ways to it share one track.
struct Goal {
    std::vector<Way> ways = {};          ///< from the top
    std::vector<std::size_t> ends = {};  ///< indexes of its first boxes, one for each lane that has it
    int track = 0;
    int top = 0, bottom = 0;  ///< of the track
};

class Layout {
 public:
    explicit Layout(const Script& script);
    Layout(const Layout&) = delete;
    Layout& operator=(const Layout&) = delete;

    std::vector<Placed> placed;             ///< boxes of one step in several lanes follow one another
    std::map<std::string, Goal> goals;      ///< by the id of the step
    std::map<std::string, int> shared;      ///< names of answers that are shared: their tracks
    std::vector<std::vector<Point>> downs;  ///< lines to what comes next
    std::vector<Point> passed_by;           ///< where a lane goes on below a step that is not for it
    std::set<int> private_sides;            ///< side steps to which someone comes alone; the others are of the room
    int lanes = 1;
    int left = 0, right = 0;  ///< of all lanes
    int tracks = 0;

    [[nodiscard]] int middle(int lane) const { return left + kLane / 2 + lane * (kLane + kGap); }
    [[nodiscard]] int centre() const { return (left + right) / 2; }
    [[nodiscard]] bool several() const { return !script_.people.empty(); }
    [[nodiscard]] bool begins_step(const Placed& box) const;

 private:
    /// What comes last in a column, and leads on to what is put below it.
    struct Open {
        int x;
        int bottom;
    };

    Placed& put(const GraphBox& box, int lane, int x, int width, int top);
    void lead_to(const Placed& box, std::optional<Open>& open);
    void pass_by(const GraphBox& box, int lane, int top, std::optional<Open>& open);
    void place_main();
    void place_side();
    void collect_ways();
    void assign_tracks();
    void find_private_sides();
    [[nodiscard]] std::vector<std::size_t> ends_of(int step) const;

    const Script& script_;
    std::vector<GraphBox> boxes_;
};

/// As many letters as a box of this width has in a line.
[[nodiscard]] std::size_t letters_of(int width);
/// The lines of one row: a question may take two.
[[nodiscard]] std::vector<std::string> lines_of(const GraphRow& row, std::size_t letters);

}  // namespace reweave::dialog
