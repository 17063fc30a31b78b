#include "adapters/discord/written.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/common/codes.hpp"
#include "adapters/common/fields.hpp"
#include "adapters/common/safe_text.hpp"

namespace reweave::discord {
namespace {

using engine::Inbound;
using nlohmann::json;

/// Where servers are, people have to turn to us: by naming us, or by a reply that rings us. Only then Discord tells us
/// the words.
bool turns_to(const json& data, const std::string& us) {
    const json named = list_at(data, "mentions");
    const bool mentioned =
        std::any_of(named.begin(), named.end(), [&](const json& user) { return text_at(user, "id") == us; });
    const json answered = object_at(object_at(data, "referenced_message"), "author");
    return mentioned || text_at(answered, "id") == us;
}

/// What is left of a text when our name is taken out.
std::string without_name(std::string text, const std::string& us) {
    for (const std::string& name : {"<@" + us + ">", "<@!" + us + ">"}) {
        for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name))
            text.erase(at, name.size());
    }
    const std::size_t first = text.find_first_not_of(" \n\t,:");
    return first == std::string::npos ? std::string() : text.substr(first);
}

bool is_persons(const json& data, const std::string& us) {
    const json author = object_at(data, "author");
    const std::string id = text_at(author, "id");
    return !id.empty() && id != us && !flag_at(author, "bot") && text_at(data, "webhook_id").empty();
}

/// Discord: Message Types. All but what people write themselves, and replies to it, are notices.
bool is_written(const json& data) {
    constexpr int kDefault = 0, kReply = 19;
    const std::int64_t type = number_at(data, "type", kDefault);
    return type == kDefault || type == kReply;
}

}  // namespace

std::optional<Written> written_from(const json& data, const Places& places, const std::string& us) {
    if (!is_persons(data, us) || !is_written(data)) return std::nullopt;
    Written written;
    written.channel = text_at(data, "channel_id");
    written.direct = text_at(data, "guild_id").empty();
    const engine::ConversationId talk = places.talk_in(written.channel);
    written.talk = static_cast<bool>(talk);
    // In a talk, words without our name come only if the operator asked Discord for them.
    if (!written.direct && !written.talk && !turns_to(data, us)) return std::nullopt;
    Inbound& inbound = written.inbound;
    inbound.handle = text_at(object_at(data, "author"), "id");
    inbound.key = text_at(data, "id");
    inbound.stands = true;
    inbound.text = without_name(text::safe_text(text_at(data, "content")), us);
    if (inbound.key.empty() || written.channel.empty()) return std::nullopt;
    if (inbound.text.empty()) {
        inbound.kind = Inbound::Kind::unreadable;
        if (!written.direct) return std::nullopt;
    } else if (written.direct) {
        if (std::string code = text::code_in(inbound.text); !code.empty()) {
            inbound.kind = Inbound::Kind::code;
            inbound.text = std::move(code);
        }
    } else if (written.talk) {
        inbound.room = talk;
        inbound.seen = true;
    }
    return written;
}

std::optional<Written> edited_from(const json& data, const Places& places, const std::string& us) {
    const std::string edited = text_at(data, "edited_timestamp");
    if (edited.empty()) return std::nullopt;
    auto written = written_from(data, places, us);
    if (!written || written->inbound.kind == Inbound::Kind::unreadable) return std::nullopt;
    Inbound& inbound = written->inbound;
    inbound.kind = Inbound::Kind::edited;
    inbound.target = inbound.key;
    inbound.key += ":" + edited;
    return written;
}

Inbound withdrawn(const std::string& message) {
    Inbound inbound;
    inbound.kind = Inbound::Kind::withdrawn;
    inbound.target = message;
    inbound.key = message + ":deleted";
    return inbound;
}

}  // namespace reweave::discord
