#pragma once
/// \file What people write in Discord's channels, as the gateway tells it: only what is meant for the bot. Pure.

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "adapters/discord/places.hpp"

namespace reweave::discord {

/// Something written, edited or deleted that the bot is to hear.
struct Written {
    engine::Inbound inbound;  ///< its findings are not filled in
    std::string channel;
    bool direct = false;  ///< in a direct chat with the bot
    bool talk = false;    ///< in the place of a talk
};

/// Of MESSAGE_CREATE. Nothing if it is not for us: by a bot, or in a channel where nobody has turned to us.
[[nodiscard]] std::optional<Written> written_from(const nlohmann::json& data,
                                                  const Places& places,
                                                  const std::string& us);

/// Of MESSAGE_UPDATE. Nothing if the words are the same, or are not told.
[[nodiscard]] std::optional<Written> edited_from(const nlohmann::json& data,
                                                 const Places& places,
                                                 const std::string& us);

/// Of a deleted message. Whoever wrote it took it back.
[[nodiscard]] engine::Inbound withdrawn(const std::string& message);

}  // namespace reweave::discord
