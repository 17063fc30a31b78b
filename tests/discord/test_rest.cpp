#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>

#include "adapters/discord/rest.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/virtual_time.hpp"

namespace test_rest {

using namespace reweave;
using namespace reweave::discord;
using namespace std::chrono_literals;
using Kind = Answer::Kind;
namespace wire = boost::beast::http;

namespace {

using Time = MonotonicClock::time_point;

/// In the test's own loop, so that time stands still while it works.
class Discord {
 public:
    struct Asked {
        Time at;
        std::string method, path, body;
        wire::request<wire::string_body> whole;
    };
    using Said = wire::response<wire::string_body>;
    /// Nothing: the connection is cut without an answer.
    std::function<std::optional<Said>(const Asked& asked)> answers = [](const Asked&) { return said(200); };
    std::function<bool(const Asked& asked)> is_held = [](const Asked&) { return false; };  ///< until release()

    explicit Discord(asio::io_context& io)
        : io_(io), acceptor_(io.get_executor(), tcp::endpoint(asio::ip::address_v4::loopback(), 0)), release_(io) {
        release_.expires_at(Time::max());
        asio::co_spawn(io, accept(), [](const std::exception_ptr& error) {
            if (error) std::rethrow_exception(error);
        });
    }

    static Said said(unsigned status, const std::string& body = "{}", std::map<std::string, std::string> headers = {}) {
        Said made;
        made.version(11);
        made.result(status);
        made.body() = body;
        for (const auto& [name, value] : headers) made.set(name, value);
        made.prepare_payload();
        return made;
    }
    static Said limited(const std::string& retry_after, const std::string& scope = "user") {
        return said(429, R"({"retry_after":)" + retry_after + "}", {{"X-RateLimit-Scope", scope}});
    }
    void release() {
        is_held = [](const Asked&) { return false; };
        release_.cancel();
    }
    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/api/v10";
    }
    [[nodiscard]] std::vector<std::string> bodies() const {
        std::vector<std::string> all;
        for (const Asked& one : asked) all.push_back(one.body);
        return all;
    }

    std::vector<Asked> asked;
    int connections = 0;

 private:
    using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

    Awaitable<void> accept() {
        for (;;) {
            auto [error, socket] = co_await acceptor_.async_accept(nothrow);
            if (error) co_return;
            ++connections;
            asio::co_spawn(io_, serve(std::move(socket)), [](const std::exception_ptr& failure) {
                if (failure) std::rethrow_exception(failure);
            });
        }
    }
    Awaitable<void> serve(Socket socket) {
        boost::beast::flat_buffer buffer;
        for (;;) {
            Asked one;
            const auto [error, size] = co_await wire::async_read(socket, buffer, one.whole, nothrow);
            if (error) co_return;
            one.at = MonotonicClock::now();
            one.method = std::string(one.whole.method_string());
            one.path = std::string(one.whole.target()).substr(std::string("/api/v10").size());
            one.body = one.whole.body();
            asked.push_back(one);
            while (is_held(one)) co_await release_.async_wait(nothrow);
            std::optional<Said> answer = answers(one);
            if (!answer) co_return;
            const auto [failed, written] = co_await wire::async_write(socket, *answer, nothrow);
            if (failed) co_return;
        }
    }

    asio::io_context& io_;
    Acceptor acceptor_;
    Timer release_;
};

class Bot {
 public:
    explicit Bot(const std::string& token = "secret-token")
        : rest(io, options(), token, [this](const std::string& sentence) { reported.push_back(sentence); }) {}
    ~Bot() {
        rest.stop();
        io.restart();
        io.poll();
    }
    Bot(const Bot&) = delete;
    Bot& operator=(const Bot&) = delete;

    /// Begins it; `answers` has what comes, in the order of the calls.
    void call(const std::string& path, const std::string& body = "{}", const std::string& method = "POST") {
        Call made;
        made.method = method;
        made.path = path;
        made.body = body;
        call(std::move(made));
    }
    void call(Call made) {
        answers.emplace_back();
        asio::co_spawn(
            io, rest.call(std::move(made)), [this, i = answers.size() - 1](const std::exception_ptr& error, Answer of) {
                if (error) std::rethrow_exception(error);
                answers[i] = std::move(of);
                ++answered;
            });
    }
    /// Until every call has its answer.
    [[nodiscard]] bool finish(MonotonicClock::duration limit = 1h) {
        return test::run_until(
            io, [this] { return answered == answers.size(); }, limit);
    }
    /// Until what need not wait has been asked, also after a start.
    void settle() { test::run_for(io, Limits::kGlobalWindow + 100ms); }
    /// One call, with its answer.
    Answer ask(const std::string& path, const std::string& body = "{}", const std::string& method = "POST") {
        call(path, body, method);
        CHECK(finish());
        return *answers.back();
    }

    asio::io_context io{1};
    Discord discord{io};
    Rest rest;
    std::vector<std::string> reported;
    std::vector<std::optional<Answer>> answers;
    std::size_t answered = 0;

 private:
    http::ClientOptions options() const {
        http::ClientOptions made;
        made.base_url = discord.url();
        return made;
    }
};

const std::string kMessages = "/channels/1/messages", kPress = "/interactions/1/press-token/callback";
using Bodies = std::vector<std::string>;
using Asked = Discord::Asked;

}  // namespace

TEST_CASE("a call goes out as Discord wants it, and its answer comes back", "[discord]") {
    Bot bot;
    bot.discord.answers = [](const Asked&) { return Discord::said(200, R"({"id":"7"})"); };
    const Answer answer = bot.ask(kMessages, R"({"flags":4})");
    CHECK(answer.ok());
    CHECK(answer.tries == 1);
    CHECK(answer.json().value("id", "") == "7");
    const auto& asked = bot.discord.asked.at(0);
    CHECK(asked.path == kMessages);
    CHECK(asked.whole["Authorization"] == "Bot secret-token");
    CHECK(asked.whole["Content-Type"] == "application/json");
    CHECK(asked.whole["User-Agent"] == user_agent());
    CHECK(bot.rest.status().requests == 1);
}

TEST_CASE("a call that would be a fault of ours does not leave the house", "[discord]") {
    Bot bot;
    CHECK(bot.ask(kMessages, R"({"content":"@everyone"})").kind == Kind::refused);
    CHECK(bot.discord.asked.empty());
}

TEST_CASE("messages to one channel go one after the other, and another channel does not wait for them", "[discord]") {
    Bot bot;
    bot.discord.is_held = [](const Asked& one) { return one.path == kMessages; };
    for (const char* body : {"[1]", "[2]", "[3]"}) bot.call(kMessages, body);
    bot.call("/channels/2/messages", "[other]");
    bot.settle();
    CHECK(bot.discord.bodies() == Bodies{"[1]", "[other]"});
    CHECK(bot.answers[3].has_value());
    CHECK(bot.rest.status().waiting == 3);
    bot.discord.release();
    CHECK(bot.finish());
    CHECK(bot.discord.bodies() == Bodies{"[1]", "[other]", "[2]", "[3]"});
}

TEST_CASE("a bucket that says it is empty is not asked before it is full again", "[discord]") {
    Bot bot;
    bot.discord.answers = [](const Asked&) {
        return Discord::said(
            200,
            "{}",
            {{"X-RateLimit-Bucket", "b"}, {"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset-After", "7.5"}});
    };
    bot.call(kMessages, "[1]");
    bot.settle();
    bot.call(kMessages, "[2]");
    bot.call("/channels/2/messages", "[other]");
    CHECK(bot.finish());
    CHECK(bot.discord.bodies() == Bodies{"[1]", "[other]", "[2]"});
    CHECK(bot.discord.asked[2].at - bot.discord.asked[0].at >= 7500ms);
    CHECK(bot.discord.asked[1].at - bot.discord.asked[0].at < 5s);
}

TEST_CASE("a message that was limited is sent again when it may be, and still before the next one", "[discord]") {
    for (const std::string scope : {"user", "shared"}) {
        Bot bot;
        bot.discord.answers = [&](const Asked&) {
            return bot.discord.asked.size() == 1 ? Discord::limited("3.25", scope) : Discord::said(200);
        };
        bot.call(kMessages, "[1]");
        bot.call(kMessages, "[2]");
        CHECK(bot.finish());
        CHECK(bot.discord.bodies() == Bodies{"[1]", "[1]", "[2]"});
        CHECK(bot.discord.asked[1].at - bot.discord.asked[0].at >= 3250ms);
        CHECK(bot.answers[0]->ok());
        CHECK(bot.answers[0]->tries == 2);
        CHECK(bot.rest.status().limited == (scope == "user" ? 1 : 0));
        CHECK(bot.rest.status().limited_shared == (scope == "shared" ? 1 : 0));
        CHECK(bot.rest.status().invalid == (scope == "user" ? 1 : 0));
    }
}

TEST_CASE("a global limit holds back every channel, but no press of a button", "[discord]") {
    Bot bot;
    bot.discord.answers = [&](const Asked&) {
        return bot.discord.asked.size() == 1 ? Discord::limited("20", "global") : Discord::said(200);
    };
    bot.call(kMessages, "[1]");
    bot.settle();
    bot.call("/channels/2/messages", "[2]");
    bot.call(kPress, "[press]");
    bot.settle();
    CHECK(bot.discord.bodies() == Bodies{"[1]", "[press]"});
    CHECK(bot.finish());
    CHECK(bot.discord.asked.size() == 4);
    CHECK(bot.discord.asked[2].at - bot.discord.asked[0].at >= 20s);
    CHECK(bot.rest.status().limited_global == 1);
}

TEST_CASE("what the process before spent of the limit over all is waited out, but for a press of a button",
          "[discord]") {
    Bot bot;
    bot.call(kMessages, "[1]");
    bot.call(kPress, "[press]");
    test::run_for(bot.io, Limits::kGlobalWindow - 100ms);
    CHECK(bot.discord.bodies() == Bodies{"[press]"});
    bot.settle();
    CHECK(bot.discord.bodies() == Bodies{"[press]", "[1]"});
}

TEST_CASE("a page of the door's instead of an answer stops everything for long, and is reported once", "[discord]") {
    Bot bot;
    bool blocked = true;
    bot.discord.answers = [&](const Asked&) {
        return blocked ? Discord::said(429, "<html>error 1015</html>", {{"Content-Type", "text/html"}})
                       : Discord::said(200);
    };
    bot.call(kMessages, "[1]");
    bot.call("/channels/2/messages", "[2]");
    bot.settle();
    CHECK(bot.discord.asked.size() == 2);
    bot.call(kPress, "[press]");
    test::run_for(bot.io, 9min, 1s);
    CHECK(bot.discord.asked.size() == 2);
    CHECK(bot.reported.size() == 1);
    CHECK(bot.rest.status().closed_until.has_value());
    blocked = false;
    CHECK(bot.finish());
    CHECK(bot.discord.asked.size() == 5);
    CHECK(bot.reported.size() == 1);
    CHECK(bot.rest.status().blocked == 2);
    CHECK_FALSE(bot.rest.status().closed_until.has_value());
}

TEST_CASE("faults of the server and lost connections are tried again, later each time", "[discord]") {
    Bot bot;
    bot.discord.answers = [&](const Asked&) -> std::optional<Discord::Said> {
        switch (bot.discord.asked.size()) {
            case 1:
                return Discord::said(502, "<html>");
            case 2:
                return Discord::said(400, R"({"code":130000})");
            case 3:
                return std::nullopt;
            default:
                return Discord::said(200);
        }
    };
    const Answer answer = bot.ask(kMessages, "[1]");
    CHECK(answer.ok());
    CHECK(answer.tries == 4);
    CHECK(bot.discord.bodies() == Bodies{"[1]", "[1]", "[1]", "[1]"});
    const auto gap = [&](std::size_t i) { return bot.discord.asked[i].at - bot.discord.asked[i - 1].at; };
    CHECK(gap(1) >= 500ms);
    CHECK(gap(2) >= 1s);
    CHECK(gap(3) >= 2s);
}

TEST_CASE("after five tries a call is given up for now", "[discord]") {
    Bot bot;
    bot.discord.answers = [](const Asked&) { return Discord::said(503, "words of Kim's"); };
    const Answer answer = bot.ask(kMessages);
    CHECK(answer.kind == Kind::lost);
    CHECK(answer.tries == 5);
    CHECK(answer.wait > 0ms);
    CHECK(answer.failure == "POST /channels/:id/messages: Discord answered 503");
    CHECK(bot.discord.asked.size() == 5);
}

TEST_CASE("what Discord forbids is not tried again", "[discord]") {
    Bot bot;
    bot.discord.answers = [](const Asked&) { return Discord::said(403, R"({"code":50013})"); };
    const Answer answer = bot.ask(kMessages);
    CHECK(answer.kind == Kind::refused);
    CHECK(answer.code == 50013);
    CHECK(bot.discord.asked.size() == 1);
    CHECK(bot.rest.status().invalid == 1);
}

TEST_CASE("a 403 of somebody in between is not tried again at once either", "[discord]") {
    Bot bot;
    bot.discord.answers = [](const Asked&) { return Discord::said(403, "<html>Access denied</html>"); };
    const Answer answer = bot.ask(kMessages);
    CHECK(answer.kind == Kind::lost);
    CHECK(answer.wait > 1min);
    CHECK(bot.discord.asked.size() == 1);
}

TEST_CASE("a token that is not taken ends all calls at once, until there is another", "[discord]") {
    Bot bot;
    bot.discord.answers = [](const Asked& one) {
        return one.whole["Authorization"] == "Bot new-token" ? Discord::said(200) : Discord::said(401, R"({"code":0})");
    };
    bot.call(kMessages, "[1]");
    bot.call(kMessages, "[2]");
    CHECK(bot.finish(1s));
    CHECK(bot.answers[0]->kind == Kind::signed_out);
    CHECK(bot.answers[1]->kind == Kind::signed_out);
    CHECK(bot.ask("/channels/2/messages").kind == Kind::signed_out);
    CHECK(bot.discord.asked.size() == 1);
    CHECK(bot.reported.size() == 1);
    CHECK(bot.reported.at(0).find("secret") == std::string::npos);
    CHECK(bot.rest.status().signed_out);
    bot.rest.use("new-token");
    CHECK(bot.ask(kMessages).ok());
    CHECK_FALSE(bot.rest.status().signed_out);
}

TEST_CASE("a refusal of the old token says nothing about the new one", "[discord]") {
    Bot bot;
    bot.discord.answers = [](const Asked& one) {
        return one.whole["Authorization"] == "Bot new-token" ? Discord::said(200) : Discord::said(401, R"({"code":0})");
    };
    bot.discord.is_held = [](const Asked&) { return true; };
    bot.call(kMessages);
    bot.settle();
    bot.rest.use("new-token");
    bot.discord.release();
    CHECK(bot.finish());
    CHECK(bot.answers[0]->ok());
    CHECK(bot.reported.empty());
}

TEST_CASE("a webhook that is gone is not used again before a quarter of an hour", "[discord]") {
    Bot bot;
    bot.discord.answers = [](const Asked&) { return Discord::said(404, R"({"code":10015})"); };
    const std::string original = "/webhooks/1/token/messages/@original";
    CHECK(bot.ask(original, "{}", "PATCH").kind == Kind::gone);
    CHECK(bot.ask(original, "{}", "PATCH").kind == Kind::gone);
    CHECK(bot.ask("/webhooks/1/token").kind == Kind::gone);
    CHECK(bot.discord.asked.size() == 1);
    CHECK(bot.discord.asked.at(0).whole.count("Authorization") == 0);
    CHECK(bot.ask("/webhooks/1/another").kind == Kind::gone);
    CHECK(bot.discord.asked.size() == 2);
    test::move_clock(16min);
    CHECK(bot.ask(original, "{}", "PATCH").kind == Kind::gone);
    CHECK(bot.discord.asked.size() == 3);
}

TEST_CASE("500 refusals in ten minutes stop everything, and the operator is told once", "[discord]") {
    Bot bot;
    bool open = false;
    bot.discord.answers = [&](const Asked&) { return open ? Discord::said(200) : Discord::said(403); };
    for (int i = 0; i < 510; ++i) bot.call("/channels/" + std::to_string(i) + "/messages");
    test::run_for(bot.io, 1min, 50ms);
    const std::size_t asked = bot.discord.asked.size();
    CHECK(asked >= 500);
    CHECK(asked < 500 + Limits::kGlobal);  // those that were on their way
    CHECK(bot.reported.size() == 1);
    bot.call(kPress);
    bot.settle();
    CHECK(bot.discord.asked.size() == asked);
    open = true;
    CHECK(bot.finish());
    CHECK(bot.discord.asked.size() == 511);
    CHECK(bot.reported.size() == 1);
}

TEST_CASE("no try begins after a call's deadline", "[discord]") {
    Bot bot;
    bot.discord.answers = [](const Asked&) { return Discord::limited("60"); };
    Call made;
    made.method = "POST";
    made.path = kMessages;
    made.deadline = MonotonicClock::now() + 10s;
    const auto began = MonotonicClock::now();
    bot.call(made);
    bot.call(made);
    CHECK(bot.finish());
    CHECK(MonotonicClock::now() - began < 5s);  // it would not be in time: they hear it now
    CHECK(bot.answers[0]->kind == Kind::lost);
    CHECK(bot.answers[0]->tries == 1);
    CHECK(bot.answers[0]->wait > 50s);
    CHECK(bot.answers[1]->kind == Kind::lost);
    CHECK(bot.answers[1]->tries == 0);
    CHECK(bot.discord.asked.size() == 1);
}

TEST_CASE("a call behind one that hangs is given up at its deadline", "[discord]") {
    Bot bot;
    bot.discord.is_held = [](const Asked&) { return true; };
    Call made;
    made.method = "POST";
    made.path = kMessages;
    bot.call(made);
    made.deadline = MonotonicClock::now() + 2s;
    bot.call(made);
    CHECK(test::run_until(
        bot.io, [&] { return bot.answers[1].has_value(); }, 3s));
    CHECK(bot.answers[1]->kind == Kind::lost);
    CHECK_FALSE(bot.answers[0].has_value());
}

TEST_CASE("an interaction whose first answer was lost is tried again within its three seconds", "[discord]") {
    Bot bot;
    bot.discord.answers = [&](const Asked&) -> std::optional<Discord::Said> {
        if (bot.discord.asked.size() == 1) return std::nullopt;
        return Discord::said(400, R"({"code":40060})");
    };
    Call made;
    made.method = "POST";
    made.path = kPress;
    made.deadline = MonotonicClock::now() + 3s;
    bot.call(made);
    CHECK(bot.finish(3s));
    CHECK(bot.answers[0]->ok());  // "already acknowledged": by our first try
    CHECK(bot.answers[0]->tries == 2);
    CHECK(bot.discord.asked.size() == 2);
    CHECK(bot.discord.asked[1].whole.count("Authorization") == 0);
}

TEST_CASE("an interaction that somebody else acknowledged is refused", "[discord]") {
    Bot bot;
    bot.discord.answers = [](const Asked&) { return Discord::said(400, R"({"code":40060})"); };
    CHECK(bot.ask(kPress).kind == Kind::refused);
}

TEST_CASE("a press is answered although every connection for messages is taken", "[discord]") {
    Bot bot;
    bot.discord.is_held = [](const Asked& one) { return one.path != kPress; };
    for (int i = 0; i < 20; ++i) bot.call("/channels/" + std::to_string(i) + "/messages");
    bot.settle();
    bot.call(kPress);
    bot.settle();
    CHECK(bot.answers[20].has_value());
    CHECK(bot.answered == 1);
    bot.discord.release();
    CHECK(bot.finish());
}

TEST_CASE("a connection for interactions is kept open, and they take it", "[discord]") {
    Bot bot;
    bool ended = false;
    asio::co_spawn(bot.io, bot.rest.keep_warm(), [&](const std::exception_ptr& error) { ended = !error; });
    test::run_for(bot.io, 5min, 1s);
    const std::size_t asked = bot.discord.asked.size();
    CHECK(asked >= 6);
    CHECK(asked <= 9);
    CHECK(bot.discord.asked.at(0).path == "/gateway");
    CHECK(bot.discord.connections == 1);
    CHECK(bot.ask(kPress).ok());
    CHECK(bot.discord.connections == 1);
    bot.rest.stop();
    bot.settle();
    CHECK(ended);
}

TEST_CASE("nobody who waits is forgotten when the bot stops", "[discord]") {
    Bot bot;
    bot.discord.answers = [](const Asked& one) {
        return one.path == kMessages ? Discord::limited("600") : Discord::said(200);
    };
    bot.discord.is_held = [](const Asked& one) { return one.path != kMessages; };
    for (int i = 0; i < 3; ++i) bot.call(kMessages);               // one is limited, two are behind it
    for (int i = 0; i < 2; ++i) bot.call("/channels/2/messages");  // one is on its way
    bot.settle();
    CHECK(bot.answered == 0);
    bot.rest.stop();
    bot.settle();
    CHECK(bot.answered == 5);
    for (const auto& answer : bot.answers) CHECK(answer->kind == Kind::stopped);
    CHECK(bot.ask("/channels/3/messages").kind == Kind::stopped);
    CHECK(bot.rest.status().waiting == 0);
    CHECK(bot.discord.asked.size() == 2);
    bot.discord.release();
}

TEST_CASE("a queue that is too long turns calls away instead of growing", "[discord]") {
    Bot bot;
    bot.discord.is_held = [](const Asked&) { return true; };
    for (int i = 0; i < 1005; ++i) bot.call(kMessages);
    bot.settle();
    CHECK(bot.answered == 5);
    CHECK(bot.answers[1004]->kind == Kind::lost);
    CHECK(bot.answers[1004]->wait > 0ms);
    CHECK(bot.rest.status().waiting == 1000);
}

}  // namespace test_rest
