#include "adapters/discord/places.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "adapters/common/fields.hpp"

namespace reweave::discord {
namespace {

using nlohmann::json;

constexpr std::string_view kUserRow = "user:", kTalkRow = "talk:", kCallRow = "call:";

std::vector<std::string> texts_at(const json& all, const char* key) {
    std::vector<std::string> texts;
    for (const json& one : list_at(all, key)) {
        if (one.is_string()) texts.push_back(one.get<std::string>());
    }
    return texts;
}

json parsed(const std::string& text) {
    return json::parse(text, nullptr, false);
}

std::int64_t number_of(std::string_view digits) {
    std::int64_t value = 0;
    (void)std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

/// Only what is set.
std::string text_of(const json& all) {
    json out = json::object();
    for (const auto& [key, value] : all.items()) {
        const bool unset = value == false || value == "" || value == 0 || (value.is_array() && value.empty());
        if (!unset) out[key] = value;
    }
    return out.dump();
}

std::string to_text(const Contact& contact) {
    return text_of({{"direct", contact.direct},
                    {"agreed", contact.agreed},
                    {"quiet", contact.quiet},
                    {"closed", contact.closed},
                    {"locale", contact.locale},
                    {"told", contact.told},
                    {"told_at", contact.told_at}});
}

Contact contact_from(const json& all) {
    return {text_at(all, "direct"),
            flag_at(all, "agreed"),
            flag_at(all, "quiet"),
            flag_at(all, "closed"),
            text_at(all, "locale"),
            number_at(all, "told"),
            number_at(all, "told_at")};
}

std::string to_text(const TalkPlace& place) {
    return text_of({{"guild", place.guild},
                    {"channel", place.channel},
                    {"group", place.group},
                    {"thread", place.thread},
                    {"round", place.round},
                    {"round_thread", place.round_thread},
                    {"now", place.now},
                    {"people", place.people},
                    {"in_round", place.in_round},
                    {"lost", place.lost}});
}

TalkPlace talk_from(const json& all) {
    TalkPlace place;
    place.guild = text_at(all, "guild");
    place.channel = text_at(all, "channel");
    place.group = flag_at(all, "group");
    place.thread = text_at(all, "thread");
    place.round = text_at(all, "round");
    place.round_thread = text_at(all, "round_thread");
    place.now = text_at(all, "now");
    place.people = texts_at(all, "people");
    place.in_round = texts_at(all, "in_round");
    place.lost = flag_at(all, "lost");
    return place;
}

std::string to_text(const CircleCall& call) {
    return json{{"keeper", call.keeper}, {"guild", call.guild}, {"channel", call.channel}, {"talk", call.talk}}.dump();
}

CircleCall call_from(const json& all) {
    return {text_at(all, "keeper"), text_at(all, "guild"), text_at(all, "channel"), number_at(all, "talk")};
}

}  // namespace

void Places::restore(const std::vector<engine::ChannelRow>& rows) {
    for (const engine::ChannelRow& row : rows) {
        if (row.key.starts_with(kUserRow)) {
            (void)save(row.key.substr(kUserRow.size()), contact_from(parsed(row.value)));
        } else if (row.key.starts_with(kTalkRow)) {
            (void)save(engine::ConversationId{number_of(std::string_view(row.key).substr(kTalkRow.size()))},
                       talk_from(parsed(row.value)));
        } else if (row.key.starts_with(kCallRow)) {
            (void)save(row.key.substr(kCallRow.size()), call_from(parsed(row.value)));
        }
    }
}

Contact Places::contact(const std::string& user) const {
    const auto found = contacts_.find(user);
    return found == contacts_.end() ? Contact{} : found->second;
}

engine::ChannelRow Places::save(const std::string& user, Contact contact) {
    engine::ChannelRow row{std::string(kUserRow) + user, to_text(contact)};
    if (!contact.direct.empty()) users_[contact.direct] = user;
    contacts_[user] = std::move(contact);
    return row;
}

void Places::keep(const std::string& user, Contact contact, engine::Batch& batch) {
    const Contact before = this->contact(user);
    if (contact == before) return;
    if (is_reachable(contact) != is_reachable(before)) {
        engine::Inbound tells;
        tells.kind = engine::Inbound::Kind::reach;
        tells.handle = user;
        tells.reachable = is_reachable(contact);
        batch.inbounds.push_back(std::move(tells));
    }
    batch.rows.push_back(save(user, std::move(contact)));
}

std::vector<std::string> Places::users() const {
    std::vector<std::string> all;
    for (const auto& [user, contact] : contacts_) all.push_back(user);
    return all;
}

engine::ChannelRow Places::forget(const std::string& user) {
    users_.erase(contact(user).direct);
    contacts_.erase(user);
    return {std::string(kUserRow) + user, {}};
}

std::string Places::user_of(const std::string& direct) const {
    const auto found = users_.find(direct);
    return found == users_.end() ? std::string() : found->second;
}

const TalkPlace* Places::talk(engine::ConversationId talk) const {
    const auto found = talks_.find(talk.value);
    return found == talks_.end() || found->second.lost ? nullptr : &found->second;
}

engine::ChannelRow Places::save(engine::ConversationId talk, TalkPlace place) {
    engine::ChannelRow row{std::string(kTalkRow) + std::to_string(talk.value), to_text(place)};
    if (place.group) talks_in_[place.channel] = talk.value;
    for (const std::string& thread : {place.thread, place.round_thread}) {
        if (!thread.empty()) talks_in_[thread] = talk.value;
    }
    talks_[talk.value] = std::move(place);
    return row;
}

engine::ConversationId Places::talk_in(const std::string& channel) const {
    const auto found = talks_in_.find(channel);
    if (found == talks_in_.end() || !talk(engine::ConversationId{found->second})) return {};
    return engine::ConversationId{found->second};
}

const CircleCall* Places::circle(const std::string& message) const {
    const auto found = calls_.find(message);
    return found == calls_.end() ? nullptr : &found->second;
}

engine::ChannelRow Places::save(const std::string& message, CircleCall call) {
    engine::ChannelRow row{std::string(kCallRow) + message, to_text(call)};
    calls_[message] = std::move(call);
    return row;
}

std::vector<engine::ChannelRow> Places::lose(const std::string& id) {
    std::vector<engine::ChannelRow> rows;
    for (auto& [talk, place] : talks_) {
        const bool whole = place.guild == id || place.channel == id || place.thread == id;
        if (!whole && place.round_thread != id) continue;
        TalkPlace now = place;
        if (whole) {
            now.lost = true;
        } else {  // what is left of the round is said in the talk's own thread
            now.round_thread.clear();
        }
        rows.push_back(save(engine::ConversationId{talk}, std::move(now)));
    }
    for (auto call = calls_.begin(); call != calls_.end();) {
        if (call->first != id && call->second.channel != id && call->second.guild != id) {
            ++call;
            continue;
        }
        rows.push_back({std::string(kCallRow) + call->first, {}});
        call = calls_.erase(call);
    }
    return rows;
}

std::size_t Places::closed() const {
    return static_cast<std::size_t>(
        std::count_if(contacts_.begin(), contacts_.end(), [](const auto& one) { return one.second.closed; }));
}

}  // namespace reweave::discord
