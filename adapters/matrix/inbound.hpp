#pragma once
/// \file From one event of a room's timeline, as a homeserver sends it, to what the adapter acts on.
///
/// Pure, from any thread. Nothing in an event is trusted: whatever is missing or of another type than it should be
/// counts as not there, and what has no sense without it is of the kind other. Nothing is thrown.

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace reweave::matrix {

constexpr std::size_t kTextBytes = 65'536;

/// The account of the bot.
struct Ourselves {
    std::string user_id;
    std::string name;  ///< shown in the room; may be empty
};

struct RoomEvent {
    enum class Kind {
        text,
        emote,
        notice,    ///< of another bot, also as an edit: never to be answered
        media,     ///< picture, sound, film, file, place, sticker
        reaction,  ///< `text` is its key, digits as "1" to "10"; `target` what it is put on
        edit,      ///< `text` is what `target` says from now on
        redaction,
        member,
        encrypted,
        tombstone,  ///< `target` is the id of the room that takes the place of this one, if it names one
        power,
        other
    };
    struct Member {
        std::string user;
        std::string membership;
        bool is_direct = false;
        bool operator==(const Member&) const = default;
    };
    Kind kind = Kind::other;
    std::string event_id;
    std::string sender;
    std::string type;
    /// At most 64 KiB, without what a reply quotes and without a mention of us that it begins with.
    std::string text;
    std::string
        target;  ///< event that it edits, takes back, reacts or (in so many words, not only by its thread) replies to
    std::string thread_root;
    bool mentions_us = false;
    std::int64_t origin_server_ts = 0;  ///< milliseconds, as the sender's server says; 0: not known
    std::string membership;             ///< what we were in the room when it was sent; empty: the server does not tell
    std::optional<Member> member;       ///< what an event of the kind member changes
    std::string transaction_id;         ///< ours, if we sent it
};

[[nodiscard]] RoomEvent parse_event(const nlohmann::json& event, const Ourselves& us);

/// The key of a reaction as text: "1" for 1️⃣ in all its forms, without the sign that asks for the coloured form of
/// an emoji.
[[nodiscard]] std::string reaction_text(std::string_view key);

}  // namespace reweave::matrix
