#include "tests/support/fake_discord_people.hpp"

#include <stdexcept>

namespace reweave::test::fake {
namespace {

/// As the gateway has it; what it is comes with `add` fields.
std::string interact(World& world, Interaction made, json data, const json& add = json::object()) {
    ++world.acts;
    const Channel& channel = world.place(made.channel);
    if (!world.sees(made.user, channel)) throw std::logic_error("this user does not see that channel");
    made.id = world.new_id();
    made.token = "interaction-token-" + made.id;
    made.at = MonotonicClock::now();
    const bool in_guild = !channel.guild.empty();
    const bool of_guild = in_guild && world.guilds.at(channel.guild).with_bot;
    made.by_user_install = channel.type == kGroupDm || (in_guild && !of_guild);
    const std::uint64_t may = world.allowed(channel);
    made.forced_private =
        made.by_user_install && in_guild && !(may & static_cast<std::uint64_t>(Permission::kUseExternalApps));
    json all = {{"id", made.id},
                {"application_id", world.bot},
                {"type", made.type},
                {"token", made.token},
                {"version", 1},
                {"channel_id", made.channel}};
    all["data"] = std::move(data);
    all["channel"] = world.channel_json(channel);
    all["app_permissions"] = std::to_string(may);
    all["locale"] = "en-US";
    all["entitlements"] = json::array();
    all["attachment_size_limit"] = 10'485'760;
    all["context"] = in_guild ? 0 : channel.type == kDm ? 1 : 2;
    json& owners = all["authorizing_integration_owners"];
    owners = json::object();
    if (made.by_user_install)
        owners["1"] = made.user;
    else
        owners["0"] = in_guild ? channel.guild : "0";
    if (in_guild) {
        all["guild_id"] = channel.guild;
        all["guild"] = {{"id", channel.guild}, {"locale", "en-US"}, {"features", json::array()}};
        all["guild_locale"] = "en-US";
        all["member"] = world.member_json(made.user);
        all["member"]["permissions"] = std::to_string(may);
        all["channel"]["permissions"] = std::to_string(may);
    } else {
        all["user"] = world.user(made.user);
    }
    all.update(add);
    const std::string id = made.id;
    world.interactions[id] = std::move(made);
    world.emit("INTERACTION_CREATE", all, 0);
    return id;
}

json resolved(const World& world, const std::string& user, bool in_guild) {
    json all = {{"users", {{user, world.user(user)}}}};
    if (in_guild) {
        all["members"][user] = world.member_json(user);
        all["members"][user].erase("user");
        all["members"][user]["permissions"] = "0";
    }
    return all;
}

int type_of_value(const json& value) {
    if (value.is_boolean()) return 5;
    if (value.is_number_integer()) return 4;
    return value.is_number() ? 10 : 3;
}

const json* registered(const World& world, const Channel& channel, const std::string& name) {
    for (const std::string& scope : {channel.guild, std::string()}) {
        const auto list = world.commands.find(scope);
        if (list == world.commands.end()) continue;
        for (const json& command : list->second)
            if (command["name"] == name && command["type"] == 1) return &command;
    }
    return nullptr;
}

/// {name: value} as a list, with the types that the command was registered with.
json listed(const json& options, const json* command) {
    json all = json::array();
    for (const auto& option : options.items()) {
        int type = type_of_value(option.value());
        if (command)
            for (const json& known : command->value("options", json::array()))
                if (known["name"] == option.key()) type = known["type"].get<int>();
        all.push_back({{"name", option.key()}, {"type", type}, {"value", option.value()}});
    }
    return all;
}

const json* part(const json& components, const std::string& custom_id) {
    const json* found = nullptr;
    each_component(components, [&](const json& one) {
        if (one.value("custom_id", "") == custom_id) found = &one;
    });
    return found;
}

/// A field of a modal, as it is submitted.
json filled_in(const json& field, const json& values) {
    const int type = field["type"].get<int>();
    const std::string id = field.value("custom_id", "");
    json all = {{"type", type}, {"id", field["id"]}, {"custom_id", id}};
    const bool given = values.contains(id);
    if (field.value("required", true) && !given && type != 23)
        throw std::logic_error("the modal wants an answer to " + id);
    if (type == 4) {
        all["value"] = given ? values[id].get<std::string>() : field.value("value", "");
        const std::size_t size = characters(all["value"].get<std::string>());
        if (size > field.value("max_length", 4000U) || (size > 0 && size < field.value("min_length", 0U)))
            throw std::logic_error("the modal does not take a text so long for " + id);
    } else if (type == 21) {
        all["value"] = given ? values[id] : json(nullptr);
    } else if (type == 23) {
        all["value"] = given && values[id].get<bool>();
    } else {
        all["values"] = given ? values[id] : json::array();
        if (!all["values"].is_array()) throw std::logic_error("the modal wants a list for " + id);
    }
    return all;
}

}  // namespace

std::string write(World& world,
                  const std::string& in,
                  const std::string& user,
                  const std::string& text,
                  const FakeDiscord::Writing& how) {
    ++world.acts;
    Channel& channel = world.place(in);
    if (!world.sees(user, channel)) throw std::logic_error("this user does not see that channel");
    if (channel.locked) throw std::logic_error("this thread is locked");
    channel.archived = false;
    if (channel.is_thread()) channel.people.insert(user);
    Message message;
    message.body = world.blank_message(channel, world.user(user), text);
    if (how.mentions_bot) message.body["content"] = "<@" + world.bot + "> " + text;
    message.body["mentions"] = world.mentions(message.body["content"].get<std::string>());
    if (!how.reply_to.empty()) {
        const Message& to = world.messages.at(how.reply_to);
        if (!world.sees(user, to)) throw std::logic_error("this user does not see that message");
        message.body["type"] = 19;
        message.body["message_reference"] = {{"type", 0}, {"channel_id", in}, {"message_id", how.reply_to}};
        if (!channel.guild.empty()) message.body["message_reference"]["guild_id"] = channel.guild;
        message.body["referenced_message"] = to.body;
        // Those to answers of interactions do not open the content to the bot.
        if (how.reply_pings && !to.body.contains("webhook_id")) message.body["mentions"].push_back(to.body["author"]);
    }
    const Message& made = world.add(std::move(message));
    world.tell_message("MESSAGE_CREATE", made);
    return made.body["id"].get<std::string>();
}

void edit(World& world, const std::string& id, const std::string& text) {
    ++world.acts;
    Message& message = world.messages.at(id);
    message.body["content"] = text;
    message.body["edited_timestamp"] = world.timestamp();
    message.body["mentions"] = world.mentions(text);
    world.tell_message("MESSAGE_UPDATE", message);
}

std::string command(
    World& world, const std::string& in, const std::string& user, const std::string& name, const json& options) {
    const Channel& channel = world.place(in);
    const json* known = registered(world, channel, name);
    if (!world.commands.empty() && !known) throw std::logic_error("the bot has not registered /" + name);
    json data = {{"id", known ? (*known)["id"] : json(world.new_id())}, {"name", name}, {"type", 1}};
    const json list = options.is_array() ? options : listed(options, known);
    if (!list.empty()) data["options"] = list;
    for (const json& option : list)
        if (option["type"] == 6) {
            json more = resolved(world, option["value"].get<std::string>(), !channel.guild.empty());
            if (!data.contains("resolved")) data["resolved"] = json::object();
            data["resolved"].merge_patch(more);
        }
    Interaction made;
    made.type = 2;
    made.channel = in;
    made.user = user;
    return interact(world, std::move(made), std::move(data));
}

std::string use(World& world,
                const std::string& id,
                const std::string& custom_id,
                const std::vector<std::string>* values,
                const std::string& user) {
    const Message& message = world.messages.at(id);
    if (!world.sees(user, message)) throw std::logic_error("this user does not see that message");
    const json* one = part(message.body["components"], custom_id);
    if (!one || one->value("disabled", false)) throw std::logic_error("there is no " + custom_id + " to use");
    const int type = (*one)["type"].get<int>();
    if ((type == 2) != (values == nullptr)) throw std::logic_error(custom_id + " is of another kind");
    json data = {{"id", (*one)["id"]}, {"custom_id", custom_id}, {"component_type", type}};
    Interaction made;
    made.type = 3;
    made.channel = message.body["channel_id"].get<std::string>();
    made.user = user;
    made.source = id;
    if (values) {
        data["values"] = *values;
        const auto count = static_cast<int>(values->size());
        if (count < one->value("min_values", 1) || count > one->value("max_values", 1))
            throw std::logic_error(custom_id + " does not take so many values");
        for (const std::string& value : *values) {
            if (type == 5) data["resolved"] = resolved(world, value, !world.place(made.channel).guild.empty());
            bool there = type != 3;
            if (type == 3)
                for (const json& option : (*one)["options"]) there = there || option["value"] == value;
            if (!there) throw std::logic_error(custom_id + " has no value " + value);
        }
    }
    return interact(world, std::move(made), std::move(data), {{"message", message.body}});
}

std::string submit(World& world, const std::string& id, const json& values) {
    const Interaction& shown = world.interactions.at(id);
    if (shown.modal.is_null()) throw std::logic_error("this interaction was not answered with a modal");
    json parts = json::array();
    for (const json& part : shown.modal["components"]) {
        json filled = {{"type", part["type"]}, {"id", part["id"]}};
        if (part["type"] == 18) filled["component"] = filled_in(part["component"], values);
        if (part["type"] == 1)
            for (const json& field : part["components"]) filled["components"].push_back(filled_in(field, values));
        parts.push_back(std::move(filled));
    }
    for (const auto& value : values.items())
        if (!part(shown.modal["components"], value.key()))
            throw std::logic_error("the modal has no field " + value.key());
    json data = {{"custom_id", shown.modal["custom_id"]}, {"components", parts}};
    Interaction made;
    made.type = 5;
    made.channel = shown.channel;
    made.user = shown.user;
    made.source = shown.source;
    made.opener = id;
    json add = json::object();
    if (!shown.source.empty()) add["message"] = world.messages.at(shown.source).body;
    return interact(world, std::move(made), std::move(data), add);
}

}  // namespace reweave::test::fake
