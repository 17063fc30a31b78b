#pragma once
/// \file What people do in the fake Discord: the events it makes. Internal.

#include "tests/support/fake_discord_world.hpp"

namespace reweave::test::fake {

std::string write(World& world,
                  const std::string& channel,
                  const std::string& user,
                  const std::string& text,
                  const FakeDiscord::Writing& how);
void edit(World& world, const std::string& message, const std::string& text);
std::string command(
    World& world, const std::string& channel, const std::string& user, const std::string& name, const json& options);
/// \param values null: a button
std::string use(World& world,
                const std::string& message,
                const std::string& custom_id,
                const std::vector<std::string>* values,
                const std::string& user);
std::string submit(World& world, const std::string& interaction, const json& values);

}  // namespace reweave::test::fake
