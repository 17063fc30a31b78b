#include "bot/app/findings.hpp"

#include <nlohmann/json.hpp>
#include <ostream>

namespace reweave::app {
namespace {

const char* word(Finding::State state) {
    switch (state) {
        case Finding::State::fine:
            return "ok";
        case Finding::State::warning:
            return "warning";
        case Finding::State::broken:
            return "broken";
    }
    return "";
}

}  // namespace

Finding bad_settings(const ConfigError& why) {
    return {Finding::State::broken,
            "settings",
            why.what(),
            "The sample explains every key: packaging/reweave.yaml, or /etc/reweave/reweave.yaml."};
}

int print_findings(const std::vector<Finding>& findings, bool as_json, std::ostream& out) {
    bool broken = false;
    nlohmann::json all = nlohmann::json::array();
    for (const Finding& f : findings) {
        broken = broken || f.state == Finding::State::broken;
        if (as_json) {
            all.push_back({{"state", word(f.state)}, {"what", f.what}, {"says", f.says}, {"mend", f.mend}});
            continue;
        }
        out << word(f.state) << std::string(9 - std::string(word(f.state)).size(), ' ') << f.what << ": " << f.says
            << "\n";
        if (!f.mend.empty()) out << "         " << f.mend << "\n";
    }
    if (as_json) out << all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return broken ? 1 : 0;
}

}  // namespace reweave::app
