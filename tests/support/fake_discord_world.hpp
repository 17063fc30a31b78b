#pragma once
/// \file Who and what there is in the fake Discord, as JSON of the API where it has a shape there. Internal.

#include <deque>
#include <set>

#include "tests/support/fake_discord.hpp"

namespace reweave::test::fake {

using json = nlohmann::json;
using TimePoint = MonotonicClock::time_point;
using std::chrono::milliseconds;

inline constexpr std::uint64_t kGuilds = 1U << 0, kGuildMessages = 1U << 9, kDirectMessages = 1U << 12,
                               kMessageContent = 1U << 15;
inline constexpr int kEphemeral = 1 << 6, kLoading = 1 << 7, kComponentsV2 = 1 << 15;
inline constexpr int kText = 0, kDm = 1, kGroupDm = 3, kPublicThread = 11, kPrivateThread = 12;

/// An answer of the API that is an error.
struct Refusal {
    int status;
    int code;
    std::string message;
    json errors = nullptr;
};

struct Guild {
    std::string id, name;
    bool with_bot = true;
};

struct Channel {
    std::string id;
    int type = kText;
    std::string guild, name, parent, owner;
    std::set<std::string> people = {};  ///< of DMs and threads
    std::uint64_t forbidden = 0;
    bool archived = false, locked = false, invitable = true;
    int auto_archive = 1440;
    std::string created = {};

    [[nodiscard]] bool is_thread() const { return type == kPublicThread || type == kPrivateThread; }
};

struct Message {
    json body;
    std::string only_for = {};     ///< the user of an ephemeral one
    std::string interaction = {};  ///< whose answer it is
    bool deleted = false;
};

struct Interaction {
    std::string id, token, channel, user;
    int type = 0;
    std::string source;       ///< the message with the component
    std::string opener = {};  ///< of a modal: the interaction that it answered
    bool by_user_install = false, forced_private = false;
    TimePoint at{};
    int callback = 0;
    milliseconds after{0};
    bool late = false;
    json modal = nullptr;
    std::string answer = {};  ///< @original
    int follow_ups = 0;
};

struct World {
    explicit World(FakeDiscordOptions options);

    FakeDiscordOptions options;
    std::uint16_t port = 0;
    TimePoint began = MonotonicClock::now();
    std::string bot;
    bool token_is_reset = false;
    std::map<std::string, json> users;
    std::set<std::string> closed;  ///< users who let nobody write
    std::map<std::string, Guild> guilds;
    std::map<std::string, Channel> channels;
    std::map<std::string, Message> messages;
    std::map<std::string, Interaction> interactions;
    std::map<std::string, json> commands;  ///< by guild; empty: global
    std::map<std::string, std::pair<std::string, TimePoint>> nonces;
    std::vector<std::string> complaints;
    int acts = 0;  ///< what people and the test did
    FakeDiscord::Counters counters;
    std::function<json()> gateway_bot;  ///< what GET /gateway/bot answers
    /// An event for the sessions with any of these intents; 0: for all.
    std::function<void(const std::string& event, const json& data, std::uint64_t intents)> emit;

    [[nodiscard]] std::string new_id();
    [[nodiscard]] std::string timestamp() const;
    [[nodiscard]] std::string unix_time(double later) const;  ///< seconds with a fraction
    [[nodiscard]] milliseconds elapsed() const;
    void complain(const std::string& sentence) { complaints.push_back(sentence); }

    void add_user(const std::string& id, const std::string& name, bool is_bot);
    [[nodiscard]] json self_json() const;  ///< the bot, as it may see itself

    /// Those of a test's own mistakes: \throws std::logic_error
    [[nodiscard]] const json& user(const std::string& id) const;
    [[nodiscard]] Channel& place(const std::string& id);
    [[nodiscard]] const Channel& place(const std::string& id) const;
    [[nodiscard]] bool sees(const std::string& user, const Channel& channel) const;
    [[nodiscard]] bool sees(const std::string& user, const Message& message) const;

    /// For the bot. \throws Refusal 10003, 50001, 50013
    [[nodiscard]] Channel& reach(const std::string& id, std::uint64_t needs = 0);
    /// One that the bot may know of. \throws Refusal 10008
    [[nodiscard]] Message& find(const Channel& channel, const std::string& id);
    [[nodiscard]] Channel& dm_with(const std::string& user);
    [[nodiscard]] std::uint64_t allowed(const Channel& channel) const;

    [[nodiscard]] json member_json(const std::string& user) const;
    [[nodiscard]] json guild_json(const Guild& guild) const;
    [[nodiscard]] json channel_json(const Channel& channel) const;
    /// With every field that is always there. The id is new.
    [[nodiscard]] json blank_message(const Channel& channel, const json& author, const std::string& content);
    /// Those whom `content` names.
    [[nodiscard]] json mentions(const std::string& content) const;

    Message& add(Message message);
    void tell_message(const char* event, const Message& message);
    void tell_deleted(Message& message);
};

/// Code points, not bytes.
[[nodiscard]] inline std::size_t characters(const std::string& text) {
    std::size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    return count;
}

/// Gives components an `id`, and selects how many values they take, as Discord does.
[[nodiscard]] json numbered(json components);

/// Looks for what Discord refuses. \throws Refusal 50035, 50006
void check_message(const json& body, bool edits);
void check_modal(const json& modal);
void check_commands(const json& commands);

/// Calls `see` for each object with a `type`, whatever it stands in.
void each_component(const json& components, const std::function<void(const json&)>& see);

}  // namespace reweave::test::fake
