#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>

#include "adapters/matrix/encryption.hpp"
#include "bot/app/temporary_folder.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fake_homeserver.hpp"

namespace test_matrix_encryption {

using namespace reweave;
using namespace reweave::matrix;
using namespace reweave::test;
using namespace std::chrono_literals;
using nlohmann::json;
using State = EncryptionStatus::State;

namespace {

const std::string kUs = "@us:x";
const std::string kAna = "@ana:x";
const std::string kRoom = "!room:x";

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// The keys of one bot, at a homeserver that takes all, but for what a test has it say.
struct Bot {
    Bot() {
        EncryptionOptions options;
        options.folder = folder.path();
        options.save = [](const Account&) {};
        options.report = [](const std::string&, bool) {};
        encryption.emplace(io, api, std::move(options));
        encryption->is_encrypted = [](const std::string&) { return true; };
    }

    std::string answer(const FakeHomeserver::Asked& asked) {
        if (!fault_at.empty() && holds(asked.path, fault_at)) return fault;
        const json body = json::parse(asked.body, nullptr, false);
        json said = json::object();
        if (holds(asked.path, "/keys/upload")) {
            if (body.contains("device_keys")) device = body["device_keys"];
            said["one_time_key_counts"]["signed_curve25519"] = 50;
        } else if (holds(asked.path, "/device_signing/upload")) {
            identity = body;
        } else if (holds(asked.path, "/keys/query")) {
            said["device_keys"][kUs] = device.is_null() ? json::object() : json{{"D", device}};
            for (const auto& [key, value] : identity.items()) said[key + "s"][kUs] = value;
        }
        return FakeHomeserver::answer(200, said.dump());
    }

    /// Until it has ended, or for so long.
    void run(std::function<Awaitable<void>()> work) {
        const auto end = [this] {
            encryption->stop();
            api.stop();
        };
        Timer limit(io.get_executor(), 20s);
        limit.async_wait([&](boost::system::error_code error) {
            if (!error) end();
        });
        asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& error) {
            in_time = limit.cancel() == 1;
            end();
            if (error) std::rethrow_exception(error);
        });
        io.run();
    }

    asio::io_context io{1};
    app::TemporaryFolder folder{"encryption"};
    std::string fault_at, fault;
    json device, identity = json::object();
    FakeHomeserver homeserver{[this](const FakeHomeserver::Asked& asked) { return answer(asked); }};
    Api api{io, homeserver.options(), Account{kUs, "D", "token", {}, 0, {}, {}, {}, {}}, [](const Account&) {}};
    std::optional<Encryption> encryption;
    bool in_time = false;
};

}  // namespace

TEST_CASE("a homeserver that does not answer at the start is asked again", "[matrix][e2ee]") {
    if (!E2ee::built_in()) return;
    Bot bot;
    bot.fault_at = GENERATE("/keys/upload", "/keys/query", "/device_signing/upload", "/signatures/upload");
    SECTION("with no answer") {
        bot.fault = {};
    }
    SECTION("with a fault of its own") {
        bot.fault = FakeHomeserver::answer(502, "<html>");
    }
    SECTION("with a page of somebody between") {
        bot.fault = FakeHomeserver::answer(200, "<html>");
    }
    bot.run([&]() -> Awaitable<void> {
        bool started = co_await bot.encryption->start();
        CHECK(!started);
        CHECK(bot.encryption->status().state == State::starting);
        bot.fault_at.clear();
        started = co_await bot.encryption->start();
        CHECK(started);
        CHECK(bot.encryption->works());
    });
    CHECK(bot.in_time);
}

TEST_CASE("keys that a homeserver does not take at the start need a new device", "[matrix][e2ee]") {
    if (!E2ee::built_in()) return;
    Bot bot;
    bot.fault_at = "/keys/upload";
    bot.fault = FakeHomeserver::answer(400, R"({"errcode":"M_UNKNOWN"})");
    bot.run([&]() -> Awaitable<void> { (void)co_await bot.encryption->start(); });
    CHECK(bot.encryption->status().state == State::lost);
}

TEST_CASE("a message does not wait while what the engine wants sent cannot be", "[matrix][e2ee]") {
    if (!E2ee::built_in()) return;
    Bot bot;
    bot.run([&]() -> Awaitable<void> {
        (void)co_await bot.encryption->start();
        asio::co_spawn(bot.io, bot.encryption->work(), [](const std::exception_ptr&) {});
        bot.fault_at = "/keys/query";
        bot.fault = FakeHomeserver::answer(502, "{}");
        const json sync = {{"next_batch", "n"}};
        for (int i = 0; i < 3; ++i) {
            std::vector<std::string> readers{kAna};
            const auto none =
                co_await bot.encryption->encrypt(kRoom, std::move(readers), "m.room.message", R"({"body":"hello"})");
            CHECK(!none);
            (void)co_await bot.encryption->receive(sync);
            (void)co_await bot.api.call("GET", "/client/versions");
        }
        bot.fault_at.clear();
        std::vector<std::string> readers{kAna};
        const auto sealed =
            co_await bot.encryption->encrypt(kRoom, std::move(readers), "m.room.message", R"({"body":"hello"})");
        CHECK((sealed && holds(*sealed, "ciphertext") && !holds(*sealed, "hello")));
    });
    CHECK(bot.in_time);
}

TEST_CASE("the keys of a device stay in their folder, whatever a homeserver calls it", "[matrix][e2ee]") {
    if (!E2ee::built_in()) return;
    Bot bot;
    Account account = bot.api.account();
    account.device_id = "..";
    bot.api.use(account);
    bot.run([&]() -> Awaitable<void> { (void)co_await bot.encryption->start(); });
    CHECK(std::filesystem::exists(bot.folder.path() / "%2E%2E"));
}

}  // namespace test_matrix_encryption
