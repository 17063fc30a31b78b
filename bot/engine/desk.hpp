#pragma once
/// \file What requests are handled with: what the engine has in memory of the store, and what the open batch puts out.

#include <vector>

#include "bot/engine/failed_turns.hpp"
#include "bot/engine/identities.hpp"
#include "bot/engine/turn.hpp"

namespace reweave::engine {

struct Desk {
    Desk(Store& store_port, CoreOptions core_options)
        : store(store_port),
          options(std::move(core_options)),
          library(store, options.known),
          sessions(store, conversations, options.cached_people),
          identities(store, options.cached_people) {}
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;

    Store& store;
    const CoreOptions options;
    Library library;
    Conversations conversations{store};
    Sessions sessions;
    Identities identities;
    CoreCounters counters;
    FailedTurns failed{counters.failed_turns};  ///< of the batch
    TimePoint now{};                            ///< of the batch
    std::vector<Output> outputs;                ///< of the batch, in order

    [[nodiscard]] Workshop workshop() { return {store, library, conversations, options}; }
    [[nodiscard]] Turns turns() { return {workshop(), sessions, now, counters.stopped}; }

    /// Nothing of the batch has happened.
    void rollback() {
        store.rollback();
        sessions.clear();
        conversations.clear();
        identities.clear();
        library.reload();
    }
};

/// A reply that says no more than that.
[[nodiscard]] inline Reply refusal(Reply::Code code) {
    Reply reply;
    reply.code = code;
    return reply;
}

}  // namespace reweave::engine
