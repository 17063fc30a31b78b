#pragma once
/// \file What came encrypted in an answer of /sync, put back in its place as it was written. What cannot be read yet is
/// kept for a day, and read when its key comes; after a minute its sender is told once. One thread, the I/O thread.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "adapters/matrix/rooms.hpp"
#include "bot/deps/asio.hpp"

namespace reweave::matrix {

class Decryption {
 public:
    /// As Encryption::decrypt.
    using Decrypt = std::function<Awaitable<nlohmann::json>(std::string room, nlohmann::json event)>;

    /// `strict`: in encrypted rooms nothing counts that is not encrypted.
    /// `look_at` gets what is about a verification and not encrypted.
    using LookAt = std::function<Awaitable<void>(std::string room, nlohmann::json event)>;
    Decryption(Ourselves us, bool strict, const Rooms& rooms, Decrypt decrypt, LookAt look_at)
        : us_(std::move(us)),
          strict_(strict),
          rooms_(rooms),
          decrypt_(std::move(decrypt)),
          look_at_(std::move(look_at)) {}

    void restore(const std::vector<engine::ChannelRow>& rows);

    struct Reading {
        bool first = false;                 ///< the account's first sync: everything in it is history
        std::int64_t now = 0;               ///< milliseconds since 1970
        std::int64_t server_now = 0;        ///< the same by the clock of the homeserver; 0: not known
        std::vector<std::string> new_keys;  ///< sessions whose key has come
    };
    /// What is to be stored and done with the sync.
    struct Came {
        std::vector<engine::ChannelRow> rows;
        std::vector<Task> tasks;  ///< lines to people; stand among the rows, too
        std::vector<std::string> reports;
    };
    /// Changes the events of `sync` and `missed` ({room: [event …]}, of the gaps before it); what was kept and can be
    /// read now is put before them.
    [[nodiscard]] Awaitable<Came> read(nlohmann::json& sync, nlohmann::json& missed, const Reading& reading);

    /// When the next line is due, in milliseconds since 1970; the end of time if none is.
    [[nodiscard]] std::int64_t next_due() const;
    /// Events that nobody could read, by cause; since the start.
    [[nodiscard]] const std::map<std::string, std::uint64_t>& unreadable() const { return unreadable_; }

    static constexpr std::string_view kHeldRow = "unread:";
    static constexpr std::string_view kSessionRow = "session:";

 private:
    /// An event that cannot be read yet.
    struct Held {
        std::string room, sender, session, cause;
        std::string event;       ///< as it came, JSON
        std::int64_t since = 0;  ///< milliseconds since 1970
        std::int64_t order = 0;  ///< in which they came
        bool said = false;       ///< its sender was told
    };
    /// Which messages of a session were heard: those up to `last` whose bit is set, counted back from it. Another event
    /// with the same number is a replay.
    struct Heard {
        std::int64_t last = -1;
        std::uint64_t bits = 0;
    };
    enum class Result { read, held, dropped };
    [[nodiscard]] Awaitable<Result> open(const std::string& room,
                                         nlohmann::json& event,
                                         Came& came,
                                         std::string& cause);
    [[nodiscard]] Awaitable<void> open_all(const std::string& room,
                                           nlohmann::json& events,
                                           const Reading& reading,
                                           Came& came);
    /// By room, in the order in which they came.
    using Late = std::map<std::string, nlohmann::json>;
    [[nodiscard]] Awaitable<Late> try_again(const Reading& reading, Came& came);
    void hold(const std::string& room,
              const nlohmann::json& event,
              const std::string& cause,
              const Reading& reading,
              Came& came);
    void drop_plain(const std::string& room, nlohmann::json& event, Came& came);
    void take_back(const std::string& room, const nlohmann::json& event, Came& came);
    void tell(const std::string& id, const Held& told, Came& came);
    [[nodiscard]] bool is_for_us(const std::string& room, const std::string& sender) const;
    [[nodiscard]] bool first_time(const std::string& session, std::int64_t index, Came& came);
    static engine::ChannelRow row(const std::string& id, const Held& held);

    Ourselves us_;
    bool strict_;
    const Rooms& rooms_;
    Decrypt decrypt_;
    LookAt look_at_;
    std::map<std::string, Held> held_;  ///< by event id
    std::map<std::string, Heard> heard_;
    std::map<std::string, std::uint64_t> unreadable_;
    std::int64_t next_order_ = 0;
    bool all_again_ = false;  ///< after a start: keys may have come that we did not hear of
};

}  // namespace reweave::matrix
