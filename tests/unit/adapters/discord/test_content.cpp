#include <nlohmann/json.hpp>
#include <set>

#include "adapters/discord/components.hpp"
#include "adapters/discord/content.hpp"
#include "tests/support/catch.hpp"

namespace test_discord_content {

using namespace reweave;
using namespace reweave::discord;
using nlohmann::json;

namespace {

engine::Message saying(const std::string& text) {
    engine::Message message;
    message.bubbles.emplace_back().text = text;
    return message;
}

dialog::RenderedQuestion choices(int count, const std::string& label = "choice ") {
    dialog::RenderedQuestion ask;
    ask.kind = dialog::RenderedQuestion::Kind::choice;
    for (int n = 0; n < count; ++n) ask.choices.push_back({"c-" + std::to_string(n), label + std::to_string(n)});
    return ask;
}

/// Everything that can be pressed, by custom id, with its type.
std::vector<std::pair<std::string, int>> parts_of(const json& rows) {
    std::vector<std::pair<std::string, int>> parts;
    for (const json& one : rows) {
        for (const json& part : one.at("components"))
            parts.emplace_back(part.value("custom_id", std::string()), part.at("type").get<int>());
    }
    return parts;
}

}  // namespace

TEST_CASE("no sign of Markdown, mention or time in somebody's words has a meaning", "[discord][content]") {
    CHECK(escaped("*a* _b_ `c` ~~d~~ ||e||") == "\\*a\\* \\_b\\_ \\`c\\` \\~\\~d\\~\\~ \\|\\|e\\|\\|");
    CHECK(escaped("<@1> <t:0> [a](b) @everyone") == "\\<\\@1\\> \\<t:0\\> \\[a\\]\\(b\\) \\@everyone");
    CHECK(escaped("# big\n- list\n1. one\nno. 2 - ok") == "\\# big\n\\- list\n1\\. one\nno. 2 - ok");
}

TEST_CASE("a long text goes on in further messages, cut between words, and nothing of it is lost",
          "[discord][content]") {
    std::string long_text;
    for (int n = 0; n < 900; ++n) long_text += "wörd" + std::to_string(n) + " ";
    const auto pages = pages_of(saying(long_text), {});
    REQUIRE(pages.size() >= 3);
    std::string all;
    for (const Page& page : pages) {
        CHECK(length(page.text) <= kTextCharacters);
        all += page.text + " ";
    }
    for (int n = 0; n < 900; ++n) CHECK(all.find("wörd" + std::to_string(n) + " ") != std::string::npos);
    // A letter of four bytes counts twice, as Discord may count.
    CHECK(length("😀a") == 3);
}

TEST_CASE("no body of ours rings anybody or unfolds an address", "[discord][content]") {
    for (const json& body : {body_of(page_of("hi")), body_of(std::vector<Page>{page_of("a"), page_of("b")})}) {
        CHECK(body.at("allowed_mentions") == json{{"parse", json::array()}});
        CHECK((body.at("flags").get<int>() & 4) == 4);
    }
}

TEST_CASE("what must stand in one message goes on below its text", "[discord][content]") {
    const std::vector<Page> pages{{std::string(1900, 'a')}, {std::string(1900, 'b'), "[]"}};
    const json body = body_of(pages);
    CHECK(body.at("content").get<std::string>() == std::string(1900, 'a'));
    CHECK(body.at("embeds").at(0).at("description").get<std::string>() == std::string(1900, 'b'));
    CHECK_FALSE(body_of(std::vector<Page>{{"a"}, {"b"}}).contains("embeds"));
}

TEST_CASE("few choices are buttons, more are a menu, and more than a menu holds are written", "[discord][content]") {
    using Parts = std::vector<std::pair<std::string, int>>;
    CHECK(parts_of(components_for(choices(2), "1.2", "en")) ==
          Parts{{"pick:1.2:c-0", 2}, {"pick:1.2:c-1", 2}, {"skip:1.2", 2}});
    CHECK(components_for(choices(20), "1.2", "en").size() == 5);
    CHECK(parts_of(components_for(choices(25), "1.2", "en")) == Parts{{"pick:1.2", 3}, {"skip:1.2", 2}});
    CHECK(parts_of(components_for(choices(26), "1.2", "en")) == Parts{{"write:1.2", 2}, {"skip:1.2", 2}});
}

TEST_CASE("labels that a button cuts off are read above it", "[discord][content]") {
    engine::Message message = saying("Which?");
    message.ask = choices(2, std::string(100, 'x'));
    message.ask_id = "1.2";
    CHECK(pages_of(message, {}).front().text.find(std::string(100, 'x') + "1") != std::string::npos);
    message.ask = choices(2);
    CHECK(pages_of(message, {}).front().text.find("choice 1") == std::string::npos);
}

TEST_CASE("a word beside a scale and its number are two buttons that mean the same", "[discord][content]") {
    dialog::RenderedQuestion ask;
    ask.kind = dialog::RenderedQuestion::Kind::scale;
    ask.choices.push_back({"0", "Not at all"});
    const auto parts = parts_of(components_for(ask, "1.2", "en"));
    std::set<std::string> ids;
    for (const auto& [id, type] : parts) ids.insert(id);
    CHECK(ids.size() == parts.size());
    int zeros = 0;
    for (const auto& [id, type] : parts) {
        const Mark mark = mark_from_text(id);
        zeros += mark.kind == Mark::Kind::pick && pick_of(mark) == "0" ? 1 : 0;
    }
    CHECK(zeros == 2);
}

TEST_CASE("what was chosen in several menus is known from the message alone", "[discord][content]") {
    dialog::RenderedQuestion ask;
    ask.kind = dialog::RenderedQuestion::Kind::feelings;
    ask.max = 3;
    for (int family = 0; family < 8; ++family) {
        dialog::RenderedGroup group{"f" + std::to_string(family), "Family " + std::to_string(family), {}};
        for (int n = 0; n < 9; ++n)
            group.choices.push_back({"w" + std::to_string(family) + "-" + std::to_string(n), "word"});
        ask.groups.push_back(group);
    }
    json menus = components_for(ask, "1.2", "en");
    CHECK(menus.size() == 5);
    menus = with_chosen(menus, "choose:1.2:0", {"w0-1"});
    menus = with_chosen(menus, "choose:1.2:3", {"w7-0", "w7-8"});
    CHECK(chosen_in(menus) == std::vector<std::string>{"w0-1", "w7-0", "w7-8"});
    menus = with_chosen(menus, "choose:1.2:0", {});
    CHECK(chosen_in(menus) == std::vector<std::string>{"w7-0", "w7-8"});
    CHECK(chosen_in(json("nonsense")).empty());
}

}  // namespace test_discord_content
