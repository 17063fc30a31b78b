#pragma once
/// \file Everything kept about a person, as that person may read it.

#include <string>

#include "bot/engine/turn.hpp"

namespace reweave::engine {

/// JSON: {"person":{…},"devices":[…],"conversations":[…],"messages":[{"at","you","bot":[…]}…]}, oldest message first.
/// The words are in it, so it belongs to that person alone.
[[nodiscard]] std::string export_person(Workshop workshop, Session& session, TimePoint now);

}  // namespace reweave::engine
