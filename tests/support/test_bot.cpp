#include "tests/support/test_bot.hpp"

#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "bot/dialog/compile.hpp"

namespace reweave::tests {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) throw std::runtime_error("cannot read " + path.string());
    return std::move(text).str();
}

nlohmann::json data(const std::string& name) {
    return nlohmann::json::parse(read(fs::path(REWEAVE_SOURCE_DIR) / "data" / name));
}

/// What the engine begins by itself, as short as it can be said.
Scripts system_scripts() {
    const auto piece = [](const std::string& title, const std::string& body) {
        return "# " + title + "\nDraft: test\n\n## One\n" + body;
    };
    Scripts scripts;
    scripts["menu"] = piece("Menu", "This is the menu.\n* Nothing\nEND\nFINISH: done\n");
    scripts["offer"] = piece("Offer",
                             "Something is ready.\n* Now\nFINISH: now\n* Later\nFINISH: later\n* Not at all\nFINISH: "
                             "never\nEND\nFINISH: later\n");
    scripts["invited"] =
        "# Invited\nGiven: inviter\nDraft: test\n\n## One\n{inviter} asks you.\n* Yes\nFINISH: yes\n* Later\nFINISH: "
        "later\n* No\nFINISH: no\n* Block\nFINISH: block\nEND\nFINISH: no\n";
    scripts["safety-gate"] = piece(
        "Safety gate", "Are you safe with them?\n* Yes\nFINISH: clear\n* No\nFINISH: closed\nEND\nFINISH: closed\n");
    scripts["erase"] = piece(
        "Erase", "Erase it all?\n* Keep\nFINISH: clear\n* Wipe it all {#erase}\nFINISH: delete\nEND\nFINISH: clear\n");
    scripts["recalled"] = piece("Recalled", "This was taken back.\nFINISH: done\n");
    scripts["help"] = piece("Help", "Here is help.\nHELP LINES: suicide\nFINISH: clear\n");
    scripts["human"] = piece("Human", "Nobody reads live.\nFINISH: clear\n");
    for (const char* id : {"stop-self-harm",
                           "stop-others",
                           "stop-harmed",
                           "stop-child",
                           "stop-sexual",
                           "stop-drink",
                           "stop-medical",
                           "stop-minor",
                           "stop-other"}) {
        scripts[id] = piece(id,
                            std::string("Stopping here: ") + id +
                                ".\n* Exit this page\nFINISH: exit\n* Save for later\nEND\nFINISH: saved\n");
    }
    for (const char* id : {"check-self", "check-others", "check-child", "check-drink", "check-age", "check-fear"}) {
        scripts[id] = piece(id,
                            std::string("One check: ") + id +
                                "?\n* Fine\nFINISH: clear\n* Not fine\nFINISH: risk\nEND\nFINISH: unsure\n");
    }
    scripts["phrases"] = read(fs::path(REWEAVE_SOURCE_DIR) / "dialogs/system/phrases.script");
    return scripts;
}

std::string path_of(const std::string& id) {
    return (id == "phrases" ? "dialogs/system/" : "dialogs/") + id + ".script";
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "reweave-test-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("cannot make a temporary folder");
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

dialog::LanguagePackPtr english() {
    static const auto pack = std::make_shared<const dialog::LanguagePack>(dialog::language_pack_from_json(
        data("language/en.json"), data("vocabulary/feelings.en.json"), data("vocabulary/needs.en.json")));
    return pack;
}

safety::RulesPtr english_rules() {
    static const auto rules = safety::rules_from_json({data("rules/en.json")});
    return rules;
}

TestBot::TestBot(Scripts scripts, engine::CoreOptions options) : options_(std::move(options)) {
    options_.packs["en"] = english();
    options_.help = engine::help_directory_from_json({data("resources/INT.json")});
    options_.random = [this] { return random_++; };
    open();
    Scripts all = system_scripts();
    for (auto& [id, text] : scripts) all[id] = text;
    publish(all);
}

void TestBot::open() {
    store::StoreOptions options;
    options.path = folder_.path() / "reweave.db";
    options.keys_path = folder_.path() / "keys.db";
    options.master_key.file = folder_.path() / "master.key";
    for (int number = 1;; ++number) {
        fs::path found;
        for (const auto& entry : fs::directory_iterator(fs::path(REWEAVE_SOURCE_DIR) / "data/migrations")) {
            if (std::stoi(entry.path().filename().string()) == number) found = entry.path();
        }
        if (found.empty()) break;
        options.migrations.push_back({number, read(found)});
    }
    store_ = std::make_unique<store::SqliteStore>(options);
    core_ = std::make_unique<engine::Core>(*store_, clock, options_);
}

void TestBot::publish(const Scripts& scripts) {
    std::vector<dialog::Source> sources;
    for (const auto& [id, text] : scripts) sources.push_back({path_of(id), text});
    dialog::CompiledSet set = dialog::compile_all(sources, options_.packs);
    for (const dialog::Diagnostic& d : set.diagnostics) {
        if (d.severity == dialog::Severity::error) {
            throw std::runtime_error(d.path + ":" + std::to_string(d.span.line) + " " + d.code + " " + d.message);
        }
    }
    (void)run(engine::Publish{std::move(set.revisions)});
}

void TestBot::restart() {
    core_.reset();
    store_.reset();
    open();
}

std::vector<engine::Output> TestBot::run(engine::RequestBody body) {
    std::vector<engine::Request> requests;
    requests.push_back({7, std::move(body)});
    return core_->run(std::move(requests));
}

std::vector<engine::Output> TestBot::tick() {
    return core_->run({});
}

std::vector<engine::Output> TestBot::advance(std::chrono::milliseconds by) {
    const engine::TimePoint target = clock.now() + by;
    std::vector<engine::Output> all;
    while (core_->next_due() && *core_->next_due() <= target) {
        clock.set(std::max(clock.now(), *core_->next_due()));
        for (engine::Output& output : tick()) all.push_back(std::move(output));
    }
    clock.set(target);
    return all;
}

engine::Reply TestBot::hello(const std::string& device, std::int64_t seen) {
    engine::Hello hello;
    hello.channel = "web";
    hello.handle = device;
    hello.seen = seen;
    engine::Reply reply = reply_of(run(std::move(hello)));
    devices_[device] = reply.identity;
    return reply;
}

engine::Batch TestBot::message(const std::string& device, std::int64_t number, const std::string& text) {
    engine::Inbound inbound;
    inbound.identity = devices_.at(device);
    inbound.number = number;
    inbound.text = text;
    inbound.findings = safety::screen(text, *english_rules());
    return {"web", std::nullopt, {std::move(inbound)}};
}

std::vector<engine::Output> TestBot::say(const std::string& device, const std::string& text) {
    return run(message(device, ++numbers_[device], text));
}

std::vector<engine::Output> TestBot::say_in(engine::ConversationId room,
                                            const std::string& device,
                                            const std::string& text) {
    engine::Batch batch = message(device, ++numbers_[device], text);
    batch.inbounds.front().room = room;
    return run(std::move(batch));
}

std::vector<engine::Output> TestBot::press(const std::string& device,
                                           const std::string& ask,
                                           std::vector<std::string> picks) {
    engine::Inbound inbound;
    inbound.kind = engine::Inbound::Kind::choice;
    inbound.identity = devices_.at(device);
    inbound.number = ++numbers_[device];
    inbound.ask = ask;
    inbound.picks = std::move(picks);
    return run(engine::Batch{"web", std::nullopt, {std::move(inbound)}});
}

namespace {

void add_lines(const engine::Message& message, std::string& out) {
    if (message.heard) {
        out += message.heard->name + ": " + message.heard->text;
        for (const std::string& label : message.heard->picks) out += label;
        out += "\n";
    }
    for (const dialog::RenderedBubble& bubble : message.bubbles) out += bubble.text + "\n";
}

}  // namespace

std::string said(const std::vector<engine::Output>& outputs) {
    std::string out;
    for (const engine::Output& output : outputs) {
        if (const auto* deliver = std::get_if<engine::Deliver>(&output)) add_lines(deliver->message, out);
    }
    return out;
}

std::string said_to(engine::PersonId person, const std::vector<engine::Output>& outputs) {
    std::string out;
    for (const engine::Output& output : outputs) {
        const auto* deliver = std::get_if<engine::Deliver>(&output);
        if (deliver && deliver->message.person == person) add_lines(deliver->message, out);
    }
    return out;
}

std::string said(const engine::Reply& reply) {
    std::string out;
    for (const engine::Message& message : reply.messages) add_lines(message, out);
    return out;
}

engine::Reply reply_of(const std::vector<engine::Output>& outputs) {
    for (const engine::Output& output : outputs) {
        if (const auto* reply = std::get_if<engine::Reply>(&output)) return *reply;
    }
    throw std::runtime_error("no reply among the outputs");
}

std::string ask_of(const std::vector<engine::Output>& outputs) {
    std::string ask;
    for (const engine::Output& output : outputs) {
        if (const auto* deliver = std::get_if<engine::Deliver>(&output)) ask = deliver->message.ask_id;
    }
    return ask;
}

std::string ask_of(const engine::Reply& reply) {
    return reply.messages.empty() ? "" : reply.messages.back().ask_id;
}

}  // namespace reweave::tests
