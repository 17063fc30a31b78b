/// \file The command line.

#include <sodium.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>

#include "bot/app/commands.hpp"
#include "bot/app/config.hpp"
#include "bot/app/content.hpp"
#include "bot/app/discord_commands.hpp"
#include "bot/app/doctor.hpp"
#include "bot/app/matrix_commands.hpp"
#include "bot/app/play.hpp"
#include "bot/app/serve.hpp"

namespace {

namespace fs = std::filesystem;
using namespace reweave::app;

constexpr const char* kAbout =
    "Reweave is a self-hosted coaching bot: it walks people through a repair after a conflict, by scripts that people "
    "wrote.\n"
    "Exit codes: 0 all is well, 1 something was found or failed, 2 the command line was not understood.";

/// What every command may be told about where things are.
struct Where {
    fs::path config;
    fs::path data;

    [[nodiscard]] Config load() const {
        fs::path file = config;
        if (file.empty() && fs::exists("/etc/reweave/reweave.yaml") && data.empty()) file = "/etc/reweave/reweave.yaml";
        Config loaded = load_config(file, process_environment);
        if (!data.empty()) loaded.data = data;
        return loaded;
    }
};

using WithWhere = std::function<CLI::App*(CLI::App* command)>;

/// `reweave discord …`. Lives as long as the command line that it is added to.
struct DiscordCommandLine {
    DiscordLoginOptions login;
    DiscordCommandsOptions commands;
    bool doctor_json = false;

    void add_to(CLI::App& app, const Where& where, const WithWhere& with_where, int& code) {
        auto* discord = app.add_subcommand("discord", "The bot on Discord: log it in, see what is wrong, its commands");
        discord->require_subcommand(1);

        auto* login_command = with_where(discord->add_subcommand(
            "login", "Take the bot's token from REWEAVE_DISCORD_TOKEN or standard input, and show how it is invited"));
        login_command->add_flag("--replace", login.replace, "Although it has been another application until now");
        login_command->callback([this, &where, &code] { code = discord_login(where.load(), login, std::cout); });

        auto* doctor_command = with_where(
            discord->add_subcommand("doctor", "Say what is wrong with the bot on Discord, and how to mend it"));
        doctor_command->add_flag("--json", doctor_json, "For machines");
        doctor_command->callback(
            [this, &where, &code] { code = discord_doctor([&] { return where.load(); }, doctor_json, std::cout); });

        auto* commands_command = with_where(discord->add_subcommand(
            "commands", "Show the commands that people find when they type a slash, and what differs from ours"));
        commands_command->add_flag("--register", commands.do_register, "Register ours, instead");
        commands_command->add_flag("--json", commands.json, "For machines");
        commands_command->callback(
            [this, &where, &code] { code = discord_commands(where.load(), commands, std::cout); });
    }
};

int run(int argc, char** argv) {
    CLI::App app(kAbout, "reweave");
    app.require_subcommand(1);
    app.set_version_flag("--version", REWEAVE_VERSION);
    Where where;
    const auto with_where = [&](CLI::App* command) {
        command->add_option("--config", where.config, "The settings; /etc/reweave/reweave.yaml if it is there")
            ->check(CLI::ExistingFile);
        command->add_option("--data", where.data, "The data folder, instead of the one in the settings");
        return command;
    };
    int code = 0;

    int port = -1;
    auto* serve_command = with_where(
        app.add_subcommand("serve", "Run the bot until SIGTERM; SIGHUP reads scripts and certificate again"));
    serve_command->add_option("--port", port, "The port of the chat page, instead of the one in the settings")
        ->check(CLI::Range(0, 65535));
    serve_command->callback([&] {
        Config config = where.load();
        if (port >= 0) config.web.port = port;
        code = serve(config);
    });

    PlayOptions play_options;
    auto* play_command = app.add_subcommand(
        "play",
        "Play a script here, on a clock that you can move. Of a script for several people you play everyone: /as NAME "
        "types as somebody else, /who says where they are, /knows NAME what somebody can know. /help lists the rest");
    play_command->add_option("FILE", play_options.file, "A script, or the name of a shipped one")->required();
    play_command->add_option("--language", play_options.language, "What the person speaks, such as es");
    play_command->callback([&] {
        play_options.interactive = isatty(STDIN_FILENO) == 1;
        code = play(play_options, std::cin, std::cout);
    });

    CheckOptions check_options;
    auto* check_command = app.add_subcommand("check", "Say what is wrong with scripts, and where");
    check_command->add_option("PATH", check_options.paths, "Scripts, or folders of them")
        ->required()
        ->check(CLI::ExistingPath);
    check_command->add_flag("--json", check_options.json, "For machines");
    check_command->add_flag("--annotations", check_options.annotations, "One line a fault, as CI systems show them");
    check_command->callback([&] { code = check_scripts(check_options, std::cout); });

    GraphOptions graph_options;
    auto* graph_command = app.add_subcommand("graph", "Draw a script as a picture (SVG), by Graphviz");
    graph_command->add_option("FILE", graph_options.script, "A script")->required()->check(CLI::ExistingFile);
    graph_command->add_option("-o,--output", graph_options.to, "Write this file instead of printing it");
    graph_command->add_flag("--dot", graph_options.dot, "Graphviz' source instead, which needs no Graphviz");
    graph_command->callback([&] { code = draw_script(graph_options, std::cout, std::cerr); });

    SimulateOptions simulate_options;
    auto* simulate_command = app.add_subcommand(
        "simulate", "Play scripts with people who answer by chance; say where they stand still or leave somebody out");
    simulate_command->add_option("PATH", simulate_options.paths, "Scripts, or folders of them")
        ->required()
        ->check(CLI::ExistingPath);
    simulate_command->add_option("--conversations", simulate_options.conversations, "So many of each script")
        ->check(CLI::Range(1, 10'000'000));
    simulate_command->add_option("--seed", simulate_options.seed, "Of the first conversation; the next has the next");
    simulate_command->add_flag("--json", simulate_options.json, "For machines");
    simulate_command->callback([&] { code = simulate_scripts(simulate_options, std::cout); });

    TestOptions test_options;
    auto* test_command =
        app.add_subcommand("test", "Run transcripts (NAME.test) and say what of the scripts they cover");
    test_command->add_option("PATH", test_options.paths, "Transcripts, or folders of them")
        ->required()
        ->check(CLI::ExistingPath);
    test_command->add_flag("--json", test_options.json, "For machines");
    test_command->add_option("--coverage", test_options.coverage, "Percent of steps and of branches that must have run")
        ->check(CLI::Range(0, 100));
    test_command
        ->add_option("--coverage-roles",
                     test_options.coverage_roles,
                     "Percent of what people of a script for several go through alone that must have run for each role")
        ->check(CLI::Range(0, 100));
    test_command
        ->add_option("--coverage-languages",
                     test_options.coverage_languages,
                     "Percent of steps that must have run in each language that their script is translated into")
        ->check(CLI::Range(0, 100));
    test_command->callback([&] { code = test_scripts(test_options, std::cout); });

    auto* i18n = app.add_subcommand("i18n", "Translate scripts: NAME.es.po beside NAME.script");
    i18n->require_subcommand(1);

    ExtractOptions extract_options;
    auto* extract_command = i18n->add_subcommand("extract", "Print every text of a script, for translators (POT)");
    extract_command->add_option("SCRIPT", extract_options.script, "A script")->required()->check(CLI::ExistingFile);
    extract_command->add_option("-o,--output", extract_options.to, "Write this file (NAME.pot) instead");
    extract_command->callback([&] { code = extract_texts(extract_options, std::cout); });

    MergeOptions merge_options;
    auto* merge_command = i18n->add_subcommand(
        "merge", "Make translations, or bring them up to date: what a script changed is marked, nothing is lost");
    merge_command->add_option("PATH", merge_options.paths, "Translations, scripts, or folders of them")
        ->required()
        ->check(CLI::ExistingPath);
    merge_command->add_option(
        "--language", merge_options.language, "Only this language, such as es; a script without it gets a new file");
    merge_command->callback([&] { code = merge_translations(merge_options, std::cout); });

    CheckOptions i18n_check_options;
    auto* i18n_check_command = i18n->add_subcommand(
        "check", "Say what is wrong with translations, and where; what is only missing is no error");
    i18n_check_command->add_option("PATH", i18n_check_options.paths, "Translations, scripts, or folders of them")
        ->required()
        ->check(CLI::ExistingPath);
    i18n_check_command->add_flag("--json", i18n_check_options.json, "For machines");
    i18n_check_command->add_flag(
        "--annotations", i18n_check_options.annotations, "One line a fault, as CI systems show them");
    i18n_check_command->callback([&] { code = check_translations(i18n_check_options, std::cout); });

    app.add_subcommand("schema", "Print the JSON Schema of a compiled script")->callback([] {
        std::cout << shipped_file("dialogs/schema/script.schema.json");
    });

    BackupOptions backup_options;
    auto* backup_command = with_where(app.add_subcommand("backup", "Copy the database, while the bot serves or not"));
    backup_command->add_option("TO", backup_options.to, "A folder; it is made if need be")->required();
    backup_command->add_flag(
        "--keys", backup_options.keys, "The keys too. Without them nobody can read what people typed: keep them apart");
    backup_command->callback([&] { code = back_up(where.load(), backup_options, std::cout); });

    RestoreOptions restore_options;
    auto* restore_command = with_where(app.add_subcommand("restore", "Put a back-up into an empty data folder"));
    restore_command->add_option("FROM", restore_options.from, "A folder that `reweave backup` wrote")
        ->required()
        ->check(CLI::ExistingDirectory);
    restore_command->add_option("--keys", restore_options.keys, "The keys file, if it is not in FROM")
        ->check(CLI::ExistingFile);
    restore_command
        ->add_option("--erased",
                     restore_options.erased,
                     "The newest keys file there is: whoever was erased since the back-up is erased again")
        ->check(CLI::ExistingFile);
    restore_command->callback([&] { code = restore(where.load(), restore_options, std::cout); });

    PublishOptions publish_options;
    auto* publish_command = with_where(
        app.add_subcommand("publish", "Publish the scripts as they are now, and say what changed; what runs goes on"));
    publish_command->add_flag("--dry-run", publish_options.dry_run, "Only say what would change");
    publish_command->add_flag("--json", publish_options.json, "For machines");
    publish_command->callback([&] { code = publish_scripts(where.load(), publish_options, std::cout); });

    RevisionsOptions revisions_options;
    auto* revisions_command = with_where(
        app.add_subcommand("revisions", "List what was published, and how many conversations live on each revision"));
    revisions_command->add_option("SCRIPT", revisions_options.script, "Only this one, by its file's name");
    revisions_command->add_flag("--json", revisions_options.json, "For machines");
    revisions_command->callback([&] { code = list_revisions(where.load(), revisions_options, std::cout); });

    RecallOptions recall_options;
    auto* recall_command = with_where(app.add_subcommand(
        "recall", "Take a harmful revision out for good: conversations on it end, in plain words, at their next turn"));
    recall_command->add_option("SCRIPT", recall_options.script, "A script, by its file's name")->required();
    recall_command->add_option(
        "--revision", recall_options.revision, "The first digits of its hash (see revisions); the newest if not given");
    recall_command->callback([&] { code = recall_revision(where.load(), recall_options, std::cout); });

    std::string person;
    constexpr const char* kPerson = "Their number (the page's menu shows it), or CHANNEL:NAME";
    auto* export_command =
        with_where(app.add_subcommand("export", "Print everything that is kept about a person, as JSON"));
    export_command->add_option("PERSON", person, kPerson)->required();
    export_command->callback([&] { code = export_person(where.load(), person, std::cout); });

    bool sure = false;
    auto* erase_command =
        with_where(app.add_subcommand("erase", "Erase a person: their key, then everything of theirs"));
    erase_command->add_option("PERSON", person, kPerson)->required();
    erase_command->add_flag("--yes", sure, "Without asking");
    erase_command->callback([&] {
        if (!sure) {
            std::cout << "Erase everything of " << person
                      << ", in back-ups too? This cannot be undone. Type yes: " << std::flush;
            std::string answer;
            std::getline(std::cin, answer);
            if (answer != "yes") {
                std::cout << "Nothing was erased.\n";
                code = 1;
                return;
            }
        }
        code = erase_person(where.load(), person, std::cout);
    });

    DoctorOptions doctor_options;
    auto* doctor_command =
        with_where(app.add_subcommand("doctor", "Say what is wrong with this installation, and how to mend it"));
    doctor_command->add_flag("--json", doctor_options.json, "For machines");
    doctor_command->callback([&] { code = doctor([&] { return where.load(); }, doctor_options, std::cout); });

    auto* matrix = app.add_subcommand("matrix", "The bot on Matrix: log it in, see what is wrong, see its rooms");
    matrix->require_subcommand(1);

    MatrixLoginOptions login_options;
    auto* login_command = with_where(matrix->add_subcommand(
        "login", "Log the bot in and keep that; without a flag the way is the one that the homeserver offers"));
    auto* by_user = login_command->add_option("--user", login_options.user, "The bot's account; asks for its password");
    auto* by_token = login_command->add_flag(
        "--token", login_options.token, "Read an access token of the bot from standard input instead");
    auto* by_oauth =
        login_command->add_flag("--oauth", login_options.oauth, "Agree on a page of the homeserver instead");
    by_token->excludes(by_user);
    by_oauth->excludes(by_user)->excludes(by_token);
    login_command->add_flag("--replace", login_options.replace, "Although the bot has been another user until now");
    auto* by_key =
        login_command->add_flag("--recovery-key",
                                login_options.recovery_key,
                                "No login: read the recovery key of its encrypted rooms from standard input");
    auto* reset =
        login_command->add_flag("--reset-identity",
                                login_options.reset_identity,
                                "No login: a new identity for encrypted rooms, when the recovery key is lost");
    by_key->excludes(by_user)->excludes(by_token)->excludes(by_oauth);
    reset->excludes(by_user)->excludes(by_token)->excludes(by_oauth)->excludes(by_key);
    login_command->callback([&] { code = matrix_login(where.load(), login_options, std::cout); });

    bool matrix_doctor_json = false;
    auto* matrix_doctor_command = with_where(matrix->add_subcommand(
        "doctor", "Say what is wrong with the bot on Matrix, from the settings to its rooms, and how to mend it"));
    matrix_doctor_command->add_flag("--json", matrix_doctor_json, "For machines");
    matrix_doctor_command->callback(
        [&] { code = matrix_doctor([&] { return where.load(); }, matrix_doctor_json, std::cout); });

    bool rooms_json = false;
    auto* rooms_command = with_where(matrix->add_subcommand("rooms", "List the rooms that the bot knows"));
    rooms_command->add_flag("--json", rooms_json, "For machines");
    rooms_command->callback([&] { code = matrix_rooms(where.load(), rooms_json, std::cout); });

    auto* invites = matrix->add_subcommand("invites", "Invitations: let the homeserver refuse them all, or see them");
    invites->require_subcommand(1);
    with_where(invites->add_subcommand("off", "The homeserver refuses every invitation from now on"))->callback([&] {
        code = matrix_switch_invites(where.load(), false, std::cout);
    });
    with_where(invites->add_subcommand("on", "It lets them through again; the settings decide"))->callback([&] {
        code = matrix_switch_invites(where.load(), true, std::cout);
    });
    bool invites_json = false;
    auto* list_command =
        with_where(invites->add_subcommand("list", "List those that wait, and what the settings do with them"));
    list_command->add_flag("--json", invites_json, "For machines");
    list_command->callback([&] { code = matrix_list_invites(where.load(), invites_json, std::cout); });

    MatrixNewDeviceOptions device_options;
    auto* device_command = with_where(matrix->add_subcommand(
        "new-device", "After the keys of its encryption were lost: log in as a new device, delete the old one"));
    device_command->add_flag(
        "--oauth", device_options.oauth, "Agree on a page of the homeserver instead of a password");
    device_command->add_flag("--yes", device_options.sure, "Without asking");
    device_command->callback([&] { code = matrix_new_device(where.load(), device_options, std::cin, std::cout); });

    DiscordCommandLine discord_command_line;
    discord_command_line.add_to(app, where, with_where, code);

    with_where(app.add_subcommand("config", "Print the settings in force, secrets masked"))->callback([&] {
        std::cout << config_to_yaml(where.load());
    });

    app.add_subcommand("version", "Print the version")->callback([] {
        std::cout << "reweave " << REWEAVE_VERSION << "\n";
    });

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    return code;
}

}  // namespace

int main(int argc, char** argv) {
    // libsodium's generator that asks the system for a key now and then instead of for every number: each turn takes a
    // seed and a nonce, and two system calls cost more than sealing the words.
    randombytes_set_implementation(&randombytes_internal_implementation);
    if (sodium_init() < 0) {
        std::cerr << "reweave: the system has no random numbers to offer\n";
        return 1;
    }
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "reweave: " << error.what() << "\n";
        return 1;
    }
}
