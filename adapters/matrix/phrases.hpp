#pragma once
/// \file What the adapter says by itself, in the words of the phrases and the language of whoever reads it. One thread,
/// the I/O thread.

#include <string>

#include "adapters/matrix/shared.hpp"

namespace reweave::matrix {

class Phrases {
 public:
    /// `page`: address of the chat page, for links.
    Phrases(Shared& shared, std::string page) : shared_(shared), page_(std::move(page)) {}

    /// Empty if there is no such phrase.
    [[nodiscard]] Awaitable<std::string> phrase(std::string user,
                                                std::string id,
                                                std::string link = {},
                                                std::string code = {});
    /// None if the bot does not know them.
    [[nodiscard]] Awaitable<engine::IdentityId> identity_of(std::string user);
    /// A link with which they go on in the browser, in words; empty if there can be none.
    [[nodiscard]] Awaitable<std::string> browser_link(std::string user);
    /// What lets one person in, in words; `people` take part at most.
    [[nodiscard]] Awaitable<std::string> seat_link(std::string user,
                                                   engine::ConversationId talk,
                                                   std::string role,
                                                   int people);

 private:
    [[nodiscard]] std::string link_of(const std::string& code) const { return page_ + "/#join=" + code; }

    Shared& shared_;
    std::string page_;
};

}  // namespace reweave::matrix
