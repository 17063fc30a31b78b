#include "bot/app/play.hpp"

#include <istream>
#include <optional>
#include <ostream>

#include "bot/app/play_table.hpp"

namespace reweave::app {
namespace {

using dialog::Seconds;

constexpr std::string_view kHelp =
    "Type what the person would type, or a choice's number. Also:\n"
    "  /skip 20m     move the clock on (s, m, h, d)\n"
    "  /where        where we are in the script\n"
    "  /time         what the clock says\n"
    "  /restart      from the beginning\n"
    "  /quit         leave\n";
constexpr std::string_view kHelpForSeveral =
    "You play everyone. Each line says whose screen it stands on: \"alone\" is read by nobody else.\n"
    "  /as NAME      type as somebody else; the first letters are enough\n"
    "  /who          where everybody is. Nobody who takes part can see that\n"
    "  /knows NAME   everything that somebody has been shown or told, and how much they cannot know\n";

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

/// What follows a command: "partner" of "/as partner".
std::string after(const std::string& line) {
    const auto blank = line.find(' ');
    return blank == std::string::npos ? std::string() : line.substr(blank + 1);
}

/// One script, begun again whenever its file was changed, with all that was typed so far.
class Game {
 public:
    Game(const PlayOptions& options, std::ostream& out) : script_(options.file, options.language), out_(out) {}

    /// False if the script cannot be played.
    bool load() {
        if (!script_.load(out_)) return false;
        table_.emplace(script_, out_);
        return true;
    }

    bool restart() {
        said_.clear();
        return load();
    }

    /// False if it was changed for the worse.
    bool follow_file() {
        if (!script_.file_changed()) return true;
        out_ << "(the file was changed: from the beginning, with what you have said so far)\n";
        if (!load()) {
            out_ << "(mend these, save, and press Enter)\n";
            return false;
        }
        for (const std::string& line : said_) repeat(line);
        return true;
    }

    void take(const std::string& line) {
        const std::string command = line.substr(0, line.find(' '));
        const bool several = table_->several();
        if (line == "/help") {
            out_ << kHelp << (several ? kHelpForSeveral : "");
        } else if (line == "/where") {
            out_ << table_->where() << "\n";
        } else if (line == "/time") {
            out_ << table_->time() << "\n";
        } else if (command == "/skip") {
            skip(line);
        } else if (several && command == "/as") {
            if (table_->sit(after(line))) said_.push_back(line);
        } else if (several && line == "/who") {
            table_->who();
        } else if (several && command == "/knows") {
            table_->knows(after(line));
        } else if (line.starts_with("/")) {
            out_ << "There is no command " << line << ". /help lists them.\n";
        } else {
            said_.push_back(line);
            table_->say(line);
        }
    }

    [[nodiscard]] std::string where() { return table_->where(); }

 private:
    void skip(const std::string& line) {
        const auto by = parse_skip(after(line));
        if (!by) {
            out_ << "How far? Like /skip 20m, /skip 2h or /skip 3d.\n";
            return;
        }
        said_.push_back(line);
        table_->skip(*by);
        out_ << "(" << table_->time() << ")\n";
    }

    void repeat(const std::string& line) {
        if (line.starts_with("/skip ")) {
            table_->skip(parse_skip(after(line)).value_or(Seconds(0)));
        } else if (line.starts_with("/as ")) {
            (void)table_->sit(after(line));
        } else {
            table_->say(line);
        }
    }

    PlayScript script_;
    std::ostream& out_;
    std::optional<Table> table_;
    std::vector<std::string> said_;  ///< to come back to the same place when the file was changed
};

}  // namespace

int play(const PlayOptions& options, std::istream& in, std::ostream& out) {
    Game game(options, out);
    if (!game.load()) return 1;
    const auto prompt = [&] {
        if (options.interactive) out << "\n[" << game.where() << "]\n> " << std::flush;
    };
    if (options.interactive) out << "(/help for what you can do here)\n";
    prompt();
    for (std::string line; std::getline(in, line); prompt()) {
        if (!game.follow_file() || line.empty()) continue;
        if (line == "/quit") break;
        if (line == "/restart") {
            if (!game.restart()) return 1;
        } else {
            game.take(line);
        }
    }
    if (options.interactive) out << "\n";
    return 0;
}

}  // namespace reweave::app
