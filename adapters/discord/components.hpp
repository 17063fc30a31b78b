#pragma once
/// \file How a question is answered by pressing. Pure, from any thread.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "adapters/discord/interaction.hpp"
#include "bot/dialog/render.hpp"

namespace reweave::discord {

/// The rows below a message that asks `ask`, at most five, as Discord takes them.
[[nodiscard]] nlohmann::json components_for(const dialog::RenderedQuestion& ask,
                                            const std::string& ask_id,
                                            std::string_view language);

/// The id of the choice that such a button stands for.
[[nodiscard]] std::string pick_of(const Mark& mark);

/// Whether they show every label to its end.
[[nodiscard]] bool shows_labels(const dialog::RenderedQuestion& ask);

}  // namespace reweave::discord
