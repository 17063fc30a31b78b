#include "tests/bench/socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace reweave::bench {
namespace {

constexpr int kText = 1, kClose = 8, kPing = 9, kPong = 10;  // RFC 6455, section 5.2

sockaddr_in loopback(std::uint32_t last, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(0x7f000000U + last);
    return address;
}

}  // namespace

Socket::~Socket() {
    if (fd_ >= 0) ::close(fd_);
}

void Socket::connect(std::uint16_t port, int source) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "socket");
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const auto from = loopback(static_cast<std::uint32_t>(source), 0);
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0)
        throw std::system_error(errno, std::generic_category(), "bind");
    const auto to = loopback(1, port);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) closed_ = true;
    upgraded_ = false;
    close_code_ = 0;
    in_.clear();
    read_ = sent_ = 0;
    out_ = "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
           "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: cmV3ZWF2ZSBsb2FkIGdlbg==\r\nSec-WebSocket-Protocol: reweave.v1\r\n\r\n";
}

void Socket::fill() {
    if (read_ > 0) {
        in_.erase(0, read_);
        read_ = 0;
    }
    static thread_local std::array<char, 65536> buffer;
    const auto n = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (n > 0) {
        in_.append(buffer.data(), static_cast<std::size_t>(n));
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        closed_ = true;
    }
}

Socket::Got Socket::next() {
    if (!upgraded_) {
        const auto end = in_.find("\r\n\r\n");
        if (end == std::string::npos) return {closed_ ? Event::closed : Event::none, {}};
        if (in_.find(" 101 ") > in_.find("\r\n")) {
            closed_ = true;
            return {Event::closed, {}};
        }
        upgraded_ = true;
        read_ = end + 4;
        return {Event::open, {}};
    }
    while (true) {
        const auto byte = [this](std::size_t i) { return static_cast<std::uint8_t>(in_[read_ + i]); };
        const auto have = in_.size() - read_;
        std::size_t head = 2, size = have >= 2 ? byte(1) & 0x7fU : 0;
        if (size == 126) head = 4;
        if (size == 127) head = 10;
        if (have < head) return {closed_ ? Event::closed : Event::none, {}};
        if (head > 2) {
            size = 0;
            for (std::size_t i = 2; i < head; ++i) size = size << 8U | byte(i);
        }
        if (have < head + size) return {closed_ ? Event::closed : Event::none, {}};
        const auto payload = std::string_view(in_).substr(read_ + head, size);
        const int opcode = byte(0) & 0x0f;
        read_ += head + size;
        if (opcode == kText) return {Event::text, payload};
        if (opcode == kPing) {
            put_frame(kPong, payload);
            flush();
        } else if (opcode == kClose) {
            if (size >= 2)
                close_code_ = static_cast<std::uint8_t>(payload[0]) << 8 | static_cast<std::uint8_t>(payload[1]);
            closed_ = true;
            return {Event::closed, {}};
        }
    }
}

void Socket::send(std::string_view text) {
    put_frame(kText, text);
    flush();
}

/// A mask of zeros is a mask: the server does its work, the generator saves its own.
void Socket::put_frame(int opcode, std::string_view payload) {
    out_ += static_cast<char>(0x80 | opcode);
    if (payload.size() < 126) {
        out_ += static_cast<char>(0x80U | payload.size());
    } else {
        out_ += static_cast<char>(0x80U | 126U);
        out_ += static_cast<char>(payload.size() >> 8U);
        out_ += static_cast<char>(payload.size() & 0xffU);
    }
    out_.append(4, '\0');
    out_ += payload;
}

void Socket::flush() {
    if (!wants_write()) return;
    const auto n = ::send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (n > 0) sent_ += static_cast<std::size_t>(n);
    if (sent_ == out_.size()) {
        out_.clear();
        sent_ = 0;
    }
}

void Socket::drop() {
    if (fd_ < 0) return;
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(fd_);
    fd_ = -1;
    closed_ = false;
}

}  // namespace reweave::bench
