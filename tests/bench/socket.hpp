#pragma once
/// \file A WebSocket client end on a non-blocking socket, by hand: for the load generator, which must cost little.

#include <cstdint>
#include <string>
#include <string_view>

namespace reweave::bench {

class Socket {
 public:
    enum class Event { none, open, text, closed };
    struct Got {
        Event event = Event::none;
        std::string_view text;  ///< valid until the next call
    };

    Socket() = default;
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    /// Begins to connect to 127.0.0.1:`port` from 127.0.0.`source` and queues the upgrade request.
    /// \throws std::system_error if the machine has no socket left.
    void connect(std::uint16_t port, int source);
    /// Reads what has arrived. Then call next() until it says `none`.
    void fill();
    /// The next thing that happened. Pings are answered inside.
    [[nodiscard]] Got next();
    /// Queues a text frame and sends as much as the kernel takes.
    void send(std::string_view text);
    void flush();
    /// Drops the connection at once (RST), as a lost network does; also leaves no port behind in TIME_WAIT.
    void drop();

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] bool wants_write() const { return sent_ < out_.size(); }
    /// The close code that the server gave; 0 if it gave none.
    [[nodiscard]] int close_code() const { return close_code_; }

 private:
    void put_frame(int opcode, std::string_view payload);

    int fd_ = -1;
    bool upgraded_ = false;
    bool closed_ = false;
    int close_code_ = 0;
    std::string in_;
    std::size_t read_ = 0;  ///< bytes of in_ that were handed out
    std::string out_;
    std::size_t sent_ = 0;
};

}  // namespace reweave::bench
