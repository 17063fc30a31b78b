#pragma once
/// \file The control socket: how the command line asks a running bot for something. A Unix socket that only its owner
/// may use.
///
/// One connection is one request: a line of JSON goes in, lines of JSON come back, the last of which has "ok". Lines
/// before it say how a long job gets on.

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stdexcept>

#include "bot/deps/asio.hpp"

namespace reweave::server {

class ControlServer {
 public:
    using Answer = std::function<void(nlohmann::json)>;
    /// Called on the I/O thread. `answer` is called there too, now or later: as often as there is progress, then once
    /// with "ok". If every copy of it is dropped before that, the asker hears that there is no answer.
    using Handler = std::function<void(nlohmann::json request, Answer answer)>;

    /// Opens the socket, replacing one that nobody listens at any more.
    /// \throws std::runtime_error saying why it cannot be opened, or that another bot listens there.
    ControlServer(asio::io_context& io, std::filesystem::path socket, Handler handler);
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    void start();
    /// Takes no more requests, forgets unanswered ones, removes the socket.
    void stop();

 private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

/// Asks the bot that listens at `path`, and blocks until the answer with "ok" is there; empty if no bot listens.
/// `on_progress` gets the lines before it.
/// \throws std::runtime_error if the bot hangs up without an answer.
[[nodiscard]] std::optional<nlohmann::json> ask_running_bot(
    const std::filesystem::path& path,
    const nlohmann::json& request,
    const std::function<void(const nlohmann::json&)>& on_progress = {});

}  // namespace reweave::server
