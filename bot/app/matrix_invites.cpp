#include "bot/app/matrix_invites.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/matrix/api.hpp"

namespace reweave::app {
namespace {

using nlohmann::json;

const json& at(const json& all, const char* key) {
    static const json kNothing;
    if (!all.is_object()) return kNothing;
    const auto found = all.find(key);
    return found == all.end() ? kNothing : *found;
}

std::string text(const json& all, const char* key) {
    const json& value = at(all, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

/// "v1.18" or later.
bool is_stable_since(const json& version) {
    if (!version.is_string()) return false;
    const auto& name = version.get_ref<const std::string&>();
    return name.starts_with("v1.") && std::atoi(name.c_str() + 3) >= 18;
}

}  // namespace

InviteBlock invite_block(const json& versions) {
    const json& features = at(versions, "unstable_features");
    const json& numbers = at(versions, "versions");
    const bool stable = at(features, "org.matrix.msc4380.stable") == json(true) ||
                        (numbers.is_array() && std::any_of(numbers.begin(), numbers.end(), is_stable_since));
    if (!stable && at(features, "org.matrix.msc4380") == json(true))
        return {"org.matrix.msc4380.invite_permission_config", true};
    return {"m.invite_permission_config", stable};
}

std::string invites_sync_path() {
    constexpr std::string_view kFilter =
        R"({"presence":{"types":[]},"account_data":{"types":[]},"room":{"account_data":{"types":[]},)"
        R"("ephemeral":{"types":[]},"timeline":{"limit":1,"types":[]},"state":{"types":[]}}})";
    return "/client/v3/sync?set_presence=offline&timeout=0&filter=" + matrix::escaped(kFilter);
}

std::vector<PendingInvite> pending_invites(const json& sync,
                                           const matrix::InvitePolicy& policy,
                                           const std::string& us,
                                           bool reads_encrypted) {
    std::vector<PendingInvite> all;
    const json& invites = at(at(sync, "rooms"), "invite");
    if (!invites.is_object()) return all;
    for (const auto& [id, room] : invites.items()) {
        PendingInvite invite;
        invite.room = id;
        const json& events = at(at(room, "invite_state"), "events");
        for (const json& event : events.is_array() ? events : json::array()) {
            if (text(event, "type") == "m.room.encryption") invite.encrypted = true;
            if (text(event, "type") == "m.room.member" && text(event, "state_key") == us)
                invite.user = text(event, "sender");
        }
        if (invite.user.empty() || !policy.accepts(invite.user, us)) {
            invite.why = "not among those whom matrix.invites allows";
        } else if (invite.encrypted && !reads_encrypted) {
            invite.why = "the bot cannot read encrypted rooms";
        } else {
            invite.accepted = true;
            invite.why = "matrix.invites allows it";
        }
        all.push_back(std::move(invite));
    }
    return all;
}

}  // namespace reweave::app
