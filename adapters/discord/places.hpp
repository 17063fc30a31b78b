#pragma once
/// \file Who can be reached on Discord and where, and where talks happen there. It is kept in rows of the channel, and
/// says nothing about what anyone said. One thread, the I/O thread.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "bot/engine/messages.hpp"

namespace reweave::discord {

inline constexpr const char* kChannel = "discord";

/// How somebody can be reached.
struct Contact {
    std::string direct = {};   ///< id of the channel between them and the bot; empty: none is known
    bool agreed = false;       ///< they want messages there
    bool quiet = false;        ///< they have asked for no more of them
    bool closed = false;       ///< Discord lets us write there no more, until they do something
    std::string locale = {};   ///< BCP-47
    std::int64_t told = 0;     ///< outbound of which they know that it waits for them; 0: they have come since
    std::int64_t told_at = 0;  ///< milliseconds since 1970
    bool operator==(const Contact&) const = default;
};

/// They can be written to first.
[[nodiscard]] inline bool is_reachable(const Contact& contact) {
    return contact.agreed && !contact.closed && !contact.direct.empty();
}

/// Where a talk is said on Discord.
struct TalkPlace {
    std::string guild = {};
    std::string channel = {};  ///< its threads are below it; of a group: the group
    bool group = false;        ///< a group of people without a server, where the bot has no voice but its answers
    std::string thread = {};   ///< server: where it is said between rounds; empty: not made yet
    std::string round = {};    ///< that the newest thread is for
    std::string round_thread = {};
    std::string now = {};                  ///< of these two, where it was said last
    std::vector<std::string> people = {};  ///< who was let into the thread
    std::vector<std::string> in_round = {};
    bool lost = false;  ///< it can be said there no more
    bool operator==(const TalkPlace&) const = default;
};

/// A call to a circle that stands in a channel of a server.
struct CircleCall {
    std::string keeper;
    std::string guild;
    std::string channel;
    std::int64_t talk = 0;  ///< 0: the keeper is not that far yet
    bool operator==(const CircleCall&) const = default;
};

class Places {
 public:
    void restore(const std::vector<engine::ChannelRow>& rows);

    [[nodiscard]] Contact contact(const std::string& user) const;
    [[nodiscard]] engine::ChannelRow save(const std::string& user, Contact contact);
    /// Saves it if it is another than before, with its row in the batch; and tells the engine whether they can be
    /// written to, if that is another.
    void keep(const std::string& user, Contact contact, engine::Batch& batch);
    /// The row that says that nothing is known of them any more.
    [[nodiscard]] engine::ChannelRow forget(const std::string& user);
    /// Whose channel that is; empty: nobody's.
    [[nodiscard]] std::string user_of(const std::string& direct) const;

    /// Null if it has no place on Discord.
    [[nodiscard]] const TalkPlace* talk(engine::ConversationId talk) const;
    [[nodiscard]] engine::ChannelRow save(engine::ConversationId talk, TalkPlace place);
    /// What is said in that thread or group; none if it is no talk's.
    [[nodiscard]] engine::ConversationId talk_in(const std::string& channel) const;
    [[nodiscard]] const std::map<std::int64_t, TalkPlace>& talks() const { return talks_; }

    /// By the message that calls; null if there is none.
    [[nodiscard]] const CircleCall* circle(const std::string& message) const;
    [[nodiscard]] engine::ChannelRow save(const std::string& message, CircleCall call);

    /// What is gone with that channel, thread or server: the rows that say so.
    [[nodiscard]] std::vector<engine::ChannelRow> lose(const std::string& id);

    [[nodiscard]] std::size_t contacts() const { return contacts_.size(); }
    [[nodiscard]] std::vector<std::string> users() const;
    [[nodiscard]] std::size_t closed() const;

 private:
    std::map<std::string, Contact> contacts_;
    std::map<std::string, std::string> users_;  ///< by the direct channel
    std::map<std::int64_t, TalkPlace> talks_;
    std::map<std::string, std::int64_t> talks_in_;  ///< by thread or group
    std::map<std::string, CircleCall> calls_;
};

}  // namespace reweave::discord
