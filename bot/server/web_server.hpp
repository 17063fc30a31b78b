#pragma once
/// \file The bot's door: the chat page and its WebSocket on one port, the operator's metrics on another.
///
/// Everything here lives on one thread, the one that runs the io_context.

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bot/deps/asio.hpp"
#include "bot/engine/gate.hpp"
#include "bot/server/addresses.hpp"
#include "bot/server/http.hpp"
#include "bot/server/hub.hpp"
#include "bot/server/metrics.hpp"

namespace reweave::server {

struct Endpoint {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: any free one
};

struct TlsFiles {
    std::filesystem::path certificate;  ///< PEM, with its chain
    std::filesystem::path key;          ///< PEM
};

struct ServerOptions {
    Endpoint listen;
    std::optional<TlsFiles> tls;
    std::optional<Endpoint> operator_listen;  ///< a loopback address

    Pages pages;
    std::function<bool()> ready = [] { return true; };
    std::vector<std::string> origins;          ///< pages of other hosts that may connect
    std::vector<std::string> trusted_proxies;  ///< see TrustedProxies

    HubOptions hub;
    AddressLimits addresses;
    std::size_t connections = 20'000;
    std::size_t outbox_frames = 1024;  ///< of one connection that does not read
    std::size_t outbox_bytes = 2 * 1024 * 1024;

    std::chrono::milliseconds hello_limit{10'000};
    std::chrono::milliseconds request_limit{10'000};  ///< for the header of an HTTP request, and for reading the answer
    std::chrono::milliseconds idle_limit{60'000};     ///< half of it without a frame sends a ping
    std::chrono::milliseconds close_limit{5'000};
    std::chrono::seconds retry_after{2};  ///< said to clients when the server goes down

    /// Told what an operator should know; never holds words that people typed.
    std::function<void(std::string message)> report = [](const std::string&) {};
};

class WebServer {
 public:
    /// Opens the ports; nothing is accepted before start().
    /// \throws std::runtime_error saying which address or file is not usable, and why.
    WebServer(asio::io_context& io, engine::EngineGate& gate, ServerOptions options, Metrics& metrics);
    ~WebServer();
    WebServer(const WebServer&) = delete;
    WebServer& operator=(const WebServer&) = delete;

    void start();
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::uint16_t operator_port() const;  ///< 0 if there is none

    /// One batch of the engine's outputs, in their order. Those for other tickets than the server's are passed over.
    void on_outputs(std::vector<engine::Output>&& outputs);

    /// Reads certificate and key again; connections from now on use them. Keeps the old ones if it throws.
    /// \throws std::runtime_error naming the file.
    void reload_certificate();

    /// Accepts nobody any more, says goodbye to everyone, and closes each connection once its messages are answered;
    /// what is left after the close limit is cut off. Then calls `done`. The engine must go on answering meanwhile.
    void drain(std::function<void()> done);

 private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace reweave::server
