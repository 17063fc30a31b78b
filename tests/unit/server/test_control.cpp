#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "bot/server/control.hpp"
#include "tests/support/catch.hpp"

namespace test_control {

namespace asio = boost::asio;
using namespace reweave::server;
using nlohmann::json;

namespace {

/// A control server that runs on a thread of its own, in a folder of its own.
class Running {
 public:
    explicit Running(ControlServer::Handler handler) {
        char name[] = "/tmp/reweave-control-XXXXXX";
        folder_ = ::mkdtemp(name);
        server_.emplace(io_, socket(), std::move(handler));
        server_->start();
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Running() {
        stop();
        std::filesystem::remove_all(folder_);
    }
    void stop() {
        if (!thread_.joinable()) return;
        io_.get_executor().execute([this] { server_->stop(); });
        thread_.join();
    }
    [[nodiscard]] std::filesystem::path socket() const { return folder_ / "control.sock"; }
    asio::io_context& io() { return io_; }

 private:
    std::filesystem::path folder_;
    asio::io_context io_{1};
    std::optional<ControlServer> server_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("a command gets progress and then one answer", "[server][control]") {
    Running bot([](json request, const ControlServer::Answer& answer) {
        answer({{"progress", 1}});
        answer({{"progress", 2}});
        answer({{"ok", true}, {"echo", request.at("command")}});
    });
    std::vector<int> progress;
    const auto answer = ask_running_bot(bot.socket(), {{"command", "backup"}}, [&](const json& line) {
        progress.push_back(line.at("progress").get<int>());
    });
    REQUIRE(answer);
    CHECK(*answer == json({{"ok", true}, {"echo", "backup"}}));
    CHECK(progress == std::vector<int>{1, 2});
}

TEST_CASE("only the owner may use the socket, and it goes with the bot", "[server][control]") {
    Running bot([](const json&, const ControlServer::Answer& answer) { answer({{"ok", true}}); });
    struct stat status {};
    REQUIRE(::stat(bot.socket().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    asio::io_context other(1);
    CHECK_THROWS_AS(ControlServer(other, bot.socket(), {}), std::runtime_error);
    bot.stop();
    CHECK_FALSE(std::filesystem::exists(bot.socket()));
    CHECK_FALSE(ask_running_bot(bot.socket(), {{"command", "x"}}));
}

TEST_CASE("a socket that a killed bot left behind is replaced", "[server][control]") {
    char name[] = "/tmp/reweave-control-XXXXXX";
    const std::filesystem::path folder = ::mkdtemp(name);
    const auto socket = folder / "control.sock";
    std::ofstream(socket) << "";
    asio::io_context io(1);
    { ControlServer server(io, socket, {}); }
    CHECK_FALSE(std::filesystem::exists(socket));
    std::filesystem::remove_all(folder);
}

TEST_CASE("an answer that never comes is an error, not a hang", "[server][control]") {
    Running bot([](const json&, const ControlServer::Answer&) {});
    CHECK_THROWS_AS(ask_running_bot(bot.socket(), {{"command", "x"}}), std::runtime_error);
}

TEST_CASE("a request that is not a JSON object is refused", "[server][control]") {
    Running bot([](const json&, const ControlServer::Answer& answer) { answer({{"ok", true}}); });
    const auto answer = ask_running_bot(bot.socket(), json::array());
    REQUIRE(answer);
    CHECK(answer->at("ok") == false);
}

TEST_CASE("a large answer arrives whole", "[server][control]") {
    Running bot([](const json&, const ControlServer::Answer& answer) {
        answer({{"ok", true}, {"export", std::string(3'000'000, 'x')}});
    });
    const auto answer = ask_running_bot(bot.socket(), {{"command", "export"}});
    REQUIRE(answer);
    CHECK(answer->at("export").get_ref<const std::string&>().size() == 3'000'000);
}

}  // namespace test_control
