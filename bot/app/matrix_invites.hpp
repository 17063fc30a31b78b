#pragma once
/// \file Invitations as the homeserver has them, and the switch with which it refuses all of them. Pure.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "adapters/matrix/rooms.hpp"

namespace reweave::app {

/// The account data that blocks invitations.
struct InviteBlock {
    std::string type;    ///< as this homeserver calls it
    bool known = false;  ///< it says that it heeds it
};
[[nodiscard]] InviteBlock invite_block(const nlohmann::json& versions);

struct PendingInvite {
    std::string room, user;
    bool encrypted = false;
    bool accepted = false;  ///< by the settings
    std::string why;
};
/// The path of a sync that asks for invitations alone, and takes nothing away from the bot's own.
[[nodiscard]] std::string invites_sync_path();
/// \param us our user id
/// \param reads_encrypted as matrix_encrypts
[[nodiscard]] std::vector<PendingInvite> pending_invites(const nlohmann::json& sync,
                                                         const matrix::InvitePolicy& policy,
                                                         const std::string& us,
                                                         bool reads_encrypted);

}  // namespace reweave::app
