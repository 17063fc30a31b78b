// Messages of the bot: made, read, changed, deleted.

#include "tests/support/fake_discord_rest.hpp"

namespace reweave::test::fake {
namespace {

using namespace std::chrono_literals;

constexpr auto kNonceLives = 5min;
constexpr int kSettable = (1 << 2) | (1 << 12) | kComponentsV2;  // SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS

void look_for_room(World& world, Channel& channel) {
    if (channel.type == kDm)
        for (const std::string& who : channel.people)
            if (world.closed.count(who)) throw Refusal{403, 50007, "Cannot send messages to this user"};
    if (!channel.is_thread()) return;
    if (channel.archived && channel.locked) throw Refusal{400, 160005, "Thread is locked"};
    if (!channel.archived) return;
    channel.archived = false;
    world.emit("THREAD_UPDATE", world.channel_json(channel), kGuilds);
}

Answer create(World& world, const Asked& asked) {
    Channel& channel = world.reach(asked.parts[0]);
    const Permission needed = channel.is_thread() ? Permission::kSendMessagesInThreads : Permission::kSendMessages;
    (void)world.reach(channel.id, static_cast<std::uint64_t>(needed));
    const json body = asked.body.is_object() ? asked.body : json::object();
    look_at_mentions(world, body);
    check_message(body, false);
    const std::string nonce = body.contains("nonce") ? text_of(body["nonce"]) : std::string();
    if (!nonce.empty() && body.value("enforce_nonce", false)) {
        const auto before = world.nonces.find(nonce);
        if (before != world.nonces.end() && MonotonicClock::now() - before->second.second < kNonceLives) {
            const Message& existing = world.messages.at(before->second.first);
            if (existing.deleted) throw Refusal{404, 10008, "Unknown Message"};
            return with(existing.body);
        }
    }
    look_for_room(world, channel);
    Message message;
    message.body = world.blank_message(channel, world.users[world.bot], "");
    if (body.contains("message_reference") && body["message_reference"].is_object()) {
        if (!(world.allowed(channel) & static_cast<std::uint64_t>(Permission::kReadMessageHistory)))
            throw Refusal{403, 160002, "You cannot reply without permission to read message history"};
        const json& reference = body["message_reference"];
        const std::string to = text_of(reference.value("message_id", json()));
        const auto found = world.messages.find(to);
        if (found != world.messages.end() && !found->second.deleted && found->second.only_for.empty() &&
            found->second.body["channel_id"] == channel.id) {
            message.body["type"] = 19;
            message.body["message_reference"] = {{"type", 0}, {"channel_id", channel.id}, {"message_id", to}};
            message.body["referenced_message"] = found->second.body;
        } else if (reference.value("fail_if_not_exists", true)) {
            const json errors = {
                {"message_reference", {{"_errors", json::array({{{"code", "REPLIES_UNKNOWN_MESSAGE"}}})}}}};
            throw Refusal{400, 50035, "Invalid Form Body", errors};
        }
    }
    if (!nonce.empty()) message.body["nonce"] = body["nonce"];
    const Message& made = post(world, channel, body, std::move(message));
    if (!nonce.empty()) world.nonces[nonce] = {made.body["id"].get<std::string>(), MonotonicClock::now()};
    return with(made.body);
}

Answer list(World& world, const Asked& asked) {
    const Channel& channel = world.reach(asked.parts[0], static_cast<std::uint64_t>(Permission::kReadMessageHistory));
    const auto query = [&](const char* name) {
        const auto found = asked.query.find(name);
        return found == asked.query.end() ? std::string() : found->second;
    };
    const std::string before = query("before"), after = query("after");
    const std::size_t limit = query("limit").empty() ? 50 : std::stoul(query("limit"));
    if (limit < 1 || limit > 100) throw Refusal{400, 50035, "Invalid Form Body", json::object()};
    std::vector<json> found;
    for (const auto& [id, message] : world.messages) {
        if (message.deleted || !message.only_for.empty() || message.body["channel_id"] != channel.id) continue;
        if ((before.empty() || id < before) && (after.empty() || id > after)) found.push_back(message.body);
    }
    if (after.empty()) {
        if (found.size() > limit) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(limit));
    } else if (found.size() > limit) {
        found.resize(limit);
    }
    return with(json(std::vector<json>(found.rbegin(), found.rend())));
}

}  // namespace

void look_at_mentions(World& world, const json& body) {
    const auto allowed = body.find("allowed_mentions");
    const bool none = allowed != body.end() && allowed->is_object() && allowed->contains("parse") &&
                      (*allowed)["parse"].is_array() && (*allowed)["parse"].empty();
    if (!none) {
        world.complain("a body came without allowed_mentions: {parse: []}");
        const auto content = body.find("content");
        const std::string text = content != body.end() && content->is_string() ? content->get<std::string>() : "";
        if (text.find("<@") != std::string::npos || text.find("@everyone") != std::string::npos ||
            text.find("@here") != std::string::npos)
            world.complain("a message would ping");
        return;
    }
    for (const char* who : {"users", "roles"})
        if (allowed->contains(who) && !(*allowed)[who].empty()) world.complain("a message would ping");
    if (allowed->value("replied_user", false)) world.complain("a reply would ping");
}

Message& post(World& world, const Channel& channel, const json& body, Message message) {
    const auto content = body.find("content");
    if (content != body.end() && content->is_string()) message.body["content"] = *content;
    const auto components = body.find("components");
    if (components != body.end() && components->is_array()) message.body["components"] = numbered(*components);
    const auto embeds = body.find("embeds");
    if (embeds != body.end() && embeds->is_array()) message.body["embeds"] = *embeds;
    const int wanted = body.contains("flags") && body["flags"].is_number() ? body["flags"].get<int>() : 0;
    message.body["flags"] = message.body["flags"].get<int>() | (wanted & kSettable);
    Message& made = world.add(std::move(message));
    made.body["channel_id"] = channel.id;
    world.tell_message("MESSAGE_CREATE", made);
    return made;
}

void amend(World& world, Message& message, const json& body) {
    look_at_mentions(world, body);
    check_message(body, true);
    json& now = message.body;
    json changed = now;
    const auto content = body.find("content");
    if (content != body.end()) changed["content"] = content->is_string() ? *content : json("");
    const auto components = body.find("components");
    if (components != body.end())
        changed["components"] = components->is_array() ? numbered(*components) : json::array();
    const auto embeds = body.find("embeds");
    if (embeds != body.end()) changed["embeds"] = embeds->is_array() ? *embeds : json::array();
    const int wanted = body.contains("flags") && body["flags"].is_number() ? body["flags"].get<int>() : 0;
    changed["flags"] = (now["flags"].get<int>() & ~kLoading) | (wanted & kSettable);
    const bool v2 = (changed["flags"].get<int>() & kComponentsV2) != 0;
    if (changed["content"] == "" && changed["components"].empty() && changed["embeds"].empty())
        throw Refusal{400, 50006, "Cannot send an empty message"};
    if (v2 && changed["content"] != "") throw Refusal{400, 50035, "Invalid Form Body", json::object()};
    const bool filled_in = (now["flags"].get<int>() & kLoading) != 0;
    if (!filled_in) changed["edited_timestamp"] = world.timestamp();
    now = std::move(changed);
    world.tell_message("MESSAGE_UPDATE", message);
}

std::vector<Route> message_routes(World& world) {
    World* w = &world;
    std::vector<Route> routes;
    const auto add = [&](const char* method, const char* pattern, std::function<Answer(const Asked&)> answer) {
        routes.push_back({method, pattern, std::move(answer)});
    };
    add("GET", "/channels/{}/messages", [w](const Asked& a) { return list(*w, a); });
    add("POST", "/channels/{}/messages", [w](const Asked& a) { return create(*w, a); });
    add("GET", "/channels/{}/messages/{}", [w](const Asked& a) {
        return with(w->find(w->reach(a.parts[0]), a.parts[1]).body);
    });
    add("PATCH", "/channels/{}/messages/{}", [w](const Asked& a) {
        Channel& channel = w->reach(a.parts[0]);
        Message& message = w->find(channel, a.parts[1]);
        if (message.body["author"]["id"] != w->bot)
            throw Refusal{403, 50005, "Cannot edit a message authored by another user"};
        if (channel.archived) throw Refusal{400, 50083, "Thread is archived"};
        amend(*w, message, a.body.is_object() ? a.body : json::object());
        return with(message.body);
    });
    add("DELETE", "/channels/{}/messages/{}", [w](const Asked& a) {
        Channel& channel = w->reach(a.parts[0]);
        Message& message = w->find(channel, a.parts[1]);
        if (message.body["author"]["id"] != w->bot) throw Refusal{403, 50013, "Missing Permissions"};
        if (channel.archived) throw Refusal{400, 50083, "Thread is archived"};
        w->tell_deleted(message);
        return with(nullptr, 204);
    });
    return routes;
}

}  // namespace reweave::test::fake
