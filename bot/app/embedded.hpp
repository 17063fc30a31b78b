#pragma once
/// \file The files that the binary carries: scripts, data and pages. Written by cmake/embed.cmake.

#include <span>
#include <string_view>

namespace reweave::app {

struct EmbeddedFile {
    std::string_view path;   ///< "dialogs/own-part.script", "data/migrations/0001.sql", "pages/index.html"
    std::string_view bytes;  ///< lives as long as the program; a zero byte follows it
};

/// Sorted by path.
[[nodiscard]] std::span<const EmbeddedFile> embedded_files();

}  // namespace reweave::app
