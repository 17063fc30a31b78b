#include "bot/app/play.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <istream>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "adapters/console/console_text.hpp"
#include "bot/app/random.hpp"
#include "bot/app/temporary_bot.hpp"

namespace reweave::app {
namespace {

namespace fs = std::filesystem;
using dialog::Seconds;
using dialog::TimePoint;

constexpr std::string_view kHelp =
    "Type what the person would type, or a choice's number. Also:\n"
    "  /skip 20m     move the clock on (s, m, h, d)\n"
    "  /where        where we are in the script\n"
    "  /time         what the clock says\n"
    "  /restart      from the beginning\n"
    "  /quit         leave\n";

class MovableClock final : public engine::Clock {
 public:
    [[nodiscard]] TimePoint now() const override {
        return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()) + ahead_;
    }
    void skip(std::chrono::milliseconds by) { ahead_ += by; }

 private:
    std::chrono::milliseconds ahead_{};
};

/// "20m", "2h", "3d", "45s".
std::optional<Seconds> parse_skip(const std::string& text) {
    std::size_t digits = 0;
    while (digits < text.size() && digits < 6 && text[digits] >= '0' && text[digits] <= '9') ++digits;
    if (digits == 0) return std::nullopt;
    const std::int64_t count = std::stoll(text.substr(0, digits));
    const std::string unit = text.substr(digits);
    if (unit == "s") return Seconds(count);
    if (unit == "m" || unit == "min") return Seconds(count * 60);
    if (unit == "h") return Seconds(count * 3600);
    if (unit == "d") return Seconds(count * 86400);
    return std::nullopt;
}

std::string local_zone() {
    std::error_code error;
    const fs::path link = fs::read_symlink("/etc/localtime", error);
    const std::string path = link.string();
    const auto at = path.find("zoneinfo/");
    return error || at == std::string::npos ? "UTC" : path.substr(at + 9);
}

class Game {
 public:
    Game(fs::path file, std::string language, std::ostream& out)
        : file_(std::move(file)), language_(std::move(language)), out_(out) {}

    /// Compiles the file among the shipped scripts. False (with the faults printed) if it cannot be played.
    bool load() {
        changed_ = fs::last_write_time(file_);
        const std::string id = script_id(file_.string());
        Content content = load_content({}, {});
        std::vector<dialog::Source> own = read_sources(file_);
        const std::string text = own.front().text;
        content.sources = overlay(std::move(content.sources), std::move(own));
        dialog::CompiledSet set = dialog::compile_all(content.sources, content.packs);
        for (const dialog::Diagnostic& d : set.diagnostics) {
            if (d.path == file_.string()) out_ << dialog::render_terminal(d, text, false) << "\n";
        }
        if (!language_.empty()) {
            if (!content.packs.contains(language_)) {
                out_ << "The bot does not understand the language " << language_ << ": there is no data/language/"
                     << language_ << ".json.\n";
                return false;
            }
            const fs::path beside = fs::path(file_).replace_extension(language_ + ".po");
            if (fs::exists(beside))
                content.translations = overlay(std::move(content.translations), read_translations(beside));
            std::vector<dialog::Diagnostic> untold;  // `reweave i18n check` tells it
            translations_ =
                dialog::translations_of(content.translations, content.sources, set.revisions, content.packs, untold);
        }
        const bool playable =
            std::any_of(set.revisions.begin(), set.revisions.end(), [&](const auto& r) { return r->script.id == id; });
        if (!playable) return false;
        const bool several = std::any_of(set.revisions.begin(), set.revisions.end(), [&](const auto& r) {
            return r->script.id == id && !r->script.people.empty();
        });
        if (several) {
            out_ << "A script for several people cannot be played here yet. Try it with a transcript: reweave test.\n";
            return false;
        }
        content_ = std::move(content);
        revisions_ = std::move(set.revisions);
        start(id);
        return true;
    }

    [[nodiscard]] bool file_changed() const {
        std::error_code error;
        const auto now = fs::last_write_time(file_, error);
        return !error && now != changed_;
    }

    void say(const std::string& text) {
        engine::Inbound inbound;
        inbound.kind = engine::Inbound::Kind::text;
        inbound.handle = "you";
        inbound.key = std::to_string(++number_);
        inbound.text = text;
        inbound.findings = safety::screen(text, *content_.rules);
        engine::Batch batch{"console", std::to_string(number_), {std::move(inbound)}};
        show(bot_->run(std::move(batch)));
    }

    void skip(Seconds by) {
        const TimePoint target = clock_.now() + by;
        for (int i = 0; i < 1000 && bot_->core().next_due() && *bot_->core().next_due() <= target;
             ++i) {  // each timer at its own moment
            clock_.skip(std::max(std::chrono::milliseconds(0), *bot_->core().next_due() - clock_.now()));
            show(bot_->core().run({}));
        }
        clock_.skip(std::max(std::chrono::milliseconds(0), target - clock_.now()));
    }

    /// "own-part · The act · line 31"
    [[nodiscard]] std::string where() {
        const auto identity = bot_->store().identity("console", "you");
        const auto conversation =
            identity ? bot_->store().conversation(bot_->store().hot(identity->person).focus) : std::nullopt;
        if (!conversation) return "nothing is running";
        const dialog::State state = dialog::state_from_json(nlohmann::json::parse(conversation->state));
        if (state.frames.empty()) return "at the end";
        const dialog::Frame& frame = state.frames.back();
        for (const auto& revision : revisions_) {
            if (revision->hash != frame.revision) continue;
            const dialog::Script& script = revision->script;
            const dialog::Node* node = dialog::node_at(script, frame.at);
            const auto step = static_cast<std::size_t>(frame.at.step);
            return script.id + " · " + (step < script.steps.size() ? script.steps[step].title : "") +
                   (node ? " · line " + std::to_string(node->span.line) : "");
        }
        return "in an older revision";
    }

    [[nodiscard]] std::string time() const {
        const std::time_t seconds = std::chrono::system_clock::to_time_t(clock_.now());
        std::array<char, 64> text{};
        std::tm local{};
        localtime_r(&seconds, &local);
        std::strftime(text.data(), text.size(), "%A %H:%M", &local);
        return text.data();
    }

 private:
    void start(const std::string& id) {
        engine::CoreOptions core;
        core.first_script = id;
        core.random = secure_random;
        bot_.emplace(clock_, content_, revisions_, translations_, std::move(core));
        number_ = 0;
        engine::Hello hello;
        hello.channel = "console";
        hello.handle = "you";
        hello.time_zone = local_zone();
        hello.language = language_;
        for (const engine::Output& output : bot_->run(std::move(hello))) {
            if (const auto* reply = std::get_if<engine::Reply>(&output)) {
                for (const engine::Message& message : reply->messages) print(message);
            }
        }
    }

    void show(const std::vector<engine::Output>& outputs) {
        for (const engine::Output& output : outputs) {
            if (const auto* deliver = std::get_if<engine::Deliver>(&output)) print(deliver->message);
            if (const auto* send = std::get_if<engine::Send>(&output)) {
                (void)bot_->run(engine::Delivered{send->outbox, engine::Delivered::Result::sent, {}, {}});
            }
            if (const auto* close = std::get_if<engine::Close>(&output)) {
                out_ << (close->why == engine::Close::Why::erased ? "(everything of this person was erased)\n"
                                                                  : "(this device was signed out)\n");
            }
        }
    }

    void print(const engine::Message& message) { out_ << console::to_lines(message) << "\n"; }

    fs::path file_;
    std::string language_;
    std::ostream& out_;
    fs::file_time_type changed_{};
    Content content_;
    Revisions revisions_;
    std::vector<dialog::Translation> translations_;
    MovableClock clock_;
    std::optional<TemporaryBot> bot_;
    std::int64_t number_ = 0;
};

}  // namespace

int play(const PlayOptions& options, std::istream& in, std::ostream& out) {
    Game game(options.file, options.language, out);
    if (!game.load()) return 1;
    std::vector<std::string> said;  // to come back to the same place when the file was changed
    const auto again = [&] {
        for (const std::string& line : said) {
            if (const auto by = line.starts_with("/skip ") ? parse_skip(line.substr(6)) : std::nullopt) {
                game.skip(*by);
            } else {
                game.say(line);
            }
        }
    };
    const auto prompt = [&] {
        if (options.interactive) out << "\n[" << game.where() << "]\n> " << std::flush;
    };
    if (options.interactive) out << "(/help for what you can do here)\n";
    prompt();
    for (std::string line; std::getline(in, line); prompt()) {
        if (game.file_changed()) {
            out << "(the file was changed: from the beginning, with what you have said so far)\n";
            if (!game.load()) {
                out << "(mend these, save, and press Enter)\n";
                continue;
            }
            again();
        }
        if (line.empty()) continue;
        if (line == "/quit") break;
        if (line == "/help") {
            out << kHelp;
        } else if (line == "/where") {
            out << game.where() << "\n";
        } else if (line == "/time") {
            out << game.time() << "\n";
        } else if (line == "/restart") {
            said.clear();
            if (!game.load()) return 1;
        } else if (line.starts_with("/skip")) {
            const auto by = line.size() > 6 ? parse_skip(line.substr(6)) : std::nullopt;
            if (!by) {
                out << "How far? Like /skip 20m, /skip 2h or /skip 3d.\n";
                continue;
            }
            said.push_back(line);
            game.skip(*by);
            out << "(" << game.time() << ")\n";
        } else if (line.starts_with("/")) {
            out << "There is no command " << line << ". /help lists them.\n";
        } else {
            said.push_back(line);
            game.say(line);
        }
    }
    if (options.interactive) out << "\n";
    return 0;
}

}  // namespace reweave::app
