#pragma once
/// \file What people do on channels: each inbound is taken once, as a turn of its person. One whose turn fails is kept
/// and tried again.

#include <optional>
#include <string>
#include <vector>

#include "bot/engine/devices.hpp"

namespace reweave::engine {

class Inbounds {
 public:
    /// Reads from the store what was kept.
    Inbounds(Desk& desk, Deliveries& deliveries, Devices& devices, TimePoint now);

    /// Deduplicates an inbound, finds its person and takes their turn. `turn` is the inbound's place in the batch. One
    /// whose turn has failed is kept, and its person told plainly if they can be told anything.
    [[nodiscard]] Reply take(const std::string& channel, const Inbound& inbound, const TurnKey& turn);

    /// Takes the turns of those that were kept and are due. After three failed ones an inbound is set aside.
    void retry_kept();
    [[nodiscard]] std::optional<TimePoint> next_retry() const;

    void begin_batch() { kept_before_ = kept_; }
    void undo_batch() { kept_ = kept_before_; }

 private:
    struct Kept {
        InboxRecord record;
        TimePoint next_try;
    };
    [[nodiscard]] Reply::Code take(const Identity& identity, const Inbound& inbound, const TurnKey& turn);
    [[nodiscard]] std::optional<Identity> identity_of(const std::string& channel, const Inbound& inbound);
    [[nodiscard]] std::optional<Identity> author_of(const std::string& channel, const std::string& key);
    [[nodiscard]] Reply::Code repeat();
    [[nodiscard]] Reply::Code take_turn(Session& session,
                                        const Identity& identity,
                                        const Inbound& inbound,
                                        InboxRecord& record);
    void keep(Hot& hot, const Identity& identity, const Inbound& inbound, InboxRecord record);
    void tell_failed(Session& session, const Identity& identity, std::int64_t number);
    void retry(InboxRecord& record);

    Desk& desk_;
    Deliveries& deliveries_;
    Devices& devices_;
    std::vector<Kept> kept_, kept_before_;
};

}  // namespace reweave::engine
