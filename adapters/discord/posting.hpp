#pragma once
/// \file From what the engine sends to messages on Discord, each in the place where it is to be read. One thread, the
/// I/O thread.
///
/// Where the bot has a voice of its own (a direct chat, a thread), a message carries a nonce that comes from the
/// outbox, and Discord makes one message of two tries. Elsewhere it fills in the answer to an interaction, which is one
/// message however often it is filled in; if there is none to be had, it waits until somebody does something.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/common/chores.hpp"
#include "adapters/discord/shared.hpp"
#include "adapters/discord/threads.hpp"

namespace reweave::discord {

struct PostingCounters {
    std::uint64_t sent = 0;
    std::uint64_t refused = 0;
    std::uint64_t pointed = 0;  ///< were said on the page, and here only that there is something
};

class Posting {
 public:
    Posting(asio::io_context& io, Shared& shared);
    Posting(const Posting&) = delete;
    Posting& operator=(const Posting&) = delete;

    /// `again`: it may have been sent before a restart.
    void deliver(engine::Send send, bool again);
    /// Says it as the answer of that interaction, in which nothing else is said.
    void answer(SlotPtr slot, Note note);
    /// Behind what waits for its user: if the interaction has no answer by then, this is it.
    void answer_silence(SlotPtr slot, Note note);
    /// Into their direct chat, as an answer to the message `to`.
    void write(const std::string& user, const std::string& to, Note note);
    /// To somebody who has turned to the bot where others read, once an hour in a channel: where it can be talked to.
    void reply(const std::string& user, const std::string& channel, const std::string& to);
    [[nodiscard]] bool has(const std::string& key) const { return chores_.has(key); }
    /// Somebody is here again: what waited for them is tried now.
    void hurry(const std::string& key) { chores_.hurry(key); }

    [[nodiscard]] std::size_t waiting() const { return chores_.size(); }
    [[nodiscard]] const PostingCounters& counters() const { return counters_; }

    /// One worker; several run at once. Ends after stop().
    [[nodiscard]] Awaitable<void> work();
    void stop() { chores_.stop(); }

 private:
    using Again = std::chrono::milliseconds;  ///< try again after so long; zero: it is done, or can never be
    struct Item {
        std::optional<engine::Send> send = {};
        Note note = {};
        SlotPtr slot = {};  ///< that the note answers
        std::string user = {};
        bool again = false;
        std::string channel = {};  ///< of a note: where it is said without an interaction
        std::string to = {};       ///< the message that it answers
    };
    void add(std::string key, SlotPtr slot, Note note);
    [[nodiscard]] Awaitable<Again> carry_out(const Item& item, int lost);
    [[nodiscard]] Awaitable<void> put_in_links(engine::Send& send);
    [[nodiscard]] Awaitable<Again> say_in_thread(const engine::Send& send, const Item& item, int lost);
    [[nodiscard]] Awaitable<Again> say_in_group(const engine::Send& send, const TalkPlace& place);
    [[nodiscard]] Awaitable<Again> say_privately(const engine::Send& send, const Item& item, int lost);
    [[nodiscard]] Awaitable<Again> say_directly(const engine::Send& send, const Item& item, int lost);
    [[nodiscard]] Awaitable<Again> say_in_slot(const engine::Send& send, SlotPtr slot);
    [[nodiscard]] Awaitable<Again> point(const engine::Send& send, int lost);
    /// They were told of it, or within the last hours that something waits.
    [[nodiscard]] bool knows_of(const engine::Send& send) const;
    [[nodiscard]] Awaitable<void> note_told(const engine::Send& send);
    [[nodiscard]] Awaitable<Again> write_that_it_waits(const engine::Send& send, int lost);
    [[nodiscard]] Awaitable<Again> answer_with_note(const Item& item, int lost);
    [[nodiscard]] Awaitable<Again> write_note(const Item& item, int lost);
    [[nodiscard]] Awaitable<Page> page_of_note(std::string user, Note note, bool alone);
    /// The message that says it already; empty: none. `in_answers`: only among answers to interactions.
    [[nodiscard]] Awaitable<std::string> standing(std::string channel,
                                                  const engine::Send& send,
                                                  Page page,
                                                  bool in_answers);
    /// Posts them in order, as the pages from `number` on; the id of the first message in `id`, if that is empty.
    [[nodiscard]] Awaitable<Answer> post(std::string channel,
                                         const engine::Send& send,
                                         const std::vector<Page>& pages,
                                         std::size_t number,
                                         bool again,
                                         std::string& id);
    [[nodiscard]] Awaitable<Again> fared(const engine::Send& send, const Answer& answer, int lost, std::string id);
    [[nodiscard]] Awaitable<void> tell(const engine::Send& send, bool sent, std::string id, std::string why);
    [[nodiscard]] Awaitable<void> keep(const engine::Send& send, Contact contact);
    [[nodiscard]] bool reaches_directly(const std::string& user) const;
    [[nodiscard]] bool is_alone_in(const engine::Send& send) const;

    Shared& shared_;
    Threads threads_;
    Chores<Item> chores_;
    std::map<std::int64_t, std::string> stands_as_;  ///< by event: the message, as long as the engine may not know it
    std::map<std::string, MonotonicClock::time_point> replied_;  ///< by channel
    PostingCounters counters_;
};

}  // namespace reweave::discord
