#pragma once
/// \file A session with Discord's gateway: what it takes to go on with it (RESUME) after a lost connection or a restart
/// of the bot. Pure.

#include <cstdint>
#include <string>
#include <string_view>

namespace reweave::discord {

struct Session {
    std::string id;          ///< empty: there is none
    std::string resume_url;  ///< empty: the gateway's usual address
    std::int64_t seq = 0;    ///< of the last event; 0: none yet
};

[[nodiscard]] std::string to_text(const Session& session);
/// No session if `text` is not one.
[[nodiscard]] Session session_from_text(std::string_view text);

}  // namespace reweave::discord
