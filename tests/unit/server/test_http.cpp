#include "bot/server/addresses.hpp"
#include "bot/server/http.hpp"
#include "bot/server/tokens.hpp"
#include "bot/server/wire.hpp"
#include "tests/support/catch.hpp"

namespace test_http {

using namespace reweave::server;
using namespace std::chrono_literals;

namespace {

IpAddress ip(const char* text) {
    return boost::asio::ip::make_address(text);
}

int status(const std::optional<HttpAnswer>& answer) {
    return answer ? answer->status : 101;
}

}  // namespace

TEST_CASE("pages are served as they are, with their type, whatever the query", "[server][http]") {
    Pages pages;
    pages["/"] = {"<p>", "text/html; charset=utf-8"};
    bool ready = true;
    const HttpHandler handler = page_handler(pages, [&] { return ready; });
    CHECK(handler({"GET", "/"}).body() == "<p>");
    CHECK(handler({"GET", "/?a=b"}).type == "text/html; charset=utf-8");
    CHECK(handler({"HEAD", "/"}).status == 200);
    CHECK(handler({"GET", "/../secret"}).status == 404);
    CHECK(handler({"GET", "/index.htm"}).status == 404);
    CHECK(handler({"POST", "/"}).status == 405);
    CHECK(handler({"GET", "/ws"}).status == 426);
    CHECK(handler({"GET", "/metrics"}).status == 404);
    CHECK(handler({"GET", "/healthz"}).body() == "ok\n");
    CHECK(handler({"GET", "/readyz"}).status == 200);
    ready = false;
    CHECK(handler({"GET", "/readyz"}).status == 503);
    CHECK(handler({"GET", "/healthz"}).status == 200);
}

TEST_CASE("only the operator's listener shows metrics", "[server][http]") {
    const HttpHandler handler = operator_handler([] { return std::string("turns 1\n"); });
    CHECK(handler({"GET", "/metrics"}).body() == "turns 1\n");
    CHECK(handler({"GET", "/healthz"}).status == 200);
    CHECK(handler({"GET", "/"}).status == 404);
    CHECK(handler({"DELETE", "/metrics"}).status == 405);
}

TEST_CASE("every answer forbids what the page does not need", "[server][http]") {
    const std::string head = head_of(refusal(404, "There is nothing here."), false);
    for (const char* line :
         {"HTTP/1.1 404 Not Found\r\n",
          "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
          "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n",
          "X-Content-Type-Options: nosniff\r\n",
          "Referrer-Policy: no-referrer\r\n",
          "Cache-Control: no-store\r\n",
          "Content-Length: 23\r\n",
          "Connection: close\r\n\r\n"}) {
        INFO(line);
        CHECK(head.find(line) != std::string::npos);
    }
    CHECK(head_of(refusal(405, ""), true).find("Allow: GET, HEAD\r\n") != std::string::npos);
    CHECK(head_of(refusal(503, ""), true).find("Retry-After: ") != std::string::npos);
}

TEST_CASE("a page of another host may not connect", "[server][http]") {
    struct Row {
        const char* host;
        const char* origin;
        int expected;
    };
    const Row rows[] = {{"chat.example.org", "", 101},
                        {"chat.example.org", "https://chat.example.org", 101},
                        {"chat.example.org", "https://chat.example.org:443", 101},
                        {"chat.example.org:443", "https://Chat.Example.org", 101},
                        {"chat.example.org", "http://chat.example.org:80", 101},
                        {"127.0.0.1:8080", "http://127.0.0.1:8080", 101},
                        {"chat.example.org", "https://partner.example.net", 101},
                        {"127.0.0.1:8080", "http://127.0.0.1:9090", 403},
                        {"chat.example.org", "https://evil.example.net", 403},
                        {"chat.example.org", "https://chat.example.org.evil.net", 403},
                        {"chat.example.org", "https://evilchat.example.org", 403},
                        {"chat.example.org", "null", 403},
                        {"", "https://", 403}};
    for (const Row& row : rows) {
        INFO(row.host << " from " << row.origin);
        CHECK(status(refuse_upgrade({"/ws", row.host, row.origin, "reweave.v1"}, {"https://partner.example.net"})) ==
              row.expected);
    }
}

TEST_CASE("an upgrade must be for /ws and ask for the subprotocol", "[server][http]") {
    CHECK(status(refuse_upgrade({"/ws?x=1", "h", "", "chat, reweave.v1"}, {})) == 101);
    CHECK(status(refuse_upgrade({"/", "h", "", "reweave.v1"}, {})) == 404);
    CHECK(status(refuse_upgrade({"/ws", "h", "", ""}, {})) == 400);
    CHECK(status(refuse_upgrade({"/ws", "h", "", "reweave.v10,reweave"}, {})) == 400);
}

TEST_CASE("tokens are long, random, and known by their hash", "[server][tokens]") {
    const std::string token = new_token();
    CHECK(wire::is_token(token));
    CHECK(new_token() != token);
    CHECK(handle_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(token_from_cookies("a=b; reweave_device=" + token + " ; c", false) == token);
    CHECK(token_from_cookies("reweave_device=" + token, false) == token);
    CHECK(token_from_cookies("xreweave_device=" + token, false).empty());
    CHECK(token_from_cookies("reweave_device=short", false).empty());
    CHECK(token_from_cookies("__Host-reweave_device=" + token, true) == token);
    CHECK(token_from_cookies("reweave_device=" + token, true).empty());  // anyone nearby could have set that one
    CHECK(token_from_cookies("", false).empty());
    CHECK(set_cookie("T", false) == "reweave_device=T; Path=/; Max-Age=34560000; HttpOnly; SameSite=Strict");
    CHECK(set_cookie("T", true) ==
          "__Host-reweave_device=T; Path=/; Max-Age=34560000; HttpOnly; SameSite=Strict; Secure");
}

TEST_CASE("only a trusted proxy is believed about who is behind it", "[server][addresses]") {
    const TrustedProxies none;
    CHECK(none.client(ip("192.0.2.9"), "198.51.100.1") == ip("192.0.2.9"));

    const TrustedProxies proxies({"127.0.0.1", "10.1.0.0/16", "fd00::/8"});
    CHECK(proxies.trusts(ip("10.1.255.255")));
    CHECK_FALSE(proxies.trusts(ip("10.2.0.1")));
    CHECK(proxies.trusts(ip("fd12::1")));
    CHECK(proxies.trusts(ip("::ffff:127.0.0.1")));
    CHECK(proxies.client(ip("127.0.0.1"), "198.51.100.1") == ip("198.51.100.1"));
    CHECK(proxies.client(ip("127.0.0.1"), "6.6.6.6, 198.51.100.1, 10.1.2.3") == ip("198.51.100.1"));
    CHECK(proxies.client(ip("127.0.0.1"), "198.51.100.1, rubbish") == ip("127.0.0.1"));
    CHECK(proxies.client(ip("127.0.0.1"), "") == ip("127.0.0.1"));
    CHECK(proxies.client(ip("192.0.2.9"), "127.0.0.1") == ip("192.0.2.9"));
    for (const char* wrong : {"localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", ""}) {
        INFO(wrong);
        CHECK_THROWS_AS(TrustedProxies({wrong}), std::invalid_argument);
    }
}

TEST_CASE("an address has so many connections, a household's IPv6 network counts as one", "[server][addresses]") {
    AddressLimits limits;
    limits.connections = 2;
    AddressBook book(limits);
    AddressUse* first = book.opened(ip("192.0.2.1"), {});
    REQUIRE(first != nullptr);
    CHECK(book.opened(ip("::ffff:192.0.2.1"), {}) == first);
    CHECK(book.opened(ip("192.0.2.1"), {}) == nullptr);
    CHECK(book.opened(ip("192.0.2.2"), {}) != nullptr);
    book.closed(*first);
    CHECK(book.opened(ip("192.0.2.1"), {}) == first);
    CHECK(book.opened(ip("2001:db8::1"), {}) == book.opened(ip("2001:db8::2"), {}));
    CHECK(book.opened(ip("2001:db8:0:1::1"), {}) != book.opened(ip("2001:db8::3"), {}));
}

TEST_CASE("addresses that use nothing are forgotten", "[server][addresses]") {
    AddressLimits limits;
    AddressBook book(limits);
    for (std::uint32_t i = 0; i < 5000; ++i) {
        AddressUse* use = book.opened(boost::asio::ip::address_v4(0x0A000000 + i), {});
        REQUIRE(use != nullptr);
        book.closed(*use);
    }
    CHECK(book.size() < 2000);
}

}  // namespace test_http
