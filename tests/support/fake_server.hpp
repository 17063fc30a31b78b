#pragma once
/// \file A server on 127.0.0.1 that says to each connection what a test tells it to: also nothing, half of it, or
/// nonsense.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace reweave::test {

/// A certificate and its key in a folder that goes with it.
class Certificate {
 public:
    /// \param name IP:127.0.0.1 or DNS:example.org
    explicit Certificate(const std::string& name);
    ~Certificate();
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;

    [[nodiscard]] std::string file() const { return (folder_ / "certificate.pem").string(); }
    [[nodiscard]] std::string key() const { return (folder_ / "key.pem").string(); }

 private:
    std::filesystem::path folder_;
};

/// The server's end of one connection. Blocking; all of it ends when the server does.
class Peer {
 public:
    virtual ~Peer() = default;
    /// The next request, header and body (of a Content-Length); empty: the other side has closed.
    virtual std::string read() = 0;
    virtual void write(const std::string& bytes) = 0;
    /// Speaks TLS from now on. False if the other side did not like it.
    virtual bool shake_hands(const Certificate& certificate) = 0;

    int number = 0;  ///< 1: the first connection of this server
};

class FakeServer {
 public:
    /// \param talk what to do with a connection, on a thread of its own; it is closed when that returns
    explicit FakeServer(std::function<void(Peer&)> talk);
    ~FakeServer();
    FakeServer(const FakeServer&) = delete;
    FakeServer& operator=(const FakeServer&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] int connections() const;  ///< that were accepted until now

 private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace reweave::test
