// publish, revisions, recall: asked of the running bot, or done on the database if none runs.
#include <nlohmann/json.hpp>
#include <ostream>

#include "bot/app/commands.hpp"
#include "bot/app/own_engine.hpp"
#include "bot/app/revision_report.hpp"
#include "bot/app/storage.hpp"

namespace reweave::app {

using nlohmann::json;

int publish_scripts(const Config& config, const PublishOptions& options, std::ostream& out) {
    json report;
    if (auto answer = ask_running(config, {{"command", "publish"}, {"dry_run", options.dry_run}})) {
        report = std::move(*answer);
    } else {
        OwnEngine engine(config);
        Publication publication = prepare_publication(engine.content(), config.require_review);
        report = report_of(publication, store::living_revisions(database_file(config)));
        report["published"] = !options.dry_run && !publication.broken;
        if (report["published"].get<bool>()) {
            const engine::Reply reply =
                engine.ask(engine::Publish{std::move(publication.revisions), std::move(publication.translations)});
            if (reply.code != engine::Reply::Code::ok) throw std::runtime_error("publishing failed, nothing changed");
            report["left_out"] = lines_of(reply.text);
        }
    }
    if (options.json) {
        report.erase("ok");
        out << report.dump(2) << "\n";
    } else {
        print_publication(report, out);
    }
    return report["published"].get<bool>() || (options.dry_run && report["faults"].empty()) ? 0 : 1;
}

int list_revisions(const Config& config, const RevisionsOptions& options, std::ostream& out) {
    json report;
    if (auto answer = ask_running(config, {{"command", "revisions"}, {"script", options.script}})) {
        report = std::move(*answer);
    } else {
        const OwnEngine engine(config);  // so that nobody serves it meanwhile, and its schema is the newest
        report = report_of(store::living_revisions(database_file(config)), options.script);
    }
    if (report["revisions"].empty() && !options.script.empty())
        throw std::runtime_error("there is no script '" + options.script +
                                 "'; `reweave revisions` lists those that there are");
    if (options.json) {
        out << report["revisions"].dump(2) << "\n";
    } else {
        print_revisions(report, out);
    }
    return 0;
}

int recall_revision(const Config& config, const RecallOptions& options, std::ostream& out) {
    std::string done;
    const json request = {{"command", "recall"}, {"script", options.script}, {"revision", options.revision}};
    if (const auto answer = ask_running(config, request)) {
        done = answer->value("text", std::string());
    } else {
        const engine::Reply reply =
            OwnEngine(config).ask(engine::Recall{options.script, options.revision, required_scripts()});
        if (reply.code != engine::Reply::Code::ok) throw std::runtime_error(reply.text);
        done = reply.text;
    }
    out << done << "\nWhoever is in it is told so at their next turn; others hear nothing of it.\n";
    return 0;
}

}  // namespace reweave::app
