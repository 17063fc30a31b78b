#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "bot/safety/screen.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/english.hpp"

namespace test_screen {

using namespace reweave::safety;
using json = nlohmann::json;
using Texts = std::vector<std::string>;

namespace {

const Rules& english_rules() {
    static const RulesPtr rules = rules_from_json({reweave::test::data("rules/en.json")});
    return *rules;
}

Tier tier_of(const std::string& text) {
    return screen(text, english_rules()).tier();
}

bool finds(const std::string& text, Category category) {
    const Findings findings = screen(text, english_rules());
    return std::any_of(
        findings.items.begin(), findings.items.end(), [&](const Finding& f) { return f.category == category; });
}

/// 1 stop, 2 check, 3 note, 9 nothing: so that "at least a check" is "at most 2".
int rank(Tier tier) {
    return tier == Tier::none ? 9 : static_cast<int>(tier);
}

struct Clear {
    Category category;
    Texts texts;
};

/// Plain words for which the bot must stop.
const std::vector<Clear>& clear_texts() {
    static const std::vector<Clear> texts = {
        {Category::self_harm,
         {"I want to kill myself",
          "I'm going to kill myself tonight",
          "i wanna die",
          "I don't want to live anymore",
          "I have been thinking about suicide",
          "I am suicidal",
          "I took all my pills",
          "I'm going to end my life",
          "I just want to end it all",
          "I cut myself again last night",
          "I have the pills ready and nobody knows",
          "I'm standing on the bridge",
          "I keep hurting myself when we fight",
          "my boyfriend says he will kill himself if I leave",
          "I wrote a suicide note",
          "i swallowed a bottle of painkillers"}},
        {Category::ipv,
         {"he hit me",
          "My husband hits me when he is drunk",
          "she slapped me across the face",
          "He choked me last week",
          "he put his hands around my neck",
          "she threatened to kill me",
          "he says he will kill me if I tell anyone",
          "I'm scared of my husband",
          "I am afraid of him",
          "he locked me in the bedroom",
          "he won't let me leave the house",
          "I was beaten by my partner",
          "he is reading this right now",
          "I hit her and I feel terrible",
          "I slapped my wife yesterday",
          "my girlfriend punched me in the face",
          "she pulled a knife on me",
          "I'm afraid to go home",
          "i choked my boyfriend"}},
        {Category::child_abuse,
         {"I shook the baby",
          "I hit my son with a belt",
          "he beats the kids",
          "I'm scared I will hurt my baby",
          "my uncle touches me",
          "someone is touching my daughter",
          "I left the kids alone all night"}},
        {Category::sexual_violence,
         {"he raped me",
          "My husband forces me to have sex",
          "he forced himself on me",
          "I said no and he kept going",
          "he had sex with me while I was asleep",
          "I was sexually assaulted",
          "she threatens to share my nudes"}},
        {Category::harm_others,
         {"I'm going to kill him",
          "I want to stab her",
          "I have thoughts about killing my boss",
          "I got my gun and I'm driving to his place"}},
        {Category::medical,
         {"I have chest pain and my arm is numb",
          "I can't breathe",
          "he is unconscious",
          "she is having a seizure",
          "he hit his head and won't wake up"}},
        {Category::minor,
         {"I'm 14", "I am 12 years old", "im 15yo", "i am in 8th grade", "I'm only 13 and nobody listens"}},
        {Category::stalking,
         {"he follows me home", "there is a restraining order against me", "he put a tracker on my car"}},
        {Category::intoxication, {"I'm drunk and driving to her place", "i mixed pills with vodka"}},
        {Category::other_harm,
         {"I've been starving myself for weeks",
          "the voices tell me to do it",
          "I make myself throw up",
          "my parents are forcing me to marry him"}},
    };
    return texts;
}

/// Words that ask for a question, not for a stop.
const Texts kUnclear = {"I wish I was never born",
                        "everyone would be better off without me",
                        "I'm such a burden to everyone",
                        "there's no point in living",
                        "I'm scared of what he might do",
                        "I'm always walking on eggshells",
                        "I'm not allowed to see my friends",
                        "he checks my phone every night",
                        "she controls my money",
                        "he won't let me work",
                        "I gave in to stop the argument and had sex",
                        "I could kill him sometimes",
                        "I smacked my daughter",
                        "I lost it with the baby",
                        "I'm a bit drunk",
                        "I want revenge",
                        "I don't want to wake up tomorrow",
                        "he won't stop calling me"};

/// What people say about ordinary trouble.
const Texts kSafe = {"We had a fight about the dishes again",
                     "I'm angry because she was late",
                     "He never listens to me",
                     "I felt ignored all evening",
                     "I raised my voice and slammed the door",
                     "I said she was lazy in front of her sister",
                     "I'm sad that we don't talk anymore",
                     "I shouted and then I left the room",
                     "we argued about money",
                     "I want to apologise for what I said",
                     "I feel guilty about forgetting her birthday",
                     "My son is 13 and slams doors",
                     "my daughter turned 15 last week",
                     "I'm 10 minutes late",
                     "I'm 32 years old",
                     "I am 7 out of 10",
                     "I'm at 8",
                     "6/10",
                     "I'm 15 weeks pregnant",
                     "my back is killing me",
                     "my feet are killing me after the walk",
                     "this commute is killing me",
                     "I nearly died of embarrassment",
                     "I died laughing",
                     "I'm dying to see you",
                     "I was dying of shame",
                     "my phone is dead",
                     "I'm dead tired",
                     "shoot me an email",
                     "he beat me at chess",
                     "she beat me to it",
                     "that hit me hard",
                     "it hit me that I was wrong",
                     "hit me up tomorrow",
                     "he pushed me away when I tried to hug him",
                     "she pushed me to be honest",
                     "I pushed her away",
                     "I was so choked up I couldn't talk",
                     "she stabbed me in the back at work",
                     "we were killing time at the airport",
                     "I cut my finger cooking",
                     "I burned myself on the pan",
                     "I'm burnt out from work",
                     "I beat myself up about it",
                     "it hurt my feelings",
                     "I hurt her feelings",
                     "I'm afraid she'll say no",
                     "I'm scared of losing him",
                     "I'm afraid he will leave me",
                     "I'm scared of him leaving",
                     "I can't go on like this with the chores",
                     "I don't want to live with my mother",
                     "I don't want to live here anymore",
                     "we had wine at dinner",
                     "I had a glass of wine with friends",
                     "drowning in work this week",
                     "let's jump on a call",
                     "he crashed on the sofa",
                     "she hung up on me",
                     "he cut me off mid sentence",
                     "I hit the gym after the argument",
                     "my therapist says I should breathe",
                     "I need a safe space to talk",
                     "our safe word is pineapple",
                     "the battery died during our call",
                     "he kicked me out of the group chat",
                     "we missed the deadline and my boss was mad",
                     "I was late picking up the kids",
                     "I forgot to call my mom",
                     "she said I never help",
                     "I interrupted him three times",
                     "he ghosted me for a week",
                     "I lied about where I was",
                     "I broke my promise to come home early",
                     "I want more time together",
                     "I need space and quiet",
                     "hurt, lonely and tired",
                     "I'd like to try again",
                     "yes",
                     "no",
                     "skip",
                     ""};

}  // namespace

TEST_CASE("plain words of danger stop the script", "[safety][screen]") {
    for (const Clear& clear : clear_texts()) {
        for (const std::string& text : clear.texts) {
            INFO(text);
            CHECK(tier_of(text) == Tier::stop);
            CHECK(finds(text, clear.category));
        }
    }
}

TEST_CASE("unclear words ask for a check", "[safety][screen]") {
    for (const std::string& text : kUnclear) {
        INFO(text);
        CHECK(tier_of(text) == Tier::check);
    }
}

TEST_CASE("ordinary trouble passes", "[safety][screen]") {
    for (const std::string& text : kSafe) {
        INFO(text);
        CHECK(rank(tier_of(text)) > 2);
    }
}

TEST_CASE("a child forced into sex is never answered with cheer", "[safety][screen]") {
    for (const char* text : {"I'm being forced to have sex and I'm only 12 years old",
                             "im 12 and he makes me have sex with him",
                             "my uncle is forcing me to do sexual things",
                             "a man wants me to have sex and I am 12",
                             "I'm 13, someone made me have sex",
                             "they force me into sex for money im 14"}) {
        INFO(text);
        CHECK(tier_of(text) == Tier::stop);
        CHECK((finds(text, Category::sexual_violence) || finds(text, Category::child_abuse)));
    }
}

TEST_CASE("words about eating and drugs are not missed", "[safety][screen]") {
    for (const char* text : {"I throw up after every meal",
                             "I am purging again",
                             "i havent eaten in 4 days",
                             "I starve myself",
                             "I'm bulimic and it is getting worse",
                             "I've been taking drugs again",
                             "I can't stop using cocaine",
                             "I'm addicted to pills",
                             "I took too many drugs",
                             "I overdosed last night"}) {
        INFO(text);
        CHECK(rank(tier_of(text)) <= 2);
    }
}

TEST_CASE("disguises do not hide plain words", "[safety][screen]") {
    for (const char* text : {"I WANT TO KILL MYSELF",
                             "i want to k1ll mys3lf",
                             "i want to k i l l myself",
                             "i want to k.i.l.l myself",
                             "i want to k*ll myself",
                             "i want to k!ll myself",
                             "i want to kiiill myseeelf",
                             "i want to kill mysellf",
                             "i want to kill myslef",
                             "i want to killmyself",
                             "i want to ki ll myself",
                             "I want to \u043Aill myself",
                             "i want to k\u200Bill myself",
                             "i want to ki\u0301ll myself",
                             "ｉ ｗａｎｔ ｔｏ ｋｉｌｌ ｍｙｓｅｌｆ",
                             "kms",
                             "i wanna unalive myself",
                             "su1c1dal",
                             "$uicidal",
                             "suicidle thoughts of suicde",
                             "I want to die!!!",
                             "…I want to die…",
                             "I\twant\nto die",
                             "k i l l m y s e l f",
                             "HE H1T ME",
                             "he hiiiit me!!!!",
                             "he ch0ked me"}) {
        INFO(text);
        CHECK(rank(tier_of(text)) <= 2);
    }
}

TEST_CASE("no change of form lowers a clear text below a check", "[safety][screen]") {
    for (const Clear& clear : clear_texts()) {
        for (const std::string& text : clear.texts) {
            std::string upper = text;
            for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            std::string without_apostrophes = text;
            without_apostrophes.erase(std::remove(without_apostrophes.begin(), without_apostrophes.end(), '\''),
                                      without_apostrophes.end());
            std::string wide = text;
            for (std::size_t at = 0; (at = wide.find(' ', at)) != std::string::npos; at += 3) wide.insert(at, "  ");
            for (const std::string& variant : {upper,
                                               without_apostrophes,
                                               wide,
                                               text + " lol",
                                               text + " 😂",
                                               "my back is killing me. " + text,
                                               "We argued about the dishes. " + text + ". Then dinner.",
                                               "\"" + text + "\"",
                                               "my partner wrote me: \"" + text + "\""}) {
                INFO(variant);
                CHECK(rank(tier_of(variant)) <= 2);
            }
        }
    }
}

TEST_CASE("denying the whole idea asks instead of stopping, and never passes", "[safety][screen]") {
    for (const char* text : {"I'm not suicidal",
                             "I would never hurt myself",
                             "he has never hit me",
                             "he never hit me",
                             "I am not going to kill myself",
                             "I don't want to die",
                             "I'm not afraid of him"}) {
        INFO(text);
        CHECK(tier_of(text) == Tier::check);
    }
    for (const char* text : {"I won't do anything but I want to die",
                             "not the first time he hit me",
                             "I'm not joking, I want to die",
                             "I can't stop thinking about killing myself",
                             "if I don't come home he will kill me",
                             "I'm not okay, he hit me"}) {
        INFO(text);
        CHECK(tier_of(text) == Tier::stop);
    }
}

TEST_CASE("the past asks, a story is only noted, laughter does not cancel", "[safety][screen]") {
    CHECK(tier_of("years ago I tried to kill myself") == Tier::check);
    CHECK(tier_of("years ago I tried to kill myself and now I want to again") == Tier::stop);
    CHECK(tier_of("in the film the hero kills himself") == Tier::note);
    CHECK(tier_of("I saw a film and now I want to kill myself") == Tier::stop);
    CHECK(tier_of("I'm going to kill myself lol") == Tier::check);
    CHECK(tier_of("he choked me lol") == Tier::stop);
}

TEST_CASE("an answer to a safety question weighs more, never less", "[safety][screen]") {
    const ScreenContext answering{true};
    CHECK(screen("I wish I was never born", english_rules(), answering).tier() == Tier::stop);
    CHECK(screen("I feel hopeless", english_rules()).tier() == Tier::note);
    CHECK(screen("I feel hopeless", english_rules(), answering).tier() == Tier::check);
    CHECK(screen("I'm fine", english_rules(), answering).tier() == Tier::none);
}

TEST_CASE("findings come gravest first, each rule once", "[safety][screen]") {
    const Findings findings = screen("I feel hopeless. He hit me. He hit me. I'm a bit drunk.", english_rules());
    REQUIRE(findings.items.size() == 3);
    REQUIRE(findings.gravest() != nullptr);
    CHECK(findings.gravest()->category == Category::ipv);
    CHECK(findings.items[0].tier == Tier::stop);
    CHECK(findings.items[1].tier == Tier::check);
    CHECK(findings.items[2].tier == Tier::note);
    CHECK(screen("hello", english_rules()).gravest() == nullptr);
}

TEST_CASE("no bytes make the screen throw or hang", "[safety][screen]") {
    const auto repeated = [](std::string_view text, int times) {
        std::string out;
        for (int i = 0; i < times; ++i) out += text;
        return out;
    };
    for (const std::string& text : {std::string("\0\0", 2),
                                    std::string("\xff\xfe\xc3"),
                                    repeated("o\u0301", 20'000),
                                    repeated("k i l l ", 2'000),
                                    repeated("x ", 10'000),
                                    repeated("a!", 20'000),
                                    repeated("'s", 20'000),
                                    repeated("kill ", 10'000),
                                    repeated("not ", 10'000),
                                    repeated("😢", 5'000),
                                    repeated("z", 200'000),
                                    repeated("\u05D0\u05B0", 10'000)}) {
        INFO(text.substr(0, 20));
        CHECK_NOTHROW((void)screen(text, english_rules()));
    }
    std::uint32_t seed = 1;
    for (int round = 0; round < 300; ++round) {
        std::string bytes;
        for (int i = 0; i < 200; ++i) {
            seed = seed * 1664525U + 1013904223U;
            bytes.push_back(static_cast<char>(seed >> 24));
        }
        REQUIRE(rank(screen(bytes + " he hit me", english_rules()).tier()) <= 9);
        REQUIRE(rank(tier_of(bytes + ". he hit me")) <= 2);  // noise before it hides nothing
    }
}

TEST_CASE("a fault in the rules is told by the rule's name", "[safety][rules]") {
    const json good = reweave::test::data("rules/en.json");
    const auto fault_of = [](const json& pack) -> std::string {
        try {
            (void)rules_from_json({pack});
            return "none";
        } catch (const std::invalid_argument& e) {
            return e.what();
        }
    };
    REQUIRE(fault_of(good) == "none");
    json pack = good;
    pack["rules"][0]["tier"] = 4;
    CHECK(fault_of(pack) == "safety rules: en.self-harm.kill-self: tier must be 1, 2 or 3");
    pack = good;
    pack["rules"][0]["category"] = "gloom";
    CHECK(fault_of(pack) == "safety rules: en.self-harm.kill-self: category \"gloom\" is not known");
    pack = good;
    pack["rules"][0]["patterns"] = json::array({"_ myself"});
    CHECK(fault_of(pack) ==
          "safety rules: \"_ myself\": a pattern must start with a word (rule en.self-harm.kill-self)");
    pack = good;
    pack["rules"][0]["patterns"] = json::array({"kill $nobody"});
    CHECK(fault_of(pack) == "safety rules: \"$nobody\": there is no class $nobody (rule en.self-harm.kill-self)");
    pack = good;
    pack["rules"][1]["id"] = "en.self-harm.kill-self";
    CHECK(fault_of(pack) == "safety rules: en.self-harm.kill-self: is there twice");
    pack = good;
    pack["frames"].erase("idioms");
    CHECK(fault_of(pack) == "safety rules: frames: idioms is missing");
    CHECK(fault_of(json::array()) == "safety rules: pack: must be an object");
}

TEST_CASE("every category has a name and a rule", "[safety][rules]") {
    const json pack = reweave::test::data("rules/en.json");
    std::set<std::string> names;
    for (const json& rule : pack["rules"]) names.insert(rule["category"].get<std::string>());
    CHECK(names.size() == 10);
    for (int i = 0; i < 10; ++i) CHECK(names.count(std::string(name(static_cast<Category>(i)))) == 1);
}

}  // namespace test_screen
