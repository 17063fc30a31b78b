#include "bot/app/control_commands.hpp"

#include <nlohmann/json.hpp>

#include "bot/app/logging.hpp"
#include "bot/app/revision_report.hpp"
#include "bot/app/storage.hpp"
#include "bot/engine/gate.hpp"

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

ControlCommands::ControlCommands(
    const Config& config, engine::Engine& engine, Post post, std::function<Publication()> read_scripts, Reports reports)
    : config_(config),
      engine_(engine),
      post_(std::move(post)),
      read_scripts_(std::move(read_scripts)),
      reports_(std::move(reports)),
      next_ticket_(engine::kFirstControlTicket) {}

ControlCommands::~ControlCommands() {
    if (background_.joinable()) background_.join();
}

void ControlCommands::run(json request, Answer answer) {
    const std::string command = request.is_object() ? text_of(request, "command") : std::string();
    if (command == "publish")
        return publish_and_report(request.value("dry_run", json(false)) == json(true), std::move(answer));
    if (command == "revisions") {
        return in_background(
            [this, script = text_of(request, "script")] {
                return report_of(store::living_revisions(database_file(config_)), script);
            },
            std::move(answer));
    }
    if (command == "recall") {
        return ask_engine(engine::Recall{text_of(request, "script"), text_of(request, "revision"), required_scripts()},
                          std::move(answer));
    }
    if (command == "backup") return back_up(request, std::move(answer));
    if (command == "status") {
        const engine::CoreCounters counters = engine_.counters();
        return answer(
            {{"ok", true}, {"turns", counters.turns}, {"queued", engine_.queued()}, {"set_aside", counters.set_aside}});
    }
    if (const auto found = reports_.find(command); found != reports_.end()) {
        json report = found->second();
        report["ok"] = true;
        return answer(std::move(report));
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
        } else if (reply->code == engine::Reply::Code::refused) {
            answer(refusal(reply->text));
        } else if (reply->code == engine::Reply::Code::unknown_identity) {
            answer(refusal("there is no such person"));
        } else {
            answer(refusal("the bot could not do it, and nothing changed; its log says why"));
        }
    }
}

void ControlCommands::back_up(const json& request, Answer answer) {
    const json keys = request.value("keys", json(false));
    BackupOptions options{text_of(request, "to"), keys.is_boolean() && keys.get<bool>()};
    in_background(
        [this, options] {
            copy_database(config_, options);
            return json::object();
        },
        std::move(answer));
}

void ControlCommands::publish(Answer answer) {
    Publication publication;
    try {
        publication = read_scripts_();
    } catch (const std::exception& e) {
        log_error(std::string("reload failed, nothing changed: ") + e.what());
        return answer(refusal(e.what()));
    }
    json report = {{"faults", publication.faults}, {"published", !publication.broken}};
    if (publication.broken) {
        log_error("scripts not published: some have errors, nothing changed");
        report["ok"] = true;
        return answer(std::move(report));
    }
    submit(std::move(publication), std::move(report), std::move(answer));
}

void ControlCommands::publish_and_report(bool dry_run, Answer answer) {
    auto publication = std::make_shared<Publication>();
    try {
        *publication = read_scripts_();
    } catch (const std::exception& e) {
        return answer(refusal(e.what()));
    }
    in_background(
        [this, publication] { return report_of(*publication, store::living_revisions(database_file(config_))); },
        [this, publication, dry_run, answer = std::move(answer)](json report) {
            if (!report.value("ok", false)) return answer(std::move(report));
            report["published"] = !dry_run && !publication->broken;
            if (!report["published"].get<bool>()) return answer(std::move(report));
            submit(std::move(*publication), std::move(report), answer);
        });
}

void ControlCommands::submit(Publication publication, json report, Answer answer) {
    ask_engine(engine::Publish{std::move(publication.revisions), std::move(publication.translations)},
               [report = std::move(report), answer = std::move(answer)](json reply) mutable {
                   if (!reply.value("ok", false)) return answer(std::move(reply));
                   report["ok"] = true;
                   report["left_out"] = lines_of(reply.value("text", std::string()));
                   for (const json& left_out : report["left_out"])
                       log_warning("script left out: " + left_out.get<std::string>());
                   log_info("scripts read again");
                   answer(std::move(report));
               });
}

/// On a thread of its own: it reads the database for as long as it takes, while turns go on.
void ControlCommands::in_background(std::function<json()> work, Answer answer) {
    if (busy_->exchange(true)) return answer(refusal("another back-up or report is being made; try again then"));
    if (background_.joinable()) background_.join();
    background_ = std::thread([this, work = std::move(work), answer = std::move(answer)]() mutable {
        json report;
        try {
            report = work();
            report["ok"] = true;
        } catch (const std::exception& e) {
            report = refusal(e.what());
        }
        post_([answer = std::move(answer), report = std::move(report), busy = busy_]() mutable {
            busy->store(false);
            answer(std::move(report));
        });
    });
}

}  // namespace reweave::app
