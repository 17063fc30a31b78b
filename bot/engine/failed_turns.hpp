#pragma once
/// \file Turns of a batch that threw, which is a rare fault of ours. The whole batch is then rolled back and run again
/// without that turn: the same as a savepoint around each turn, at no cost for the turns that do not throw.

#include <cstdint>
#include <exception>
#include <set>

#include "bot/engine/ports.hpp"

namespace reweave::engine {

/// Which turn of the batch it is: the same one whenever the batch runs again.
struct TurnKey {
    enum class Of {
        request,
        inbound,
        telling,  ///< that a turn failed
        timer,
        retry,
        outbound,
        parting
    } of;
    std::int64_t id;         ///< of a request and its inbounds: its place in the batch
    std::int64_t index = 0;  ///< of an inbound in its request
    auto operator<=>(const TurnKey&) const = default;
};

/// Thrown through a batch.
struct TurnFailed {
    TurnKey turn;
};

class FailedTurns {
 public:
    /// Counts them there.
    explicit FailedTurns(std::uint64_t& count) : count_(count) {}

    [[nodiscard]] bool contains(const TurnKey& turn) const { return turns_.contains(turn); }
    void add(const TurnKey& turn) { turns_.insert(turn); }
    void clear() { turns_.clear(); }
    /// Takes the turn. \throws TurnFailed instead of what it throws itself, but for StoreError.
    template <class Take>
    auto attempt(const TurnKey& turn, Take take) {
        try {
            return take();
        } catch (const StoreError&) {
            throw;
        } catch (const std::exception&) {
            ++count_;
            throw TurnFailed{turn};
        }
    }

 private:
    std::set<TurnKey> turns_;
    std::uint64_t& count_;
};

}  // namespace reweave::engine
