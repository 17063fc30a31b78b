#include "bot/server/wire.hpp"
#include "tests/integration/running_server.hpp"
#include "tests/support/catch.hpp"

namespace test_server_protocol {

using namespace reweave;
using namespace reweave::test;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("a message is acknowledged and its turn comes back, numbered", "[server]") {
    RunningServer server;
    Person person(server);
    CHECK(person.welcome.at("protocol") == 1);
    CHECK(person.welcome.at("readers") == "Only you");
    CHECK(person.welcome.at("token").get<std::string>().size() == 43);
    person.say(1, "It was my fault 🙂");
    CHECK(person.next() == json::parse(R"({"type":"ack","id":1})"));
    const json turn = person.next();
    CHECK(turn.at("seq") == 1);
    CHECK(turn.at("you").at("text") == "It was my fault 🙂");
    CHECK(turn.at("bubbles")[0].at("text") == "You said: It was my fault 🙂");
}

TEST_CASE("nothing is acknowledged before the engine has committed it", "[server]") {
    RunningServer server;
    Person person(server);
    server.engine.hold = true;
    person.say(1);
    REQUIRE(eventually([&] { return server.engine.submitted == 2; }));
    CHECK_FALSE(person.receive(100ms));
    server.engine.hold = false;
    server.on_io([&] { server.engine.answer_all(); });
    CHECK(person.next().at("type") == "ack");
}

TEST_CASE("a client resumes where it was, on the same token, with nothing lost and nothing twice", "[server]") {
    RunningServer server;
    std::string token;
    {
        Person person(server);
        token = person.welcome.at("token").get<std::string>();
        for (int id = 1; id <= 3; ++id) person.say(id);
        for (int frames = 0; frames < 6; ++frames) (void)person.next();
        person.close();
    }
    server.on_io([&] { server.engine.say_to_everyone("A reminder"); });

    Person again(server, {}, json({{"type", "hello"}, {"seen", 2}, {"token", token}}).dump());
    CHECK(again.welcome.at("seq") == 4);
    CHECK_FALSE(again.welcome.contains("token"));
    CHECK(again.next().at("seq") == 3);
    CHECK(again.next().at("bubbles")[0].at("text") == "A reminder");
    again.say(3);
    CHECK(again.next() == json::parse(R"({"type":"ack","id":3,"again":true})"));
    again.say(2);
    CHECK(again.next().at("code") == "id_not_rising");
    again.say(4);
    CHECK(again.next().at("type") == "ack");
    CHECK(again.next().at("seq") == 5);
    CHECK(server.engine.inbounds == 4);
}

TEST_CASE("every connection of a person gets each turn", "[server]") {
    RunningServer server;
    Person phone(server);
    Person tablet(server, {}, json({{"type", "hello"}, {"seen", 0}, {"token", phone.welcome.at("token")}}).dump());
    Person stranger(server);
    phone.say(1);
    CHECK(tablet.next().at("seq") == 1);
    CHECK(phone.next().at("type") == "ack");
    CHECK(phone.next().at("seq") == 1);
    CHECK_FALSE(stranger.receive(50ms));
}

TEST_CASE("bad input gets a typed error and changes nothing", "[server]") {
    RunningServer server;
    Person person(server);
    const std::pair<std::string, const char*> rows[] = {
        {R"({"type":"message","id":1,"text":7})", "bad_field"},
        {R"({"type":"message","id":"1","text":"a"})", "bad_field"},
        {R"({"type":"message","id":1,"text":"\ud83d"})", "bad_field"},
        {R"({"type":"message","id":1,"text":")" + std::string(4001, 'a') + "\"}", "too_long"},
        {R"({"type":"shout"})", "bad_type"},
        {"[]", "bad_type"},
        {R"({"type":"hello","seen":0})", "hello_twice"},
        {R"({"type":"seen","seq":99})", "ack_ahead"}};
    for (const auto& [frame, code] : rows) {
        INFO(frame.substr(0, 60));
        person.send(frame);
        CHECK(person.next().value("code", "") == code);
    }
    CHECK(server.engine.inbounds == 0);
    person.say(1);
    CHECK(person.next().at("type") == "ack");
}

TEST_CASE("what is not the protocol ends the connection with the code that says why", "[server]") {
    RunningServer server;
    SECTION("not JSON") {
        Person person(server);
        person.send("hello?");
        CHECK(person.next().at("code") == "bad_json");
        CHECK(person.wait_for_close() == 1007);
    }
    SECTION("a thousand nested brackets") {
        Person person(server);
        person.send(std::string(1000, '[') + std::string(1000, ']'));
        CHECK(person.next().at("code") == "bad_json");
        CHECK(person.wait_for_close() == 1007);
    }
    SECTION("binary") {
        Person person(server);
        person.send_binary(R"({"type":"ping"})");
        CHECK(person.wait_for_close() == 1003);
    }
    SECTION("not UTF-8") {
        Person person(server);
        person.send("{\"type\":\"message\",\"id\":1,\"text\":\"\xC3\x28\"}");
        CHECK(person.wait_for_close() == 1007);
    }
    SECTION("a huge frame") {
        Person person(server);
        person.send(std::string(server::wire::kMaxFrameBytes, ' ') + R"({"type":"ping"})");
        CHECK(person.wait_for_close() == 1009);
    }
    SECTION("a frame without a mask") {
        Person person(server);
        person.send_raw("\x81\x02{}");
        CHECK(person.wait_for_close() == 1002);
    }
    SECTION("no hello first") {
        WsClient client(Person::at(server));
        client.send(R"({"type":"ping"})");
        CHECK(json::parse(client.receive().value()).at("code") == "not_first_hello");
        CHECK(client.wait_for_close() == 1008);
    }
    SECTION("a stale token") {
        WsClient client(Person::at(server));
        client.send(json({{"type", "hello"}, {"seen", 0}, {"token", std::string(43, 'a')}}).dump());
        CHECK(json::parse(client.receive().value()).at("code") == "bad_token");
        CHECK(client.wait_for_close() == 1008);
    }
    CHECK(server.engine.inbounds == 0);
    Person after(server);
    CHECK(after.welcome.at("type") == "welcome");
}

TEST_CASE("a browser's token is a cookie that no script can read", "[server]") {
    RunningServer server;
    WsOptions options;
    options.headers["Origin"] = "http://127.0.0.1:" + std::to_string(server.port());
    Person first(server, options);
    const std::string cookie = first.header("Set-Cookie");
    CHECK(cookie.find("reweave_device=") == 0);
    CHECK(cookie.find("HttpOnly") != std::string::npos);
    CHECK(cookie.find("SameSite=Strict") != std::string::npos);
    CHECK(cookie.find("Secure") == std::string::npos);
    CHECK_FALSE(first.welcome.contains("token"));
    first.say(1);
    CHECK(first.next().at("type") == "ack");

    options.headers["Cookie"] = "theme=dark; " + cookie.substr(0, cookie.find(';'));
    Person second(server, options);
    CHECK(second.header("Set-Cookie").empty());
    CHECK(second.welcome.at("seq") == 1);
}

TEST_CASE("pages of other origins are refused before anything is opened", "[server]") {
    server::ServerOptions options;
    options.origins = {"https://partner.example.org"};
    RunningServer server(options);
    WsOptions client;
    client.headers["Origin"] = "https://evil.example.org";
    CHECK(WsClient(Person::at(server, client)).status() == 403);
    client.headers["Origin"] = "null";
    CHECK(WsClient(Person::at(server, client)).status() == 403);
    client.headers["Origin"] = "https://partner.example.org";
    CHECK(WsClient(Person::at(server, client)).status() == 101);
    client = {};
    client.subprotocol = "chat";
    CHECK(WsClient(Person::at(server, client)).status() == 400);
    client = {};
    client.path = "/other";
    CHECK(WsClient(Person::at(server, client)).status() == 404);
}

}  // namespace test_server_protocol
