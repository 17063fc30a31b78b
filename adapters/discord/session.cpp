#include "adapters/discord/session.hpp"

#include <nlohmann/json.hpp>

#include "adapters/common/fields.hpp"

namespace reweave::discord {

std::string to_text(const Session& session) {
    return nlohmann::json{{"id", session.id}, {"resume_url", session.resume_url}, {"seq", session.seq}}.dump();
}

Session session_from_text(std::string_view text) {
    const auto all = nlohmann::json::parse(text, nullptr, false);
    const std::int64_t seq = number_at(all, "seq", -1);
    if (seq < 0) return {};
    return {text_at(all, "id"), text_at(all, "resume_url"), seq};
}

}  // namespace reweave::discord
