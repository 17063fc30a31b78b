#include "tests/bench/skim.hpp"
#include "tests/support/catch.hpp"

namespace test_skim {

using reweave::bench::Skim;

TEST_CASE("top-level members are found raw, nested ones are not", "[bench]") {
    Skim skim;
    REQUIRE(skim.read(
        R"({"type":"message","seq":18, "bubbles":[{"kind":"text","seq":3,"text":"a \"]} b"}],"you":{"text":"x"}})"));
    REQUIRE(skim["type"] == "message");
    REQUIRE(skim.number("seq") == 18);
    REQUIRE(skim["bubbles"] == R"([{"kind":"text","seq":3,"text":"a \"]} b"}])");
    REQUIRE(skim["you"] == R"({"text":"x"})");
    REQUIRE(skim["kind"].empty());
    REQUIRE_FALSE(skim.number("type"));
    REQUIRE_FALSE(skim.number("kind"));
}

TEST_CASE("what is cut off or no object is refused", "[bench]") {
    Skim skim;
    for (const auto* text :
         {"", "[]", "7", "{", R"({"a)", R"({"a":)", R"({"a":1)", R"({"a":"x)", R"({"a":[1,2})", R"({"a" 1})"}) {
        CAPTURE(text);
        REQUIRE_FALSE(skim.read(text));
    }
    REQUIRE(skim.read("{}"));
}

}  // namespace test_skim
