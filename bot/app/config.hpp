#pragma once
/// \file The operator's settings: one YAML file, checked whole, into one plain struct.
///
/// The defaults here, the sample in packaging/reweave.yaml and what each key means are held together by a test. A key
/// that is not known, or has the wrong type, is an error with its line: a setting that is silently not in force is
/// worse than no start. Secrets stand in the environment or in files of their own, never in this file.

#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace reweave::app {

struct Config {
    std::filesystem::path data = "/var/lib/reweave";  ///< database, keys and control socket
    std::filesystem::path dialogs;                ///< folder with scripts instead of the shipped ones; empty: shipped
    std::filesystem::path resources;              ///< resources/, vocabulary/ and rules/ instead of the shipped ones
    std::vector<std::string> languages = {"en"};  ///< BCP-47; the first is spoken to people whose own is not here
    bool require_review = false;                  ///< refuse scripts and help lines that are drafts
    bool together = false;                        ///< whether people may meet in scripts for several
    std::string human_contact;                    ///< what the word "human" is answered with; empty: nobody to reach

    struct Web {
        std::string listen = "127.0.0.1";  ///< an IP address
        int port = 8080;                   ///< 0: any free one
        std::string public_url;            ///< how people reach the page; empty: http://LISTEN:PORT
        std::vector<std::string> origins;  ///< other pages that may open a connection; that of public_url always may
        std::vector<std::string> trusted_proxies;              ///< IP addresses whose X-Forwarded-For is believed
        bool anonymous = true;                                 ///< whether someone new may begin
        std::string exit_site = "https://www.wikipedia.org/";  ///< where quick exit goes
        struct Tls {
            std::filesystem::path certificate;  ///< PEM with its chain; empty: no TLS here (a proxy does it)
            std::filesystem::path key;          ///< PEM
            bool operator==(const Tls&) const = default;
        } tls;
        struct Limits {
            int connections = 20'000;
            int connections_per_address = 100;
            int messages_per_minute = 60;  ///< of one device, on average
            int burst = 20;                ///< of these so many at once
            int new_people_per_hour = 60;  ///< from one address
            bool operator==(const Limits&) const = default;
        } limits;
        bool operator==(const Web&) const = default;
    } web;

    struct Matrix {
        std::string homeserver;              ///< empty: the bot is not on Matrix
        std::string invites = "nobody";      ///< whose are accepted: nobody, allowed, same-server or anyone
        std::vector<std::string> allowed;    ///< user ids, or ":example.org" for everyone of that server
        int rooms = 5'000;                   ///< joined in all
        std::string encryption = "default";  ///< of rooms: default, strict (verified devices alone) or off
        std::filesystem::path authorities;   ///< PEM, beside those of the system; empty: none
        bool operator==(const Matrix&) const = default;
    } matrix;

    struct Discord {
        bool enabled = false;
        std::string private_words = "browser";            ///< where they are said: browser, dm or ephemeral
        bool message_content = false;                     ///< the privileged intent of that name is asked for
        std::string privacy_policy;                       ///< https; empty: people are told what the bot itself knows
        int keep_days = 30;                               ///< who is there and has been silent for so long is erased
        std::string api = "https://discord.com/api/v10";  ///< plain http on this machine alone
        std::filesystem::path authorities;                ///< PEM, beside those of the system; empty: none
        std::string token;                                ///< secret, from the environment only; wins over the login
        bool operator==(const Discord&) const = default;
    } discord;

    struct OperatorListener {
        std::string listen = "127.0.0.1";  ///< a loopback address: what it shows is for the operator only
        int port = 8081;                   ///< 0: any free one
        bool operator==(const OperatorListener&) const = default;
    } operator_listener;

    struct Keys {
        std::filesystem::path master_key_file;  ///< empty: DATA/master.key, made at the first start
        std::string master_key;                 ///< secret, from the environment only; wins over the file
        bool operator==(const Keys&) const = default;
    } keys;

    struct Log {
        std::string level = "info";  ///< error, warn, info or debug
        std::filesystem::path file;  ///< empty: standard error
        bool operator==(const Log&) const = default;
    } log;

    struct Retention {
        int chats_days = 30;  ///< who has been silent for so long is erased; 0: never
        bool operator==(const Retention&) const = default;
    } retention;

    bool operator==(const Config&) const = default;
};

/// What is wrong with the file: one line for each fault, each with file, line, key and how to mend it.
struct ConfigError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The value of an environment variable, if it is set.
using Environment = std::function<std::optional<std::string>(const char* name)>;
[[nodiscard]] std::optional<std::string> process_environment(const char* name);

/// Reads `text`; `name` stands for it in messages. Of the environment count REWEAVE_MASTER_KEY, REWEAVE_DISCORD_TOKEN
/// and, where systemd hands over a credential "master-key", CREDENTIALS_DIRECTORY. \throws ConfigError with all faults
/// of the file.
[[nodiscard]] Config parse_config(const std::string& text, const std::string& name, const Environment& environment);
/// The same for a file; an empty path gives the defaults and what the environment says.
[[nodiscard]] Config load_config(const std::filesystem::path& file, const Environment& environment);

/// What is in force, as YAML that parse_config reads back; secrets are masked.
[[nodiscard]] std::string config_to_yaml(const Config& config);

/// Every key, with dots, in the order of the sample: "data", ..., "web.tls.key".
[[nodiscard]] std::vector<std::string> config_keys();

}  // namespace reweave::app
