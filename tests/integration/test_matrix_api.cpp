#include <boost/asio/co_spawn.hpp>
#include <nlohmann/json.hpp>

#include "adapters/matrix/api.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_homeserver.hpp"

namespace test_matrix_api {

using namespace reweave;
using namespace reweave::matrix;
using namespace reweave::test;
using namespace std::chrono_literals;
using Asked = FakeHomeserver::Asked;
using Kind = Answer::Kind;

namespace {

Account account(const std::string& refresh = {}) {
    Account made;
    made.user_id = "@reweave:example.org";
    made.device_id = "D";
    made.access_token = "old-token";
    made.refresh_token = refresh;
    return made;
}

const std::string kUnknownToken =
    FakeHomeserver::answer(401, R"({"errcode":"M_UNKNOWN_TOKEN","error":"secret words","soft_logout":true})");
const std::string kNewTokens =
    FakeHomeserver::answer(200, R"({"access_token":"new-token","refresh_token":"r2","expires_in_ms":300000})");

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

bool refreshes(const Asked& asked) {
    return asked.path == "/_matrix/client/v3/refresh";
}

/// As a homeserver that takes the new token only.
std::string new_token_only(const Asked& asked) {
    if (refreshes(asked)) return kNewTokens;
    return holds(asked.head, "Bearer new-token") ? FakeHomeserver::answer(200, "{}") : kUnknownToken;
}

class Caller {
 public:
    explicit Caller(const FakeHomeserver& homeserver, Account of = account())
        : api(io, homeserver.options(), std::move(of), [this](const Account& renewed) { saved.push_back(renewed); }) {}

    /// All at once.
    std::vector<Answer> call(std::size_t times) {
        std::vector<Answer> answers(times);
        for (Answer& to : answers) {
            asio::co_spawn(io, api.call("GET", "/x"), [&to](const std::exception_ptr& error, Answer answer) {
                if (error) std::rethrow_exception(error);
                to = std::move(answer);
            });
        }
        io.restart();
        io.run();
        return answers;
    }
    Answer call() { return call(1).front(); }

    asio::io_context io{1};
    std::vector<Account> saved;
    Api api;
};

Answer answer_to(const std::string& said) {
    FakeHomeserver homeserver([&](const Asked&) { return said; });
    return Caller(homeserver).call();
}

}  // namespace

TEST_CASE("answers of a homeserver are sorted by what to do about them", "[matrix][api]") {
    const auto sorted = [](int status, const std::string& body) {
        return answer_to(FakeHomeserver::answer(status, body)).kind;
    };
    CHECK(sorted(200, "{}") == Kind::ok);
    CHECK(sorted(403, R"({"errcode":"M_FORBIDDEN"})") == Kind::refused);
    CHECK(sorted(404, R"({"errcode":"M_UNRECOGNIZED"})") == Kind::refused);
    CHECK(sorted(429, R"({"errcode":"M_LIMIT_EXCEEDED"})") == Kind::slow_down);
    CHECK(sorted(401, R"({"errcode":"M_UNKNOWN_TOKEN"})") == Kind::signed_out);
    CHECK(sorted(401, R"({"errcode":"M_MISSING_TOKEN"})") == Kind::refused);
    CHECK(sorted(500, R"({"errcode":"M_UNKNOWN"})") == Kind::lost);
    CHECK(sorted(404, "<html>a proxy's page</html>") == Kind::lost);
    CHECK(sorted(400, R"({"errcode":7})") == Kind::lost);
    CHECK(answer_to({}).kind == Kind::lost);
    CHECK(answer_to({}).status == 0);
}

TEST_CASE("a failure names the code of the error and nothing that was written", "[matrix][api]") {
    const Answer answer = answer_to(FakeHomeserver::answer(400, R"({"errcode":"M_BAD_JSON","error":"secret words"})"));
    CHECK(holds(answer.failure, "400 M_BAD_JSON"));
    CHECK_FALSE(holds(answer.failure, "secret"));
    CHECK_FALSE(holds(answer.failure, "old-token"));
}

TEST_CASE("how long to wait is the longer of what body and header say, within reason", "[matrix][api]") {
    const auto wait = [](const std::string& body, const std::string& headers) {
        return answer_to(FakeHomeserver::answer(429, body, headers)).wait;
    };
    CHECK(wait(R"({"retry_after_ms":777})", "Retry-After: 1\r\n") == 777ms);
    CHECK(wait("{}", "Retry-After: 30\r\n") == 30s);
    CHECK(wait(R"({"retry_after_ms":5000})", "") == 5s);
    CHECK(wait("", "") == 1s);
    CHECK(wait(R"({"retry_after_ms":-7})", "Retry-After: soon\r\n") == 50ms);
    CHECK(wait(R"({"retry_after_ms":1e300})", "") == 15min);
    CHECK(wait("{}", "Retry-After: 9000000000000000000\r\n") == 15min);
}

TEST_CASE("the clock of the server is known from its answers", "[matrix][api]") {
    const std::string date = "Date: Sat, 28 Nov 2026 09:30:00 GMT\r\n";
    CHECK(answer_to(FakeHomeserver::answer(200, "{}", date)).server_time == 1'795'858'200'000);
    CHECK(answer_to(FakeHomeserver::answer(200, "{}", "Date: noon\r\n")).server_time == 0);
}

TEST_CASE("JSON deeper than anybody means is cut and not followed", "[matrix][api]") {
    Answer answer;
    answer.body = std::string(100'000, '[') + std::string(100'000, ']');
    CHECK(answer.json().dump().size() < 1000);
    answer.body = "{not json";
    CHECK(answer.json().is_discarded());
}

TEST_CASE("a new pair of tokens is stored before it is used", "[matrix][api]") {
    std::vector<Account>* saved = nullptr;
    std::size_t saved_at_first_use = 0;
    FakeHomeserver homeserver([&](const Asked& asked) {
        if (holds(asked.head, "Bearer new-token")) saved_at_first_use = saved->size();
        return new_token_only(asked);
    });
    Caller caller(homeserver, account("r1"));
    saved = &caller.saved;
    CHECK(caller.call().ok());
    CHECK(saved_at_first_use == 1);
    CHECK(caller.saved.front().access_token == "new-token");
    CHECK(caller.saved.front().refresh_token == "r2");
    CHECK(caller.saved.front().expires_at > 0);
    const std::vector<Asked> asked = homeserver.asked();
    REQUIRE(asked.size() == 3);
    CHECK(holds(asked[1].body, "r1"));
    CHECK_FALSE(holds(asked[1].head, "Authorization"));  // the old token is none any more
}

TEST_CASE("requests that meet an ended token together refresh it once and all go on", "[matrix][api]") {
    FakeHomeserver homeserver(new_token_only);
    Caller caller(homeserver, account("r1"));
    for (const Answer& answer : caller.call(8)) CHECK(answer.ok());
    CHECK(caller.saved.size() == 1);
}

TEST_CASE("a refresh that nobody answered is no end of the session", "[matrix][api]") {
    for (const std::string& said : {std::string(), FakeHomeserver::answer(502, "<html>")}) {
        FakeHomeserver homeserver([&](const Asked& asked) { return refreshes(asked) ? said : kUnknownToken; });
        Caller caller(homeserver, account("r1"));
        CHECK(caller.call().kind == Kind::lost);
        CHECK(caller.saved.empty());
    }
}

TEST_CASE("a token that is refused for good ends the session, soft or not", "[matrix][api]") {
    const std::string forbidden = FakeHomeserver::answer(403, R"({"errcode":"M_FORBIDDEN"})");
    FakeHomeserver homeserver([&](const Asked& asked) { return refreshes(asked) ? forbidden : kUnknownToken; });
    const Answer answer = Caller(homeserver, account("r1")).call();
    CHECK(answer.kind == Kind::signed_out);
    CHECK(answer.soft);
    CHECK(Caller(homeserver, account()).call().kind == Kind::signed_out);  // nothing to refresh it with
}

TEST_CASE("a token that is about to end is refreshed before it is used", "[matrix][api]") {
    FakeHomeserver homeserver(new_token_only);
    Account ending = account("r1");
    ending.expires_at = 1;
    Caller caller(homeserver, ending);
    CHECK(caller.call().ok());
    CHECK(homeserver.asked().size() == 2);
    CHECK(refreshes(homeserver.asked().front()));
}

TEST_CASE("a token of an OAuth server is refreshed there", "[matrix][api]") {
    FakeHomeserver oauth(
        [](const Asked&) { return FakeHomeserver::answer(200, R"({"access_token":"new-token","expires_in":300})"); });
    FakeHomeserver homeserver(new_token_only);
    Account with = account("r&1");
    with.oauth_token_endpoint = oauth.options().base_url + "/token";
    with.oauth_client_id = "client";
    Caller caller(homeserver, with);
    CHECK(caller.call().ok());
    REQUIRE(oauth.asked().size() == 1);
    CHECK(oauth.asked().front().body == "grant_type=refresh_token&refresh_token=r%261&client_id=client");
    CHECK(caller.saved.front().refresh_token == "r&1");  // they need not give a new one

    FakeHomeserver no([](const Asked&) { return FakeHomeserver::answer(400, R"({"error":"invalid_grant"})"); });
    with.oauth_token_endpoint = no.options().base_url + "/token";
    CHECK(Caller(homeserver, with).call().kind == Kind::signed_out);
}

}  // namespace test_matrix_api
