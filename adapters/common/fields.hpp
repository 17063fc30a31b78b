#pragma once
/// \file Fields of JSON that somebody else wrote. Pure; nothing is thrown.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace reweave {

/// JSON, no deeper than is good for the stack; one that is_discarded() if it is none.
[[nodiscard]] nlohmann::json parsed(std::string_view text);

/// Null if there is no such field, or `all` is no object.
[[nodiscard]] const nlohmann::json* member(const nlohmann::json& all, const char* key);

/// Empty if there is no such field, or it is no text.
[[nodiscard]] std::string text_at(const nlohmann::json& all, const char* key);

/// `otherwise` if there is no such field, or it is no whole number.
[[nodiscard]] std::int64_t number_at(const nlohmann::json& all, const char* key, std::int64_t otherwise = 0);

/// `otherwise` if there is no such field, or it is neither true nor false.
[[nodiscard]] bool flag_at(const nlohmann::json& all, const char* key, bool otherwise = false);

/// Empty if there is no such field, or it is something else.
[[nodiscard]] nlohmann::json list_at(const nlohmann::json& all, const char* key);
[[nodiscard]] nlohmann::json object_at(const nlohmann::json& all, const char* key);

}  // namespace reweave
