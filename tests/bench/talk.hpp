#pragma once
/// \file The scripted conversation that the load generator holds, from a file like bench.talk.

#include <cstdint>
#include <string>
#include <vector>

namespace reweave::bench {

class Talk {
 public:
    /// \throws std::invalid_argument naming the line that is wrong.
    explicit Talk(const std::string& path);

    [[nodiscard]] std::int64_t length() const { return static_cast<std::int64_t>(lines_.size()); }
    /// What a person sends at their `turn`-th turn (from 0), and words that must stand in the answer.
    [[nodiscard]] std::string says(std::int64_t turn) const { return fill(lines_[place(turn)].says, turn); }
    [[nodiscard]] std::string hears(std::int64_t turn) const { return fill(lines_[place(turn)].hears, turn); }

 private:
    struct Line {
        std::string says, hears;
    };
    [[nodiscard]] std::size_t place(std::int64_t turn) const { return static_cast<std::size_t>(turn % length()); }
    [[nodiscard]] std::string fill(std::string text, std::int64_t turn) const;

    std::vector<Line> lines_;
};

}  // namespace reweave::bench
