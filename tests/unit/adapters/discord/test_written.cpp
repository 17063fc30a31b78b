#include <nlohmann/json.hpp>

#include "adapters/discord/interaction.hpp"
#include "adapters/discord/progress.hpp"
#include "adapters/discord/written.hpp"
#include "tests/support/catch.hpp"

namespace test_written {

using namespace reweave;
using namespace reweave::discord;
using engine::Inbound;
using nlohmann::json;

namespace {

json message(const std::string& text, bool in_server) {
    json all = {{"id", "10"}, {"channel_id", "20"}, {"type", 0}, {"content", text}, {"author", {{"id", "1"}}}};
    if (in_server) all["guild_id"] = "30";
    return all;
}

}  // namespace

TEST_CASE("where others are, only what turns to the bot is heard, without its name", "[discord][written]") {
    const Places places;
    CHECK_FALSE(written_from(message("hello all", true), places, "9"));
    json named = message("<@9>, I shouted", true);
    named["mentions"] = json::array({{{"id", "9"}}});
    const auto heard = written_from(named, places, "9");
    REQUIRE(heard);
    CHECK(heard->inbound.text == "I shouted");
    CHECK_FALSE(heard->direct);
    json reply = message("yes", true);
    reply["type"] = 19;
    reply["referenced_message"] = {{"author", {{"id", "9"}}}};
    CHECK(written_from(reply, places, "9"));
}

TEST_CASE("in a talk's thread words are the talk's, and words that Discord keeps back are none", "[discord][written]") {
    Places places;
    TalkPlace place;
    place.guild = "30";
    place.channel = "29";
    place.thread = "20";
    (void)places.save(engine::ConversationId{7}, place);
    const auto heard = written_from(message("I shouted", true), places, "9");
    REQUIRE(heard);
    CHECK(heard->inbound.room.value == 7);
    CHECK(heard->inbound.seen);
    CHECK_FALSE(written_from(message("", true), places, "9"));
}

TEST_CASE("machines, notices and nonsense are not heard", "[discord][written]") {
    const Places places;
    for (const char* nonsense : {"null", "[]", "3", R"({"id":1,"author":"x"})", R"({"content":{},"author":{"id":[]}})"})
        CHECK_FALSE(written_from(json::parse(nonsense), places, "9"));
    json robot = message("hi", false);
    robot["author"]["bot"] = true;
    CHECK_FALSE(written_from(robot, places, "9"));
    json notice = message("hi", false);
    notice["type"] = 7;
    CHECK_FALSE(written_from(notice, places, "9"));
    CHECK_FALSE(edited_from(message("the same", false), places, "9"));
}

TEST_CASE("a picture alone cannot be read, and a code is a code", "[discord][written]") {
    const Places places;
    CHECK(written_from(message("", false), places, "9")->inbound.kind == Inbound::Kind::unreadable);
    const auto code = written_from(message("https://chat.example.org/#join=AB12-CD34-EF56", false), places, "9");
    CHECK(code->inbound.kind == Inbound::Kind::code);
    CHECK(code->inbound.text == "AB12-CD34-EF56");
}

TEST_CASE("what is stored of people and places comes back, and nonsense is nobody", "[discord][places]") {
    Places before, after;
    std::vector<engine::ChannelRow> rows;
    Contact contact;
    contact.direct = "20";
    contact.agreed = true;
    contact.locale = "es-ES";
    rows.push_back(before.save("1", contact));
    TalkPlace place;
    place.guild = "30";
    place.channel = "29";
    place.thread = "28";
    place.round = "1.2";
    place.round_thread = "27";
    place.people = {"1", "2"};
    rows.push_back(before.save(engine::ConversationId{7}, place));
    rows.push_back(before.save("50", CircleCall{"1", "30", "29", 7}));
    rows.push_back({"user:5", "nonsense"});
    after.restore(rows);
    CHECK(after.contact("1") == contact);
    CHECK(after.user_of("20") == "1");
    REQUIRE(after.talk(engine::ConversationId{7}));
    CHECK(*after.talk(engine::ConversationId{7}) == place);
    CHECK(after.talk_in("27").value == 7);
    CHECK(after.circle("50")->talk == 7);
    CHECK(after.contact("5") == Contact{});
    // With its channel the talk loses its place, and the call is gone.
    CHECK(after.lose("29").size() == 2);
    CHECK_FALSE(after.talk(engine::ConversationId{7}));
    CHECK_FALSE(after.talk_in("27"));
    CHECK_FALSE(after.circle("50"));
}

TEST_CASE("a mark survives being a custom id", "[discord][interaction]") {
    for (const Mark& mark : {Mark{Mark::Kind::pick, "1.room.3", "share-it"},
                             Mark{Mark::Kind::own, "here", "7.1"},
                             Mark{Mark::Kind::write, "1.2", ""}})
        CHECK(mark_from_text(to_text(mark)) == mark);
    CHECK(mark_from_text("nonsense").kind == Mark::Kind::none);
    CHECK_FALSE(interaction_from(json::parse(R"({"id":"1","token":3,"user":null})")));
}

TEST_CASE("the place in the stream moves up to the first event that is not done", "[discord][progress]") {
    Progress progress;
    const auto one = progress.begin("1"), two = progress.begin("2"), three = progress.begin("3");
    CHECK(progress.cursor(one) == "1");
    CHECK_FALSE(progress.cursor(two));
    progress.done(two);
    CHECK_FALSE(progress.reached());
    progress.done(one);
    CHECK(progress.reached() == "2");
    CHECK_FALSE(progress.reached());
    CHECK(progress.cursor(three) == "3");
    progress.done(three);
    CHECK(progress.open() == 0);
}

}  // namespace test_written
