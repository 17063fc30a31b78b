#pragma once
/// \file The turn loop without its thread: runs a batch of requests in one transaction.
///
/// A turn that throws is undone and answered alone (failed_turns.hpp). Outputs leave only after the commit.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bot/engine/help.hpp"
#include "bot/engine/messages.hpp"
#include "bot/engine/ports.hpp"

namespace reweave::engine {

struct CoreOptions {
    std::map<std::string, dialog::LanguagePackPtr> packs;  ///< by language; "en" must be there
    HelpDirectoryPtr help;
    std::string human_contact;  ///< operator's line for the word "human"; may be empty
    bool together = true;       ///< whether people may meet in conversations of several
    /// Languages that the safety screen does not cover: who is spoken to in one meets nobody (domain: README).
    std::vector<std::string> unscreened = {};
    std::string first_script = "welcome";
    dialog::Answers
        first_answers;  ///< handed to the first script, besides the person's country and the operator's contact
    std::size_t cached_people = 4096;  ///< states kept in memory
    std::chrono::days keep{0};         ///< who has been silent for so long is erased; 0: never
    /// By channel: the same for those who are known there.
    std::map<std::string, std::chrono::days> keep_on;
    std::vector<dialog::RevisionPtr> known;  ///< which of the stored revisions need not be read again
    std::function<std::uint64_t()> random;   ///< seeds of turns and codes; unpredictable outside tests
};

struct CoreCounters {
    std::uint64_t turns = 0, failed_turns = 0, repeats = 0, timers_fired = 0, batches = 0, set_aside = 0;
    std::uint64_t stopped =
        0;  ///< outbounds held back because their reader had no consent to read them: a fault of ours
    TimePoint oldest_unsent{};  ///< of the messages that a channel has not confirmed; 0: none
};

class Core {
 public:
    Core(Store& store, const Clock& clock, CoreOptions options);
    ~Core();
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    /// Runs the requests and all due timers in one transaction and returns what goes out, in order.
    /// \throws StoreError if the environment failed: nothing of the batch happened, and the core must not be used
    /// again.
    [[nodiscard]] std::vector<Output> run(std::vector<Request> requests);

    /// When the next timer is due; empty if there is none.
    [[nodiscard]] std::optional<TimePoint> next_due() const;

    [[nodiscard]] const CoreCounters& counters() const;

    /// Those of the scripts that are not published.
    [[nodiscard]] std::vector<std::string> unpublished(const std::vector<std::string>& scripts) const;

 private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace reweave::engine
