#include <openssl/evp.h>

#include <boost/asio/co_spawn.hpp>

#include "adapters/common/web_socket.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_server.hpp"

namespace test_web_socket {

using namespace reweave;
using namespace reweave::test;
using namespace std::chrono_literals;

namespace {

/// The answer to an upgrade (RFC 6455, 4.2.2).
std::string upgraded(const std::string& request) {
    const std::string name = "Sec-WebSocket-Key: ";
    const std::size_t at = request.find(name) + name.size();
    const std::string key = request.substr(at, request.find("\r\n", at) - at) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char hash[20];
    unsigned int size = 0;
    REQUIRE(EVP_Digest(key.data(), key.size(), hash, &size, EVP_sha1(), nullptr) == 1);
    char text[29];
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text), hash, static_cast<int>(size));
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
           std::string(text) + "\r\n\r\n";
}

struct Result {
    std::string failure, message;
    int close_code = 0;
    bool close_frame = false;
};

Awaitable<void> talk(http::WebSocket& socket, http::ClientOptions options, Result& result) {
    result.failure = co_await socket.open(std::move(options), "/gate?v=10", "DiscordBot (x, 1)", 10s);
    if (!result.failure.empty()) co_return;
    (void)co_await socket.write("hi");
    const auto message = co_await socket.read();
    if (message) result.message = message->bytes;
    const auto end = co_await socket.read();
    if (!end) result.close_code = socket.close_code();
    socket.drop();
}

Result open(const http::ClientOptions& options) {
    asio::io_context io{1};
    Result result;
    std::unique_ptr<http::WebSocket> socket;
    const auto on_close_frame = [&] {
        result.close_frame = true;
        socket->drop();  // the server would leave its end open
    };
    socket = std::make_unique<http::WebSocket>(io.get_executor(), 1'000, on_close_frame);
    asio::co_spawn(io, talk(*socket, options, result), [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
    });
    io.run();
    return result;
}

http::ClientOptions at(const FakeServer& server, const std::string& scheme) {
    http::ClientOptions options;
    options.base_url = scheme + "://127.0.0.1:" + std::to_string(server.port());
    return options;
}

const std::string kHelloAndClose("\x81\x05hello\x88\x02\x10\x68", 11);

}  // namespace

TEST_CASE("a WebSocket goes over TLS, with the host and the name of the program", "[web_socket][tls]") {
    const Certificate certificate("IP:127.0.0.1");
    std::string request;
    FakeServer server([&](Peer& peer) {
        if (!peer.shake_hands(certificate)) return;
        request = peer.read();
        peer.write(upgraded(request));
        peer.write(kHelloAndClose);
        while (!peer.read().empty()) continue;
    });
    auto options = at(server, "https");
    options.ca_file = certificate.file();
    const Result result = open(options);
    CHECK(result.failure.empty());
    CHECK(result.message == "hello");
    CHECK(result.close_code == 4200);
    CHECK(result.close_frame);
    CHECK(request.find("GET /gate?v=10 HTTP/1.1\r\n") == 0);
    CHECK(request.find("Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n") != std::string::npos);
    CHECK(request.find("User-Agent: DiscordBot (x, 1)\r\n") != std::string::npos);
}

TEST_CASE("a WebSocket to a server whose certificate nobody trusts is not opened", "[web_socket][tls]") {
    const Certificate own("IP:127.0.0.1"), other("IP:127.0.0.1");
    FakeServer server([&](Peer& peer) { (void)peer.shake_hands(own); });
    auto options = at(server, "https");
    options.ca_file = other.file();
    CHECK(open(options).failure.find("its certificate is not trusted") != std::string::npos);
}

TEST_CASE("a server that opens no WebSocket is named, with what it said instead", "[web_socket]") {
    FakeServer away([](Peer& peer) {
        if (!peer.read().empty()) peer.write("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\n\r\nwords");
    });
    CHECK(open(at(away, "http")).failure ==
          "127.0.0.1:" + std::to_string(away.port()) + ": it opens no WebSocket (status 503)");
    FakeServer nonsense([](Peer& peer) {
        if (!peer.read().empty()) peer.write("SSH-2.0-words\r\n\r\n");
    });
    const std::string failure = open(at(nonsense, "http")).failure;
    CHECK(failure.find("is not HTTP") != std::string::npos);
    CHECK(failure.find("words") == std::string::npos);
}

}  // namespace test_web_socket
