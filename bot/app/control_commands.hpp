#pragma once
/// \file What the command line may ask of a running bot: publish, revisions, recall, export, erase, backup,
/// status, and how the bot fares on a channel.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <thread>
#include <vector>

#include "bot/app/config.hpp"
#include "bot/app/publication.hpp"
#include "bot/engine/engine.hpp"

namespace reweave::app {

/// Runs on the I/O thread. An answer is {"ok":true,…} or {"ok":false,"error":"one sentence"}.
class ControlCommands {
 public:
    using Answer = std::function<void(nlohmann::json)>;

    /// `post` runs something on the I/O thread, from any thread.
    using Post = std::function<void(std::function<void()>)>;

    using Reports = std::map<std::string, std::function<nlohmann::json()>, std::less<>>;  ///< by the channel's name

    /// `read_scripts` reads and compiles what is in force now; it may throw.
    ControlCommands(const Config& config,
                    engine::Engine& engine,
                    Post post,
                    std::function<Publication()> read_scripts,
                    Reports reports);
    ~ControlCommands();

    /// {"command":"export","person":"12"} …
    void run(nlohmann::json request, Answer answer);
    /// Reads the scripts again and publishes them, unless one has errors, without a report of what changed.
    void publish(Answer answer);
    /// Takes note of the replies to its own requests.
    void on_outputs(const std::vector<engine::Output>& outputs);

 private:
    void ask_engine(engine::RequestBody body, Answer answer);
    void back_up(const nlohmann::json& request, Answer answer);
    void publish_and_report(bool dry_run, Answer answer);
    void submit(Publication publication, nlohmann::json report, Answer answer);
    void in_background(std::function<nlohmann::json()> work, Answer answer);

    const Config& config_;
    engine::Engine& engine_;
    Post post_;
    std::function<Publication()> read_scripts_;
    Reports reports_;
    std::map<std::uint64_t, Answer> waiting_;
    std::uint64_t next_ticket_;
    std::thread background_;  ///< one at a time
    std::shared_ptr<std::atomic<bool>> busy_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace reweave::app
