#pragma once
/// \file What somebody did in Discord's interface, as the gateway tells it: a command, a press, a choice, a form.
///
/// Pure, from any thread; nothing is thrown.

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reweave::discord {

/// A message that one person sees (Discord: Message Flags).
inline constexpr int kEphemeral = 1 << 6;

/// Where in Discord something happens.
struct Where {
    enum class Kind {
        server,  ///< a channel or thread of a server, where others read along
        direct,  ///< one person and the bot
        group    ///< a group of people without a server, where the bot has no voice but its answers
    } kind = Kind::server;
    std::string channel;
    std::string guild;                     ///< server: its id
    bool in_thread = false;                ///< server
    std::uint64_t permissions{};           ///< what the bot may do there
    std::vector<std::string> people = {};  ///< of a group, as far as Discord names them
    bool operator==(const Where&) const = default;
};

struct Interaction {
    enum class Kind { command, press, form, other } kind = Kind::other;
    std::string id;
    std::string token;
    std::string user;
    std::string locale;  ///< BCP-47
    Where where;
    std::string command;  ///< name of a command
    std::map<std::string, std::string> options = {};
    std::string custom_id;                           ///< of a press or a form
    std::vector<std::string> values = {};            ///< chosen
    std::map<std::string, std::string> fields = {};  ///< of a form: what was typed, by custom id
    std::string message;                             ///< that was pressed
    std::string components;                          ///< of that message, JSON
    bool ephemeral = false;                          ///< only they see that message
    bool user_installed = false;                     ///< only they have let the bot in, not the server
};

/// Nothing if it is not one, or nobody can be answered.
[[nodiscard]] std::optional<Interaction> interaction_from(const nlohmann::json& data);

/// What a custom id of ours says: a word for what it is about, and what follows it.
struct Mark {
    enum class Kind {
        none,
        pick,    ///< `ask` is answered by `rest`
        choose,  ///< some of the answers to `ask`: the number of a menu in `rest`
        chosen,  ///< `ask` is answered by all that is chosen in its menus
        write,   ///< opens a form for `ask`; the form itself
        skip,    ///< `ask` is skipped
        own      ///< a button of the adapter's: its name in `ask`, and `rest`
    } kind = Kind::none;
    std::string ask;
    std::string rest;
    bool operator==(const Mark&) const = default;
};
[[nodiscard]] std::string to_text(const Mark& mark);
[[nodiscard]] Mark mark_from_text(std::string_view text);

inline constexpr std::size_t kCustomIdCharacters = 100;

}  // namespace reweave::discord
