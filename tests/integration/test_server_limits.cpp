#include "tests/integration/running_server.hpp"
#include "tests/support/catch.hpp"

namespace test_server_limits {

using namespace reweave;
using namespace reweave::test;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("who says nothing is shown out", "[server]") {
    server::ServerOptions options;
    options.hello_limit = 100ms;
    RunningServer server(options);
    WsClient silent(Person::at(server));
    CHECK(silent.wait_for_close() == 1008);
}

TEST_CASE("who has gone without a word is noticed, who is only quiet is kept", "[server]") {
    server::ServerOptions options;
    options.idle_limit = 400ms;
    RunningServer server(options);
    Person quiet(server);
    Person gone(server);  // never reads again, so it answers no ping
    CHECK_FALSE(quiet.receive(1500ms));
    CHECK(eventually([&] {
        (void)quiet.receive(10ms);
        return server.metric("reweave_connections") == "1";
    }));
    quiet.say(1);
    CHECK(quiet.next().at("type") == "ack");
}

TEST_CASE("too many messages are refused one by one, a flood ends the connection, others notice nothing", "[server]") {
    server::ServerOptions options;
    options.hub.person = {0.001, 3};
    options.hub.frames = {0.001, 8};
    RunningServer server(options);
    Person other(server);
    Person person(server);
    for (int id = 1; id <= 8; ++id) person.say(id);
    int acknowledged = 0;
    int refused = 0;
    for (json frame = person.next(); !frame.is_null(); frame = person.next()) {
        acknowledged += frame.at("type") == "ack" ? 1 : 0;
        refused += frame.value("code", "") == "rate_limited" && frame.contains("id") ? 1 : 0;
    }
    CHECK(acknowledged == 3);
    CHECK(refused == 4);
    CHECK(person.wait_for_close() == 1008);
    CHECK(server.engine.inbounds == 3);
    other.say(1);
    CHECK(other.next().at("type") == "ack");
}

TEST_CASE("an address has so many connections, and a believed proxy says whose they are", "[server]") {
    server::ServerOptions options;
    options.addresses.connections = 1;
    options.trusted_proxies = {"127.0.0.1"};
    RunningServer server(options);
    WsOptions first;
    first.headers["X-Forwarded-For"] = "198.51.100.1";
    first.headers["X-Forwarded-Proto"] = "https";
    first.headers["Origin"] = "https://127.0.0.1:" + std::to_string(server.port());
    WsOptions second;
    second.headers["X-Forwarded-For"] = "198.51.100.2";
    {
        Person one(server, first);
        CHECK(one.header("Set-Cookie").find("; Secure") != std::string::npos);
        CHECK(WsClient(Person::at(server, first)).status() == 429);
        Person two(server, second);
    }
    CHECK(eventually([&] { return WsClient(Person::at(server, first)).status() == 101; }));
}

TEST_CASE("when all places are taken a newcomer is told to come later", "[server]") {
    server::ServerOptions options;
    options.connections = 1;
    RunningServer server(options);
    Person one(server);
    const WsClient two(Person::at(server));
    CHECK(two.status() == 503);
    CHECK(two.header("Retry-After") == "5");
}

TEST_CASE("a client that does not read is closed with 1013, and others are served meanwhile", "[server]") {
    server::ServerOptions options;
    options.outbox_bytes = 256 * 1024;
    RunningServer server(options);
    WsOptions small;
    small.receive_buffer = 4096;
    Person slow(server, small);
    Person other(server);
    const std::string much(100'000, 'x');
    int said = 0;
    while (server.metric("reweave_slow_readers_total") == "0" && said < 300) {
        server.on_io([&] { server.engine.say_to_everyone(much); });
        ++said;
        REQUIRE(other.next().at("seq") == said);
    }
    CHECK(server.metric("reweave_slow_readers_total") == "1");
    CHECK(slow.wait_for_close() == 1013);
}

TEST_CASE("one that never reads again is cut off", "[server]") {
    server::ServerOptions options;
    options.outbox_bytes = 64 * 1024;
    options.close_limit = 200ms;
    RunningServer server(options);
    WsOptions small;
    small.receive_buffer = 4096;
    Person slow(server, small);
    server.on_io([&] {
        for (int i = 0; i < 200; ++i) server.engine.say_to_everyone(std::string(60'000, 'x'));
    });
    CHECK(eventually([&] { return server.metric("reweave_connections") == "0"; }));
}

TEST_CASE("while the engine is behind, sockets are not read, and nothing is lost", "[server]") {
    server::ServerOptions options;
    options.hub.person = {};
    options.hub.frames = {};
    options.addresses.messages = {};
    RunningServer server(options);
    Person person(server);

    SECTION("it owes answers") {
        server.engine.hold = true;
        for (int id = 1; id <= 50; ++id) person.say(id);
        REQUIRE(eventually([&] { return server.engine.submitted == 1 + 8; }));
        std::this_thread::sleep_for(50ms);
        CHECK(server.engine.submitted == 1 + 8);
        server.engine.hold = false;
        server.on_io([&] { server.engine.answer_all(); });
    }
    SECTION("its queue is full") {
        server.engine.full = true;
        for (int id = 1; id <= 50; ++id) person.say(id);
        std::this_thread::sleep_for(50ms);
        CHECK(server.engine.submitted == 1);
        server.engine.full = false;
    }
    int acknowledged = 0;
    for (int frames = 0; frames < 100; ++frames) acknowledged += person.next().at("type") == "ack" ? 1 : 0;
    CHECK(acknowledged == 50);
    CHECK(server.engine.inbounds == 50);
}

TEST_CASE("a client faster than the engine is slowed by its own socket", "[server]") {
    server::ServerOptions options;
    options.hub.person = {};
    options.hub.frames = {};
    options.addresses.messages = {};
    RunningServer server(options);
    Person person(server);
    server.engine.hold = true;
    const std::string text(4000, 'x');
    int sent = 0;
    const auto frame = [&] { return json({{"type", "message"}, {"id", sent + 1}, {"text", text}}).dump(); };
    while (sent < 10'000 && person.send(frame(), 300ms)) ++sent;
    CHECK(sent < 10'000);
    CHECK(server.engine.submitted == 1 + 8);
    server.engine.hold = false;
    server.on_io([&] { server.engine.answer_all(); });
}

TEST_CASE("a drain answers what was asked, says goodbye and lets nobody in", "[server]") {
    RunningServer server;
    Person busy(server);
    Person idle(server);
    server.engine.hold = true;
    busy.say(1);
    REQUIRE(eventually([&] { return server.engine.submitted == 3; }));
    server.drain();
    CHECK(idle.next() == json::parse(R"({"type":"bye","reason":"drain","retry_after":2})"));
    CHECK(idle.wait_for_close() == 1001);
    CHECK_THROWS(WsClient(Person::at(server)));
    CHECK_FALSE(server.drained);

    server.engine.hold = false;
    server.on_io([&] { server.engine.answer_all(); });
    CHECK(busy.next().at("reason") == "drain");
    CHECK(busy.next() == json::parse(R"({"type":"ack","id":1})"));
    CHECK(busy.wait_for_close() == 1001);
    server.wait_until_drained();
    CHECK(server.drained);
}

TEST_CASE("a drain does not wait for ever", "[server]") {
    server::ServerOptions options;
    options.close_limit = 200ms;
    RunningServer server(options);
    Person person(server);
    server.engine.hold = true;
    person.say(1);
    REQUIRE(eventually([&] { return server.engine.submitted == 2; }));
    server.drain();
    server.wait_until_drained();
    CHECK(server.drained);
}

}  // namespace test_server_limits
