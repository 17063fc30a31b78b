#pragma once
/// \file What an adapter says by itself, in the words of the phrases and the language of whoever reads it. One thread,
/// the I/O thread.

#include <map>
#include <string>

#include "adapters/common/engine_client.hpp"

namespace reweave::adapters {

class Phrases {
 public:
    /// `channel`: where people are known by their handles; `page`: address of the chat page, for links.
    Phrases(EngineClient& engine, std::string channel, std::string page)
        : engine_(engine), channel_(std::move(channel)), page_(std::move(page)) {}

    /// What the line inserts, by name.
    using Shown = std::map<std::string, std::string>;
    /// Empty if there is no such phrase.
    [[nodiscard]] Awaitable<std::string> phrase(std::string user, std::string id, Shown shown);
    /// None if the bot does not know them.
    [[nodiscard]] Awaitable<engine::IdentityId> identity_of(std::string user);
    /// The address with which they go on in the browser, once and for ten minutes; empty if there can be none.
    [[nodiscard]] Awaitable<std::string> browser_address(std::string user);
    /// The same in words.
    [[nodiscard]] Awaitable<std::string> browser_link(std::string user);
    /// What lets one person in, in words. If it is not only one who is missing, the phrase `more` stands below it.
    [[nodiscard]] Awaitable<std::string> seat_link(std::string user,
                                                   engine::ConversationId talk,
                                                   std::string role,
                                                   std::string more);

 private:
    [[nodiscard]] Shown links(const std::string& code) const {
        return {{"link", page_ + "/#join=" + code}, {"code", code}};
    }

    EngineClient& engine_;
    std::string channel_;
    std::string page_;
};

}  // namespace reweave::adapters
