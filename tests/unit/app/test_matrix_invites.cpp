#include <nlohmann/json.hpp>

#include "bot/app/matrix_invites.hpp"
#include "tests/support/catch.hpp"

namespace test_matrix_invites {

using namespace reweave;
using namespace reweave::app;
using nlohmann::json;

TEST_CASE("Invitations are switched off under the name that the homeserver knows", "[matrix][app]") {
    const InviteBlock stable = invite_block({{"versions", {"v1.1", "v1.18"}}});
    CHECK(stable.type == "m.invite_permission_config");
    CHECK(stable.known);
    CHECK(invite_block({{"versions", {"v1.12"}}, {"unstable_features", {{"org.matrix.msc4380.stable", true}}}}).known);
    const InviteBlock older =
        invite_block({{"versions", {"v1.12"}}, {"unstable_features", {{"org.matrix.msc4380", true}}}});
    CHECK(older.type == "org.matrix.msc4380.invite_permission_config");
    CHECK(older.known);
    CHECK_FALSE(invite_block({{"versions", {"v1.9", "r0.6.1"}}}).known);
    CHECK_FALSE(invite_block(json("nonsense")).known);
}

TEST_CASE("What waits is judged as the bot will judge it, whatever the homeserver sends", "[matrix][app]") {
    const auto invite = [](const std::string& from, bool encrypted) {
        json events = json::array({{{"type", "m.room.member"}, {"state_key", "@bot:a.test"}, {"sender", from}}});
        if (encrypted) events.push_back({{"type", "m.room.encryption"}, {"state_key", ""}});
        return json{{"invite_state", {{"events", events}}}};
    };
    matrix::InvitePolicy policy;
    policy.from = matrix::InvitePolicy::From::same_server;
    const json sync = {{"rooms",
                        {{"invite",
                          {{"!1:a.test", invite("@ana:a.test", false)},
                           {"!2:a.test", invite("@ben:b.test", false)},
                           {"!3:a.test", invite("@ana:a.test", true)},
                           {"!4:a.test", {{"invite_state", 7}}}}}}}};
    const auto pending = pending_invites(sync, policy, "@bot:a.test", false);
    REQUIRE(pending.size() == 4);
    CHECK(pending[0].accepted);
    CHECK_FALSE(pending[1].accepted);
    CHECK(pending[1].user == "@ben:b.test");
    CHECK(pending[2].encrypted);
    CHECK_FALSE(pending[2].accepted);
    CHECK_FALSE(pending[3].accepted);
    CHECK(pending_invites(json::array(), policy, "@bot:a.test", false).empty());
}

}  // namespace test_matrix_invites
