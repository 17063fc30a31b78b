#include <deque>
#include <nlohmann/json.hpp>

#include "adapters/matrix/oauth.hpp"
#include "tests/support/catch.hpp"

namespace test_login {

using namespace reweave;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// Gives prepared answers in order, and keeps what it was asked.
struct Servers {
    std::deque<std::pair<int, json>> answers;
    std::vector<std::pair<std::string, http::Request>> asked;

    matrix::Ask ask() {
        return [this](const std::string& base_url, http::Request request) {
            asked.emplace_back(base_url, std::move(request));
            REQUIRE_FALSE(answers.empty());
            http::Response response;
            response.status = answers.front().first;
            response.body = answers.front().second.dump();
            answers.pop_front();
            return response;
        };
    }
};

const json kMetadata = {{"token_endpoint", "https://auth.test/token"},
                        {"device_authorization_endpoint", "https://auth.test/device"},
                        {"registration_endpoint", "https://auth.test/register"}};

bool has(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

std::string refusal(const std::function<void()>& work) {
    try {
        work();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_CASE("A name stands for the account that it begins, and a whole id for itself only", "[matrix][login]") {
    CHECK(matrix::may_be("bot", "@bot:example.org"));
    CHECK(matrix::may_be("@bot", "@bot:example.org"));
    CHECK(matrix::may_be("@bot:example.org", "@bot:example.org"));
    CHECK_FALSE(matrix::may_be("bo", "@bot:example.org"));
    CHECK_FALSE(matrix::may_be("@bot:example.com", "@bot:example.org"));
}

TEST_CASE("Tokens are taken over from all kinds of answers", "[matrix][login]") {
    matrix::Account account;
    account.refresh_token = "old";
    CHECK_FALSE(matrix::take_tokens({{"refresh_token", "new"}}, account));
    CHECK(account.refresh_token == "old");
    CHECK(matrix::take_tokens({{"access_token", "a"}}, account));
    CHECK(account.expires_at == 0);
    CHECK(account.refresh_token == "old");
    matrix::Account other;
    CHECK(matrix::take_tokens({{"access_token", "a"}, {"expires_in_ms", 300'000}}, account));
    CHECK(matrix::take_tokens({{"access_token", "a"}, {"expires_in", 300}}, other));
    CHECK(std::abs(account.expires_at - other.expires_at) < 60'000);
}

TEST_CASE("An older homeserver is asked for consent in the words that it knows", "[matrix][login]") {
    Servers servers;
    servers.answers = {{404, {{"errcode", "M_UNRECOGNIZED"}}}, {200, kMetadata}};
    auto server = matrix::oauth_server(servers.ask(), "https://hs.test");
    REQUIRE(server);
    CHECK(server->scope_prefix == "urn:matrix:org.matrix.msc2967.client:");
    json metadata = kMetadata;
    metadata["scopes_supported"] = {"openid", "urn:matrix:org.matrix.msc2967.client:api:*"};
    servers.answers = {{200, metadata}};
    server = matrix::oauth_server(servers.ask(), "https://hs.test");
    REQUIRE(server);
    CHECK(server->scope_prefix == "urn:matrix:org.matrix.msc2967.client:");
    servers.answers = {{404, {{"errcode", "M_UNRECOGNIZED"}}}, {404, {{"errcode", "M_UNRECOGNIZED"}}}};
    CHECK_FALSE(matrix::oauth_server(servers.ask(), "https://hs.test"));
}

TEST_CASE("Consent is asked for as slowly as the server wants it, and no longer than the code is good",
          "[matrix][login]") {
    Servers servers;
    servers.answers = {{200, kMetadata}};
    const auto server = matrix::oauth_server(servers.ask(), "https://hs.test");
    REQUIRE(server);
    std::vector<std::chrono::seconds> waits;
    std::string shown;
    matrix::Consent consent;
    consent.device_id = "DEVICE";
    consent.wait = [&](std::chrono::seconds time) { waits.push_back(time); };
    consent.show = [&](const std::string& address, const std::string& code) { shown = address + " " + code; };
    const std::pair<int, json> registered{201, {{"client_id", "client"}}};
    const std::pair<int, json> code{200,
                                    {{"device_code", "d"},
                                     {"user_code", "AB-CD"},
                                     {"verification_uri", "https://auth.test/link"},
                                     {"interval", 2},
                                     {"expires_in", 30}}};
    const std::pair<int, json> pending{400, {{"error", "authorization_pending"}}};
    const auto log_in = [&] { return matrix::log_in_by_consent(servers.ask(), "https://hs.test", *server, consent); };

    SECTION("until somebody agrees") {
        servers.answers = {registered,
                           code,
                           pending,
                           {400, {{"error", "slow_down"}}},
                           {200, {{"access_token", "a"}, {"refresh_token", "r"}, {"expires_in", 300}}},
                           {200, {{"user_id", "@bot:hs.test"}, {"device_id", "DEVICE"}}}};
        const matrix::Account account = log_in();
        CHECK(waits == std::vector<std::chrono::seconds>{2s, 2s, 7s});
        CHECK(shown == "https://auth.test/link AB-CD");
        CHECK(account.user_id == "@bot:hs.test");
        CHECK(account.refresh_token == "r");
        CHECK(account.oauth_token_endpoint == "https://auth.test/token");
        CHECK(account.oauth_client_id == "client");
        CHECK(has(servers.asked.at(2).second.body,
                  "scope=urn%3Amatrix%3Aclient%3Aapi%3A%2A%20urn%3Amatrix%3Aclient%3Adevice%3ADEVICE"));
    }
    SECTION("until the code has ended") {
        servers.answers = {registered, code};
        for (int i = 0; i < 15; ++i) servers.answers.push_back(pending);
        CHECK(has(refusal([&] { (void)log_in(); }), "nobody has agreed"));
        CHECK(servers.answers.empty());
    }
    SECTION("until it is refused") {
        servers.answers = {registered, code, {400, {{"error", "access_denied"}}}};
        CHECK(has(refusal([&] { (void)log_in(); }), "refused on the page"));
    }
    SECTION("not at all, if the bot cannot make itself known") {
        servers.answers = {{400, {{"error", "invalid_client_metadata"}}}};
        CHECK(has(refusal([&] { (void)log_in(); }), "web.public_url"));
    }
}

TEST_CASE("A device is deleted with the password where the homeserver wants one", "[matrix][login]") {
    matrix::Account account;
    account.user_id = "@bot:hs.test";
    account.access_token = "token";
    Servers servers;
    servers.answers = {{401, {{"session", "s"}, {"flows", json::array()}}}, {200, json::object()}};
    matrix::delete_device(servers.ask(), "https://hs.test", account, "OLD", "secret");
    const json auth = json::parse(servers.asked.at(1).second.body)["auth"];
    CHECK(auth["session"] == "s");
    CHECK(auth["password"] == "secret");
    servers.answers = {{401, {{"session", "s"}, {"flows", json::array()}}}, {403, {{"errcode", "M_FORBIDDEN"}}}};
    const std::string why =
        refusal([&] { matrix::delete_device(servers.ask(), "https://hs.test", account, "OLD", "secret"); });
    CHECK(has(why, "OLD could not be deleted"));
    CHECK_FALSE(has(why, "secret"));
}

}  // namespace test_login
