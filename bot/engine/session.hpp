#pragma once
/// \file What the engine keeps in memory of a person who was active lately: their record, hot row and focused
/// conversation.

#include <algorithm>
#include <list>
#include <unordered_map>
#include <vector>

#include "bot/engine/ports.hpp"
#include "bot/engine/running.hpp"
#include "bot/safety/screen.hpp"

namespace reweave::engine {

struct Session {
    Person person;
    Hot hot;
    RunningPtr focus;      ///< null if their private room is free
    bool leaving = false;  ///< they asked to be erased, which is about to happen
    /// What the safety screen noted and which checks it asked for in the last 24 hours. In memory only: that somebody
    /// may be in danger is not written down beside their name.
    struct Sign {
        safety::Category category;
        safety::Tier tier;
        TimePoint at;
    };
    std::vector<Sign> signs;

    /// Where their private part of the focus stands; null if there is no focus.
    [[nodiscard]] dialog::State* place();
};

/// The sessions used last, at most `capacity` (at least 64). A reference stays good for the next 32 calls of get(): as
/// many as take part in one turn.
class Sessions {
 public:
    Sessions(Store& store, Conversations& conversations, std::size_t capacity)
        : store_(store), conversations_(conversations), capacity_(std::max<std::size_t>(capacity, 64)) {}

    /// Reads the person from the store if need be; null if there is no such person.
    [[nodiscard]] Session* get(PersonId id);
    void forget(PersonId id);
    /// After a rollback nothing here can be trusted.
    void clear();

 private:
    using Entry = std::pair<std::int64_t, Session>;
    Store& store_;
    Conversations& conversations_;
    std::size_t capacity_;
    std::list<Entry> by_use_;  ///< most recent first
    std::unordered_map<std::int64_t, std::list<Entry>::iterator> entries_;
};

}  // namespace reweave::engine
