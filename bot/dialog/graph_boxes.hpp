#pragma once
/// \file What stands in the boxes of a script's picture, and who they are for. Internal to to_dot().

#include <string>
#include <vector>

#include "bot/dialog/script.hpp"

namespace reweave::dialog {

/// One line of a box.
struct GraphRow {
    enum class Kind { text, answer, choice, condition, spoken_to, share, show, call, finish } kind = Kind::text;
    std::string text;
    int indent = 0;
    std::string to = {};      ///< id of the step that an arrow leads to from here; empty: none
    std::string way = {};     ///< what is written on that arrow before the step's title
    bool in_vain = false;     ///< IF NOT, IF STUCK: what was hoped for did not come
    std::string answer = {};  ///< of share and show: its name
};
using RowKind = GraphRow::Kind;

/// A step, or the part of one that the same people go through.
struct GraphBox {
    enum class For { one, each, role, room, barrier } who = For::one;
    std::string role;  ///< For::role
    int step = 0;
    std::string title;
    std::vector<GraphRow> rows;  ///< of a barrier its one line
    bool side = false;
    bool goes_on = true;  ///< what stands below comes next
};

/// In the order of the script. A side step is one box, whoever comes there.
[[nodiscard]] std::vector<GraphBox> boxes_of(const Script& script);

/// "heat is 5 or more".
[[nodiscard]] std::string in_words(const Expr& condition);
/// "20 minutes".
[[nodiscard]] std::string in_words(Seconds length);
/// "heat: from 0 to 10".
[[nodiscard]] std::string in_words(const Ask& ask);

}  // namespace reweave::dialog
