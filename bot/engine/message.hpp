#pragma once
/// \file A stored event as its person reads it.

#include <map>
#include <string>

#include "bot/engine/core.hpp"
#include "bot/engine/event_body.hpp"
#include "bot/engine/library.hpp"
#include "bot/engine/session.hpp"

namespace reweave::engine {

/// What turns work with; outlives them.
struct Workshop {
    Store& store;
    Library& library;
    Conversations& conversations;
    const CoreOptions& options;
};

[[nodiscard]] const dialog::LanguagePack& pack_for(const Person& person, const CoreOptions& options);

/// Words by id, opened already.
using OpenWords = std::map<std::int64_t, std::string>;

/// The question is shown only if it is still open. `words` saves reading from the store what the caller has at hand.
[[nodiscard]] Message message_of(Workshop workshop,
                                 Session& session,
                                 const EventRecord& record,
                                 const EventBody& body,
                                 TimePoint now,
                                 OpenWords words = {});

/// What the line says to that person; empty if there is no such line.
[[nodiscard]] std::string phrase_text(Workshop workshop, const Person& person, const GetPhrase& get);

/// The rooms that are open to the person now.
[[nodiscard]] std::vector<RoomView> open_rooms(Workshop workshop, Session& session, TimePoint now);

}  // namespace reweave::engine
