#pragma once
/// \file One turn of one person: what came in, all the scripts it moves, and what is written and said for it.
///
/// A Turn lives inside the open transaction and works on the person's session in place; if anything throws, the caller
/// rolls back and forgets the session.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bot/engine/core.hpp"
#include "bot/engine/event_body.hpp"
#include "bot/engine/library.hpp"
#include "bot/engine/session.hpp"

namespace reweave::engine {

/// What turns work with; outlives them.
struct Workshop {
    Store& store;
    Library& library;
    const CoreOptions& options;
};

[[nodiscard]] const dialog::LanguagePack& pack_for(const Person& person, const CoreOptions& options);

class Turn {
 public:
    Turn(Workshop workshop, Session& session, TimePoint now);

    /// What the turn answers: kept with its event, so that the same message is known when it comes again.
    void answers(IdentityId from, std::int64_t number);

    // One of these begins the turn. For anything but ok nothing has happened.
    void joined();
    [[nodiscard]] Reply::Code typed(const Inbound& inbound);
    [[nodiscard]] Reply::Code pressed(const Inbound& inbound);
    void unreadable();
    void tell(std::string_view phrase);  ///< one line of the script `phrases`
    /// False if the timer's wait is over or its conversation is not in focus.
    [[nodiscard]] bool timer(const TimerRecord& timer);
    /// A conversation that waits to be offered: offers it if the room is quiet. False if it is not.
    [[nodiscard]] bool offer_waiting();
    /// Sets a focus aside that nobody has touched for hours, so that something due can be offered.
    void set_idle_focus_aside();

    /// Writes the event, the hot row and the conversation, and returns the message as the person reads it.
    [[nodiscard]] Message finish();

    [[nodiscard]] bool ends_device() const { return ends_device_; }

 private:
    [[nodiscard]] dialog::Event event(dialog::Input input);
    [[nodiscard]] dialog::Context context();
    [[nodiscard]] std::optional<std::string_view> words(WordsRef ref);
    dialog::Turn::Result run(dialog::Input input);
    void apply(const dialog::Effect& effect);
    void ended(const dialog::EndEffect& end);
    void command(dialog::Command command);
    void begin(std::string_view script, dialog::Answers answers = {});
    void interrupt(std::string_view script, dialog::Answers answers = {});
    void without_focus(std::optional<dialog::Command> used);
    void answer_offer(const std::string& outcome);
    void take_focus(ConversationId id);
    void pause_focus();
    void save_focus();
    [[nodiscard]] std::optional<safety::Finding> weighed(const safety::Findings& findings);
    [[nodiscard]] std::string_view open_script();
    [[nodiscard]] bool speaks_to_minor();
    void plan_for_minor();
    void safety_stop(const safety::Finding& finding);
    void note_safety(const safety::Finding& finding, std::string_view action);
    void cancel_everything_planned();
    void erase_soon();
    void erase_minor();
    void say(std::string_view id);
    [[nodiscard]] std::optional<dialog::Bubble> phrase(std::string_view id) const;
    void say_program_notice();
    [[nodiscard]] dialog::Answers known_answers() const;

    Workshop workshop_;
    Session& session_;
    TimePoint now_;
    std::uint64_t seed_;
    EventBody body_;
    ConversationId last_conversation_;  ///< the event's own, even if it ended in this turn
    std::map<std::int64_t, std::string> words_;
    bool ends_device_ = false;
    bool was_minor_;            ///< the script for young people was open when the turn began
    bool ended_clear_ = false;  ///< a conversation ended with the outcome "clear"
};

/// Words by id, opened already.
using OpenWords = std::map<std::int64_t, std::string>;

/// A stored event as the person reads it. The question is shown only if it is still open. `words` saves reading from
/// the store what the caller has at hand.
[[nodiscard]] Message message_of(Workshop workshop,
                                 const Session& session,
                                 const EventRecord& record,
                                 const EventBody& body,
                                 TimePoint now,
                                 OpenWords words = {});

}  // namespace reweave::engine
