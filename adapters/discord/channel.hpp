#pragma once
/// \file The bot on Discord: hears what people do there, hands it to the engine, and says there what the engine sends,
/// or where it can be read. One thread, the I/O thread.
///
/// The place in Discord's stream of events is stored in the commit that stores what an event meant, and never before:
/// after a crash the session is resumed there and events come again, and what was taken is known by its id.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "adapters/discord/account.hpp"
#include "adapters/discord/gateway.hpp"
#include "adapters/discord/posting.hpp"
#include "bot/engine/gate.hpp"
#include "bot/safety/screen.hpp"

namespace reweave::discord {

struct ChannelOptions {
    http::ClientOptions api;  ///< https://discord.com/api/v10
    Account account;
    PrivateWords private_words = PrivateWords::browser;
    bool message_content = false;  ///< the privileged intent: words in talks are read without naming the bot
    bool compress = true;
    std::string page;            ///< address of the chat page
    std::string privacy_policy;  ///< address of the operator's
    std::function<safety::Findings(std::string_view text)> screen;
    std::function<std::int64_t()> wall_clock;  ///< milliseconds since 1970
    std::function<double()> chance;            ///< evenly from [0, 1)
    /// How long Discord waited for the acknowledgement of an interaction, and whether that was too long.
    std::function<void(std::chrono::milliseconds waited, bool late)> acknowledged;
    /// For the log: a line without contents, and whether somebody must act.
    std::function<void(const std::string& line, bool act)> report;
};

struct ChannelStatus {
    GatewayStatus gateway;
    RestStatus rest;
    PostingCounters posting;
    std::size_t unsent = 0;
    std::size_t events = 0;  ///< that have come and are not done
    std::size_t contacts = 0;
    std::size_t closed = 0;      ///< of them, those whom no direct message reaches
    std::size_t talks = 0;       ///< that have a place on Discord
    std::string needs_operator;  ///< why the bot is not on Discord; empty: it is, or will be
};

class Channel {
 public:
    /// \throws std::invalid_argument with a sentence if an address cannot be read.
    Channel(asio::io_context& io, engine::EngineGate& gate, ChannelOptions options);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// Runs until stop(). The engine must be running. If Discord lets the bot in no more it says so and goes no
    /// further; the rest of the bot goes on.
    [[nodiscard]] Awaitable<void> run();
    void on_outputs(const std::vector<engine::Output>& outputs);
    /// What is on its way ends or stays in the outbox; Discord keeps the session for the next start.
    void stop();
    [[nodiscard]] ChannelStatus status() const;

 private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// GUILDS, GUILD_MESSAGES and DIRECT_MESSAGES, none of which is privileged (Discord: Gateway Intents).
inline constexpr int kIntents = 1 << 0 | 1 << 9 | 1 << 12;
inline constexpr int kMessageContent = 1 << 15;

}  // namespace reweave::discord
