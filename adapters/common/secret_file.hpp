#pragma once
/// \file A small file with secrets that only its owner may read: who the bot is on a channel.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>

namespace reweave {

/// What is wrong with such a file, after its name.
[[nodiscard]] std::runtime_error bad_secret_file(const std::filesystem::path& file, const std::string& what);

/// The JSON object in it; null if there is no such file. \param service "Matrix", for sentences
/// \throws std::runtime_error with a sentence if it cannot be read or understood, or if others may read it.
[[nodiscard]] nlohmann::json read_secret_file(const std::filesystem::path& file, const std::string& service);

/// Whole or not at all, durably, for its owner only. \throws std::runtime_error with a sentence.
void write_secret_file(const std::filesystem::path& file, const nlohmann::json& object);

}  // namespace reweave
