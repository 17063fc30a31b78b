// What a bot answers to interactions: callbacks, and the webhook of their token.

#include "tests/support/fake_discord_rest.hpp"

namespace reweave::test::fake {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirstAnswer = 3s;
constexpr auto kTokenLives = 15min;
constexpr int kFollowUpsOfUserInstall = 5;
constexpr int kCommand = 2, kComponent = 3, kModal = 5;

[[noreturn]] void refuse_type() {
    const json errors = {{"type", {{"_errors", json::array({{{"code", "BASE_TYPE_CHOICES"}}})}}}};
    throw Refusal{400, 50035, "Invalid Form Body", errors};
}

Interaction* of_token(World& world, const std::string& token) {
    for (auto& [id, interaction] : world.interactions)
        if (interaction.token == token) return &interaction;
    return nullptr;
}

int flags_of(const json& body) {
    return body.contains("flags") && body["flags"].is_number() ? body["flags"].get<int>() : 0;
}

json metadata(const World& world, const Interaction& of) {
    json meta = {{"id", of.id}, {"type", of.type}, {"user", world.user(of.user)}};
    meta["authorizing_integration_owners"] = json::object();
    if (!of.source.empty()) meta["interacted_message_id"] = of.source;
    if (!of.opener.empty()) meta["triggering_interaction_metadata"] = metadata(world, world.interactions.at(of.opener));
    return meta;
}

/// A message of the application that answers `to`.
Message blank_answer(World& world, const Interaction& to, bool ephemeral) {
    const Channel& channel = world.place(to.channel);
    Message message;
    message.body = world.blank_message(channel, world.users[world.bot], "");
    message.interaction = to.id;
    message.body["webhook_id"] = world.bot;
    message.body["application_id"] = world.bot;
    message.body["interaction_metadata"] = metadata(world, to);
    if (ephemeral || to.forced_private) {
        message.only_for = to.user;
        message.body["flags"] = kEphemeral;
    }
    return message;
}

Message& begin_answer(World& world, Interaction& to, const json& data, bool loading) {
    const int flags = flags_of(data);
    Message message = blank_answer(world, to, (flags & kEphemeral) != 0);
    if (to.type == kCommand) message.body["type"] = 20;
    if (loading) message.body["flags"] = message.body["flags"].get<int>() | kLoading;
    Message& made = post(world, world.place(to.channel), loading ? json::object() : data, std::move(message));
    to.answer = made.body["id"].get<std::string>();
    return made;
}

json told(const World& world, const Interaction& to) {
    json interaction = {{"id", to.id}, {"type", to.type}, {"channel_id", to.channel}};
    json resource = {{"type", to.callback}};
    const auto message = world.messages.find(to.answer);
    if (message != world.messages.end()) {
        const int flags = flags_of(message->second.body);
        interaction["response_message_id"] = to.answer;
        interaction["response_message_loading"] = (flags & kLoading) != 0;
        interaction["response_message_ephemeral"] = (flags & kEphemeral) != 0;
        if (to.callback == 4 || to.callback == 7) resource["message"] = message->second.body;
    }
    return {{"interaction", interaction}, {"resource", resource}};
}

Answer callback(World& world, const Asked& asked) {
    const auto found = world.interactions.find(asked.parts[0]);
    if (found == world.interactions.end() || found->second.token != asked.parts[1])
        throw Refusal{404, 10062, "Unknown interaction"};
    Interaction& to = found->second;
    if (to.callback != 0) throw Refusal{400, 40060, "Interaction has already been acknowledged."};
    const auto after = MonotonicClock::now() - to.at;
    if (after > kFirstAnswer) {
        to.late = true;
        throw Refusal{404, 10062, "Unknown interaction"};
    }
    const json body = asked.body.is_object() ? asked.body : json::object();
    const int type = body.value("type", 0);
    const json data = body.contains("data") && body["data"].is_object() ? body["data"] : json::object();
    const bool on_message = to.type == kComponent || (to.type == kModal && !to.source.empty());
    if (type == 4) {
        look_at_mentions(world, data);
        check_message(data, false);
        (void)begin_answer(world, to, data, false);
    } else if (type == 5) {
        if (flags_of(data) & kComponentsV2) throw Refusal{400, 50035, "Invalid Form Body", json::object()};
        (void)begin_answer(world, to, data, true);
    } else if (type == 6 && on_message) {
        to.answer = to.source;
    } else if (type == 7 && on_message) {
        Message& source = world.messages.at(to.source);
        if (source.deleted) throw Refusal{404, 10008, "Unknown Message"};
        amend(world, source, data);
        to.answer = to.source;
    } else if (type == 9 && to.type != kModal) {
        check_modal(data);
        to.modal = data;
        to.modal["components"] = numbered(data["components"]);
    } else {
        refuse_type();
    }
    to.callback = type;
    to.after = std::chrono::duration_cast<milliseconds>(after);
    const auto wants = asked.query.find("with_response");
    if (wants != asked.query.end() && (wants->second == "true" || wants->second == "1")) return with(told(world, to));
    return with(nullptr, 204);
}

/// \throws Refusal of a token that is no good, or no longer
Interaction& of_webhook(World& world, const Asked& asked) {
    Interaction* found = of_token(world, asked.parts[1]);
    if (asked.parts[0] != world.bot || !found || found->callback == 0) throw Refusal{404, 10015, "Unknown Webhook"};
    if (MonotonicClock::now() - found->at > kTokenLives) throw Refusal{401, 50027, "Invalid Webhook Token"};
    return *found;
}

Message& answer_of(World& world, const Interaction& to, const std::string& id) {
    const std::string of = id == "@original" ? to.answer : id;
    const auto found = world.messages.find(of);
    if (found == world.messages.end() || found->second.deleted ||
        (found->second.interaction != to.id && of != to.answer))
        throw Refusal{404, 10008, "Unknown Message"};
    return found->second;
}

Answer follow_up(World& world, const Asked& asked) {
    Interaction& to = of_webhook(world, asked);
    const json body = asked.body.is_object() ? asked.body : json::object();
    const auto original = world.messages.find(to.answer);
    if (original != world.messages.end() && !original->second.deleted &&
        (flags_of(original->second.body) & kLoading) != 0) {  // as it was before @original
        check_message(body, false);
        amend(world, original->second, body);
        return with(original->second.body);
    }
    look_at_mentions(world, body);
    check_message(body, false);
    if (to.by_user_install && ++to.follow_ups > kFollowUpsOfUserInstall)
        throw Refusal{400, 40094, "This interaction has reached the maximum number of follow up messages"};
    Message message = blank_answer(world, to, (flags_of(body) & kEphemeral) != 0);
    return with(post(world, world.place(to.channel), body, std::move(message)).body);
}

}  // namespace

std::vector<Route> interaction_routes(World& world) {
    World* w = &world;
    std::vector<Route> routes;
    const auto add = [&](const char* method, const char* pattern, std::function<Answer(const Asked&)> answer) {
        routes.push_back({method, pattern, std::move(answer)});
    };
    add("POST", "/interactions/{}/{}/callback", [w](const Asked& a) { return callback(*w, a); });
    add("POST", "/webhooks/{}/{}", [w](const Asked& a) { return follow_up(*w, a); });
    add("GET", "/webhooks/{}/{}/messages/{}", [w](const Asked& a) {
        return with(answer_of(*w, of_webhook(*w, a), a.parts[2]).body);
    });
    add("PATCH", "/webhooks/{}/{}/messages/{}", [w](const Asked& a) {
        Message& message = answer_of(*w, of_webhook(*w, a), a.parts[2]);
        amend(*w, message, a.body.is_object() ? a.body : json::object());
        return with(message.body);
    });
    add("DELETE", "/webhooks/{}/{}/messages/{}", [w](const Asked& a) {
        Interaction& to = of_webhook(*w, a);
        w->tell_deleted(answer_of(*w, to, a.parts[2]));
        return with(nullptr, 204);
    });
    return routes;
}

}  // namespace reweave::test::fake
