#include <nlohmann/json.hpp>

#include "adapters/discord/call.hpp"
#include "tests/support/catch.hpp"

namespace test_call {

using namespace reweave;
using namespace reweave::discord;
using namespace std::chrono_literals;
using Kind = Answer::Kind;
using Limited = Reply::Limited;

namespace {

http::Response response(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
    http::Response made;
    made.status = status;
    made.body = std::move(body);
    made.headers = std::move(headers);
    return made;
}

Call call(std::string path, std::string body = {}, std::string method = "POST") {
    Call made;
    made.method = std::move(method);
    made.path = std::move(path);
    made.body = std::move(body);
    return made;
}

Answer sorted(int status, const std::string& body, const std::string& path = "/channels/1/messages") {
    return answer_of(response(status, body), call(path), "POST /route");
}

Kind kind(int status, const std::string& body, const std::string& path = "/channels/1/messages") {
    return sorted(status, body, path).kind;
}

}  // namespace

TEST_CASE("answers are sorted by what to do about them", "[discord]") {
    CHECK(kind(200, "{}") == Kind::ok);
    CHECK(kind(204, "") == Kind::ok);
    CHECK(kind(403, R"({"code":50013,"message":"Missing Permissions"})") == Kind::refused);
    CHECK(kind(400, R"({"code":50007})") == Kind::refused);
    CHECK(kind(404, R"({"code":10008})") == Kind::refused);
    CHECK(kind(429, "{}") == Kind::lost);
    CHECK(kind(502, "<html>") == Kind::lost);
    CHECK(kind(400, R"({"code":130000})") == Kind::lost);
    CHECK(kind(401, R"({"code":0})") == Kind::signed_out);
    CHECK(sorted(403, R"({"code":50013})").code == 50013);
    CHECK(sorted(403, R"({"code":"50013"})").code == 0);
    CHECK(sorted(404, "not json").code == 0);
}

TEST_CASE("a 403 that is no JSON is not Discord's word on the message: it waits for better times", "[discord]") {
    const Answer answer = sorted(403, "<html>Access denied</html>");
    CHECK(answer.kind == Kind::lost);
    CHECK(answer.wait == 10min);
}

TEST_CASE("a token of an interaction or webhook that is over is no sign that the bot's token is", "[discord]") {
    const std::string original = "/webhooks/1/token/messages/@original";
    CHECK(kind(404, R"({"code":10015})", original) == Kind::gone);
    CHECK(kind(401, R"({"code":50027})", original) == Kind::gone);
    CHECK(kind(401, "", original) == Kind::gone);
    CHECK(kind(404, "", original) == Kind::gone);
    CHECK(kind(404, R"({"code":10062})", "/interactions/1/token/callback") == Kind::gone);
    CHECK(kind(404, R"({"code":10008})", original) == Kind::refused);  // only that message is
    CHECK(webhook_of(original) == "webhooks/1/token");
    CHECK(webhook_of("/webhooks/1").empty());
    CHECK(webhook_of("/channels/1/webhooks").empty());
}

TEST_CASE("a failure names the fields that were not taken, and nothing that was written in them", "[discord]") {
    const std::string body = R"({"code":50035,"message":"Invalid Form Body \"dear Kim\"","errors":{
        "components":{"0":{"label":{"_errors":[{"code":"BASE_TYPE_BAD_LENGTH","message":"dear Kim is too long"}]}}},
        "content":{"_errors":[{"code":"dear Kim","message":"x"}]},"_errors":[{"code":"ALL"}]}})";
    const Answer answer = sorted(400, body);
    CHECK(answer.failure ==
          "POST /route: Discord answered 400 with code 50035 (the body: ALL; components.0.label: BASE_TYPE_BAD_LENGTH; "
          "content: not taken)");
    CHECK(sorted(400, R"({"code":50035,"errors":[1]})").failure == "POST /route: Discord answered 400 with code 50035");
}

TEST_CASE("limits are read from the header, fractions of seconds too", "[discord]") {
    const Reply reply = reply_of(
        response(200,
                 "{}",
                 {{"x-ratelimit-bucket", "b"}, {"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset-after", "1.2504"}}));
    CHECK(reply.bucket == "b");
    CHECK(reply.remaining == 0);
    CHECK(reply.reset_after == 1251ms);
    CHECK(reply.limited == Limited::no);
    const Reply odd = reply_of(response(
        200, "{}", {{"X-RateLimit-Remaining", "nan"}, {"X-RateLimit-Reset-After", "-5"}, {"Retry-After", "9"}}));
    CHECK_FALSE(odd.remaining);
    CHECK(odd.limited == Limited::no);
}

TEST_CASE("a 429 says who has to wait, and for how long", "[discord]") {
    const auto reply = [](const std::string& body, std::vector<std::pair<std::string, std::string>> headers) {
        return reply_of(response(429, body, std::move(headers)));
    };
    const std::string body = R"({"message":"You are being rate limited.","retry_after":0.6425,"global":false})";
    CHECK(reply(body, {{"X-RateLimit-Scope", "user"}}).limited == Limited::bucket);
    CHECK(reply(body, {{"X-RateLimit-Scope", "user"}}).retry_after == 643ms);
    CHECK(reply(body, {{"X-RateLimit-Scope", "shared"}}).limited == Limited::shared);
    CHECK(reply(body, {{"X-RateLimit-Scope", "global"}}).limited == Limited::global);
    CHECK(reply(R"({"retry_after":2,"global":true})", {}).limited == Limited::global);
    CHECK(reply(R"({"retry_after":2})", {{"X-RateLimit-Global", "true"}}).limited == Limited::global);
    CHECK(reply(R"({"retry_after":1e300})", {}).retry_after == 24h);
    CHECK(reply("oops", {{"X-RateLimit-Scope", "user"}, {"Retry-After", "3"}}).limited == Limited::bucket);
    CHECK(reply("oops", {{"X-RateLimit-Scope", "user"}, {"Retry-After", "3"}}).retry_after == 3s);
}

TEST_CASE("a 429 that is no JSON comes from the door, and closes it for long", "[discord]") {
    const std::string page = "<html>error 1015</html>";
    CHECK(reply_of(response(429, page)).limited == Limited::blocked);
    CHECK(reply_of(response(429, page)).retry_after == 10min);
    CHECK(reply_of(response(429, page, {{"Retry-After", "120"}})).retry_after == 120s);
    CHECK(reply_of(response(429, page, {{"Retry-After", "0"}})).retry_after == 1s);
    CHECK(reply_of(response(429, page, {{"Retry-After", "soon"}})).retry_after == 10min);
}

TEST_CASE("a message that does not say whom it may mention is not sent", "[discord]") {
    const std::string bare = R"({"content":"@everyone"})", held = R"({"content":"x","allowed_mentions":{"parse":[]}})";
    for (const std::string path :
         {"/channels/1/messages", "/channels/1/messages/2", "/webhooks/1/t", "/webhooks/1/t/messages/@original"}) {
        CHECK_FALSE(fault_of(call(path, bare)).empty());
        CHECK_FALSE(fault_of(call(path, bare, "PATCH")).empty());
        CHECK_FALSE(fault_of(call(path, R"({"components":[]})")).empty());
        CHECK_FALSE(fault_of(call(path, R"({"content":"x","allowed_mentions":null})")).empty());
        CHECK(fault_of(call(path, held)).empty());
        CHECK(fault_of(call(path, R"({"flags":4})")).empty());
    }
    const std::string callback = "/interactions/1/t/callback";
    CHECK_FALSE(fault_of(call(callback, R"({"type":4,"data":)" + bare + "}")).empty());
    CHECK_FALSE(fault_of(call(callback, R"({"type":7,"data":{"components":[]}})")).empty());
    CHECK(fault_of(call(callback, R"({"type":4,"data":)" + held + "}")).empty());
    CHECK(fault_of(call(callback, R"({"type":9,"data":{"title":"x","components":[]}})")).empty());
    CHECK(fault_of(call(callback, R"({"type":6})")).empty());
    CHECK(fault_of(call("/channels/1/typing")).empty());
    CHECK(fault_of(call("/channels/1/messages", bare)).find("everyone") == std::string::npos);
}

TEST_CASE("a body that is bigger than Discord takes is not sent", "[discord]") {
    CHECK_FALSE(fault_of(call("/channels/1/threads", std::string(kBodyLimit + 1, ' '))).empty());
    CHECK(fault_of(call("/channels/1/threads", std::string(kBodyLimit, ' '))).empty());
}

TEST_CASE("the bot says what it is, as Discord asks for", "[discord]") {
    CHECK(user_agent().rfind("DiscordBot (https://", 0) == 0);
}

}  // namespace test_call
