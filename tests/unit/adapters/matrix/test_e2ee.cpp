#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "adapters/matrix/e2ee.hpp"
#include "bot/app/temporary_folder.hpp"
#include "tests/support/catch.hpp"

namespace test_e2ee {

using namespace reweave;
using matrix::E2ee;
using matrix::E2eeFailure;
using nlohmann::json;

namespace {

const std::string room = "!room:test";

void rethrow(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
}

E2ee::PostBack onto(asio::io_context& io) {
    return [&io](std::function<void()> work) { asio::post(io, std::move(work)); };
}

/// As much of a homeserver as two devices need to talk.
struct Server {
    std::map<std::string, json> device_keys;    // by user
    std::map<std::string, json> one_time_keys;  // by user
    std::map<std::string, json> to_device;      // by user: events

    json answer(const std::string& from, const json& request) {
        const json& body = request.at("body");
        const std::string type = request.at("type").get<std::string>();
        json answer = json::object();
        if (type == "keys_upload") {
            if (body.contains("device_keys")) device_keys[from] = body["device_keys"];
            one_time_keys[from].update(body.at("one_time_keys"));
            answer["one_time_key_counts"]["signed_curve25519"] = one_time_keys[from].size();
        } else if (type == "keys_query") {
            for (const auto& [user, devices] : body.at("device_keys").items()) {
                const json& keys = device_keys.at(user);
                answer["device_keys"][user][keys.at("device_id").get<std::string>()] = keys;
            }
        } else if (type == "keys_claim") {
            for (const auto& [user, devices] : body.at("one_time_keys").items()) {
                const auto first = one_time_keys.at(user).begin();
                answer["one_time_keys"][user][devices.begin().key()][first.key()] = first.value();
                one_time_keys.at(user).erase(first);
            }
        } else if (type == "to_device") {
            for (const auto& [user, devices] : body.at("messages").items()) {
                const json event = {{"type", "m.room.encrypted"}, {"sender", from}, {"content", *devices.begin()}};
                to_device[user].push_back(event);
            }
        }
        return answer;
    }
};

struct Person {
    std::string user;
    E2ee& engine;
    Server& server;
};

Awaitable<void> send(Person person, json request) {
    if (request.is_null()) co_return;
    json sent = {{"id", request["id"]}, {"type", request["type"]}};
    sent["body"] = person.server.answer(person.user, request);
    co_await person.engine.call("mark_sent", std::move(sent));
}

Awaitable<void> drain(Person person) {
    for (int i = 0; i < 10; ++i) {
        json nothing = json::object();
        json outgoing = co_await person.engine.call("outgoing", std::move(nothing));
        for (const json& request : outgoing.at("requests")) co_await send(person, request);
    }
}

Awaitable<void> open(Person person, std::string dir) {
    json input = {{"dir", dir}, {"user", person.user}, {"device", "ONE"}, {"passphrase", "secret"}};
    co_await person.engine.call("open", std::move(input));
    co_await drain(person);
}

Awaitable<json> say(Person person, std::string to, std::string words) {
    json users = {{"users", {to}}};
    json input = users;
    co_await person.engine.call("track_users", std::move(input));
    co_await drain(person);
    input = users;
    json claim = co_await person.engine.call("missing_sessions", std::move(input));
    co_await send(person, claim.at("request"));
    input = users;
    input["room"] = room;
    json shared = co_await person.engine.call("share_room_key", std::move(input));
    for (const json& request : shared.at("requests")) co_await send(person, request);
    json message = {{"room", room}, {"type", "m.room.message"}, {"content", {{"body", words}}}};
    json sealed = co_await person.engine.call("encrypt", std::move(message));
    json event = {{"type", "m.room.encrypted"}, {"sender", person.user}, {"event_id", "$event"}};
    event["origin_server_ts"] = 1;
    event["content"] = sealed.at("content");
    co_return event;
}

Awaitable<json> hear(Person person, json event) {
    json sync = {{"to_device", person.server.to_device[person.user]}, {"next_batch", "s1"}};
    co_await person.engine.call("receive_sync", std::move(sync));
    json input = {{"room", room}, {"event", event}};
    json read = co_await person.engine.call("decrypt", std::move(input));
    co_return read;
}

Awaitable<void> talk(Person bot, std::string bot_dir, Person alice, std::string alice_dir, std::vector<json>& heard) {
    co_await open(bot, bot_dir);
    co_await open(alice, alice_dir);
    json hello = co_await say(alice, bot.user, "hello");
    json heard_by_bot = co_await hear(bot, std::move(hello));
    json welcome = co_await say(bot, alice.user, "welcome");
    json heard_by_alice = co_await hear(alice, std::move(welcome));
    heard = {heard_by_bot, heard_by_alice};
}

Awaitable<void> call_and_note(E2ee& engine, std::string name, std::optional<E2eeFailure>& failure) {
    json nothing = json::object();
    try {
        co_await engine.call(std::move(name), std::move(nothing));
    } catch (const E2eeFailure& caught) {
        failure = caught;
    }
}

}  // namespace

TEST_CASE("two engines talk in an encrypted room, each on its own thread", "[matrix][e2ee]") {
    if (!E2ee::built_in()) return;
    const app::TemporaryFolder folder("reweave-e2ee-");
    asio::io_context io(1);
    Server server;
    E2ee bot(onto(io));
    E2ee alice(onto(io));
    std::vector<json> heard;
    const Person one{"@bot:test", bot, server};
    const Person other{"@alice:test", alice, server};
    asio::co_spawn(io.get_executor(), talk(one, folder.path() / "bot", other, folder.path() / "alice", heard), rethrow);
    io.run();
    REQUIRE(heard.size() == 2);
    CHECK(heard[0].at("event").at("content").at("body") == "hello");
    CHECK(heard[1].at("event").at("content").at("body") == "welcome");
    CHECK(heard[1].at("device") == "ONE");
}

TEST_CASE("a call that fails throws a sentence that names it, and the engine goes on", "[matrix][e2ee]") {
    asio::io_context io(1);
    E2ee engine(onto(io));
    std::optional<E2eeFailure> failure;
    asio::co_spawn(io.get_executor(), call_and_note(engine, "outgoing", failure), rethrow);
    io.run();
    REQUIRE(failure);
    CHECK_FALSE(failure->broken());
    const std::string sentence = failure->what();
    CHECK(sentence ==
          (E2ee::built_in() ? "outgoing: the store is not open" : "this build has no end-to-end encryption"));
}

TEST_CASE("answers come on the I/O thread, one for each call, in the order of the calls", "[matrix][e2ee]") {
    asio::io_context io(1);
    auto work = asio::make_work_guard(io);
    std::vector<int> order;
    bool here = true;
    E2ee engine(onto(io));
    for (int i = 0; i < 100; ++i) {
        engine.post("outgoing", "{}", [&, i, thread = std::this_thread::get_id()](const std::string&) {
            here = here && std::this_thread::get_id() == thread;
            order.push_back(i);
            if (order.size() == 100) work.reset();
        });
    }
    io.run();
    CHECK(here);
    CHECK(order.size() == 100);
    CHECK(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("calls that wait when the engine ends, and those that are too many, get an error as their answer",
          "[matrix][e2ee]") {
    asio::io_context io(1);
    std::promise<void> busy;
    std::promise<void> go_on;
    // The engine's thread stops at its first answer, so the rest waits.
    const E2ee::PostBack post_back = [&, first = true, io_thread = std::this_thread::get_id()](auto work) mutable {
        if (std::this_thread::get_id() != io_thread && std::exchange(first, false)) {
            busy.set_value();
            go_on.get_future().wait();
        }
        asio::post(io, std::move(work));
    };
    int answers = 0;
    int too_many = 0;
    const E2ee::Done done = [&](const std::string& answer) {
        CHECK(answer.find(R"("error":)") != std::string::npos);
        ++answers;
        if (answer.find("too much waits") != std::string::npos) ++too_many;
    };
    {
        E2ee engine(post_back);
        engine.post("outgoing", "{}", done);
        busy.get_future().wait();
        for (int i = 0; i < 1024 + 5; ++i) engine.post("outgoing", "{}", done);
        go_on.set_value();
    }
    io.run();
    CHECK(answers == 1 + 1024 + 5);
    CHECK(too_many == 5);
}

}  // namespace test_e2ee
