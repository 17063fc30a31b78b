#pragma once
/// \file Frames of the protocol reweave.v1 <-> plain structs. Pure: no socket, no clock, no state.
///
/// What each frame means, and in which order they come, is in reweave.asyncapi.yaml; a test holds the two together.
/// Nothing in an error repeats what a person typed.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bot/engine/messages.hpp"

namespace reweave::server::wire {

inline constexpr std::string_view kSubprotocol = "reweave.v1";
inline constexpr std::size_t kMaxFrameBytes = 16 * 1024;
inline constexpr int kMaxDepth = 32;
inline constexpr std::size_t kMaxTextCharacters = 4000;  ///< Unicode code points
inline constexpr std::size_t kOneLineCharacters = 280;   ///< what a client should allow for a one-line answer
inline constexpr std::size_t kMaxPicks = 64;
inline constexpr int kMaxHistory = 100;
inline constexpr std::int64_t kMaxId = (std::int64_t{1} << 53) - 1;  ///< what every JSON reader keeps exact

// ------------------------------------------------------------------------------------------ client -> server

struct Hello {
    std::int64_t seen = 0;
    std::string token;  ///< empty: a new device, or a browser whose token is its cookie
    std::string language;
    std::string time_zone;
    bool guest = false;  ///< beside the person whose browser it is: with a token of its own
    bool operator==(const Hello&) const = default;
};
struct Text {
    std::int64_t id = 0;
    std::string text;
    std::int64_t room = 0;  ///< 0: in private
    bool operator==(const Text&) const = default;
};
struct Choose {
    std::int64_t id = 0;
    std::string ask;
    std::vector<std::string> picks;
    bool operator==(const Choose&) const = default;
};
struct Seen {
    std::int64_t seq = 0;
    bool operator==(const Seen&) const = default;
};
struct History {
    std::int64_t before = 0;  ///< 0: from the newest
    int limit = 20;
    bool operator==(const History&) const = default;
};
struct Ping {
    bool operator==(const Ping&) const = default;
};
struct MakeCode {
    bool operator==(const MakeCode&) const = default;
};
struct Link {
    std::string code;
    bool operator==(const Link&) const = default;
};
struct Invite {
    std::int64_t conversation = 0;
    std::string role;  ///< empty: the first seat that is free
    bool operator==(const Invite&) const = default;
};
struct Exit {
    bool operator==(const Exit&) const = default;
};

using Frame = std::variant<Hello, Text, Choose, Seen, History, Ping, MakeCode, Link, Invite, Exit>;

enum class Code {
    bad_json,
    bad_type,
    bad_field,
    too_long,
    not_first_hello,
    hello_twice,
    bad_token,
    bad_code,
    too_many_tries,
    stale_ask,
    unknown_ask,
    unknown_room,
    bad_pick,
    id_not_rising,
    ack_ahead,
    rate_limited,
    not_allowed,
    unavailable,
    internal
};
[[nodiscard]] std::string_view name(Code code);

/// A typed refusal: what is wrong, of which message, in which field. `message` is a sentence for the client's author.
struct Error {
    Code code = Code::internal;
    std::string message;
    std::optional<std::int64_t> id = {};
    std::string field = {};
};

/// Reads one text frame: none longer than kMaxFrameBytes, and none any further than to where it nests deeper than
/// kMaxDepth.
/// Fields that this version does not know are passed over, so that newer clients can talk to older servers.
[[nodiscard]] std::variant<Frame, Error> parse(std::string_view frame);

/// Whether this is the form of a device token: 32 bytes in base64url without padding.
[[nodiscard]] bool is_token(std::string_view text);

// ------------------------------------------------------------------------------------------ server -> client

struct Welcome {
    std::int64_t seq = 0;
    std::int64_t person = 0;  ///< their number, by which the operator can export or erase them
    std::string_view token;   ///< shown once to a new device that is not a browser, or to a guest; empty otherwise
    std::string_view readers;
    std::vector<engine::RoomView> rooms = {};  ///< that are open
};

enum class Bye { drain, exit, deleted, replaced };

[[nodiscard]] std::string encode(const Welcome& welcome);
/// `readers`: who can read what is private, as people read it ("Only you").
[[nodiscard]] std::string encode(const engine::Message& message, std::string_view readers);
[[nodiscard]] std::string encode_history(std::span<const engine::Message> messages, std::string_view readers);
[[nodiscard]] std::string encode(const Error& error);
[[nodiscard]] std::string encode_ack(std::int64_t id, bool again);
[[nodiscard]] std::string encode_pong();
/// `conversation`: of the seat; 0 for a code that links a device.
[[nodiscard]] std::string encode_code(std::string_view code, engine::TimePoint expires, std::int64_t conversation = 0);
/// The code was one for a seat.
[[nodiscard]] std::string encode_seat(std::int64_t conversation);
[[nodiscard]] std::string encode_linked();
/// `retry_after`: when to come back; not written if zero.
[[nodiscard]] std::string encode_bye(Bye reason, std::chrono::seconds retry_after = {});

}  // namespace reweave::server::wire
