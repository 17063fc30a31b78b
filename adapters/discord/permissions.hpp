#pragma once
/// \file What the bot may do in a channel of a server. Pure. (Discord: Permissions, read 2026-11)

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>

namespace reweave::discord {

struct Permission {
    const char* name;  ///< as Discord's settings show it
    std::uint64_t bit;
};

/// All that the bot asks for when it is invited.
inline constexpr std::array<Permission, 5> kNeeded = {{{"View Channels", 1ULL << 10},
                                                       {"Send Messages", 1ULL << 11},
                                                       {"Read Message History", 1ULL << 16},
                                                       {"Create Private Threads", 1ULL << 36},
                                                       {"Send Messages in Threads", 1ULL << 38}}};

/// From what Discord says of the server (with its roles), of the bot as its member, and of the channel.
[[nodiscard]] std::uint64_t permissions_in(const nlohmann::json& guild,
                                           const nlohmann::json& member,
                                           const nlohmann::json& channel);

}  // namespace reweave::discord
