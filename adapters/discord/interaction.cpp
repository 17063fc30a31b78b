#include "adapters/discord/interaction.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/common/fields.hpp"

namespace reweave::discord {
namespace {

using nlohmann::json;

constexpr std::int64_t kCommand = 2, kPress = 3, kForm = 5;
constexpr std::int64_t kServerContext = 0, kDirectContext = 1, kGroupContext = 2;
constexpr std::int64_t kDirectChannel = 1, kGroupChannel = 3;

std::string as_text(const json& value) {
    return value.is_string() ? value.get<std::string>() : value.is_null() ? std::string() : value.dump();
}

Where where_from(const json& data) {
    Where where;
    const json channel = object_at(data, "channel");
    where.channel = text_at(data, "channel_id");
    if (where.channel.empty()) where.channel = text_at(channel, "id");
    where.guild = text_at(data, "guild_id");
    for (const json& one : list_at(channel, "recipients")) where.people.push_back(text_at(one, "id"));
    const std::int64_t type = number_at(channel, "type", -1);
    const std::int64_t context = number_at(data, "context", -1);
    constexpr std::int64_t kFirstThread = 10, kLastThread = 12;
    where.in_thread = type >= kFirstThread && type <= kLastThread;
    if (context == kDirectContext || (context < kServerContext && type == kDirectChannel)) {
        where.kind = Where::Kind::direct;
    } else if (context == kGroupContext || (context < kServerContext && type == kGroupChannel)) {
        where.kind = Where::Kind::group;
    }
    const std::string permissions = text_at(data, "app_permissions");
    (void)std::from_chars(permissions.data(), permissions.data() + permissions.size(), where.permissions);
    return where;
}

/// A form's parts are nested: in rows, or each below its label.
void read_fields(const json& components, Interaction& form) {
    if (!components.is_array()) return;
    for (const json& component : components) {
        if (const json* inner = member(component, "components")) read_fields(*inner, form);
        if (const json* inner = member(component, "component")) {
            read_fields(json::array({*inner}), form);
        }
        const std::string id = text_at(component, "custom_id");
        const json* value = member(component, "value");
        if (!id.empty() && value && value->is_string()) form.fields[id] = value->get<std::string>();
        for (const json& chosen : list_at(component, "values")) form.values.push_back(as_text(chosen));
    }
}

/// Only the server's installation is named by its id; a person's by theirs.
bool is_user_installed(const json& data) {
    const json owners = object_at(data, "authorizing_integration_owners");
    return member(owners, "1") != nullptr && member(owners, "0") == nullptr;
}

constexpr std::array<std::pair<std::string_view, Mark::Kind>, 6> kMarks = {{{"pick", Mark::Kind::pick},
                                                                            {"choose", Mark::Kind::choose},
                                                                            {"chosen", Mark::Kind::chosen},
                                                                            {"write", Mark::Kind::write},
                                                                            {"skip", Mark::Kind::skip},
                                                                            {"own", Mark::Kind::own}}};

}  // namespace

std::optional<Interaction> interaction_from(const json& data) {
    Interaction done;
    done.id = text_at(data, "id");
    done.token = text_at(data, "token");
    const json member_of_server = object_at(data, "member");
    done.user = text_at(object_at(data, "user"), "id");
    if (done.user.empty()) done.user = text_at(object_at(member_of_server, "user"), "id");
    if (done.id.empty() || done.token.empty() || done.user.empty()) return std::nullopt;
    done.locale = text_at(data, "locale");
    done.where = where_from(data);
    done.user_installed = is_user_installed(data);
    const json what = object_at(data, "data");
    const json message = object_at(data, "message");
    done.message = text_at(message, "id");
    done.components = list_at(message, "components").dump();
    done.ephemeral = (number_at(message, "flags") & kEphemeral) != 0;
    switch (number_at(data, "type")) {
        case kCommand:
            done.kind = Interaction::Kind::command;
            done.command = text_at(what, "name");
            for (const json& option : list_at(what, "options")) {
                if (const json* value = member(option, "value"))
                    done.options[text_at(option, "name")] = as_text(*value);
            }
            break;
        case kPress:
            done.kind = Interaction::Kind::press;
            done.custom_id = text_at(what, "custom_id");
            for (const json& value : list_at(what, "values")) done.values.push_back(as_text(value));
            break;
        case kForm:
            done.kind = Interaction::Kind::form;
            done.custom_id = text_at(what, "custom_id");
            read_fields(list_at(what, "components"), done);
            break;
        default:
            break;
    }
    return done;
}

std::string to_text(const Mark& mark) {
    for (const auto& [name, kind] : kMarks) {
        if (kind != mark.kind) continue;
        std::string text = std::string(name) + ":" + mark.ask;
        if (!mark.rest.empty()) text += ":" + mark.rest;
        return text;
    }
    return {};
}

Mark mark_from_text(std::string_view text) {
    Mark mark;
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return mark;
    for (const auto& [name, kind] : kMarks) {
        if (text.substr(0, colon) == name) mark.kind = kind;
    }
    text.remove_prefix(colon + 1);
    const std::size_t next = text.find(':');
    mark.ask = text.substr(0, next);
    if (next != std::string_view::npos) mark.rest = text.substr(next + 1);
    return mark;
}

}  // namespace reweave::discord
