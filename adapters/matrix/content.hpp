#pragma once
/// \file From a message to the contents of the m.room.message events that show it.
///
/// Pure, from any thread. `body` is always the whole message as plain text; `formatted_body` is built from p, br,
/// strong, em, ol, ul, li, blockquote and a (https only) with every word escaped.

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adapters/common/lines.hpp"

namespace reweave::matrix {

constexpr std::size_t kBodyBytes = 16'000;
/// Of body and formatted_body as they stand in the JSON. With the rest it stays below the 65536 bytes of an event even
/// after encryption, which makes a third more of it.
constexpr std::size_t kWordsBytes = 36'000;

struct Thread {
    std::string root;      ///< id of an event without a relation of its own
    std::string reply_to;  ///< newest event of the thread, for clients without threads; empty: the root
};

struct Options {
    text::Reader reader = {};
    bool notice = false;                     ///< m.notice, which rings nobody, instead of m.text
    bool bubble_each = false;                ///< one event for each bubble instead of one for all
    std::vector<std::string> mentions = {};  ///< user ids to be rung, by the last event
    std::optional<Thread> thread = {};
    /// Id of the event that the first content replaces, which rings nobody anew; what does not fit into it follows in
    /// messages of their own.
    std::string replaces = {};
    std::string ask_for = {};  ///< whose answer is asked for, where several read it; stands before the choices
};

/// In the order in which they are to be sent; none if there is nothing to show. Pictures and recordings are shown by
/// their text alone.
[[nodiscard]] std::vector<nlohmann::json> contents_of(const engine::Message& message, const Options& options = {});

}  // namespace reweave::matrix
