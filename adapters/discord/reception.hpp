#pragma once
/// \file What somebody does in Discord's interface, and what comes of it: a form, an answer to the engine, a way to the
/// page. One thread, the I/O thread.

#include "adapters/discord/posting.hpp"
#include "adapters/discord/written.hpp"
#include "bot/safety/screen.hpp"

namespace reweave::discord {

class Reception {
 public:
    using Screen = std::function<safety::Findings(std::string_view text)>;
    Reception(Shared& shared, Posting& posting, Screen screen);
    Reception(const Reception&) = delete;
    Reception& operator=(const Reception&) = delete;

    /// At once, when it has come: what can be answered without the engine is, and from now on it is acknowledged in
    /// time.
    [[nodiscard]] SlotPtr arrive(const Interaction& done);
    /// In its turn: does what it asks for. `batch` has what is to be stored with it.
    [[nodiscard]] Awaitable<void> take(const Interaction& done, SlotPtr slot, engine::Batch batch);
    /// The same for what somebody has written.
    [[nodiscard]] Awaitable<void> hear(Written written, engine::Batch batch);

 private:
    [[nodiscard]] Awaitable<void> command(const Interaction& done, SlotPtr slot, engine::Batch batch);
    [[nodiscard]] Awaitable<void> press(const Interaction& done, SlotPtr slot, const Mark& mark, engine::Batch batch);
    [[nodiscard]] Awaitable<void> own(const Interaction& done, SlotPtr slot, const Mark& mark, engine::Batch batch);
    [[nodiscard]] Awaitable<void> go_direct(const Interaction& done, SlotPtr slot, engine::Batch batch);
    [[nodiscard]] Awaitable<void> call_circle(const Interaction& done, SlotPtr slot, engine::Batch batch);
    [[nodiscard]] Awaitable<void> take_part(const Interaction& done, SlotPtr slot, engine::Batch batch);
    [[nodiscard]] Awaitable<void> bring_here(const Interaction& done, SlotPtr slot, engine::Batch batch);
    [[nodiscard]] Awaitable<void> agree_here(const Interaction& done,
                                             SlotPtr slot,
                                             const Mark& mark,
                                             engine::Batch batch);
    [[nodiscard]] Awaitable<void> send_export(const Interaction& done, SlotPtr slot, engine::Batch batch);
    [[nodiscard]] Awaitable<void> erase(const Interaction& done, SlotPtr slot, engine::Batch batch);
    /// Hands over what they did, and tells them if it could not be taken.
    [[nodiscard]] Awaitable<void> hand_over(const Interaction& done,
                                            SlotPtr slot,
                                            engine::Batch batch,
                                            engine::Inbound inbound);
    [[nodiscard]] Awaitable<void> tell_alone(std::string user, SlotPtr slot, std::string id, std::string words);
    [[nodiscard]] Awaitable<engine::Reply> talk_of(std::string user);
    [[nodiscard]] Awaitable<void> store(engine::Batch batch);
    [[nodiscard]] Awaitable<void> know(std::string user,
                                       const std::string& key,
                                       std::string language,
                                       engine::Batch& batch);
    void note(const Interaction& done, engine::Batch& batch);
    void are_in_direct_chat(Contact& contact, const std::string& channel, bool go_on) const;
    [[nodiscard]] Note greeting() const;
    [[nodiscard]] bool reaches(const std::string& user) const;
    [[nodiscard]] bool has_voice(const Interaction& done) const;

    Shared& shared_;
    Posting& posting_;
    Screen screen_;
};

}  // namespace reweave::discord
