#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "adapters/common/http_client.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_server.hpp"

namespace test_http_client {

using namespace reweave;
using namespace reweave::test;
using namespace std::chrono_literals;

namespace {

std::string answer(const std::string& body, const std::string& more = {}) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
}

/// Answers every request of a connection with the connection's number.
void say_number(Peer& peer) {
    while (!peer.read().empty()) peer.write(answer(std::to_string(peer.number)));
}

/// Reads one request and says `bytes`, whatever it was.
std::function<void(Peer&)> say_once(const std::string& bytes) {
    return [bytes](Peer& peer) {
        if (!peer.read().empty()) peer.write(bytes);
    };
}

/// Holds threads until `count` of them have come.
class Gathering {
 public:
    explicit Gathering(int count) : missing_(count) {}
    void wait() {
        std::unique_lock lock(mutex_);
        if (--missing_ <= 0) complete_.notify_all();
        complete_.wait_for(lock, 10s, [this] { return missing_ <= 0; });
    }

 private:
    std::mutex mutex_;
    std::condition_variable complete_;
    int missing_;
};

http::ClientOptions at(const FakeServer& server) {
    http::ClientOptions options;
    options.base_url = "http://127.0.0.1:" + std::to_string(server.port());
    return options;
}

http::ClientOptions over_tls(const FakeServer& server, const Certificate& trusted) {
    http::ClientOptions options;
    options.base_url = "https://127.0.0.1:" + std::to_string(server.port());
    options.ca_file = trusted.file();
    return options;
}

http::Request request(const std::string& method = "GET", const std::string& body = {}) {
    http::Request made;
    made.method = method;
    made.target = "/path?private=words";
    made.body = body;
    made.timeout = 10s;
    return made;
}

class Asker {
 public:
    explicit Asker(http::ClientOptions options) : client(io, std::move(options)) {}

    /// All at once. Returns when all are answered and nothing is left to do.
    std::vector<http::Response> ask(std::vector<http::Request> requests) {
        std::vector<http::Response> responses(requests.size());
        for (std::size_t i = 0; i < requests.size(); ++i) {
            asio::co_spawn(io,
                           client.send(std::move(requests[i])),
                           [&responses, i](const std::exception_ptr& error, http::Response response) {
                               if (error) std::rethrow_exception(error);
                               responses[i] = std::move(response);
                           });
        }
        io.restart();
        io.run();
        return responses;
    }

    http::Response ask(http::Request one = request()) {
        return ask(std::vector<http::Request>{std::move(one)}).front();
    }

    asio::io_context io{1};
    http::Client client;
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a connection is used again, unless it was idle for too long", "[http_client]") {
    FakeServer server(say_number);
    auto options = at(server);
    SECTION("again") {
        Asker asker(options);
        CHECK(asker.ask().body == "1");
        CHECK(asker.ask(request("POST", "words")).body == "1");
    }
    SECTION("too long") {
        options.idle = 0s;
        Asker asker(options);
        CHECK(asker.ask().body == "1");
        CHECK(asker.ask().body == "2");
    }
}

TEST_CASE("requests that overlap have a connection each, at most 16, and the others wait for one", "[http_client]") {
    Gathering all(static_cast<int>(http::kConnections));
    FakeServer server([&all](Peer& peer) {
        while (!peer.read().empty()) {
            all.wait();
            peer.write(answer("yes"));
        }
    });
    Asker asker(at(server));
    const auto responses = asker.ask(std::vector<http::Request>(http::kConnections + 5, request()));
    for (const auto& response : responses) CHECK(response.body == "yes");
    CHECK(server.connections() == static_cast<int>(http::kConnections));
}

TEST_CASE("a kept connection that the server has closed is replaced", "[http_client]") {
    FakeServer server(say_once(answer("yes")));
    Asker asker(at(server));
    CHECK(asker.ask().body == "yes");
    CHECK(asker.ask().body == "yes");
    CHECK(server.connections() == 2);
}

TEST_CASE("what a kept connection swallowed is sent again only if that does no harm", "[http_client]") {
    std::atomic<int> swallowed{0};
    FakeServer server([&swallowed](Peer& peer) {
        peer.read();
        peer.write(answer(std::to_string(peer.number)));
        if (!peer.read().empty()) ++swallowed;
    });
    Asker asker(at(server));
    CHECK(asker.ask().body == "1");
    CHECK(asker.ask().body == "2");
    CHECK(swallowed == 1);
    const auto refused = asker.ask(request("POST", "words"));
    CHECK(refused.status == 0);
    CHECK(holds(refused.failure, "it closed the connection without an answer"));
    CHECK(swallowed == 2);
    CHECK(server.connections() == 2);
}

TEST_CASE("a server that never answers costs no more than the time limit", "[http_client]") {
    FakeServer server([](Peer& peer) {
        while (!peer.read().empty()) continue;
    });
    Asker asker(at(server));
    http::Request asked = request();
    asked.timeout = 100ms;
    const auto response = asker.ask(asked);
    CHECK(response.status == 0);
    CHECK(response.failure ==
          "127.0.0.1:" + std::to_string(server.port()) + ": no answer in 100 ms; it may be overloaded");
}

TEST_CASE("the time limit holds for the handshake and for waiting for a connection", "[http_client]") {
    FakeServer server([](Peer& peer) {
        while (!peer.read().empty()) continue;
    });
    const Certificate certificate("IP:127.0.0.1");
    http::Request asked = request();
    asked.timeout = 100ms;
    Asker secure(over_tls(server, certificate));
    CHECK(holds(secure.ask(asked).failure, "no TLS connection in 100 ms"));

    Asker plain(at(server));
    std::vector<http::Request> many(http::kConnections + 1, asked);
    for (auto& one : many) one.timeout = 300ms;
    many.back().timeout = 100ms;
    CHECK(holds(plain.ask(many).back().failure, "no connection became free in 100 ms"));
}

TEST_CASE("an answer is as long as HTTP says, however it says it", "[http_client]") {
    const auto answered = [](const std::string& bytes, const std::string& method = "GET") {
        FakeServer server(say_once(bytes));
        return Asker(at(server)).ask(request(method));
    };
    CHECK(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").body ==
          "abcde");
    CHECK(answered("HTTP/1.0 200 OK\r\n\r\nuntil the end").body == "until the end");
    CHECK(answered("HTTP/1.1 204 No Content\r\n\r\n").status == 204);
    CHECK(answered("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n").status == 304);
    CHECK(answered("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD").status == 200);
    CHECK(answered("HTTP/1.1 103 Early Hints\r\n\r\n" + answer("then")).body == "then");
    const auto failed = answered("HTTP/1.1 502 Bad Gateway\r\nX-Reason: some\r\nContent-Length: 2\r\n\r\nno");
    CHECK(failed.status == 502);
    CHECK(failed.header("x-reason") == "some");
    CHECK(failed.header("x-other").empty());
    CHECK(failed.body == "no");
    CHECK(failed.failure.empty());
}

TEST_CASE("an answer that is cut off, too long or no HTTP is none", "[http_client]") {
    const auto failure = [](const std::string& bytes) {
        FakeServer server(say_once(bytes));
        auto options = at(server);
        options.body_limit = 10;
        const auto response = Asker(options).ask();
        CHECK(response.status == 0);
        CHECK(response.body.empty());
        CHECK(!holds(response.failure, "private"));
        return response.failure;
    };
    CHECK(holds(failure("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nprivate"), "its answer was cut off"));
    CHECK(holds(failure("HTTP/1.1 200 OK\r\nContent-"), "its answer was cut off"));
    CHECK(holds(failure("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nprivate1234"),
                "its answer is longer than 10 bytes"));
    CHECK(holds(failure("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n6\r\n123456\r\n0\r\n\r\n"),
                "its answer is longer than 10 bytes"));
    CHECK(holds(failure("private SSH-2.0\r\n\r\n"), "its answer is not HTTP"));
    CHECK(holds(failure(""), "it closed the connection without an answer"));
}

TEST_CASE("a refusal that comes before a long body is sent is still an answer", "[http_client]") {
    FakeServer server([](Peer& peer) {
        peer.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        peer.read();
    });
    CHECK(Asker(at(server)).ask(request("POST", std::string(1'000'000, 'x'))).status == 413);
}

TEST_CASE("a request says who asks what for, and what the caller says wins", "[http_client]") {
    std::string seen;
    FakeServer server([&seen](Peer& peer) {
        while (!(seen = peer.read()).empty()) peer.write(answer(seen));
    });
    auto options = at(server);
    options.base_url += "/base/";
    Asker asker(options);
    const std::string plain = asker.ask(request("PUT", "words")).body;
    CHECK(holds(plain, "PUT /base/path?private=words HTTP/1.1\r\n"));
    CHECK(holds(plain, "Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
    CHECK(holds(plain, "User-Agent: reweave\r\n"));
    CHECK(holds(plain, "Content-Length: 5\r\n"));
    CHECK(!holds(plain, "Accept-Encoding"));
    http::Request own = request();
    own.headers = {{"user-agent", "other"}, {"Cookie", "a"}, {"Cookie", "b"}};
    const std::string changed = asker.ask(own).body;
    CHECK(holds(changed, "user-agent: other\r\n"));
    CHECK(!holds(changed, "User-Agent: reweave"));
    CHECK(holds(changed, "Cookie: a\r\nCookie: b\r\n"));

    own.headers = {{"X", "a\r\nY: b"}};
    CHECK(holds(asker.ask(own).failure, "a request was not sent"));
}

TEST_CASE("a name is looked up, and each of its addresses tried", "[http_client]") {
    FakeServer server(say_number);
    http::ClientOptions options;
    options.base_url = "http://localhost:" + std::to_string(server.port());  // often ::1 first, where nobody listens
    CHECK(Asker(options).ask().body == "1");
}

TEST_CASE("a port where nobody listens, and an address that cannot be read, are sentences", "[http_client]") {
    http::ClientOptions options;
    {
        FakeServer server(say_number);
        options = at(server);
    }
    const auto response = Asker(options).ask();
    CHECK(response.status == 0);
    CHECK(response.failure == options.base_url.substr(7) + ": connection refused; is it running, and the port right?");
    for (const char* wrong : {"", "example.org", "ftp://example.org", "https://", "https://user:secret@example.org"}) {
        options.base_url = wrong;
        CHECK_THROWS_AS(Asker(options), std::invalid_argument);
    }
    options.base_url = "https://example.org";
    options.ca_file = "/nowhere";
    CHECK_THROWS_AS(Asker(options), std::invalid_argument);
}

TEST_CASE("over TLS a connection is used again too", "[http_client][tls]") {
    const Certificate certificate("IP:127.0.0.1");
    FakeServer server([&](Peer& peer) {
        if (peer.shake_hands(certificate)) say_number(peer);
    });
    Asker asker(over_tls(server, certificate));
    CHECK(asker.ask().body == "1");
    CHECK(asker.ask(request("POST", std::string(100'000, 'x'))).body == "1");
}

TEST_CASE("a certificate for another name, or of nobody who is trusted, is refused", "[http_client][tls]") {
    const Certificate own("IP:127.0.0.1");
    const Certificate other("DNS:example.org");
    std::atomic<int> let_in{0};
    const auto failure = [&](const Certificate& shown, const Certificate& trusted) {
        FakeServer server([&](Peer& peer) {
            if (peer.shake_hands(shown) && !peer.read().empty()) ++let_in;
        });
        return Asker(over_tls(server, trusted)).ask().failure;
    };
    CHECK(holds(failure(other, other), "its certificate is for another name"));
    CHECK(holds(failure(own, other), "its certificate is not trusted"));
    CHECK(let_in == 0);
    FakeServer plain([](Peer& peer) {
        peer.write("HTTP/1.1 400 Bad Request\r\n\r\n");
        peer.read();
    });
    CHECK(holds(Asker(over_tls(plain, own)).ask().failure, "no TLS connection ("));
}

TEST_CASE("a proxy is asked for the whole address", "[http_client][proxy]") {
    FakeServer proxy([](Peer& peer) {
        for (std::string seen; !(seen = peer.read()).empty();) peer.write(answer(seen));
    });
    http::ClientOptions options;
    options.base_url = "http://chat.invalid:8008/base";
    options.proxy = "http://us%65r:pass@127.0.0.1:" + std::to_string(proxy.port());
    const auto seen = Asker(options).ask().body;
    CHECK(holds(seen, "GET http://chat.invalid:8008/base/path?private=words HTTP/1.1\r\n"));
    CHECK(holds(seen, "Host: chat.invalid:8008\r\n"));
    CHECK(holds(seen, "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n"));
}

TEST_CASE("TLS goes through a proxy to the server, which alone sees the request", "[http_client][proxy][tls]") {
    const Certificate certificate("DNS:chat.invalid");
    std::string first;
    std::string second;
    FakeServer proxy([&](Peer& peer) {
        first = peer.read();
        peer.write("HTTP/1.1 200 Connection established\r\n\r\n");
        if (!peer.shake_hands(certificate)) return;
        while (!(second = peer.read()).empty()) peer.write(answer(second));
    });
    http::ClientOptions options;
    options.base_url = "https://chat.invalid";
    options.ca_file = certificate.file();
    options.proxy = "user:pass@127.0.0.1:" + std::to_string(proxy.port());
    Asker asker(options);
    const auto seen = asker.ask().body;
    CHECK(asker.ask().status == 200);
    CHECK(proxy.connections() == 1);
    CHECK(holds(first, "CONNECT chat.invalid:443 HTTP/1.1\r\nHost: chat.invalid:443\r\n"));
    CHECK(holds(first, "Proxy-Authorization: Basic dXNlcjpwYXNz\r\n"));
    CHECK(holds(seen, "GET /path?private=words HTTP/1.1\r\n"));
    CHECK(!holds(seen, "Proxy-Authorization"));
}

TEST_CASE("a proxy that lets nobody through is named", "[http_client][proxy]") {
    FakeServer proxy(say_once("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 5\r\n\r\nwords"));
    http::ClientOptions options;
    options.base_url = "https://chat.invalid";
    options.proxy = "http://user:secret@127.0.0.1:" + std::to_string(proxy.port());
    CHECK(Asker(options).ask().failure == "the proxy 127.0.0.1:" + std::to_string(proxy.port()) +
                                              ": it does not connect to chat.invalid (status 407); check its user and "
                                              "password");
    options.proxy = "socks5://127.0.0.1";
    CHECK_THROWS_AS(Asker(options), std::invalid_argument);
}

TEST_CASE("stopping ends what hangs, what waits and what comes later", "[http_client]") {
    Gathering all(static_cast<int>(http::kConnections) + 1);
    FakeServer server([&all](Peer& peer) {
        peer.read();
        all.wait();
        peer.read();
    });
    Asker asker(at(server));
    std::thread stopper([&] {
        all.wait();
        asio::post(asker.io, [&asker] { asker.client.stop(); });
    });
    const auto responses = asker.ask(std::vector<http::Request>(http::kConnections + 3, request()));
    stopper.join();
    for (const auto& response : responses) {
        CHECK(response.status == 0);
        CHECK(response.failure == "stopped");
    }
    CHECK(asker.ask().failure == "stopped");
    CHECK(server.connections() == static_cast<int>(http::kConnections));
}

TEST_CASE("the loop can be destroyed while requests hang", "[http_client]") {
    FakeServer server([](Peer& peer) {
        while (!peer.read().empty()) continue;
    });
    int ended = 0;
    {
        asio::io_context io{1};
        http::Client client(io, at(server));
        for (std::size_t i = 0; i < http::kConnections + 2; ++i) {
            http::Request asked = request();
            asio::co_spawn(
                io, client.send(std::move(asked)), [&ended](const std::exception_ptr&, http::Response) { ++ended; });
        }
        io.run_for(50ms);
    }
    CHECK(ended == 0);
}

}  // namespace test_http_client
