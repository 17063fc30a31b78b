// The fake Discord against a client of its tests' own.

#include "tests/discord/plain_client.hpp"

namespace test_fake_discord {

using namespace reweave;
using namespace reweave::test;
using namespace reweave::test::plain;

TEST_CASE("a session of the fake Discord begins, is cut, and plays again what it missed", "[discord]") {
    asio::io_context io{1};
    FakeDiscord discord(io);
    const std::string anna = discord.add_user("anna"), guild = discord.add_guild("home");
    const std::string channel = discord.add_channel(guild, "talk"), dm = discord.open_dm(anna);

    std::string session;
    std::int64_t seq = 0;
    {
        Gateway gateway(io, discord);
        CHECK(gateway.next()["d"]["heartbeat_interval"] == 41250);
        gateway.identify();
        const json ready = gateway.event("READY");
        session = ready["d"]["session_id"].get<std::string>();
        CHECK(ready["d"]["guilds"][0]["unavailable"] == true);
        CHECK(gateway.event("GUILD_CREATE")["d"]["channels"][0]["id"] == channel);
        discord.write(channel, anna, "not for the bot");
        json message = gateway.event("MESSAGE_CREATE");
        CHECK(message["d"]["content"] == "");
        discord.write(channel, anna, "hello", {true, ""});
        CHECK(gateway.event("MESSAGE_CREATE")["d"]["content"] == "<@" + discord.bot() + "> hello");
        discord.write(dm, anna, "just us");
        message = gateway.event("MESSAGE_CREATE");
        CHECK(message["d"]["content"] == "just us");
        seq = message["s"].get<std::int64_t>();
        gateway.send({{"op", 1}, {"d", seq}});
        CHECK(gateway.next()["op"] == 11);
        discord.cut_gateway();
        CHECK(gateway.closed() == 0);
    }
    CHECK_FALSE(discord.connected());
    discord.write(dm, anna, "are you there?");
    Gateway again(io, discord);
    CHECK(again.next()["op"] == 10);
    again.resume(session, seq);
    CHECK(again.event("MESSAGE_CREATE")["d"]["content"] == "are you there?");
    CHECK(again.next()["t"] == "RESUMED");
    again.close(1000);
    Gateway late(io, discord);
    CHECK(late.next()["op"] == 10);
    late.resume(session, seq);
    const json refused = late.next();
    CHECK(refused["op"] == 9);
    CHECK(refused["d"] == false);
    CHECK(discord.complaints().empty());
}

TEST_CASE("the fake Discord lets nobody in who may not, and nobody identify too often", "[discord]") {
    asio::io_context io{1};
    FakeDiscord::Options options;
    options.identifies_left = 3;
    FakeDiscord discord(io, options);
    const auto close_code = [&](int intents, const std::string& token) {
        run_for(io, 6s, 1s);
        Gateway gateway(io, discord);
        (void)gateway.next();
        gateway.identify(intents, token);
        return gateway.closed();
    };
    CHECK(close_code(kOwnIntents, "another") == 4004);
    CHECK(close_code(1 << 30, "bot-token") == 4013);
    CHECK(close_code(1 << 15, "bot-token") == 4014);
    Gateway first(io, discord);
    (void)first.next();
    first.send({{"op", 3}, {"d", nullptr}});
    CHECK(first.closed() == 4003);
    Gateway quick(io, discord);
    (void)quick.next();
    quick.identify();
    CHECK(quick.next()["op"] == 9);
    CHECK(ask(io, discord, wire::verb::get, "/gateway/bot").body["session_start_limit"]["remaining"] == 0);
    CHECK(close_code(kOwnIntents, "bot-token") == 4004);
    CHECK(ask(io, discord, wire::verb::get, "/users/@me").status == 401);
    CHECK(discord.complaints().size() == 1);
}

TEST_CASE("a connection to the fake Discord meets what was planned for it", "[discord]") {
    asio::io_context io{1};
    FakeDiscord discord(io);
    const std::string anna = discord.add_user("anna"), dm = discord.open_dm(anna);
    GatewayPlan plan;
    plan.refuse = 502;
    plan.hello = false;
    discord.next_connections(plan);
    Gateway refused(io, discord);
    CHECK(refused.next().is_null());
    CHECK(refused.over);

    plan.refuse = 0;
    discord.next_connections(plan);
    Gateway silent(io, discord);
    CHECK(silent.next().is_null());
    CHECK_FALSE(silent.over);

    plan = GatewayPlan();
    plan.split = 20;
    plan.acks = false;
    plan.close_code = 4000;
    plan.close_after = 2;
    discord.next_connections(plan);
    Gateway small(io, discord, "&compress=zlib-stream");
    CHECK(small.next()["op"] == 10);
    small.identify();
    CHECK(small.event("READY")["s"] == 1);
    CHECK(small.frames > 10);
    small.send({{"op", 1}, {"d", 1}});
    discord.write(dm, anna, "one");
    CHECK(small.next()["d"]["content"] == "one");
    CHECK(small.closed() == 4000);

    plan = GatewayPlan();
    plan.invalid_session = true;
    plan.answers_close = false;
    discord.next_connections(plan);
    Gateway again(io, discord);
    (void)again.next();
    again.resume("any", 1);
    CHECK(again.next()["d"] == true);
    again.close(4000);
    run_for(io, 10s, 100ms);
    CHECK_FALSE(again.over);

    Gateway whole(io, discord);
    (void)whole.next();
    discord.silence_gateway();
    whole.identify();
    CHECK(whole.next().is_null());
    CHECK_FALSE(whole.over);
    discord.cut_gateway();
    CHECK(whole.closed() == 0);
    CHECK(discord.complaints().empty());
    Gateway lazy(io, discord);
    CHECK(lazy.next()["op"] == 10);
    run_for(io, 62s, 100ms);
    CHECK(lazy.closed() == 4009);
    CHECK(discord.complaints() == std::vector<std::string>{"heartbeats stayed out"});
}

TEST_CASE("the fake Discord keeps the rules of messages, and says who broke them", "[discord]") {
    asio::io_context io{1};
    FakeDiscord discord(io);
    const std::string anna = discord.add_user("anna");
    const auto post = [&](const std::string& path, const json& body) {
        return ask(io, discord, wire::verb::post, path, body);
    };
    const std::string dm = post("/users/@me/channels", {{"recipient_id", anna}}).body["id"].get<std::string>();
    CHECK(dm == discord.open_dm(anna));
    const std::string messages = "/channels/" + dm + "/messages";
    json body = said("hello");
    body["nonce"] = "1";
    body["enforce_nonce"] = true;
    const Answer made = post(messages, body);
    CHECK(made.status == 200);
    CHECK(made.headers.at("X-RateLimit-Remaining") == "4");
    CHECK(post(messages, body).body["id"] == made.body["id"]);
    discord.let_dm(anna, false);
    body["nonce"] = "2";
    CHECK(post(messages, body).body["code"] == 50007);
    CHECK(discord.complaints().empty());
    CHECK(post(messages, body).status == 403);
    CHECK(discord.complaints().size() == 1);
    discord.let_dm(anna, true);
    CHECK(post(messages, said(std::string(2001, 'x'))).body["errors"]["content"]["_errors"].is_array());
    CHECK(discord.complaints().size() == 2);
    const Answer limited = post(messages, said("much"));
    CHECK(limited.status == 429);
    CHECK(limited.body["global"] == false);
    run_for(io, 200ms);
    CHECK(post(messages, said("more")).status == 429);
    CHECK(discord.complaints().size() == 3);
    run_for(io, 6s, 100ms);
    CHECK(post(messages, {{"content", "@everyone"}}).status == 200);
    CHECK(discord.complaints().size() == 5);
    RestFault fault = RestFault::error("POST", "/messages$", 500, 0);
    fault.after = true;
    discord.fault(fault);
    CHECK(post(messages, said("it arrived")).status == 500);
    CHECK(discord.messages(dm, anna).back()["content"] == "it arrived");
    fault = RestFault();
    fault.cut = true;
    discord.fault(fault);
    CHECK(post(messages, said("it did not")).status == 0);
    CHECK(discord.messages(dm, anna).back()["content"] == "it arrived");
}

TEST_CASE("in the fake Discord a press is answered in time, with a modal, and seen by the one who pressed",
          "[discord]") {
    asio::io_context io{1};
    FakeDiscord discord(io);
    const std::string anna = discord.add_user("anna"), ben = discord.add_user("ben");
    const std::string channel = discord.add_channel(discord.add_guild("home"), "talk");
    Gateway gateway(io, discord);
    (void)gateway.next();
    gateway.identify(0);
    json asked;
    const auto answer = [&](const json& body) {
        asked = gateway.event("INTERACTION_CREATE")["d"];
        const auto id = asked["id"].get<std::string>(), token = asked["token"].get<std::string>();
        return ask(io, discord, wire::verb::post, "/interactions/" + id + "/" + token + "/callback", body, "");
    };
    std::string id = discord.command(channel, anna, "repair", {{"with", ben}, {"times", 2}});
    CHECK(answer({{"type", 5}, {"data", {{"flags", 64}}}}).status == 204);
    CHECK(asked["data"]["options"][1]["value"] == ben);
    CHECK(discord.interaction(id).callback == 5);
    const std::string webhook = "/webhooks/" + discord.bot() + "/" + asked["token"].get<std::string>();
    json body = said("when?");
    body["components"] = row({{"type", 2}, {"style", 1}, {"label", "Now"}, {"custom_id", "now"}});
    CHECK(ask(io, discord, wire::verb::patch, webhook + "/messages/@original", body, "").status == 200);
    CHECK(discord.messages(channel, ben).empty());
    REQUIRE(discord.messages(channel, anna).size() == 1);
    const auto message = discord.messages(channel, anna)[0]["id"].get<std::string>();
    CHECK_THROWS_AS(discord.press(message, "now", ben), std::logic_error);

    id = discord.press(message, "now", anna);
    json modal = {{"title", "Now"}, {"custom_id", "m"}};
    modal["components"] = json::array({{{"type", 18}, {"label", "Say it"}}});
    modal["components"][0]["component"] = {{"type", 4}, {"style", 2}, {"custom_id", "text"}};
    CHECK(answer({{"type", 9}, {"data", modal}}).status == 204);
    CHECK(discord.interaction(id).modal["title"] == "Now");

    discord.submit(id, {{"text", "tonight"}});
    CHECK(answer({{"type", 6}}).status == 204);
    CHECK(asked["data"]["components"][0]["component"]["value"] == "tonight");
    CHECK(asked["message"]["id"] == message);

    id = discord.press(message, "now", anna);
    run_for(io, 4s, 100ms);
    CHECK(answer({{"type", 6}}).body["code"] == 10062);
    CHECK(discord.interaction(id).late);
    run_for(io, 16min, 10s);
    CHECK(ask(io, discord, wire::verb::patch, webhook + "/messages/@original", body, "").body["code"] == 50027);
    CHECK(gateway.closed() == 4009);
    CHECK(discord.complaints() == std::vector<std::string>{"heartbeats stayed out"});
}

TEST_CASE("a private thread of the fake Discord is seen by its members, until it is locked", "[discord]") {
    asio::io_context io{1};
    FakeDiscord discord(io);
    const std::string anna = discord.add_user("anna"), ben = discord.add_user("ben");
    const std::string channel = discord.add_channel(discord.add_guild("home"), "talk");
    const json wanted = {{"name", "us"}, {"type", 12}, {"invitable", false}};
    const std::string threads = "/channels/" + channel + "/threads";
    const Answer made = ask(io, discord, wire::verb::post, threads, wanted);
    REQUIRE(made.status == 201);
    const auto thread = made.body["id"].get<std::string>();
    CHECK(discord.threads(channel) == std::vector<std::string>{thread});
    const std::string member = "/channels/" + thread + "/thread-members/" + anna;
    CHECK(ask(io, discord, wire::verb::put, member).status == 204);
    const std::string messages = "/channels/" + thread + "/messages";
    CHECK(ask(io, discord, wire::verb::post, messages, said("only you")).status == 200);
    CHECK(discord.messages(thread, anna).size() == 1);
    CHECK(discord.messages(thread, ben).empty());
    CHECK_THROWS_AS(discord.write(thread, ben, "me too"), std::logic_error);
    discord.archive(thread);
    CHECK(ask(io, discord, wire::verb::post, messages, said("opens it")).status == 200);
    discord.archive(thread, true);
    CHECK(ask(io, discord, wire::verb::post, messages, said("late")).body["code"] == 160005);
    discord.forbid(channel, Permission::kCreatePrivateThreads);
    CHECK(ask(io, discord, wire::verb::post, threads, wanted).body["code"] == 50013);
    discord.forbid(channel, Permission::kViewChannel);
    CHECK(ask(io, discord, wire::verb::get, "/channels/" + channel).body["code"] == 50001);
    CHECK(discord.complaints().empty());
}

TEST_CASE("where only a user installed it, the fake Discord takes five follow-ups and hides them", "[discord]") {
    asio::io_context io{1};
    FakeDiscord discord(io);
    const std::string anna = discord.add_user("anna"), ben = discord.add_user("ben");
    const std::string channel = discord.add_channel(discord.add_guild("elsewhere", false), "talk");
    discord.forbid(channel, Permission::kUseExternalApps);
    Gateway gateway(io, discord);
    (void)gateway.next();
    gateway.identify();
    const json commands = json::array({{{"name", "repair"}, {"description", "Begins"}}});
    const std::string registry = "/applications/" + discord.bot() + "/commands";
    CHECK(ask(io, discord, wire::verb::put, registry, commands).body[0]["name"] == "repair");
    CHECK_THROWS_AS(discord.command(channel, anna, "other"), std::logic_error);
    (void)discord.command(channel, anna, "repair");
    const json asked = gateway.event("INTERACTION_CREATE")["d"];
    CHECK(asked["authorizing_integration_owners"] == json({{"1", anna}}));
    const auto id = asked["id"].get<std::string>(), token = asked["token"].get<std::string>();
    const std::string callback = "/interactions/" + id + "/" + token + "/callback?with_response=true";
    const json first = {{"type", 4}, {"data", said("hello")}};
    const Answer taken = ask(io, discord, wire::verb::post, callback, first);
    CHECK(taken.body["resource"]["message"]["flags"] == 64);
    CHECK(ask(io, discord, wire::verb::post, callback, first).body["code"] == 40060);
    const std::string webhook = "/webhooks/" + discord.bot() + "/" + token;
    for (int i = 0; i < 5; ++i) {
        CHECK(ask(io, discord, wire::verb::post, webhook, said("more")).status == 200);
        run_for(io, 1s);
    }
    CHECK(ask(io, discord, wire::verb::post, webhook, said("too much")).body["code"] == 40094);
    CHECK(ask(io, discord, wire::verb::post, "/channels/" + channel + "/messages", said("x")).body["code"] == 50001);
    CHECK(discord.messages(channel, anna).size() == 6);
    CHECK(discord.messages(channel, ben).empty());
    CHECK(ask(io, discord, wire::verb::post, webhook + "x", said("lost")).body["code"] == 10015);
    CHECK(discord.complaints().empty());
    (void)ask(io, discord, wire::verb::post, webhook + "x", said("lost"));
    CHECK(discord.complaints().size() == 1);
}

TEST_CASE("the fake Discord takes a nonce once, also if its message is gone by then", "[discord]") {
    asio::io_context io{1};
    FakeDiscord discord(io);
    const std::string dm = discord.open_dm(discord.add_user("anna"));
    json body = said("hello");
    body.update({{"nonce", "1"}, {"enforce_nonce", true}});
    const std::string messages = "/channels/" + dm + "/messages";
    RestFault fault;
    fault.cut = fault.after = true;
    discord.fault(fault);
    CHECK(ask(io, discord, wire::verb::post, messages, body).status == 0);
    const auto id = ask(io, discord, wire::verb::post, messages, body).body["id"].get<std::string>();
    CHECK(ask(io, discord, wire::verb::get, messages).body.size() == 1);
    discord.remove(id);
    CHECK(ask(io, discord, wire::verb::post, messages, body).body["code"] == 10008);
    run_for(io, 6min, 1s);
    CHECK(ask(io, discord, wire::verb::post, messages, body).status == 200);
    CHECK(discord.complaints().empty());
}

TEST_CASE("the fake Discord holds no limit against a client that was not told of it", "[discord]") {
    asio::io_context io{1};
    FakeDiscord discord(io);
    discord.limit("POST", "/messages$", 1, 2s);
    const std::string messages = "/channels/" + discord.open_dm(discord.add_user("anna")) + "/messages";
    const auto post = [&] {
        const int status = ask(io, discord, wire::verb::post, messages, said("hello")).status;
        run_for(io, 200ms);
        return status;
    };
    CHECK(post() == 200);
    RestFault fault;
    fault.cut = fault.after = true;
    discord.fault(fault);
    CHECK(post() == 0);
    CHECK(post() == 429);
    CHECK(discord.complaints().empty());
    CHECK(post() == 429);
    CHECK(discord.complaints().size() == 1);
}

TEST_CASE("the fake Discord asks for a reconnect, plays some again, and takes a session away", "[discord]") {
    asio::io_context io{1};
    FakeDiscord discord(io);
    const std::string anna = discord.add_user("anna"), dm = discord.open_dm(anna);
    std::string session;
    {
        Gateway gateway(io, discord);
        (void)gateway.next();
        gateway.identify();
        session = gateway.event("READY")["d"]["session_id"].get<std::string>();
        discord.write(dm, anna, "one");
        CHECK(gateway.next()["s"] == 2);
        discord.ask_heartbeat();
        CHECK(gateway.next()["op"] == 1);
        discord.ask_reconnect();
        CHECK(gateway.next()["op"] == 7);
        run_for(io, 6s);
        CHECK(gateway.over);
    }
    GatewayPlan plan;
    plan.duplicates = true;
    discord.next_connections(plan);
    {
        Gateway gateway(io, discord);
        (void)gateway.next();
        gateway.resume(session, 2);
        CHECK(gateway.next()["s"] == 1);
        CHECK(gateway.next()["s"] == 2);
        CHECK(gateway.next()["t"] == "RESUMED");
        discord.invalidate(true);
        CHECK(gateway.next()["d"] == true);
        CHECK_FALSE(discord.connected());
    }
    for (const bool lost : {false, true}) {
        if (lost) run_for(io, 6min, 1s);
        Gateway gateway(io, discord);
        (void)gateway.next();
        gateway.resume(session, 3);
        CHECK(gateway.next()["op"] == (lost ? 9 : 0));
    }
    CHECK(discord.counters().resumes == 3);
    CHECK(discord.complaints().empty());
}

TEST_CASE("the fake Discord ends a connection that sends too much", "[discord]") {
    asio::io_context io{1};
    FakeDiscord discord(io);
    Gateway gateway(io, discord);
    (void)gateway.next();
    gateway.send({{"op", 1}, {"d", std::string(4096, 'x')}});
    CHECK(gateway.closed() == 4002);
    Gateway other(io, discord);
    (void)other.next();
    for (int i = 0; i <= 120; ++i) other.send({{"op", 1}, {"d", nullptr}});
    CHECK(other.closed() == 4008);
    CHECK(discord.complaints().size() == 2);
}

}  // namespace test_fake_discord
