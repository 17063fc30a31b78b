#pragma once
/// \file When the bot has logged in to Discord's gateway (IDENTIFY) in the last 24 hours, and when it may again. Pure.
///
/// Discord ends all sessions of a bot that does it more than 1000 times in 24 hours, and takes its token away. Times
/// are milliseconds of the wall clock, since they must outlive the process.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace reweave::discord {

inline constexpr std::string_view kLedgerRow = "identifies";  ///< of the channel: the key under which it is kept

class Identifies {
 public:
    using Milliseconds = std::chrono::milliseconds;

    static constexpr std::size_t kWarn = 800;    ///< in 24 hours: the operator is told
    static constexpr std::size_t kRefuse = 950;  ///< in 24 hours: no more
    static constexpr Milliseconds kSpacing{5'000};
    /// So many may follow one another closely, as after a start or in a bad hour; then one for each kPace: 300 in a day
    /// at most, whatever goes wrong.
    static constexpr int kBurst = 12;
    static constexpr Milliseconds kPace{300'000};

    /// What cannot be read in `text` is left out.
    [[nodiscard]] static Identifies from_text(std::string_view text);
    [[nodiscard]] std::string to_text() const;

    /// One is about to be sent. Times that lie ahead, since the clock was put back, count as `now`.
    void add(std::int64_t now);
    /// How long until the next may be sent; 0: now.
    [[nodiscard]] Milliseconds wait(std::int64_t now);
    /// Those of the 24 hours before `now`.
    [[nodiscard]] std::size_t count(std::int64_t now) const;

 private:
    void settle(std::int64_t now);

    std::vector<std::int64_t> times_;  ///< in their order
};

}  // namespace reweave::discord
