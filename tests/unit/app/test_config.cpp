#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "bot/app/config.hpp"
#include "tests/support/catch.hpp"

namespace test_config {

using namespace reweave::app;

namespace {

const Environment kNothing = [](const char*) { return std::nullopt; };

Config parse(const std::string& text) {
    return parse_config(text, "r.yaml", kNothing);
}

std::string fault_of(const std::string& text) {
    try {
        (void)parse(text);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "no fault";
}

std::string sample() {
    std::ifstream in(REWEAVE_SOURCE_DIR "/packaging/reweave.yaml");
    return {std::istreambuf_iterator<char>(in), {}};
}

struct SampleLine {
    std::size_t indent = 0;
    std::string text;
};

std::vector<SampleLine> lines_of(const std::string& text) {
    std::vector<SampleLine> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        const std::size_t indent = line.find_first_not_of(' ');
        lines.push_back(indent == std::string::npos ? SampleLine{} : SampleLine{indent, line.substr(indent)});
    }
    return lines;
}

}  // namespace

TEST_CASE("the sample of the package says what is in force without it", "[app][config]") {
    REQUIRE_FALSE(sample().empty());
    REQUIRE(parse(sample()) == Config{});
}

TEST_CASE("the sample has every key, each below a comment that explains it", "[app][config]") {
    std::multiset<std::string> documented;
    std::vector<std::string> sections;
    SampleLine before;
    for (const auto& line : lines_of(sample())) {
        if (!line.text.empty() && line.text[0] != '#') {
            CAPTURE(line.text);
            REQUIRE(before.text.starts_with("# "));
            REQUIRE(before.indent == line.indent);
            sections.resize(line.indent / 2);
            std::string key;
            for (const auto& section : sections) key += section + ".";
            const std::string name = line.text.substr(0, line.text.find(':'));
            if (line.text.back() == ':') {
                sections.push_back(name);
            } else {
                documented.insert(key + name);
            }
        }
        before = line;
    }
    const auto keys = config_keys();
    REQUIRE(documented == std::multiset<std::string>(keys.begin(), keys.end()));
}

TEST_CASE("what is printed as in force reads back as the same settings", "[app][config]") {
    Config config;
    config.data = "/srv/with \"quotes\" # and a hash";
    config.languages = {"pt-PT", "en"};
    config.human_contact = "Maria: +351 210 000 000 \\ ext #3\nor by mail";
    config.require_review = true;
    config.web.port = 0;
    config.web.origins = {"https://example.org"};
    config.web.tls = {"/etc/cert.pem", "/etc/key.pem"};
    config.web.limits.burst = 7;
    config.discord.enabled = true;
    config.discord.private_words = "ephemeral";
    config.discord.api = "http://127.0.0.1:8000/api/v10";
    config.operator_listener.listen = "::1";
    config.log.level = "debug";
    REQUIRE(parse(config_to_yaml(config)) == config);
    REQUIRE(parse(config_to_yaml(Config{})) == Config{});
}

TEST_CASE("a key that does not exist is named with its line and the one that was probably meant", "[app][config]") {
    REQUIRE(fault_of("data: /srv\nweb:\n  prot: 80\n") ==
            "r.yaml:3: There is no setting \"web.prot\". Did you mean \"web.port\"?");
    REQUIRE(fault_of("port: 80\n") == "r.yaml:1: There is no setting \"port\". Did you mean \"web.port\"?");
    REQUIRE(fault_of("colour: blue\n") == "r.yaml:1: There is no setting \"colour\".");
    REQUIRE(fault_of("keys: {master_key: abc}\n").starts_with("r.yaml:1: There is no setting \"keys.master_key\"."));
}

TEST_CASE("a value of the wrong kind is named with its line and key", "[app][config]") {
    REQUIRE(fault_of("web:\n  port: eighty\n") == "r.yaml:2: \"web.port\" must be a whole number.");
    REQUIRE(fault_of("web:\n  port:\n") == "r.yaml:2: \"web.port\" must be a whole number.");
    REQUIRE(fault_of("web:\n  port: 70000\n") == "r.yaml:2: \"web.port\" must be from 0 to 65535.");
    REQUIRE(fault_of("require_review: maybe\n") == "r.yaml:1: \"require_review\" must be true or false.");
    REQUIRE(fault_of("human_contact: [a]\n") == "r.yaml:1: \"human_contact\" must be text.");
    REQUIRE(fault_of("data: {}\n") == "r.yaml:1: \"data\" must be a path.");
    REQUIRE(fault_of("data: ''\n") == "r.yaml:1: \"data\" must name a folder.");
    REQUIRE(fault_of("languages: en\n") == "r.yaml:1: \"languages\" must be a list, for example [first, second].");
    REQUIRE(fault_of("languages: []\n") == "r.yaml:1: \"languages\" must name at least one language.");
    REQUIRE(fault_of("log:\n  level: loud\n") == "r.yaml:2: \"log.level\" must be error, warn, info or debug.");
    REQUIRE(fault_of("web: 8080\n") == "r.yaml:1: \"web\" must be followed by indented \"key: value\" lines.");
    REQUIRE(fault_of("just words\n") == "r.yaml:1: The file must consist of \"key: value\" lines.");
}

TEST_CASE("addresses, origins and links are checked before anything starts", "[app][config]") {
    REQUIRE(fault_of("web: {listen: localhost}").find("\"web.listen\" must be an IP address") != std::string::npos);
    REQUIRE(fault_of("web: {trusted_proxies: [10.0.0.1, proxy]}").find("\"proxy\" is none") != std::string::npos);
    REQUIRE(fault_of("web: {origins: ['https://example.org/chat']}").find("without a path") != std::string::npos);
    REQUIRE(fault_of("web: {public_url: chat.example.org}").find("must begin with https://") != std::string::npos);
    REQUIRE(fault_of("web: {exit_site: 'javascript:alert(1)'}").find("must begin with https://") != std::string::npos);
    REQUIRE(fault_of("operator: {listen: 0.0.0.0}").find("must be a loopback address") != std::string::npos);
    REQUIRE(fault_of("web:\n  tls:\n    key: k.pem\n") ==
            "r.yaml:2: \"web.tls\" needs both \"certificate\" and \"key\", or neither.");
}

TEST_CASE("the bot's token never goes to Discord unsealed, and its people are sent to sealed pages", "[app][config]") {
    for (const char* api : {"http://discord.com/api/v10",
                            "http://127.0.0.1.example.org/",
                            "http://127.0.0.1@example.org/",
                            "http://127.0.0.1:1@example.org/",
                            "discord.com"}) {
        CAPTURE(api);
        REQUIRE(
            fault_of("discord: {api: '" + std::string(api) + "'}").find("\"discord.api\" must begin with https://") !=
            std::string::npos);
    }
    REQUIRE(parse("discord: {api: 'http://127.0.0.1:4000/api/v10'}").discord.api == "http://127.0.0.1:4000/api/v10");
    REQUIRE(fault_of("discord: {privacy_policy: 'http://example.org'}").find("must begin with https://") !=
            std::string::npos);
    REQUIRE(fault_of("discord:\n  private_words: here\n") ==
            "r.yaml:2: \"discord.private_words\" must be browser, dm or ephemeral.");
    REQUIRE(fault_of("discord: {keep_days: 0}") == "r.yaml:1: \"discord.keep_days\" must be from 1 to 3650.");
    REQUIRE(fault_of("discord: {token: abc}").starts_with("r.yaml:1: There is no setting \"discord.token\"."));
}

TEST_CASE("all faults of a file come in one pass, in the order of its lines", "[app][config]") {
    const std::string twice =
        "r.yaml:3: \"web.port\" stands here a second time. Keep one of the two.\n"
        "r.yaml:4: There is no setting \"loging\".\n"
        "r.yaml:5: \"require_review\" must be true or false.";
    REQUIRE(fault_of("web:\n  port: 1\n  port: 2\nloging: 1\nrequire_review: 7\n") == twice);
}

TEST_CASE("text that is not YAML is an error with its line, whatever it is", "[app][config]") {
    REQUIRE(fault_of("a: b: c\n").find("This is not valid YAML") != std::string::npos);
    REQUIRE(fault_of("- data\n") == "r.yaml:1: The file must consist of \"key: value\" lines.");
    REQUIRE(fault_of("? [a, b]\n: c\n").starts_with("r.yaml:1: There is no setting"));
    REQUIRE(fault_of("web: &a {tls: *a}\n").starts_with("r.yaml:1: "));
    REQUIRE(fault_of("web: {port: *nobody}\n").find("This is not valid YAML") != std::string::npos);
}

TEST_CASE("a quote that is not closed does not swallow the lines below it", "[app][config]") {
    const std::string fault = "r.yaml:2: The quote that begins here must end on the same line.";
    REQUIRE(fault_of("require_review: true\ndata: \"unclosed\nhuman_contact: x\n") == fault);
    REQUIRE(fault_of("web:\n  public_url: 'https://x\n") == fault);
    REQUIRE(fault_of("languages:\n  - \"en\n") == fault);
    REQUIRE(parse("human_contact: \"5\\\" pipe, 6' wall\" # \"\n").human_contact == "5\" pipe, 6' wall");
    REQUIRE(parse("human_contact: 'it''s'\n").human_contact == "it's");
}

TEST_CASE("an empty file, a section without lines and no file at all give the defaults", "[app][config]") {
    REQUIRE(parse("") == Config{});
    REQUIRE(parse("# nothing\nweb:\n") == Config{});
    REQUIRE(load_config("", kNothing) == Config{});
}

TEST_CASE("a file that cannot be read is named", "[app][config]") {
    REQUIRE_THROWS_WITH(load_config("/nowhere/r.yaml", kNothing),
                        "/nowhere/r.yaml: cannot be read. Does it exist, and may this user read it?");
    REQUIRE_THROWS_AS(load_config("/tmp", kNothing), ConfigError);
}

TEST_CASE("secrets of the environment are taken and never shown", "[app][config]") {
    const Environment environment = [](const char* name) -> std::optional<std::string> {
        const std::string asked = name;
        if (asked == "REWEAVE_MASTER_KEY" || asked == "REWEAVE_DISCORD_TOKEN") return "marker-of-" + asked;
        return std::nullopt;
    };
    const Config config = parse_config("", "r.yaml", environment);
    REQUIRE(config.keys.master_key == "marker-of-REWEAVE_MASTER_KEY");
    REQUIRE(config.discord.token == "marker-of-REWEAVE_DISCORD_TOKEN");
    const std::string shown = config_to_yaml(config);
    REQUIRE(shown.find("marker") == std::string::npos);
    REQUIRE(shown.find("REWEAVE_MASTER_KEY") != std::string::npos);
    REQUIRE(shown.find("REWEAVE_DISCORD_TOKEN") != std::string::npos);
    REQUIRE(parse(shown) == Config{});
}

TEST_CASE("a credential that systemd hands over is the master key's file, unless the file names another",
          "[app][config]") {
    const auto folder = std::filesystem::temp_directory_path() / "reweave-test-credentials";
    std::filesystem::create_directories(folder);
    const Environment environment = [&](const char* name) -> std::optional<std::string> {
        if (std::string(name) == "CREDENTIALS_DIRECTORY") return folder.string();
        return std::nullopt;
    };
    std::filesystem::remove(folder / "master-key");
    REQUIRE(parse_config("", "r.yaml", environment).keys.master_key_file.empty());
    std::ofstream(folder / "master-key") << "key";
    REQUIRE(parse_config("", "r.yaml", environment).keys.master_key_file == folder / "master-key");
    REQUIRE(parse_config("keys: {master_key_file: /own}", "r.yaml", environment).keys.master_key_file == "/own");
    std::filesystem::remove_all(folder);
}

}  // namespace test_config
