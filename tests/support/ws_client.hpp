#pragma once
/// \file A WebSocket client for tests: blocking, with a time limit on everything, and able to misbehave.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace reweave::test {

using Limit = std::chrono::milliseconds;
inline constexpr Limit kPatience{10'000};  ///< generous: a loaded machine must not fail a test

struct WsOptions {
    std::uint16_t port = 0;
    std::string path = "/ws";
    std::string subprotocol = "reweave.v1";
    std::map<std::string, std::string> headers;  ///< Origin, Cookie, X-Forwarded-For ...
    bool tls = false;                            ///< any certificate is taken
    int receive_buffer = 0;                      ///< bytes in the kernel; 0: its own choice
};

class WsClient {
 public:
    /// Connects to 127.0.0.1 and asks for the upgrade. \throws std::runtime_error if there is no HTTP answer at all.
    explicit WsClient(const WsOptions& options);
    ~WsClient();
    WsClient(const WsClient&) = delete;
    WsClient& operator=(const WsClient&) = delete;

    [[nodiscard]] int status() const;  ///< of the upgrade: 101, or why not
    [[nodiscard]] std::string header(const std::string& name) const;

    /// False if the frame could not be handed to the kernel in time: the other side does not read. No more can be sent
    /// then.
    bool send(std::string_view text, Limit limit = kPatience);
    bool send_binary(std::string_view bytes);
    /// Bytes under the WebSocket, for frames that no client would make.
    bool send_raw(std::string_view bytes);

    /// The next frame; empty if none came in time or the connection is over.
    [[nodiscard]] std::optional<std::string> receive(Limit limit = kPatience);
    /// Passes over what still comes. The close code; 0 if the connection broke without one, -1 if it is still open at
    /// the limit.
    [[nodiscard]] int wait_for_close(Limit limit = kPatience);

    void close();

 private:
    class Impl;
    template <class Stream>
    class On;
    std::unique_ptr<Impl> impl_;
};

/// Sends `request` over a plain connection and returns all that comes until the other side closes.
[[nodiscard]] std::string exchange_bytes(std::uint16_t port, std::string_view request, Limit limit = kPatience);

}  // namespace reweave::test
