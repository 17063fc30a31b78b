#pragma once
/// \file `reweave matrix …`: the operator's commands for the bot on Matrix. Each returns the program's exit code: 0
/// well, 1 something was found or failed. What cannot be done is a std::runtime_error with one sentence.

#include <functional>
#include <iosfwd>
#include <string>

#include "bot/app/config.hpp"

namespace reweave::app {

struct MatrixLoginOptions {
    bool token = false;    ///< an access token comes on standard input
    bool oauth = false;    ///< by consent on a page of the homeserver
    std::string user;      ///< by password. With none of the three the homeserver's offer decides
    bool replace = false;  ///< although another user is logged in
    /// No login, only the identity of its encryption:
    bool recovery_key = false;    ///< its recovery key comes on standard input
    bool reset_identity = false;  ///< a new one; everybody sees that it changed
};
/// Logs the bot in and stores that for `serve`; a running bot picks it up by itself.
int matrix_login(const Config& config, const MatrixLoginOptions& options, std::ostream& out);

struct MatrixNewDeviceOptions {
    bool oauth = false;
    bool sure = false;  ///< without asking
};
/// Logs in as a new device and deletes the old one.
int matrix_new_device(const Config& config, const MatrixNewDeviceOptions& options, std::istream& in, std::ostream& out);

/// Says what is wrong with the bot on Matrix, and how to mend it. Changes nothing. `load` reads the settings; what it
/// throws is the first finding.
int matrix_doctor(const std::function<Config()>& load, bool as_json, std::ostream& out);

/// The rooms that the bot knows.
int matrix_rooms(const Config& config, bool as_json, std::ostream& out);

/// Lets the homeserver itself refuse every invitation, or not any more.
int matrix_switch_invites(const Config& config, bool on, std::ostream& out);
/// Invitations that nobody has answered yet, and what the settings do with them.
int matrix_list_invites(const Config& config, bool as_json, std::ostream& out);

}  // namespace reweave::app
