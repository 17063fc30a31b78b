#include "adapters/common/fields.hpp"

#include <nlohmann/json.hpp>

namespace reweave {

nlohmann::json parsed(std::string_view text) {
    constexpr int kDepth = 64;
    const nlohmann::json::parser_callback_t shallow = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
        return depth < kDepth;
    };
    return nlohmann::json::parse(text, shallow, false);
}

const nlohmann::json* member(const nlohmann::json& all, const char* key) {
    if (!all.is_object()) return nullptr;
    const auto found = all.find(key);
    return found == all.end() ? nullptr : &*found;
}

std::string text_at(const nlohmann::json& all, const char* key) {
    const nlohmann::json* found = member(all, key);
    return found && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_at(const nlohmann::json& all, const char* key, std::int64_t otherwise) {
    const nlohmann::json* found = member(all, key);
    return found && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
}

bool flag_at(const nlohmann::json& all, const char* key, bool otherwise) {
    const nlohmann::json* found = member(all, key);
    return found && found->is_boolean() ? found->get<bool>() : otherwise;
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
