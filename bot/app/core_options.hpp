#pragma once
/// \file What the engine is told by the settings and the content in force.

#include "bot/app/config.hpp"
#include "bot/app/content.hpp"
#include "bot/app/random.hpp"
#include "bot/engine/core.hpp"

namespace reweave::app {

[[nodiscard]] inline engine::CoreOptions core_options(const Content& content, const Config& config) {
    engine::CoreOptions options;
    options.packs = content.packs;
    options.help = content.help;
    options.human_contact = config.human_contact;
    options.together = config.together;
    options.unscreened = content.unscreened;
    options.random = secure_random;
    options.keep = std::chrono::days(config.retention.chats_days);
    options.keep_on["discord"] = std::chrono::days(config.discord.keep_days);
    return options;
}

}  // namespace reweave::app
