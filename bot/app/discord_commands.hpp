#pragma once
/// \file `reweave discord …`: the operator's commands for the bot on Discord. Each returns the program's exit code: 0
/// well, 1 something was found or failed. What cannot be done is a std::runtime_error with one sentence.

#include <functional>
#include <iosfwd>

#include "bot/app/config.hpp"

namespace reweave::app {

struct DiscordLoginOptions {
    bool replace = false;  ///< although the bot has been another application until now
};
/// Takes a token (of the environment, or of standard input), asks Discord whose it is, stores that for `serve`, and
/// shows how the bot is invited.
int discord_login(const Config& config, const DiscordLoginOptions& options, std::ostream& out);

/// Says what is wrong with the bot on Discord, and how to mend it. Changes nothing. `load` reads the settings; what it
/// throws is the first finding.
int discord_doctor(const std::function<Config()>& load, bool as_json, std::ostream& out);

struct DiscordCommandsOptions {
    bool do_register = false;
    bool json = false;
};
/// Shows the commands that people find when they type a slash, and what differs from ours; or registers ours.
int discord_commands(const Config& config, const DiscordCommandsOptions& options, std::ostream& out);

}  // namespace reweave::app
