#include <map>

#include "adapters/common/http_client.hpp"
#include "adapters/common/url.hpp"
#include "tests/support/catch.hpp"

namespace test_http_addresses {

using namespace reweave;

namespace {

std::string proxy_in(const std::map<std::string, std::string>& set, const std::string& server) {
    return http::proxy_for(server, [&](const char* name) {
        const auto found = set.find(name);
        return found == set.end() ? std::optional<std::string>() : std::optional(found->second);
    });
}

}  // namespace

TEST_CASE("the environment names the proxy that curl would take", "[http_client]") {
    struct Row {
        std::map<std::string, std::string> set;
        std::string https;  ///< for https://chat.example.org
        std::string http;   ///< for http://chat.example.org
    };
    const std::vector<Row> rows{
        {{}, "", ""},
        {{{"https_proxy", "http://a"}}, "http://a", ""},
        {{{"HTTPS_PROXY", "http://a"}}, "http://a", ""},
        {{{"https_proxy", "http://a"}, {"HTTPS_PROXY", "http://b"}}, "http://a", ""},
        {{{"https_proxy", ""}, {"HTTPS_PROXY", "http://b"}}, "http://b", ""},
        {{{"http_proxy", "http://a"}}, "", "http://a"},
        {{{"HTTP_PROXY", "http://a"}}, "", ""},
        {{{"all_proxy", "http://a"}, {"https_proxy", "http://b"}}, "http://b", "http://a"},
        {{{"ALL_PROXY", "http://a"}}, "http://a", "http://a"},
        {{{"ALL_PROXY", "http://a"}, {"NO_PROXY", "*"}}, "", ""},
    };
    for (const Row& row : rows) {
        CHECK(proxy_in(row.set, "https://chat.example.org") == row.https);
        CHECK(proxy_in(row.set, "http://chat.example.org") == row.http);
    }
}

TEST_CASE("no_proxy excepts a host, what is below it, and networks", "[http_client]") {
    struct Row {
        std::string no_proxy;
        std::string host;
        bool excepted;
    };
    const std::vector<Row> rows{
        {"example.org", "example.org", true},
        {"example.org", "chat.example.org", true},
        {".example.org", "example.org", true},
        {"EXAMPLE.org", "Chat.Example.ORG:8448", true},
        {"example.org.", "chat.example.org", true},
        {"example.org", "badexample.org", false},
        {"chat.example.org", "example.org", false},
        {"a.org, example.org", "example.org", true},
        {"a.org example.org", "example.org", true},
        {",,", "example.org", false},
        {".", "example.org", false},
        {"example.*", "example.org", false},
        {"localhost", "localhost:8008", true},
        {"example.org", "localhost", false},
        {"example.org", "127.0.0.1", false},
        {"127.0.0.1", "127.0.0.1:8008", true},
        {"0.0.1", "127.0.0.1", false},
        {"10.0.0.0/8", "10.1.2.3", true},
        {"10.0.0.0/8", "11.1.2.3", false},
        {"10.0.0.0/99", "10.1.2.3", false},
        {"::1", "[::1]:8008", true},
        {"[::1]", "[0:0::1]", true},
        {"fd00::/8", "[fd12::1]", true},
        {"fd00::/8", "[fe80::1]", false},
        {"10.0.0.0/8", "[fd12::1]", false},
    };
    for (const Row& row : rows) {
        INFO(row.no_proxy << " for " << row.host);
        const std::string proxy =
            proxy_in({{"all_proxy", "http://a"}, {"no_proxy", row.no_proxy}}, "https://" + row.host);
        CHECK(proxy.empty() == row.excepted);
    }
}

TEST_CASE("an address is read into its parts or not at all", "[http_client]") {
    const auto url = http::parse_url("HTTPS://us%40er:p@Chat.Example.org:8448/a/b");
    REQUIRE(url);
    CHECK(url->scheme == "https");
    CHECK(http::percent_decoded(url->user_info) == "us@er:p");
    CHECK(url->authority() == "chat.example.org:8448");
    CHECK(url->path == "/a/b");
    CHECK(http::parse_url("[::1]:80")->authority() == "[::1]:80");
    CHECK(http::parse_url("[::1]")->host == "::1");
    CHECK(http::percent_decoded("%4") == "%4");
    CHECK(http::percent_decoded("a%zz%41") == "a%zzA");
    for (const char* wrong : {"",
                              "http://",
                              "http://:80",
                              "http://a:",
                              "http://a:0",
                              "http://a:65536",
                              "http://a:8x",
                              "http://[::1",
                              "http://[]",
                              "http://[::1]x",
                              "http://a b",
                              "http://a\r\nb",
                              "http://a/?q",
                              "http://a#f",
                              "http://a?q",
                              "http://a\\b"}) {
        INFO(wrong);
        CHECK_FALSE(http::parse_url(wrong));
    }
}

}  // namespace test_http_addresses
