#pragma once
/// \file The chat page as it is served: the shipped files, with what the operator has set.

#include <string>
#include <vector>

#include "bot/app/config.hpp"
#include "bot/server/http.hpp"

namespace reweave::app {

/// The page's files and the pictures and recordings of the scripts. The bytes live as long as the program.
[[nodiscard]] server::Pages chat_pages(const Config& config);

/// The page's own origin, if a public URL is set, and the others that the operator lets in.
[[nodiscard]] std::vector<std::string> allowed_origins(const Config& config);

/// What to open in a browser.
[[nodiscard]] std::string chat_link(const Config& config, std::uint16_t port);

/// The same for channels that send people there, without a slash at its end.
[[nodiscard]] std::string page_address(const Config& config);

}  // namespace reweave::app
