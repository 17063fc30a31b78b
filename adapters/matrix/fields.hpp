#pragma once
/// \file Fields of JSON that somebody else wrote. Pure; nothing is thrown.

#include <nlohmann/json.hpp>
#include <string>

namespace reweave::matrix {

/// Null if there is no such field, or `all` is no object.
[[nodiscard]] inline const nlohmann::json* member(const nlohmann::json& all, const char* key) {
    if (!all.is_object()) return nullptr;
    const auto found = all.find(key);
    return found == all.end() ? nullptr : &*found;
}

/// Empty if there is no such field, or it is no text.
[[nodiscard]] inline std::string text_at(const nlohmann::json& all, const char* key) {
    const nlohmann::json* found = member(all, key);
    return found && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace reweave::matrix
