#include <nlohmann/json.hpp>

#include "bot/server/peer.hpp"
#include "bot/server/tokens.hpp"
#include "tests/support/catch.hpp"

namespace test_peer {

using namespace reweave;
using namespace reweave::server;
using namespace std::chrono_literals;
using nlohmann::json;
using Reply = engine::Reply;

namespace {

struct FakeGate final : engine::EngineGate {
    bool submit(engine::Request&& request) override {
        if (full) return false;
        requests.push_back(std::move(request));
        return true;
    }
    /// The body of the newest request.
    template <class Body>
    const Body& last() const {
        REQUIRE_FALSE(requests.empty());
        REQUIRE(std::holds_alternative<Body>(requests.back().body));
        return std::get<Body>(requests.back().body);
    }
    std::vector<engine::Request> requests;
    bool full = false;
};

struct FakeLink final : Link {
    bool send(std::string frame) override {
        if (frames.size() >= room) return false;
        frames.push_back(json::parse(frame));
        return true;
    }
    void end(CloseCode code) override { closed = static_cast<int>(code); }
    void abandon(CloseCode code) override { closed = static_cast<int>(code); }
    void resume() override { ++resumed; }
    void greeted() override { greeting_in_time = true; }
    std::vector<json> frames;
    std::size_t room = 1000;
    int closed = 0;
    int resumed = 0;
    bool greeting_in_time = false;
};

/// A hub with a scripted engine behind it.
struct World {
    explicit World(HubOptions options = {}, AddressLimits limits = {})
        : addresses(limits), hub(gate, std::move(options), metrics) {}

    Caller caller(std::string cookie_token = {}, bool fresh = false) {
        Caller out;
        out.browser = !cookie_token.empty();
        if (out.browser) out.cookie_handle = handle_of(cookie_token);
        out.cookie_is_new = fresh;
        out.address = addresses.opened(boost::asio::ip::make_address("192.0.2.1"), now);
        return out;
    }

    void output(engine::Output out) {
        std::vector<engine::Output> batch;
        batch.push_back(std::move(out));
        hub.on_outputs(std::move(batch), now);
    }
    void reply(Reply::Code code = Reply::Code::ok, std::int64_t seq = 0, std::vector<std::int64_t> messages = {}) {
        Reply out;
        out.ticket = gate.requests.back().ticket;
        out.code = code;
        out.identity = {7};
        out.person = {3};
        out.seq = seq;
        for (const std::int64_t number : messages) {
            out.messages.emplace_back();
            out.messages.back().seq = number;
        }
        output(std::move(out));
    }
    void deliver(std::int64_t seq) {
        engine::Deliver out;
        out.message.person = {3};
        out.message.seq = seq;
        output(std::move(out));
    }

    Now now{};
    Metrics metrics;
    FakeGate gate;
    AddressBook addresses;
    Hub hub;
};

/// One connection that has said hello.
struct Connected {
    explicit Connected(World& w, Caller caller) : world(w), peer(w.hub, link, std::move(caller), w.now) {}
    explicit Connected(World& w) : Connected(w, w.caller()) { greet(); }

    Connected& say(const std::string& frame) {
        REQUIRE(peer.may_read());
        peer.on_text(frame, world.now);
        return *this;
    }
    void greet(std::int64_t seq = 0) {
        say(R"({"type":"hello","seen":0})");
        world.reply(Reply::Code::ok, seq);
        REQUIRE(link.frames.back().at("type") == "welcome");
        link.frames.clear();
    }
    const json& newest() const {
        REQUIRE_FALSE(link.frames.empty());
        return link.frames.back();
    }
    std::string error() const { return newest().value("code", ""); }

    World& world;
    FakeLink link;
    Peer peer;
};

std::string message(int id, const std::string& text = "hi") {
    return R"({"type":"message","id":)" + std::to_string(id) + R"(,"text":")" + text + "\"}";
}

}  // namespace

TEST_CASE("hello brings a welcome with a token, and then what was missed, each once", "[server][peer]") {
    World world;
    Connected one(world, world.caller());
    one.say(R"({"type":"hello","seen":4,"language":"pt","time_zone":"Europe/Lisbon"})");
    const auto& hello = world.gate.last<engine::Hello>();
    CHECK(hello.channel == "web");
    CHECK(hello.seen == 4);
    CHECK(hello.language == "pt");
    CHECK(hello.time_zone == "Europe/Lisbon");
    CHECK(hello.may_create);
    CHECK(one.link.greeting_in_time);
    CHECK_FALSE(one.peer.may_read());

    const std::string handle = hello.handle;
    world.reply(Reply::Code::ok, 6, {5, 6});
    REQUIRE(one.link.frames.size() == 3);
    CHECK(one.link.frames[0].at("seq") == 6);
    CHECK(handle_of(one.link.frames[0].at("token").get<std::string>()) == handle);
    CHECK(one.link.frames[1].at("seq") == 5);
    CHECK(one.link.frames[2].at("seq") == 6);
    CHECK(one.peer.may_read());

    world.deliver(6);
    CHECK(one.link.frames.size() == 3);
    world.deliver(7);
    CHECK(one.newest().at("seq") == 7);
}

TEST_CASE("a browser is known by its cookie and never shown a token", "[server][peer]") {
    World world;
    const std::string token = new_token();
    Connected one(world, world.caller(token));
    one.say(R"({"type":"hello","seen":0,"token":")" + new_token() + "\"}");
    CHECK(world.gate.last<engine::Hello>().handle == handle_of(token));
    world.reply();
    CHECK_FALSE(one.newest().contains("token"));
}

TEST_CASE("a token that a client shows must be known", "[server][peer]") {
    World world;
    Connected one(world, world.caller());
    one.say(R"({"type":"hello","seen":0,"token":")" + new_token() + "\"}");
    CHECK_FALSE(world.gate.last<engine::Hello>().may_create);
    world.reply(Reply::Code::unknown_identity);
    CHECK(one.error() == "bad_token");
    CHECK(one.link.closed == 1008);
}

TEST_CASE("the cookie of an ended device is remembered, so that its browser gets a new one", "[server][peer]") {
    World world;
    const std::string token = new_token();
    Connected one(world, world.caller(token));
    one.say(R"({"type":"hello","seen":0})");
    CHECK_FALSE(world.gate.last<engine::Hello>().may_create);  // nobody begins under a token that they bring along
    CHECK_FALSE(world.hub.is_spent(handle_of(token)));
    world.reply(Reply::Code::unknown_identity);
    CHECK(one.error() == "bad_token");
    CHECK(world.hub.is_spent(handle_of(token)));
}

TEST_CASE("where only known people may come, a new one is told so", "[server][peer]") {
    HubOptions options;
    options.anonymous = false;
    World world(options);
    Connected one(world, world.caller());
    one.say(R"({"type":"hello","seen":0})");
    CHECK_FALSE(world.gate.last<engine::Hello>().may_create);
    world.reply(Reply::Code::unknown_identity);
    CHECK(one.error() == "not_allowed");
    CHECK(one.link.closed == 1008);
}

TEST_CASE("one address cannot make people without end", "[server][peer]") {
    AddressLimits limits;
    limits.new_people = {1.0 / 60, 1};
    World world({}, limits);
    Connected first(world, world.caller());
    first.say(R"({"type":"hello","seen":0})");
    Reply made;
    made.ticket = world.gate.requests.back().ticket;
    made.created = true;
    made.person = {3};
    world.output(std::move(made));

    Connected second(world, world.caller());
    second.say(R"({"type":"hello","seen":0})");
    CHECK_FALSE(world.gate.last<engine::Hello>().may_create);
    world.reply(Reply::Code::unknown_identity);
    CHECK(second.error() == "rate_limited");
}

TEST_CASE("a message reaches the engine screened, and is acknowledged by its reply", "[server][peer]") {
    HubOptions options;
    options.screen = [](std::string_view text) {
        safety::Findings findings;
        if (text == "danger") findings.items.push_back({safety::Category::self_harm, safety::Tier::stop, "x"});
        return findings;
    };
    World world(options);
    Connected one(world);
    one.say(message(12, "danger"));
    const auto& batch = world.gate.last<engine::Batch>();
    REQUIRE(batch.inbounds.size() == 1);
    CHECK(batch.channel == "web");
    CHECK(batch.inbounds[0].number == 12);
    CHECK(batch.inbounds[0].identity.value == 7);
    CHECK(batch.inbounds[0].text == "danger");
    CHECK(batch.inbounds[0].findings.items.size() == 1);
    CHECK(one.link.frames.empty());
    world.reply();
    CHECK(one.newest() == json::parse(R"({"type":"ack","id":12})"));

    one.say(R"({"type":"choose","id":13,"ask":"12.5","picks":["a","b"]})");
    const auto& chosen = world.gate.last<engine::Batch>().inbounds[0];
    CHECK(chosen.kind == engine::Inbound::Kind::choice);
    CHECK(chosen.ask == "12.5");
    CHECK(chosen.picks == std::vector<std::string>{"a", "b"});
}

TEST_CASE("each answer of the engine has its frame", "[server][peer]") {
    const std::pair<Reply::Code, const char*> rows[] = {{Reply::Code::not_rising, "id_not_rising"},
                                                        {Reply::Code::stale_ask, "stale_ask"},
                                                        {Reply::Code::unknown_ask, "unknown_ask"},
                                                        {Reply::Code::bad_pick, "bad_pick"},
                                                        {Reply::Code::failed, "internal"}};
    for (const auto& [code, expected] : rows) {
        World world;
        Connected one(world);
        one.say(message(5));
        world.reply(code);
        CHECK(one.error() == expected);
        CHECK(one.newest().at("id") == 5);
        CHECK(one.link.closed == 0);
    }
    World world;
    Connected one(world);
    one.say(message(5));
    world.reply(Reply::Code::again);
    CHECK(one.newest() == json::parse(R"({"type":"ack","id":5,"again":true})"));
}

TEST_CASE("what comes before hello, or a second hello, is refused", "[server][peer]") {
    World world;
    Connected early(world, world.caller());
    early.say(message(1));
    CHECK(early.error() == "not_first_hello");
    CHECK(early.link.closed == 1008);
    CHECK(world.gate.requests.empty());

    Connected twice(world);
    twice.say(R"({"type":"hello","seen":0})");
    CHECK(twice.error() == "hello_twice");
    CHECK(twice.link.closed == 0);

    Connected silent(world, world.caller());
    silent.peer.on_silence();
    CHECK(silent.error() == "not_first_hello");
    CHECK(silent.link.closed == 1008);
}

TEST_CASE("a wrong field is an error, and what is not JSON or not text ends the connection", "[server][peer]") {
    World world;
    Connected one(world);
    const std::size_t asked = world.gate.requests.size();
    one.say(R"({"type":"message","id":3,"text":7})");
    CHECK(one.error() == "bad_field");
    CHECK(one.link.closed == 0);
    one.say("{");
    CHECK(one.error() == "bad_json");
    CHECK(one.link.closed == 1007);
    CHECK(world.gate.requests.size() == asked);

    Connected binary(world);
    binary.peer.on_binary();
    CHECK(binary.link.closed == 1003);
}

TEST_CASE("the engine answers at most eight requests of a connection at once; then it is not read from",
          "[server][peer]") {
    HubOptions options;
    options.person = {};
    World world(options);
    Connected one(world);
    for (int id = 1; id <= 8; ++id) one.say(message(id));
    CHECK_FALSE(one.peer.may_read());
    world.reply();
    CHECK(one.peer.may_read());
    CHECK(one.link.resumed > 0);
    one.say(message(9));
    CHECK_FALSE(one.peer.may_read());
}

TEST_CASE("while the engine's queue is full requests wait in their order and are not lost", "[server][peer]") {
    World world;
    Connected one(world);
    Connected two(world);
    world.gate.full = true;
    const std::size_t before = world.gate.requests.size();
    one.say(message(1));
    two.say(message(2));
    CHECK_FALSE(one.peer.may_read());
    CHECK_FALSE(two.peer.may_read());
    CHECK(world.hub.has_waiting());
    CHECK_FALSE(world.hub.flush());

    world.gate.full = false;
    CHECK(world.hub.flush());
    REQUIRE(world.gate.requests.size() == before + 2);
    CHECK(std::get<engine::Batch>(world.gate.requests[before].body).inbounds[0].number == 1);
    CHECK(std::get<engine::Batch>(world.gate.requests[before + 1].body).inbounds[0].number == 2);
    CHECK(one.peer.may_read());
    world.reply();
    CHECK(two.newest().at("id") == 2);
}

TEST_CASE("too many messages of a person are refused, on all their connections together", "[server][peer]") {
    HubOptions options;
    options.person = {1, 2};
    World world(options);
    Connected one(world);
    Connected two(world);
    one.say(message(1));
    two.say(message(2));
    two.say(message(3));
    CHECK(two.error() == "rate_limited");
    CHECK(two.newest().at("id") == 3);
    world.now += 1s;
    const std::size_t asked = world.gate.requests.size();
    two.say(message(3));
    CHECK(world.gate.requests.size() == asked + 1);
}

TEST_CASE("a flood of frames ends the connection", "[server][peer]") {
    HubOptions options;
    options.frames = {1, 5};
    World world(options);
    Connected one(world);
    for (int i = 0; i < 4; ++i) one.say(R"({"type":"ping"})");
    CHECK(one.newest().at("type") == "pong");
    one.say(R"({"type":"ping"})");
    CHECK(one.error() == "rate_limited");
    CHECK(one.link.closed == 1008);
}

TEST_CASE("nobody can have seen what was not sent", "[server][peer]") {
    World world;
    Connected one(world, world.caller());
    one.say(R"({"type":"hello","seen":9})");
    world.reply(Reply::Code::ok, 4);
    REQUIRE(one.link.frames.size() == 2);
    CHECK(one.error() == "ack_ahead");
    CHECK(one.newest().at("field") == "seen");
    one.say(R"({"type":"seen","seq":4})");
    CHECK(one.link.frames.size() == 2);
    one.say(R"({"type":"seen","seq":5})");
    CHECK(one.newest().at("field") == "seq");
}

TEST_CASE("history, codes and their faults", "[server][peer]") {
    World world;
    Connected one(world);
    one.say(R"({"type":"history","before":17,"limit":3})");
    CHECK(world.gate.last<engine::GetHistory>().before == 17);
    CHECK(world.gate.last<engine::GetHistory>().limit == 3);
    CHECK(world.gate.last<engine::GetHistory>().person.value == 3);
    world.reply(Reply::Code::ok, 0, {15, 16});
    CHECK(one.newest().at("messages").size() == 2);

    one.say(R"({"type":"code"})");
    CHECK(world.gate.last<engine::MakeCode>().identity.value == 7);
    Reply code;
    code.ticket = world.gate.requests.back().ticket;
    code.text = "ABCD-EFGH-JKLM";
    world.output(std::move(code));
    CHECK(one.newest().at("code") == "ABCD-EFGH-JKLM");

    one.say(R"({"type":"code"})");
    world.reply(Reply::Code::failed);
    CHECK(one.error() == "internal");
    const std::pair<Reply::Code, const char*> rows[] = {{Reply::Code::bad_code, "bad_code"},
                                                        {Reply::Code::too_many_tries, "too_many_tries"},
                                                        {Reply::Code::has_history, "not_allowed"}};
    for (const auto& [answer, expected] : rows) {
        one.say(R"({"type":"link","code":"ABCD"})");
        world.reply(answer);
        CHECK(one.error() == expected);
        CHECK(one.newest().at("field") == "code");
    }
}

TEST_CASE("after a code is used the device gets the other stream, from its beginning", "[server][peer]") {
    World world;
    Connected one(world);
    world.deliver(5);
    one.say(R"({"type":"link","code":"ABCD"})");
    CHECK(world.gate.last<engine::UseCode>().code == "ABCD");
    world.reply();
    CHECK(one.newest().at("type") == "linked");
    CHECK(world.gate.last<engine::Hello>().seen == 0);
    CHECK_FALSE(world.gate.last<engine::Hello>().may_create);
    CHECK_FALSE(one.peer.may_read());
    world.reply(Reply::Code::ok, 2, {1, 2});
    CHECK(one.newest().at("seq") == 2);
    CHECK(one.peer.may_read());
}

TEST_CASE("while a code is looked at nothing more is read, but what is said still arrives", "[server][peer]") {
    World world;
    Connected one(world);
    one.say(R"({"type":"link","code":"ABCD"})");
    CHECK_FALSE(one.peer.may_read());
    world.deliver(5);
    CHECK(one.newest().at("seq") == 5);
    world.reply(Reply::Code::bad_code);
    CHECK(one.peer.may_read());
}

TEST_CASE("exit ends the device everywhere and goes with 1000", "[server][peer]") {
    World world;
    const std::string token = new_token();
    Connected one(world, world.caller(token));
    one.greet();
    Connected tab(world, world.caller(token));
    tab.greet();
    one.say(R"({"type":"exit"})");
    CHECK(world.gate.last<engine::EndDevice>().identity.value == 7);
    world.reply();
    CHECK(one.newest() == json::parse(R"({"type":"bye","reason":"exit"})"));
    CHECK(one.link.closed == 1000);
    world.output(engine::Close{{3}, {8}, engine::Close::Why::exited});
    CHECK(tab.link.closed == 0);
    world.output(engine::Close{{3}, {7}, engine::Close::Why::exited});
    CHECK(tab.newest().at("reason") == "exit");
    CHECK(tab.link.closed == 1000);
    CHECK(world.hub.is_spent(handle_of(token)));
}

TEST_CASE("who is erased is told on every connection", "[server][peer]") {
    World world;
    Connected one(world);
    Connected two(world);
    world.output(engine::Close{{3}, {}, engine::Close::Why::erased});
    CHECK(one.newest().at("reason") == "deleted");
    CHECK(two.newest().at("reason") == "deleted");
    CHECK(one.link.closed == 1000);
}

TEST_CASE("a client that does not read is cut off and hurts nobody else", "[server][peer]") {
    World world;
    Connected slow(world);
    Connected other(world);
    slow.link.room = 0;
    world.deliver(1);
    CHECK(slow.link.closed == 1013);
    CHECK(slow.peer.ended());
    CHECK(other.newest().at("seq") == 1);
}

TEST_CASE("with too many connections of a person the oldest gives way", "[server][peer]") {
    HubOptions options;
    options.connections_per_person = 2;
    World world(options);
    Connected first(world);
    Connected second(world);
    Connected third(world);
    CHECK(first.newest().at("reason") == "replaced");
    CHECK(first.link.closed == 1000);
    CHECK(second.link.closed == 0);
    CHECK(third.link.closed == 0);
}

TEST_CASE("a drain answers what was asked before it closes", "[server][peer]") {
    World world;
    Connected busy(world);
    Connected idle(world);
    busy.say(message(1));
    busy.peer.drain(2s);
    idle.peer.drain(2s);
    CHECK(idle.newest() == json::parse(R"({"type":"bye","reason":"drain","retry_after":2})"));
    CHECK(idle.link.closed == 1001);
    CHECK(busy.link.closed == 0);
    CHECK_FALSE(busy.peer.may_read());
    world.reply();
    CHECK(busy.newest() == json::parse(R"({"type":"ack","id":1})"));
    CHECK(busy.link.closed == 1001);
}

TEST_CASE("the engine hears that someone is gone, also if they left before they were greeted", "[server][peer]") {
    World world;
    { Connected one(world); }
    CHECK(world.gate.last<engine::Gone>().person.value == 3);

    std::uint64_t ticket = 0;
    {
        Connected two(world, world.caller());
        two.say(R"({"type":"hello","seen":0})");
        ticket = world.gate.requests.back().ticket;
    }
    const std::size_t asked = world.gate.requests.size();
    Reply late;
    late.ticket = ticket;
    late.person = {4};
    world.output(std::move(late));
    REQUIRE(world.gate.requests.size() == asked + 1);
    CHECK(world.gate.last<engine::Gone>().person.value == 4);
    CHECK(world.hub.people() == 0);
}

}  // namespace test_peer
