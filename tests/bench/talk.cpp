#include "tests/bench/talk.hpp"

#include <fstream>
#include <stdexcept>

namespace reweave::bench {

Talk::Talk(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::invalid_argument(path + ": cannot be read");
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        if (line.empty() || line[0] == '#') continue;
        const auto arrow = line.find(" => ");
        if (arrow == std::string::npos)
            throw std::invalid_argument(path + ":" + std::to_string(number) +
                                        ": a line is WHAT IS SENT => WORDS OF THE ANSWER");
        lines_.push_back({line.substr(0, arrow), line.substr(arrow + 4)});
    }
    if (lines_.empty()) throw std::invalid_argument(path + ": has no lines");
}

std::string Talk::fill(std::string text, std::int64_t turn) const {
    const auto at = text.find("{n}");
    if (at != std::string::npos) text.replace(at, 3, std::to_string(turn / length() + 1));
    return text;
}

}  // namespace reweave::bench
