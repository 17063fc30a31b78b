#pragma once
/// \file A Discord on 127.0.0.1, REST v10 and gateway v10 on one port, in which a test lets people talk, looks at what
/// they see, and lets things go wrong. It shares no code with adapters/discord: two who read the documentation.
///
/// All of it runs on the io_context it is given, in one thread, and all its time is MonotonicClock's
/// (virtual_time.hpp). The calls of a test take effect at once. They throw std::logic_error for what Discord's own app
/// does not let people do: pressing a button that is not there, writing where they cannot see.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bot/deps/asio.hpp"

namespace reweave::test {

struct FakeDiscordOptions {
    std::string token = "bot-token";
    int identifies_left = 1000;  ///< in 24 hours; with one more the token is reset, and nothing works any longer
    int max_concurrency = 1;     ///< IDENTIFYs in 5 s
    std::chrono::milliseconds heartbeat{41'250};
    std::chrono::milliseconds resumable{std::chrono::minutes(5)};  ///< a session lives so long without a connection
    bool message_content = false;                                  ///< the privileged intent is ticked in the portal
    /// A file that gets all traffic, a line of JSON for each request and event; empty: that of the environment's
    /// REWEAVE_DISCORD_RECORD, if there is one. The first of a process to write there begins it anew.
    std::string record = {};
};

/// What a bot needs in a channel, and users for its commands where it is no member.
enum class Permission : std::uint64_t {
    kViewChannel = 1ULL << 10,
    kSendMessages = 1ULL << 11,
    kReadMessageHistory = 1ULL << 16,
    kManageThreads = 1ULL << 34,
    kCreatePublicThreads = 1ULL << 35,
    kCreatePrivateThreads = 1ULL << 36,
    kSendMessagesInThreads = 1ULL << 38,
    kUseExternalApps = 1ULL << 50,
};

/// What a connection to the gateway meets.
struct GatewayPlan {
    int refuse = 0;  ///< HTTP status in place of the upgrade
    bool hello = true;
    std::chrono::milliseconds hello_after{0};
    bool reconnect_first = false;         ///< op 7 in place of HELLO
    std::optional<bool> invalid_session;  ///< op 9 with this `d` in place of READY or RESUMED
    int close_code = 0;
    int close_after = 0;  ///< so many events; 0: in place of READY or RESUMED
    bool acks = true;     ///< heartbeats are acknowledged
    bool answers_close = true;
    bool duplicates = false;  ///< RESUME plays again the three events before, too
    std::size_t split = 0;    ///< messages come in pieces of at most so many bytes; 0: whole
};

/// What befalls requests, the first that fits; see the makers below.
struct RestFault {
    std::string method;                         ///< empty: any
    std::string path;                           ///< a regular expression that is found in the path after /api/v10
    int times = 1;                              ///< so many requests
    std::chrono::milliseconds delay{0};         ///< before it takes effect
    std::chrono::milliseconds answer_delay{0};  ///< after it took effect
    int status = 0;                             ///< of the answer; 0: the true one
    std::string body;
    std::map<std::string, std::string> headers;
    bool after = false;  ///< it takes effect before it fails
    bool cut = false;    ///< the connection is cut in place of an answer

    [[nodiscard]] static RestFault error(std::string method, std::string path, int status, int code);
    /// \param scope user, shared or global
    [[nodiscard]] static RestFault limited(std::string method, std::string path, double seconds, std::string scope);
    /// A 429 in HTML, without headers about limits (error 1015).
    [[nodiscard]] static RestFault cloudflare(std::string method, std::string path, int seconds);
};

class FakeDiscord {
 public:
    using json = nlohmann::json;
    using Options = FakeDiscordOptions;

    /// \throws boost::system::system_error if it cannot listen
    explicit FakeDiscord(asio::io_context& io, Options options = {});
    ~FakeDiscord();  ///< stops; its coroutines may live on
    FakeDiscord(const FakeDiscord&) = delete;
    FakeDiscord& operator=(const FakeDiscord&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::string api() const;  ///< http://127.0.0.1:PORT/api/v10
    [[nodiscard]] std::string bot() const;  ///< the user id of the bot, and of its application
    /// Cuts all connections and takes no more.
    void stop();

    // The world. Users are members of all guilds.
    std::string add_user(const std::string& name);
    /// \param with_bot false: only users have installed the application
    std::string add_guild(const std::string& name, bool with_bot = true);
    std::string add_channel(const std::string& guild, const std::string& name);
    std::string add_group_dm(const std::vector<std::string>& users);  ///< the bot is no member: none ever is
    std::string open_dm(const std::string& user);                     ///< between them and the bot
    void let_dm(const std::string& user, bool let);                   ///< false: 50007
    void forbid(const std::string& channel, Permission what, bool forbidden = true);  ///< to the bot; 50001 or 50013
    void archive(const std::string& thread, bool locked = false);

    // What people do. Each returns the id of the message or of the interaction.
    struct Writing {
        bool mentions_bot = false;
        std::string reply_to = {};  ///< id of a message
        bool reply_pings = true;
    };
    std::string write(const std::string& channel, const std::string& user, const std::string& text) {
        return write(channel, user, text, Writing());
    }
    std::string write(const std::string& channel, const std::string& user, const std::string& text, const Writing& how);
    void edit(const std::string& message, const std::string& text);
    void remove(const std::string& message);
    /// \param options {name: value}, or a list as the gateway has it
    std::string command(const std::string& channel,
                        const std::string& user,
                        const std::string& name,
                        const json& options = json::object());
    std::string press(const std::string& message, const std::string& custom_id, const std::string& user);
    std::string choose(const std::string& message,
                       const std::string& custom_id,
                       const std::vector<std::string>& values,
                       const std::string& user);
    /// \param interaction that was answered with a modal  \param values {custom_id: text, bool or list of texts}
    std::string submit(const std::string& interaction, const json& values);

    // What came of it.
    [[nodiscard]] const json& message(const std::string& id) const;  ///< also an ephemeral one
    /// Oldest first, as this user sees them.
    [[nodiscard]] std::vector<json> messages(const std::string& channel, const std::string& user) const;
    [[nodiscard]] json channel(const std::string& id) const;
    [[nodiscard]] std::vector<std::string> members(const std::string& channel) const;  ///< of a thread or DM: user ids
    [[nodiscard]] std::vector<std::string> threads(const std::string& channel) const;
    [[nodiscard]] json commands() const;  ///< those that are registered, global ones
    struct Acknowledged {
        int callback = 0;  ///< type; 0: none yet
        std::chrono::milliseconds after{0};
        bool late = false;   ///< the first try came after more than 3 s
        std::string answer;  ///< the message that is @original; empty: none
        json modal;          ///< null: none
    };
    [[nodiscard]] Acknowledged interaction(const std::string& id) const;

    struct Counters {
        int connections = 0, identifies = 0, resumes = 0, heartbeats = 0;
        int invalid_requests = 0;  ///< 401, 403, and 429 unless shared
    };
    [[nodiscard]] const Counters& counters() const;
    struct Request {
        std::string method, path;                    ///< after /api/v10, with the query
        std::map<std::string, std::string> headers;  ///< names in small letters
        json body;                                   ///< null: none
        int status = 0;                              ///< of the answer; 0: none yet, or cut
        std::chrono::milliseconds at{0};             ///< since the start
        std::vector<std::string> files = {};         ///< that came with it
    };
    [[nodiscard]] const std::vector<Request>& requests() const;
    /// What a bot may not do, one sentence each, without contents. A test ends with: it is empty.
    [[nodiscard]] const std::vector<std::string>& complaints() const;

    // What goes wrong, at the gateway.
    void next_connections(const GatewayPlan& plan, int count = 1);
    [[nodiscard]] bool connected() const;     ///< somebody is READY or RESUMED
    void ask_reconnect();                     ///< op 7; closes 5 s later
    void ask_heartbeat();                     ///< op 1
    void invalidate(bool resumable);          ///< op 9 on live sessions
    void close_gateway(int code);             ///< 0: without a code
    void cut_gateway();                       ///< TCP ends, without a close frame
    void silence_gateway();                   ///< half open: neither reads nor writes, until it is cut
    void stop_acks();                         ///< on live connections
    void forget_sessions();                   ///< RESUME answers op 9 false
    void send_raw(const std::string& bytes);  ///< any text as a message of the gateway, on live connections
    void dispatch(const std::string& event, const json& data);  ///< any event, whatever the intents

    // What goes wrong, with requests.
    void fault(RestFault what);
    void clear_faults();
    /// From now on buckets whose route fits let through so many requests in each `per`. Otherwise: new messages of a
    /// channel 5 in 5 s, a webhook 5 in 2 s, the rest 20 in 1 s. All together, without interactions: 50 in 1 s.
    void limit(const std::string& method, const std::string& path, int requests, std::chrono::milliseconds per);

    /// POST /control on the same port is answered by this.
    void on_control(std::function<json(const json& asked)> answers);

 private:
    class Core;
    std::shared_ptr<Core> core_;
};

}  // namespace reweave::test
