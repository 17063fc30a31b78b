#include "adapters/discord/permissions.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string>

#include "adapters/common/fields.hpp"

namespace reweave::discord {
namespace {

using nlohmann::json;

constexpr std::uint64_t kAdministrator = 1ULL << 3;

std::uint64_t bits_at(const json& all, const char* key) {
    const std::string digits = text_at(all, key);
    std::uint64_t bits = 0;
    (void)std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    return bits;
}

}  // namespace

std::uint64_t permissions_in(const json& guild, const json& member, const json& channel) {
    const std::string everyone = text_at(guild, "id"), us = text_at(object_at(member, "user"), "id");
    if (!us.empty() && us == text_at(guild, "owner_id")) return ~std::uint64_t{0};
    const json roles = list_at(member, "roles");
    const auto has = [&](const std::string& role) {
        return std::find(roles.begin(), roles.end(), role) != roles.end();
    };

    std::uint64_t may = 0;
    for (const json& role : list_at(guild, "roles")) {
        const std::string id = text_at(role, "id");
        if (id == everyone || has(id)) may |= bits_at(role, "permissions");
    }
    if ((may & kAdministrator) != 0) return ~std::uint64_t{0};

    // What the channel says of everyone is overruled by what it says of our roles, and that by what it says of us.
    const json overwrites = list_at(channel, "permission_overwrites");
    const auto heed = [&](const auto& concerns) {
        std::uint64_t deny = 0, allow = 0;
        for (const json& one : overwrites) {
            if (!concerns(text_at(one, "id"))) continue;
            deny |= bits_at(one, "deny");
            allow |= bits_at(one, "allow");
        }
        may = (may & ~deny) | allow;
    };
    heed([&](const std::string& id) { return id == everyone; });
    heed(has);
    heed([&](const std::string& id) { return id == us; });
    return may;
}

}  // namespace reweave::discord
