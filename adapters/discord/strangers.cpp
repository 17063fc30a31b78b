#include "adapters/discord/strangers.hpp"

#include <utility>

namespace reweave::discord {

Awaitable<void> forget_strangers(Shared& shared) {
    for (const std::string& user : shared.places.users()) {
        if (shared.slots.of(key_of(user))) continue;
        const Contact before = shared.places.contact(user);
        engine::GetPhrase get;  // in whose answer stands who they are to the engine
        get.channel = kChannel;
        get.handle = user;
        engine::RequestBody body = std::move(get);
        const engine::Reply reply = co_await shared.engine.ask(std::move(body));
        if (shared.stopped) co_return;
        const bool stranger = reply.code == engine::Reply::Code::ok && !reply.identity;
        if (!stranger || shared.places.contact(user) != before || shared.slots.of(key_of(user))) continue;
        engine::Batch batch;
        batch.channel = kChannel;
        batch.rows.push_back(shared.places.forget(user));
        (void)co_await shared.engine.hand_over(std::move(batch));
        if (shared.stopped) co_return;
    }
}

}  // namespace reweave::discord
