#include "bot/app/terminal.hpp"

#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <stdexcept>

namespace reweave::app {
namespace {

/// Shows again what is typed, whatever happens.
class Unseen {
 public:
    Unseen() {
        if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    ~Unseen() {
        if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    Unseen(const Unseen&) = delete;
    Unseen& operator=(const Unseen&) = delete;

 private:
    termios before_{};
    bool changed_ = false;
};

}  // namespace

std::string read_secret(const std::string& prompt) {
    std::string line;
    if (isatty(STDIN_FILENO) == 1) {
        {
            const Unseen unseen;  // before the question, or what is typed at once is shown
            std::cerr << prompt << std::flush;
            std::getline(std::cin, line);
        }
        std::cerr << "\n";
    } else {
        std::getline(std::cin, line);
    }
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.pop_back();
    if (line.empty()) throw std::runtime_error("nothing was typed, so nothing was done.");
    return line;
}

bool agrees(const std::string& question, std::istream& in, std::ostream& out) {
    out << question << " Type yes: " << std::flush;
    std::string answer;
    std::getline(in, answer);
    return answer == "yes";
}

}  // namespace reweave::app
