#include "bot/app/findings.hpp"

#include <sys/stat.h>

#include <chrono>
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

Finding compare_clocks(const std::string& whose, std::int64_t there) {
    constexpr std::int64_t kApart = 30'000;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const std::int64_t ahead = std::chrono::duration_cast<std::chrono::milliseconds>(now).count() - there;
    if (std::abs(ahead) <= kApart) return {Finding::State::fine, "clock", "agrees with that of " + whose, {}};
    return {Finding::State::warning,
            "clock",
            "this machine is " + std::to_string(std::abs(ahead) / 1000) + " s " +
                (ahead > 0 ? "ahead of " : "behind ") + whose,
            "Let it set its clock over the network (timedatectl set-ntp true)."};
}

std::optional<Finding> belongs_to_another(const Config& config, const std::filesystem::path& file) {
    struct stat folder {};
    struct stat info {};
    if (::stat(config.data.c_str(), &folder) != 0 || ::stat(file.c_str(), &info) != 0 || folder.st_uid == info.st_uid)
        return std::nullopt;
    return Finding{Finding::State::broken,
                   "login",
                   file.string() + " belongs to another user than its folder, so the bot may not read it",
                   "chown --reference=" + config.data.string() + " " + file.string()};
}

std::string way_to_it(const std::string& proxy) {
    return proxy.empty()
               ? "It is asked directly; a proxy would be named by https_proxy in the environment."
               : "It is asked through the proxy that the environment names; no_proxy takes a host out of that.";
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
