#pragma once
/// \file Who is who on the channels.

#include <optional>
#include <string>
#include <unordered_map>

#include "bot/engine/ports.hpp"

namespace reweave::engine {

/// Identities by id are kept in memory, at most `capacity`: every turn asks for one or two.
class Identities {
 public:
    Identities(Store& store, std::size_t capacity) : store_(store), capacity_(capacity) {}

    [[nodiscard]] std::optional<Identity> get(IdentityId id);
    /// A person of whom nothing is known yet but this name on a channel.
    [[nodiscard]] Identity add_person(const std::string& channel, const std::string& handle, const Person& person);
    void save(const Identity& identity);
    /// After a rollback, or when somebody was erased, nothing here can be trusted.
    void clear() { known_.clear(); }

 private:
    Store& store_;
    std::size_t capacity_;
    std::unordered_map<std::int64_t, Identity> known_;
};

}  // namespace reweave::engine
