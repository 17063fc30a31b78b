#pragma once
/// \file Turns as the engine writes them, and what must hold of a store whatever happened to it.

#include <map>
#include <string>

#include "bot/engine/ports.hpp"
#include "tests/support/catch.hpp"

namespace reweave::test {

/// Adds one turn: words, an event that names them, the hot row, the conversation. Inside a transaction.
inline void take_turn(engine::Store& store, engine::PersonId person, engine::ConversationId conversation) {
    engine::Hot hot = store.hot(person);
    ++hot.seq;
    hot.last_words = store.add_words(person, "turn " + std::to_string(hot.seq), hot.last_words);
    engine::EventRecord event;
    event.person = person;
    event.seq = hot.seq;
    event.prev = hot.last_event;
    event.conversation = conversation;
    event.body = std::to_string(hot.last_words.id);
    hot.last_event = store.add_event(event);
    store.save(hot);
    engine::Conversation state = store.conversation(conversation).value();
    state.state = std::to_string(hot.seq) + std::string(500, ' ');
    store.save(state);
}

/// A person with one conversation. Inside a transaction.
inline engine::PersonId add_talker(engine::Store& store) {
    engine::Conversation conversation;
    conversation.person = store.add_person({});
    engine::Hot hot = store.hot(conversation.person);
    hot.focus = store.add_conversation(conversation);
    store.save(hot);
    return conversation.person;
}

/// Checks every person: the numbers of their events have no gap, the chain is whole, no event is without its words, and
/// the conversation is where the last event left it. \returns the newest number of each.
inline std::map<engine::PersonId, std::int64_t> check_invariants(engine::Store& store) {
    std::map<engine::PersonId, std::int64_t> newest;
    for (const engine::PersonId person : store.all_people()) {
        const engine::Hot hot = store.hot(person);
        newest[person] = hot.seq;
        std::int64_t seq = hot.seq;
        for (engine::EventId id = hot.last_event; id; --seq) {
            const auto event = store.event(id);
            REQUIRE(event.has_value());
            REQUIRE(event->person == person);
            REQUIRE(event->seq == seq);
            REQUIRE(store.words({std::stoll(event->body)}) == "turn " + std::to_string(seq));
            id = event->prev;
        }
        REQUIRE(seq == 0);
        if (hot.seq > 0) REQUIRE(std::stoll(store.conversation(hot.focus).value().state) == hot.seq);
    }
    return newest;
}

}  // namespace reweave::test
