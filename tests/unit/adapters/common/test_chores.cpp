#include <boost/asio/co_spawn.hpp>

#include "adapters/common/chores.hpp"
#include "tests/support/catch.hpp"

namespace test_chores {

using namespace reweave;
using namespace std::chrono_literals;

namespace {

using Chores = reweave::Chores<std::string>;

class Workers {
 public:
    /// One asks for something to do.
    void ask() {
        asio::co_spawn(io, chores.next(), [&](const std::exception_ptr& error, Chores::Chore* chore) {
            if (error) std::rethrow_exception(error);
            chore ? begun.push_back(chore) : static_cast<void>(++sent_home);
        });
        turn();
    }
    void turn() {
        io.restart();
        io.poll();
    }
    std::vector<std::string> all() const {
        std::vector<std::string> all;
        for (const Chores::Chore* chore : begun) all.push_back(chore->what);
        return all;
    }

    asio::io_context io{1};
    Chores chores{io};
    std::vector<Chores::Chore*> begun;
    int sent_home = 0;
};

using All = std::vector<std::string>;

}  // namespace

TEST_CASE("what hangs in one place holds up that place only", "[matrix][chores]") {
    Workers workers;
    for (int i = 0; i < 3; ++i) workers.ask();
    for (const auto& [key, what] : {std::pair("a", "a1"), std::pair("a", "a2"), std::pair("b", "b1")})
        workers.chores.add(key, what);
    workers.turn();
    CHECK(workers.all() == All{"a1", "b1"});  // a1 hangs
    workers.chores.done(workers.begun.back());
    workers.begun.pop_back();
    CHECK(workers.chores.has("a"));
    CHECK_FALSE(workers.chores.has("b"));
    CHECK(workers.chores.any([](const std::string& what) { return what == "a2"; }));
    workers.chores.done(workers.begun.front());
    workers.turn();
    CHECK(workers.begun.back()->what == "a2");
}

TEST_CASE("what is to be tried again later stays before what comes after it, and lets others by", "[matrix][chores]") {
    Workers workers;
    workers.chores.add("a", "a1");
    workers.chores.add("a", "a2");
    workers.ask();
    workers.chores.later(workers.begun.front(), 1h);
    workers.ask();
    workers.chores.add("b", "b1");
    workers.turn();
    CHECK(workers.all() == All{"a1", "b1"});

    workers.chores.add("c", "c1");
    workers.ask();
    workers.chores.later(workers.begun.back(), 0ms);
    workers.ask();
    CHECK(workers.begun.back()->what == "c1");
    CHECK(workers.begun.back()->lost == 1);
}

TEST_CASE("who waits for something to do is sent home when all stops", "[matrix][chores]") {
    Workers workers;
    workers.ask();
    workers.chores.add("a", "a1");
    workers.turn();
    workers.chores.later(workers.begun.front(), 1h);
    workers.ask();
    workers.chores.stop();
    workers.turn();
    CHECK(workers.sent_home == 1);
    workers.ask();
    CHECK(workers.sent_home == 2);
    CHECK(workers.chores.size() == 1);
}

TEST_CASE("who comes while something is tried for them does not wait until its next try", "[matrix][chores]") {
    Workers workers;
    workers.chores.add("a", "a1");
    workers.ask();
    workers.chores.hurry("a");
    workers.chores.wait(workers.begun.front(), 1h);
    workers.ask();
    CHECK(workers.all() == All{"a1", "a1"});
    workers.chores.wait(workers.begun.front(), 1h);
    workers.ask();
    CHECK(workers.all() == All{"a1", "a1"});
}

}  // namespace test_chores
