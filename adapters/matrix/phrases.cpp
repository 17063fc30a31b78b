#include "adapters/matrix/phrases.hpp"

namespace reweave::matrix {

Awaitable<std::string> Phrases::phrase(std::string user, std::string id, std::string link, std::string code) {
    engine::GetPhrase get;
    get.channel = kChannel;
    get.handle = std::move(user);
    get.id = std::move(id);
    get.shown["link"] = std::move(link);
    get.shown["code"] = std::move(code);
    engine::RequestBody body = std::move(get);
    const engine::Reply reply = co_await shared_.engine.ask(std::move(body));
    co_return reply.text;
}

Awaitable<engine::IdentityId> Phrases::identity_of(std::string user) {
    engine::GetPhrase get;
    get.channel = kChannel;
    get.handle = std::move(user);
    engine::RequestBody body = std::move(get);
    const engine::Reply reply = co_await shared_.engine.ask(std::move(body));
    co_return reply.identity;
}

Awaitable<std::string> Phrases::browser_link(std::string user) {
    engine::MakeCode make;
    make.identity = co_await identity_of(user);
    engine::RequestBody body = make;
    const engine::Reply reply = co_await shared_.engine.ask(std::move(body));
    if (reply.code != engine::Reply::Code::ok) co_return std::string();
    std::string link = link_of(reply.text);
    std::string line = co_await phrase(user, "browser-link", std::move(link), reply.text);
    co_return line;
}

Awaitable<std::string> Phrases::seat_link(std::string user, engine::ConversationId talk, std::string role, int people) {
    engine::MakeInvitation make;
    make.identity = co_await identity_of(user);
    make.conversation = talk;
    make.role = std::move(role);
    engine::RequestBody body = std::move(make);
    const engine::Reply reply = co_await shared_.engine.ask(std::move(body));
    if (reply.code != engine::Reply::Code::ok) {
        std::string no_link = co_await phrase(user, "no-link", reply.text, reply.text);
        co_return no_link;
    }
    const std::string link = link_of(reply.text);
    std::string words = co_await phrase(user, "invite-link", link, reply.text);
    const std::string code = co_await phrase(user, "invite-code", link, reply.text);
    words += "\n" + code;
    if (people > 2) {
        const std::string more = co_await phrase(user, "invite-more", link, reply.text);
        words += "\n" + more;
    }
    co_return words;
}

}  // namespace reweave::matrix
