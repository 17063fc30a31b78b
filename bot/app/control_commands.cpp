#include "bot/app/control_commands.hpp"

#include <nlohmann/json.hpp>

#include "bot/app/logging.hpp"
#include "bot/app/storage.hpp"
#include "bot/server/engine_gate.hpp"

namespace reweave::app {
namespace {

using nlohmann::json;

json refusal(const std::string& sentence) {
    return {{"ok", false}, {"error", sentence}};
}

std::string text_of(const json& request, const char* field) {
    const auto it = request.find(field);
    return it != request.end() && it->is_string() ? it->get<std::string>() : std::string();
}

}  // namespace

ControlCommands::ControlCommands(const Config& config,
                                 engine::Engine& engine,
                                 Post post,
                                 std::function<void(Answer)> publish)
    : config_(config),
      engine_(engine),
      post_(std::move(post)),
      publish_(std::move(publish)),
      next_ticket_(server::kFirstForeignTicket + 1) {}

ControlCommands::~ControlCommands() {
    if (backup_.joinable()) backup_.join();
}

void ControlCommands::run(json request, Answer answer) {
    const std::string command = request.is_object() ? text_of(request, "command") : std::string();
    if (command == "publish") return publish_(std::move(answer));
    if (command == "backup") return back_up(request, std::move(answer));
    if (command == "status") {
        const engine::CoreCounters counters = engine_.counters();
        return answer(
            {{"ok", true}, {"turns", counters.turns}, {"queued", engine_.queued()}, {"set_aside", counters.set_aside}});
    }
    if (command == "export" || command == "erase") {
        engine::FindPerson find{text_of(request, "person")};
        if (command == "export") return ask_engine(engine::ExportPerson{std::move(find)}, std::move(answer));
        return ask_engine(engine::ErasePerson{std::move(find)}, std::move(answer));
    }
    answer(refusal("the running bot does not know the command '" + command + "'"));
}

void ControlCommands::ask_engine(engine::RequestBody body, Answer answer) {
    const std::uint64_t ticket = next_ticket_++;
    if (!engine_.submit({ticket, std::move(body)})) return answer(refusal("the bot is busy; try again in a moment"));
    waiting_[ticket] = std::move(answer);
}

void ControlCommands::on_outputs(const std::vector<engine::Output>& outputs) {
    if (waiting_.empty()) return;
    for (const engine::Output& output : outputs) {
        const auto* reply = std::get_if<engine::Reply>(&output);
        const auto it = reply ? waiting_.find(reply->ticket) : waiting_.end();
        if (it == waiting_.end()) continue;
        const Answer answer = std::move(it->second);
        waiting_.erase(it);
        if (reply->code == engine::Reply::Code::ok) {
            answer({{"ok", true}, {"text", reply->text}});
        } else {
            answer(refusal("there is no such person"));
        }
    }
}

/// On a thread of its own: it reads the database for as long as it takes, while turns go on.
void ControlCommands::back_up(const json& request, Answer answer) {
    if (backing_up_->exchange(true)) return answer(refusal("a back-up is being made already"));
    if (backup_.joinable()) backup_.join();
    const json keys = request.value("keys", json(false));
    BackupOptions options{text_of(request, "to"), keys.is_boolean() && keys.get<bool>()};
    backup_ = std::thread([this, options, answer = std::move(answer)]() mutable {
        json report = {{"ok", true}};
        try {
            copy_database(config_, options);
        } catch (const std::exception& e) {
            report = refusal(e.what());
        }
        post_([answer = std::move(answer), report = std::move(report), busy = backing_up_]() mutable {
            busy->store(false);
            answer(std::move(report));
        });
    });
}

}  // namespace reweave::app
