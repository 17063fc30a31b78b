#pragma once
/// \file One connection as the protocol sees it: hello, then messages, until it ends. No socket, no clock.
///
/// At most kMaxUnanswered requests of a connection are at the engine; until one is answered the connection is not read
/// from, so that a client which is ahead of the bot is slowed by its own socket.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bot/server/addresses.hpp"
#include "bot/server/hub.hpp"
#include "bot/server/wire.hpp"

namespace reweave::server {

enum class CloseCode : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    not_text = 1003,
    bad_payload = 1007,
    policy = 1008,
    too_big = 1009,
    overloaded = 1013
};

/// What a peer asks of its socket. None of it may call back into the peer.
class Link {
 public:
    virtual ~Link() = default;
    /// Queues a frame. False: it does not fit, the other side does not read.
    [[nodiscard]] virtual bool send(std::string frame) = 0;
    /// Closes after what was queued.
    virtual void end(CloseCode code) = 0;
    /// Closes at once; what was queued is lost.
    virtual void abandon(CloseCode code) = 0;
    /// The peer can be read from again.
    virtual void resume() = 0;
    /// Hello was said in time.
    virtual void greeted() = 0;
};

/// What is known of a connection before it says anything.
struct Caller {
    std::string cookie_handle;  ///< of a browser: hash of the token in its cookie
    bool cookie_is_new = false;
    bool browser = false;           ///< it named an origin, so its token is the cookie and nothing else
    AddressUse* address = nullptr;  ///< not null
};

class Peer {
 public:
    static constexpr std::size_t kMaxUnanswered = 8;
    static constexpr std::size_t kHelloSlot = kMaxUnanswered;  ///< a hello, which is never one of those

    Peer(Hub& hub, Link& link, Caller caller, Now now);
    ~Peer();
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    /// One text frame, not longer than wire::kMaxFrameBytes. Only while may_read().
    void on_text(std::string_view text, Now now);
    void on_binary();
    /// No hello within the time for it.
    void on_silence();

    /// False while answers are owed to it, and after the end.
    [[nodiscard]] bool may_read() const;
    [[nodiscard]] bool ended() const { return stage_ == Stage::ended; }

    /// Says goodbye, and ends once everything that was asked is answered.
    void drain(std::chrono::seconds retry_after);

 private:
    friend class Hub;
    enum class Stage : std::uint8_t { silent, greeting, ready, linking, ended };
    enum class Kind : std::uint8_t { none, hello, message, history, code, link, invite, exit };
    struct Asked {
        Kind kind = Kind::none;
        std::int64_t id = 0;
        Now at{};
    };

    [[nodiscard]] bool welcomed() const;
    void on(wire::Hello& frame, Now now);
    void on(wire::Text& frame, Now now);
    void on(wire::Choose& frame, Now now);
    void on(wire::Seen& frame, Now now);
    void on(wire::History& frame, Now now);
    void on(wire::Ping& frame, Now now);
    void on(wire::MakeCode& frame, Now now);
    void on(wire::Link& frame, Now now);
    void on(wire::Invite& frame, Now now);
    void on(wire::Exit& frame, Now now);

    // called by the hub
    void on_reply(std::size_t slot, engine::Reply& reply, Now now);
    void on_message(const engine::Message& message, const std::string& frame);
    void on_close(engine::Close::Why why, Now now);
    void resumed();

    void answer(Kind kind, const engine::Reply& reply);
    void answer_hello(engine::Reply& reply, Now now);
    void answer_message(std::int64_t id, engine::Reply::Code code);
    void answer_link(const engine::Reply& reply, Now now);
    void answer_invite(const engine::Reply& reply, std::int64_t conversation);
    void refuse_hello();
    void say_hello(Now now);
    void inbound(engine::Inbound inbound, Now now);
    [[nodiscard]] bool within_rates(std::optional<std::int64_t> id, Now now);
    void ask(Kind kind, std::int64_t id, engine::RequestBody body, Now now);
    void send(std::string frame);
    void refuse(wire::Error error);
    void leave_for_good(wire::Bye reason);
    void goodbye(wire::Bye reason);
    void end(CloseCode code);

    Hub& hub_;
    Link& link_;
    AddressUse& address_;
    std::uint64_t number_;
    engine::IdentityId identity_;
    engine::PersonId person_;
    std::int64_t sent_ = 0;  ///< newest message that was sent
    std::string handle_;
    std::string new_token_;  ///< to be shown in welcome
    std::string language_, time_zone_;
    TokenBucket frames_;
    std::array<Asked, kMaxUnanswered + 1> asked_{};
    std::int64_t seen_ = 0;  ///< newest message that the device says it has
    Stage stage_ = Stage::silent;
    std::uint8_t unanswered_ = 0;
    std::uint8_t waiting_ = 0;  ///< of these, not at the engine yet
    bool browser_;
    bool may_create_ = false;
    bool new_handle_ = false;
    bool draining_ = false;
};

}  // namespace reweave::server
