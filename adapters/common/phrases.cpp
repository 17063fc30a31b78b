#include "adapters/common/phrases.hpp"

namespace reweave::adapters {

Awaitable<std::string> Phrases::phrase(std::string user, std::string id, Shown shown) {
    engine::GetPhrase get;
    get.channel = channel_;
    get.handle = std::move(user);
    get.id = std::move(id);
    get.shown = std::move(shown);
    engine::RequestBody body = std::move(get);
    const engine::Reply reply = co_await engine_.ask(std::move(body));
    co_return reply.text;
}

Awaitable<engine::IdentityId> Phrases::identity_of(std::string user) {
    engine::GetPhrase get;
    get.channel = channel_;
    get.handle = std::move(user);
    engine::RequestBody body = std::move(get);
    const engine::Reply reply = co_await engine_.ask(std::move(body));
    co_return reply.identity;
}

Awaitable<std::string> Phrases::browser_address(std::string user) {
    engine::MakeCode make;
    make.identity = co_await identity_of(std::move(user));
    engine::RequestBody body = make;
    const engine::Reply reply = co_await engine_.ask(std::move(body));
    if (reply.code != engine::Reply::Code::ok) co_return std::string();
    co_return links(reply.text).at("link");
}

Awaitable<std::string> Phrases::browser_link(std::string user) {
    std::string address = co_await browser_address(user);
    if (address.empty()) co_return address;
    Shown shown;
    shown["link"] = std::move(address);
    std::string line = co_await phrase(std::move(user), "browser-link", std::move(shown));
    co_return line;
}

Awaitable<std::string> Phrases::seat_link(std::string user,
                                          engine::ConversationId talk,
                                          std::string role,
                                          std::string more) {
    engine::MakeInvitation make;
    make.identity = co_await identity_of(user);
    make.conversation = talk;
    make.role = std::move(role);
    engine::RequestBody body = std::move(make);
    const engine::Reply reply = co_await engine_.ask(std::move(body));
    const Shown shown = links(reply.text);
    if (reply.code != engine::Reply::Code::ok) {
        std::string no_link = co_await phrase(std::move(user), "no-link", shown);
        co_return no_link;
    }
    std::string words = co_await phrase(user, "invite-link", shown);
    const std::string code = co_await phrase(user, "invite-code", shown);
    words += "\n" + code;
    if (more.empty()) co_return words;
    const std::string below = co_await phrase(std::move(user), std::move(more), shown);
    words += "\n" + below;
    co_return words;
}

}  // namespace reweave::adapters
