#include "bot/engine/export.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace reweave::engine {
namespace {

using json = nlohmann::json;

std::string iso(TimePoint at) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    const auto day = std::chrono::floor<std::chrono::days>(seconds);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(seconds - day);
    std::array<char, 32> text{};
    std::snprintf(text.data(),
                  text.size(),
                  "%04d-%02u-%02uT%02d:%02d:%02dZ",
                  int(date.year()),
                  unsigned(date.month()),
                  unsigned(date.day()),
                  int(time.hours().count()),
                  int(time.minutes().count()),
                  int(time.seconds().count()));
    return text.data();
}

json message_to_json(const Message& message) {
    json out = {{"at", iso(message.at)}};
    if (message.you_text) out["you"] = *message.you_text;
    if (!message.you_picks.empty()) out["you"] = message.you_picks;
    json& bot = out["bot"] = json::array();
    // What is said in a room is others' too: nobody takes more than their own words (safety brief, section 7).
    if (message.room) return out;
    for (const dialog::RenderedBubble& bubble : message.bubbles) {
        if (!bubble.text.empty()) bot.push_back(bubble.text);
    }
    return out;
}

}  // namespace

std::string export_person(Workshop workshop, Session& session, TimePoint now) {
    const Person& person = session.person;
    json out;
    out["person"] = {{"since", iso(person.created)},
                     {"language", person.language},
                     {"time_zone", person.time_zone},
                     {"country", person.country},
                     {"pronouns", person.pronouns}};
    out["devices"] = json::array();
    for (const Identity& identity : workshop.store.identities(person.id)) {
        out["devices"].push_back(
            {{"channel", identity.channel}, {"since", iso(identity.created)}, {"ended", identity.ended}});
    }
    out["conversations"] = json::array();
    for (const ConversationId id : workshop.store.conversations(person.id)) {
        const auto conversation = workshop.store.conversation(id);
        const auto revision = conversation ? workshop.library.by_hash(conversation->revision) : nullptr;
        if (!revision) continue;
        out["conversations"].push_back({{"script", revision->script.title},
                                        {"revision", revision->hash},
                                        {"begun", iso(conversation->created)},
                                        {"outcome", conversation->outcome}});
    }
    json messages = json::array();
    for (EventId id = session.hot.last_event; id;) {
        const auto record = workshop.store.event(id);
        if (!record) break;
        messages.push_back(
            message_to_json(message_of(workshop, session, *record, decode_event_body(record->body), now)));
        id = record->prev;
    }
    std::reverse(messages.begin(), messages.end());
    out["messages"] = std::move(messages);
    return out.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace reweave::engine
