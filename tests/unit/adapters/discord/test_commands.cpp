#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/discord/commands.hpp"
#include "tests/support/catch.hpp"

namespace test_commands {

using namespace reweave::discord;
using nlohmann::json;

namespace {

json& named(json& list, const char* name) {
    return *std::find_if(list.begin(), list.end(), [&](const json& one) { return one["name"] == name; });
}

/// As Discord gives them back: with fields of its own, without what is false or empty, sets in another order.
json listed() {
    json all = json::parse(commands());
    for (json& one : all) {
        one["id"] = "1";
        one["version"] = "2";
        std::reverse(one["contexts"].begin(), one["contexts"].end());
        json options = one.value("options", json::array());
        for (json& option : options) {
            if (option.value("required", true) == false) option.erase("required");
        }
        one.erase("options");
        if (!options.empty()) one["options"] = std::move(options);
    }
    std::reverse(all.begin(), all.end());
    return all;
}

}  // namespace

TEST_CASE("commands that Discord gives back in its own way are ours all the same", "[discord][commands]") {
    CHECK(drift(listed()).empty());
}

TEST_CASE("a command that is missing, changed or not ours is named", "[discord][commands]") {
    json changed = listed();
    named(changed, "help")["description_localizations"].erase("es-419");
    named(changed, "delete")["contexts"] = json::array({0});
    named(changed, "repair")["description"] = "Something else";
    named(changed, "stop")["name"] = "halt";
    CHECK(drift(changed) == std::vector<std::string>{"/repair has another description",
                                                     "/stop is not registered",
                                                     "/delete has another contexts",
                                                     "/help has another description_localizations",
                                                     "/halt is registered, and not ours"});
    CHECK(drift(json::array()).size() == json::parse(commands()).size());
    CHECK(drift(nullptr).size() == json::parse(commands()).size());
}

}  // namespace test_commands
