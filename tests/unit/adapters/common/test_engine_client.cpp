#include <boost/asio/co_spawn.hpp>

#include "adapters/common/engine_client.hpp"
#include "tests/support/catch.hpp"

namespace test_engine_client {

using namespace reweave;
using adapters::EngineClient;
using engine::Reply;

namespace {

/// An engine that answers when the test says so.
class Gate final : public engine::EngineGate {
 public:
    bool submit(engine::Request&& request) override {
        if (full > 0) {
            --full;
            return false;
        }
        requests.push_back(std::move(request));
        return true;
    }

    int full = 0;  ///< so often there is no room
    std::vector<engine::Request> requests;
};

class Desk {
 public:
    void ask(engine::RequestBody body, Reply& to) {
        asio::co_spawn(io, client.ask(std::move(body)), [&](const std::exception_ptr& error, Reply reply) {
            if (error) std::rethrow_exception(error);
            to = std::move(reply);
            ++answered;
        });
        turn();
    }
    void hand_over(engine::Batch batch, std::vector<Reply>& to) {
        asio::co_spawn(
            io, client.hand_over(std::move(batch)), [&](const std::exception_ptr& error, std::vector<Reply> replies) {
                if (error) std::rethrow_exception(error);
                to = std::move(replies);
                ++answered;
            });
        turn();
    }
    void answer(std::uint64_t ticket, const std::string& text) {
        Reply reply;
        reply.ticket = ticket;
        reply.text = text;
        std::vector<engine::Output> outputs;
        outputs.emplace_back(std::move(reply));
        client.on_outputs(outputs);
        turn();
    }
    /// What can be done now, without waiting.
    void turn() {
        io.restart();
        io.poll();
    }

    asio::io_context io{1};
    Gate gate;
    EngineClient client{io, gate};
    int answered = 0;
};

engine::Batch batch_of(std::size_t inbounds) {
    engine::Batch batch;
    batch.inbounds.resize(inbounds);
    return batch;
}

}  // namespace

TEST_CASE("each question gets its own answer, in whichever order they come", "[adapters][engine_client]") {
    Desk desk;
    Reply one, two;
    desk.ask(engine::OpenChannel{"a"}, one);
    desk.ask(engine::OpenChannel{"b"}, two);
    REQUIRE(desk.gate.requests.size() == 2);
    CHECK(desk.gate.requests[0].ticket >= engine::kFirstChannelTicket);
    desk.answer(desk.gate.requests[1].ticket, "to b");
    CHECK(desk.answered == 1);
    desk.answer(7, "to somebody else");
    desk.answer(desk.gate.requests[0].ticket, "to a");
    CHECK(desk.answered == 2);
    CHECK(one.text == "to a");
    CHECK(two.text == "to b");
}

TEST_CASE("a batch is answered when all of it is, and an empty one once", "[adapters][engine_client]") {
    Desk desk;
    std::vector<Reply> three, none;
    desk.hand_over(batch_of(3), three);
    desk.hand_over(batch_of(0), none);
    for (const char* text : {"1", "2"}) desk.answer(desk.gate.requests[0].ticket, text);
    CHECK(desk.answered == 0);
    desk.answer(desk.gate.requests[0].ticket, "3");
    REQUIRE(three.size() == 3);
    CHECK(three[2].text == "3");
    desk.answer(desk.gate.requests[1].ticket, "done");
    CHECK(none.size() == 1);
}

TEST_CASE("while the engine has no room the same request waits and is not lost", "[adapters][engine_client]") {
    Desk desk;
    desk.gate.full = 2;
    Reply reply;
    desk.ask(engine::OpenChannel{"a"}, reply);
    CHECK(desk.gate.requests.empty());
    while (desk.gate.requests.empty()) desk.io.run_one();
    CHECK(std::get<engine::OpenChannel>(desk.gate.requests.front().body).channel == "a");
    desk.answer(desk.gate.requests.front().ticket, "yes");
    CHECK(reply.text == "yes");
    desk.gate.full = 1;
    CHECK_FALSE(desk.client.tell(engine::Delivered{}));
    CHECK(desk.client.tell(engine::Delivered{}));
}

TEST_CASE("after a stop everybody is told that it failed, now and later", "[adapters][engine_client]") {
    Desk desk;
    Reply waits, late;
    std::vector<Reply> batch;
    desk.ask(engine::OpenChannel{"a"}, waits);
    desk.hand_over(batch_of(2), batch);
    desk.client.stop();
    desk.turn();
    CHECK(desk.answered == 2);
    CHECK(waits.code == Reply::Code::failed);
    REQUIRE(batch.size() == 2);
    CHECK(batch[1].code == Reply::Code::failed);
    desk.ask(engine::OpenChannel{"b"}, late);
    CHECK(late.code == Reply::Code::failed);
    desk.answer(desk.gate.requests[0].ticket, "too late");
}

TEST_CASE("two adapters never have questions of the same name", "[adapters][engine_client]") {
    Desk matrix, discord;
    Reply one, other;
    matrix.ask(engine::OpenChannel{"matrix"}, one);
    discord.ask(engine::OpenChannel{"discord"}, other);
    CHECK(matrix.gate.requests.front().ticket != discord.gate.requests.front().ticket);
}

}  // namespace test_engine_client
