#include "bot/engine/identities.hpp"

namespace reweave::engine {

std::optional<Identity> Identities::get(IdentityId id) {
    if (const auto it = known_.find(id.value); it != known_.end()) return it->second;
    auto identity = store_.identity(id);
    if (!identity) return identity;
    if (known_.size() >= capacity_) known_.clear();
    known_.emplace(id.value, *identity);
    return identity;
}

Identity Identities::add_person(const std::string& channel, const std::string& handle, const Person& person) {
    Identity identity;
    identity.channel = channel;
    identity.handle = handle;
    identity.created = person.created;
    identity.person = store_.add_person(person);
    identity.id = store_.add_identity(identity);
    return identity;
}

void Identities::save(const Identity& identity) {
    store_.save(identity);
    known_.erase(identity.id.value);
}

}  // namespace reweave::engine
