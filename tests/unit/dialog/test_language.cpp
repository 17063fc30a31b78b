#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "bot/dialog/fold.hpp"
#include "bot/dialog/language.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/english.hpp"

namespace test_language {

using namespace reweave::dialog;
using json = nlohmann::json;
using reweave::test::data;
using reweave::test::english;

namespace {

/// What is said about a pack with a fault in it.
std::string fault_of(json language, json feelings = data("vocabulary/feelings.en.json")) {
    try {
        (void)language_pack_from_json(language, feelings, data("vocabulary/needs.en.json"));
        return "none";
    } catch (const std::invalid_argument& e) {
        return e.what();
    }
}

}  // namespace

TEST_CASE("the English pack knows the always-on words, yes and no, numbers, times and countries",
          "[dialog][language]") {
    const LanguagePack& pack = english();
    REQUIRE(pack.language == "en");
    REQUIRE(pack.commands.at("stop") == Command::stop);
    REQUIRE(pack.commands.at("i don't know") == Command::dont_know);
    REQUIRE(pack.commands.at("i dont know") == Command::dont_know);
    REQUIRE(pack.yes_no.at("yes"));
    REQUIRE_FALSE(pack.yes_no.at("nope"));
    REQUIRE(pack.numbers.at("seven") == 7);
    REQUIRE(pack.ordinals.at("last") == -1);
    REQUIRE(pack.units.at("hours") == 3600);
    REQUIRE(pack.moments.at("friday").size() >= 2);
    REQUIRE(pack.countries.at("england") == "GB");
    REQUIRE(pack.countries.at("cote d'ivoire") == "CI");
}

TEST_CASE("every country of ISO 3166 has a name", "[dialog][language]") {
    std::set<std::string> codes;
    for (const auto& [name, code] : english().countries) codes.insert(code);
    REQUIRE(codes.size() == 250);  // 249 and Kosovo
}

TEST_CASE("the vocabularies have the families of the brief and no phrase that means two of their terms",
          "[dialog][language]") {
    const LanguagePack& pack = english();
    REQUIRE(pack.feelings.size() == 8);
    REQUIRE(pack.needs.size() == 11);
    std::set<std::string> cues;
    for (const auto* families : {&pack.feelings, &pack.needs}) {
        std::set<std::string> phrases;
        for (const Family& family : *families) {
            for (const Term& term : family.terms) {
                INFO(term.id);
                REQUIRE(term.id == kebab(term.label));
                REQUIRE(term.family == family.id);
                REQUIRE(phrases.insert(fold(term.label)).second);
                for (const std::string& phrase : term.also) {
                    INFO(phrase);
                    REQUIRE(phrases.insert(fold(phrase)).second);
                }
                if (term.soft_cue) cues.insert(term.id);
            }
        }
    }
    REQUIRE(cues == std::set<std::string>{"hopeless", "frightened", "dread"});
}

TEST_CASE("a fault in a pack is told with its place", "[dialog][language]") {
    const json good = data("language/en.json");
    REQUIRE(fault_of(good) == "none");

    json pack = good;
    pack.erase("yes");
    REQUIRE(fault_of(pack) == "language.yes: is missing");
    pack = good;
    pack["commands"]["stop"] = "stop";
    REQUIRE(fault_of(pack) == "language.commands.stop: must be a list");
    pack = good;
    pack["commands"]["dance"] = json::array({"dance"});
    REQUIRE(fault_of(pack) == "language.commands.dance: is not a command");
    pack = good;
    pack["commands"]["pause"].push_back("Stop!");
    REQUIRE(fault_of(pack) == "language.commands.pause: \"Stop!\" means something else already");
    pack = good;
    pack["no"].push_back("...");
    REQUIRE(fault_of(pack) == "language.no: \"...\" has nothing to recognise");
    pack = good;
    pack["ordinals"]["zeroth"] = 0;
    REQUIRE(fault_of(pack) == "language.ordinals.zeroth: must be 1 or more, or -1 for the last");
    pack = good;
    pack["units"]["jiffy"] = 0.5;
    REQUIRE(fault_of(pack) == "language.units.jiffy: must be a whole number");
    pack = good;
    pack["countries"]["uk"] = json::array({"Ukania"});
    REQUIRE(fault_of(pack) == "language.countries.uk: must be two capital letters");
    REQUIRE(fault_of(json::array()) == "language: must be an object");

    json feelings = data("vocabulary/feelings.en.json");
    feelings["families"][1]["terms"][0]["id"] = "flat";
    REQUIRE(fault_of(good, feelings) == "feelings.families[1].terms[0].id: \"flat\" is used twice");
    feelings = data("vocabulary/feelings.en.json");
    feelings["families"][0]["terms"][0]["intensity"] = 4;
    REQUIRE(fault_of(good, feelings) == "feelings.families[0].terms[0].intensity: must be 1, 2 or 3");
}

}  // namespace test_language
