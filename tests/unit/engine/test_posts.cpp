#include "bot/engine/posts.hpp"
#include "tests/support/catch.hpp"

namespace test_posts {

using namespace reweave::engine;

namespace {

Post post(std::int64_t id, const std::string& language = "en", const std::string& channel = "matrix") {
    Post post;
    post.identity.id = {id};
    post.identity.channel = channel;
    post.language = language;
    post.message.room = RoomView{};
    post.message.room->id = {7};
    post.message.bubbles.emplace_back().text = "Welcome";
    return post;
}

Post asked(Post post, const std::string& ask) {
    post.message.ask.emplace();
    post.message.ask_id = ask;
    return post;
}

}  // namespace

TEST_CASE("people who share a channel, a room and a language get a line of the room once", "[engine][posts]") {
    REQUIRE(posts_of({post(1), post(2), post(3)}).size() == 1);
    REQUIRE(posts_of({post(1), post(2, "es"), post(3, "en", "discord")}).size() == 3);
    Post elsewhere = post(2);
    elsewhere.message.room->id = {8};
    REQUIRE(posts_of({post(1), elsewhere}).size() == 2);
}

TEST_CASE("a room's line goes out with whoever spoke, so that their words are not said twice", "[engine][posts]") {
    Post hears = post(1);
    hears.message.heard.emplace();
    Post speaks = post(2);
    speaks.message.you_text = "I missed you";
    const auto posts = posts_of({hears, speaks});
    REQUIRE(posts.size() == 1);
    REQUIRE(posts[0].identity.id == IdentityId{2});
    REQUIRE_FALSE(posts[0].message.heard.has_value());
}

TEST_CASE("what is asked of one person alone is a message of its own", "[engine][posts]") {
    const auto one = posts_of({post(1), asked(post(2), "7.room.3")});
    REQUIRE(one.size() == 2);
    REQUIRE(one[1].part == OutboxRecord::Part::question);
    REQUIRE(one[1].message.bubbles.empty());
    REQUIRE(posts_of({asked(post(1), "7.room.3"), asked(post(2), "7.room.3")}).size() == 1);
}

TEST_CASE("what is said aside to one person goes to that person alone, and the rest to the room", "[engine][posts]") {
    Post speaks = post(2);
    speaks.message.you_text = "I missed you";
    speaks.message.bubbles.emplace_back().text = "Hold that for your turn";
    speaks.message.asides = {1};
    const auto posts = posts_of({post(1), speaks, post(2)});
    REQUIRE(posts.size() == 3);
    REQUIRE(posts[0].message.aside);
    REQUIRE(posts[0].message.bubbles.size() == 1);
    REQUIRE(posts[0].message.bubbles[0].text == "Hold that for your turn");
    REQUIRE_FALSE(posts[0].message.you_text.has_value());
    REQUIRE(posts[1].message.bubbles.size() == 1);
    REQUIRE(posts[1].message.bubbles[0].text == "Welcome");
    REQUIRE(posts[2].part == OutboxRecord::Part::whole);
    REQUIRE(posts[2].identity.id == IdentityId{2});
}

TEST_CASE("a device that has its stream for itself gets asides in their place", "[engine][posts]") {
    Post console = post(2, "en", "console 1");
    console.message.asides = {0};
    const auto posts = posts_of({console});
    REQUIRE(posts.size() == 1);
    REQUIRE(posts[0].part == OutboxRecord::Part::whole);
}

TEST_CASE("a turn that says nothing to a room sends nothing there", "[engine][posts]") {
    Post silent = post(1);
    silent.message.bubbles.clear();
    silent.message.you_text = "hm";
    REQUIRE(posts_of({silent}).empty());
}

}  // namespace test_posts
