#include "bot/dialog/fold.hpp"
#include "tests/support/catch.hpp"

namespace test_fold {

using namespace reweave::dialog;
using Words = std::vector<std::string>;

TEST_CASE("folding makes texts equal that a person would call the same", "[dialog][fold]") {
    struct Case {
        std::string text, folded;
    };
    const std::vector<Case> cases = {
        {"", ""},
        {"   ", ""},
        {"...", ""},
        {"Yes!", "yes"},
        {"  C’est DÉJÀ fini! ", "c'est deja fini"},
        {"I don`t\tknow\n", "i don't know"},
        {"i don´t know", "i don't know"},
        {"“At least part of it.”", "at least part of it"},
        {"(1)", "1"},
        {"6 – 7", "6 - 7"},
        {"ＦＵＬＬ　ｗｉｄｔｈ", "full width"},
        {"Straße", "strasse"},
        {"Türkçe İyi", "turkce iyi"},
        {"No\u200Bt sa\u00ADfe", "not safe"},
        {"e\u0301te\u0301", "ete"},
        {"1\uFE0F\u20E3", "1"},
        {"👍🏽", "👍"},
        {"が", "が"},
        {"हिन्दी", "हिन्दी"},
        {"한국어", "한국어"},
        {"½", "1/2"},
        {"٣", "3"},
        {"+5", "+5"},
        {std::string("a\0b", 3), "ab"},
    };
    for (const Case& c : cases) {
        INFO(c.text);
        REQUIRE(fold(c.text) == c.folded);
        REQUIRE(fold(c.folded) == c.folded);
    }
}

TEST_CASE("the fast path for ASCII gives what the path for all text gives", "[dialog][fold]") {
    for (int c = 1; c < 0x80; ++c) {
        const std::string text = std::string("A ") + static_cast<char>(c) + " \t" + static_cast<char>(c);
        INFO(c);
        REQUIRE(fold(text + "\u200B") == fold(text));  // the zero-width space only forces the slow path
    }
}

TEST_CASE("folding survives any bytes", "[dialog][fold]") {
    REQUIRE(fold("\xff\xfe ok").find("ok") != std::string::npos);
    REQUIRE(folded_words("caf\xc3 bar\xe2\x82") == Words{"caf", "bar"});
    std::string every_byte;
    for (int i = 0; i < 256; ++i) every_byte.push_back(static_cast<char>(i));
    REQUIRE(fold(fold(every_byte)) == fold(every_byte));

    std::string stacked = "o";
    for (int i = 0; i < 50'000; ++i) stacked += i % 2 ? "\u0301" : "\u0323";
    REQUIRE(fold(stacked) == "o");
    std::string points = "\u05D0";
    for (int i = 0; i < 50'000; ++i) points += i % 2 ? "\u05B0" : "\u05B7";
    REQUIRE(fold(points).size() < 40);
}

TEST_CASE("words are runs of letters, digits and apostrophes; emoji stand alone", "[dialog][fold]") {
    REQUIRE(folded_words("I don't, 'really' know.") == Words{"i", "don't", "really", "know"});
    REQUIRE(folded_words("sad😢😢ok ❤️") == Words{"sad", "😢", "😢", "ok", "❤"});
    REQUIRE(folded_words("rock'n'roll 6/10") == Words{"rock'n'roll", "6", "10"});
    REQUIRE(folded_words(" ' ' -- ").empty());
}

TEST_CASE("a phrase is found as whole consecutive words only", "[dialog][fold]") {
    const Words words = folded_words("At least part of it, I think");
    REQUIRE(contains_phrase(words, {"part", "of", "it"}));
    REQUIRE(contains_phrase(words, words));
    REQUIRE_FALSE(contains_phrase(words, {"part", "it"}));
    REQUIRE_FALSE(contains_phrase(words, {"par"}));
    REQUIRE_FALSE(contains_phrase(words, {}));
    REQUIRE_FALSE(contains_phrase({}, {"part"}));
}

TEST_CASE("one typo is one letter added, dropped, changed or two swapped", "[dialog][fold]") {
    for (const char* other :
         {"lonely", "lonley", "lonel", "loneely", "lonaly", "onely", "lonelyy", "xlonely", "lönely"}) {
        INFO(other);
        REQUIRE(within_one_typo("lonely", other));
        REQUIRE(within_one_typo(other, "lonely"));
    }
    for (const char* other : {"lone", "lovly", "lnoley", "yleonl", "", "lonelyyy", "löneli"}) {
        INFO(other);
        REQUIRE_FALSE(within_one_typo("lonely", other));
        REQUIRE_FALSE(within_one_typo(other, "lonely"));
    }
    REQUIRE(within_one_typo("", ""));
    REQUIRE(within_one_typo("", "a"));
    REQUIRE(within_one_typo("äö", "öä"));
    REQUIRE_FALSE(within_one_typo("äö", "öü"));
}

TEST_CASE("an id made of a heading is short ASCII", "[dialog][fold]") {
    REQUIRE(kebab("I don't feel safe") == "i-dont-feel-safe");
    REQUIRE(kebab("  What's Next?!  ") == "whats-next");
    REQUIRE(kebab("Déjà vu — encore") == "deja-vu-encore");
    REQUIRE(kebab("Привет") == "privet");
    REQUIRE(kebab("6 / 10") == "6-10");
    REQUIRE(kebab("?!").empty());
    REQUIRE(kebab("").empty());
}

}  // namespace test_fold
