#include <stdlib.h>

#include <filesystem>

#include "tests/integration/running_server.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/certificate.hpp"

namespace test_server_http {

using namespace reweave;
using namespace reweave::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::string get(std::uint16_t port, const std::string& path, const std::string& more = "Connection: close\r\n") {
    return exchange_bytes(port, "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + more + "\r\n");
}

bool begins(const std::string& answer, const std::string& with) {
    return answer.rfind(with, 0) == 0;
}

class Folder {
 public:
    Folder() {
        char name[] = "/tmp/reweave-test-XXXXXX";
        path = ::mkdtemp(name);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path path;
};

}  // namespace

TEST_CASE("the page comes with its policy, also over a connection that is used twice", "[server][http]") {
    RunningServer server;
    const std::string two = exchange_bytes(server.port(),
                                           "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"
                                           "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const std::size_t second = two.find("HTTP/1.1 200 OK", 1);
    REQUIRE(second != std::string::npos);
    const std::string head = two.substr(0, second);
    CHECK(begins(head, "HTTP/1.1 200 OK\r\n"));
    CHECK(head.find("Content-Length: 15\r\n") != std::string::npos);
    CHECK(head.find("Content-Security-Policy: default-src 'none'") != std::string::npos);
    CHECK(head.find("<!doctype") == std::string::npos);
    CHECK(two.substr(second).find("\r\n\r\n<!doctype html>") != std::string::npos);
}

TEST_CASE("what is not a request for a page is answered with the status that says why", "[server][http]") {
    RunningServer server;
    CHECK(begins(get(server.port(), "/nothing"), "HTTP/1.1 404 "));
    CHECK(begins(get(server.port(), "/ws"), "HTTP/1.1 426 "));
    CHECK(begins(get(server.port(), "/", "Content-Length: 5\r\n"), "HTTP/1.1 413 "));
    CHECK(begins(exchange_bytes(server.port(), "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
                 "HTTP/1.1 405 "));
    CHECK(begins(exchange_bytes(server.port(), "BREW / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
                 "HTTP/1.1 405 "));
    CHECK(begins(exchange_bytes(server.port(), "GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 400 "));
    CHECK(begins(exchange_bytes(server.port(), "\x16\x03\x01 this is TLS\r\n\r\n"), "HTTP/1.1 400 "));
    CHECK(begins(get(server.port(), "/", "X-Long: " + std::string(20'000, 'x') + "\r\n"), "HTTP/1.1 431 "));
    CHECK(begins(get(server.port(), "/" + std::string(20'000, 'x')), "HTTP/1.1 431 "));
    CHECK(begins(get(server.port(), "/healthz"), "HTTP/1.1 200 "));
}

TEST_CASE("a request that never ends is not waited for", "[server][http]") {
    server::ServerOptions options;
    options.request_limit = 100ms;
    RunningServer server(options);
    CHECK(exchange_bytes(server.port(), "GET / HTTP/1.1\r\nHost").empty());
    CHECK(exchange_bytes(server.port(), "").empty());
}

TEST_CASE("readiness ends when the server goes down or its owner says so", "[server][http]") {
    server::ServerOptions options;
    std::atomic<bool> ready{false};
    options.ready = [&] { return ready.load(); };
    RunningServer server(options);
    CHECK(begins(get(server.port(), "/readyz"), "HTTP/1.1 503 "));
    ready = true;
    CHECK(begins(get(server.port(), "/readyz"), "HTTP/1.1 200 "));
}

TEST_CASE("metrics are for the operator's listener alone", "[server][http]") {
    server::ServerOptions options;
    options.operator_listen = server::Endpoint{"127.0.0.1", 0};
    RunningServer server(options);
    Person person(server);
    const std::string shown = get(server.operator_port(), "/metrics");
    CHECK(begins(shown, "HTTP/1.1 200 "));
    CHECK(shown.find("\nreweave_connections 1\n") != std::string::npos);
    CHECK(begins(get(server.port(), "/metrics"), "HTTP/1.1 404 "));
    WsOptions upgrade;
    upgrade.port = server.operator_port();
    CHECK(WsClient(upgrade).status() == 404);
}

TEST_CASE("an address that is taken or wrong is one clear sentence", "[server][http]") {
    RunningServer server;
    server::ServerOptions options;
    options.listen.port = server.port();
    try {
        RunningServer second(options);
        FAIL("two servers on one port");
    } catch (const std::runtime_error& error) {
        const std::string sentence = error.what();
        CHECK(sentence.find("cannot listen on 127.0.0.1 port " + std::to_string(server.port()) + ": ") == 0);
    }
    options.listen.address = "localhost";
    CHECK_THROWS_AS(RunningServer(options), std::runtime_error);
}

TEST_CASE("over TLS a conversation is the same, and the cookie is Secure", "[server][tls]") {
    const Folder folder;
    server::ServerOptions options;
    options.tls = server::TlsFiles{folder.path / "certificate.pem", folder.path / "key.pem"};
    write_certificate(options.tls->certificate, options.tls->key);
    RunningServer server(options);
    WsOptions client;
    client.tls = true;
    client.headers["Origin"] = "https://127.0.0.1:" + std::to_string(server.port());
    {
        Person person(server, client);
        CHECK(person.header("Set-Cookie").find("; Secure") != std::string::npos);
        person.say(1);
        CHECK(person.next().at("type") == "ack");
        CHECK(person.next().at("seq") == 1);
        person.close();
    }
    CHECK(exchange_bytes(server.port(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n").find("200 OK") == std::string::npos);

    write_certificate(options.tls->certificate, options.tls->key);
    server.on_io([&] { server.server().reload_certificate(); });
    std::filesystem::remove(options.tls->key);
    server.on_io([&] { CHECK_THROWS_AS(server.server().reload_certificate(), std::runtime_error); });
    Person after(server, client);
    CHECK(after.welcome.at("type") == "welcome");
}

TEST_CASE("a certificate that cannot be used is one clear sentence", "[server][tls]") {
    const Folder folder;
    server::ServerOptions options;
    options.tls = server::TlsFiles{folder.path / "none.pem", folder.path / "none.key"};
    try {
        RunningServer server(options);
        FAIL("served without a certificate");
    } catch (const std::runtime_error& error) {
        CHECK(std::string(error.what())
                  .find("cannot use " + (folder.path / "none.pem").string() + " as TLS certificate: ") == 0);
    }
}

}  // namespace test_server_http
