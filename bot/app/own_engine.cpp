#include "bot/app/own_engine.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bot/app/core_options.hpp"
#include "bot/app/storage.hpp"
#include "bot/server/control.hpp"

namespace reweave::app {
namespace {

store::StoreOptions existing(const Config& config) {
    if (!std::filesystem::exists(database_file(config)))
        throw std::runtime_error("there is no database in " + config.data.string() + " (key data, or --data)");
    return store_options(config);
}

}  // namespace

std::optional<nlohmann::json> ask_running(const Config& config, const nlohmann::json& request) {
    auto answer = server::ask_running_bot(control_socket(config), request);
    if (answer && !answer->value("ok", false))
        throw std::runtime_error(answer->value("error", std::string("the running bot refused")));
    return answer;
}

bool is_served(const Config& config) {
    const nlohmann::json request = {{"command", "status"}};
    return server::ask_running_bot(control_socket(config), request).has_value();
}

OwnEngine::OwnEngine(const Config& config)
    : content_(load_content(config.dialogs, config.resources)), store_(existing(config)) {
    give_to_owner(config);  // while the lock and the log are there
    engine::CoreOptions options = core_options(content_, config);
    options.keep = {};  // a command about one person erases nobody else
    options.keep_on.clear();
    core_.emplace(store_, clock_, std::move(options));
}

engine::Reply OwnEngine::ask(engine::RequestBody body) {
    std::vector<engine::Request> requests;
    requests.push_back({1, std::move(body)});
    for (engine::Output& output : core_->run(std::move(requests))) {
        if (auto* reply = std::get_if<engine::Reply>(&output)) return std::move(*reply);
    }
    throw std::runtime_error("the engine gave no answer");
}

}  // namespace reweave::app
