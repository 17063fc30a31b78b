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

/// Reads them from the store if they are not among those yet. The text stays as long as `words` does; none if they were
/// deleted.
[[nodiscard]] std::optional<std::string_view> open(OpenWords& words, Store& store, WordsRef ref);

/// The question is shown only if it is still open. `words` saves reading from the store what the caller has at hand.
[[nodiscard]] Message message_of(Workshop workshop,
                                 Session& session,
                                 const EventRecord& record,
                                 const EventBody& body,
                                 TimePoint now,
                                 OpenWords words = {});

/// The person's messages that are newer than `seen`, oldest first; the last 200 at most.
[[nodiscard]] std::vector<Message> messages_after(Workshop workshop,
                                                  Session& session,
                                                  std::int64_t seen,
                                                  TimePoint now);

/// The last `limit` (1 to 200) of those before that number (0: the newest), oldest first.
[[nodiscard]] std::vector<Message> messages_before(
    Workshop workshop, Session& session, std::int64_t before, int limit, TimePoint now);

/// What the line says to that person; empty if there is no such line.
[[nodiscard]] std::string phrase_text(Workshop workshop, const Person& person, const GetPhrase& get);

/// The rooms that are open to the person now.
[[nodiscard]] std::vector<RoomView> open_rooms(Workshop workshop, Session& session, TimePoint now);

}  // namespace reweave::engine
