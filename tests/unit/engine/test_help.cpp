#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bot/engine/help.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/english.hpp"

namespace test_help {

using namespace reweave::engine;
using json = nlohmann::json;

namespace {

const TimePoint kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + std::chrono::hours{12};

json shipped(const std::string& country) {
    return reweave::test::data("resources/" + country + ".json");
}

json service(const std::string& id,
             const json& topics,
             const std::string& verified,
             const std::string& confidence = "high") {
    return {{"id", id},
            {"name", id},
            {"topics", topics},
            {"channels",
             {{{"type", "phone"}, {"value", "0100 " + id}, {"hours", {{"tz", "UTC"}, {"rule", "24/7"}}}},
              {{"type", "text"}, {"value", "12345"}},
              {{"type", "web"}, {"value", "https://" + id + ".example"}}}},
            {"status", "active"},
            {"last_verified", verified},
            {"confidence", confidence}};
}

/// A country that is made up, with entries that may be shown.
json made_up() {
    return {{"country", "XX"},
            {"updated", "2026-11-24"},
            {"default_lang", "en"},
            {"emergency",
             {{{"label", "555"},
               {"tel", "555"},
               {"sms", nullptr},
               {"status", "active"},
               {"last_verified", "2026-11-01"},
               {"confidence", "high"}}}},
            {"services",
             {service("one", {"suicide", "emotional"}, "2026-11-01", "medium"),
              service("two", {"suicide"}, "2026-10-01"),
              service("three", {"ipv"}, "2026-09-01"),
              service("four", {"ipv"}, "2026-09-01")}}};
}

std::vector<std::string> names(const json& country,
                               const std::string& code,
                               const std::vector<std::string>& topics,
                               TimePoint now = kNow) {
    const HelpDirectoryPtr directory = help_directory_from_json({country, shipped("INT")});
    std::vector<std::string> out;
    for (const HelpLine& line : help_lines(*directory, code, topics, now)) out.push_back(line.name);
    return out;
}

using Names = std::vector<std::string>;
const Names kFallback = {
    "Your local emergency number", "Find A Helpline", "Befrienders Worldwide", "Child Helpline International"};

Names with_directories(Names first) {
    first.insert(first.end(), kFallback.begin() + 1, kFallback.end());
    return first;
}

}  // namespace

TEST_CASE("no shipped number is shown before a person has checked it", "[engine][help]") {
    for (const char* country : {"US", "GB", "IE", "CA", "AU", "NZ"}) {
        INFO(country);
        const json document = shipped(country);
        REQUIRE(document["country"] == country);
        REQUIRE_FALSE(document["emergency"].empty());
        REQUIRE(document["services"].size() >= 4);
        for (const char* list : {"emergency", "services"}) {
            for (const json& entry : document[list]) {
                CHECK(entry["status"] == "draft");
                CHECK(entry["last_verified"].is_null());
            }
        }
        const HelpDirectoryPtr directory = help_directory_from_json({document, shipped("INT")});
        std::vector<std::string> all;
        for (const HelpLine& line : help_lines(*directory, country, {"suicide", "ipv", "child"}, kNow)) {
            all.push_back(line.name);
            CHECK(line.call.empty());
            CHECK(line.text.empty());
        }
        CHECK(all == kFallback);
    }
}

TEST_CASE("a country that is not asked or not known gets the directories", "[engine][help]") {
    CHECK(names(made_up(), "", {"suicide"}) == kFallback);
    CHECK(names(made_up(), "ZZ", {"suicide"}) == kFallback);
    CHECK(help_lines(*help_directory_from_json({}), "XX", {"suicide"}, kNow).size() == 1);
}

TEST_CASE("one emergency line, two services that match, then the directories", "[engine][help]") {
    CHECK(names(made_up(), "XX", {"suicide"}) == with_directories({"Emergency: 555", "two", "one"}));
    CHECK(names(made_up(), "XX", {"emotional", "ipv"}) == with_directories({"Emergency: 555", "one", "three"}));
    CHECK(names(made_up(), "XX", {"ipv", "ipv", "suicide"}) == with_directories({"Emergency: 555", "three", "four"}));
    CHECK(names(made_up(), "XX", {"legal"}) == with_directories({"Emergency: 555"}));
    CHECK(names(made_up(), "XX", {}) == with_directories({"Emergency: 555"}));

    const HelpDirectoryPtr directory = help_directory_from_json({made_up(), shipped("INT")});
    const HelpLine line = help_lines(*directory, "XX", {"emotional"}, kNow)[1];
    CHECK(line.call == "0100 one");
    CHECK(line.text == "12345");
    CHECK(line.web == "https://one.example");
    CHECK(line.hours == "24/7");
    CHECK(line.checked == "November 2026");
}

TEST_CASE("an entry is shown only while active, sure enough and checked within 180 days", "[engine][help]") {
    const auto shows = [](const char* field, const json& value, TimePoint now = kNow) {
        json country = made_up();
        country["services"] = json::array({country["services"][0]});
        country["services"][0][field] = value;
        return names(country, "XX", {"suicide"}, now).size() == 5;
    };
    CHECK(shows("confidence", "medium"));
    CHECK_FALSE(shows("confidence", "low"));
    for (const char* status : {"draft", "suspended", "closed"}) CHECK_FALSE(shows("status", status));
    CHECK(shows("last_verified", "2026-05-29"));        // 179.5 days ago
    CHECK_FALSE(shows("last_verified", "2026-05-28"));  // 180.5 days ago
    CHECK_FALSE(shows("last_verified", "2026-11-25"));  // not yet

    json country = made_up();
    country["emergency"][0]["last_verified"] = "2026-01-01";
    CHECK(names(country, "XX", {"ipv"})[0] == kFallback[0]);
}

TEST_CASE("a fault in a file is told with its country and place", "[engine][help]") {
    const auto fault_of = [](const json& country) -> std::string {
        try {
            (void)help_directory_from_json({country});
            return "none";
        } catch (const std::invalid_argument& e) {
            return e.what();
        }
    };
    REQUIRE(fault_of(made_up()) == "none");
    json country = made_up();
    country["services"][1]["topics"] = {"gloom"};
    CHECK(fault_of(country) == "help lines: XX, services[1]: topic \"gloom\" is not known");
    country = made_up();
    country["services"][0]["last_verified"] = "yesterday";
    CHECK(fault_of(country) == "help lines: XX, services[0]: last_verified must be a date like 2026-11-24, or null");
    country["services"][0]["last_verified"] = "2026-02-30";
    CHECK(fault_of(country) == "help lines: XX, services[0]: last_verified must be a date like 2026-11-24, or null");
    country["services"][0]["last_verified"] = nullptr;
    CHECK(fault_of(country) == "help lines: XX, services[0]: is active, so last_verified must say when it was checked");
    country = made_up();
    country["services"][0]["channels"][0]["type"] = "pigeon";
    CHECK(fault_of(country) == "help lines: XX, services[0], channels[0]: type \"pigeon\" is not known");
    country = made_up();
    country["emergency"][0].erase("tel");
    CHECK(fault_of(country) == "help lines: XX, emergency[0]: tel is missing");
    CHECK(fault_of(json::object()) == "help lines: a country: country is missing");
    CHECK(fault_of(json::array()) == "help lines: a country: must be an object");
}

}  // namespace test_help
