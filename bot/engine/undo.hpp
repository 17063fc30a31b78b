#pragma once
/// \file Answers that are edited or deleted where they were written, on a channel where that can be done.

#include <optional>

#include "bot/engine/turn.hpp"

namespace reweave::engine {

/// What takes this text back, to be stored with `event` once its turn is written. None if it is not an answer in
/// private that nothing but the script has to do with.
[[nodiscard]] std::optional<UndoRecord> undo_for(Store& store,
                                                 const Session& session,
                                                 const Inbound& inbound,
                                                 TimePoint now);

/// Notes with the inbound what was typed in that turn: it may be deleted later. Does nothing for one that is not listed
/// (id 0).
void remember_words(Store& store, const Session& session, const Turn& turn, InboxRecord& record);

/// An inbound that was edited or withdrawn. While the answer is the newest thing that happened to the person, and for
/// ten minutes, the conversation goes back to before it. Later a deleted one is only forgotten, and to an edit the turn
/// says that it comes too late.
/// \returns what takes the edited answer back in its turn.
[[nodiscard]] std::optional<UndoRecord> change_answer(
    Store& store, Session& session, const Identity& identity, const Inbound& inbound, Turn& turn, TimePoint now);

}  // namespace reweave::engine
