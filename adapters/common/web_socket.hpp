#pragma once
/// \file A WebSocket to a server, over the same way as requests go (address, proxy, TLS). One thread, the I/O thread.
///
/// It has no time limit of its own beyond open(): whoever owns it calls drop() when something takes too long. At most
/// one read() and one write() may be under way.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/common/http_client.hpp"
#include "bot/deps/asio.hpp"

namespace reweave::http {

struct Flight;

class WebSocket {
 public:
    struct Message {
        std::string bytes;
        bool text = false;
    };

    /// \param limit bytes of a message that comes
    /// \param on_close_frame the server has said that it closes; its end of the connection may be open for long yet
    WebSocket(const Executor& executor, std::size_t limit, std::function<void()> on_close_frame);
    ~WebSocket();
    WebSocket(const WebSocket&) = delete;
    WebSocket& operator=(const WebSocket&) = delete;

    /// What went wrong, as a sentence without contents; empty: nothing.
    [[nodiscard]] Awaitable<std::string> open(ClientOptions options,
                                              std::string target,
                                              std::string user_agent,
                                              std::chrono::milliseconds timeout);
    /// Nothing: the connection is over.
    [[nodiscard]] Awaitable<std::optional<Message>> read();
    [[nodiscard]] Awaitable<bool> write(std::string text);
    /// Cuts the connection: whatever waits for it ends.
    void drop();

    /// The code with which the server has closed; 0: none.
    [[nodiscard]] int close_code() const;

    class Wire;

 private:
    Executor executor_;
    std::size_t limit_;
    std::function<void()> on_close_frame_;
    std::shared_ptr<Flight> flight_;
    std::unique_ptr<Wire> wire_;
    bool dropped_ = false;
};

}  // namespace reweave::http
