#include "adapters/discord/close_codes.hpp"

#include <array>

namespace reweave::discord {
namespace {

struct Privileged {
    int bit;
    const char* name;  ///< as in the developer portal
};
constexpr std::array<Privileged, 3> kPrivileged{
    {{1 << 1, "Server Members Intent"}, {1 << 8, "Presence Intent"}, {1 << 15, "Message Content Intent"}}};

std::string privileged_of(int intents) {
    std::string names;
    for (const auto& [bit, name] : kPrivileged) {
        if ((intents & bit) == 0) continue;
        if (!names.empty()) names += " and ";
        names += name;
    }
    return names.empty() ? "an intent" : "the " + names;
}

}  // namespace

After after_close(int code) {
    switch (code) {
        case 4004:  // authentication failed
        case 4010:  // invalid shard
        case 4011:  // sharding required
        case 4012:  // invalid API version
        case 4013:  // invalid intents
        case 4014:  // disallowed intents
            return After::never;
        case 4003:  // not authenticated
        case 4006:  // session is no longer valid: not documented, but seen
        case 4007:  // invalid seq
        case 4009:  // session timed out
            return After::new_session;
        default:
            return After::resume;
    }
}

std::string refusal_sentence(int code, int intents) {
    switch (code) {
        case 4004:
            return "Discord does not know the bot's token; copy it anew from the developer portal (your application, "
                   "Bot, "
                   "Reset Token)";
        case 4010:
        case 4011:
            return "the bot is in more servers than one connection to Discord may serve, and this program has only "
                   "one; "
                   "take it out of some";
        case 4014:
            return "Discord does not allow the bot " + privileged_of(intents) +
                   "; tick it in the developer portal (your application, Bot, Privileged Gateway Intents), or set the "
                   "bot "
                   "up without it";
        default:
            return "Discord does not take what this version of the program says (close code " + std::to_string(code) +
                   "); install a newer one";
    }
}

}  // namespace reweave::discord
