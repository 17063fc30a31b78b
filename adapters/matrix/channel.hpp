#pragma once
/// \file The bot on Matrix: one account that follows its rooms by /sync, hands what people do to the engine, and says
/// in rooms what the engine sends. One thread, the I/O thread.
///
/// The token of a sync is stored in the commit that stores what was done in it, and never before: after a crash the
/// same sync is read again, and what was taken is known by its event ids. What goes out has transaction ids that come
/// from the outbox.

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "adapters/matrix/account.hpp"
#include "adapters/matrix/encryption.hpp"
#include "adapters/matrix/rooms.hpp"
#include "adapters/matrix/sending.hpp"
#include "bot/deps/asio.hpp"
#include "bot/engine/gate.hpp"

namespace reweave::matrix {

struct ChannelOptions {
    http::ClientOptions homeserver;
    std::filesystem::path account_file;
    InvitePolicy invites;
    enum class Encryption { off, usual, strict } encryption = Encryption::off;
    std::filesystem::path keys;  ///< folder of the keys of encrypted rooms
    std::string page;            ///< address of the chat page, for links
    std::function<safety::Findings(std::string_view text)> screen;
    /// For the log: a line without contents, and whether somebody must act.
    std::function<void(const std::string& line, bool act)> report;
    /// The bot cannot go on like this (the token is somebody else's): the sentence is for the operator.
    std::function<void(const std::string& why)> give_up;
};

struct ChannelStatus {
    enum class State { starting, running, waiting, needs_operator } state = State::starting;
    std::chrono::steady_clock::time_point last_sync{};  ///< 0: none yet
    std::size_t rooms = 0;
    std::size_t unsent = 0;
    SendingCounters sending;
    EncryptionStatus encryption;
    std::map<std::string, std::uint64_t> unreadable;  ///< messages, by the cause
};
[[nodiscard]] std::string_view name(ChannelStatus::State state);

class Channel {
 public:
    Channel(asio::io_context& io, engine::EngineGate& gate, ChannelOptions options, Account account);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// Runs until stop(). The engine must be running.
    [[nodiscard]] Awaitable<void> run();
    void on_outputs(const std::vector<engine::Output>& outputs);
    /// What is on its way ends or stays in the outbox.
    void stop();
    [[nodiscard]] ChannelStatus status() const;
    /// The rooms as the operator is shown them: kind, stage, people; no contents.
    [[nodiscard]] const Rooms& rooms() const;

 private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace reweave::matrix
