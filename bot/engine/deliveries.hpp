#pragma once
/// \file What goes out to people: to the connections of those who are here, and to channels that report how it fared.

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bot/engine/desk.hpp"
#include "bot/engine/posts.hpp"

namespace reweave::engine {

class Deliveries {
 public:
    explicit Deliveries(Desk& desk) : desk_(desk) {}

    /// Writes the turns, and puts out what they say.
    /// \param due whose check-in it is: if they cannot be written to where they were last, and are not at the page, it
    /// goes to where they can
    void publish(Turns& turns, PersonId due = {});
    /// A channel tells how an outbound fared.
    void note(const Delivered& delivered);
    /// Everything that the channel has not delivered; what cannot be read any more stays where it is.
    void send_again(const std::string& channel);
    /// Since when the oldest waits that no channel has confirmed; 0: there is none.
    [[nodiscard]] TimePoint oldest_unsent() const { return unsent_.empty() ? TimePoint{} : unsent_.begin()->second; }

    /// So many connections of that person more, or less.
    void arrive(PersonId person, int change);
    /// Nobody of that number is here any more.
    void forget(PersonId person) { present_.erase(person.value); }

    void begin_batch() { arrivals_.clear(); }
    /// Who is here is not durable, but a batch that is run again must not count it twice.
    void undo_batch();

 private:
    [[nodiscard]] std::optional<Identity> sent_to(const Session& session);
    [[nodiscard]] std::optional<Identity> reached_at(const Session& session);
    void post(Post post);
    void send(const OutboxRecord& record, const Identity& identity, Message message);
    void send_again(const OutboxRecord& record);
    void give_up(OutboxRecord record);
    [[nodiscard]] std::vector<std::string> accounts_in(ConversationId conversation, const std::string& channel);
    void count(PersonId person, int change);

    Desk& desk_;
    std::unordered_map<std::int64_t, int> present_;   ///< person -> connections
    std::vector<std::pair<PersonId, int>> arrivals_;  ///< changes of presence in this batch
    std::map<std::int64_t, TimePoint> unsent_;        ///< outbox -> since when; ids rise with time
};

}  // namespace reweave::engine
