#include <nlohmann/json.hpp>

#include "adapters/discord/permissions.hpp"
#include "tests/support/catch.hpp"

namespace test_permissions {

using namespace reweave::discord;
using nlohmann::json;

namespace {

constexpr std::uint64_t kView = 1 << 10, kSend = 1 << 11, kAdministrator = 1 << 3;

json role(const char* id, std::uint64_t permissions) {
    return {{"id", id}, {"permissions", std::to_string(permissions)}};
}

json overwrite(const char* id, std::uint64_t allow, std::uint64_t deny) {
    return {{"id", id}, {"allow", std::to_string(allow)}, {"deny", std::to_string(deny)}};
}

json guild(json roles) {
    return {{"id", "1"}, {"owner_id", "9"}, {"roles", std::move(roles)}};
}

json channel(json overwrites) {
    return {{"id", "5"}, {"permission_overwrites", std::move(overwrites)}};
}

const json kUs = {{"user", {{"id", "7"}}}, {"roles", json::array({"2"})}};

}  // namespace

TEST_CASE("the bot may what everyone and its own roles may, and nothing of other roles", "[discord][permissions]") {
    const json roles = json::array({role("1", kView), role("2", kSend), role("3", 1 << 16)});
    CHECK(permissions_in(guild(roles), kUs, channel(json::array())) == (kView | kSend));
}

TEST_CASE("a channel overrules the server: everyone, then roles, then the bot itself", "[discord][permissions]") {
    const json server = guild(json::array({role("1", kView | kSend), role("2", 0)}));
    const json closed = overwrite("1", 0, kView | kSend);
    CHECK(permissions_in(server, kUs, channel(json::array({closed}))) == 0);
    CHECK(permissions_in(server, kUs, channel(json::array({overwrite("2", kView, 0), closed}))) == kView);
    CHECK(permissions_in(server, kUs, channel(json::array({overwrite("7", kSend, kView), overwrite("2", kView, 0)}))) ==
          kSend);
    CHECK(permissions_in(server, kUs, channel(json::array({overwrite("3", 0, kView)}))) == (kView | kSend));
}

TEST_CASE("an administrator and the owner may all, whatever a channel says", "[discord][permissions]") {
    const json closed = channel(json::array({overwrite("1", 0, kView)}));
    CHECK((permissions_in(guild(json::array({role("2", kAdministrator)})), kUs, closed) & kView) != 0);
    json owned = guild(json::array());
    owned["owner_id"] = "7";
    CHECK((permissions_in(owned, kUs, closed) & kView) != 0);
}

TEST_CASE("what cannot be read gives no permission", "[discord][permissions]") {
    CHECK(permissions_in(nullptr, nullptr, nullptr) == 0);
    CHECK(permissions_in(guild({{"odd", 1}}), json::array(), channel(nullptr)) == 0);
}

}  // namespace test_permissions
