#include "bot/app/doctor.hpp"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unicode/timezone.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "bot/app/findings.hpp"
#include "bot/app/publication.hpp"
#include "bot/app/storage.hpp"
#include "bot/server/control.hpp"

namespace reweave::app {
namespace {

namespace fs = std::filesystem;

class Doctor {
 public:
    void look(const Config& config) {
        look_at_data(config);
        const bool running = look_for_running_bot(config);
        look_at_keys(config);
        look_at_scripts(config);
        if (!running) look_at_port(config.web.listen, config.web.port, "web.port");
        look_at_reach(config);
        look_at_certificate(config);
        look_at_time();
        if (!config.matrix.homeserver.empty())
            add(Finding::State::fine,
                "matrix",
                "on, at " + config.matrix.homeserver,
                "`reweave matrix doctor` looks at it.");
        if (config.discord.enabled) add(Finding::State::fine, "discord", "on", "`reweave discord doctor` looks at it.");
    }

    void add(Finding::State state, std::string what, std::string says, std::string mend = {}) {
        findings.push_back({state, std::move(what), std::move(says), std::move(mend)});
    }

    std::vector<Finding> findings;

 private:
    using State = Finding::State;

    void look_at_data(const Config& config) {
        const std::string folder = config.data.string();
        std::error_code error;
        if (!fs::exists(config.data, error)) {
            return add(State::warning,
                       "data folder",
                       folder + " is not there yet",
                       "It is made at the first start; `reweave serve` does that.");
        }
        if (access(config.data.c_str(), R_OK | W_OK | X_OK) != 0) {
            return add(State::broken,
                       "data folder",
                       "this user may not write to " + folder,
                       "Run as the user that owns it, or: sudo chown -R USER " + folder);
        }
        struct stat info {};
        if (stat(config.data.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
            add(State::warning, "data folder", "others on this machine may look into " + folder, "chmod 700 " + folder);
        }
        const auto free_mib = fs::space(config.data, error).available / (1024 * 1024);
        if (!error && free_mib < 500) {
            return add(State::broken,
                       "disk",
                       std::to_string(free_mib) + " MiB are free for " + folder,
                       "Make room: a full disk stops the bot.");
        }
        add(State::fine, "data folder", folder + ", " + std::to_string(free_mib) + " MiB free");
    }

    bool look_for_running_bot(const Config& config) {
        try {
            const auto status = server::ask_running_bot(control_socket(config), {{"command", "status"}});
            if (!status) {
                add(State::fine, "bot", "not running on this data");
                return false;
            }
            add(State::fine, "bot", "running; " + std::to_string(status->value("turns", 0)) + " turns since its start");
            if (const auto aside = status->value("set_aside", 0); aside > 0) {
                add(State::warning,
                    "inbox",
                    std::to_string(aside) + " messages were set aside after three failed tries",
                    "Look for failed turns in the log and report them.");
            }
            return true;
        } catch (const std::exception& e) {
            add(State::warning,
                "bot",
                std::string("its control socket does not answer: ") + e.what(),
                "Restart it if people get no answers.");
            return true;
        }
    }

    void look_at_keys(const Config& config) {
        const bool database = fs::exists(database_file(config));
        if (!database) return add(State::fine, "keys", "made with the database at the first start");
        if (!fs::exists(keys_file(config))) {
            return add(State::broken,
                       "keys",
                       keys_file(config).string() + " is missing: nobody's words can be read",
                       "Put back the copy that you keep apart (`reweave backup --keys`).");
        }
        if (!config.keys.master_key.empty()) return add(State::fine, "keys", "master key from the environment");
        const fs::path master = store_options(config).master_key.file;
        if (!fs::exists(master)) {
            return add(State::broken,
                       "master key",
                       master.string() + " is missing: the keys cannot be opened",
                       "Put back your copy of it.");
        }
        add(State::fine, "keys", "master key in " + master.string());
    }

    void look_at_scripts(const Config& config) {
        try {
            const Content content = load_content(config.dialogs, config.resources);
            const Publication publication = prepare_publication(content, config.require_review);
            std::size_t drafts = 0;
            for (const auto& revision : publication.revisions)
                drafts += revision->script.review.kind == dialog::Review::Kind::draft ? 1U : 0U;
            for (const std::string& fault : publication.faults)
                add(State::broken, "script", fault, "`reweave check` shows the place.");
            for (const std::string& id : publication.missing) {
                add(State::broken,
                    "script",
                    "the bot cannot start without '" + id + "'",
                    "Mend it, or take your version of it out of the dialogs folder.");
            }
            if (drafts > 0) {
                add(State::warning,
                    "scripts",
                    std::to_string(drafts) + " of " + std::to_string(publication.revisions.size()) + " are drafts",
                    "Have them reviewed before people rely on them, and write Reviewed: who, when in their heads.");
            } else {
                add(State::fine, "scripts", std::to_string(publication.revisions.size()) + " published");
            }
            for (const std::string& language : content.unscreened) {
                add(State::warning,
                    "safety rules",
                    "there are none for " + language + ": signs of danger are not noticed in what people type in it",
                    "Add rules/" + language + ".json to the resources folder.");
            }
            look_at_help(content);
        } catch (const std::exception& e) {
            add(State::broken, "content", e.what());
        }
    }

    void look_at_help(const Content& content) {
        const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
        const auto countries = engine::countries_with_lines(*content.help, now);
        if (countries.empty()) {
            return add(State::warning,
                       "help lines",
                       "no service has been checked by a person in the last 180 days, so people see only directories",
                       "Check the numbers of your country and set status and last_verified in resources/COUNTRY.json.");
        }
        std::string names;
        for (const std::string& country : countries) names += (names.empty() ? "" : " ") + country;
        add(State::fine, "help lines", "checked ones for " + names);
    }

    void look_at_port(const std::string& address, int port, const std::string& key) {
        if (port == 0) return;
        const bool v6 = address.find(':') != std::string::npos;
        const int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) return;
        const int on = 1;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in6 six{};
        sockaddr_in four{};
        six.sin6_family = AF_INET6;
        four.sin_family = AF_INET;
        six.sin6_port = four.sin_port = htons(static_cast<std::uint16_t>(port));
        inet_pton(AF_INET6, address.c_str(), &six.sin6_addr);
        inet_pton(AF_INET, address.c_str(), &four.sin_addr);
        const auto* where = v6 ? reinterpret_cast<const sockaddr*>(&six) : reinterpret_cast<const sockaddr*>(&four);
        const int failed = bind(fd, where, v6 ? sizeof six : sizeof four);
        const int why = errno;
        close(fd);
        const std::string name = address + ":" + std::to_string(port);
        if (failed == 0) return add(State::fine, "port", name + " is free");
        add(State::broken,
            "port",
            name + " cannot be opened: " + std::generic_category().message(why),
            "Stop what uses it, or choose another port (key " + key + ").");
    }

    void look_at_reach(const Config& config) {
        const bool loopback = config.web.listen.starts_with("127.") || config.web.listen == "::1";
        const bool tls = !config.web.tls.certificate.empty();
        if (!loopback && !tls) {
            add(State::warning,
                "web",
                "listens on " + config.web.listen + " without TLS: others on the way can read everything",
                "Put a reverse proxy with TLS in front and listen on 127.0.0.1, or set web.tls.");
        }
        if (config.web.public_url.starts_with("https://") && !tls && config.web.trusted_proxies.empty()) {
            add(State::warning,
                "proxy",
                "a public https address, but no trusted proxy: all people share one address and its limits",
                "Set web.trusted_proxies to the proxy's address, for example [\"127.0.0.1\"].");
        }
    }

    void look_at_certificate(const Config& config) {
        const fs::path file = config.web.tls.certificate;
        if (file.empty()) return;
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "r"), std::fclose);
        const std::unique_ptr<X509, void (*)(X509*)> certificate(
            in ? PEM_read_X509(in.get(), nullptr, nullptr, nullptr) : nullptr, X509_free);
        if (!certificate)
            return add(State::broken,
                       "certificate",
                       file.string() + " cannot be read as PEM",
                       "Check key web.tls.certificate.");
        int days = 0, seconds = 0;
        ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate.get()));
        if (days < 0 || seconds < 0)
            return add(State::broken, "certificate", file.string() + " has expired", "Renew it, then send SIGHUP.");
        add(days < 14 ? State::warning : State::fine,
            "certificate",
            "good for " + std::to_string(days) + " days",
            days < 14 ? "Renew it, then send SIGHUP." : "");
    }

    void look_at_time() {
        UErrorCode error = U_ZERO_ERROR;
        const char* version = icu::TimeZone::getTZDataVersion(error);
        const auto year =
            std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())).year();
        if (year < std::chrono::year(2026)) {
            return add(State::broken,
                       "clock",
                       "the machine thinks it is " + std::to_string(static_cast<int>(year)),
                       "Set the clock; timers go by it.");
        }
        add(State::fine, "time zones", U_SUCCESS(error) ? std::string("data of ") + version : "unknown version");
    }
};

}  // namespace

int doctor(const std::function<Config()>& load, const DoctorOptions& options, std::ostream& out) {
    Doctor doctor;
    try {
        doctor.look(load());
    } catch (const ConfigError& e) {
        doctor.findings.push_back(bad_settings(e));
    }
    return print_findings(doctor.findings, options.json, out);
}

}  // namespace reweave::app
