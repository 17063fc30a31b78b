#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <set>

#include "adapters/matrix/sending.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_homeserver.hpp"

namespace test_matrix_sending {

using namespace reweave;
using namespace reweave::matrix;
using namespace reweave::test;
using namespace std::chrono_literals;
using Asked = FakeHomeserver::Asked;

namespace {

std::string event(const std::string& id = "$1") {
    return FakeHomeserver::answer(200, R"({"event_id":")" + id + R"("})");
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// Four workers against a homeserver that a test makes.
class Office {
 public:
    explicit Office(FakeHomeserver::Answers answers)
        : homeserver(std::move(answers)),
          api(io, homeserver.options(), Account{"@us:x", "D", "token", {}, 0, {}, {}, {}, {}}, [](const Account&) {}),
          sending(io, api) {}

    /// Is done, sent or not, or goes elsewhere.
    void add(const std::string& room,
             const std::string& id,
             std::vector<std::string> contents,
             bool is_private = false) {
        ++open_;
        Letter letter;
        letter.id = id;
        letter.contents = std::move(contents);
        letter.done = [this](const Letter& done, bool sent, const std::string& why) {
            (sent ? sent_ : refused_).push_back(done.id);
            if (sent) events.insert(events.end(), done.event_ids.begin(), done.event_ids.end());
            whys.push_back(why);
            ended();
        };
        if (is_private) {
            letter.elsewhere = [this, id] {
                elsewhere.push_back(id);
                ended();
            };
        }
        sending.add(room, std::move(letter));
    }
    /// Until every letter has ended, or for so long.
    void work(std::chrono::milliseconds at_most = 20s) {
        for (int i = 0; i < 4; ++i) {
            asio::co_spawn(io, sending.work(), [this](const std::exception_ptr& error) {
                if (error) std::rethrow_exception(error);
                ++ended_workers;
            });
        }
        Timer limit(io.get_executor(), at_most);
        limit.async_wait([this](boost::system::error_code error) {
            if (!error) stop();
        });
        limit_ = &limit;
        io.run();
    }
    void stop() {
        sending.stop();
        api.stop();
        limit_->cancel();
    }
    std::vector<std::string> paths() const {
        std::vector<std::string> all;
        for (const Asked& asked : homeserver.asked()) all.push_back(asked.path);
        return all;
    }

    asio::io_context io{1};
    FakeHomeserver homeserver;
    Api api;
    Sending sending;
    std::vector<std::string> sent_, refused_, elsewhere, events, whys;
    int ended_workers = 0;

 private:
    void ended() {
        if (--open_ == 0) stop();
    }
    int open_ = 0;
    Timer* limit_ = nullptr;
};

}  // namespace

TEST_CASE("what is for one room is sent in order, whichever worker has it", "[matrix][sending]") {
    Office office([](const Asked&) { return event(); });
    std::vector<std::string> ids;
    for (int i = 0; i < 12; ++i) ids.push_back("m" + std::to_string(i));
    for (const std::string& id : ids) office.add("!a", id, {"{}", "{}"});
    office.work();
    CHECK(office.sent_ == ids);
    const std::vector<std::string> paths = office.paths();
    REQUIRE(paths.size() == 24);
    CHECK(holds(paths[0], "/rooms/%21a/send/m.room.message/m0-0"));
    CHECK(holds(paths[1], "/m0-1"));
    CHECK(holds(paths[23], "/m11-1"));
    CHECK(office.ended_workers == 4);
}

TEST_CASE("a try that came to nothing is made again with the same transaction", "[matrix][sending]") {
    int tries = 0;
    Office office([&](const Asked&) {
        ++tries;
        return tries == 1 ? std::string() : tries == 2 ? FakeHomeserver::answer(502, "<html>") : event("$9");
    });
    office.add("!a", "m", {R"({"body":"x"})"});
    office.work();
    CHECK(office.events == std::vector<std::string>{"$9"});
    const auto asked = office.homeserver.asked();
    REQUIRE(asked.size() >= 3);
    CHECK(std::all_of(asked.begin(), asked.end(), [&](const Asked& one) {
        return one.path == asked.front().path && one.body == asked.front().body;
    }));
    CHECK(office.sending.counters().lost >= 2);
}

TEST_CASE("when the homeserver slows us down, every room waits and then goes one by one", "[matrix][sending]") {
    std::chrono::steady_clock::time_point slowed{}, next{};
    Office office([&](const Asked&) {
        if (slowed == std::chrono::steady_clock::time_point{}) {
            slowed = std::chrono::steady_clock::now();
            return FakeHomeserver::answer(429, R"({"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":400})");
        }
        if (next == std::chrono::steady_clock::time_point{}) next = std::chrono::steady_clock::now();
        return event();
    });
    std::string slow_room;
    office.sending.slow = [&](const std::string& room) {
        slow_room = room;
        office.add("!b", "m2", {"{}"});
        // What ends a time of losses does not end this one.
        office.sending.pause();
        office.sending.resume();
    };
    office.add("!a", "m1", {"{}"});
    office.work();
    CHECK(slow_room == "!a");
    CHECK(office.sent_.size() == 2);
    CHECK(next - slowed >= 350ms);
    CHECK(office.sending.counters().slowed == 1);
}

TEST_CASE("what a homeserver refuses is refused alone, and says why", "[matrix][sending]") {
    Office office([](const Asked& asked) {
        return holds(asked.path, "/big-") ? FakeHomeserver::answer(413, R"({"errcode":"M_TOO_LARGE"})") : event();
    });
    office.add("!a", "big", {"{}", "{}"});
    office.add("!a", "small", {"{}"});
    office.work();
    CHECK(office.refused_ == std::vector<std::string>{"big"});
    CHECK(office.sent_ == std::vector<std::string>{"small"});
    CHECK(holds(office.whys.front(), "413 M_TOO_LARGE"));
}

TEST_CASE("what is forbidden waits, and goes at once when we may speak again", "[matrix][sending]") {
    std::atomic<bool> may = false;
    Office office(
        [&](const Asked&) { return may ? event() : FakeHomeserver::answer(403, R"({"errcode":"M_FORBIDDEN"})"); });
    office.add("!a", "m", {"{}"});
    Timer later(office.io.get_executor(), 700ms);
    later.async_wait([&](boost::system::error_code) {
        CHECK(office.paths().size() == 1);
        may = true;  // no request is on the way
        office.sending.free("!a");
    });
    office.work();
    CHECK(office.sent_ == std::vector<std::string>{"m"});
}

TEST_CASE("out of a room, all that was for it is refused, and what comes later is whole", "[matrix][sending]") {
    Office* all = nullptr;
    int sends = 0;
    Office office([&](const Asked&) {
        if (++sends == 2) {
            asio::post(all->io, [&] {
                all->add("!b", "elsewhere", {"{}"});
                all->sending.drop("!a");
                all->add("!a", "new", {"{}"});
            });
        }
        return sends == 2 ? FakeHomeserver::answer(502, "<html>") : event();
    });
    all = &office;
    office.add("!a", "m1", {"{}", "{}"});
    office.add("!a", "m2", {"{}"});
    office.work();
    CHECK(office.refused_ == std::vector<std::string>{"m1", "m2"});
    std::sort(office.sent_.begin(), office.sent_.end());
    CHECK(office.sent_ == std::vector<std::string>{"elsewhere", "new"});
    const std::vector<std::string> paths = office.paths();
    CHECK(std::any_of(paths.begin(), paths.end(), [](const std::string& path) { return holds(path, "/new-0"); }));
}

TEST_CASE("what was for one room goes to the one that takes its place, from its beginning", "[matrix][sending]") {
    Office office([](const Asked&) { return event(); });
    office.add("!old", "m1", {"{}", "{}"});
    office.add("!old", "m2", {"{}"});
    office.sending.move("!old", "!new");
    office.work();
    CHECK(office.sent_ == std::vector<std::string>{"m1", "m2"});
    for (const std::string& path : office.paths()) CHECK(holds(path, "%21new"));
    CHECK(office.events.size() == 3);
}

TEST_CASE("what is private leaves a room that others read, and what they may read stays", "[matrix][sending]") {
    Office office([](const Asked&) { return event(); });
    office.add("!a", "private", {"{}"}, true);
    office.add("!a", "public", {"{}"});
    office.sending.give_back("!a");
    CHECK(office.elsewhere == std::vector<std::string>{"private"});
    office.work();
    CHECK(office.sent_ == std::vector<std::string>{"public"});
    REQUIRE(office.paths().size() == 1);
    CHECK(holds(office.paths().front(), "/public-0"));
}

TEST_CASE("nothing is sent with a token that is not taken, and nothing is lost", "[matrix][sending]") {
    std::atomic<bool> taken = false;
    Office office([&](const Asked&) {
        return taken ? event() : FakeHomeserver::answer(401, R"({"errcode":"M_UNKNOWN_TOKEN"})");
    });
    office.add("!a", "m", {"{}"});
    office.sending.signed_out = [&] {
        CHECK(office.sending.waiting() == 1);
        asio::post(office.io, [&] {
            CHECK(office.paths().size() == 1);
            taken = true;
            office.sending.resume();
        });
    };
    office.work();
    CHECK(office.sent_ == std::vector<std::string>{"m"});
}

TEST_CASE("stopping ends the workers and what is on its way, and keeps what is not sent", "[matrix][sending]") {
    Office* all = nullptr;
    Office office([&](const Asked&) {
        asio::post(all->io, [&] { all->stop(); });
        return FakeHomeserver::answer(429, R"({"retry_after_ms":60000})");
    });
    all = &office;
    office.add("!a", "m", {"{}"});
    office.add("!b", "n", {"{}"});
    office.work();
    CHECK(office.ended_workers == 4);
    CHECK(office.sent_.empty());
    CHECK(office.refused_.empty());
    CHECK(office.sending.waiting() == 2);
}

}  // namespace test_matrix_sending
