#include "bot/app/temporary_bot.hpp"

namespace reweave::app {

TemporaryBot::TemporaryBot(const engine::Clock& clock,
                           const Content& content,
                           const Revisions& revisions,
                           const std::vector<dialog::Translation>& translations,
                           engine::CoreOptions options)
    : clock_(clock), options_(std::move(options)) {
    options_.packs = content.packs;
    options_.help = content.help;
    options_.known.assign(revisions.begin(), revisions.end());
    reopen();
    (void)run(engine::Publish{revisions, translations});
}

void TemporaryBot::reopen() {
    core_.reset();
    store_.reset();
    store::StoreOptions options;
    options.path = folder_.path() / "reweave.db";
    options.keys_path = folder_.path() / "keys.db";
    options.master_key.file = folder_.path() / "master.key";
    options.migrations = shipped_migrations();
    options.synchronous = store::StoreOptions::Synchronous::normal;
    store_ = std::make_unique<store::SqliteStore>(options);
    core_ = std::make_unique<engine::Core>(*store_, clock_, options_);
}

std::vector<engine::Output> TemporaryBot::run(engine::RequestBody body) {
    std::vector<engine::Request> requests;
    requests.push_back({1, std::move(body)});
    return core_->run(std::move(requests));
}

}  // namespace reweave::app
