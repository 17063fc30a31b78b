#pragma once
/// \file Plays transcripts, for one person or several, on a whole bot: what is the same for every way to reach it.

#include <memory>

#include "bot/app/temporary_bot.hpp"
#include "bot/dialog/player.hpp"

namespace reweave::app {

/// What one message of the bot shows one person.
struct Shown {
    std::vector<std::string> lines;               ///< what somebody else said in the room, and bubbles (as_line)
    bool answers = false;                         ///< it follows something that they did themselves
    std::string ask;                              ///< id of the question that it asks; empty: none
    std::vector<dialog::RenderedChoice> choices;  ///< to that question
    std::int64_t room = 0;                        ///< 0: in private
    bool room_is_open = false;
};

/// What somebody else said in a room, as one line.
[[nodiscard]] std::string heard_line(const std::string& name,
                                     const std::string& text,
                                     const std::vector<std::string>& picks);

/// How people reach a bot. They are numbered in the order in which they come, from 0.
class Connections {
 public:
    virtual ~Connections() = default;
    /// Somebody new comes in.
    virtual engine::PersonId hello(const std::string& language, const std::string& time_zone) = 0;
    // False: the bot did not take it.
    [[nodiscard]] virtual bool say(std::size_t who, std::string_view text, std::int64_t room) = 0;
    [[nodiscard]] virtual bool choose(std::size_t who,
                                      const std::string& ask,
                                      const std::vector<std::string>& picks) = 0;
    /// Uses a code for a seat.
    [[nodiscard]] virtual bool use(std::size_t who, const std::string& code) = 0;
    /// A code for a seat; empty if there is none.
    [[nodiscard]] virtual std::string invite(std::size_t who,
                                             engine::ConversationId conversation,
                                             const std::string& role) = 0;
    /// Runs what is due, and a request that comes from no connection, such as an operator's.
    virtual void run(std::optional<engine::RequestBody> request) = 0;
    /// All that has come for them since they were last looked at.
    [[nodiscard]] virtual std::vector<Shown> look(std::size_t who) = 0;
};

using Connect = std::unique_ptr<Connections> (*)(TemporaryBot& bot);

/// People of a script for several are brought together as people are: the first begins it out of a script of their own,
/// and the others come with a code; what is said until each one's part begins is not shown. Whoever leaves is erased.
/// `content`, `revisions` and `translations` must outlive the player.
[[nodiscard]] std::unique_ptr<dialog::Player> make_level_player(const Content& content,
                                                                const Revisions& revisions,
                                                                const std::vector<dialog::Translation>& translations,
                                                                std::uint64_t seed,
                                                                Connect connect);

}  // namespace reweave::app
