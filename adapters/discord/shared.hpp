#pragma once
/// \file What the parts of the channel work with. One thread, the I/O thread.

#include <functional>
#include <map>
#include <string>

#include "adapters/common/engine_client.hpp"
#include "adapters/common/phrases.hpp"
#include "adapters/discord/places.hpp"
#include "adapters/discord/rest.hpp"
#include "adapters/discord/slots.hpp"

namespace reweave::discord {

/// Where what is private to one person is said.
enum class PrivateWords {
    browser,   ///< on the bot's own page; here only the way there
    direct,    ///< in a direct chat
    ephemeral  ///< in answers that only its reader sees
};

struct Shared {
    Rest& rest;
    adapters::EngineClient& engine;
    adapters::Phrases& phrases;
    Places& places;
    Slots& slots;
    PrivateWords private_words;
    std::string application;  ///< id of ours
    std::string us;           ///< id of the bot's user
    std::string page;         ///< address of the chat page
    std::string privacy_policy;
    /// For the log: a line without contents, and whether somebody must act.
    std::function<void(const std::string& line, bool act)> report;
    /// When somebody asked for help, or may be in danger: for an hour they are answered where they are, whatever is
    /// private elsewhere. In memory only: it is not written down beside anyone's name.
    std::map<std::string, MonotonicClock::time_point> in_need = {};
    bool stopped = false;

    /// Through which something can be said to that person alone: never one that others read.
    [[nodiscard]] SlotPtr slot_of(const std::string& user) const {
        SlotPtr slot = slots.of("user " + user);
        return slot && is_for_one(*slot) ? slot : nullptr;
    }

    void need(const std::string& user) { in_need[user] = MonotonicClock::now(); }
    [[nodiscard]] bool is_in_need(const std::string& user) const {
        const auto since = in_need.find(user);
        return since != in_need.end() && MonotonicClock::now() - since->second < std::chrono::hours(1);
    }
};

/// The key of what only that person reads.
[[nodiscard]] inline std::string key_of(const std::string& user) {
    return "user " + user;
}
[[nodiscard]] inline std::string key_of_group(const std::string& channel) {
    return "group " + channel;
}
[[nodiscard]] inline std::string key_of(engine::ConversationId talk) {
    return "talk " + std::to_string(talk.value);
}

/// Something that only the adapter says.
struct Note {
    std::string phrase;  ///< id; empty: nothing, but what it brings with it
    std::map<std::string, std::string> shown = {};
    bool to_page = false;         ///< with the way to the page
    bool to_direct = false;       ///< with a way into a direct chat, or to be told there that something waits
    bool to_quiet = false;        ///< with a way to be written to no more
    std::string components = {};  ///< what can be pressed below it, JSON
};

}  // namespace reweave::discord
