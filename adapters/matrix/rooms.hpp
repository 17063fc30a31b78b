#pragma once
/// \file The rooms of the account, and what an answer of /sync means for them. Pure: no network, no clock.
///
/// What is known of a room is one row (engine::ChannelRow) that is stored together with what was done in it, so a crash
/// leaves no room half known. Nothing in a room's events is trusted (inbound.hpp).

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adapters/matrix/inbound.hpp"
#include "bot/engine/messages.hpp"
#include "bot/safety/screen.hpp"

namespace reweave::matrix {

inline constexpr std::string_view kChannel = "matrix";
inline constexpr std::int64_t kMinute = 60'000;  ///< milliseconds
/// A "hi" that was typed before we had joined is answered if it is not older (milliseconds).
inline constexpr std::int64_t kBeforeJoin = 10 * kMinute;

/// Whose invitations are accepted.
struct InvitePolicy {
    enum class From { nobody, allowed, same_server, anyone } from = From::nobody;
    std::vector<std::string> allowed = {};  ///< user ids, or ":example.org" for everyone of that server
    int per_hour = 10;                      ///< of one person
    int rooms = 5000;                       ///< joined in all

    [[nodiscard]] bool accepts(const std::string& inviter, const std::string& us) const;
};

struct Room {
    enum class Kind {
        unknown,
        direct,              ///< one person and the bot
        talk,                ///< what a conversation of several people says together
        group                ///< several people; the bot speaks when it is spoken to
    } kind = Kind::unknown;  ///< stored by name
    enum class Stage { invited, joined, left, replaced } stage = Stage::joined;
    std::string user;                 ///< direct: whose; invited: who invited
    engine::ConversationId talk;      ///< whose room it is
    std::string thread;               ///< root of the thread in which it was said last; empty: the main timeline
    std::vector<std::string> people;  ///< those who take part in the talk, by user id
    bool provisional = false;         ///< brought for a talk whose people have not come together yet
    std::string round;                ///< talk in a group: the round that the thread is for
    std::string prompt;               ///< our newest event that asks something
    std::string answered;             ///< the prompt that a reaction answered ...
    std::string reaction;             ///< ... that reaction
    std::string last_reaction;        ///< ... and the newest one in its place
    std::string successor;            ///< replaced: the room that took its place
    std::string predecessor;          ///< invited or joined: the room whose place it takes
    bool encrypted = false;           ///< once true, for good
    bool muted = false;               ///< our power does not reach for a message
    bool noticed = false;             ///< group: has been told who reads along
    bool ours = false;                ///< made by us
    bool aside = false;               ///< direct: they talk to us in another room now
    bool operator==(const Room&) const = default;
};

[[nodiscard]] std::string to_text(const Room& room);
/// A room about which nothing is known if the text is not one.
[[nodiscard]] Room room_from_text(const std::string& text);

/// Something that must be done at the homeserver, and is still to be done after a crash.
struct Task {
    enum class Kind {
        join,     ///< `room`, by way of the server of `user`
        leave,    ///< `room`, saying `text`
        say,      ///< the phrase `text` in `room`, in the language of `user`
        invite,   ///< `user` into `room`
        here,     ///< `user` wants their talk to happen in `room`
        in,       ///< `user` wants to take part in the talk of `room`
        browser,  ///< a link with which `user` goes on in the browser, into `room`
        link      ///< a link with which somebody can join `user`, into `room`
    } kind = Kind::say;
    std::string id;  ///< of the event that it comes of: the same task twice is one
    std::string room, user, text;
    std::string thread;
    bool operator==(const Task&) const = default;
};
[[nodiscard]] std::string to_text(const Task& task);
[[nodiscard]] std::optional<Task> task_from_text(const std::string& id, const std::string& text);

/// What one answer of /sync comes to.
struct Heard {
    std::vector<engine::Inbound> inbounds;
    std::vector<engine::ChannelRow> rows;
    std::vector<Task> tasks;                      ///< stand among the rows, too
    std::map<std::string, std::string> receipts;  ///< room -> newest event that was taken
    std::vector<std::string> left;                ///< rooms that we are out of now
    std::vector<std::string> freed;               ///< rooms in which we may speak again
    std::vector<std::string> exposed;             ///< others read there now: what is not for them goes elsewhere
    std::vector<std::pair<std::string, std::string>> replaced;  ///< room -> the one that took its place
    std::vector<std::string> reports;                           ///< for the operator's log; no contents
};

class Rooms {
 public:
    Rooms(Ourselves us, InvitePolicy policy, bool can_encrypt);

    void restore(const std::vector<engine::ChannelRow>& rows);

    /// Rooms whose timeline in this answer has a gap before it, with the token up to which events are missing.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> gaps(const nlohmann::json& sync) const;

    struct Reading {
        bool first = false;                      ///< the account's first sync: everything in it is history
        std::int64_t now = 0;                    ///< milliseconds since 1970 by the server's clock; 0: not known
        const nlohmann::json* missed = nullptr;  ///< {room: [event …]} that stood in gaps; may be null
    };
    [[nodiscard]] Heard read(const nlohmann::json& sync, const Reading& reading);

    [[nodiscard]] const Room* find(const std::string& id) const;
    /// Changes what is known of a room; the row that stores it.
    [[nodiscard]] engine::ChannelRow save(const std::string& id, Room room);
    /// A message that asks something is on its way, in transactions that begin with `letter`.
    void asks(const std::string& letter) { asking_[letter].clear(); }
    /// It has arrived as that event, or it never will if there is none. The row that notes it, unless it was read
    /// already.
    [[nodiscard]] std::optional<engine::ChannelRow> asked(const std::string& letter,
                                                          const std::string& room,
                                                          const std::string& event);
    /// Where what is private to that person is said; empty if they have no such room with us.
    [[nodiscard]] std::string direct_room(const std::string& user) const;
    /// Where that conversation is said; empty if there is none.
    [[nodiscard]] std::string talk_room(engine::ConversationId talk) const;
    /// It is encrypted, and we can neither read nor write there.
    [[nodiscard]] bool is_deaf_in(const Room& room) const { return room.encrypted && !can_encrypt_; }
    [[nodiscard]] std::size_t joined() const;
    [[nodiscard]] const std::map<std::string, Room>& all() const { return rooms_; }

    /// True in an event that came encrypted and was read.
    static constexpr const char* kWasSealed = "reweave.sealed";
    static constexpr std::string_view kRoomRow = "room:";
    static constexpr std::string_view kTaskRow = "task:";

 private:
    struct Place;
    void read_invite(const std::string& id, const nlohmann::json& invite, const Reading& reading, Heard& heard);
    void read_joined(const std::string& id, const nlohmann::json& joined, const Reading& reading, Heard& heard);
    void read_left(const std::string& id, const nlohmann::json& left, const Reading& reading, Heard& heard);
    void read_state(Place& place, const nlohmann::json& raw);
    void read_event(Place& place, const nlohmann::json& raw);
    void read_member(Place& place, const RoomEvent& event);
    void read_text(Place& place, const RoomEvent& event);
    [[nodiscard]] bool read_command(Place& place, const RoomEvent& event);
    void read_reaction(Place& place, const RoomEvent& event);
    void stop_talk(Place& place, const std::string& event_id);
    void look_who_reads(Place& place, const nlohmann::json& joined);
    void not_alone(Place& place, const std::string& event_id);
    void comes_in(Place& place, const RoomEvent& event);
    void leaves_us(const std::string& user, const std::string& event_id, Heard& heard);
    void talks_here(Place& place);
    [[nodiscard]] static bool is_theirs(const Place& place, const RoomEvent& event);
    void add_inbound(Place& place, engine::Inbound inbound);
    void add_task(Heard& heard, Task task);
    void decline(const std::string& id, const std::string& why, Heard& heard);
    [[nodiscard]] bool is_machine(const std::string& room, std::int64_t at);

    Ourselves us_;
    InvitePolicy policy_;
    bool can_encrypt_;
    std::map<std::string, Room> rooms_;
    std::map<std::string, std::string> asking_;  ///< letter -> its newest event that was read
    /// To see that it is no person who answers us: by room.
    struct Pace {
        std::int64_t spoke = 0;  ///< when we spoke last, by the server's clock
        int quick = 0;           ///< texts in a row that came faster after it than anybody reads
    };
    std::map<std::string, Pace> paces_;
    std::map<std::string, std::deque<std::int64_t>> invites_;  ///< person -> when they invited us lately
};

}  // namespace reweave::matrix
