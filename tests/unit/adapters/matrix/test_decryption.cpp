#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <nlohmann/json.hpp>

#include "adapters/matrix/decryption.hpp"
#include "tests/support/catch.hpp"

namespace test_decryption {

using namespace reweave;
using namespace reweave::matrix;
using nlohmann::json;

namespace {

const std::string kUs = "@reweave:example.org";
const std::string kAna = "@ana:example.org";
const std::string kBen = "@ben:example.org";
const std::string kRoom = "!room";
constexpr std::int64_t kNow = 1'795'946'400'000;
constexpr std::int64_t kMinute = 60'000;

json sealed(const std::string& id, const std::string& session, const std::string& words, const std::string& by = kAna) {
    return {{"type", "m.room.encrypted"},
            {"event_id", id},
            {"sender", by},
            {"origin_server_ts", kNow},
            {"unsigned", {{"membership", "join"}}},
            {"content", {{"session_id", session}, {"sealed", words}}}};
}

json sync_of(const std::vector<json>& events) {
    return {{"next_batch", "n"}, {"rooms", {{"join", {{kRoom, {{"timeline", {{"events", events}}}}}}}}}};
}

/// A room of Ana's with keys that a test hands out; what is sealed has its words and its number in it: "words#3".
struct Setting {
    explicit Setting(bool strict = false)
        : rooms({kUs, {}}, {}, true),
          decryption(
              {kUs, {}},
              strict,
              rooms,
              [this](std::string, json event) { return answer(std::move(event)); },
              [](std::string, json) -> Awaitable<void> { co_return; }) {
        Room room;
        room.kind = Room::Kind::direct;
        room.user = kAna;
        room.encrypted = true;
        (void)rooms.save(kRoom, room);
    }

    Awaitable<json> answer(json event) {
        const auto session = event.at("content").at("session_id").get<std::string>();
        json said = {{"unable", withheld.empty() ? "missing_key" : "withheld"}, {"session", session}};
        if (!withheld.empty()) said["withheld"] = withheld;
        if (keys.contains(session)) {
            const auto words = event.at("content").at("sealed").get<std::string>();
            const auto mark = words.find('#');
            const json inside = {{"type", type}, {"content", {{"msgtype", "m.text"}, {"body", words.substr(0, mark)}}}};
            said = {{"event", inside},
                    {"session", session},
                    {"index", std::stoi(words.substr(mark + 1))},
                    {"code", code.empty() ? json() : json(code)}};
        }
        co_return said;
    }

    /// The words that can be read in the room now, in order.
    std::vector<std::string> read(json sync, std::int64_t now = kNow, std::vector<std::string> new_keys = {}) {
        json missed = json::object();
        Decryption::Reading reading;
        reading.now = reading.server_now = now;
        reading.new_keys = std::move(new_keys);
        asio::co_spawn(
            io,
            [&]() -> Awaitable<void> { came = co_await decryption.read(sync, missed, reading); },
            [](const std::exception_ptr& fault) {
                if (fault) std::rethrow_exception(fault);
            });
        io.restart();
        io.run();
        for (const engine::ChannelRow& row : came.rows) {
            if (row.value.empty())
                rows.erase(row.key);
            else
                rows[row.key] = row.value;
        }
        json all = missed.value(kRoom, json::array());
        const json& joined = sync.at("rooms").at("join");
        if (joined.contains(kRoom) && joined[kRoom].contains("timeline"))
            all.insert(
                all.end(), joined[kRoom]["timeline"]["events"].begin(), joined[kRoom]["timeline"]["events"].end());
        std::vector<std::string> words;
        for (const json& event : all) {
            if (event["type"] == "m.room.message") words.push_back(event["content"]["body"].get<std::string>());
        }
        return words;
    }

    std::vector<engine::ChannelRow> stored() const {
        std::vector<engine::ChannelRow> all;
        for (const auto& [key, value] : rows) all.push_back({key, value});
        return all;
    }
    std::size_t held() const {
        return static_cast<std::size_t>(std::count_if(
            rows.begin(), rows.end(), [](const auto& row) { return row.first.starts_with(Decryption::kHeldRow); }));
    }

    asio::io_context io;
    Rooms rooms;
    Decryption decryption;
    std::set<std::string> keys;
    std::string code, withheld;
    std::string type = "m.room.message";
    Decryption::Came came;
    std::map<std::string, std::string> rows;
};

using Words = std::vector<std::string>;
const json kNothing = {{"next_batch", "n"}, {"rooms", {{"join", json::object()}}}};

}  // namespace

TEST_CASE("what came encrypted stands in its place as it was written", "[matrix]") {
    Setting setting;
    setting.keys = {"s"};
    CHECK(setting.read(sync_of({sealed("$1", "s", "one#0"), sealed("$2", "s", "two#1")})) == Words{"one", "two"});
    CHECK(setting.held() == 0);
}

TEST_CASE("a message whose key comes later is read then, before what came after it", "[matrix]") {
    Setting setting;
    CHECK(setting.read(sync_of({sealed("$1", "s", "one#0"), sealed("$2", "s", "two#1")})).empty());
    CHECK(setting.held() == 2);
    setting.keys = {"s"};
    SECTION("also when its room is silent") {
        CHECK(setting.read(kNothing, kNow + 1, {"s"}) == Words{"one", "two"});
    }
    SECTION("in one sync with others") {
        CHECK(setting.read(sync_of({sealed("$3", "s", "three#2")}), kNow + 1, {"s"}) == Words{"one", "two", "three"});
    }
    SECTION("and after a start, when nobody says that the key has come") {
        Setting anew;
        anew.keys = {"s"};
        anew.decryption.restore(setting.stored());
        anew.rows = setting.rows;
        CHECK(anew.read(kNothing) == Words{"one", "two"});
        CHECK(anew.held() == 0);
        return;
    }
    CHECK(setting.held() == 0);
}

TEST_CASE("a sender is told once for one session that it could not be read", "[matrix]") {
    Setting setting;
    (void)setting.read(sync_of({sealed("$1", "s", "one#0"), sealed("$2", "s", "two#1")}));
    CHECK(setting.decryption.next_due() == kNow + kMinute);
    (void)setting.read(kNothing, kNow + kMinute - 1);
    CHECK(setting.came.tasks.empty());
    (void)setting.read(kNothing, kNow + kMinute);
    REQUIRE(setting.came.tasks.size() == 1);
    CHECK(setting.came.tasks.front().text == "undecryptable");
    CHECK(setting.came.tasks.front().user == kAna);
    (void)setting.read(sync_of({sealed("$3", "s", "three#2")}), kNow + kMinute + 1);
    (void)setting.read(kNothing, kNow + 3 * kMinute);
    CHECK(setting.came.tasks.empty());
    CHECK(setting.decryption.next_due() > kNow + 60 * kMinute);
    SECTION("and it is read all the same if the key comes in the end") {
        setting.keys = {"s"};
        CHECK(setting.read(kNothing, kNow + 4 * kMinute, {"s"}) == Words{"one", "two", "three"});
    }
    SECTION("after a day nothing is kept") {
        (void)setting.read(kNothing, kNow + 24 * 60 * kMinute + 2 * kMinute);
        CHECK(setting.held() == 0);
    }
}

TEST_CASE("strangers in a room are not told that they could not be read", "[matrix]") {
    Setting setting;
    (void)setting.read(sync_of({sealed("$1", "s", "one#0", kBen)}));
    (void)setting.read(kNothing, kNow + kMinute);
    CHECK(setting.came.tasks.empty());
}

TEST_CASE("the same words under another event id are a replay", "[matrix]") {
    Setting setting;
    setting.keys = {"s"};
    CHECK(setting.read(sync_of({sealed("$1", "s", "yes#7")})) == Words{"yes"});
    CHECK(setting.read(sync_of({sealed("$2", "s", "yes#7")})).empty());
    Setting anew;
    anew.keys = {"s"};
    anew.decryption.restore(setting.stored());
    CHECK(anew.read(sync_of({sealed("$3", "s", "yes#7")})).empty());
    CHECK(anew.read(sync_of({sealed("$4", "s", "late#5"), sealed("$5", "s", "next#8")})) == Words{"late", "next"});
    CHECK(anew.read(sync_of({sealed("$6", "s", "late#5")})).empty());
    CHECK(anew.read(sync_of({sealed("$7", "s", "far#200"), sealed("$8", "s", "old#9")})) == Words{"far"});
}

TEST_CASE("strict mode hears nothing in an encrypted room that is not encrypted", "[matrix]") {
    const json plain = {{"type", "m.room.message"},
                        {"event_id", "$1"},
                        {"sender", kAna},
                        {"content", {{"msgtype", "m.text"}, {"body", "yes"}}}};
    Setting usual;
    CHECK(usual.read(sync_of({plain})) == Words{"yes"});
    Setting strict(true);
    CHECK(strict.read(sync_of({plain})).empty());
    REQUIRE(strict.came.tasks.size() == 1);
    CHECK(strict.came.tasks.front().text == "unverified");
}

TEST_CASE("a message in another one's name is not heard", "[matrix]") {
    Setting setting;
    setting.keys = {"s"};
    setting.code = "mismatched_sender";
    CHECK(setting.read(sync_of({sealed("$1", "s", "yes#0")})).empty());
    CHECK(setting.held() == 0);
}

TEST_CASE("an encrypted event of a kind that is never encrypted changes nothing", "[matrix]") {
    Setting setting;
    setting.keys = {"s"};
    setting.type = "m.room.redaction";
    json sync = sync_of({sealed("$1", "s", "gone#0")});
    CHECK(setting.read(sync).empty());
}

TEST_CASE("what others wrote before we came in is not waited for", "[matrix]") {
    Setting setting;
    json before = sealed("$1", "s", "one#0");
    before["unsigned"]["membership"] = "leave";
    json early = sealed("$2", "s", "two#1");
    early["unsigned"]["membership"] = "invite";
    json earlier = early;
    earlier["event_id"] = "$3";
    earlier["origin_server_ts"] = kNow - 11 * kMinute;
    (void)setting.read(sync_of({before, early, earlier}));
    CHECK(setting.rows.size() == 1);
    CHECK(setting.rows.contains("unread:$2"));
    Room left = *setting.rooms.find(kRoom);
    left.stage = Room::Stage::left;
    (void)setting.rooms.save(kRoom, left);
    setting.keys = {"s"};
    CHECK(setting.read(kNothing, kNow + 1, {"s"}).empty());
    CHECK(setting.rows.empty());
}

TEST_CASE("strict mode reads what came encrypted also when its key comes later", "[matrix]") {
    Setting strict(true);
    CHECK(strict.read(sync_of({sealed("$1", "s", "yes#0")})).empty());
    strict.keys = {"s"};
    CHECK(strict.read(kNothing, kNow + 1, {"s"}) == Words{"yes"});
    CHECK(strict.came.tasks.empty());
}

TEST_CASE("what its sender has deleted is neither asked for nor read", "[matrix]") {
    const json redaction = {{"type", "m.room.redaction"},
                            {"event_id", "$r"},
                            {"sender", kAna},
                            {"redacts", "$1"},
                            {"content", json::object()}};
    Setting setting;
    SECTION("before we saw it") {
        json gone = sealed("$1", "s", "");
        gone["content"] = json::object();
        gone["unsigned"]["redacted_because"] = redaction;
        (void)setting.read(sync_of({gone}));
    }
    SECTION("while its key was missing") {
        (void)setting.read(sync_of({sealed("$1", "s", "one#0")}));
        CHECK(setting.held() == 1);
        (void)setting.read(sync_of({redaction}), kNow + 1);
        setting.keys = {"s"};
    }
    CHECK(setting.held() == 0);
    CHECK(setting.read(kNothing, kNow + kMinute, {"s"}).empty());
    CHECK(setting.came.tasks.empty());
}

TEST_CASE("what a sender says of a key that it withholds is not repeated in the log", "[matrix]") {
    Setting setting;
    setting.withheld = "m.unverified";
    (void)setting.read(sync_of({sealed("$1", "s", "one#0")}));
    setting.withheld = "words of theirs";
    (void)setting.read(sync_of({sealed("$2", "t", "two#0")}));
    const std::map<std::string, std::uint64_t> causes = {{"withheld m.unverified", 1},
                                                         {"withheld for another reason", 1}};
    CHECK(setting.decryption.unreadable() == causes);
}

TEST_CASE("a homeserver may answer in any shape when a key comes", "[matrix]") {
    for (const json& rooms : {json::array(), json("x"), json{{"join", json::array()}}, json{{"join", {{kRoom, 7}}}}}) {
        Setting setting;
        (void)setting.read(sync_of({sealed("$1", "s", "one#0")}));
        setting.keys = {"s"};
        CHECK(setting.read({{"next_batch", "n"}, {"rooms", rooms}}, kNow + 1, {"s"}) == Words{"one"});
    }
}

}  // namespace test_decryption
