#pragma once
/// \file What it means that Discord's gateway has closed a connection. Pure.

#include <string>

namespace reweave::discord {

enum class After {
    resume,       ///< the session goes on
    new_session,  ///< it is over, another one may begin
    never,        ///< the operator must change something first
};

/// \param code of the WebSocket; 0: none, as when a connection breaks
[[nodiscard]] After after_close(int code);

/// For the operator, if after_close() is `never`: what is wrong and what to do.
/// \param intents those that were asked for
[[nodiscard]] std::string refusal_sentence(int code, int intents);

}  // namespace reweave::discord
