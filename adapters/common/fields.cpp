#include "adapters/common/fields.hpp"

#include <nlohmann/json.hpp>

namespace reweave {

const nlohmann::json* member(const nlohmann::json& all, const char* key) {
    if (!all.is_object()) return nullptr;
    const auto found = all.find(key);
    return found == all.end() ? nullptr : &*found;
}

std::string text_at(const nlohmann::json& all, const char* key) {
    const nlohmann::json* found = member(all, key);
    return found && found->is_string() ? found->get<std::string>() : std::string();
}

nlohmann::json list_at(const nlohmann::json& all, const char* key) {
    const nlohmann::json* found = member(all, key);
    return found && found->is_array() ? *found : nlohmann::json::array();
}

nlohmann::json object_at(const nlohmann::json& all, const char* key) {
    const nlohmann::json* found = member(all, key);
    return found && found->is_object() ? *found : nlohmann::json::object();
}

}  // namespace reweave
