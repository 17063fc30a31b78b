#include "bot/dialog/recognise.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/english.hpp"

namespace test_recognise {

using namespace reweave::dialog;
using reweave::test::english;
using Indexes = std::vector<std::size_t>;

namespace {

/// Options whose ids are their labels.
struct Options {
    std::vector<std::string> labels;
    std::vector<std::vector<std::string>> also;

    [[nodiscard]] std::vector<Option> list() const {
        std::vector<Option> out;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            out.push_back({labels[i], labels[i], i < also.size() ? &also[i] : nullptr});
        }
        return out;
    }
};

const Options kPart{{"Yes, all of it", "At least part of it", "No, none of it", "Not sure"},
                    {{"everything"}, {"some of it", "partly", "🌗"}, {}, {"maybe"}}};
const Options kFeelings{{"hurt", "lonely", "angry", "calm", "hurt and lonely"},
                        {{"💔"}, {"alone"}, {"mad", "😠"}, {}, {}}};
const Options kLengths{{"20 minutes", "30 minutes", "1 hour", "Tomorrow"}, {}};

constexpr std::size_t kNone = 99;

std::size_t choice(const std::string& text, const Options& options) {
    return recognise_choice(text, options.list(), english()).value_or(kNone);
}

std::string repeated(std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

/// Texts that nobody types by accident.
std::vector<std::string> hostile_texts() {
    std::string bytes;
    for (int i = 0; i < 4'000; ++i) bytes.push_back(static_cast<char>(i * 37));
    return {"",
            " ",
            "?!...",
            std::string("\0\0\0", 3),
            "\xff\xfe\xc3",
            "\xed\xa0\x80 lone surrogate",
            bytes,
            repeated("o\u0301", 50'000),
            repeated("\u05D0\u05B0", 20'000),
            repeated("sad ", 50'000),
            repeated("1,", 50'000),
            repeated("9", 50'000),
            repeated("in 2 hours and ", 20'000),
            repeated("1/2 ", 20'000),
            repeated("a", 500'000),
            repeated("😢", 20'000),
            repeated("\u200B", 20'000),
            "99999999999999999999",
            "-99999999999999999999",
            "1e308",
            "NaN",
            "999999999 weeks 999999999 weeks"};
}

}  // namespace

TEST_CASE("a typed reply means a choice", "[dialog][recognise]") {
    struct Case {
        const char* text;
        std::size_t expected;
    };
    const std::vector<Case> cases = {
        // as written, folded, by ALSO
        {"At least part of it", 1},
        {"AT LEAST PART OF IT!", 1},
        {"  “at least part of it” ", 1},
        {"some of it", 1},
        {"Everything.", 0},
        {"yes all of it", 0},
        {"maybe", 3},
        {"🌗", 1},
        // by place
        {"2", 1},
        {"2.", 1},
        {"(2)", 1},
        {"#2", 1},
        {"two", 1},
        {"number 2", 1},
        {"option two please", 1},
        {"2️⃣", 1},
        {"the second one", 1},
        {"second", 1},
        {"2nd", 1},
        {"the last one", 3},
        {"last", 3},
        {"i'd pick the first", 0},
        {"one", 0},
        {"the third", 2},
        {"0", kNone},
        {"5", kNone},
        {"the fifth one", kNone},
        {"1 2", kNone},
        // yes and no
        {"yes", 0},
        {"yep", 0},
        {"nope", 2},
        {"👍", 0},
        // whole words inside
        {"I think at least part of it", 1},
        {"well, everything, really", 0},
        {"ok 🌗", 1},
        {"partly and maybe", kNone},
        {"I would say not sure", 3},
        // a part of a label
        {"part of it", 1},
        {"part", 1},
        {"none", 2},
        {"all", 0},
        {"of it", kNone},
        {"it", kNone},
        // typos
        {"evrything", 0},
        {"everthing", 0},
        {"everyhting", 0},
        {"partyl", 1},
        {"at laest part of it", 1},
        {"evrythng", kNone},
        {"mayeb", 3},
        {"nto sure", kNone},
        // nothing
        {"", kNone},
        {"?", kNone},
        {"what do you mean", kNone},
        {"I want a cookie", kNone},
    };
    for (const Case& c : cases) {
        INFO(c.text);
        CHECK(choice(c.text, kPart) == c.expected);
    }
}

TEST_CASE("a reply that fits two choices, or says no to one, fits none", "[dialog][recognise]") {
    struct Case {
        const char* text;
        std::size_t expected;
    };
    const std::vector<Case> cases = {
        {"hurt", 0},
        {"hurt and lonely", 4},
        {"lonely and hurt", kNone},
        {"hurt, angry", kNone},
        {"I'm not angry", kNone},
        {"I am not really angry, I'm hurt", 0},
        {"I feel so lonely today", 1},
        {"i'm mad", 2},
        {"😠😠", 2},
        {"lonly", 1},
        {"ange", kNone},
        {"clam", kNone},
        {"hurtful", kNone},
        {"I was never calm", kNone},
    };
    for (const Case& c : cases) {
        INFO(c.text);
        CHECK(choice(c.text, kFeelings) == c.expected);
    }
}

TEST_CASE("nobody is taken for safe, or for saying no, by half of what they wrote", "[dialog][recognise][safety]") {
    const Options fear{{"No", "A bit", "Yes", "It isn't safe to answer"}, {{}, {}, {"yeah", "i am"}, {}}};
    for (const char* text : {"no matter what i do he gets angry",
                             "I never know what he will do",
                             "there is no way to tell",
                             "I have no one",
                             "no more than 5 beers",
                             "no but I did push her",
                             "yeah not really",
                             "I am not scared",
                             "safe",
                             "it is safe"}) {
        INFO(text);
        CHECK(choice(text, fear) == kNone);
    }
    CHECK(choice("no", fear) == 0);
    CHECK(choice("nope", fear) == 0);
    CHECK(choice("no, thanks", fear) == 0);
    CHECK(choice("Yes.", fear) == 2);
    CHECK(choice("yeah", fear) == 2);
    CHECK(choice("a bit, sometimes", fear) == 1);
    CHECK(choice("it isn't safe", fear) == 3);

    const Options safe{{"Yes, I'm safe", "I'm not sure", "No, I'm not safe"}, {{"i'm safe", "safe"}, {}, {"not safe"}}};
    for (const char* text : {"I don't really feel like I'm safe",
                             "I wouldn't say I'm safe",
                             "I haven't said I'm safe",
                             "I'm safe... not",
                             "I don't know if I can say I'm safe",
                             "yes i am not"}) {
        INFO(text);
        CHECK(choice(text, safe) != 0);
    }
    CHECK(choice("I think I'm safe", safe) == 0);
    CHECK(choice("I'm not safe", safe) == 2);
    CHECK(choice("I'm falling", Options{{"I'm calling now"}, {{"i'm calling"}}}) == kNone);
}

TEST_CASE("a number that stands in a label is that label", "[dialog][recognise]") {
    CHECK(choice("30", kLengths) == 1);
    CHECK(choice("20 min", kLengths) == kNone);
    CHECK(choice("20 minutes", kLengths) == 0);
    CHECK(choice("1 hour", kLengths) == 2);
    CHECK(choice("1", kLengths) == kNone);  // the first, or the hour?
    CHECK(choice("4", kLengths) == 3);
    CHECK(choice("tomorow", kLengths) == 3);
    CHECK(choice("hour", kLengths) == 2);
    CHECK(choice("minutes", kLengths) == kNone);
}

TEST_CASE("a typed reply means several choices, in order of mention", "[dialog][recognise]") {
    struct Case {
        const char* text;
        Indexes expected;
    };
    const std::vector<Case> cases = {
        {"1, 3 and 4", {0, 2, 3}},
        {"3 1", {2, 0}},
        {"the first and the last", {0, 4}},
        {"hurt, calm", {0, 3}},
        {"calm; angry", {3, 2}},
        {"mad & alone", {2, 1}},
        {"I'm hurt because he lied, and a bit lonely", {0, 1}},
        {"lonly, angry", {1, 2}},
        {"hurt and lonely", {4}},
        {"lonely lonely lonely", {1}},
        {"💔 😠", {0, 2}},
        {"hurt, calm, angry, lonely", {0, 3, 2}},
        {"not angry, calm", {3}},
        {"angry, 4", {2}},
        {"1, 9", {}},
        {"no idea", {}},
        {"2 days ago", {}},
        {"", {}},
        {",,,", {}},
    };
    for (const Case& c : cases) {
        INFO(c.text);
        CHECK(recognise_several(c.text, kFeelings.list(), 3, english()) == c.expected);
    }
    CHECK(recognise_several("hurt, calm", kFeelings.list(), 1, english()) == Indexes{0});
}

TEST_CASE("a typed reply means yes or no", "[dialog][recognise]") {
    const std::vector<Synonyms> also = {{{"we did", "sort of"}, 1}, {{"we forgot"}, 0}};
    for (const char* text : {"yes",
                             "Y",
                             "Yeah!",
                             "yesss",
                             "yup",
                             "👍",
                             "👍🏽",
                             "ok",
                             "sure",
                             "i think so",
                             "we did",
                             "Sort of.",
                             "yes, because I was wrong",
                             "well yes",
                             "Yes please",
                             "of course",
                             "ja no"}) {
        INFO(text);
        if (std::string_view(text) == "ja no") {
            CHECK_FALSE(recognise_yes_no(text, also, english()).has_value());
        } else {
            CHECK(recognise_yes_no(text, also, english()) == std::optional(true));
        }
    }
    for (const char* text : {"no",
                             "N",
                             "Nope.",
                             "nooo",
                             "nah",
                             "👎",
                             "not really",
                             "I don’t think so",
                             "i dont",
                             "we forgot",
                             "no, he did not",
                             "No thanks"}) {
        INFO(text);
        CHECK(recognise_yes_no(text, also, english()) == std::optional(false));
    }
    for (const char* text : {"",
                             "maybe",
                             "yes and no",
                             "i don't know",
                             "I don't know really",
                             "he said no",
                             "nothing",
                             "yesterday",
                             "right now I am tired",
                             "not sure"}) {
        INFO(text);
        CHECK_FALSE(recognise_yes_no(text, also, english()).has_value());
    }
}

TEST_CASE("a whole reply is an always-on command", "[dialog][recognise]") {
    struct Case {
        const char* text;
        Command command;
    };
    const std::vector<Case> cases = {
        {"stop", Command::stop},
        {"Stop!", Command::stop},
        {"STOPPP", Command::stop},
        {"please stop", Command::stop},
        {"ok stop now please", Command::stop},
        {"pause", Command::pause},
        {"exit", Command::exit},
        {"delete", Command::erase},
        {"delete everything", Command::erase},
        {"help", Command::help},
        {"HELP ME", Command::help},
        {"help please", Command::help},
        {"human", Command::human},
        {"go back", Command::back},
        {"change my answer", Command::change},
        {"say that again", Command::repeat},
        {"skip", Command::skip},
        {"I'd rather not say", Command::skip},
        {"start over", Command::start_over},
        {"continue", Command::resume},
        {"I don't know", Command::dont_know},
        {"i dont know", Command::dont_know},
        {"I don’t know…", Command::dont_know},
        {"idk", Command::dont_know},
        {"done", Command::done},
        {"I'm back!", Command::done},
    };
    for (const Case& c : cases) {
        INFO(c.text);
        CHECK(recognise_command(c.text, english()) == std::optional(c.command));
    }
    for (const char* text : {"",
                             "please",
                             "stop shouting at me",
                             "I want him to stop",
                             "help him",
                             "my back",
                             "the human race",
                             "don't stop",
                             "I need to change",
                             "deleted",
                             "top"}) {
        INFO(text);
        CHECK_FALSE(recognise_command(text, english()).has_value());
    }
}

TEST_CASE("a typed reply means a country", "[dialog][recognise]") {
    struct Case {
        const char* text;
        const char* code;
    };
    const std::vector<Case> cases = {
        {"Portugal", "PT"},
        {"portugal!", "PT"},
        {"pt", "PT"},
        {"USA", "US"},
        {"the US", "US"},
        {"U.S.A.", "US"},
        {"UK", "GB"},
        {"England", "GB"},
        {"Northern Ireland", "GB"},
        {"I live in Ireland", "IE"},
        {"côte d’ivoire", "CI"},
        {"Cote dIvoire", "CI"},
        {"Guinea-Bissau", "GW"},
        {"guinea", "GN"},
        {"New Zeland", "NZ"},
        {"Austalia", "AU"},
        {"germnay", "DE"},
        {"Timor Leste", "TL"},
        {"we are in the Czech Republic now", "CZ"},
        {"Türkiye", "TR"},
        {"Saint Lucia", "LC"},
        {"st. lucia", "LC"},
        {"Åland Islands", "AX"},
        {"Dominican Republic", "DO"},
        {"south korea", "KR"},
        {"NI", "NI"},
    };
    for (const Case& c : cases) {
        INFO(c.text);
        CHECK(recognise_country(c.text, english()) == std::optional<std::string>(c.code));
    }
    for (const char* text :
         {"", "no", "rather not say", "Spain or Portugal", "zz", "Narnia", "come with us", "why do you ask"}) {
        INFO(text);
        CHECK_FALSE(recognise_country(text, english()).has_value());
    }
}

TEST_CASE("no text makes a recogniser hang or throw", "[dialog][recognise]") {
    const TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};
    for (const std::string& text : hostile_texts()) {
        INFO(text.substr(0, 40));
        CHECK_NOTHROW((void)recognise_choice(text, kPart.list(), english()));
        CHECK_NOTHROW((void)recognise_choice("part", {}, english()));
        CHECK(recognise_several(text, kFeelings.list(), 3, english()).size() <= 3);
        CHECK_NOTHROW((void)recognise_number(text, {}, english()));
        CHECK_NOTHROW((void)recognise_yes_no(text, {}, english()));
        CHECK_NOTHROW((void)recognise_length(text, english()));
        CHECK_NOTHROW((void)recognise_moment(text, now, text, english()));
        CHECK_FALSE(recognise_command(text, english()).has_value());
        CHECK_FALSE(recognise_country(text, english()).has_value());
    }
}

}  // namespace test_recognise
