#include "tests/support/fake_discord_world.hpp"

#include <ctime>
#include <stdexcept>

namespace reweave::test::fake {
namespace {

constexpr std::int64_t kDiscordEpoch = 1'420'070'400'000;  // ms

/// The wall's clock is read once; from there on it goes as MonotonicClock does.
std::int64_t wall_ms(TimePoint began) {
    static const auto wall = std::chrono::system_clock::now();
    static const auto monotonic = began;
    return std::chrono::duration_cast<milliseconds>(wall.time_since_epoch() + (MonotonicClock::now() - monotonic))
        .count();
}

constexpr std::uint64_t kAllOfThem = (1ULL << 51) - 1;

}  // namespace

World::World(FakeDiscordOptions opts) : options(std::move(opts)) {
    bot = new_id();
    add_user(bot, "reweave", true);
}

void World::add_user(const std::string& id, const std::string& name, bool is_bot) {
    users[id] = {{"id", id},
                 {"username", name},
                 {"discriminator", "0"},
                 {"global_name", is_bot ? json() : json(name)},
                 {"avatar", nullptr},
                 {"bot", is_bot},
                 {"flags", 0},
                 {"public_flags", 0},
                 {"primary_guild", nullptr}};
}

json World::self_json() const {
    json self = user(bot);
    self.update({{"verified", true}, {"mfa_enabled", false}, {"email", nullptr}, {"locale", "en-US"}});
    return self;
}

std::string World::new_id() {
    static std::uint64_t count = 0;
    return std::to_string((static_cast<std::uint64_t>(wall_ms(began) - kDiscordEpoch) << 22) | (++count & 0x3fffff));
}

std::string World::timestamp() const {
    const std::int64_t ms = wall_ms(began);
    const std::time_t seconds = ms / 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char date[32], all[64];
    std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(all, sizeof all, "%s.%03d000+00:00", date, static_cast<int>(ms % 1000));
    return all;
}

std::string World::unix_time(double later) const {
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", static_cast<double>(wall_ms(began)) / 1000 + later);
    return text;
}

milliseconds World::elapsed() const {
    return std::chrono::duration_cast<milliseconds>(MonotonicClock::now() - began);
}

const json& World::user(const std::string& id) const {
    const auto found = users.find(id);
    if (found == users.end()) throw std::logic_error("the fake Discord has no user " + id);
    return found->second;
}

const Channel& World::place(const std::string& id) const {
    const auto found = channels.find(id);
    if (found == channels.end()) throw std::logic_error("the fake Discord has no channel " + id);
    return found->second;
}

Channel& World::place(const std::string& id) {
    return const_cast<Channel&>(static_cast<const World*>(this)->place(id));
}

bool World::sees(const std::string& user, const Channel& channel) const {
    const bool closed_circle = channel.type == kDm || channel.type == kGroupDm || channel.type == kPrivateThread;
    return !closed_circle || channel.people.count(user) > 0;
}

bool World::sees(const std::string& user, const Message& message) const {
    return !message.deleted && (message.only_for.empty() || message.only_for == user) &&
           sees(user, place(message.body["channel_id"].get<std::string>()));
}

std::uint64_t World::allowed(const Channel& channel) const {
    const Channel& of = channel.is_thread() ? place(channel.parent) : channel;
    return kAllOfThem & ~(channel.forbidden | of.forbidden);
}

Channel& World::reach(const std::string& id, std::uint64_t needs) {
    const auto found = channels.find(id);
    if (found == channels.end()) throw Refusal{404, 10003, "Unknown Channel"};
    Channel& channel = found->second;
    const bool inside = channel.type == kDm || (!channel.guild.empty() && guilds.at(channel.guild).with_bot);
    const std::uint64_t has = allowed(channel);
    if (!inside || !(has & static_cast<std::uint64_t>(Permission::kViewChannel)))
        throw Refusal{403, 50001, "Missing Access"};
    if ((has & needs) != needs) throw Refusal{403, 50013, "Missing Permissions"};
    return channel;
}

Message& World::find(const Channel& channel, const std::string& id) {
    const auto found = messages.find(id);
    if (found == messages.end() || found->second.deleted || found->second.body["channel_id"] != channel.id ||
        !found->second.only_for.empty())
        throw Refusal{404, 10008, "Unknown Message"};
    return found->second;
}

Channel& World::dm_with(const std::string& who) {
    for (auto& [id, channel] : channels)
        if (channel.type == kDm && channel.people.count(who)) return channel;
    Channel dm;
    dm.id = new_id();
    dm.type = kDm;
    dm.people = {who, bot};
    return channels.emplace(dm.id, dm).first->second;
}

json World::member_json(const std::string& id) const {
    return {{"user", user(id)},
            {"nick", nullptr},
            {"avatar", nullptr},
            {"banner", nullptr},
            {"roles", json::array()},
            {"joined_at", "2026-01-01T00:00:00.000000+00:00"},
            {"premium_since", nullptr},
            {"deaf", false},
            {"mute", false},
            {"flags", 0},
            {"pending", false},
            {"communication_disabled_until", nullptr}};
}

json World::guild_json(const Guild& guild) const {
    json all = json::parse(R"({"icon":null,"splash":null,"discovery_splash":null,"afk_channel_id":null,
        "afk_timeout":300,"verification_level":0,"default_message_notifications":1,"explicit_content_filter":0,
        "emojis":[],"features":[],"mfa_level":0,"application_id":null,"system_channel_id":null,
        "system_channel_flags":0,"rules_channel_id":null,"max_members":500000,"vanity_url_code":null,
        "description":null,"banner":null,"premium_tier":0,"premium_subscription_count":0,"preferred_locale":"en-US",
        "public_updates_channel_id":null,"nsfw":false,"nsfw_level":0,"stickers":[],"region":"deprecated",
        "premium_progress_bar_enabled":false,"safety_alerts_channel_id":null,"hub_type":null,"incidents_data":null,
        "home_header":null,"widget_enabled":false,"widget_channel_id":null,"max_presences":null,
        "max_video_channel_users":25,"max_stage_video_channel_users":50,
        "joined_at":"2026-01-01T00:00:00.000000+00:00","large":false,"unavailable":false,
        "voice_states":[],"presences":[],"stage_instances":[],"guild_scheduled_events":[],"soundboard_sounds":[],
        "channels":[],"threads":[]})");
    all["id"] = guild.id;
    all["name"] = guild.name;
    all["owner_id"] = "1";
    json everyone = json::parse(R"({"name":"@everyone","description":null,"permissions":"0","position":0,"color":0,
        "colors":{"primary_color":0,"secondary_color":null,"tertiary_color":null},"hoist":false,"managed":false,
        "mentionable":false,"icon":null,"unicode_emoji":null,"flags":0})");
    everyone["id"] = guild.id;
    everyone["permissions"] = std::to_string(kAllOfThem);
    all["roles"] = json::array({everyone});
    all["members"] = json::array({member_json(bot)});
    all["member_count"] = users.size();
    for (const auto& [id, channel] : channels) {
        if (channel.guild != guild.id) continue;
        if (channel.type == kPrivateThread && !channel.people.count(bot)) continue;
        if (channel.archived) continue;
        all[channel.is_thread() ? "threads" : "channels"].push_back(channel_json(channel));
    }
    return all;
}

json World::channel_json(const Channel& channel) const {
    json last = nullptr;
    int count = 0;
    for (const auto& [id, message] : messages) {
        if (message.body["channel_id"] != channel.id) continue;
        last = id;
        ++count;
    }
    json all = {{"id", channel.id}, {"type", channel.type}, {"last_message_id", last}, {"flags", 0}};
    if (channel.type == kDm || channel.type == kGroupDm) {
        all["recipients"] = json::array();
        for (const std::string& id : channel.people)
            if (id != bot) all["recipients"].push_back(user(id));
    }
    if (channel.type == kGroupDm) {
        all["name"] = nullptr;
        all["icon"] = nullptr;
        all["owner_id"] = channel.owner;
    }
    if (channel.guild.empty()) return all;
    all["guild_id"] = channel.guild;
    all["name"] = channel.name;
    all["rate_limit_per_user"] = 0;
    if (!channel.is_thread()) {
        all.update({{"position", 0}, {"nsfw", false}});
        all.update({{"topic", nullptr}, {"parent_id", nullptr}, {"permission_overwrites", json::array()}});
        return all;
    }
    all.update({{"parent_id", channel.parent}, {"owner_id", channel.owner}, {"message_count", count}});
    all.update({{"member_count", channel.people.size()}, {"total_message_sent", count}});
    json& state = all["thread_metadata"];
    state = {{"archived", channel.archived}, {"locked", channel.locked}};
    state.update({{"auto_archive_duration", channel.auto_archive}, {"archive_timestamp", channel.created}});
    state["create_timestamp"] = channel.created;
    if (channel.type == kPrivateThread) state["invitable"] = channel.invitable;
    if (channel.people.count(bot))
        all["member"] = {{"id", channel.id}, {"user_id", bot}, {"join_timestamp", channel.created}, {"flags", 0}};
    return all;
}

json World::blank_message(const Channel& channel, const json& author, const std::string& content) {
    json message = json::parse(R"({"type":0,"edited_timestamp":null,"tts":false,"mention_everyone":false,"mentions":[],
        "mention_roles":[],"attachments":[],"embeds":[],"components":[],"pinned":false,"flags":0})");
    message.update({{"id", new_id()}, {"channel_id", channel.id}, {"author", author}, {"content", content}});
    message["timestamp"] = timestamp();
    return message;
}

json World::mentions(const std::string& content) const {
    json all = json::array();
    for (const auto& [id, who] : users)
        if (content.find("<@" + id + ">") != std::string::npos || content.find("<@!" + id + ">") != std::string::npos)
            all.push_back(who);
    return all;
}

Message& World::add(Message message) {
    const std::string id = message.body["id"].get<std::string>();
    return messages[id] = std::move(message);
}

void World::tell_message(const char* event, const Message& message) {
    if (!message.only_for.empty()) return;
    const Channel& channel = place(message.body["channel_id"].get<std::string>());
    if (channel.type == kGroupDm) return;
    json data = message.body;
    if (!channel.guild.empty()) {
        if (!guilds.at(channel.guild).with_bot) return;
        if (!(allowed(channel) & static_cast<std::uint64_t>(Permission::kViewChannel))) return;
        if (channel.type == kPrivateThread && !channel.people.count(bot)) return;
        data["guild_id"] = channel.guild;
        data["member"] = member_json(message.body["author"]["id"].get<std::string>());
        data["member"].erase("user");
    }
    data["channel_type"] = channel.type;
    emit(event, data, channel.guild.empty() ? kDirectMessages : kGuildMessages);
}

void World::tell_deleted(Message& message) {
    message.deleted = true;
    const Channel& channel = place(message.body["channel_id"].get<std::string>());
    if (!message.only_for.empty() || channel.type == kGroupDm) return;
    json data = {{"id", message.body["id"]}, {"channel_id", channel.id}};
    if (!channel.guild.empty()) {
        if (!guilds.at(channel.guild).with_bot) return;
        data["guild_id"] = channel.guild;
    }
    emit("MESSAGE_DELETE", data, channel.guild.empty() ? kDirectMessages : kGuildMessages);
}

json numbered(json components) {
    int next = 1;
    const std::function<void(json&)> number = [&](json& part) {
        if (part.is_object() && part.contains("type")) part.emplace("id", next++);
        const int type = part.is_object() ? part.value("type", 0) : 0;
        if (type == 3 || (type >= 5 && type <= 8))
            for (const char* count : {"min_values", "max_values"}) part.emplace(count, 1);
        if (!part.is_structured()) return;
        for (auto& inner : part.items())
            if (inner.key() != "options") number(inner.value());
    };
    number(components);
    return components;
}

void each_component(const json& components, const std::function<void(const json&)>& see) {
    if (!components.is_structured()) return;
    if (components.is_object() && components.contains("type")) see(components);
    for (const auto& inner : components.items())
        if (inner.key() != "options") each_component(inner.value(), see);
}

}  // namespace reweave::test::fake
