#include "bot/app/config.hpp"

#include <arpa/inet.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "bot/dialog/names.hpp"

namespace reweave::app {
namespace {

using Path = std::filesystem::path;
using Strings = std::vector<std::string>;

/// What is wrong with a value, in words that follow the key's name; empty if nothing is.
template <class T>
using Check = std::string (*)(const T& value);

template <class T>
std::string anything(const T&) {
    return {};
}

std::string a_folder(const Path& value) {
    return value.empty() ? "must name a folder" : "";
}

template <int kLeast, int kMost>
std::string between(const int& value) {
    if (value >= kLeast && value <= kMost) return {};
    return "must be from " + std::to_string(kLeast) + " to " + std::to_string(kMost);
}

bool is_address(const std::string& value) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return inet_pton(AF_INET, value.c_str(), bytes.data()) == 1 ||
           inet_pton(AF_INET6, value.c_str(), bytes.data()) == 1;
}

std::string an_address(const std::string& value) {
    return is_address(value) ? "" : "must be an IP address, for example 127.0.0.1 or ::";
}

std::string a_loopback_address(const std::string& value) {
    const bool loopback = is_address(value) && (value.starts_with("127.") || value == "::1");
    return loopback ? "" : "must be a loopback address, for example 127.0.0.1";
}

std::string addresses(const Strings& values) {
    const auto wrong = std::ranges::find_if_not(values, is_address);
    return wrong == values.end() ? "" : "must list IP addresses; \"" + *wrong + "\" is none";
}

bool is_web_url(std::string_view value) {
    return (value.starts_with("http://") && value.size() > 7) || (value.starts_with("https://") && value.size() > 8);
}

std::string an_optional_url(const std::string& value) {
    return value.empty() || is_web_url(value) ? "" : "must begin with https:// or http://";
}

std::string a_homeserver(const std::string& value) {
    if (value.find("/_matrix") != std::string::npos)
        return "must be without /_matrix, such as https://matrix.example.org";
    return an_optional_url(value);
}

std::string a_url(const std::string& value) {
    return is_web_url(value) ? "" : "must begin with https:// or http://";
}

std::string some_origins(const Strings& values) {
    for (const auto& value : values) {
        const auto host = value.find("://");
        if (!is_web_url(value) || value.find('/', host + 3) != std::string::npos) {
            return "must list origins such as https://example.org, without a path; \"" + value + "\" is none";
        }
    }
    return {};
}

std::string some_languages(const Strings& values) {
    return values.empty() ? "must name at least one language" : "";
}

std::string an_invite_policy(const std::string& value) {
    constexpr std::array kPolicies{"nobody", "allowed", "same-server", "anyone"};
    return std::ranges::find(kPolicies, value) != kPolicies.end() ? ""
                                                                  : "must be nobody, allowed, same-server or anyone";
}

std::string an_encryption(const std::string& value) {
    constexpr std::array kModes{"default", "strict", "off"};
    return std::ranges::find(kModes, value) != kModes.end() ? "" : "must be default, strict or off";
}

std::string a_place_for_private_words(const std::string& value) {
    constexpr std::array kPlaces{"browser", "dm", "ephemeral"};
    return std::ranges::find(kPlaces, value) != kPlaces.end() ? "" : "must be browser, dm or ephemeral";
}

std::string an_optional_https_url(const std::string& value) {
    return value.empty() || (value.starts_with("https://") && is_web_url(value)) ? "" : "must begin with https://";
}

/// A token goes there: in plain http to this machine alone.
std::string an_api(const std::string& value) {
    constexpr std::string_view kPlain = "http://";
    const auto end = value.find_first_of(":/", kPlain.size());
    const bool near = value.starts_with(kPlain) && value.find('@') == std::string::npos &&
                      a_loopback_address(value.substr(kPlain.size(), end - kPlain.size())).empty();
    const bool sealed = value.starts_with("https://") && is_web_url(value);
    return near || sealed ? "" : "must begin with https://, or with http://127.0.0.1 on this machine";
}

std::string some_matrix_users(const Strings& values) {
    for (const auto& value : values) {
        const auto colon = value.find(':');
        if (colon == std::string::npos || colon + 1 == value.size() || (colon > 0 && value[0] != '@')) {
            return "must list user ids such as \"@ana:example.org\", or \":example.org\" for a whole server; \"" +
                   value + "\" is neither";
        }
    }
    return {};
}

std::string a_level(const std::string& value) {
    constexpr std::array kLevels{"error", "warn", "info", "debug"};
    return std::ranges::find(kLevels, value) != kLevels.end() ? "" : "must be error, warn, info or debug";
}

/// The one list of all keys: reading, printing and the check for unknown ones walk it.
template <class ConfigType, class Visitor>
void each_field(ConfigType& config, Visitor& visit) {
    visit("data", config.data, a_folder);
    visit("dialogs", config.dialogs, anything<Path>);
    visit("resources", config.resources, anything<Path>);
    visit("languages", config.languages, some_languages);
    visit("require_review", config.require_review, anything<bool>);
    visit("together", config.together, anything<bool>);
    visit("human_contact", config.human_contact, anything<std::string>);
    visit("web.listen", config.web.listen, an_address);
    visit("web.port", config.web.port, between<0, 65'535>);
    visit("web.public_url", config.web.public_url, an_optional_url);
    visit("web.origins", config.web.origins, some_origins);
    visit("web.trusted_proxies", config.web.trusted_proxies, addresses);
    visit("web.anonymous", config.web.anonymous, anything<bool>);
    visit("web.exit_site", config.web.exit_site, a_url);
    visit("web.tls.certificate", config.web.tls.certificate, anything<Path>);
    visit("web.tls.key", config.web.tls.key, anything<Path>);
    visit("web.limits.connections", config.web.limits.connections, between<1, 1'000'000>);
    visit("web.limits.connections_per_address", config.web.limits.connections_per_address, between<1, 1'000'000>);
    visit("web.limits.messages_per_minute", config.web.limits.messages_per_minute, between<1, 1'000'000>);
    visit("web.limits.burst", config.web.limits.burst, between<1, 1'000'000>);
    visit("web.limits.new_people_per_hour", config.web.limits.new_people_per_hour, between<1, 1'000'000>);
    visit("matrix.homeserver", config.matrix.homeserver, a_homeserver);
    visit("matrix.invites", config.matrix.invites, an_invite_policy);
    visit("matrix.allowed", config.matrix.allowed, some_matrix_users);
    visit("matrix.rooms", config.matrix.rooms, between<1, 1'000'000>);
    visit("matrix.encryption", config.matrix.encryption, an_encryption);
    visit("matrix.authorities", config.matrix.authorities, anything<Path>);
    visit("discord.enabled", config.discord.enabled, anything<bool>);
    visit("discord.private_words", config.discord.private_words, a_place_for_private_words);
    visit("discord.message_content", config.discord.message_content, anything<bool>);
    visit("discord.privacy_policy", config.discord.privacy_policy, an_optional_https_url);
    visit("discord.keep_days", config.discord.keep_days, between<1, 3'650>);
    visit("discord.api", config.discord.api, an_api);
    visit("discord.authorities", config.discord.authorities, anything<Path>);
    visit("operator.listen", config.operator_listener.listen, a_loopback_address);
    visit("operator.port", config.operator_listener.port, between<0, 65'535>);
    visit("keys.master_key_file", config.keys.master_key_file, anything<Path>);
    visit("log.level", config.log.level, a_level);
    visit("log.file", config.log.file, anything<Path>);
    visit("retention.chats_days", config.retention.chats_days, between<0, 3'650>);
}

/// Insertions, deletions and replacements that turn one word into the other.
std::string_view leaf(std::string_view key) {
    return key.substr(key.rfind('.') + 1);
}

/// " Did you mean ...?" if a key is near enough in spelling, or is the same word in another section.
std::string suggestion(std::string_view key) {
    constexpr std::size_t kNear = 3;
    const auto far = [&](std::string_view candidate) {
        return leaf(candidate) == leaf(key) ? std::size_t{0} : dialog::edit_distance(key, candidate, kNear);
    };
    const Strings keys = config_keys();
    const auto best = std::ranges::min_element(keys, {}, far);
    return far(*best) <= kNear ? " Did you mean \"" + *best + "\"?" : "";
}

struct Faults {
    std::string name;
    std::vector<std::pair<int, std::string>> found;

    void add(const YAML::Mark& mark, const std::string& what) { found.emplace_back(mark.line + 1, what); }

    void throw_if_any() {
        if (found.empty()) return;
        std::ranges::stable_sort(found, {}, [](const auto& fault) { return fault.first; });
        std::string all;
        for (const auto& [line, what] : found) {
            all += (all.empty() ? "" : "\n") + name + ":" + std::to_string(line) + ": " + what;
        }
        throw ConfigError(all);
    }
};

struct KeyLister {
    Strings keys;
    template <class T>
    void operator()(const char* key, const T&, Check<T>) {
        keys.emplace_back(key);
    }
};

/// The end of the quoted text that begins at `begin`, or npos if its line ends before.
std::size_t closing_quote(std::string_view text, std::size_t begin) {
    const char quote = text[begin];
    for (std::size_t i = begin + 1; i < text.size() && text[i] != '\n'; ++i) {
        if (text[i] == '\\' && quote == '"') {
            ++i;
        } else if (text[i] == quote) {
            return i;
        }
    }
    return std::string_view::npos;
}

/// yaml-cpp takes a quote that is never closed for one that ends with the file, and the keys below for its words.
/// No setting lies deeper than `levels`: below them is nothing to read, and an alias may lead in a circle.
void check_quotes(const YAML::Node& node, std::string_view text, Faults& faults, int levels = 4) {
    if (levels == 0) return;
    if (node.IsScalar()) {
        const auto begin = static_cast<std::size_t>(node.Mark().pos);
        const bool quoted = begin < text.size() && (text[begin] == '"' || text[begin] == '\'');
        if (quoted && closing_quote(text, begin) == std::string_view::npos) {
            faults.add(node.Mark(), "The quote that begins here must end on the same line.");
        }
    } else {
        for (const auto& entry : node) check_quotes(node.IsMap() ? entry.second : entry, text, faults, levels - 1);
    }
}

/// Reports keys that nobody would read, and those that stand twice.
void check_keys(const YAML::Node& map, const std::string& prefix, const Strings& keys, Faults& faults) {
    std::set<std::string> seen;
    for (const auto& entry : map) {
        const YAML::Node& value = entry.second;
        const std::string key = prefix + (entry.first.IsScalar() ? entry.first.Scalar() : "");
        const bool section = std::ranges::any_of(keys, [&](const auto& known) { return known.starts_with(key + "."); });
        if (!seen.insert(key).second) {
            faults.add(entry.first.Mark(), "\"" + key + "\" stands here a second time. Keep one of the two.");
        } else if (section && value.IsMap()) {
            check_keys(value, key + ".", keys, faults);
        } else if (section && !value.IsNull()) {
            faults.add(value.Mark(), "\"" + key + "\" must be followed by indented \"key: value\" lines.");
        } else if (!section && std::ranges::find(keys, key) == keys.end()) {
            faults.add(entry.first.Mark(), "There is no setting \"" + key + "\"." + suggestion(key));
        }
    }
}

constexpr const char* should_be(const std::string&) {
    return "text";
}
constexpr const char* should_be(const Path&) {
    return "a path";
}
constexpr const char* should_be(const Strings&) {
    return "a list, for example [first, second]";
}
constexpr const char* should_be(bool) {
    return "true or false";
}
constexpr const char* should_be(int) {
    return "a whole number";
}

bool convert(const YAML::Node& node, Path& value) {
    if (!node.IsScalar()) return false;
    value = node.Scalar();
    return true;
}

template <class T>
bool convert(const YAML::Node& node, T& value) {
    return YAML::convert<T>::decode(node, value);
}

/// Copies what the file has over the defaults.
struct Reader {
    const YAML::Node& root;
    Faults& faults;

    template <class T>
    void operator()(const char* key, T& value, Check<T> check) {
        const auto found = find(root, key);
        if (!found) return;
        const auto& [mark, node] = *found;
        const std::string named = "\"" + std::string(key) + "\" ";
        if (T read{}; !convert(node, read)) {
            faults.add(mark, named + "must be " + should_be(value) + ".");
        } else if (const std::string wrong = check(read); !wrong.empty()) {
            faults.add(mark, named + wrong + ".");
        } else {
            value = std::move(read);
        }
    }

    /// Where a key stands, and its value.
    static std::optional<std::pair<YAML::Mark, YAML::Node>> find(const YAML::Node& map, std::string_view key) {
        if (!map.IsMap()) return std::nullopt;
        const std::size_t dot = key.find('.');
        for (const auto& entry : map) {
            if (!entry.first.IsScalar() || entry.first.Scalar() != key.substr(0, dot)) continue;
            if (dot != std::string_view::npos) return find(entry.second, key.substr(dot + 1));
            return std::pair(entry.first.Mark(), YAML::Node(entry.second));
        }
        return std::nullopt;
    }
};

std::string in_quotes(const std::string& text) {
    YAML::Emitter out;
    out << YAML::DoubleQuoted << text;
    return out.c_str();
}

struct Printer {
    std::string out;
    std::string last;  ///< the key printed before

    template <class T>
    void operator()(const char* key, const T& value, Check<T>) {
        enter(key);
        line(key, " " + show(value));
    }

    /// Writes the headings of the sections that `key` is in and the key before it was not.
    void enter(std::string_view key) {
        for (std::size_t dot = key.find('.'); dot != std::string_view::npos; dot = key.find('.', dot + 1)) {
            if (!last.starts_with(key.substr(0, dot + 1))) line(key.substr(0, dot), "");
        }
        last = key;
    }

    void line(std::string_view key, const std::string& value) {
        out.append(2 * static_cast<std::size_t>(std::ranges::count(key, '.')), ' ');
        out += std::string(leaf(key)) + ":" + value + "\n";
    }

    static std::string show(bool value) { return value ? "true" : "false"; }
    static std::string show(int value) { return std::to_string(value); }
    static std::string show(const std::string& value) { return in_quotes(value); }
    static std::string show(const Path& value) { return in_quotes(value.string()); }
    static std::string show(const Strings& values) {
        std::string list;
        for (const auto& value : values) list += (list.empty() ? "" : ", ") + in_quotes(value);
        return "[" + list + "]";
    }
};

/// systemd hands over the master key as a file that only the service can read.
constexpr const char* kCredential = "master-key";

void read_environment(Config& config, const Environment& environment) {
    if (const auto key = environment("REWEAVE_MASTER_KEY")) config.keys.master_key = *key;
    if (const auto token = environment("REWEAVE_DISCORD_TOKEN")) config.discord.token = *token;
    if (const auto folder = environment("CREDENTIALS_DIRECTORY"); folder && config.keys.master_key_file.empty()) {
        const Path file = Path(*folder) / kCredential;
        if (std::error_code ignored; std::filesystem::exists(file, ignored)) config.keys.master_key_file = file;
    }
}

}  // namespace

std::optional<std::string> process_environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? std::optional<std::string>(value) : std::nullopt;
}

std::vector<std::string> config_keys() {
    KeyLister lister;
    const Config config;
    each_field(config, lister);
    return lister.keys;
}

Config parse_config(const std::string& text, const std::string& name, const Environment& environment) {
    Faults faults{name, {}};
    YAML::Node root;
    try {
        root = YAML::Load(text);
    } catch (const YAML::Exception& error) {
        faults.add(error.mark, "This is not valid YAML: " + error.msg + ".");
        faults.throw_if_any();
    }
    Config config;
    if (root.IsMap()) {
        check_quotes(root, text, faults);
        check_keys(root, "", config_keys(), faults);
        Reader reader{root, faults};
        each_field(config, reader);
    } else if (!root.IsNull()) {
        faults.add(root.Mark(), "The file must consist of \"key: value\" lines.");
    }
    if (config.web.tls.certificate.empty() != config.web.tls.key.empty()) {
        const auto tls = Reader::find(root, "web.tls");
        faults.add(tls ? tls->first : YAML::Mark(), "\"web.tls\" needs both \"certificate\" and \"key\", or neither.");
    }
    faults.throw_if_any();
    read_environment(config, environment);
    return config;
}

Config load_config(const std::filesystem::path& file, const Environment& environment) {
    if (file.empty()) return parse_config("", "defaults", environment);
    std::ifstream in(file);
    in.peek();  // a folder opens, but cannot be read
    if (!in.is_open() || in.bad()) {
        throw ConfigError(file.string() + ": cannot be read. Does it exist, and may this user read it?");
    }
    return parse_config({std::istreambuf_iterator<char>(in), {}}, file.string(), environment);
}

std::string config_to_yaml(const Config& config) {
    Printer printer;
    each_field(config, printer);
    if (!config.keys.master_key.empty()) {
        printer.out += "# The master key comes from REWEAVE_MASTER_KEY and is not shown.\n";
    }
    if (!config.discord.token.empty()) {
        printer.out += "# The bot's token for Discord comes from REWEAVE_DISCORD_TOKEN and is not shown.\n";
    }
    return printer.out;
}

}  // namespace reweave::app
