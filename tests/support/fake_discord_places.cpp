// Routes about the bot itself, its commands, channels and threads.

#include "tests/support/fake_discord_rest.hpp"

namespace reweave::test::fake {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t bit(Permission what) {
    return static_cast<std::uint64_t>(what);
}

std::string gateway_url(const World& world) {
    return "ws://127.0.0.1:" + std::to_string(world.port) + "/gateway";
}

json application(const World& world) {
    const int flags = world.options.message_content ? 1 << 19 : 0;
    return {{"id", world.bot},
            {"name", "Reweave"},
            {"icon", nullptr},
            {"description", ""},
            {"summary", ""},
            {"bot_public", false},
            {"bot_require_code_grant", false},
            {"type", nullptr},
            {"verify_key", std::string(64, '0')},
            {"flags", flags},
            {"flags_new", std::to_string(flags)},
            {"hook", true},
            {"is_monetized", false},
            {"owner", world.users.at(world.bot)},
            {"team", nullptr},
            {"integration_types_config", {{"0", json::object()}, {"1", json::object()}}},
            {"interactions_endpoint_url", nullptr},
            {"role_connections_verification_url", nullptr},
            {"approximate_guild_count", world.guilds.size()},
            {"approximate_user_install_count", 0},
            {"approximate_user_authorization_count", 0},
            {"explicit_content_filter", 0},
            {"eligible_oauth2_scopes", json::array()},
            {"redirect_uris", json::array()},
            {"rpc_origins", json::array()}};
}

Answer put_commands(World& world, const std::string& guild, const json& list) {
    check_commands(list);
    json made = json::array();
    const json before = world.commands.count(guild) ? world.commands[guild] : json::array();
    for (json command : list) {
        command.emplace("type", 1);
        command["id"] = world.new_id();
        for (const json& old : before)
            if (old["name"] == command["name"] && old["type"] == command["type"]) command["id"] = old["id"];
        command["application_id"] = world.bot;
        command["version"] = world.new_id();
        command.emplace("default_member_permissions", nullptr);
        command.emplace("description", "");
        command.emplace("nsfw", false);
        command.emplace("dm_permission", true);
        command.emplace("integration_types", json::array({0}));
        command.emplace("contexts", nullptr);
        command.emplace("options", json::array());
        if (!guild.empty()) command["guild_id"] = guild;
        made.push_back(std::move(command));
    }
    world.commands[guild] = made;
    return with(made);
}

json commands_of(World& world, const std::string& guild) {
    return world.commands.count(guild) ? world.commands[guild] : json::array();
}

Answer open_channel(World& world, const Asked& asked) {
    const std::string who = asked.body.is_object() ? text_of(asked.body.value("recipient_id", json())) : "";
    if (!world.users.count(who)) throw Refusal{404, 10013, "Unknown User"};
    if (who == world.bot) throw Refusal{400, 50007, "Cannot send messages to this user"};
    return with(world.channel_json(world.dm_with(who)));
}

/// \param message the thread begins there; empty: a thread without one
Answer begin_thread(World& world, const Asked& asked, const std::string& message) {
    Channel& parent = world.reach(asked.parts[0]);
    if (parent.type != kText) throw Refusal{400, 50024, "Cannot execute action on this channel type"};
    const json body = asked.body.is_object() ? asked.body : json::object();
    const std::string name = body.value("name", "");
    if (name.empty() || name.size() > 100) {
        const json errors = {{"name", {{"_errors", json::array({{{"code", "BASE_TYPE_BAD_LENGTH"}}})}}}};
        throw Refusal{400, 50035, "Invalid Form Body", errors};
    }
    const int minutes = body.value("auto_archive_duration", 1440);
    if (minutes != 60 && minutes != 1440 && minutes != 4320 && minutes != 10080) {
        const json errors = {{"auto_archive_duration", {{"_errors", json::array({{{"code", "BASE_TYPE_CHOICES"}}})}}}};
        throw Refusal{400, 50035, "Invalid Form Body", errors};
    }
    Channel thread;
    thread.type = message.empty() ? body.value("type", kPrivateThread) : kPublicThread;
    if (thread.type != kPublicThread && thread.type != kPrivateThread) {
        const json errors = {{"type", {{"_errors", json::array({{{"code", "BASE_TYPE_CHOICES"}}})}}}};
        throw Refusal{400, 50035, "Invalid Form Body", errors};
    }
    if (message.empty() && !body.contains("type")) world.complain("a thread was begun without saying its type");
    (void)world.reach(
        parent.id,
        bit(thread.type == kPrivateThread ? Permission::kCreatePrivateThreads : Permission::kCreatePublicThreads));
    if (!message.empty()) {
        (void)world.find(parent, message);
        if (world.channels.count(message))
            throw Refusal{400, 160004, "A thread has already been created for this message"};
    }
    thread.id = message.empty() ? world.new_id() : message;
    thread.guild = parent.guild;
    thread.parent = parent.id;
    thread.name = name;
    thread.owner = world.bot;
    thread.people = {world.bot};
    thread.invitable = body.value("invitable", true);
    thread.auto_archive = minutes;
    thread.created = world.timestamp();
    const Channel& made = world.channels.emplace(thread.id, thread).first->second;
    json data = world.channel_json(made);
    json event = data;
    event["newly_created"] = true;
    world.emit("THREAD_CREATE", event, kGuilds);
    return with(std::move(data), 201);
}

Answer change_channel(World& world, const Asked& asked) {
    Channel& channel = world.reach(asked.parts[0]);
    const json body = asked.body.is_object() ? asked.body : json::object();
    if (channel.type == kDm) throw Refusal{403, 50003, "Cannot execute action on a DM channel"};
    if (channel.is_thread() && channel.owner != world.bot)
        (void)world.reach(channel.id, bit(Permission::kManageThreads));
    if (channel.archived && body.value("archived", true)) throw Refusal{400, 50083, "Thread is archived"};
    if (body.contains("locked") && body["locked"] != channel.locked)
        (void)world.reach(channel.id, bit(Permission::kManageThreads));
    channel.name = body.value("name", channel.name);
    channel.archived = body.value("archived", channel.archived);
    channel.locked = body.value("locked", channel.locked);
    channel.invitable = body.value("invitable", channel.invitable);
    channel.auto_archive = body.value("auto_archive_duration", channel.auto_archive);
    const json data = world.channel_json(channel);
    world.emit(channel.is_thread() ? "THREAD_UPDATE" : "CHANNEL_UPDATE", data, kGuilds);
    return with(data);
}

Answer change_member(World& world, const Asked& asked, bool in) {
    Channel& thread = world.reach(asked.parts[0]);
    if (!thread.is_thread()) throw Refusal{400, 50024, "Cannot execute action on this channel type"};
    if (thread.archived) throw Refusal{400, 50083, "Thread is archived"};
    const std::string who = asked.parts[1] == "@me" ? world.bot : asked.parts[1];
    if (!world.users.count(who)) throw Refusal{404, 10013, "Unknown User"};
    if (in)
        thread.people.insert(who);
    else
        thread.people.erase(who);
    return with(nullptr, 204);
}

json members_of(World& world, const std::string& id) {
    json all = json::array();
    for (const std::string& who : world.reach(id).people)
        all.push_back({{"id", id}, {"user_id", who}, {"join_timestamp", world.timestamp()}, {"flags", 0}});
    return all;
}

}  // namespace

std::vector<Route> place_routes(World& world) {
    World* w = &world;
    std::vector<Route> routes;
    const auto add = [&](const char* method, const char* pattern, std::function<Answer(const Asked&)> answer) {
        routes.push_back({method, pattern, std::move(answer)});
    };
    add("GET", "/gateway", [w](const Asked&) { return with({{"url", gateway_url(*w)}}); });
    add("GET", "/gateway/bot", [w](const Asked&) { return with(w->gateway_bot()); });
    add("GET", "/users/@me", [w](const Asked&) { return with(w->self_json()); });
    add("GET", "/users/{}", [w](const Asked& a) {
        if (!w->users.count(a.parts[0])) throw Refusal{404, 10013, "Unknown User"};
        return with(w->users[a.parts[0]]);
    });
    add("GET", "/users/@me/guilds", [w](const Asked&) {
        json all = json::array();
        for (const auto& [id, guild] : w->guilds)
            if (guild.with_bot) all.push_back({{"id", id}, {"name", guild.name}});
        return with(all);
    });
    for (const char* path : {"/oauth2/applications/@me", "/applications/@me"})
        add("GET", path, [w](const Asked&) { return with(application(*w)); });
    const auto own = [w](const Asked& a) {
        if (a.parts[0] != w->bot) throw Refusal{403, 20012, "You are not authorized to perform this action"};
    };
    add("PUT", "/applications/{}/commands", [w, own](const Asked& a) {
        own(a);
        return put_commands(*w, "", a.body);
    });
    add("GET", "/applications/{}/commands", [w, own](const Asked& a) {
        own(a);
        return with(commands_of(*w, ""));
    });
    add("PUT", "/applications/{}/guilds/{}/commands", [w, own](const Asked& a) {
        own(a);
        return put_commands(*w, a.parts[1], a.body);
    });
    add("GET", "/applications/{}/guilds/{}/commands", [w, own](const Asked& a) {
        own(a);
        return with(commands_of(*w, a.parts[1]));
    });
    add("POST", "/users/@me/channels", [w](const Asked& a) { return open_channel(*w, a); });
    add("GET", "/channels/{}", [w](const Asked& a) { return with(w->channel_json(w->reach(a.parts[0]))); });
    add("PATCH", "/channels/{}", [w](const Asked& a) { return change_channel(*w, a); });
    add("POST", "/channels/{}/typing", [w](const Asked& a) {
        (void)w->reach(a.parts[0]);
        return with(nullptr, 204);
    });
    add("POST", "/channels/{}/threads", [w](const Asked& a) { return begin_thread(*w, a, ""); });
    add("POST", "/channels/{}/messages/{}/threads", [w](const Asked& a) { return begin_thread(*w, a, a.parts[1]); });
    add("GET", "/channels/{}/thread-members", [w](const Asked& a) { return with(members_of(*w, a.parts[0])); });
    add("PUT", "/channels/{}/thread-members/{}", [w](const Asked& a) { return change_member(*w, a, true); });
    add("DELETE", "/channels/{}/thread-members/{}", [w](const Asked& a) { return change_member(*w, a, false); });
    return routes;
}

}  // namespace reweave::test::fake
