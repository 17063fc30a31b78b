#pragma once
/// \file One turn of one person: what came in, all the scripts it moves, and what is written and said for it.
///
/// A Turn lives inside the open transaction and works on the person's session in place; if anything throws, the caller
/// rolls back and forgets the session. What several people see of one inbound is a turn of each of them (Turns).

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bot/engine/event_body.hpp"
#include "bot/engine/message.hpp"
#include "bot/engine/session.hpp"

namespace reweave::engine {

class Turns;

/// Which script asks the one clarifying question about such a finding (safety brief, section 5.3).
[[nodiscard]] std::string_view check_script(safety::Category category);
/// Whether something that must be heard out (help, a safety check) stands in front of the script.
[[nodiscard]] bool is_interrupted(const dialog::State& state);
/// Whether it is said or asked by one of the scripts that are open there.
[[nodiscard]] bool is_said_there(const dialog::Effect& effect, const dialog::State& state);
/// Whether the timer is one of the open wait.
[[nodiscard]] bool is_due(const dialog::Input& input, const dialog::State& state);
[[nodiscard]] dialog::TimerDue due_of(const TimerRecord& timer);
/// `person` none: a timer of the room.
[[nodiscard]] TimerRecord record_of(const dialog::TimerEffect& timer, PersonId person, ConversationId conversation);

class Turn {
 public:
    Turn(Workshop workshop, Turns& all, Session& session, TimePoint now);

    /// What the turn answers: kept with its event, so that the same message is known when it comes again.
    void answers(const Identity& from, std::int64_t number);

    // One of these begins the turn. For anything but ok nothing has happened.
    void joined();
    [[nodiscard]] Reply::Code typed(const Inbound& inbound);
    [[nodiscard]] Reply::Code pressed(const Inbound& inbound);
    /// Whether the question of that id, which was answered in writing, is not the open one. Empty: none was meant.
    [[nodiscard]] bool has_moved_on(const std::string& ask_id);
    void unreadable();
    /// They have come again to a channel that they had left: what is open is asked again.
    void comes_back();
    /// They come to the menu from wherever they are, which is kept, and these are pressed in it as far as it has them.
    /// A check that they are safe is not left.
    void enters(const std::vector<std::string>& picks);
    /// As if they had typed that command, in whatever language they use.
    [[nodiscard]] Reply::Code commanded(const Inbound& inbound);
    /// The answer that led to `event` is taken back: the conversation in focus stands as it did before.
    void take_back(dialog::State before, EventId event);
    /// Asks again what is open.
    void ask_again();
    /// What they typed in this turn; id 0: nothing that is kept.
    [[nodiscard]] WordsRef said() const;
    [[nodiscard]] bool says_something() const { return !parts_.empty(); }
    void tell(std::string_view phrase);  ///< one line of the script `phrases`
    /// False if the timer's wait is over or its conversation is not in focus.
    [[nodiscard]] bool timer(const TimerRecord& timer);
    /// A conversation that waits to be offered: offers it if the room is quiet. False if it is not.
    [[nodiscard]] bool offer_waiting();
    /// Sets a focus aside that nobody has touched for hours, so that something due can be offered.
    void set_idle_focus_aside();
    /// Someone has asked them, by a code, to take that seat: they are asked whether they want to.
    void invited(const RunningPtr& conversation, int lane, WordsRef inviter);
    /// They must not meet anybody now, or cannot: rooms they are in pause, and from what they prepared alone they are
    /// gone.
    void withdraw();
    /// They are about to be erased: they leave every conversation of several.
    void leave_all();

    /// What a conversation of several sends them, in its room or in their lane.
    void receive(const RunningPtr& conversation, int lane, const dialog::Outgoing& out);
    [[nodiscard]] dialog::Context context();

    /// What they pressed reads so on the buttons.
    void pressed(const RunningPtr& conversation, const dialog::JointInput& input, std::vector<std::string> labels);

    /// A conversation whose script was recalled has a turn: it ends for them, and they are told so in words made for
    /// that, or get what they asked for by one of the bot's words.
    void recalled(const RunningPtr& conversation, std::optional<dialog::Command> used = std::nullopt);
    /// They see that the room is closed, in words for any cause.
    void see_room_close(const RunningPtr& conversation);
    /// It ends for them without a word.
    void leave_recalled(const RunningPtr& conversation);

    [[nodiscard]] Session& session() { return session_; }
    /// Writes the events, the hot row and the conversation, and returns the messages as the person reads them.
    [[nodiscard]] std::vector<Message> finish();

    [[nodiscard]] bool ends_device() const { return ends_device_; }

 private:
    [[nodiscard]] dialog::Event event(dialog::Input input);
    [[nodiscard]] EventBody& in_private() { return part({}); }
    [[nodiscard]] EventBody& part(ConversationId room);
    void say_aside(ConversationId room, dialog::Bubble bubble);
    void close_question();
    [[nodiscard]] Reply::Code typed_in_room(const Inbound& inbound);
    dialog::Turn::Result run_in_room(ConversationId room, dialog::Input input);
    dialog::Turn::Result run(dialog::Input input);
    void apply(const dialog::Effect& effect);
    void take_name(WordsRef given);
    void ended(const dialog::EndEffect& end);
    void begin_together(const dialog::BeginEffect& begin);
    void take_seat(const RunningPtr& conversation, dialog::Answers answers);
    void go_on_together(const RunningPtr& conversation);
    void decline(const RunningPtr& conversation);
    void receive_in_room(const RunningPtr& conversation, const dialog::Effect& effect, bool aside);
    void hold(const RunningPtr& conversation, int lane, const dialog::Effect& effect);
    [[nodiscard]] dialog::Turn::Result run_recalled(const RunningPtr& focus, const dialog::Input& input);
    [[nodiscard]] bool tell_recalled(const RunningPtr& conversation);
    void set_recalled_aside();
    void tell_later(const RunningPtr& conversation);
    void answer_invitation(const std::string& outcome);
    [[nodiscard]] int my_lane(const RunningPtr& conversation) const;
    [[nodiscard]] bool is_locked() const { return now_ < session_.person.joint_locked_until; }
    [[nodiscard]] bool may_meet() const;
    void lock_joint();
    void command(dialog::Command command);
    void begin(std::string_view script, dialog::Answers answers = {});
    void interrupt(std::string_view script, dialog::Answers answers = {});
    void without_focus(std::optional<dialog::Command> used);
    void leave_focus();
    void answer_offer(const std::string& outcome);
    void offer_again(ConversationId offered);
    void take_focus(ConversationId id);
    void pause_focus();
    void save_focus();
    /// Their rooms, and what they may have of conversations of several.
    [[nodiscard]] std::vector<std::pair<RunningPtr, int>> seats();
    [[nodiscard]] std::optional<safety::Finding> weighed(const safety::Findings& findings);
    [[nodiscard]] std::string_view open_script();
    [[nodiscard]] bool speaks_to_minor();
    void plan_for_minor();
    void safety_stop(const safety::Finding& finding);
    void note_safety(const safety::Finding& finding, std::string_view action);
    void note_report();
    void cancel_everything_planned();
    void erase_soon();
    void erase_minor();
    void say(std::string_view id);
    [[nodiscard]] std::optional<dialog::Bubble> phrase(std::string_view id) const;
    void say_program_notice();
    [[nodiscard]] bool is_reachable() const;
    [[nodiscard]] dialog::Answers known_answers() const;

    Workshop workshop_;
    Turns& all_;
    Session& session_;
    TimePoint now_;
    std::uint64_t seed_;
    IdentityId from_;  ///< device and number of the message that began the turn
    std::int64_t number_ = 0;
    bool from_account_ = false;
    std::vector<EventBody> parts_;  ///< what they see, in order: a new one where it goes on in another room
    std::optional<dialog::BeginEffect> begins_;
    ConversationId last_conversation_;  ///< the event's own, even if it ended in this turn
    OpenWords words_;
    bool ends_device_ = false;
    bool was_minor_;            ///< the script for young people was open when the turn began
    bool ended_clear_ = false;  ///< a conversation ended with the outcome "clear"
};

/// All that one inbound or one timer causes: a turn of each person who sees something of it.
class Turns {
 public:
    Turns(Workshop workshop, Sessions& sessions, TimePoint now, std::uint64_t& stopped)
        : workshop_(workshop), sessions_(sessions), now_(now), stopped_(stopped) {}

    /// The turn of that person; theirs alone, however often it is asked for.
    [[nodiscard]] Turn& of(Session& session);

    /// Gives the input to a conversation of several people, and to each of them what they see of it.
    /// `acting` is the one who did it; null for a timer of the room.
    dialog::Turn::Result take(const RunningPtr& conversation, dialog::JointInput input, Turn* acting);

    struct Finished {
        Session* session;
        std::vector<Message> messages;
    };
    /// Writes all of it. People who see nothing of it are not among the results.
    [[nodiscard]] std::vector<Finished> finish();

 private:
    dialog::Turn::Result run(const RunningPtr& conversation, dialog::JointInput input, Turn* acting, bool recalled);
    dialog::Turn::Result take_back(const RunningPtr& conversation, dialog::JointInput input, Turn* acting);
    void close_recalled_room(const RunningPtr& conversation, int but);
    void touch(const RunningPtr& conversation);
    void give(const RunningPtr& conversation, const dialog::Outgoing& out);
    struct Agreed {
        dialog::Answer name;
        std::map<std::string, dialog::Shared, std::less<>> shared;
    };
    [[nodiscard]] static std::vector<Agreed> agreed(const Together& together);
    void record_consents(const RunningPtr& conversation, const std::vector<Agreed>& before);
    void add_consent(const RunningPtr& conversation, Consent consent);
    [[nodiscard]] bool may_read(const Running& conversation, int lane, const dialog::Outgoing& out);

    Workshop workshop_;
    Sessions& sessions_;
    TimePoint now_;
    std::uint64_t& stopped_;  ///< outbounds that carried what their reader has no consent to read
    std::vector<std::unique_ptr<Turn>> turns_;
    std::vector<RunningPtr> touched_;
    OpenWords words_;
};

}  // namespace reweave::engine
