#pragma once
/// \file A conversation in memory: its record, and where it stands.

#include <memory>
#include <unordered_map>
#include <vector>

#include "bot/dialog/joint.hpp"
#include "bot/engine/ports.hpp"

namespace reweave::engine {

/// What a conversation of several people holds beside its record.
struct Together {
    dialog::JointState state;
    std::vector<Participant> people;  ///< by lane; seats that nobody has are missing
    std::vector<Consent> consents;    ///< oldest first

    /// Null if nobody has that seat.
    [[nodiscard]] Participant* in(int lane);
    /// -1 if they have none.
    [[nodiscard]] int lane_of(PersonId person) const;
    /// The first seat that nobody has, or else one that somebody was asked to take and has not taken; not that of who
    /// began. `role` empty: any. -1: none.
    [[nodiscard]] int free_seat(std::string_view role);
    /// Whether there is such a seat at all, besides that of who began. `role` empty: any.
    [[nodiscard]] bool has_seat(std::string_view role) const;
    [[nodiscard]] dialog::Lane& lane(int index) { return state.lanes[static_cast<std::size_t>(index)]; }
};

struct Running {
    Conversation record;
    dialog::State state;                 ///< of a conversation of one person
    std::unique_ptr<Together> together;  ///< null for a conversation of one person
};
using RunningPtr = std::shared_ptr<Running>;

/// Conversations that are in use, so that all who take part in one work on the same.
class Conversations {
 public:
    explicit Conversations(Store& store) : store_(store) {}

    /// Reads it from the store if need be; null if there is none.
    [[nodiscard]] RunningPtr get(ConversationId id);
    /// One that was just stored.
    void add(const RunningPtr& running);
    /// Somebody who had a seat of it was erased from the store.
    void refresh(ConversationId id);
    /// After a rollback nothing here can be trusted.
    void clear() { together_.clear(); }

 private:
    Store& store_;
    std::unordered_map<std::int64_t, std::weak_ptr<Running>> together_;
};

}  // namespace reweave::engine
